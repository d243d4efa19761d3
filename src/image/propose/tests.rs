//! Tables of tags as images have them, with the policy that is proposed first.

use super::*;

fn tags(list: &str) -> Vec<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

fn shown(choice: &TagChoice) -> String {
    let filter = [&choice.pattern, &choice.extract].into_iter().flatten();
    let filter: Vec<&str> = filter.map(String::as_str).collect();
    let order = match &choice.order {
        TagOrder::Semver(range) => format!("semver {range}"),
        TagOrder::Numerical => "numerical".to_owned(),
        TagOrder::Alphabetical => "alphabetical".to_owned(),
    };
    [filter.join(" "), order]
        .join(" | ")
        .trim_start_matches(" | ")
        .to_owned()
}

/// Returns the first proposal as text, with its winner.
fn first(list: &str, current: Option<&str>) -> (String, String) {
    let proposals = propose(&tags(list), current, &Wish::Auto, &[]).expect(list);
    let first = proposals.first().expect("one at least");
    assert!(first.matched > 0 && !first.why.is_empty());
    (shown(&first.choice), first.winner.clone())
}

#[test]
fn real_lists_get_the_policy_that_their_owner_would_write() {
    for (list, current, policy, winner) in [
        // A server with releases, floating names and prereleases.
        (
            "latest 10 10.4 10.4.2 10.4.10 11 11.0 11.0.0 11.1.0 11.2.0-rc1 main nightly sha-0a1b2c3",
            None,
            "semver >=11.1.0 <12.0.0",
            "11.1.0",
        ),
        (
            "latest 10.4.2 10.4.10 11.1.0 11.2.0-rc1",
            Some("10.4.2"),
            "semver >=10.4.2 <11.0.0",
            "10.4.10",
        ),
        // Both spellings of a version: the one in use stays.
        (
            "v1.2.3 1.2.3 v1.3.0 1.3.0",
            Some("1.2.3"),
            r"^[0-9]+\.[0-9]+\.[0-9]+$ | semver >=1.2.3 <2.0.0",
            "1.3.0",
        ),
        (
            "v1.2.3 1.2.3 v1.3.0 1.3.0",
            Some("v1.2.3"),
            "semver >=1.2.3 <2.0.0",
            "v1.3.0",
        ),
        // Below 1.0.
        (
            "0.4.0 0.5.1 0.5.2 v0.9",
            Some("0.4.0"),
            "semver >=0.4.0 <0.5.0",
            "0.4.0",
        ),
        ("0.4.0 0.5.1 0.5.2", None, "semver >=0.5.2 <0.6.0", "0.5.2"),
        // linuxserver
        (
            "latest develop 4.0.14 4.0.14.2939-ls260 4.0.15.2941-ls261 4.0.15.2941-ls262 amd64-4.0.15.2941-ls262 \
             arm64v8-4.0.15.2941-ls262 version-4.0.15.2941 develop-4.0.16.100-ls9 nightly-4.0.16.3000-ls7",
            Some("4.0.14.2939-ls260"),
            r"^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)-ls([0-9]+)$ $1.$2.$3-$4.$5 | semver >=4.0.14-0 <5.0.0-0",
            "4.0.15.2941-ls262",
        ),
        (
            "2024.1-ls9 2024.1-ls10 2024.2-ls11 latest",
            Some("2024.1-ls9"),
            r"^([0-9]+)\.([0-9]+)-ls([0-9]+)$ $1.$2.$3 | semver >=2024.1.9",
            "2024.2-ls11",
        ),
        // postgres: versions of two numbers, variants, lines that float
        (
            "16 16.3 16.4 16.10 17 17.0 17.1 16.4-alpine 16.10-alpine 17-alpine 17.1-alpine 17beta1 latest alpine",
            Some("16.4"),
            r"^([0-9]+)\.([0-9]+)$ $1.$2.0 | semver >=16.4.0 <17.0.0",
            "16.10",
        ),
        (
            "16 16.3 16.4 16.10 17 17.1 16.4-alpine 16.10-alpine 16.11-alpine 17-alpine 17.1-alpine latest alpine",
            Some("16.4-alpine"),
            r"^([0-9]+)\.([0-9]+)-alpine$ $1.$2.0 | semver >=16.4.0 <17.0.0",
            "16.11-alpine",
        ),
        // A variant of three numbers
        (
            "7.2.4 7.2.5 7.2.4-alpine 7.2.5-alpine 7.2.5-bookworm 7-alpine 7.2-alpine",
            Some("7.2.4-alpine"),
            r"^(?P<version>[0-9]+\.[0-9]+\.[0-9]+)-alpine$ $version | semver >=7.2.4 <8.0.0",
            "7.2.5-alpine",
        ),
        // home-assistant: years
        (
            "0.118.5 2023.12.4 2024.1.0 2024.1.0b3 2024.1.5 2024.10.1 2024.2.0 stable beta dev dev20240101 latest",
            None,
            "semver >=2024.10.1",
            "2024.10.1",
        ),
        // A site built in CI
        (
            "latest 20260709154535 20260708101112 sha-0a1b2c3 0a1b2c3d",
            None,
            "^[0-9]{14}$ | numerical",
            "20260709154535",
        ),
        (
            "main-0a1b2c3-1720540000 main-1a1b2c3-1720540001 main-9999999-1720540002 dev-0a1b2c4-1720549999",
            Some("main-0a1b2c3-1720540000"),
            r"^main-[a-f0-9]+-(?P<ts>[0-9]{10})$ $ts | numerical",
            "main-9999999-1720540002",
        ),
        (
            "0a1b2c3-1720540000 1a1b2c3-1720540001 latest",
            None,
            r"^[a-f0-9]+-(?P<ts>[0-9]{10})$ $ts | numerical",
            "1a1b2c3-1720540001",
        ),
        (
            "20260709-154535 20260709-144535 main",
            None,
            r"^([0-9]{8})-([0-9]{6})$ $1$2 | numerical",
            "20260709-154535",
        ),
        (
            "2026.07.09 2026.07.10 2026.11.01 edge",
            None,
            r"^([0-9]{4})\.([0-9]{2})\.([0-9]{2})$ $1$2$3 | numerical",
            "2026.11.01",
        ),
        (
            "RELEASE.2024-01-13T07-53-03Z RELEASE.2024-02-01T00-00-00Z latest",
            None,
            r"^RELEASE\.([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2})-([0-9]{2})-([0-9]{2})Z$ $1$2$3$4$5$6 | numerical",
            "RELEASE.2024-02-01T00-00-00Z",
        ),
        (
            "20260709 20260710 latest",
            None,
            "^[0-9]{8}$ | numerical",
            "20260710",
        ),
        // Build numbers
        ("1 2 9 10 123 latest", None, "^[0-9]+$ | numerical", "123"),
        (
            "build-9 build-10 latest",
            None,
            r"^build-(?P<build>[0-9]+)$ $build | numerical",
            "build-10",
        ),
        (
            "main-9 main-123 pr-500 main",
            None,
            r"^main-(?P<build>[0-9]+)$ $build | numerical",
            "main-123",
        ),
        // renovate: a long list of releases with lines and variants
        (
            "37 37.1 37.1.0 37.1.1 37.1.1-full 37-full 37.2.0 37.2.0-full 36.109.4 full latest",
            None,
            "semver >=37.2.0 <38.0.0",
            "37.2.0",
        ),
        // A chart of bitnami's manner
        (
            "16.3.0 16.3.0-debian-12-r9 16.3.0-debian-12-r10 16 latest",
            Some("16.3.0-debian-12-r9"),
            r"^([0-9]+)\.([0-9]+)\.([0-9]+)-debian-([0-9]+)-r([0-9]+)$ $1.$2.$3-$4.$5 | semver >=16.3.0-0 <17.0.0-0",
            "16.3.0-debian-12-r10",
        ),
    ] {
        let (found, best) = first(list, current);
        assert_eq!((found.as_str(), best.as_str()), (policy, winner), "{list}");
    }
}

