//! What siblings agree on: values, whole parts, spelling, order of keys.

use smol_str::SmolStr;

use crate::manifest::{Node, ScalarStyle, Value};
use crate::scaffold::conventions::consensus;
use crate::scaffold::spec::ServiceSpec;

use super::example::Seen;
use super::piece::{Content, Piece, Text, is_flow};

/// Deeper objects are not learnt from.
pub(super) const DEEPEST: usize = 24;

/// Fields that name other objects or files, which the new service does not have, or that somebody else decides on.
const OWN: [&str; 33] = [
    "httpGet",
    "tcpSocket",
    "exec",
    "grpc",
    "volumes",
    "volumeMounts",
    "volumeClaimTemplates",
    "envFrom",
    "valueFrom",
    "valuesFrom",
    "initContainers",
    "serviceAccountName",
    "serviceAccount",
    "imagePullSecrets",
    "persistence",
    "dependsOn",
    "components",
    "healthChecks",
    "healthCheckExprs",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "suspend",
    "status",
    "resources",
    "configMapGenerator",
    "secretGenerator",
    "images",
    "replacements",
    "configurations",
    "command",
    "args",
    "selector",
];

/// Fields that say what a release runs: the new one says so itself.
const CHART: [&str; 2] = ["chart", "chartRef"];

/// Fields that follow from the user that the processes run as.
const IDENTITY: [&str; 5] = [
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "fsGroup",
    "supplementalGroups",
];

/// Fields that make no sense in parts.
const WHOLE: [&str; 10] = [
    "resources",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "probes",
    "affinity",
    "lifecycle",
    "strategy",
    "backend",
    "decryption",
];

/// Tells whether siblings' examples say nothing on this field.
pub(super) fn is_own(key: &str) -> bool {
    OWN.contains(&key)
}

/// Tells whether this field can be added to what is not mirrored otherwise: how long a probe waits is how slow machines are.
pub(super) fn is_detail(key: &str) -> bool {
    key == "initialDelaySeconds"
}

/// Tells whether the keys below this field name parts of the service, as those of app-template's values do.
pub(super) fn is_registry(key: &str) -> bool {
    matches!(
        key,
        "controllers" | "containers" | "service" | "ingress" | "route"
    )
}

/// Tells whether this field is taken from siblings as it is, or not at all.
pub(super) fn is_whole(key: &str) -> bool {
    WHOLE.contains(&key)
}

/// Tells whether this field names or numbers a port of a container.
pub(super) fn is_port(key: &str) -> bool {
    matches!(key, "port" | "targetPort")
}

/// Tells whether this field is nothing that siblings may add.
fn is_settled(key: &str) -> bool {
    is_own(key) || CHART.contains(&key)
}

/// Tells whether a field says that processes run as another user than the one that was asked for.
fn is_another_user(key: &str, content: &Content, spec: &ServiceSpec) -> bool {
    let Some(user) = spec.run_as.filter(|_| IDENTITY.contains(&key)) else {
        return false;
    };
    !matches!(content, Content::Scalar(text) if text.text == user.to_string())
}

/// The scalar that most have, the nearest first in a tie, with how many have it.
pub(super) fn scalar(seen: &[Seen<'_, '_>], spec: &ServiceSpec) -> Option<(Text, usize)> {
    // Flux has removed `.Updated` from message templates; a mistake is not mirrored.
    let votes = seen.iter().filter_map(|s| s.scalar(spec));
    let votes: Vec<Text> = votes.filter(|t| !t.text.contains(".Updated.")).collect();
    let same = |a: &Text, b: &Text| a.text == b.text && a.is_string == b.is_string;
    let count = |text: &Text| votes.iter().filter(|v| same(v, text)).count();
    let mut best: Option<(&Text, usize)> = None;
    for vote in &votes {
        let agree = count(vote);
        if best.is_none_or(|(_, most)| agree > most) {
            best = Some((vote, agree));
        }
    }
    best.map(|(text, agree)| (text.clone(), agree))
}

