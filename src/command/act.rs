//! What commands that write share: they show a plan, ask, write it, commit and push it.

use std::path::Path;

use clap::Args;

use super::{Global, Terminal};
use crate::adapter::git::{self, GitError, GitProgram, Swallowed, WorkTree};
use crate::adapter::prompt::{Prompter, Unanswered};
use crate::adapter::write::{self, WriteError};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::output::{DataFormat, Outcome, write_plan, write_plan_document};
use crate::scaffold::commit::{CommitStyle, Deed};
use crate::scaffold::plan::{Change, Plan};

/// So many ignored files are named.
const SWALLOWED_SHOWN: usize = 3;

/// What to do with a plan.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct PlanArgs {
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Commit what was written, and nothing else, as commits of this repository are named
    #[arg(long)]
    commit: bool,
    /// Commit, and push the branch
    #[arg(long)]
    push: bool,
}

/// A plan on its way to the disk.
struct Act<'a> {
    args: &'a PlanArgs,
    root: &'a Path,
    work_tree: Option<WorkTree>,
    format: DataFormat,
    asks: bool,
    global: &'a Global,
}

impl PlanArgs {
    /// Shows a plan, asks on a terminal, writes it below `root` (which need not be there), commits and pushes. Without a
    /// terminal, or with `--yes`, nothing is asked.
    ///
    /// # Errors
    /// Git ignores a new file, or has changes of an edited one that are not committed (with `--commit`); the plan no longer
    /// fits; the system, git or the remote refuses.
    pub(super) fn act(
        &self,
        plan: Plan,
        root: &Path,
        deed: &Deed<'_>,
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        let act = Act {
            args: self,
            root,
            work_tree: git::around(root),
            format: global.data_format()?,
            asks: global.asks() && !self.dry_run,
            global,
        };
        act.run(plan, deed, terminal)
    }

    /// Returns these flags as they are written on a command line.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        let flags = [
            (self.dry_run, "--dry-run"),
            (self.commit, "--commit"),
            (self.push, "--push"),
        ];
        flags
            .into_iter()
            .filter_map(|(set, flag)| set.then_some(flag))
    }

    fn commits(&self) -> bool {
        self.commit || self.push
    }
}

