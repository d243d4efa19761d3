//! Routes of a Cloudflare tunnel: the `ingress` list of cloudflared, in a ConfigMap, a file or chart values.

use std::sync::Arc;

use crate::flux::{Cluster, Model};
use crate::manifest::{Location, Node, ScalarStyle, SourceFile, Tree, to_yaml};
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::ServiceSpec;

use super::Wish;
use super::reload::Reload;
use super::spot::{Inner, Spot, each_value, files_with};
use super::words::{in_cluster, most, spell};

/// The routes of a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The piece with `ingress`.
    config: Spot,
    reload: Option<Reload>,
}

impl Tunnel {
    /// Finds the longest list of routes that the cluster with this index applies.
    pub fn find(model: &Model<'_>, cluster: usize) -> Option<Self> {
        let cluster = model.clusters.get(cluster)?;
        let found = configs(cluster, model.tree).map(|(source, config, inner)| {
            let rules = rules(&inner).map_or(0, <[Node]>::len);
            (rules, source, config)
        });
        let (_, source, config) = found.max_by_key(|(rules, ..)| *rules)?;
        let reload = Reload::of(cluster, model.tree, &source, config.document);
        Some(Tunnel { config, reload })
    }

    /// Returns the file that holds the routes.
    pub fn path(&self) -> &str {
        &self.config.path
    }

    /// Adds a route for `host` before the rule that catches the rest, and returns what is worth knowing.
    ///
    /// # Errors
    /// The host has a route already, or the list is not written as plain lines.
    pub fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        host: &str,
        wish: &Wish<'_>,
    ) -> Result<Vec<String>, PlanError> {
        let inner = self.config.read_draft(draft)?;
        let rules = rules(&inner).ok_or_else(|| PlanError::Missing(self.config.path.clone()))?;
        if let Some(rule) = rules.iter().find(|rule| is_host(rule, host)) {
            let line = inner.line_of(rule);
            return Err(PlanError::Other(format!(
                "{line}: the tunnel has a route for {host} already"
            )));
        }
        if let Some(rule) = rules.iter().find(|rule| covers(rule, host)) {
            let wildcard = rule.text_at(&["hostname"]).unwrap_or_default();
            let line = inner.line_of(rule);
            return Ok(vec![format!(
                "{line}: the route for `{wildcard}` serves {host} already"
            )]);
        }
        let mut notes = Vec::new();
        let is_caught = rules
            .last()
            .is_some_and(|rule| rule.get("hostname").is_none());
        if !is_caught {
            notes.push(format!(
                "{}: cloudflared wants a last rule that catches the rest, such as `- service: http_status:404`",
                self.config.path
            ));
        }
        let text = with_rule(&inner, rules, is_caught, spec, host, wish);
        let text = text
            .filter(|text| is_only_addition(&inner, text, rules.len() - usize::from(is_caught)));
        let text = text.ok_or_else(|| {
            let line = rules
                .last()
                .map_or(self.config.path.clone(), |rule| inner.line_of(rule));
            PlanError::Other(format!("{line}: the routes are not written as plain lines"))
        })?;
        self.config.set_text(draft, &text)?;
        if let Some(reload) = &self.reload {
            notes.extend(reload.plan(draft, wish.now)?);
        }
        Ok(notes)
    }
}

/// Returns where a tunnel of the cluster has a route for `host`.
pub(super) fn routed(cluster: &Cluster<'_>, tree: &Tree, host: &str) -> Option<Location> {
    configs(cluster, tree).find_map(|(_, _, inner)| {
        let rule = rules(&inner)?.iter().find(|rule| is_host(rule, host))?;
        Some(inner.location(rule.place.span))
    })
}

/// Returns every piece with routes.
fn configs<'t>(
    cluster: &Cluster<'_>,
    tree: &'t Tree,
) -> impl Iterator<Item = (Arc<SourceFile>, Spot, Inner)> + use<'t> {
    files_with(cluster, tree, &["http_status:", "tunnel:"]).flat_map(|source| {
        let read = spots(&source).into_iter().filter_map(|spot| {
            let inner = spot.read(&source)?;
            rules(&inner)?;
            Some((source.clone(), spot, inner))
        });
        read.collect::<Vec<_>>()
    })
}

fn spots(source: &SourceFile) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (index, document) in source.documents.iter().enumerate() {
        let Some(root) = &document.root else { continue };
        if index == 0 && root.get("kind").is_none() {
            spots.push(Spot::file(&source.path));
        }
        each_value(root, |route, name, node| {
            let spot = Spot::of(source, index, route.clone(), node);
            if spot.is_block && (name.ends_with(".yaml") || name.ends_with(".yml"))
                || node.get("ingress").is_some_and(Node::is_sequence)
            {
                spots.push(spot);
            }
        });
    }
    spots
}

/// Returns the routes of a piece, if it has any: each names a service.
fn rules(inner: &Inner) -> Option<&[Node]> {
    let rules = inner.root()?.get("ingress")?.items()?;
    let is_rule = |rule: &Node| rule.text_at(&["service"]).is_some();
    (!rules.is_empty() && rules.iter().all(is_rule)).then_some(rules)
}

fn is_host(rule: &Node, host: &str) -> bool {
    let name = rule.text_at(&["hostname"]).unwrap_or_default();
    name.eq_ignore_ascii_case(host)
}

