//! A plan: the files that are created and edited, and what changes in them, as a diff that `git apply` takes.

use std::io::{self, Write};

use owo_colors::OwoColorize;
use serde::Serialize;
use similar::{Algorithm, TextDiff};

use super::style::Palette;
use super::{DataFormat, text, write_json, write_yaml};
use crate::scaffold::plan::{Change, Plan};

/// Lines around a change.
const CONTEXT: usize = 3;

/// What became of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the files were written.
    pub written: bool,
    /// The commit that holds them.
    pub commit: Option<String>,
    /// Whether that was pushed.
    pub pushed: bool,
}

#[derive(Serialize)]
struct PlanDocument<'a> {
    version: u8,
    files: Vec<FileEntry>,
    written: bool,
    commit: Option<&'a str>,
    pushed: bool,
    notes: &'a [String],
    next: &'a [String],
}

#[derive(Serialize)]
struct FileEntry {
    path: String,
    action: &'static str,
    diff: String,
}

/// Writes a plan and what became of it as one document. For people that is [`write_plan`], without an outcome.
///
/// # Errors
/// Those of the writer.
pub fn write_plan_document(
    format: DataFormat,
    plan: &Plan,
    outcome: &Outcome,
    out: &mut dyn Write,
) -> io::Result<()> {
    let files = plan.files().map(|(path, change)| FileEntry {
        action: action(change),
        diff: diff(&path, change),
        path,
    });
    let document = PlanDocument {
        version: 1,
        files: files.collect(),
        written: outcome.written,
        commit: outcome.commit.as_deref(),
        pushed: outcome.pushed,
        notes: &plan.notes,
        next: &plan.next,
    };
    match format {
        DataFormat::Human => write_plan(plan, true, false, out),
        DataFormat::Json => write_json(&document, out),
        DataFormat::Yaml => write_yaml(&document, out),
    }
}

/// Writes a plan for people: a line for each file, and with `diffs` what changes in it.
///
/// # Errors
/// Those of the writer.
pub fn write_plan(plan: &Plan, diffs: bool, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(color);
    for (path, change) in plan.files() {
        let style = match change.before {
            None => palette.note,
            Some(_) => palette.warning,
        };
        let action = format!("{:<6}", action(change));
        writeln!(out, "{} {}", action.style(style), text::one_line(&path))?;
    }
    if diffs {
        for (path, change) in plan.files() {
            writeln!(out)?;
            write_diff(&diff(&path, change), &palette, out)?;
        }
    }
    Ok(())
}

fn action(change: &Change) -> &'static str {
    match change.before {
        None => "create",
        Some(_) => "edit",
    }
}

/// Returns what changes in a file, in git's own form.
fn diff(path: &str, change: &Change) -> String {
    let mut text = format!("diff --git a/{path} b/{path}\n");
    let old = match &change.before {
        Some(_) => format!("a/{path}"),
        None => {
            let mode = if change.executable { "755" } else { "644" };
            text.push_str(&format!("new file mode 100{mode}\n"));
            "/dev/null".to_owned()
        }
    };
    let before = change.before.as_deref().unwrap_or_default();
    let lines = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .diff_lines(before, change.after.as_str());
    let mut unified = lines.unified_diff();
    unified.context_radius(CONTEXT);
    unified.header(&old, &format!("b/{path}"));
    text.push_str(&unified.to_string());
    text
}

fn write_diff(diff: &str, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let mut in_head = true;
    // Not `lines`: a carriage return is a change that has to be seen.
    for line in diff.split_terminator('\n') {
        in_head &= !line.starts_with("@@");
        let line = text::clean(line);
        let style = match line.as_bytes().first() {
            _ if in_head => palette.strong,
            Some(b'@') => palette.code,
            Some(b'+') => palette.added,
            Some(b'-') => palette.removed,
            Some(b'\\') => palette.dim,
            _ => palette.plain,
        };
        writeln!(out, "{}", line.style(style))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::output::samples;

    fn plan() -> Plan {
        let edited = Change {
            path: "apps/kustomization.yaml".to_owned(),
            before: Some("# apps\nresources:\n  - a\n  - b\n  - c\n  - d\n  - e".into()),
            after: "# apps\nresources:\n  - a\n  - b\n  - c\n  - d\n  - \u{1b}[31m\n".to_owned(),
            executable: false,
        };
        let created = Change {
            path: ".githooks/pre-commit".to_owned(),
            before: None,
            after: "#!/bin/sh\r\nexec homelab lint\n".to_owned(),
            executable: true,
        };
        Plan {
            changes: vec![created, edited],
            elsewhere: Vec::new(),
            next: vec!["look at it".to_owned()],
            notes: vec!["mirrors apps/a".to_owned()],
        }
    }

    #[test]
    fn people_see_the_files_and_the_lines() {
        let text = samples::text(|out| write_plan(&plan(), true, false, out));
        assert_snapshot!(text, @r"
        create .githooks/pre-commit
        edit   apps/kustomization.yaml

        diff --git a/.githooks/pre-commit b/.githooks/pre-commit
        new file mode 100755
        --- /dev/null
        +++ b/.githooks/pre-commit
        @@ -0,0 +1,2 @@
        +#!/bin/sh␍
        +exec homelab lint

        diff --git a/apps/kustomization.yaml b/apps/kustomization.yaml
        --- a/apps/kustomization.yaml
        +++ b/apps/kustomization.yaml
        @@ -4,4 +4,4 @@
           - b
           - c
           - d
        -  - e
        \ No newline at end of file
        +  - ␛[31m
        ");
    }

    #[test]
    fn only_the_list_without_diffs() {
        let text = samples::text(|out| write_plan(&plan(), false, false, out));
        assert_snapshot!(text, @"
        create .githooks/pre-commit
        edit   apps/kustomization.yaml
        ");
        let color = samples::text(|out| write_plan(&plan(), true, true, out));
        assert!(color.contains("\u{1b}[32m+#!/bin/sh"), "{color:?}");
    }

    #[test]
    fn the_document_is_that_of_the_contract() {
        let outcome = Outcome {
            written: true,
            commit: Some("abc".to_owned()),
            pushed: false,
        };
        let json =
            samples::text(|out| write_plan_document(DataFormat::Json, &plan(), &outcome, out));
        assert_snapshot!(json, @r#"
        {
          "version": 1,
          "files": [
            {
              "path": ".githooks/pre-commit",
              "action": "create",
              "diff": "diff --git a/.githooks/pre-commit b/.githooks/pre-commit\nnew file mode 100755\n--- /dev/null\n+++ b/.githooks/pre-commit\n@@ -0,0 +1,2 @@\n+#!/bin/sh\r\n+exec homelab lint\n"
            },
            {
              "path": "apps/kustomization.yaml",
              "action": "edit",
              "diff": "diff --git a/apps/kustomization.yaml b/apps/kustomization.yaml\n--- a/apps/kustomization.yaml\n+++ b/apps/kustomization.yaml\n@@ -4,4 +4,4 @@\n   - b\n   - c\n   - d\n-  - e\n\\ No newline at end of file\n+  - \u001b[31m\n"
            }
          ],
          "written": true,
          "commit": "abc",
          "pushed": false,
          "notes": [
            "mirrors apps/a"
          ],
          "next": [
            "look at it"
          ]
        }
        "#);
        let yaml =
            samples::text(|out| write_plan_document(DataFormat::Yaml, &plan(), &outcome, out));
        let from_yaml: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(
            from_yaml,
            serde_json::from_str::<serde_json::Value>(&json).unwrap()
        );
    }
}
