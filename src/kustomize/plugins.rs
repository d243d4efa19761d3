//! The fields `generators`, `transformers` and `validators`: kustomize's own plugins run, all others cannot be run here.

use super::accumulate::{Accumulator, Target};
use super::decode::{Decoder, Text};
use super::generate::Kind;
use super::inline;
use super::load;
use super::model::GeneratorArgs;
use super::plugin::Plugin;
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::Resource;
use super::session::{MissingKind, Session};
use super::trace::Trace;
use crate::manifest::{Node, Place};

/// Runs the plugins that `generators` names.
pub(crate) fn generators(
    session: &mut Session<'_>,
    target: &Target<'_>,
    acc: &mut Accumulator,
) -> Outcome<()> {
    for config in configs(session, target, &target.kustomization.generators)? {
        let site = target.at(config.node().place);
        let kind = match config.id().gvk.kind.as_str() {
            "ConfigMapGenerator" if is_builtin(&config) => Kind::ConfigMap,
            "SecretGenerator" if is_builtin(&config) => Kind::Secret,
            kind => {
                session.missing(missing_kind(kind), kind, &site)?;
                continue;
            }
        };
        let mut args = lenient(&site, |d| {
            GeneratorArgs::read(d, config.node(), kind == Kind::Secret)
        });
        if args.name.is_empty() {
            args.name = metadata(&config, "name");
        }
        if args.namespace.is_empty() {
            args.namespace = metadata(&config, "namespace");
        }
        let notes = config.trace.as_ref().map(|notes| notes.made(&config));
        target.generate_one(session, acc, (kind, &args, notes), &site)?;
    }
    Ok(())
}

/// Runs the plugins that `transformers` names.
pub(crate) fn transformers(
    session: &mut Session<'_>,
    target: &Target<'_>,
    acc: &mut Accumulator,
) -> Outcome<()> {
    for config in configs(session, target, &target.kustomization.transformers)? {
        let plugin = Plugin {
            target,
            config: &config,
            site: target.at(config.node().place),
        };
        let result = plugin.run(session, acc);
        session.absorb_unless(acc.lossy, result)?;
    }
    Ok(())
}

/// Reads the plugins that `validators` names; none of kustomize's own is one.
pub(crate) fn validators(session: &mut Session<'_>, target: &Target<'_>) -> Outcome<()> {
    for config in configs(session, target, &target.kustomization.validators)? {
        let kind = config.id().gvk.kind.clone();
        session.missing(MissingKind::Plugin, &kind, &target.at(config.node().place))?;
    }
    Ok(())
}

fn missing_kind(kind: &str) -> MissingKind {
    match kind {
        "HelmChartInflationGenerator" => MissingKind::HelmChart,
        _ => MissingKind::Plugin,
    }
}

/// Tells whether a configuration is for one of kustomize's own plugins.
pub(crate) fn is_builtin(config: &Resource) -> bool {
    let gvk = &config.id().gvk;
    gvk.group.is_empty() && gvk.version == "builtin"
}

/// Returns the configurations that entries name, each a path or the configuration itself.
fn configs(
    session: &mut Session<'_>,
    target: &Target<'_>,
    entries: &[Text],
) -> Outcome<Vec<Resource>> {
    let mut acc = Accumulator::default();
    for entry in entries {
        let result = match inline_config(session, target, entry)? {
            Some(objects) => acc
                .set
                .append_all(objects, session, &target.at(entry.place)),
            None => target.resource(session, &mut acc, entry),
        };
        session.absorb(result)?;
    }
    Ok(acc.set.list)
}

fn inline_config(
    session: &mut Session<'_>,
    target: &Target<'_>,
    entry: &Text,
) -> Outcome<Option<Vec<Resource>>> {
    let file = target.file.as_deref();
    let parsed = inline::parse(entry, file);
    let roots: Vec<&Node> = parsed
        .documents
        .iter()
        .filter_map(|d| d.resolved()?.ok())
        .collect();
    if !parsed.errors.is_empty() || roots.iter().any(|root| load::validate(root).is_err()) {
        return Ok(None);
    }
    let mut objects = load::objects(session, &parsed)?;
    for object in &mut objects {
        object.change(|node| *node = inline::place(node, entry, file));
        object.trace = target.trace.as_ref().map(Trace::inline);
    }
    Ok(Some(objects))
}

/// Reads what fits and ignores the rest, as kustomize does with configurations of plugins.
pub(crate) fn lenient<T>(site: &Site, read: impl FnOnce(&mut Decoder) -> T) -> T {
    read(&mut Decoder::new(
        site,
        "plugin fails configuration",
        ProblemKind::BadTransformer,
        false,
    ))
}

/// Returns a field of a configuration's metadata.
pub(crate) fn metadata(config: &Resource, field: &str) -> Text {
    let node = config.node().at_path(&["metadata", field]);
    Text {
        value: node.and_then(Node::text).unwrap_or_default().into(),
        place: node.map_or(Place::NONE, |n| n.place),
        ..Text::default()
    }
}
