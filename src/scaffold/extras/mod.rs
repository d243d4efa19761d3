//! The places outside a service's folder that know about it: dashboard, monitors, backups, tunnel, and who uses a host.

pub mod annotations;
pub mod backup;
pub mod host;
pub mod monitor;
mod reload;
mod spot;
pub mod tile;
pub mod tunnel;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use crate::manifest::Tree;
use crate::scaffold::plan::PlanError;

pub(crate) use words::title_of;

/// One of the places outside a service's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// A tile on a dashboard.
    Tile,
    /// A monitor.
    Monitor,
    /// An entry in a backup.
    Backup,
    /// A route of a tunnel.
    Tunnel,
}

impl Extra {
    /// Returns what to say where one was asked for and the cluster has no such place.
    pub fn not_found(self) -> PlanError {
        let (what, way_out) = match self {
            Extra::Tile => (
                "no `services.yaml` of Homepage and no service with its annotations",
                "leave out --tile",
            ),
            Extra::Monitor => (
                "no monitors of AutoKuma and no endpoints of Gatus",
                "leave out --monitor",
            ),
            Extra::Backup => (
                "no CronJob with a list of claims and no schedule of Velero",
                "leave out --backup",
            ),
            Extra::Tunnel => ("no `ingress` list of cloudflared", "leave out --tunnel"),
        };
        PlanError::Other(format!("{what} is applied in this cluster; {way_out}"))
    }
}

/// Returns what to do about documents that are generated from manifests, for each workflow of GitHub or Forgejo that holds
/// them against these.
pub fn generated_documents(tree: &Tree) -> Vec<String> {
    let folders = [
        ".github/workflows",
        ".forgejo/workflows",
        ".gitea/workflows",
    ];
    let files = folders
        .into_iter()
        .flat_map(|folder| tree.files_below(folder));
    let next = |path: &str| {
        let text = tree.text(path)?;
        let mut documents: Vec<&str> = Vec::new();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "/_.-*".contains(c);
        for word in text.split(|c: char| !is_part(c)) {
            if word.starts_with("docs/") && word.ends_with(".md") && !documents.contains(&word) {
                documents.push(word);
            }
        }
        let is_check = text.contains("generated") && !documents.is_empty();
        let documents = documents.join(", ");
        is_check.then(|| {
            format!("Generate {documents} again, which {path} holds against the manifests.")
        })
    };
    files.filter_map(|file| next(&file.path)).collect()
}

/// What places outside a service's folder are told beside the service itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// The name that people read; else made of the service's name.
    pub title: Option<&'a str>,
    /// The icon of a tile; else one in the manner of the neighbours.
    pub icon: Option<&'a str>,
    /// The port of the Service; else that of the container.
    pub service_port: Option<u16>,
    /// The time, as `2026-05-26T13:10:00Z`.
    pub now: &'a str,
}

impl Wish<'_> {
    fn title(&self, name: &str) -> String {
        self.title.map_or_else(|| title_of(name), str::to_owned)
    }

    /// Like `title`; where most neighbours have no capital letters, the name itself.
    fn title_among<'n>(&self, name: &str, neighbours: impl Iterator<Item = &'n str>) -> String {
        let is_small = |text: &str| !text.chars().any(char::is_uppercase);
        match words::most(neighbours.map(is_small)) {
            Some(true) if self.title.is_none() => name.to_owned(),
            _ => self.title(name),
        }
    }
}