impl Act<'_> {
    fn run(
        &self,
        mut plan: Plan,
        deed: &Deed<'_>,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        self.refuse_swallowed(&plan.changes)?;
        self.mind_uncommitted(&mut plan)?;
        let message = self.message(deed);
        if self.args.commits() && !plan.changes.is_empty() {
            self.refuse_uncommittable()?;
            self.mind_push(&mut plan)?;
            let line = message.lines().next().unwrap_or_default();
            plan.notes.push(format!("the commit is called `{line}`"));
        }
        self.show(&plan, terminal)?;
        if self.args.dry_run || plan.changes.is_empty() {
            return self.finish(&plan, &Outcome::default(), terminal);
        }
        if self.asks && !self.is_wanted(&plan, terminal)? {
            terminal.note("nothing was written");
            self.finish(
                &Plan {
                    next: Vec::new(),
                    ..plan
                },
                &Outcome::default(),
                terminal,
            )?;
            return Ok(ExitStatus::No);
        }
        write::write(self.root, &plan.changes).map_err(of_write)?;
        let mut outcome = Outcome {
            written: true,
            ..Outcome::default()
        };
        let recorded = self.record(&plan.changes, &message, &mut outcome, terminal);
        let status = self.finish(&plan, &outcome, terminal)?;
        recorded.map(|()| status)
    }

    /// Refuses new files that git would not take.
    fn refuse_swallowed(&self, changes: &[Change]) -> Result<(), Error> {
        let new = changes.iter().filter(|c| c.before.is_none());
        let swallowed = match &self.work_tree {
            Some(found) => found.swallowed(self.root, new.map(|c| c.path.as_str())),
            None => Vec::new(),
        };
        let Some(first) = swallowed.first() else {
            return Ok(());
        };
        let mut said: Vec<String> = swallowed
            .iter()
            .take(SWALLOWED_SHOWN)
            .map(ignored)
            .collect();
        let more = swallowed.len().saturating_sub(SWALLOWED_SHOWN);
        said.extend((more > 0).then(|| format!("and {more} more")));
        let error = Error::usage(format!("git would ignore {}", said.join(", ")));
        let name = first.path.rsplit('/').next().unwrap_or_default();
        let way = match first.hides_folder {
            true => "take that line away".to_owned(),
            false => format!("write `!{name}` on a line below that one"),
        };
        Err(error.hint(format!(
            "Flux sees only what is committed: {way}, or choose another name; or make the file by hand and \
             `git add -f` it"
        )))
    }

    /// Tells which files hold changes that are not committed; they must not go into a commit of ours.
    fn mind_uncommitted(&self, plan: &mut Plan) -> Result<(), Error> {
        let paths = plan.changes.iter().map(|c| c.path.as_str());
        let found = match &self.work_tree {
            Some(found) => found.uncommitted(self.root, paths),
            None => Vec::new(),
        };
        if found.is_empty() {
            return Ok(());
        }
        let list = found.join(", ");
        if self.args.commits() {
            let error = Error::usage(format!("{list}: there are changes that are not committed"));
            return Err(error.hint("commit or stash them first, or leave `--commit` away"));
        }
        plan.notes
            .push(format!("{list}: has changes that are not committed"));
        Ok(())
    }

    /// Refuses to commit where that could not work, before anything is written.
    fn refuse_uncommittable(&self) -> Result<(), Error> {
        let Some(work_tree) = &self.work_tree else {
            let message = format!("{} is no git repository", self.root.display());
            return Err(Error::usage(message).hint("`git init` makes it one"));
        };
        if work_tree.standing().is_busy {
            let message = "a merge, rebase or the like is under way";
            return Err(Error::usage(message).hint("finish it, then commit"));
        }
        let program = GitProgram::new(&work_tree.root, self.global.timeout);
        program.knows_author().map_err(|error| match error {
            GitError::Refused { .. } => Error::usage("git does not know who commits")
                .hint("set `git config user.name` and `git config user.email`"),
            error => of_git(&error),
        })
    }

    /// Refuses to push where that could not work, and tells what else would be pushed.
    fn mind_push(&self, plan: &mut Plan) -> Result<(), Error> {
        let Some(work_tree) = self.work_tree.as_ref().filter(|_| self.args.push) else {
            return Ok(());
        };
        if self.global.offline {
            return Err(Error::usage(
                "`--push` needs the network, and `--offline` forbids it",
            ));
        }
        let standing = work_tree.standing();
        let Some(branch) = standing.branch else {
            return Err(
                Error::usage("no branch is checked out, so there is nothing to push")
                    .hint("`git switch BRANCH` first"),
            );
        };
        if standing.upstream.is_none() {
            let message = format!("the branch {branch} is not set up to be pushed anywhere");
            let hint = format!("`git push -u origin {branch}` once, then `--push` works");
            return Err(Error::usage(message).hint(hint));
        }
        if standing.ahead > 0 {
            let earlier = standing.ahead;
            let s = if earlier == 1 { "" } else { "s" };
            plan.notes
                .push(format!("{earlier} earlier commit{s} will be pushed too"));
        }
        Ok(())
    }

    fn message(&self, deed: &Deed<'_>) -> String {
        let known = self.work_tree.as_ref().filter(|_| self.args.commits());
        let subjects = known.map(WorkTree::subjects).unwrap_or_default();
        CommitStyle::learn(subjects.iter().map(String::as_str)).message(deed)
    }

    /// Shows a plan to people. Programs get all at once, at the end.
    fn show(&self, plan: &Plan, terminal: &mut Terminal<'_>) -> Result<(), Error> {
        let diffs = self.args.dry_run || self.asks || terminal.is_verbose();
        if self.format == DataFormat::Human {
            let result = write_plan(plan, diffs, terminal.color, terminal.out);
            terminal.written(result)?;
            terminal.finish()?;
            terminal.notes(&plan.notes);
        }
        if plan.changes.is_empty() {
            terminal.note("there is nothing to write");
        }
        Ok(())
    }

    fn is_wanted(&self, plan: &Plan, terminal: &Terminal<'_>) -> Result<bool, Error> {
        let question = match plan.changes.len() {
            1 => "Write this file?".to_owned(),
            number => format!("Write these {number} files?"),
        };
        match Prompter::new(terminal.err_color).confirm(&question, true) {
            Ok(answer) => Ok(answer),
            Err(unanswered) => match of_prompt(unanswered) {
                None => Ok(false),
                Some(error) => Err(error),
            },
        }
    }

    /// Commits and pushes what was written.
    fn record(
        &self,
        changes: &[Change],
        message: &str,
        outcome: &mut Outcome,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Error> {
        if !self.args.commits() {
            return Ok(());
        }
        let program = GitProgram::new(self.root, self.global.timeout);
        let committed = program.commit(changes, message);
        let id = committed
            .map_err(|e| refused(&e, "the files are written, but not committed", terminal))?;
        outcome.commit = Some(id);
        if self.args.push {
            let pushed = program.push();
            pushed.map_err(|e| refused(&e, "the commit is made, but not pushed", terminal))?;
            outcome.pushed = true;
        }
        Ok(())
    }

    /// Says what became of the plan, and what comes next.
    fn finish(
        &self,
        plan: &Plan,
        outcome: &Outcome,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        if self.format != DataFormat::Human {
            let result = write_plan_document(self.format, plan, outcome, terminal.out);
            terminal.written(result)?;
            return Ok(ExitStatus::Yes);
        }
        if let Some(id) = &outcome.commit {
            let pushed = if outcome.pushed { " and pushed" } else { "" };
            let id = id.get(..10).unwrap_or(id);
            terminal.note(&format!("committed{pushed} as {id}"));
        }
        if outcome.written {
            for step in &plan.next {
                terminal.note(&format!("next: {step}"));
            }
        }
        Ok(ExitStatus::Yes)
    }
}