/// How most write a string at one place.
pub(super) fn style(seen: &[Seen<'_, '_>]) -> Option<ScalarStyle> {
    let strings = seen.iter().filter_map(|s| Text::of(s.node));
    let styles: Vec<ScalarStyle> = strings.filter(|t| t.is_string).map(|t| t.style).collect();
    let count = |style: &ScalarStyle| styles.iter().filter(|s| *s == style).count();
    let best = styles.iter().rev().max_by_key(|style| count(style))?;
    Some(*best)
}

/// Whether most write a collection in brackets or braces.
pub(super) fn flow(seen: &[Seen<'_, '_>]) -> Option<bool> {
    let filled = seen.iter().filter(|s| match &s.node.value {
        Value::Mapping(entries) => !entries.is_empty(),
        Value::Sequence(items) => !items.is_empty(),
        _ => false,
    });
    let flows: Vec<bool> = filled.map(|s| is_flow(s.of.source, s.node)).collect();
    let yes = flows.iter().filter(|flow| **flow).count();
    (!flows.is_empty()).then_some(yes * 2 > flows.len())
}

/// The order of keys that siblings have in one mapping.
pub(super) fn order(seen: &[Seen<'_, '_>], spec: &ServiceSpec) -> Vec<SmolStr> {
    let keys = |s: &Seen<'_, '_>| -> Vec<SmolStr> {
        let entries = s.node.entries().unwrap_or_default().iter();
        entries.filter_map(|e| s.of.key(&e.key, spec)).collect()
    };
    let lists: Vec<Vec<SmolStr>> = seen.iter().map(keys).collect();
    consensus(&lists, lists.len())
}

/// What more than half of `of` siblings say at a place where the new object says nothing.
pub(super) fn common(
    key: &SmolStr,
    seen: &[Seen<'_, '_>],
    of: usize,
    spec: &ServiceSpec,
    depth: usize,
) -> Option<Piece> {
    if is_settled(key) || depth > DEEPEST || seen.len() * 2 <= of {
        return None;
    }
    let kind = |s: &Seen<'_, '_>| std::mem::discriminant(&s.node.value);
    let first = seen.first()?;
    let alike: Vec<Seen<'_, '_>> = seen
        .iter()
        .filter(|s| kind(s) == kind(first))
        .copied()
        .collect();
    if alike.len() * 2 <= of {
        return None;
    }
    let content = match &first.node.value {
        Value::Scalar(_) => {
            let (mut text, agree) = scalar(&alike, spec)?;
            text.style = style(&alike)
                .filter(|_| text.is_string)
                .unwrap_or(text.style);
            (agree * 2 > of).then_some(Content::Scalar(text))?
        }
        Value::Mapping(_) if is_whole(key) => whole(&alike, of, spec)?,
        Value::Mapping(_) => map(&alike, of, spec, depth)?,
        Value::Sequence(_) => list(&alike, of, spec, depth)?,
        Value::Alias(_) => return None,
    };
    let mut piece = Piece::new(key.clone(), content);
    piece.flow = flow(&alike).unwrap_or(false);
    Some(piece).filter(|piece| !is_another_user(key, &piece.content, spec))
}

/// The keys that more than half of `of` siblings have, each with those that have it.
pub(super) fn keys<'e, 'm>(
    seen: &[Seen<'e, 'm>],
    of: usize,
    spec: &ServiceSpec,
) -> Vec<(SmolStr, Vec<Seen<'e, 'm>>)> {
    let order = order(seen, spec);
    let with = order.into_iter().map(|key| {
        let having = seen.iter().filter_map(|s| s.child(&key, spec)).collect();
        (key, having)
    });
    with.filter(|(_, having): &(_, Vec<_>)| having.len() * 2 > of)
        .collect()
}

fn map(seen: &[Seen<'_, '_>], of: usize, spec: &ServiceSpec, depth: usize) -> Option<Content> {
    let pieces: Vec<Piece> = keys(seen, of, spec)
        .into_iter()
        .filter_map(|(key, having)| common(&key, &having, of, spec, depth + 1))
        .collect();
    let all_empty = seen
        .iter()
        .all(|s| s.node.entries().is_some_and(<[_]>::is_empty));
    (all_empty || !pieces.is_empty()).then_some(Content::Map(pieces))
}

