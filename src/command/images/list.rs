//! `homelab images list`: every marker that Flux reads, with its policy and the automation that would write it.

use clap::Args;

use crate::adapter::git;
use crate::command::registry_facts::{self, Wanted};
use crate::command::registry_troubles::Troubles;
use crate::command::{Global, Terminal, gather};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::image::marker::{Marker, Setter};
use crate::image::{Behind, ImageObjects, SelectionErrorKind, Standing};
use crate::lint::{Context, MarkedFile, NoLatest, Outlook, current_tag};
use crate::output::{Lag, Latest, MarkerRow, MarkersView, write_markers};

/// The arguments of `images list`.
#[derive(Args, Debug)]
pub struct List {
    /// Ask registries which tag each policy selects, and how far the marker is behind
    #[arg(long)]
    latest: bool,
}

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
        let mut context = Context::new(&model, &ignored);
        let clusters = gather::clusters(&model, global)?;
        let clusters: Vec<usize> = clusters.into_iter().map(|(number, _)| number).collect();
        let troubles = self.ask(&mut context, &clusters, global, terminal)?;
        let mut rows = Vec::new();
        for file in &context.marked {
            let live = file.live();
            rows.extend(
                live.map(|(marker, setter)| row(&context, file, marker, setter, &clusters)),
            );
        }
        let view = MarkersView {
            rows: &rows,
            asked: self.latest,
            color: terminal.color,
        };
        let result = write_markers(format, view, terminal.out);
        terminal.written(result)?;
        Ok(troubles.tell(ExitStatus::Yes, terminal))
    }

    fn ask(
        &self,
        context: &mut Context<'_>,
        clusters: &[usize],
        global: &Global,
        terminal: &Terminal<'_>,
    ) -> Result<Troubles, Error> {
        if !self.latest {
            return Ok(Troubles::default());
        }
        let wanted = Wanted {
            tags: true,
            platforms: false,
            unlisted: false,
            created: true,
            clusters: clusters.to_vec(),
        };
        registry_facts::ask(context, &wanted, global, terminal)
    }
}

fn row(
    context: &Context<'_>,
    file: &MarkedFile,
    marker: &Marker,
    setter: &Setter,
    clusters: &[usize],
) -> MarkerRow {
    let field = marker.position.as_ref().ok();
    let span = field.map_or(marker.span, |field| field.span);
    let value = field.and_then(|field| field.scalar());
    let tag = field.and_then(|field| current_tag(field, setter));
    let location = file.source.location(span);
    MarkerRow {
        automation: automation(context, clusters, &location.file, setter),
        file: location.file,
        line: location.line,
        column: location.column,
        policy_namespace: setter.namespace.clone(),
        policy_name: setter.name.clone(),
        part: setter.part.word(),
        value: value.map_or_else(String::new, |scalar| scalar.text.to_string()),
        latest: latest(context, clusters, setter, tag.as_deref()),
    }
}

/// Returns the first automation that would write the marker: namespace and name.
fn automation(
    context: &Context<'_>,
    clusters: &[usize],
    file: &str,
    setter: &Setter,
) -> Option<(String, String)> {
    let images = clusters.iter().filter_map(|c| context.images.get(*c));
    images.into_iter().find_map(|images: &ImageObjects<'_>| {
        let policy = images.policy(&setter.namespace, &setter.name)?;
        let found = images
            .automations
            .iter()
            .find(|a| a.updates(policy, file))?;
        let id = &found.object.id;
        Some((id.namespace.clone(), id.name.clone()))
    })
}

/// Returns what the policy of a marker selects, in the first cluster that applies it.
fn latest(context: &Context<'_>, clusters: &[usize], setter: &Setter, tag: Option<&str>) -> Latest {
    let outlooks = context.outlooks(setter, tag);
    let mut wanted = outlooks.iter().filter(|o| clusters.contains(&o.cluster));
    let Some(outlook) = wanted.next() else {
        return Latest::Unknown;
    };
    match &outlook.latest {
        Ok(tag) => Latest::Tag(tag.to_string(), lag(context, outlook)),
        Err(NoLatest::Ambiguous) => Latest::None("any of several"),
        Err(NoLatest::Failed(error)) => Latest::None(match error.kind {
            SelectionErrorKind::NoTags => "no tags",
            SelectionErrorKind::InvalidNumber => "no number",
            _ => "no match",
        }),
    }
}

fn lag(context: &Context<'_>, outlook: &Outlook) -> Lag {
    match &outlook.standing {
        Some(Standing::Latest) => Lag::Behind {
            versions: 0,
            kind: None,
            since: None,
        },
        Some(Standing::Behind(behind)) => Lag::Behind {
            versions: behind.versions,
            kind: behind.step.map(|step| step.word()),
            since: since(context, outlook, behind),
        },
        Some(Standing::Outside(_)) => Lag::Outside,
        Some(Standing::Unknown) | None => Lag::Unknown,
    }
}

/// Returns when the version right above was made: RFC 3339, and the day.
fn since(context: &Context<'_>, outlook: &Outlook, behind: &Behind) -> Option<(String, String)> {
    let next = outlook.watched.with_tag(&behind.next).to_string();
    let created = context.registry.as_ref()?.created.get(&next)?;
    Some((created.as_str().to_owned(), created.day().to_owned()))
}