/// Tells why there is no answer; nothing where somebody left, which is a no.
pub(super) fn of_prompt(unanswered: Unanswered) -> Option<Error> {
    match unanswered {
        Unanswered::Left => None,
        Unanswered::Interrupted => Some(Error::interrupted("interrupted; nothing was written")),
        Unanswered::Refused(why) => Some(Error::could_not_look(format!("cannot ask: {why}"))),
    }
}

fn ignored(swallowed: &Swallowed) -> String {
    let Swallowed { path, by, .. } = swallowed;
    let (file, line, pattern) = (&by.file, by.line, &by.pattern);
    format!("{path} ({file}:{line} says `{pattern}`)")
}

fn of_write(error: WriteError) -> Error {
    let message = error.to_string();
    match error {
        WriteError::Exists(_) | WriteError::Outside(_) => Error::usage(message),
        WriteError::Changed(_) => {
            Error::could_not_look(message).hint("nothing was written; run the command again")
        }
        WriteError::Refused { .. } => Error::could_not_look(message).hint("nothing was written"),
        WriteError::Interrupted => Error::interrupted("interrupted; nothing was written"),
        WriteError::HalfWay { .. } => Error::could_not_look(message),
    }
}

/// Tells what git said, and what is done in spite of it.
fn refused(error: &GitError, standing: &str, terminal: &mut Terminal<'_>) -> Error {
    for line in error.said() {
        terminal.note(&format!("git: {line}"));
    }
    let mut error = of_git(error);
    error.message = format!("{}; {standing}", error.message);
    error
}

