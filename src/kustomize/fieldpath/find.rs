//! Finding every node that a path with wildcards names, and making the ones that are missing.

use super::{Kind, Part, Step, elements, field, spelled};
use crate::kustomize::{regexp, structured};
use crate::manifest::Node;

/// A node that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// It stands at the end of these steps.
    At(Vec<Step>),
    /// kyaml finds or makes it in a place that nobody sees: in a copy of the YAML in a string, or under a null.
    Lost,
}

/// More parts than any path has.
const MAX_PARTS: usize = 200;

/// Finds every node that a path names. `*` names every element, `[name=x]` the elements whose name *contains* a match of
/// `x`, for kyaml takes it for a regular expression. With `create`, parts that are missing are made, the last one of
/// that kind.
///
/// # Errors
/// The path goes through the wrong kind of node, or an index is out of bounds.
pub(crate) fn find_all(
    node: &mut Node,
    path: &[String],
    create: Option<Kind>,
) -> Result<Vec<Match>, String> {
    if path.len() > MAX_PARTS {
        return Err("field path is too long".to_owned());
    }
    let mut finder = Finder {
        create,
        steps: Vec::with_capacity(path.len()),
        found: Vec::new(),
        lost: false,
    };
    finder.walk(node, path)?;
    Ok(finder.found)
}

struct Finder {
    create: Option<Kind>,
    steps: Vec<Step>,
    found: Vec<Match>,
    lost: bool,
}

impl Finder {
    fn walk(&mut self, node: &mut Node, path: &[String]) -> Result<(), String> {
        let Some((part, rest)) = path.split_first() else {
            let steps = self.steps.clone();
            self.found.push(if self.lost {
                Match::Lost
            } else {
                Match::At(steps)
            });
            return Ok(());
        };
        match Part::read(part)? {
            Part::Index(index) => self.index(node, index, rest),
            Part::Every => self.elements(node, |_| Ok(true), rest),
            Part::Element(name, pattern) => self.selected(node, name, pattern, rest),
            Part::Field(name) => self.field(node, name, rest),
        }
    }

    /// Returns the kind of node to make before `rest`, if nodes are to be made.
    fn made(&self, rest: &[String]) -> Option<Kind> {
        let last = self.create?;
        Some(match rest.first().map(String::as_str) {
            None | Some("") => last,
            Some(next) if next.starts_with('[') && next.ends_with(']') => Kind::Sequence,
            Some(next) if next.parse::<i64>().is_ok_and(|i| i >= 0) => Kind::Sequence,
            Some(_) => Kind::Mapping,
        })
    }

    fn index(&mut self, node: &mut Node, index: usize, rest: &[String]) -> Result<(), String> {
        let len = elements(node)?.len();
        if let Some(made) = self.made(rest).filter(|_| len == index) {
            node.items_mut()
                .into_iter()
                .for_each(|items| items.push(made.empty()));
        }
        let missing = || format!("index {index} specified but only {len} elements found");
        let items = node.items_mut().ok_or_else(missing)?;
        let item = items.get_mut(index).ok_or_else(missing)?;
        self.step(Step::Index(index), item, rest)
    }

    fn step(&mut self, step: Step, node: &mut Node, rest: &[String]) -> Result<(), String> {
        self.steps.push(step);
        let result = self.walk(node, rest);
        self.steps.pop();
        result
    }

    /// Goes into a node that is not part of the object.
    fn lose(&mut self, mut node: Node, rest: &[String]) -> Result<(), String> {
        let before = std::mem::replace(&mut self.lost, true);
        let result = self.walk(&mut node, rest);
        self.lost = before;
        result
    }

    fn elements(
        &mut self,
        node: &mut Node,
        selected: impl Fn(&Node) -> Result<bool, String>,
        rest: &[String],
    ) -> Result<(), String> {
        let selected = elements(node)?.iter().map(selected);
        let selected: Vec<bool> = selected.collect::<Result<_, _>>()?;
        if !selected.contains(&true) {
            return Ok(());
        }
        let items = node.items_mut().into_iter().flatten().enumerate();
        for ((index, item), _) in items.zip(selected).filter(|(_, selected)| *selected) {
            self.step(Step::Index(index), item, rest)?;
        }
        Ok(())
    }

    fn selected(
        &mut self,
        node: &mut Node,
        name: &str,
        pattern: &str,
        rest: &[String],
    ) -> Result<(), String> {
        // Of scalars kyaml forgets the rest of the path.
        let rest = if name.is_empty() { &[] } else { rest };
        let fits = |item: &Node| match name {
            "" => contains(pattern, item),
            name => item
                .get(name)
                .map_or(Ok(false), |value| contains(pattern, value)),
        };
        let before = self.found.len();
        self.elements(node, fits, rest)?;
        if self.found.len() > before || self.create.is_none() {
            return Ok(());
        }
        let mut made = Node::plain(pattern);
        if !name.is_empty() {
            let mut element = Node::mapping();
            element.set(name, made);
            made = element;
        }
        if !fits(&made)? {
            // kustomize goes on making elements for ever.
            return Err(format!(
                "unable to create an element that matches {pattern}"
            ));
        }
        let Some(items) = node.items_mut() else {
            return self.lose(made, rest);
        };
        items.push(made);
        let index = items.len().saturating_sub(1);
        match items.last_mut() {
            Some(made) => self.step(Step::Index(index), made, rest),
            None => Ok(()),
        }
    }

    fn field(&mut self, node: &mut Node, name: &str, rest: &[String]) -> Result<(), String> {
        if field(node, name)?.is_none() {
            let Some(made) = self.made(rest) else {
                return Ok(());
            };
            if !node.is_mapping() {
                return self.lose(made.empty(), rest);
            }
            node.set(name, made.empty());
        }
        let Some(value) = node.get_mut(name) else {
            return Ok(());
        };
        if value.scalar().is_none() || rest.is_empty() {
            return self.step(Step::Key(name.to_owned()), value, rest);
        }
        match structured::parse(value.text().unwrap_or_default())? {
            Some(inner) => self.lose(inner.root, rest),
            None => Err(nothing(rest)),
        }
    }
}

/// The message for a path into an empty string.
fn nothing(rest: &[String]) -> String {
    let expected = match rest.first().map(|part| Part::read(part)) {
        Some(Ok(Part::Field(_))) | None => Kind::Mapping,
        Some(Err(error)) => return error,
        Some(Ok(_)) => Kind::Sequence,
    };
    format!("wrong node kind: expected {} but got ", expected.name())
}

/// Tells whether the YAML of a node contains a match of the pattern.
fn contains(pattern: &str, node: &Node) -> Result<bool, String> {
    let text = spelled(node);
    if regexp::is_literal(pattern) {
        return Ok(text.contains(pattern));
    }
    Ok(regexp::compile(pattern)?.is_match(&text))
}
