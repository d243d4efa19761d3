//! The command line as a whole: help, colour, links, and `docs/cli.md`, which is generated from it.

use clap::CommandFactory;
use insta::assert_snapshot;

use homelab::cli::Cli;

use crate::support::runner::{answer, command, example, home, program, project, run};

#[test]
fn without_arguments_there_is_help() {
    let session = run(&example(), "");
    assert!(session.starts_with("status: 2\n--- stderr\n"), "{session}");
    assert!(
        session.contains("Usage: homelab [OPTIONS] <COMMAND>"),
        "{session}"
    );
    assert_eq!(answer(&example(), "--help").0, Some(0));
    let version = format!("homelab {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(answer(&example(), "--version"), (Some(0), version));
}

#[test]
fn wrong_arguments_are_refused() {
    assert_snapshot!(run(&example(), "lnt"), @"
    status: 2
    --- stderr
    error: unrecognized subcommand 'lnt'

      tip: some similar subcommands exist: 'init', 'lint'

    Usage: homelab [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&example(), "lint --fail-on fatal"), @"
    status: 2
    --- stderr
    error: invalid value 'fatal' for '--fail-on <SEVERITY>'
      [possible values: error, warning, hint]

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&example(), "explain -o junit"), @"
    status: 2
    --- stderr
    error: this output format shows findings only
    hint: `lint` and `images check` have it; here there are human, json and yaml
    ");
    assert_snapshot!(run(&example(), "lint -q -v"), @"
    status: 2
    --- stderr
    error: the argument '--quiet' cannot be used with '--verbose'

    Usage: homelab lint --quiet [PATH]...

    For more information, try '--help'.
    ");
}

#[test]
fn flags_may_stand_on_either_side_of_the_command() {
    let before = answer(&project(), "-C examples/pi-cluster -o json images list");
    let after = answer(&project(), "images list -o json -C examples/pi-cluster");
    assert_eq!(before, after);
    assert_eq!(before.0, Some(0));
}

#[test]
fn colour_follows_flag_and_environment() {
    let home = home();
    let is_colored = |variable: &str, arguments: &[&str]| {
        let mut run = command(&example(), &home);
        let output = run
            .args(["-C", ".", "images", "list"])
            .args(arguments)
            .env(variable, "1")
            .output();
        output.unwrap().stdout.contains(&0x1b)
    };
    assert!(!is_colored("X", &[]));
    assert!(is_colored("X", &["--color", "always"]));
    assert!(is_colored("CLICOLOR_FORCE", &[]));
    assert!(!is_colored("CLICOLOR_FORCE", &["--color", "never"]));
    assert!(!is_colored("NO_COLOR", &[]));
}

/// Flux's plugins are programs called `flux-<name>`.
#[test]
fn a_link_of_another_name_is_the_same_program() {
    let home = home();
    let link = home.path().join("flux-homelab");
    std::os::unix::fs::symlink(program(), &link).unwrap();
    let output = assert_cmd::Command::new(&link)
        .arg("explain")
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        answer(&example(), "explain").1
    );
}

fn describe(command: &mut clap::Command, path: &str, page: &mut String) {
    let name = format!("{path} {}", command.get_name())
        .trim_start()
        .to_owned();
    let level = "#".repeat(name.split(' ').count().min(3) + 1);
    let mut named = command
        .clone()
        .bin_name(&name)
        .term_width(100)
        .disable_help_subcommand(true);
    if path.is_empty() {
        named = named.mut_subcommands(|c| c);
    } else {
        // The flags that every command takes are described once, at the top.
        let globals: Vec<_> = named
            .get_arguments()
            .filter(|a| a.is_global_set())
            .map(|a| a.get_id().clone())
            .collect();
        for id in globals {
            named = named.mut_arg(id, |a| a.hide(true));
        }
    }
    let help = named.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!(
        "\n{level} {name}\n\n```text\n{}\n```\n",
        lines.join("\n").trim_end()
    ));
    let below: Vec<_> = command
        .get_subcommands_mut()
        .filter(|c| c.get_name() != "help")
        .collect();
    for child in below {
        describe(child, &name, page);
    }
}

/// `UPDATE_DOCS=1 cargo test the_page_of_the_command_line` writes the page anew.
#[test]
fn the_page_of_the_command_line_is_what_the_program_prints() {
    let mut root = Cli::command();
    root.build();
    let head = "# The command line\n\nGenerated from the program by `UPDATE_DOCS=1 cargo test the_page_of_the_command_line`; a test holds it true. What the\nexit status says is in [exit-codes.md](exit-codes.md).\n";
    let mut page = head.to_owned();
    describe(&mut root, "", &mut page);
    let file = project().join("docs/cli.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), page);
}

#[test]
fn the_page_of_the_exit_status_has_every_one() {
    use homelab::exit::ExitStatus;
    let page = std::fs::read_to_string(project().join("docs/exit-codes.md")).unwrap();
    for (status, name) in [
        (ExitStatus::Yes, "yes"),
        (ExitStatus::No, "no"),
        (ExitStatus::Usage, "usage"),
        (ExitStatus::CouldNotLook, "could not look"),
        (ExitStatus::TimedOut, "timed out"),
        (ExitStatus::Interrupted, "interrupted"),
    ] {
        assert!(
            page.contains(&format!("\n| {} | {name} |", status as u8)),
            "{name}"
        );
    }
}