#[test]
fn what_moves_is_never_proposed() {
    for list in [
        "latest main edge",
        "sha-0a1b2c3 0a1b2c3d latest",
        "1.0.0-rc.1 1.0.0-beta",
        "",
    ] {
        assert!(
            propose(&tags(list), None, &Wish::Auto, &[]).is_err(),
            "{list}"
        );
    }
    let all = propose(
        &tags("latest 1 1.2 1.2.3 1.3.0-rc.1 sha-0a1b2c3"),
        None,
        &Wish::Auto,
        &[],
    )
    .expect("one");
    let winners: Vec<&str> = all.iter().map(|p| p.winner.as_str()).collect();
    assert_eq!(winners, ["1.2.3"]);
}

#[test]
fn one_tag_is_enough_where_its_shape_tells() {
    let of = |tag: &str| propose_from_tag(tag, &Wish::Auto, &[]).map(|all| shown(&all[0].choice));
    assert_eq!(of("1.2.3").as_deref(), Ok("semver >=1.2.3 <2.0.0"));
    assert_eq!(
        of("20260709154535").as_deref(),
        Ok("^[0-9]{14}$ | numerical")
    );
    assert_eq!(
        of("16.3").as_deref(),
        Ok(r"^([0-9]+)\.([0-9]+)$ $1.$2.0 | semver >=16.3.0 <17.0.0")
    );
    assert_eq!(of("latest"), Err(NoPolicy::Floating("latest".to_owned())));
    assert_eq!(of("16"), Err(NoPolicy::Line("16".to_owned())));
    assert_eq!(of("16-alpine"), Err(NoPolicy::Line("16-alpine".to_owned())));
    assert_eq!(
        of("sha-0a1b2c3"),
        Err(NoPolicy::Commit("sha-0a1b2c3".to_owned()))
    );
    assert_eq!(
        of("1.0.0-rc.1"),
        Err(NoPolicy::Prerelease("1.0.0-rc.1".to_owned()))
    );
    for tag in ["latest", "sha-0a1b2c3", "16"] {
        let error = propose_from_tag(tag, &Wish::Auto, &[]).expect_err("no order");
        assert!(error.to_string().contains(tag) && !error.hint().is_empty());
    }
}

