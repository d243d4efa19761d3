//! Random documents with random operations, judged through JSON: the old value with the change made to it must be the new
//! value, and no line may change that the operation does not name.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};

use super::*;
use crate::manifest::{Node, Schema, Step, Value};

/// A document to be written in one of many ways.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(&'static str),
    Literal,
    Seq(bool, Vec<Tree>),
    Map(bool, Vec<Tree>),
}

/// How to write it. `dice` decides where comments and blank lines go.
#[derive(Clone, Copy, Debug)]
struct Look {
    indent: usize,
    sequence: usize,
    crlf: bool,
    mark: bool,
    last_break: bool,
    separator: bool,
    dice: u64,
}

const KEYS: [&str; 6] = ["b", "d: ", "'e f'", "a", "\"ü\"", "c"];

fn trees() -> impl Strategy<Value = Tree> {
    let texts = [
        "x",
        "yes",
        "3",
        "'it''s # x'",
        "\"a: \\\"b\"",
        "é ü",
        "-1",
        "a:b#c",
        "",
        "~",
    ];
    let leaf = prop_oneof![
        8 => prop::sample::select(texts.to_vec()).prop_map(Tree::Leaf),
        1 => Just(Tree::Literal),
    ];
    let tree = leaf.prop_recursive(4, 40, 6, |inner| {
        let children = || prop::collection::vec(inner.clone(), 0..6);
        let flow = || prop::bool::weighted(0.2);
        prop_oneof![
            (flow(), children()).prop_map(|(flow, c)| Tree::Seq(flow, c)),
            (flow(), children()).prop_map(|(flow, c)| Tree::Map(flow, c)),
        ]
    });
    tree.prop_map(|tree| Tree::Map(false, vec![tree, Tree::Leaf("x")]))
}

fn looks() -> impl Strategy<Value = Look> {
    let step = prop::sample::select(vec![(2, 0), (2, 2), (4, 0), (4, 2), (4, 4)]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (step, flags, any::<u64>()).prop_map(|((indent, sequence), flags, dice)| Look {
        indent,
        sequence,
        crlf: flags.0,
        mark: flags.1,
        last_break: flags.2,
        separator: flags.3,
        dice,
    })
}

impl Look {
    fn roll(&mut self, sides: u64) -> bool {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.dice >> 33).is_multiple_of(sides)
    }

    fn document(mut self, tree: &Tree) -> String {
        let mut lines = self.lines(tree);
        if self.separator {
            lines.insert(0, "---".to_owned());
        }
        let eol = if self.crlf { "\r\n" } else { "\n" };
        let mark = if self.mark { "\u{feff}" } else { "" };
        // A literal block at an open end of file would change its value with every line behind it.
        let closed = self.last_break || lines.iter().any(|l| l.ends_with('|'));
        format!("{mark}{}{}", lines.join(eol), if closed { eol } else { "" })
    }

    fn lines(&mut self, tree: &Tree) -> Vec<String> {
        let mut lines = Vec::new();
        let (children, is_map) = match tree {
            Tree::Seq(false, children) => (children, false),
            Tree::Map(false, children) => (children, true),
            _ => return vec![flow(tree)],
        };
        for (i, child) in children.iter().enumerate() {
            if i > 0 && self.roll(8) {
                lines.push(String::new());
            }
            if self.roll(6) {
                lines.push(format!("# above {i}"));
            }
            let head = match is_map {
                true => format!("{}:", KEYS[i].trim_end_matches(": ")),
                false => "-".to_owned(),
            };
            self.child(&mut lines, &head, child, is_map);
        }
        if !is_map && self.roll(6) {
            lines.push("# - old".to_owned());
        }
        lines
    }

    fn child(&mut self, lines: &mut Vec<String>, head: &str, child: &Tree, is_map: bool) {
        let trailing = if self.roll(5) { " # right" } else { "" };
        let inner = match child {
            Tree::Literal => {
                lines.push(format!("{head} |"));
                vec![
                    "# no comment".to_owned(),
                    String::new(),
                    "  - text".to_owned(),
                ]
            }
            _ if is_block(child) => self.lines(child),
            _ => {
                return lines.push(
                    format!("{head} {}{trailing}", flow(child))
                        .trim_end()
                        .to_owned(),
                );
            }
        };
        let indent = match child {
            Tree::Seq(..) if is_map => self.sequence,
            _ if is_map => self.indent,
            _ => 2,
        };
        let pad = |line: &String| match line.is_empty() {
            true => String::new(),
            false => format!("{}{line}", " ".repeat(indent)),
        };
        if matches!(child, Tree::Literal) {
            lines.extend(inner.iter().map(pad));
        } else if is_map {
            lines.push(format!("{head}{trailing}"));
            lines.extend(inner.iter().map(pad));
        } else {
            lines.push(format!("- {}", inner[0]));
            lines.extend(inner[1..].iter().map(pad));
        }
    }
}

