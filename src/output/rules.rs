//! What `explain` shows: the list of the rules, and one rule's page.

use std::io::{self, Write};

use serde::Serialize;

use super::style::Palette;
use super::{DataFormat, page, write_json, write_yaml};
use crate::lint::RuleInfo;

/// Writes the list of the rules: aligned columns for people, or the document
/// `{"version":1,"rules":[{"id","severity","summary"}]}`.
///
/// # Errors
///
/// Whatever `out` reports.
pub fn write_rules(
    format: DataFormat,
    rules: &[RuleInfo],
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let document = || RulesDocument {
        version: 1,
        rules: rules
            .iter()
            .map(|rule| RuleEntry::new(rule, false))
            .collect(),
    };
    match format {
        DataFormat::Human => write_list(rules, color, out),
        DataFormat::Json => write_json(&document(), out),
        DataFormat::Yaml => write_yaml(&document(), out),
    }
}

/// Writes one rule with its page: laid out for a terminal, or the document
/// `{"version":1,"rule":{"id","severity","summary","page"}}` with the page in Markdown.
///
/// # Errors
///
/// Whatever `out` reports.
pub fn write_rule(
    format: DataFormat,
    rule: &RuleInfo,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let document = RuleDocument {
        version: 1,
        rule: RuleEntry::new(rule, true),
    };
    match format {
        DataFormat::Human => write_page(rule, color, out),
        DataFormat::Json => write_json(&document, out),
        DataFormat::Yaml => write_yaml(&document, out),
    }
}

#[derive(Serialize)]
struct RulesDocument {
    version: u8,
    rules: Vec<RuleEntry>,
}

#[derive(Serialize)]
struct RuleDocument {
    version: u8,
    rule: RuleEntry,
}

#[derive(Serialize)]
struct RuleEntry {
    id: &'static str,
    severity: &'static str,
    summary: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

impl RuleEntry {
    fn new(rule: &RuleInfo, with_page: bool) -> Self {
        RuleEntry {
            id: rule.id,
            severity: rule.severity.name(),
            summary: rule.summary,
            page: with_page.then_some(rule.page),
        }
    }
}

/// One line per rule, so that `grep` finds whole rules.
fn write_list(rules: &[RuleInfo], color: bool, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(color);
    let width = rules
        .iter()
        .map(|rule| rule.id.len())
        .max()
        .unwrap_or_default();
    for rule in rules {
        // Padded before it is styled: the codes of a colour would count as width.
        let severity = format!("{:7}", rule.severity.name());
        let severity = palette.severity(rule.severity).style(severity);
        writeln!(out, "{:width$}  {severity}  {}", rule.id, rule.summary)?;
    }
    Ok(())
}

fn write_page(rule: &RuleInfo, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(color);
    let severity = palette.severity(rule.severity).style(rule.severity.name());
    writeln!(out, "{} ({severity})", palette.strong.style(rule.id))?;
    writeln!(out, "  {}\n", rule.summary)?;
    page::write(without_title(rule.page), &palette, color, out)
}

/// The title repeats the rule's id.
fn without_title(page: &str) -> &str {
    match page.split_once('\n') {
        Some((first, rest)) if first.starts_with("# ") => rest,
        _ => page,
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::samples::{RULES, text};

    #[test]
    fn the_list_is_aligned() {
        let list = text(|out| write_rules(DataFormat::Human, RULES, false, out));
        assert_snapshot!(list, @"
        image/marker-unknown-policy  error    a marker names a policy that nobody applies
        image/floating-tag           hint     an image without a fixed tag
        flux/path-missing            error    `spec.path` is no folder
        ");
    }

    #[test]
    fn a_page_reads_well_without_color() {
        let page = text(|out| write_rule(DataFormat::Human, &RULES[0], false, out));
        assert_snapshot!(page, @r#"
        image/marker-unknown-policy (error)
          a marker names a policy that nobody applies

        What it finds

          A marker whose `namespace:name` is that of no ImagePolicy which Flux applies.
          Names are compared after rendering, see how markers work and the guide
          (https://example.org/guide).

          - a policy in another namespace, which happens most often
          - a typing error

          1. first
          2. second

        Bad

              image: app:1.0 # {"$imagepolicy": "x:y"}


          | a | b |
          |---|---|
          | `c` | d |
        "#);
    }

    #[test]
    fn a_page_is_lightly_styled() {
        let page = text(|out| write_rule(DataFormat::Human, &RULES[0], true, out));
        assert_snapshot!(page.replace('\u{1b}', "ESC"), @r#"
        ESC[1mimage/marker-unknown-policyESC[0m (ESC[91;1merrorESC[0m)
          a marker names a policy that nobody applies

        ESC[1mWhat it findsESC[0m

          A marker whose ESC[36mnamespace:nameESC[0m is that of no ImagePolicy which Flux applies.
          Names are compared ESC[1mafterESC[0m rendering, see how markers work and the guide
          (https://example.org/guide).

          - a policy in another namespace, which happens most often
          - a typing error

          1. first
          2. second

        ESC[1mBadESC[0m

              ESC[2mimage: app:1.0 # {"$imagepolicy": "x:y"}ESC[0m


          | a | b |
          |---|---|
          | ESC[36mcESC[0m | d |
        "#);
    }

    #[test]
    fn documents_carry_a_version() {
        let list = text(|out| write_rules(DataFormat::Json, &RULES[1..2], false, out));
        assert_snapshot!(list, @r#"
        {
          "version": 1,
          "rules": [
            {
              "id": "image/floating-tag",
              "severity": "hint",
              "summary": "an image without a fixed tag"
            }
          ]
        }
        "#);
        let page = text(|out| write_rule(DataFormat::Yaml, &RULES[1], false, out));
        assert_snapshot!(page, @"
        version: 1
        rule:
          id: image/floating-tag
          severity: hint
          summary: an image without a fixed tag
          page: |
            # image/floating-tag

            ## What it finds

            An image without a tag.
        ");
    }
}
