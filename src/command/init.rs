//! `homelab init`: starts a GitOps repository, or adopts one that is there.

use std::path::{Path, PathBuf};

use clap::Args;

use super::act::PlanArgs;
use super::{Global, Terminal, gather};
use crate::adapter::git;
use crate::adapter::repo_files::{self, Snapshot};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::scaffold::commit::Deed;
use crate::scaffold::init::{self, Start};

/// The arguments of `init`.
#[derive(Args, Debug)]
pub struct Init {
    /// The folder of the repository, which need not be there [default: that of -C, else the work tree around the current one]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write a small homelab to play with: three services, their ingresses and image policies
    #[arg(long)]
    example: bool,
    #[command(flatten)]
    plan: PlanArgs,
}

impl Init {
    /// Plans the files and writes them.
    ///
    /// # Errors
    /// The folder cannot be read or written, or an example is wanted where there are manifests.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        global.data_format()?;
        let snapshot = self.snapshot(global)?;
        let work_tree = git::around(&snapshot.root);
        if snapshot.is_git {
            terminal.notes(&snapshot.notes);
        }
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        if !model.clusters.is_empty() {
            // Only to refuse a name that is none of them.
            gather::clusters(&model, global)?;
        }
        let branch = work_tree.as_ref().and_then(|found| found.standing().branch);
        let title = title(&snapshot.root);
        let start = Start {
            cluster: global.cluster.as_deref(),
            title: &title,
            remote: snapshot.remote.as_deref(),
            branch: branch.as_deref(),
            is_git: work_tree.is_some(),
            example: self.example,
        };
        let plan = init::plan(&model, &start).map_err(|e| Error::usage(e.to_string()))?;
        let deed = match model.clusters.is_empty() {
            true => Deed {
                kind: "feat",
                what: "start a repository for Flux",
                ..Deed::default()
            },
            false => Deed {
                kind: "ci",
                what: "check with homelab",
                ..Deed::default()
            },
        };
        self.plan.act(plan, &snapshot.root, &deed, global, terminal)
    }

    /// Reads the folder; one that is not there is empty.
    fn snapshot(&self, global: &Global) -> Result<Snapshot, Error> {
        let current = gather::current_dir()?;
        let dir = match (&global.repo, &self.dir) {
            (Some(repo), Some(dir)) => Some(repo.join(dir)),
            (repo, dir) => dir.clone().or_else(|| repo.clone()),
        };
        let read = match &dir {
            Some(dir) => repo_files::read_or_empty(dir, &current),
            None => repo_files::read(None, &current),
        };
        read.map_err(Error::could_not_look)
    }
}

/// Returns what to call a repository: the name of its folder.
fn title(root: &Path) -> String {
    let parts = root.components().rev();
    let mut names = parts.filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.next().unwrap_or_else(|| "homelab".to_owned())
}
