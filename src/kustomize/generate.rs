//! The config map and secret generators (kustomize api 0.21 `internal/generators`, `kv`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use smol_str::SmolStr;

use super::decode::{Pairs, Text};
use super::fields::{scalar, set};
use super::model::{GeneratorArgs, GeneratorOptions};
use super::problem::{Outcome, ProblemKind, Site};
use super::resource::{Behavior, Origin, Resource, TouchKind};
use super::session::Session;
use crate::manifest::{Node, Place, ScalarStyle, Tag};

/// What a generator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ConfigMap,
    Secret,
}

/// A key with its content and the entry that gave it.
struct Pair {
    key: SmolStr,
    value: Vec<u8>,
    place: Place,
}

/// Makes the object of one generator entry of a kustomization in `dir`.
///
/// # Errors
/// An input is missing in strict mode, or the entry makes no object at all.
pub(crate) fn generate(
    session: &mut Session<'_>,
    dir: &str,
    kind: Kind,
    args: &GeneratorArgs,
    site: &Site,
) -> Outcome<Resource> {
    if args.name.is_empty() {
        return Err(site.problem(ProblemKind::BadGenerator, "a configmap must have a name"));
    }
    let mut pairs = read_pairs(session, dir, args, site)?;
    pairs.sort_by(|a, b| a.key.cmp(&b.key));
    let pairs = unique(session, pairs, args, site)?;
    let mut node = base(kind, args);
    match kind {
        Kind::ConfigMap => fill_config_map(&mut node, &pairs),
        Kind::Secret => fill_secret(&mut node, &pairs, args),
    }
    let options = args.options.as_ref();
    add_metadata(&mut node, options);
    let origin = Origin {
        file: site.place.file,
        path: (&*site.path).into(),
        document: 0,
        place: args.place,
        generated: true,
    };
    let mut resource = Resource::new(node.at(args.place), origin);
    resource.memory.generated = true;
    resource.memory.needs_hash = !options.is_some_and(|o| o.disable_name_suffix_hash);
    resource.memory.behavior = Behavior::parse(&args.behavior.value);
    resource.touch(TouchKind::Generator, args.place);
    Ok(resource)
}

/// Reads the inputs of a generator. Those that are missing are problems and left out.
fn read_pairs(
    session: &mut Session<'_>,
    dir: &str,
    args: &GeneratorArgs,
    site: &Site,
) -> Outcome<Vec<Pair>> {
    let mut pairs = Vec::new();
    for entry in &args.envs {
        let site = site.at(entry.place);
        let loaded = session.bytes(dir, &entry.value, &site);
        if let Some(bytes) = session.absorb(loaded)?.flatten() {
            let read = env_pairs(&bytes, entry, &site);
            pairs.extend(session.absorb(read)?.into_iter().flatten());
        }
    }
    for entry in &args.literals {
        let read = literal(entry, site);
        pairs.extend(session.absorb(read)?);
    }
    for entry in &args.files {
        let site = site.at(entry.place);
        let read = file_source(&entry.value, &site);
        let Some((key, path)) = session.absorb(read)? else {
            continue;
        };
        let loaded = session.bytes(dir, path, &site);
        if let Some(bytes) = session.absorb(loaded)?.flatten() {
            pairs.push(Pair {
                key: key.into(),
                value: bytes.to_vec(),
                place: entry.place,
            });
        }
    }
    Ok(pairs)
}

/// Drops repeated keys, which are a problem.
fn unique(
    session: &mut Session<'_>,
    pairs: Vec<Pair>,
    args: &GeneratorArgs,
    site: &Site,
) -> Outcome<Vec<Pair>> {
    let mut unique: Vec<Pair> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        if unique.last().is_some_and(|last| last.key == pair.key) {
            let (name, key) = (&args.name.value, &pair.key);
            let message = format!("configmap {name} illegally repeats the key `{key}`");
            session.report(
                site.at(pair.place)
                    .problem(ProblemKind::BadGenerator, message),
            )?;
        } else {
            unique.push(pair);
        }
    }
    Ok(unique)
}

fn literal(entry: &Text, site: &Site) -> Outcome<Pair> {
    match entry.value.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(Pair {
            key: key.into(),
            value: without_quotes(value).as_bytes().to_vec(),
            place: entry.place,
        }),
        _ => {
            let message = format!("invalid literal source {}, expected key=value", entry.value);
            Err(site
                .at(entry.place)
                .problem(ProblemKind::BadGenerator, message))
        }
    }
}

/// Drops one pair of quotes around a value.
fn without_quotes(value: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
}

/// Splits `key=path`; the key of a bare path is its last part.
fn file_source<'a>(source: &'a str, site: &Site) -> Outcome<(&'a str, &'a str)> {
    let complain = |message: String| Err(site.problem(ProblemKind::BadGenerator, message));
    match source.split_once('=') {
        None => Ok((base_name(source), source)),
        Some((_, path)) if path.contains('=') => complain(format!(
            "source {source:?} key name or file path contains '='"
        )),
        Some(("", path)) => complain(format!(
            "missing key name for file path {path:?} in source {source:?}"
        )),
        Some((key, "")) => complain(format!(
            "missing file path for key name {key:?} in source {source:?}"
        )),
        Some((key, path)) => Ok((key, path)),
    }
}

fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("/")
}

/// Reads `KEY=value` lines; empty ones and comments count for nothing, a line without `=` is a key.
fn env_pairs(bytes: &[u8], entry: &Text, site: &Site) -> Outcome<Vec<Pair>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        let message = format!("env source file {} has invalid utf8 bytes", entry.value);
        return Err(site.problem(ProblemKind::BadGenerator, message));
    };
    let mut pairs = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = line.trim_start_matches(char::is_whitespace);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            pairs.push(Pair {
                key: key.into(),
                value: value.as_bytes().to_vec(),
                place: entry.place,
            });
        }
    }
    Ok(pairs)
}

fn base(kind: Kind, args: &GeneratorArgs) -> Node {
    let mut metadata = Node::mapping().at(args.place);
    metadata.set(
        "name",
        Node::string(args.name.value.clone()).at(args.name.place),
    );
    if !args.namespace.is_empty() {
        let namespace = Node::string(args.namespace.value.clone());
        metadata.set("namespace", namespace.at(args.namespace.place));
    }
    let mut node = Node::mapping().at(args.place);
    node.set("apiVersion", Node::plain("v1").at(args.place));
    let kind = match kind {
        Kind::ConfigMap => "ConfigMap",
        Kind::Secret => "Secret",
    };
    node.set("kind", Node::plain(kind).at(args.place));
    node.set("metadata", metadata);
    node
}

fn fill_config_map(node: &mut Node, pairs: &[Pair]) {
    let mut data = Node::mapping();
    let mut binary = Node::mapping();
    for pair in pairs {
        match std::str::from_utf8(&pair.value) {
            Ok(text) => set(&mut data, &pair.key, text_node(text, pair.place)),
            Err(_) => set(
                &mut binary,
                &pair.key,
                text_node(&base64_lines(&pair.value), pair.place),
            ),
        }
    }
    for (field, map) in [("data", data), ("binaryData", binary)] {
        if map.entries().is_some_and(|entries| !entries.is_empty()) {
            node.set(field, map);
        }
    }
}

fn fill_secret(node: &mut Node, pairs: &[Pair], args: &GeneratorArgs) {
    let secret_type = match args.secret_type.value.as_str() {
        "" => "Opaque",
        secret_type => secret_type,
    };
    node.set("type", Node::string(secret_type).at(args.secret_type.place));
    let mut data = Node::mapping();
    for pair in pairs {
        set(
            &mut data,
            &pair.key,
            text_node(&base64_lines(&pair.value), pair.place),
        );
    }
    node.set("data", data);
}

/// A string, as a literal block where it has lines.
pub(crate) fn text_node(text: &str, place: Place) -> Node {
    let style = if text.contains('\n') {
        ScalarStyle::Literal
    } else {
        ScalarStyle::Plain
    };
    scalar(text, style, Tag::Str).at(place)
}

/// Base64 in lines of 70 characters once it fills one, each with a line break, as kustomize writes it.
fn base64_lines(bytes: &[u8]) -> String {
    const WIDTH: usize = 70;
    let encoded = BASE64.encode(bytes);
    if encoded.len() < WIDTH {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / WIDTH + 1);
    for line in encoded.as_bytes().chunks(WIDTH) {
        lines.extend(line.iter().map(|b| char::from(*b)));
        lines.push('\n');
    }
    lines
}

fn add_metadata(node: &mut Node, options: Option<&GeneratorOptions>) {
    let Some(options) = options else {
        return;
    };
    if let Some(metadata) = node.get_mut("metadata") {
        for (field, pairs) in [
            ("labels", &options.labels),
            ("annotations", &options.annotations),
        ] {
            if !pairs.is_empty() {
                metadata.set(field, sorted(pairs));
            }
        }
    }
    if options.immutable {
        node.set("immutable", Node::plain("true"));
    }
}

fn sorted(pairs: &Pairs) -> Node {
    let mut pairs: Vec<_> = pairs.iter().collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let mut map = Node::mapping();
    for (key, text) in pairs {
        set(
            &mut map,
            key,
            Node::string(text.value.clone()).at(text.place),
        );
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_dropped_in_pairs() {
        assert_eq!(without_quotes("\"a b\""), "a b");
        assert_eq!(without_quotes("'a'"), "a");
        assert_eq!(without_quotes("'a\""), "'a\"");
        assert_eq!(without_quotes("\""), "\"");
    }

    #[test]
    fn long_base64_has_lines() {
        assert_eq!(base64_lines(b"abc"), "YWJj");
        let lines = base64_lines(&[0; 60]);
        assert_eq!(lines.lines().map(str::len).collect::<Vec<_>>(), [70, 10]);
        assert!(lines.ends_with('\n'));
    }

    #[test]
    fn keys_of_paths() {
        assert_eq!(base_name("a/b.txt"), "b.txt");
        assert_eq!(base_name("b.txt"), "b.txt");
    }
}
