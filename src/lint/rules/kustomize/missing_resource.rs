//! `kustomize/missing-resource`: an entry names a file or folder that git does not have.

use super::problems;
use crate::kustomize::{Problem, ProblemKind};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Place;

static INFO: RuleInfo = page(
    "kustomize/missing-resource",
    Severity::Error,
    include_str!("../../../../docs/rules/kustomize/missing-resource.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// Tells whether the rule speaks of this kind of problem.
pub(super) fn covers(kind: ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::MissingResource | ProblemKind::MissingFile
    )
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for problem in problems(context).filter(|p| covers(p.kind)) {
        sink.at(problem.place, draft(context, problem));
    }
}

fn draft(context: &Context<'_>, problem: &Problem) -> Draft {
    let entry = entry_text(context, problem.place);
    let dir = problem.path.rsplit_once('/').map_or("", |(dir, _)| dir);
    let named = entry
        .rsplit_once('=')
        .map_or(entry.as_str(), |(_, path)| path);
    let path = crate::kustomize::join(dir, named);
    if let Some(why) = path.as_deref().and_then(|p| context.tree.unreadable(p)) {
        return unreadable(named, why);
    }
    if path
        .as_deref()
        .is_some_and(|path| context.tree.is_link(path))
    {
        let message = format!(
            "`{named}` is a symbolic link, which Flux leaves out of what it fetches: the build fails"
        );
        return Draft::new(message).help("list the file that it points at, or put a copy here");
    }
    let ignored = path.and_then(|path| (context.ignored)(&path));
    match ignored {
        Some(by) => Draft::new(format!(
            "`{named}` is not in git: line {} of `{}` (`{}`) ignores it, so that Flux never sees it",
            by.line, by.file, by.pattern
        ))
        .help("take it out of the ignore file and commit it, or remove the entry"),
        None => Draft::new(format!(
            "`{named}` is not in the repository{}",
            consequence(problem)
        ))
        .help("commit the file, correct the path, or remove the entry"),
    }
}

/// Words an entry whose file is there. Only what is no UTF-8 fails for Flux too.
fn unreadable(named: &str, why: &str) -> Draft {
    if why.starts_with("not UTF-8") {
        let message = format!("`{named}` is {why}: the build fails");
        return Draft::new(message).help("save the file as UTF-8");
    }
    Draft::new(format!(
        "`{named}` cannot be read here ({why}): what it holds is not known"
    ))
    .severity(Severity::Warning)
    .help("what other rules find may come from this")
}

/// Says that the build fails, and why where the reason is another than that nothing is there.
fn consequence(problem: &Problem) -> String {
    if problem.message.ends_with(": no such file or directory") {
        ": the build fails".to_owned()
    } else {
        format!(", so that the build fails: {}", problem.message)
    }
}

/// Returns the text of the entry, without list dashes and quotes.
fn entry_text(context: &Context<'_>, place: Place) -> String {
    let source = context.tree.source_of(place.file);
    let text = source.as_ref().map_or("", |s| s.slice(place.span));
    let path = text
        .lines()
        .find_map(|line| line.trim_start_matches("- ").trim().strip_prefix("path:"))
        .unwrap_or(text);
    path.trim().trim_matches(['"', '\'']).to_owned()
}
