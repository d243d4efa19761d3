//! The monitor of a service: a JSON file of AutoKuma in a ConfigMap, or an endpoint in the configuration of Gatus.

mod gatus;
mod kuma;
#[cfg(test)]
mod tests;

use crate::flux::Model;
use crate::manifest::Node;
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::ServiceSpec;

use super::Wish;
use super::words::{Url, domain_of, in_cluster, most, probe_path};
use gatus::Gatus;
use kuma::Kuma;

/// A place that lists what is monitored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitors {
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Kuma(Kuma),
    Gatus(Gatus),
    /// The file that has gatus-sidecar look for routes itself.
    Sidecar(String),
}

impl Monitors {
    /// Finds what the cluster with this index applies: AutoKuma's ConfigMap, else a Gatus that finds
    /// routes by itself, else one with a list of endpoints.
    pub fn find(model: &Model<'_>, cluster: usize) -> Option<Self> {
        let cluster = model.clusters.get(cluster)?;
        let kuma = || Kuma::find(cluster, model.tree).map(Place::Kuma);
        let sidecar = || gatus::sidecar(cluster, model.tree).map(Place::Sidecar);
        let gatus = || Gatus::find(cluster, model.tree).map(Place::Gatus);
        let place = kuma().or_else(sidecar).or_else(gatus)?;
        Some(Monitors { place })
    }

    /// Returns the file that holds the monitors.
    pub fn path(&self) -> &str {
        match &self.place {
            Place::Kuma(kuma) => kuma.path(),
            Place::Gatus(gatus) => gatus.path(),
            Place::Sidecar(path) => path,
        }
    }

    /// Adds a monitor like most of those that ask a web server, and returns what is worth knowing.
    ///
    /// # Errors
    /// There is one of that name or for that address already, or the service has neither host nor port.
    pub fn plan(
        &self,
        draft: &mut Draft<'_>,
        spec: &ServiceSpec,
        wish: &Wish<'_>,
    ) -> Result<Vec<String>, PlanError> {
        if spec.host.is_none() && spec.port.or(wish.service_port).is_none() {
            return Err(PlanError::Other(format!(
                "{}: a monitor needs a host or a port to ask",
                self.path()
            )));
        }
        match &self.place {
            Place::Kuma(kuma) => kuma.plan(draft, spec, wish),
            Place::Gatus(gatus) => gatus.plan(draft, spec, wish),
            Place::Sidecar(path) => Ok(vec![format!(
                "{path}: gatus-sidecar monitors every route by itself"
            )]),
        }
    }
}

/// Returns the address that a monitor asks, as those of the neighbours are written.
fn address(neighbours: &[&str], spec: &ServiceSpec, wish: &Wish<'_>) -> String {
    let path = probe_path(spec);
    let urls = neighbours.iter().filter_map(|text| Url::parse(text));
    let urls: Vec<Url<'_>> = urls.collect();
    let bare = urls
        .iter()
        .map(|u| u.path)
        .filter(|path| matches!(*path, "" | "/"));
    let end = most(bare).unwrap_or("/").to_owned();
    let path = path.unwrap_or(end);
    match &spec.host {
        Some(host) => {
            let beside = urls
                .iter()
                .filter(|u| domain_of(u.host).is_some() && !u.is_in_cluster());
            let scheme = most(beside.map(|u| u.scheme)).unwrap_or("https");
            format!("{scheme}://{host}{path}")
        }
        None => format!("http://{}{path}", in_cluster(spec, wish.service_port)),
    }
}

/// Returns the index of the last record among those whose fields other than `free` are the most common.
fn example(records: &[&Node], free: &[&str]) -> Option<usize> {
    let manner = |record: &&Node| -> Vec<(String, String)> {
        let entries = record.entries().unwrap_or_default().iter();
        let field = |e: &crate::manifest::Entry| {
            let key = e.key.text().unwrap_or_default().to_owned();
            let said = match free.contains(&key.as_str()) {
                true => String::new(),
                false => crate::manifest::to_yaml(&e.value).unwrap_or_default(),
            };
            (key, said)
        };
        entries.map(field).collect()
    };
    let manners: Vec<_> = records.iter().map(manner).collect();
    let usual = most(manners.iter())?;
    manners.iter().rposition(|manner| manner == usual)
}
