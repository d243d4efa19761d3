//! The answer for people: a table for each family of kinds, what is not ready first, and a line that counts.

use std::io::{self, BufWriter, Write};

use owo_colors::OwoColorize;

use super::super::style::Palette;
use super::super::{DataFormat, text, write_json, write_yaml};
use super::Look;
use super::columns::{columns, table};
use super::document::{StatusDocument, Tally};
use super::row::{Standing, StatusRow};
use super::service::{self, ServiceStatus};
use crate::flux::live::Family;

/// So many of those that are not ready are named at the end.
const NAMED: usize = 6;

/// Writes the document in the format asked for.
///
/// # Errors
/// Those of the writer.
pub fn write_status(
    format: DataFormat,
    document: &StatusDocument,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        DataFormat::Human => write_page(document, look, &mut out)?,
        DataFormat::Json => write_json(document, &mut out)?,
        DataFormat::Yaml => write_yaml(document, &mut out)?,
    }
    out.flush()
}

/// Returns the clusters of a document, with what they count.
fn blocks(document: &StatusDocument) -> Vec<(Option<&str>, Tally)> {
    match document.contexts.is_empty() {
        true => vec![(None, document.summary)],
        false => document
            .contexts
            .iter()
            .map(|(context, tally)| (Some(context.as_str()), *tally))
            .collect(),
    }
}

/// Returns the services and the objects of a cluster.
fn parts<'d>(
    document: &'d StatusDocument,
    context: Option<&str>,
) -> (Vec<&'d ServiceStatus>, Vec<&'d StatusRow>) {
    let services = document.services.iter();
    let objects = document.objects.iter();
    (
        services
            .filter(|s| s.context.as_deref() == context)
            .collect(),
        objects
            .filter(|o| o.context.as_deref() == context)
            .collect(),
    )
}

/// Returns the objects that belong to none of the services.
fn alone<'d>(rows: &[&'d StatusRow], services: &[&ServiceStatus]) -> Vec<&'d StatusRow> {
    let is_alone = |row: &&StatusRow| services.iter().all(|service| !service.has(row));
    rows.iter().copied().filter(is_alone).collect()
}

fn write_page(document: &StatusDocument, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(look.color);
    for (number, (context, tally)) in blocks(document).into_iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        if let Some(context) = context {
            let heading = format!("context {}", text::one_line(context));
            writeln!(out, "{}", heading.style(palette.strong))?;
        }
        let (services, rows) = parts(document, context);
        let alone = alone(&rows, &services);
        let mut blocks = tables(&alone, look);
        blocks.extend(
            services
                .iter()
                .map(|service| service::lines(service, &rows, look)),
        );
        if tally.objects > 0 && (services.is_empty() || !alone.is_empty()) {
            blocks.push(summary(&alone, tally, look));
        }
        let text: Vec<String> = blocks.iter().map(|block| block.join("\n")).collect();
        if !text.is_empty() {
            writeln!(out, "{}", text.join("\n\n"))?;
        }
    }
    Ok(())
}

/// Returns the lines of a table for each family that has rows.
fn tables(rows: &[&StatusRow], look: Look) -> Vec<Vec<String>> {
    let families = [
        Family::Source,
        Family::Applier,
        Family::Image,
        Family::Notification,
    ];
    let of = |family| {
        let own = rows.iter().copied();
        own.filter(|row| row.flux.family == family)
            .collect::<Vec<_>>()
    };
    let tables = families
        .into_iter()
        .map(|family| table(of(family), columns(rows, look), look));
    tables.filter(|lines| !lines.is_empty()).collect()
}

/// Returns the lines of a whole answer that is written over: the count, then one table for each cluster, what is not ready
/// first.
pub(super) fn drawn(document: &StatusDocument, look: Look) -> Vec<String> {
    let palette = Palette::new(look.color);
    let mut lines = Vec::new();
    for (context, tally) in blocks(document) {
        let style = match tally.not_ready {
            0 => palette.strong,
            _ => palette.error,
        };
        let count = counted(tally);
        lines.push(match context {
            Some(context) => {
                let context = text::one_line(context);
                format!(
                    "context {}: {}",
                    context.style(palette.strong),
                    count.style(style)
                )
            }
            None => count.style(style).to_string(),
        });
        let (services, mut rows) = parts(document, context);
        let alone = alone(&rows, &services);
        for service in services {
            lines.extend(service::lines(service, &rows, look));
        }
        rows = alone;
        rows.sort_by_key(|row| row.standing());
        let look = Look {
            whole: false,
            ..look
        };
        let columns = columns(&rows, look);
        lines.extend(table(rows, columns, look));
    }
    lines
}

