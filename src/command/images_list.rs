//! `homelab images list`: every marker that Flux reads, with its policy and the automation that would write it.

use clap::Args;

use super::{Terminal, gather, written};
use crate::adapter::git;
use crate::cli::Global;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::image::marker::Setter;
use crate::lint::Context;
use crate::output::{MarkerRow, write_markers};

/// The arguments of `images list`.
#[derive(Args, Debug)]
pub struct List {}

impl List {
    /// Prints the markers.
    ///
    /// # Errors
    /// The repository cannot be read, or the format is for findings.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        let format = super::data_format(global)?;
        let snapshot = gather(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        let ignored = |path: &str| git::ignored_by(&snapshot.root, path);
        let context = Context::new(&model, &ignored);
        written(write_markers(
            format,
            &rows(&context),
            terminal.color,
            terminal.out,
        ))?;
        Ok(ExitStatus::Yes)
    }
}

fn rows(context: &Context<'_>) -> Vec<MarkerRow> {
    let mut rows = Vec::new();
    for file in &context.marked {
        for (marker, setter) in file.live() {
            let location = file.source.location(marker.span);
            let value = marker
                .position
                .as_ref()
                .ok()
                .and_then(|f| f.scalar())
                .map(|s| s.text.to_string());
            rows.push(MarkerRow {
                file: location.file,
                line: location.line,
                column: location.column,
                policy_namespace: setter.namespace.clone(),
                policy_name: setter.name.clone(),
                part: setter.part.word(),
                value: value.unwrap_or_default(),
                automation: automation(context, &file.source.path, setter),
                latest: None,
            });
        }
    }
    rows
}

/// Returns the first automation that would write the marker: namespace and name.
fn automation(context: &Context<'_>, file: &str, setter: &Setter) -> Option<(String, String)> {
    let lookup = context.policy(setter);
    lookup.found.iter().find_map(|(cluster, policy)| {
        let automations = &context.images.get(*cluster)?.automations;
        let found = automations.iter().find(|a| a.updates(policy, file))?;
        Some((
            found.object.id.namespace.clone(),
            found.object.id.name.clone(),
        ))
    })
}
