//! Markers of every kind, after the answers of Flux's own setters.

use super::*;
use crate::manifest::FileId;

fn markers(text: &str) -> FileMarkers {
    scan(&SourceFile::parse(FileId(0), "a.yaml", text))
}

/// Returns the texts of the fields that live markers set.
fn live(text: &str) -> Vec<String> {
    let found = markers(text);
    if found.unreadable.is_some() {
        return Vec::new();
    }
    let fields = found
        .markers
        .into_iter()
        .filter(|m| m.body.is_ok())
        .filter_map(|m| m.position.ok());
    fields
        .map(|f| f.node.text().unwrap_or_default().to_owned())
        .collect()
}

const M: &str = r#"{"$imagepolicy": "ns:app"}"#;

#[test]
fn live_positions() {
    let cases = [
        ("image: foo # M\n", "foo"),
        ("image: 'foo' # M\n", "foo"),
        ("image:    foo\t# M\n", "foo"),
        ("image: |- # M\n  foo\n", "foo"),
        ("image: >- # M\n  foo\n  bar\nb: 1\n", "foo bar"),
        ("a: \"x\n  y\" # M\n", "x y"),
        ("l:\n- foo # M\n", "foo"),
        ("l:\n- # M\n  foo\n", "foo"),
        ("l:\n  # M\n  - foo\n", "foo"),
        ("l:\n  - first\n\n  # M\n\n  - foo\n", "foo"),
        ("l:\n- a: foo # M\n  b: 2\n", "foo"),
        ("m: {image: foo, # M\n  tag: bar}\n", "foo"),
        ("{\n  \"a\": 1,\n  \"image\": \"foo\" # M\n}\n", "foo"),
        ("a: !custom foo # M\n", "foo"),
        ("? c\n: foo # M\n", "foo"),
        ("a: 1\n---   \nimage: foo # M\n---\t# c\nb: 2\n", "foo"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            live(&text.replace("# M", &format!("# {M}"))),
            [expected],
            "{text}"
        );
    }
}

#[test]
fn dead_positions() {
    let cases = [
        ("# M\nimage: foo\n", Misplacement::OwnLine),
        ("image: # M\nx: 1\n", Misplacement::Empty),
        ("image: # M\n  foo\n", Misplacement::KeyLine),
        ("image: &a # M\n  foo\n", Misplacement::KeyLine),
        ("images: # M\n- foo\n", Misplacement::Collection),
        ("m: [foo, bar] # M\n", Misplacement::FlowCollection),
        ("m: {a: foo} # M\n", Misplacement::FlowCollection),
        ("a: &i foo\nb: *i # M\n", Misplacement::Alias),
        (
            "d:\n  x: |\n    image: foo # M\n",
            Misplacement::BlockScalar,
        ),
        ("l:\n  - foo\n  # M\n\nz: 1\n", Misplacement::OwnLine),
        ("l:\n  # other\n  # M\n  - foo\n", Misplacement::OwnLine),
        ("l:\n  # M\n  - foo # other\n", Misplacement::Hidden),
        ("l:\n  # M\n  - a: foo\n", Misplacement::OwnLine),
        ("--- # M\na: 1\n", Misplacement::Nothing),
    ];
    for (text, expected) in cases {
        let found = markers(&text.replace("# M", &format!("# {M}")));
        assert_eq!(found.markers.len(), 1, "{text}");
        assert_eq!(
            found.markers[0].position.as_ref().err(),
            Some(&expected),
            "{text}"
        );
    }
}

#[test]
fn bodies() {
    let ok = [
        (r#"#{"$imagepolicy":"ns:app:tag"}"#, "ns:app:tag"),
        (r#"### {"$imagepolicy": "ns%3Aapp"}  "#, "ns:app"),
        (
            r#"# {"$imagepolicy": "a:b", "$imagepolicy": "ns:app:digest"}"#,
            "ns:app:digest",
        ),
        (
            r#"# {"x": "y", "$imagepolicy": "ns:app:name"}"#,
            "ns:app:name",
        ),
    ];
    for (text, expected) in ok {
        assert_eq!(body::parse(text).unwrap().to_string(), expected, "{text}");
    }
    let bad = [
        "# {'$imagepolicy': 'ns:app'}",
        "# {$imagepolicy: ns:app}",
        r#"# {"$imagepolicy": "ns:app",}"#,
        r#"# see {"$imagepolicy": "ns:app"}"#,
        r#"# {"$imagepolicy": "ns:app"} keep"#,
        r#"# {"$imagepolicy": "ns:app"} {"$imagepolicy": "ns:b"}"#,
        r#"# {"$imagePolicy": "ns:app"}"#,
        r#"# {"$imagepolicy": "ns:app:version"}"#,
        r#"# {"$imagepolicy": "app"}"#,
        r#"# {"$imagepolicy": "ns/app"}"#,
        r#"# {"$imagepolicy": "${NS}:app"}"#,
        r#"# {"$imagepolicy": " ns:app"}"#,
        r#"# {"$imagepolicy": 5}"#,
        r#"# {"$imagepolicy": "ns:app", "x": 1}"#,
        r#"# [{"$imagepolicy": "ns:app"}]"#,
        "# $imagepolicy: ns:app",
        r#"# {"imagepolicy": "ns:app"}"#,
    ];
    for text in bad {
        assert!(body::is_meant(text, false), "{text}");
        assert!(body::parse(text).is_err(), "{text}");
    }
}

#[test]
fn prose_and_commented_out_lines_are_left_alone() {
    for text in [
        r#"# image: foo:1 # {"$imagepolicy": "ns:app"}"#,
        "# the ImagePolicy of this app: see infra",
        "# Flux image policies: none yet",
        "# put an $imagepolicy marker behind the tag",
    ] {
        assert!(!body::is_meant(text, true), "{text}");
    }
    assert!(!body::is_meant("# ImagePolicy: see infra/images", false));
}

#[test]
fn files_that_flux_skips() {
    for text in [
        "- op: replace\n  value: foo # M\n",
        "a: 1\n----\nb: foo # M\n",
        "a: foo # M\n--- text\nb: 1\n",
        "%YAML 1.2\n---\na: foo # M\n",
        "metadata: x\na: foo # M\n",
        "a: foo # M\n---\n{{ bad }}: [\n",
    ] {
        assert!(
            markers(&text.replace("# M", &format!("# {M}")))
                .unreadable
                .is_some(),
            "{text}"
        );
    }
    let file = SourceFile::parse(FileId(0), "a.YAML", format!("a: foo # {M}\n"));
    assert!(scan(&file).unreadable.is_some());
}

#[test]
fn screening_finds_every_file_with_a_marker() {
    assert!(may_have_markers("a: 1 # x\nb: 2 # {\"$ImagePolicy\": 1}\n"));
    assert!(!may_have_markers("kind: ImagePolicy\n# nothing\n"));
}
