//! The answer for people: a table for each family of kinds, what is not ready first, and a line that counts.

use std::io::{self, BufWriter, Write};

use owo_colors::{OwoColorize, Style};

use super::super::style::Palette;
use super::super::table::{Cell, Table};
use super::super::{DataFormat, text, write_json, write_yaml};
use super::Look;
use super::document::{StatusDocument, Tally};
use super::row::{Standing, StatusRow};
use super::service::{self, ServiceStatus};
use crate::flux::live::Family;

/// So many of those that are not ready are named at the end.
const NAMED: usize = 6;
/// How far messages stand in below their rows.
const INDENT: usize = 4;

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

/// Which columns there are beside the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) context: bool,
    pub(super) namespace: bool,
    pub(super) suspended: bool,
    pub(super) message: bool,
}

/// Decides which columns rows need. On a terminal, where every column takes from the message, one that says the same
/// everywhere is left out.
pub(super) fn columns(rows: &[&StatusRow], look: Look) -> Columns {
    let first = rows.first().map(|row| row.namespace.as_str());
    let several = rows.iter().any(|row| Some(row.namespace.as_str()) != first);
    Columns {
        context: false,
        namespace: look.namespaces || several,
        suspended: look.width.is_none() || rows.iter().any(|row| row.suspended),
        message: !(look.whole && look.width.is_some()),
    }
}

/// Returns the lines of one table, what is not ready first; none without rows.
pub(super) fn table(mut rows: Vec<&StatusRow>, columns: Columns, look: Look) -> Vec<String> {
    rows.sort_by_key(|row| row.standing() != Standing::Failing);
    let palette = Palette::new(look.color);
    let long = filled(&rows, columns, false, &palette);
    let table = match long.is_tight(look.width) {
        true => filled(&rows, columns, true, &palette),
        false => long,
    };
    let lines = table.lines(look.width, &palette);
    if columns.message {
        return lines;
    }
    let mut lines = lines.into_iter();
    let mut all: Vec<String> = lines.next().into_iter().collect();
    for (line, row) in lines.zip(rows) {
        all.push(line);
        all.extend(below(&row.said(), look));
    }
    all
}

/// Returns the lines of a message below its row.
pub(super) fn below(message: &str, look: Look) -> Vec<String> {
    let width = look.width.unwrap_or(usize::MAX).saturating_sub(INDENT);
    let clean = text::clean(message);
    let lines = text::wrap(&text::short_hashes(clean.trim()), width);
    let indented = lines
        .into_iter()
        .map(|line| format!("{:INDENT$}{line}", ""));
    indented.collect()
}

pub(super) fn filled(
    rows: &[&StatusRow],
    columns: Columns,
    short: bool,
    palette: &Palette,
) -> Table {
    let Columns {
        context,
        namespace,
        suspended,
        message,
    } = columns;
    let last = if message { "MESSAGE" } else { "REASON" };
    let headers = [
        (context, "CONTEXT"),
        (namespace, "NAMESPACE"),
        (true, "NAME"),
        (true, "REVISION"),
        (suspended, "SUSPENDED"),
        (true, "READY"),
        (true, "AGE"),
        (true, last),
    ];
    let mut table = Table::new(
        headers
            .into_iter()
            .filter_map(|(is, name)| is.then_some(name)),
    );
    for row in rows {
        let cells = [
            (
                context,
                Cell::new(row.context.as_deref().unwrap_or_default()),
            ),
            (namespace, Cell::new(&row.namespace)),
            (true, Cell::new(&row.title(short))),
            (true, Cell::new(&shown_revision(row))),
            (suspended, suspended_cell(row, palette)),
            (true, Cell::styled(row.ready, ready_style(row, palette))),
            (true, Cell::new(&age(row))),
            (true, last_cell(row, message, palette)),
        ];
        table.push(
            cells
                .into_iter()
                .filter_map(|(is, cell)| is.then_some(cell)),
        );
    }
    table
}

/// Returns the revision with short hashes; those of a chart are part of a version, and stay.
pub(super) fn shown_revision(row: &StatusRow) -> String {
    let revision = row.revision.as_deref().unwrap_or_default();
    match row.kind.as_str() {
        "HelmChart" => revision.to_owned(),
        _ => text::short_hashes(revision).into_owned(),
    }
}

pub(super) fn age(row: &StatusRow) -> String {
    row.age_seconds.map(text::span).unwrap_or_default()
}

/// Returns the colour of the word that tells whether the object is ready.
pub(super) fn ready_style(row: &StatusRow, palette: &Palette) -> Style {
    match (row.standing(), row.ready) {
        (Standing::Ready, _) => palette.added,
        (Standing::Failing, "False") => palette.error,
        (Standing::Failing, _) => palette.warning,
        (Standing::Suspended, _) => palette.dim,
    }
}

fn suspended_cell(row: &StatusRow, palette: &Palette) -> Cell {
    match row.suspended {
        true => Cell::styled("True", palette.hint),
        false => Cell::new("False"),
    }
}

fn last_cell(row: &StatusRow, is_message: bool, palette: &Palette) -> Cell {
    if !is_message {
        return Cell::new(&row.reason);
    }
    let said = row.said();
    let said = text::short_hashes(&said);
    match row.is_overdue() {
        true => Cell::styled(&said, palette.warning),
        false => Cell::new(&said),
    }
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
                ("True", "Applied revision: main@sha1:0123"),
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
        NAMESPACE  NAME              REVISION          SUSPENDED  READY  AGE   MESSAGE
        media      gitrepo…x-system  main@sh…01234567  False      True   3d4h  stored artifact fo…

        NAMESPACE  NAME              REVISION          SUSPENDED  READY    AGE   MESSAGE
        media      hr/kube…operator                    False      Unknown  3d4h  Running 'upgrade…
        media      hr/plex                             False      False    3d4h  Helm install fai…
        media      ks/apps           main@sh…01234567  False      True     3d4h  Applied revision…
        media      ks/stopped        main@sh…01234567  True       False    3d4h  old news

        NAMESPACE  NAME         REVISION          SUSPENDED  READY  AGE   MESSAGE
        media      imgpol/plex  ghcr.io…x:1.42.2  False      True   3d4h  Latest image tag resolv…

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
        NAME                   REVISION               SUSPENDED  READY    AGE   MESSAGEESC[K
        hr/kube-pr…k-operator                         False      Unknown  3d4h  Running 'upgrade' action wi…ESC[K
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