fn is_block(tree: &Tree) -> bool {
    matches!(tree, Tree::Seq(false, c) | Tree::Map(false, c) if !c.is_empty())
}

fn flow(tree: &Tree) -> String {
    let join = |children: &[Tree], keys: bool| {
        let one = |(i, child): (usize, &Tree)| match keys {
            true => format!("{}: {}", KEYS[i].trim_end_matches(": "), flow(child)),
            false => flow(child),
        };
        children
            .iter()
            .enumerate()
            .map(one)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match tree {
        Tree::Leaf("") | Tree::Literal => "~".to_owned(),
        Tree::Leaf(text) => (*text).to_owned(),
        Tree::Seq(_, children) => format!("[{}]", join(children, false)),
        Tree::Map(_, children) => format!("{{{}}}", join(children, true)),
    }
}

/// Returns the route of every node.
fn routes(root: &Node) -> Vec<Route> {
    let mut found = Vec::new();
    let mut stack = vec![(root, Route::default())];
    while let Some((node, route)) = stack.pop() {
        let with = |step| Route(route.0.iter().cloned().chain([step]).collect());
        match &node.value {
            Value::Sequence(items) => {
                let items = items.iter().enumerate();
                stack.extend(items.map(|(i, item)| (item, with(Step::Index(i)))));
            }
            Value::Mapping(entries) => stack.extend(
                entries
                    .iter()
                    .filter_map(|e| Some((&e.value, with(Step::Key(e.key.text()?.to_owned()))))),
            ),
            Value::Scalar(_) | Value::Alias(_) => {}
        }
        found.push(route);
    }
    found
}

fn json_of(file: &SourceFile, document: usize) -> Json {
    let root = file.documents[document].root.as_ref();
    root.unwrap().to_json(Schema::Kustomize).unwrap()
}

fn at<'j>(json: &'j mut Json, route: &Route) -> &'j mut Json {
    route.0.iter().fold(json, |json, step| match step {
        Step::Key(key) => json.get_mut(key).unwrap(),
        Step::Index(i) => json.get_mut(*i).unwrap(),
    })
}

