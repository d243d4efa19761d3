//! Tests of versions and constraints against what Masterminds/semver v3.5.0 answered.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn table() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/go/semver.json")).unwrap()
}

fn texts(values: &Value) -> Vec<&str> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap())
        .collect()
}

#[test]
fn reads_versions_as_go() {
    for case in table()["versions"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        assert_eq!(Version::parse(text).is_ok(), case["version"], "{text:?}");
        assert_eq!(Version::parse_tag(text).is_ok(), case["tag"], "{text:?}");
    }
}

#[test]
fn orders_versions_as_go() {
    let table = table();
    let groups: Vec<Vec<&str>> = table["ascending"]
        .as_array()
        .unwrap()
        .iter()
        .map(texts)
        .collect();
    for (rank, group) in groups.iter().enumerate() {
        for (other_rank, other) in groups.iter().enumerate() {
            let (ours, theirs) = (
                Version::parse(group[0]).unwrap(),
                Version::parse(other[0]).unwrap(),
            );
            assert_eq!(
                ours.cmp(&theirs),
                rank.cmp(&other_rank),
                "{ours:?} {theirs:?}"
            );
        }
        assert!(
            group
                .iter()
                .all(|text| Version::parse(text) == Version::parse(group[0])),
            "{group:?}"
        );
    }
}

#[test]
fn reads_and_checks_constraints_as_go() {
    let table = table();
    let versions: Vec<&str> = table["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["text"].as_str().unwrap())
        .collect();
    for case in table["constraints"].as_array().unwrap() {
        let text = case["constraint"].as_str().unwrap();
        let constraint = Constraint::parse(text);
        assert_eq!(
            constraint.as_ref().err().map(String::as_str),
            case["error"].as_str(),
            "{text:?}"
        );
        let Ok(constraint) = constraint else { continue };
        let admits =
            |text: &&&str| Version::parse(text).is_ok_and(|version| constraint.check(&version));
        let admitted: Vec<&str> = versions.iter().filter(admits).copied().collect();
        assert_eq!(admitted, texts(&case["admits"]), "{text:?}");
    }
}

#[test]
fn says_why_a_version_does_not_fit() {
    let mismatch = |range, version| {
        Constraint::parse(range)
            .unwrap()
            .mismatch(&Version::parse(version).unwrap())
    };
    assert_eq!(
        mismatch(">=1.0.0", "1.2.0-rc.1"),
        Some(Mismatch::Prerelease)
    );
    assert_eq!(
        mismatch(">=1.0.0", "0.9.0-rc.1"),
        Some(Mismatch::OutOfRange)
    );
    assert_eq!(mismatch(">=1.0.0-0 || <0.1.0", "1.2.0-rc.1"), None);
    assert_eq!(Version::parse_tag("1.2"), Err(VersionError::TooFewDots));
    assert_eq!(
        Version::parse("99999999999999999999.0.0"),
        Err(VersionError::NumberTooLarge)
    );
    assert_eq!(
        Version::parse("1.0.0-rc.01"),
        Err(VersionError::LeadingZero)
    );
}

proptest! {
    #[test]
    fn never_panics(range in "[0-9xX*v.|~^<>=!, a-c+\\-\\n]{0,24}|\\PC{0,16}", version in "[0-9v.a-c+\\-]{0,16}|\\PC{0,12}") {
        let version = Version::parse_tag(&version).or_else(|_| Version::parse(&version));
        if let (Ok(constraint), Ok(version)) = (Constraint::parse(&range), version) {
            prop_assert_eq!(constraint.check(&version), constraint.mismatch(&version).is_none());
        }
    }
}
