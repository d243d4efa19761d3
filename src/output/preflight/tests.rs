//! Tests of the checklist in all formats.

use insta::assert_snapshot;

use super::*;
use crate::output::samples::text;

fn check(
    id: &'static str,
    area: Area,
    verdict: Verdict,
    title: &str,
    detail: &str,
    help: Option<&str>,
) -> Check {
    Check {
        id,
        area,
        title: title.to_owned(),
        verdict,
        detail: detail.to_owned(),
        help: help.map(str::to_owned),
    }
}

fn checks() -> Vec<Check> {
    vec![
        check(
            "cluster/version",
            Area::Cluster,
            Verdict::Unknown,
            "the version is supported",
            "GET /version: 403 Forbidden",
            None,
        ),
        check(
            "repository/pushed",
            Area::Repository,
            Verdict::Pass,
            "the server has what is here",
            "main is where origin/main is",
            None,
        ),
        check(
            "key/read-only",
            Area::Forge,
            Verdict::Fail,
            "the deploy key may write",
            "`flux-system-main-flux-system-./clusters/home` only reads, and the ImageUpdateAutomation flux-system/images commits",
            Some(
                "kubectl -n flux-system delete secret flux-system, then run `homelab bootstrap --run` again",
            ),
        ),
        check(
            "token/expiry",
            Area::Forge,
            Verdict::Warn,
            "the token lasts",
            "it expires in 3 days",
            Some("make another at https://github.com/settings/tokens"),
        ),
    ]
}

fn command() -> CommandLine {
    let flag = |name: &str, value: Option<&str>, why: &str| Flag {
        name: name.to_owned(),
        value: value.map(str::to_owned),
        why: why.to_owned(),
    };
    let extra = "image-reflector-controller,image-automation-controller";
    CommandLine {
        subcommand: "github",
        flags: vec![
            flag("--owner", Some("me"), "the remote origin"),
            flag(
                "--path",
                Some("./clusters/my home"),
                "clusters/my home/flux-system/gotk-sync.yaml:21",
            ),
            flag("--read-write-key", None, "an automation commits"),
            flag(
                "--components-extra",
                Some(extra),
                "the repository has an ImageUpdateAutomation (clusters/home/images.yaml:4)",
            ),
            flag("--gpg-passphrase", Some("s3cret"), "given after `--`"),
        ],
        variable: "GITHUB_TOKEN",
    }
}

fn shown(
    format: ChecklistFormat,
    checks: &[Check],
    style: ChecklistStyle,
    ran: Option<&Ran>,
) -> String {
    let (command, next) = (command(), ["put right what fails".to_owned()]);
    let list = Checklist {
        subject: "Bootstrap of `./clusters/home`",
        checks,
        command: Some(&command),
        ran,
        next: &next,
    };
    text(|out| write_checklist(format, &list, style, out))
}

fn plain(width: usize) -> ChecklistStyle {
    ChecklistStyle {
        width: Some(width),
        color: false,
        is_verbose: false,
    }
}