/// Every old line but those around an edit is in the new text, in order.
fn keeps_lines(old: &SourceFile, edits: &[Edit], new: &str) -> bool {
    let mut lines = new.lines();
    let touched = |line: u32| {
        let range = old.line_span(line).range();
        edits.iter().any(|e| {
            !e.range.is_empty() && e.range.start < range.end && range.start < e.range.end
                || e.range.is_empty() && range.start < e.range.start && e.range.start < range.end
                || e.range.start == old.text.len()
                || e.range.end == range.end
        })
    };
    let count = u32::try_from(old.text.lines().count()).unwrap();
    (1..=count).filter(|line| !touched(*line)).all(|line| {
        lines.any(|new| {
            new.trim_start_matches('\u{feff}') == old.line_text(line).trim_start_matches('\u{feff}')
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_result_says_what_was_intended(
        tree in trees(),
        look in looks(),
        pick in any::<Index>(),
        operation in 0..7u8,
        text in prop::sample::select(vec!["new", "é: x", "8080", "on", "it's", "- a", "[", "#", "a, b", "null", ""]),
        place in 0..4u8,
    ) {
        let text = text.to_owned();
        let before = look.document(&tree);
        let file = parse(&before);
        prop_assert!(file.errors.is_empty(), "{before}\n{:?}", file.errors);
        let root = file.documents[0].root.as_ref().unwrap();
        let all = routes(root);
        let wanted = |route: &&Route| match operation {
            0 | 1 => route.find(root).unwrap().is_sequence(),
            2 => route.find(root).unwrap().is_mapping(),
            3 => !route.0.is_empty(),
            4 | 5 => route.find(root).unwrap().scalar().is_some(),
            _ => true,
        };
        let all: Vec<&Route> = all.iter().filter(wanted).collect();
        if all.is_empty() {
            return Ok(());
        }
        let route = *pick.get(&all);
        let position = match place {
            0 => Position::End,
            1 => Position::Sorted,
            2 => Position::Before("b"),
            _ => Position::After("x"),
        };
        let mut editor = Editor::new(&file);
        let mut expected = json_of(&file, 0);
        let result = match operation {
            0 => editor.insert_item(0, route, "new", position),
            1 => editor.insert_item(0, route, "'z': new", position),
            2 => editor.insert_entry(0, route, "new: x", position),
            3 => editor.remove(0, route),
            4 => editor.set_scalar(0, route, NewScalar::Str(&text)),
            5 => editor.set_comment(0, route, "# new", true),
            _ => editor.insert_document("new: x", DocumentPosition::End),
        };
        let edits = editor.edits().to_vec();
        let result = result.and_then(|()| editor.finish());
        let new = match result {
            Ok(new) => new,
            Err(error) => {
                let allowed: &[&str] = match operation {
                    3 => &["a comment stands between its first lines", "it cannot be emptied"],
                    5 => &["more follows on the line", "it would become part of a block scalar"],
                    _ => &[],
                };
                prop_assert!(allowed.contains(&error.reason.as_str()), "{error}\n{route}\n{before}");
                return Ok(());
            }
        };
        let target = at(&mut expected, &if operation == 3 { route.parent() } else { route.clone() });
        match operation {
            0 | 1 => {
                let item = if operation == 0 { json!("new") } else { json!({"z": "new"}) };
                let mut got = json_of(&new, 0);
                let got = at(&mut got, route).as_array().unwrap();
                let index = got.iter().zip(target.as_array().unwrap()).position(|(a, b)| a != b);
                target.as_array_mut().unwrap().insert(index.unwrap_or(got.len() - 1), item);
            }
            2 => drop(target.as_object_mut().unwrap().insert("new".into(), json!("x"))),
            3 => match route.0.last().unwrap() {
                Step::Key(key) => drop(target.as_object_mut().unwrap().remove(key)),
                Step::Index(i) => drop(target.as_array_mut().unwrap().remove(*i)),
            },
            4 => *target = json!(text),
            5 => prop_assert!(new.comments.iter().any(|c| new.slice(c.span) == "# new")),
            _ => prop_assert_eq!(json_of(&new, 1), json!({"new": "x"})),
        }
        prop_assert_eq!(json_of(&new, 0), expected, "{}\n{}", before, new.text);
        prop_assert!(keeps_lines(&file, &edits, &new.text), "{before}\n{}", new.text);
        let breaks = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
        let (crlf, all) = breaks(&new.text);
        prop_assert_eq!(crlf, if breaks(&before).0 > 0 { all } else { 0 }, "{}", new.text);
    }

    #[test]
    fn no_text_makes_an_operation_panic(
        text in "[-:#&*!|>'\"{}\\[\\], a-c0-9\\n\\r\\té~<]{0,60}",
        pick in any::<Index>(),
        new in "[-:#&*!|>'\"{}\\[\\], a-c\\n~é]{0,10}",
        operation in 0..8u8,
    ) {
        let file = parse(&text);
        let mut all = vec![Route::default()];
        for root in file.documents.first().iter().filter_map(|d| d.root.as_ref()) {
            all.extend(routes(root));
        }
        let route = pick.get(&all);
        let mut editor = Editor::new(&file).allow_shared();
        let done = match operation {
            0 => editor.insert_item(0, route, &new, Position::End),
            1 => editor.insert_item(0, route, &new, Position::Sorted),
            2 => editor.insert_entry(0, route, &new, Position::Sorted),
            3 => editor.remove(0, route),
            4 => editor.set_scalar(0, route, NewScalar::Str(&new)),
            5 => editor.set_comment(0, route, &new, true),
            6 => editor.set_block(0, route, &new),
            _ => editor.insert_document(&new, DocumentPosition::Before(0)),
        };
        let _ = done.and_then(|()| editor.finish());
    }
}