/// Items with names are taken one by one, others as they are together.
fn list(seen: &[Seen<'_, '_>], of: usize, spec: &ServiceSpec, depth: usize) -> Option<Content> {
    whole(seen, of, spec).or_else(|| {
        let items = named(seen, of, spec, depth, &[]);
        (!items.is_empty()).then_some(Content::List(items))
    })
}

/// The items of lists, told apart by their names, that more than half of `of` siblings have, without those in `known`.
pub(super) fn named(
    seen: &[Seen<'_, '_>],
    of: usize,
    spec: &ServiceSpec,
    depth: usize,
    known: &[&str],
) -> Vec<Piece> {
    let mut names: Vec<SmolStr> = Vec::new();
    for item in seen.iter().flat_map(Seen::items) {
        let name = item.child("name", spec).and_then(|n| n.scalar(spec));
        let name = name.map(|text| text.text);
        names.extend(name.filter(|n| !names.contains(n) && !known.contains(&n.as_str())));
    }
    let item = |name: &SmolStr| {
        let having: Vec<Seen<'_, '_>> = seen
            .iter()
            .filter_map(|s| of_name(*s, name, spec))
            .collect();
        let refers = |s: &Seen<'_, '_>| {
            let mut keys = s.node.entries().unwrap_or_default().iter().map(|e| &e.key);
            keys.any(|key| key.text().is_some_and(is_own))
        };
        if having.iter().any(refers) {
            return None;
        }
        common(&SmolStr::default(), &having, of, spec, depth + 1)
    };
    names.iter().filter_map(item).collect()
}

/// Returns the item with a name.
pub(super) fn of_name<'e, 'm>(
    list: Seen<'e, 'm>,
    name: &str,
    spec: &ServiceSpec,
) -> Option<Seen<'e, 'm>> {
    list.items().find(|item| {
        let own = item.child("name", spec).and_then(|n| n.scalar(spec));
        own.is_some_and(|text| text.text == name)
    })
}

/// The content that more than half of `of` siblings have exactly.
pub(super) fn whole(seen: &[Seen<'_, '_>], of: usize, spec: &ServiceSpec) -> Option<Content> {
    let contents: Vec<Content> = seen.iter().filter_map(|s| translated(s, spec, 0)).collect();
    let count = |content: &Content| contents.iter().filter(|c| says_same(c, content)).count();
    let best = contents.iter().rev().max_by_key(|content| count(content))?;
    (count(best) * 2 > of).then(|| best.clone())
}

/// Tells whether two contents say the same, however they are written.
fn says_same(a: &Content, b: &Content) -> bool {
    match (a, b) {
        (Content::Scalar(a), Content::Scalar(b)) => a.text == b.text && a.is_string == b.is_string,
        (Content::Map(a), Content::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|p| {
                    let other = b.iter().find(|q| q.key == p.key);
                    other.is_some_and(|q| says_same(&p.content, &q.content))
                })
        }
        (Content::List(a), Content::List(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|(p, q)| says_same(&p.content, &q.content))
        }
        _ => false,
    }
}

/// Returns a sibling's node as it would be for the new service.
fn translated(seen: &Seen<'_, '_>, spec: &ServiceSpec, depth: usize) -> Option<Content> {
    if depth > DEEPEST {
        return None;
    }
    let below = |node: &'_ Node, key: SmolStr| -> Option<Piece> {
        let seen = Seen {
            node: node.target(),
            of: seen.of,
        };
        let mut piece = Piece::new(key, translated(&seen, spec, depth + 1)?);
        piece.flow = is_flow(seen.of.source, seen.node);
        Some(piece)
    };
    match &seen.node.value {
        Value::Scalar(_) => seen.scalar(spec).map(Content::Scalar),
        Value::Mapping(entries) => {
            let pieces = entries.iter().map(|e| {
                let key = seen.of.key(&e.key, spec).filter(|key| !is_own(key))?;
                below(&e.value, key)
            });
            pieces.collect::<Option<Vec<Piece>>>().map(Content::Map)
        }
        Value::Sequence(items) => {
            let pieces = items.iter().map(|item| below(item, SmolStr::default()));
            pieces.collect::<Option<Vec<Piece>>>().map(Content::List)
        }
        Value::Alias(_) => None,
    }
}
