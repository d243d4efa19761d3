//! `homelab images list`: every marker that Flux reads, with its policy and the automation that would write it.

use clap::Args;

use crate::adapter::git;
use crate::command::{Global, Terminal, gather};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::image::ImageObjects;
use crate::image::marker::{Marker, Setter};
use crate::lint::{Context, MarkedFile};
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
        let format = global.data_format()?;
        let snapshot = gather::repository(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        gather::expect_flux(&model, &snapshot, terminal);
        let ignored = |path: &str| git::ignored_by(&snapshot.root, path);
        let context = Context::new(&model, &ignored);
        let clusters = gather::clusters(&model, global)?;
        let images = clusters.iter().filter_map(|(i, _)| context.images.get(*i));
        let images: Vec<&ImageObjects<'_>> = images.collect();
        let mut rows = Vec::new();
        for file in &context.marked {
            let live = file.live();
            rows.extend(live.map(|(marker, setter)| row(file, marker, setter, &images)));
        }
        let result = write_markers(format, &rows, terminal.color, terminal.out);
        terminal.written(result)?;
        Ok(ExitStatus::Yes)
    }
}

fn row(
    file: &MarkedFile,
    marker: &Marker,
    setter: &Setter,
    images: &[&ImageObjects<'_>],
) -> MarkerRow {
    let field = marker.position.as_ref().ok();
    let span = field.map_or(marker.span, |field| field.span);
    let value = field.and_then(|field| field.scalar());
    let location = file.source.location(span);
    MarkerRow {
        automation: automation(images, &location.file, setter),
        file: location.file,
        line: location.line,
        column: location.column,
        policy_namespace: setter.namespace.clone(),
        policy_name: setter.name.clone(),
        part: setter.part.word(),
        value: value.map_or_else(String::new, |scalar| scalar.text.to_string()),
        latest: None,
    }
}

/// Returns the first automation that would write the marker: namespace and name.
fn automation(
    images: &[&ImageObjects<'_>],
    file: &str,
    setter: &Setter,
) -> Option<(String, String)> {
    images.iter().find_map(|images| {
        let policy = images.policy(&setter.namespace, &setter.name)?;
        let found = images
            .automations
            .iter()
            .find(|a| a.updates(policy, file))?;
        let id = &found.object.id;
        Some((id.namespace.clone(), id.name.clone()))
    })
}
