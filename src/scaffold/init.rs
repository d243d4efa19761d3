//! A new repository: everything Flux needs to start, settings, and checks. For one that is there already, the last two only.

mod files;
mod forge;

use minijinja::{Environment, UndefinedBehavior, context};

use self::files::Files;
use self::forge::{Forge, Remote};
use super::plan::{Change, Draft, Plan, PlanError};
use crate::flux::Model;
use crate::manifest::{Content, Tree};

/// The name of a cluster that nobody named.
pub const CLUSTER: &str = "home";
/// What the source says where there is no remote yet; `flux bootstrap` writes the real one.
const NO_REMOTE: &str = "ssh://git@github.com/example/homelab";
/// What the workflows need.
const VARIABLE: &str =
    "set the CI variable HOMELAB_GIT to the address that homelab is installed from";
/// What runs hooks before a commit; a second one would not be run.
const OTHER_HOOKS: [&str; 6] = [
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
];

/// What is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// The name of the cluster, if one was given.
    pub cluster: Option<&'a str>,
    /// What the repository is called: the name of its folder.
    pub title: &'a str,
    /// The URL of git's remote.
    pub remote: Option<&'a str>,
    /// The branch that is checked out.
    pub branch: Option<&'a str>,
    /// Whether git knows the folder.
    pub is_git: bool,
    /// Whether to write services to play with.
    pub example: bool,
}

/// What is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    /// Nothing of Kubernetes.
    Bare,
    /// Manifests, but nothing that Flux would start from.
    Manifests,
    /// A cluster of Flux.
    Flux,
}

/// Plans the files.
///
/// # Errors
/// The name of the cluster is none, or an example is wanted where there are manifests.
pub fn plan(model: &Model<'_>, start: &Start<'_>) -> Result<Plan, PlanError> {
    let ground = Ground::of(model);
    if start.example && ground != Ground::Bare {
        return Err(PlanError::Other(
            "there are manifests here, and an example wants a folder of its own: `homelab init DIR --example`".to_owned(),
        ));
    }
    let remote = start.remote.and_then(Remote::read);
    let mut founding = Founding {
        start,
        cluster: start.cluster.unwrap_or(CLUSTER),
        branch: start.branch.unwrap_or("main"),
        forge: Forge::of(model.tree, remote.as_ref()),
        remote,
        draft: Draft::new(model.tree),
    };
    let starts = match ground {
        Ground::Bare => true,
        Ground::Manifests => start.cluster.is_some(),
        Ground::Flux => false,
    };
    if starts {
        founding.start()?;
    } else {
        founding.adopt(ground);
    }
    founding.settings()?;
    founding.check()?;
    founding.hook()?;
    founding.next(starts);
    let check = founding.forge.path();
    let mut plan = founding.draft.finish();
    if ground == Ground::Flux {
        leave_out_applied(model.tree, start.remote, &mut plan);
    }
    if plan.changes.iter().any(|c| c.path == check) {
        plan.next.push(VARIABLE.to_owned());
    }
    Ok(plan)
}

/// Leaves out what Flux would take for manifests: a unit that applies the root of the repository reads every YAML file, and
/// fails on settings and workflows.
fn leave_out_applied(tree: &Tree, remote: Option<&str>, plan: &mut Plan) {
    let there = tree.files().iter();
    let there = there.map(|f| (f.path.to_string(), f.content.clone()));
    let new = plan.changes.iter();
    let new = new.map(|c| (c.path.clone(), Content::Text(c.after.as_str().into())));
    let links = tree.files().iter().filter(|f| f.is_link);
    let loader = |path: &str| Err(format!("{path}: not looked at"));
    let then = Tree::new(there.chain(new).collect(), Box::new(loader))
        .with_links(links.map(|f| f.path.as_ref()));
    let model = Model::of(&then, remote);
    let is_applied = |change: &Change| model.reached.contains(change.path.as_str());
    let applied: Vec<String> = plan
        .changes
        .iter()
        .filter(|c| is_applied(c))
        .map(|c| c.path.clone())
        .collect();
    plan.changes.retain(|c| !is_applied(c));
    if !applied.is_empty() {
        let list = applied.join(" and ");
        let note = format!(
            "{list}: left out, because Flux would apply it: a Flux Kustomization reads every file here"
        );
        plan.notes.push(note);
        let step = format!(
            "name {list} in `.sourceignore`, or in `spec.ignore` of the source, then run `homelab init` again"
        );
        plan.next.push(step);
    }
}

impl Ground {
    fn of(model: &Model<'_>) -> Self {
        if !model.clusters.is_empty() {
            return Ground::Flux;
        }
        let is_manifest = |path: &str| {
            // Also templates of manifests: `app.yaml.j2`.
            let is_yaml = path.contains(".yaml") || path.contains(".yml");
            is_yaml && !path.split('/').any(|part| part.starts_with('.'))
        };
        match model.tree.files().iter().any(|f| is_manifest(&f.path)) {
            true => Ground::Manifests,
            false => Ground::Bare,
        }
    }
}

/// A repository in the making.
struct Founding<'a> {
    start: &'a Start<'a>,
    cluster: &'a str,
    branch: &'a str,
    forge: Forge,
    remote: Option<Remote>,
    draft: Draft<'a>,
}