/// Tells whether a rule with a wildcard takes all requests for `host`; cloudflared compares the end of the name.
fn covers(rule: &Node, host: &str) -> bool {
    let name = rule.text_at(&["hostname"]).unwrap_or_default();
    let end = name.strip_prefix('*').filter(|end| end.starts_with('.'));
    rule.get("path").is_none() && end.is_some_and(|end| host.ends_with(end))
}

/// Returns the text of the piece's source with a new rule before the last one, or at the end.
fn with_rule(
    inner: &Inner,
    rules: &[Node],
    is_caught: bool,
    spec: &ServiceSpec,
    host: &str,
    wish: &Wish<'_>,
) -> Option<String> {
    let source = &inner.source;
    let last = rules.last()?;
    let first_line = source.line(last.place.span.start as usize);
    let text = source.line_text(first_line);
    let indent = text.get(..text.find('-')?)?;
    if !indent.trim().is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    let described = spec
        .description
        .as_deref()
        .filter(|_| are_commented(source, rules));
    lines.extend(described.map(|what| format!("# {} - {what}", wish.title(&spec.name))));
    lines.extend(rule_lines(source, rules, spec, host, wish));
    let mut lines: Vec<String> = lines
        .into_iter()
        .map(|line| format!("{indent}{line}"))
        .collect();
    let before = if is_caught {
        let mut before = first_line;
        while before > 1 && is_comment(source.line_text(before - 1)) {
            before -= 1;
        }
        if before > 1 && source.line_text(before - 1).trim().is_empty() {
            lines.push(String::new());
        }
        before
    } else {
        source.line(last.place.span.end.saturating_sub(1) as usize) + 1
    };
    let eol = if source.text.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let at = source.line_span(before).start as usize;
    let (head, tail) = source.text.split_at_checked(at)?;
    let new = lines.join(eol);
    Some(match head.is_empty() || head.ends_with('\n') {
        true => format!("{head}{new}{eol}{tail}"),
        false => format!("{head}{eol}{new}"),
    })
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Tells whether more than half of the hosts have a comment above their first rule.
fn are_commented(source: &SourceFile, rules: &[Node]) -> bool {
    let mut hosts: Vec<&str> = Vec::new();
    let mut commented = 0;
    for rule in rules {
        let Some(host) = rule.text_at(&["hostname"]).filter(|h| !hosts.contains(h)) else {
            continue;
        };
        hosts.push(host);
        let line = source.line(rule.place.span.start as usize);
        commented += usize::from(line > 1 && is_comment(source.line_text(line - 1)));
    }
    commented * 2 > hosts.len()
}

/// Returns the lines of the new rule: like most of the others if these differ in the host only, as behind one proxy, else
/// straight to the Service.
fn rule_lines(
    source: &SourceFile,
    rules: &[Node],
    spec: &ServiceSpec,
    host: &str,
    wish: &Wish<'_>,
) -> Vec<String> {
    const HOST: &str = "\u{0}";
    let named: Vec<&Node> = rules
        .iter()
        .filter(|rule| rule.get("hostname").is_some())
        .collect();
    let manner = |rule: &&Node| {
        let name = rule
            .text_at(&["hostname"])
            .filter(|name| !name.contains('*'))?;
        let column = source.location(rule.place.span).column.saturating_sub(1) as usize;
        let text = source.slice(rule.place.span).trim_end().replace(name, HOST);
        let line = |line: &str| line.get(column..).unwrap_or(line.trim_start()).to_owned();
        let mut lines = text.lines().enumerate();
        let lines: Vec<String> = lines
            .by_ref()
            .map(|(i, text)| if i == 0 { text.to_owned() } else { line(text) })
            .collect();
        Some(lines)
    };
    let manners: Vec<Vec<String>> = named.iter().filter_map(manner).collect();
    if let Some(usual) = most(manners.iter()) {
        let count = manners.iter().filter(|m| *m == usual).count();
        if count > 1 && count * 2 > named.len() {
            return dashed(usual.iter().map(|line| line.replace(HOST, host)));
        }
    }
    let styles = named
        .iter()
        .filter_map(|rule| Some(rule.get("hostname")?.scalar()?.style));
    let host = spell(host, most(styles).unwrap_or(ScalarStyle::Plain));
    let target = in_cluster(spec, wish.service_port);
    dashed([
        format!("hostname: {host}"),
        format!("service: http://{target}"),
    ])
}

fn dashed(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let lead = |index| if index == 0 { "- " } else { "  " };
    let lines = lines.into_iter().enumerate();
    lines
        .map(|(index, line)| format!("{}{line}", lead(index)))
        .collect()
}

/// Tells whether the only difference between the old piece and the new text is a rule at `index`.
fn is_only_addition(inner: &Inner, text: &str, index: usize) -> bool {
    let new = inner.with_text(text);
    if !new.source.errors.is_empty() {
        return false;
    }
    let said = |root: &Node, skip: Option<usize>| -> Option<String> {
        let mut root = root.clone();
        let rules = root.get_mut("ingress")?.items_mut()?;
        if let Some(index) = skip {
            (index < rules.len()).then(|| rules.remove(index))?;
        }
        to_yaml(&root).ok()
    };
    let old = inner.root().and_then(|root| said(root, None));
    old.is_some() && old == new.root().and_then(|root| said(root, Some(index)))
}

#[cfg(test)]
mod tests;