#[test]
fn people_read_what_is_not_well_first_of_all() {
    assert_snapshot!(shown(ChecklistFormat::Human, &checks(), plain(60), None), @r#"
    Bootstrap of `./clusters/home`

    Repository
      pass     the server has what is here

    Server of the repository
      FAIL     the deploy key may write
               `flux-system-main-flux-system-./clusters/home`
               only reads, and the ImageUpdateAutomation
               flux-system/images commits
               help: kubectl -n flux-system delete secret
                     flux-system, then run `homelab bootstrap
                     --run` again
      warn     the token lasts
               it expires in 3 days
               help: make another at
                     https://github.com/settings/tokens

    Cluster
      unknown  the version is supported
               GET /version: 403 Forbidden

    1 fail, 1 warn, 1 unknown, 1 pass

    The command, once nothing fails
      flux bootstrap github --owner=me \
        --path='./clusters/my home' --read-write-key \
        --components-extra=image-reflector-controller,image-automation-controller \
        --gpg-passphrase='***'

      --owner=me                   the remote origin
      --path='./clusters/my home'  clusters/my
                                   home/flux-system/gotk-sync.yaml:21
      --read-write-key             an automation commits
      --components-extra=image-reflector-controller,image-automation-controller
                                   the repository has an
                                   ImageUpdateAutomation
                                   (clusters/home/images.yaml:4)
      --gpg-passphrase='***'       given after `--`

    Next
      - put right what fails
    "#);
    let verbose = ChecklistStyle {
        is_verbose: true,
        ..plain(200)
    };
    assert_snapshot!(shown(ChecklistFormat::Human, &checks(), verbose, None), @r#"
    Bootstrap of `./clusters/home`

    Repository
      pass     the server has what is here (repository/pushed)
               main is where origin/main is

    Server of the repository
      FAIL     the deploy key may write (key/read-only)
               `flux-system-main-flux-system-./clusters/home` only reads, and the ImageUpdateAutomation
               flux-system/images commits
               help: kubectl -n flux-system delete secret flux-system, then run `homelab bootstrap --run` again
      warn     the token lasts (token/expiry)
               it expires in 3 days
               help: make another at https://github.com/settings/tokens

    Cluster
      unknown  the version is supported (cluster/version)
               GET /version: 403 Forbidden

    1 fail, 1 warn, 1 unknown, 1 pass

    The command, once nothing fails
      flux bootstrap github --owner=me --path='./clusters/my home' --read-write-key \
        --components-extra=image-reflector-controller,image-automation-controller --gpg-passphrase='***'

      --owner=me                   the remote origin
      --path='./clusters/my home'  clusters/my home/flux-system/gotk-sync.yaml:21
      --read-write-key             an automation commits
      --components-extra=image-reflector-controller,image-automation-controller
                                   the repository has an ImageUpdateAutomation (clusters/home/images.yaml:4)
      --gpg-passphrase='***'       given after `--`

    Next
      - put right what fails
    "#);
}

#[test]
fn colour_goes_with_symbols_and_words() {
    let style = ChecklistStyle {
        color: true,
        ..plain(100)
    };
    let text = shown(ChecklistFormat::Human, &checks(), style, None);
    for label in ["✔ pass", "✗ FAIL", "! warn", "? unknown"] {
        assert!(text.contains(label), "{text}");
    }
}

#[test]
fn an_issue_gets_lists_and_a_table() {
    let ran = Ran {
        succeeded: false,
        timed_out: false,
        ended: "exit status 1".to_owned(),
        last: vec!["✗ no \u{1b}[31m```".to_owned()],
        after: checks().split_off(2),
    };
    assert_snapshot!(shown(ChecklistFormat::Markdown, &checks(), plain(80), Some(&ran)), @"
    ### Bootstrap of `./clusters/home`: 1 fail, 1 warn, 1 unknown, 1 pass

    #### Repository

    <details>
    <summary>1 pass</summary>

    - [x] the server has what is here (`repository/pushed`): main is where origin/main is

    </details>

    #### Server of the repository

    - [ ] **FAIL** the deploy key may write (`key/read-only`): `flux-system-main-flux-system-./clusters/home` only reads, and the ImageUpdateAutomation flux-system/images commits
      - help: kubectl -n flux-system delete secret flux-system, then run `homelab bootstrap --run` again
    - [ ] **warn** the token lasts (`token/expiry`): it expires in 3 days
      - help: make another at https://github.com/settings/tokens

    #### Cluster

    - [ ] unknown the version is supported (`cluster/version`): GET /version: 403 Forbidden

    #### The command

    ```sh
    flux bootstrap github --owner=me --path='./clusters/my home' --read-write-key --components-extra=image-reflector-controller,image-automation-controller --gpg-passphrase='***'
    ```

    | Flag | Because of |
    |---|---|
    | `--owner=me` | the remote origin |
    | `--path=./clusters/my home` | clusters/my home/flux-system/gotk-sync.yaml:21 |
    | `--read-write-key` | an automation commits |
    | `--components-extra=image-reflector-controller,image-automation-controller` | the repository has an ImageUpdateAutomation (clusters/home/images.yaml:4) |
    | `--gpg-passphrase=***` | given after `--` |

    #### After the run

    flux failed (exit status 1).

    ````text
    ✗ no ␛[31m```
    ````

    #### Server of the repository

    - [ ] **FAIL** the deploy key may write (`key/read-only`): `flux-system-main-flux-system-./clusters/home` only reads, and the ImageUpdateAutomation flux-system/images commits
      - help: kubectl -n flux-system delete secret flux-system, then run `homelab bootstrap --run` again
    - [ ] **warn** the token lasts (`token/expiry`): it expires in 3 days
      - help: make another at https://github.com/settings/tokens

    #### Next

    - put right what fails
    ");
}

#[test]
fn data_has_all_fields_and_no_secret() {
    let json = shown(ChecklistFormat::Json, &checks(), plain(80), None);
    assert!(!json.contains("s3cret"), "{json}");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["version", "checks", "summary", "command", "flags", "next"]
    );
    assert_eq!(
        value["checks"][2],
        serde_json::json!({"id": "key/read-only", "area": "forge", "title": "the deploy key may write", "verdict": "fail",
            "detail": checks()[2].detail, "help": checks()[2].help})
    );
    assert_eq!(
        value["summary"],
        serde_json::json!({"fail": 1, "warn": 1, "unknown": 1, "pass": 1})
    );
    assert_eq!(value["command"][7], "--gpg-passphrase=***");
    let yaml = shown(ChecklistFormat::Yaml, &checks(), plain(80), None);
    let same: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
    assert_eq!(same, value);
}

#[test]
fn what_comes_from_outside_does_nothing_to_a_terminal_or_a_page() {
    let nasty = "a\u{1b}[31m\u{9b}b\u{202e} <img src=x> | @you\n# head\n- [x] pass";
    let bad = check(
        "token/valid",
        Area::Forge,
        Verdict::Fail,
        nasty,
        nasty,
        Some(nasty),
    );
    let style = ChecklistStyle {
        is_verbose: true,
        ..plain(80)
    };
    let human = shown(
        ChecklistFormat::Human,
        std::slice::from_ref(&bad),
        style,
        None,
    );
    assert!(
        !human.contains(['\u{1b}', '\u{9b}', '\u{202e}']),
        "{human:?}"
    );
    let page = shown(
        ChecklistFormat::Markdown,
        std::slice::from_ref(&bad),
        style,
        None,
    );
    assert!(!page.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{page:?}");
    assert!(
        !page.contains("<img") && !page.contains("\n# head") && !page.contains(" @you"),
        "{page}"
    );
}