fn of_git(error: &GitError) -> Error {
    let message = error.to_string();
    match error {
        GitError::TimedOut(_) => Error::timed_out(message),
        GitError::Behind => {
            Error::could_not_look(message).hint("`git pull --rebase`, then `git push`")
        }
        GitError::Declined { .. } => Error::could_not_look(message).hint(
            "where the branch is protected: `git push origin HEAD:refs/heads/NAME`, and open a pull request",
        ),
        GitError::Refused { what, .. } => {
            Error::could_not_look(message).hint(format!("mend what it says, then `git {what}` by hand"))
        }
        GitError::Missing(_) => Error::could_not_look(message),
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests look at what is on the disk"
)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        global: Global,
        #[command(flatten)]
        args: PlanArgs,
    }

    const DEED: Deed<'_> = Deed {
        kind: "feat",
        scope: Some("x"),
        what: "add x",
        description: None,
    };

    /// Acts on a plan that edits `a` and creates `b`, and returns status, answer and story.
    fn act(root: &Path, line: &str) -> (Result<ExitStatus, Error>, String, String) {
        let words = ["x", "--yes"].into_iter().chain(line.split_whitespace());
        let line = Line::parse_from(words);
        let plan = Plan {
            changes: vec![
                Change {
                    path: "a".to_owned(),
                    before: Some("1\n".into()),
                    after: "2\n".to_owned(),
                    executable: false,
                },
                Change {
                    path: "b".to_owned(),
                    before: None,
                    after: "new\n".to_owned(),
                    executable: false,
                },
            ],
            next: vec!["rest".to_owned()],
            notes: Vec::new(),
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut terminal = Terminal::new(&line.global, &mut out, &mut err);
        let status = line
            .args
            .act(plan, root, &DEED, &line.global, &mut terminal);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status, text(out), text(err))
    }

    /// Makes a repository that holds `a`.
    fn repository() -> (tempfile::TempDir, git2::Repository) {
        let dir = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init(dir.path()).unwrap();
        let mut config = repository.config().unwrap();
        config.set_str("user.name", "me").unwrap();
        config.set_str("user.email", "me@example.com").unwrap();
        fs::write(dir.path().join("a"), "1\n").unwrap();
        let mut index = repository.index().unwrap();
        index.add_path(Path::new("a")).unwrap();
        index.write().unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let who = repository.signature().unwrap();
        let subject = "feat(a): add a";
        repository
            .commit(Some("HEAD"), &who, &who, subject, &tree, &[])
            .unwrap();
        drop(tree);
        (dir, repository)
    }

    #[test]
    fn an_edit_is_written_and_committed_in_the_style_of_the_repository() {
        let (dir, repository) = repository();
        let (status, out, err) = act(dir.path(), "--commit");
        assert_eq!(status.unwrap(), ExitStatus::Yes);
        assert_eq!(out, "edit   a\ncreate b\n");
        assert!(err.ends_with("note: next: rest\n"), "{err}");
        let head = repository.head().unwrap().peel_to_commit().unwrap();
        assert_eq!(head.summary().unwrap(), Some("feat(x): add x"));
        assert!(repository.statuses(None).unwrap().is_empty());
    }

    #[test]
    fn changes_that_are_not_committed_are_said_and_never_committed() {
        let (dir, repository) = repository();
        let root = dir.path();
        fs::write(root.join("a"), "0\n").unwrap();
        let mut index = repository.index().unwrap();
        index.add_path(Path::new("a")).unwrap();
        index.write().unwrap();
        fs::write(root.join("a"), "1\n").unwrap();
        let (status, ..) = act(root, "--commit");
        let error = status.unwrap_err();
        assert_eq!(error.message, "a: there are changes that are not committed");
        assert!(!root.join("b").exists());
        let (status, _, err) = act(root, "");
        assert_eq!(status.unwrap(), ExitStatus::Yes);
        assert!(
            err.starts_with("note: a: has changes that are not committed\n"),
            "{err}"
        );
    }

    #[test]
    fn a_plan_that_no_longer_fits_is_not_written() {
        let (dir, _) = repository();
        fs::write(dir.path().join("a"), "9\n").unwrap();
        let (status, ..) = act(dir.path(), "");
        let error = status.unwrap_err();
        assert_eq!(error.message, "a has changed in the meantime");
        assert_eq!(error.status(), ExitStatus::CouldNotLook);
        fs::write(dir.path().join("a"), "1\n").unwrap();
        fs::write(dir.path().join("b"), "").unwrap();
        let error = act(dir.path(), "").0.unwrap_err();
        assert_eq!(
            error.message,
            "b exists already, and files are never overwritten"
        );
        assert_eq!(error.status(), ExitStatus::Usage);
        assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "1\n");
    }
}