/// Returns the lines that count, and name what is not ready.
fn summary(rows: &[&StatusRow], tally: Tally, look: Look) -> Vec<String> {
    let palette = Palette::new(look.color);
    let style = match tally.not_ready {
        0 => palette.strong,
        _ => palette.error,
    };
    let mut lines = vec![counted(tally).style(style).to_string()];
    let failing: Vec<&&StatusRow> = rows
        .iter()
        .filter(|row| row.standing() == Standing::Failing)
        .collect();
    // Where nothing else is shown they have just been read.
    if failing.is_empty() || failing.len() == rows.len() {
        return lines;
    }
    let columns = columns(rows, look);
    let names = failing.iter().take(NAMED).map(|row| {
        let place = match columns.namespace {
            true => format!("{}/", row.namespace),
            false => String::new(),
        };
        let name = format!("{}/{place}{}", row.flux.short(), row.name);
        text::one_line(&name).into_owned()
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let more = match failing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    lines.push(format!("not ready: {names}{more}"));
    lines
}

/// Returns `3 of 214 not ready, 2 suspended (1 overdue)`.
pub(super) fn counted(tally: Tally) -> String {
    let Tally {
        objects,
        not_ready,
        suspended,
        overdue,
    } = tally;
    let ready = objects.saturating_sub(suspended);
    let mut parts = Vec::new();
    match (not_ready, ready) {
        (0, 0) => {}
        (0, 1) => parts.push("1 ready".to_owned()),
        (0, _) => parts.push(format!("all {ready} ready")),
        _ => parts.push(format!("{not_ready} of {objects} not ready")),
    }
    match (suspended, overdue) {
        (0, _) => {}
        (_, 0) => parts.push(format!("{suspended} suspended")),
        _ => parts.push(format!("{suspended} suspended ({overdue} overdue)")),
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::{Value, json};

    use super::super::super::status::Follow;
    use super::*;
    use crate::flux::live::Live;

    const NOW: i64 = 1_796_083_200;

    fn live(group: &str, kind: &str, name: &str, spec: Value, ready: (&str, &str)) -> Live {
        let condition = json!({
            "type": "Ready", "status": ready.0, "reason": "Some", "message": ready.1,
            "lastTransitionTime": "2026-11-27T20:00:00Z",
        });
        Live::of(json!({
            "apiVersion": format!("{group}.toolkit.fluxcd.io/v1"), "kind": kind,
            "metadata": {"namespace": "media", "name": name}, "spec": spec,
            "status": {"conditions": [condition], "artifact": {"revision": "main@sha1:0123456789abcdef0123456789abcdef01234567"},
                "lastAppliedRevision": "main@sha1:0123456789abcdef0123456789abcdef01234567", "latestRef": {"name": "ghcr.io/home-operations/plex", "tag": "1.42.2"}},
        }))
        .unwrap()
    }

    fn rows(context: Option<&str>) -> Vec<StatusRow> {
        let fetched =
            "stored artifact for revision 'main@sha1:0123456789abcdef0123456789abcdef01234567'";
        let objects = [
            live(
                "source",
                "GitRepository",
                "flux-system",
                json!({}),
                ("True", fetched),
            ),
            live(
                "kustomize",
                "Kustomization",
                "apps",
                json!({}),
                (
                    "True",
                    "Applied revision: main@sha1:0123456789abcdef0123456789abcdef01234567",
                ),
            ),
            live(
                "kustomize",
                "Kustomization",
                "stopped",
                json!({"suspend": true}),
                ("False", "old news"),
            ),
            live(
                "helm",
                "HelmRelease",
                "kube-prometheus-stack-operator",
                json!({}),
                ("Unknown", "Running 'upgrade' action\nwith timeout of 15m0s"),
            ),
            live(
                "helm",
                "HelmRelease",
                "plex",
                json!({}),
                (
                    "False",
                    "Helm install failed\u{1b}[2J: context deadline exceeded",
                ),
            ),
            live(
                "image",
                "ImagePolicy",
                "plex",
                json!({}),
                ("True", "Latest image tag resolved to 1.42.2"),
            ),
        ];
        objects
            .iter()
            .map(|object| StatusRow::of(context, object, NOW))
            .collect()
    }

    fn document(contexts: &[Option<&str>]) -> StatusDocument {
        let mut document = StatusDocument::new();
        for context in contexts {
            let rows = rows(*context);
            document.add(*context, Tally::of(rows.iter()), rows, Vec::new());
        }
        document
    }

    fn shown(document: &StatusDocument, look: Look) -> String {
        let mut out = Vec::new();
        write_status(DataFormat::Human, document, look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_narrow_terminal_shortens_kinds_before_names() {
        let look = Look {
            width: Some(90),
            namespaces: true,
            ..Look::default()
        };
        let text = shown(&document(&[None]), look);
        assert!(
            text.lines().all(|line| line.chars().count() <= 90),
            "{text}"
        );
        assert_snapshot!(text, @"
        NAMESPACE  NAME                 REVISION       READY  AGE   MESSAGE
        media      gitrepo/flux-system  main@01234567  True   3d4h  stored artifact for revision …

        NAMESPACE  NAME                   REVISION       READY      AGE   MESSAGE
        media      hr/kube-pr…k-operator                 Unknown    3d4h  Running 'upgrade' actio…
        media      hr/plex                               False      3d4h  Helm install failed␛[2J…
        media      ks/apps                main@01234567  True       3d4h  Applied revision: main@…
        media      ks/stopped             main@01234567  Suspended  3d4h  old news

        NAMESPACE  NAME         REVISION                     READY  AGE   MESSAGE
        media      imgpol/plex  ghcr.io/home-…s/plex:1.42.2  True   3d4h  Latest image tag resolv…

        2 of 6 not ready, 1 suspended
        not ready: hr/media/kube-prometheus-stack-operator, hr/media/plex
        ");
    }

    #[test]
    fn color_says_nothing_that_words_do_not() {
        let look = |color| Look {
            color,
            ..Look::default()
        };
        let colored = shown(&document(&[Some("home"), Some("lab")]), look(true));
        assert!(colored.contains('\u{1b}'));
        let stripped = dialoguer::console::strip_ansi_codes(&colored).into_owned();
        assert_eq!(
            stripped,
            shown(&document(&[Some("home"), Some("lab")]), look(false))
        );
    }

    #[test]
    fn what_is_drawn_fits_the_terminal_and_is_written_over() {
        let look = Look {
            width: Some(100),
            ..Look::default()
        };
        let mut follow = Follow::new(DataFormat::Human, look, Some(6));
        let mut draw = || {
            let mut out = Vec::new();
            let trouble = ["the cluster at h:6443 could not be reached".to_owned()];
            follow.draw(&document(&[None]), &trouble, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let first = draw();
        assert_eq!(first.matches('\n').count(), 5);
        assert_snapshot!(first.replace('\u{1b}', "ESC").replace('\r', ""), @"
        2 of 6 not ready, 1 suspendedESC[K
        NAME                          REVISION                     READY      AGE   MESSAGEESC[K
        hr/kube-prome…stack-operator                               Unknown    3d4h  Running 'upgrade' actio…ESC[K
        … 5 lines moreESC[K
        the cluster at h:6443 could not be reachedESC[K
        ESC[J
        ");
        assert!(draw().starts_with("\u{1b}[5A\r"), "{first:?}");
        let mut tiny = Follow::new(DataFormat::Human, look, Some(1));
        let mut out = Vec::new();
        tiny.draw(&document(&[None]), &[], &mut out).unwrap();
        assert_eq!(out, b"\x1b[J");
    }

    #[test]
    fn the_count_is_short() {
        let counted = |objects, not_ready, suspended, overdue| {
            super::counted(Tally {
                objects,
                not_ready,
                suspended,
                overdue,
            })
        };
        assert_eq!(
            counted(214, 3, 2, 1),
            "3 of 214 not ready, 2 suspended (1 overdue)"
        );
        assert_eq!(counted(214, 0, 0, 0), "all 214 ready");
        assert_eq!(counted(1, 0, 0, 0), "1 ready");
        assert_eq!(counted(2, 0, 2, 0), "2 suspended");
        assert_eq!(counted(1, 1, 0, 0), "1 of 1 not ready");
    }
}
