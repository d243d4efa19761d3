//! Where in a policy the text is that makes it fail, and what to write instead.

use std::ops::Range;

use super::filter::TagFilter;
use super::goregexp::GoRegexp;
use super::policy::{Order, PolicyChoice};
use super::policy_spec::TagPolicySpec;
use super::semver::Constraint;

/// A part of a policy that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field, such as `semver.range` or `filterTags.pattern`.
    pub field: &'static str,
    /// The whole text of the field.
    pub text: String,
    /// The part of the text, in bytes; empty at a place where something is missing.
    pub at: Range<usize>,
    /// What to do about it.
    pub help: &'static str,
}

impl TagPolicySpec {
    /// Returns what the controller refuses, and groups in `extract` that never hold anything.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self
            .exclusions
            .iter()
            .filter_map(|e| pattern("exclusionList", e))
            .collect();
        faults.extend(self.choice.as_ref().and_then(choice));
        if let Some(filter) = &self.filter {
            faults.extend(pattern("filterTags.pattern", &filter.pattern));
            faults.extend(extract(&filter.pattern, &filter.extract));
        }
        faults
    }
}

fn choice(choice: &PolicyChoice) -> Option<Fault> {
    let (field, text, at, help) = match choice {
        PolicyChoice::SemVer { range } => {
            let at = Constraint::fault(range)?;
            let wrong = range.get(at.clone()).unwrap_or_default();
            ("semver.range", range, at, range_help(wrong))
        }
        PolicyChoice::Alphabetical { order } => {
            ("alphabetical.order", order, order_fault(order)?, ORDER_HELP)
        }
        PolicyChoice::Numerical { order } => {
            ("numerical.order", order, order_fault(order)?, ORDER_HELP)
        }
    };
    Some(Fault {
        field,
        text: text.clone(),
        at,
        help,
    })
}

const ORDER_HELP: &str = "`asc` selects the greatest, `desc` the smallest";

fn order_fault(order: &str) -> Option<Range<usize>> {
    Order::parse(order).is_err().then_some(0..order.len())
}

fn range_help(wrong: &str) -> &'static str {
    match wrong {
        "" => "a comparator is missing here, such as `>=1.0.0` or `*`",
        _ if wrong.contains("&&") => {
            "comparators that must all hold stand side by side: `>=1.0.0 <2.0.0`"
        }
        _ if wrong.starts_with("==") => "write one `=`",
        _ if wrong.starts_with("~=") => "write `~`, which lets the last number grow",
        _ if wrong.contains('|') => "alternatives stand around `||`",
        _ => "a comparator is one of = != > >= < <= ~ ^ and a version of up to three numbers",
    }
}

fn pattern(field: &'static str, text: &str) -> Option<Fault> {
    let at = GoRegexp::fault(text)?;
    let wrong = text.get(at.clone()).unwrap_or_default();
    let behind = text.get(at.start..).unwrap_or_default();
    let lookaround = ["(?=", "(?!", "(?<=", "(?<!"]
        .iter()
        .any(|start| behind.starts_with(start));
    let help = if lookaround {
        "Go has no lookaround: name what may stand there, or filter with the policy's range"
    } else if wrong.starts_with('\\') && wrong.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) {
        "Go has no backreferences"
    } else if wrong.len() > 1 && wrong.chars().all(|c| "*+?{}0123456789,".contains(c)) {
        "Go has no possessive repetition, and refuses to repeat a repetition: put it into a group"
    } else {
        "write it as Go's regexp reads it; a character that means itself has a backslash in front"
    };
    Some(Fault {
        field,
        text: text.to_owned(),
        at,
        help,
    })
}

/// Finds the first group in `extract` that the pattern lacks.
fn extract(pattern: &str, extract: &str) -> Option<Fault> {
    let name = TagFilter::new(pattern, extract).ok()?.missing_group()?;
    let found = [format!("${{{name}}}"), format!("${name}")]
        .into_iter()
        .find_map(|text| extract.find(&text).map(|start| start..start + text.len()))?;
    let runs_on = name.starts_with(|c: char| c.is_ascii_digit()) && name.parse::<usize>().is_err();
    let help = match runs_on
        || extract
            .get(found.clone())
            .is_some_and(|t| !t.ends_with('}') && name.contains('_'))
    {
        true => "a name runs on through letters, digits and `_`: write `${1}x`, not `$1x`",
        false => {
            "the pattern has no such group, so this is empty: write `(?P<name>...)` there and `$name` here"
        }
    };
    Some(Fault {
        field: "filterTags.extract",
        text: extract.to_owned(),
        at: found,
        help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::TagFilterSpec;

    fn shown(fault: Option<Fault>) -> String {
        fault.map_or_else(String::new, |fault| {
            let part = |range: Range<usize>| fault.text[range].to_owned();
            let before = part(0..fault.at.start);
            format!(
                "{before}[{}]{}",
                part(fault.at.clone()),
                part(fault.at.end..fault.text.len())
            )
        })
    }

    #[test]
    fn faults_of_ranges_are_found() {
        let range = |text: &str| {
            shown(choice(&PolicyChoice::SemVer {
                range: text.to_owned(),
            }))
        };
        assert_eq!(range(">=1.0.0 <2.0.0"), "");
        assert_eq!(range(">=1.0.0 && <2.0.0"), ">=1.0.0 [&&] <2.0.0");
        assert_eq!(range("1.x || ==2.0.0"), "1.x || [==2.0.0]");
        assert_eq!(range(">= 1.0.0, < "), ">= 1.0.0, [<] ");
        assert_eq!(range("1.2.3.4"), "[1.2.3.4]");
        assert_eq!(range("1.x ||"), "1.x ||[]");
        assert_eq!(range(""), "[]");
        assert_eq!(
            range("1.0.0 - 2.0.0 || latest"),
            "1.0.0 - 2.0.0 || [latest]"
        );
        assert_eq!(range("é"), "[é]");
    }

    #[test]
    fn faults_of_patterns_are_found() {
        let at = |text: &str| shown(pattern("p", text));
        assert_eq!(at("^v(?P<v>.*)$"), "");
        assert_eq!(at("^v(?!1).*"), "^v[(?!]1).*");
        assert_eq!(at("ab**"), "ab[**]");
        assert_eq!(at("x[z-a]"), "x[[z-a]]");
        assert_eq!(at(r"(a)\1"), r"(a)[\1]");
        assert_eq!(at("^(v"), "[^(v]");
    }

    #[test]
    fn groups_that_the_pattern_lacks_are_found() {
        let of = |pattern: &str, template: &str| {
            let filter = TagFilterSpec {
                pattern: pattern.to_owned(),
                extract: template.to_owned(),
            };
            let spec = TagPolicySpec {
                filter: Some(filter),
                ..TagPolicySpec::default()
            };
            shown(spec.faults().pop())
        };
        assert_eq!(of("(?P<ts>a)", "$ts"), "");
        assert_eq!(of("(?P<ts>a)", "1-$st"), "1-[$st]");
        assert_eq!(of("(a)", "${1}x$1x"), "${1}x[$1x]");
        assert_eq!(of("(a)", "${2}"), "[${2}]");
    }
}
