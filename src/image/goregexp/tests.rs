//! Tests of the regular expressions against what Go 1.26 answered.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn table() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/go/regexp.json")).unwrap()
}

fn spans(regexp: &GoRegexp, text: &str) -> Option<Vec<i64>> {
    let captures = regexp.find(text)?;
    let bound = |index| {
        captures
            .range(index)
            .map_or([-1, -1], |range| [range.start as i64, range.end as i64])
    };
    Some((0..regexp.group_names().len()).flat_map(bound).collect())
}

#[test]
fn reads_and_matches_as_go() {
    for case in table()["patterns"].as_array().unwrap() {
        let pattern = case["pattern"].as_str().unwrap();
        let regexp = GoRegexp::new(pattern);
        assert_eq!(
            regexp.as_ref().err().map(String::as_str),
            case["error"].as_str(),
            "{pattern:?}"
        );
        let Ok(regexp) = regexp else { continue };
        if let Some(names) = case["names"].as_array() {
            assert_eq!(
                regexp.group_names(),
                names
                    .iter()
                    .map(|name| name.as_str().unwrap())
                    .collect::<Vec<_>>()
            );
        }
        for found in case["matches"].as_array().unwrap() {
            let text = found[0].as_str().unwrap();
            let expected: Vec<i64> = found[1]
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n.as_i64().unwrap())
                .collect();
            assert_eq!(
                spans(&regexp, text),
                Some(expected),
                "{pattern:?} on {text:?}"
            );
            assert!(regexp.is_match(text));
        }
        for text in case["misses"].as_array().unwrap() {
            assert!(
                !regexp.is_match(text.as_str().unwrap()),
                "{pattern:?} on {text}"
            );
        }
    }
}

#[test]
fn expands_as_go() {
    for case in table()["expansions"].as_array().unwrap() {
        let regexp = GoRegexp::new(case["pattern"].as_str().unwrap()).unwrap();
        let captures = regexp.find(case["text"].as_str().unwrap()).unwrap();
        let template = Template::parse(case["template"].as_str().unwrap());
        assert_eq!(
            regexp.expand(&template, &captures),
            case["expanded"].as_str().unwrap(),
            "{case}"
        );
    }
}

#[test]
fn every_property_that_go_names_can_be_run() {
    for name in unicode::names() {
        let regexp = GoRegexp::new(&format!(r"^(?i:[\p{{{name}}}\P{{{name}}}])$")).unwrap();
        assert!(regexp.is_match("a") && regexp.is_match("\u{e9}"), "{name}");
    }
}

#[test]
fn runs_patterns_nested_as_deep_as_allowed() {
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")*".repeat(depth));
    assert!(GoRegexp::new(&nested(124)).unwrap().is_match("a"));
    assert!(
        GoRegexp::new(&nested(600))
            .unwrap_err()
            .starts_with("error parsing regexp: expression nests too deeply")
    );
    let grouped = format!("^{}a{}$", "(?:".repeat(5000), ")".repeat(5000));
    assert_eq!(
        GoRegexp::new(&grouped).unwrap().literal_only().as_deref(),
        Some("a")
    );
}

#[test]
fn refuses_what_would_not_fit() {
    let large = "(?:a{1000})".repeat(4000);
    assert!(
        GoRegexp::new(&large)
            .unwrap_err()
            .contains("expression too large")
    );
    assert!(
        GoRegexp::new(r"^\pL{1000}$")
            .unwrap()
            .is_match(&"x".repeat(1000))
    );
}

#[test]
fn finds_the_only_text() {
    let only = |pattern| GoRegexp::new(pattern).unwrap().literal_only();
    for pattern in [
        "^latest$",
        r"\Alatest\z",
        "^(latest)$",
        "^(?:lat)(est)$",
        "^[l]atest$",
        "^latest$|^latest$",
        r"^\Qlatest\E$",
    ] {
        assert_eq!(only(pattern).as_deref(), Some("latest"), "{pattern}");
    }
    assert_eq!(only("^v1{2}(a{0})(x|x)[.]$").as_deref(), Some("v11x."));
    for pattern in [
        "latest",
        "^latest",
        "(?i)^latest$",
        "^latest?$",
        "^(a|b)$",
        "(?m)^latest$",
        "^latest.$",
        "^a$|b",
    ] {
        assert_eq!(only(pattern), None, "{pattern}");
    }
}

#[test]
fn names_what_the_template_leaves_out() {
    let alphabets = |pattern: &str, template: &str| {
        let regexp = GoRegexp::new(pattern).unwrap();
        let parts = regexp.unextracted(&Template::parse(template));
        parts.into_iter().map(Ast::tag_alphabet).collect::<Vec<_>>()
    };
    assert_eq!(
        alphabets("^main-(?P<sha>[a-c]+)-(?P<ts>[0-9]+)$", "$ts"),
        ["abc"]
    );
    assert_eq!(alphabets(r"^(\d+)\.(\d+)\.\d+$", "$1.$2"), ["0123456789"]);
    assert!(alphabets(r"^v(?P<v>\d+)(?:-x)$", "${v}").is_empty());
    assert!(alphabets(r"^v\d+$", "$0").is_empty());
}

#[test]
fn samples_match_and_repeat() {
    let regexp = GoRegexp::new("^(main|dev)-(?P<sha>[a-f0-9]{7})-(?P<ts>[0-9]+)$").unwrap();
    let samples = regexp.samples(1, 20);
    assert_eq!(samples.len(), 20);
    assert!(samples.iter().all(|tag| regexp.is_match(tag)));
    assert_eq!(samples, regexp.samples(1, 20));
    let versions = GoRegexp::new("^v(?P<v>.*)$").unwrap().samples(1, 30);
    assert!(
        versions.iter().any(|tag| tag.starts_with("v1.")),
        "{versions:?}"
    );
    assert_eq!(
        GoRegexp::new("^latest$").unwrap().samples(1, 20),
        ["latest"]
    );
    assert!(
        GoRegexp::new("^ $|a^|(?:(?:(?:a*)*)*)*%")
            .unwrap()
            .samples(1, 5)
            .is_empty()
    );
}

proptest! {
    #[test]
    fn never_panics(pattern in "[a-c\\[\\](){}|*+?^$.\\\\0-9pPQEd:<>!=,iU&~-]{0,24}|\\PC{0,16}", text in "\\PC{0,12}") {
        if let Ok(regexp) = GoRegexp::new(&pattern) {
            let template = Template::parse(&text);
            if let Some(captures) = regexp.find(&text) {
                regexp.expand(&template, &captures);
            }
            prop_assert!(regexp.samples(3, 3).iter().all(|tag| regexp.is_match(tag)));
            regexp.literal_only();
            regexp.unextracted(&template);
        }
    }
}