impl Founding<'_> {
    /// Writes everything that Flux needs to start.
    fn start(&mut self) -> Result<(), PlanError> {
        if !is_name(self.cluster) {
            let message = format!(
                "`{}` is no name for a cluster: small letters, digits and `-`",
                self.cluster
            );
            return Err(PlanError::Other(message));
        }
        let folder = format!("clusters/{}/", self.cluster);
        self.all(&folder, files::CLUSTER)?;
        let units = if self.start.example {
            files::EXAMPLE
        } else {
            files::EMPTY
        };
        self.all("", units)?;
        self.all("", files::BESIDE)
    }

    /// Tells what is left as it is.
    fn adopt(&mut self, ground: Ground) {
        let note = match ground {
            Ground::Flux => "Flux is here already: only settings, a CI step and a hook are added",
            _ => {
                "there are manifests here and no Flux: only settings, a CI step and a hook are added; `--cluster NAME` \
                 starts a cluster, too"
            }
        };
        self.draft.notes.push(note.to_owned());
    }

    fn settings(&mut self) -> Result<(), PlanError> {
        let text = if self.start.example {
            files::EXAMPLE_SETTINGS
        } else {
            files::SETTINGS
        };
        self.add(".homelab.yaml", text)
    }

    /// Adds the CI step, unless there is one.
    fn check(&mut self) -> Result<(), PlanError> {
        if let Some(path) = self.mention("homelab lint", is_check) {
            self.leave(&format!("{path} runs `homelab lint` already"));
            return Ok(());
        }
        let path = self.forge.path();
        if self.draft.exists(path) {
            self.leave(&format!("{path} is there, and stays as it is"));
            let step = format!("let {path} run `homelab lint`, too");
            self.draft.next.push(step);
            return Ok(());
        }
        let text = match self.forge {
            Forge::GitHub => files::GITHUB,
            Forge::GitLab => files::GITLAB,
            Forge::Forgejo | Forge::Gitea => files::FORGEJO,
        };
        self.add(path, text)
    }

    /// Adds the hook, unless hooks are run by something else.
    fn hook(&mut self) -> Result<(), PlanError> {
        let tree = self.draft.tree();
        let other = OTHER_HOOKS.into_iter().find(|path| tree.id(path).is_some());
        let other = other.or_else(|| tree.is_dir(".husky").then_some(".husky"));
        match other {
            Some(path)
                if self
                    .mention("homelab lint", |p| p.starts_with(path))
                    .is_some() =>
            {
                self.leave(&format!("{path} runs `homelab lint` already"));
            }
            Some(path) => {
                self.leave(&format!(
                    "{path} is there, and stays as it is: no hook is added"
                ));
                let step = format!("let {path} run `homelab lint -q` before each commit, too");
                self.draft.next.push(step);
            }
            None => {
                let path = ".githooks/pre-commit";
                let is_new = !self.draft.exists(path);
                self.add(path, files::HOOK)?;
                if is_new {
                    self.draft.make_executable(path);
                    let step =
                        "`git config core.hooksPath .githooks` runs the check before every commit";
                    self.draft.next.push(step.to_owned());
                }
            }
        }
        Ok(())
    }

    /// Says what the user does next, in order.
    fn next(&mut self, starts: bool) {
        let mut next = Vec::new();
        if !self.start.is_git {
            let branch = self.branch;
            next.push(format!("`git init -b {branch} && git add -A && git commit`: Flux sees only what is committed"));
        }
        if starts {
            next.push(
                "once it is pushed, let Flux take over: `homelab bootstrap` looks at all that this needs, \
                 `homelab bootstrap --run` does it"
                    .to_owned(),
            );
        }
        next.append(&mut self.draft.next);
        self.draft.next = next;
    }

    fn bootstrap(&self) -> String {
        self.forge
            .bootstrap(self.remote.as_ref(), self.branch, self.cluster)
    }

    fn all(&mut self, folder: &str, files: Files) -> Result<(), PlanError> {
        for (path, template) in files {
            self.add(&format!("{folder}{path}"), template)?;
        }
        Ok(())
    }

    /// Adds a file, unless there is one of that name.
    fn add(&mut self, path: &str, template: &str) -> Result<(), PlanError> {
        if self.draft.exists(path) {
            self.leave(&format!("{path} is there, and stays as it is"));
            return Ok(());
        }
        let text = self.render(path, template)?;
        self.draft.create(path, text)
    }

    fn leave(&mut self, why: &str) {
        self.draft.notes.push(why.to_owned());
    }

    /// Returns the first file with this text in it.
    fn mention(&self, text: &str, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let tree: &Tree = self.draft.tree();
        let mut files = tree.files().iter().filter(|f| wanted(&f.path));
        let found = files.find(|f| tree.text(&f.path).is_some_and(|t| t.contains(text)));
        found.map(|f| f.path.to_string())
    }

    fn render(&self, path: &str, template: &str) -> Result<String, PlanError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let url = self.remote.as_ref().map_or(NO_REMOTE, |r| r.url.as_str());
        let values = context! {
            branch => self.branch,
            cluster => self.cluster,
            title => self.start.title,
            url => url,
            bootstrap => self.bootstrap(),
        };
        let rendered = environment.render_str(template, values);
        let text = rendered.map_err(|e| PlanError::Other(format!("{path}: {e}")))?;
        // Templates end in a line break, of which rendering takes one.
        Ok(format!("{}\n", text.trim_end()))
    }
}

/// Tells whether a file may hold a CI step.
fn is_check(path: &str) -> bool {
    let folders = [
        ".github/",
        ".gitlab/",
        ".forgejo/",
        ".gitea/",
        ".woodpecker/",
        ".circleci/",
    ];
    let names = [
        ".gitlab-ci.yml",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        ".drone.yml",
    ];
    names.contains(&path) || folders.iter().any(|folder| path.starts_with(folder))
}

/// Tells whether a name is good for a folder and in every URL.
fn is_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = [name.bytes().next(), name.bytes().last()];
    name.len() <= 63
        && ends.into_iter().all(|b| b.is_some_and(is_plain))
        && name.bytes().all(|b| is_plain(b) || b == b'-')
}

#[cfg(test)]
mod tests;