#[test]
fn the_manner_of_the_policies_beside_is_taken_over() {
    let like = |pattern: Option<&str>, extract: Option<&str>, order: TagOrder| TagChoice {
        pattern: pattern.map(str::to_owned),
        extract: extract.map(str::to_owned),
        order,
    };
    let of = |list: &str, current: Option<&str>, like: TagChoice| {
        let all = propose(&tags(list), current, &Wish::Auto, &[like]).expect("a proposal");
        shown(&all[0].choice)
    };
    let range = |text: &str| like(None, None, TagOrder::Semver(text.to_owned()));
    assert_eq!(of("1.2.3 1.3.0", None, range("^4.5.6")), "semver ^1.3.0");
    assert_eq!(of("1.2.3 1.3.0", None, range("4.x")), "semver 1.x");
    assert_eq!(of("1.2.3 1.3.0", None, range(">=0.0.0")), "semver >=0.0.0");
    assert_eq!(of("1.2.3 1.3.0", None, range(">=2.0.0")), "semver >=1.3.0");
    // Not where it would lead into another line of versions.
    assert_eq!(
        of("1.2.3 1.3.0 2.0.0", Some("1.2.3"), range("*")),
        "semver >=1.2.3 <2.0.0"
    );
    let times = like(Some("^(?P<ts>[0-9]+)$"), Some("$ts"), TagOrder::Numerical);
    assert_eq!(
        of("20260709154535 20260710154535 latest", None, times),
        "^(?P<ts>[0-9]+)$ $ts | numerical"
    );
    let text = like(Some("^[0-9]{14}$"), None, TagOrder::Alphabetical);
    assert_eq!(
        of("20260709154535 latest", None, text),
        "^[0-9]{14}$ | alphabetical"
    );
    let other = like(Some("^dev-"), None, TagOrder::Alphabetical);
    assert_eq!(
        of("20260709154535 latest", None, other),
        "^[0-9]{14}$ | numerical"
    );
}

#[test]
fn wishes_are_read_and_kept() {
    assert_eq!(
        "semver:>=1.0.0 <2".parse(),
        Ok(Wish::Semver(">=1.0.0 <2".to_owned()))
    );
    assert_eq!("timestamp".parse(), Ok(Wish::Timestamp));
    let error = "semver:>=1.0.0 && <2.0.0"
        .parse::<Wish>()
        .expect_err("no range");
    assert!(error.to_string().ends_with("  >=1.0.0 && <2.0.0\n          ^^ comparators that must all hold stand side by side: `>=1.0.0 <2.0.0`"), "{error}");
    assert!("semver".parse::<Wish>().is_err() && "daily".parse::<Wish>().is_err());
    let list = tags("1.2.3 2.0.0 20260709154535 7 8");
    let of = |wish: &str| {
        let all = propose(&list, None, &wish.parse().expect("a wish"), &[]);
        all.map(|all| (shown(&all[0].choice), all[0].winner.clone()))
    };
    assert_eq!(
        of("semver:1.x"),
        Ok(("semver 1.x".to_owned(), "1.2.3".to_owned()))
    );
    assert_eq!(
        of("timestamp"),
        Ok((
            "^[0-9]{14}$ | numerical".to_owned(),
            "20260709154535".to_owned()
        ))
    );
    assert_eq!(
        of("numerical").map(|(_, winner)| winner),
        Ok("20260709154535".to_owned())
    );
    assert!(matches!(of("semver:3.x"), Err(NoPolicy::Unfit(_))));
}

#[test]
fn any_text_is_taken_apart_without_harm() {
    for tag in [
        "",
        "-",
        "...",
        "v",
        "0",
        "é",
        "99999999999999999999",
        "1.2.99999999999999999999",
        "a_b--c..1",
    ] {
        let _ = propose_from_tag(tag, &Wish::Auto, &[]);
        let _ = propose(&tags(tag), Some(tag), &Wish::Numerical, &[]);
    }
}
