//! The arguments of `new-service`, and the values that have a form of their own.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::image::propose::Wish;
use crate::scaffold::layout::Layout;
use crate::scaffold::spec::{Claim, Ingress, Nfs, Resources, SecretKey};

/// The arguments of `new-service`.
#[derive(Args, Clone, Debug)]
pub struct NewService {
    /// The name of the service: a DNS label
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    #[command(flatten)]
    pub(super) run: RunArgs,
    #[command(flatten)]
    pub(super) beside: BesideArgs,
    #[command(flatten)]
    pub(super) plan: super::super::act::PlanArgs,
}

/// Where it goes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Where it goes")]
pub(super) struct PlaceArgs {
    /// Write it as this service is written
    #[arg(long, value_name = "SIBLING")]
    pub(super) like: Option<String>,
    /// How services are laid out and registered
    #[arg(long, value_enum, default_value_t, value_name = "LAYOUT")]
    pub(super) layout: LayoutChoice,
    /// Put the service's folder into this folder [default: where the others are]
    #[arg(long, value_name = "DIR")]
    pub(super) folder: Option<String>,
    /// The namespace of the service [default: as the others have it]
    #[arg(long, value_name = "NS")]
    pub(super) target_namespace: Option<String>,
    /// Wait for this Flux Kustomization, beside those that are learnt (repeatable)
    #[arg(long, value_name = "KS")]
    pub(super) depends_on: Vec<String>,
}

/// What it runs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What it runs")]
pub(super) struct RunArgs {
    /// The image with its first tag: `ghcr.io/me/app:1.4.2`; without tag, a registry is asked for the newest
    #[arg(long, value_name = "REF")]
    pub(super) image: Option<String>,
    /// What runs it [default: what most others have]
    #[arg(long, value_enum, value_name = "KIND")]
    pub(super) workload: Option<WorkloadChoice>,
    /// When a CronJob runs: `0 4 * * *`
    #[arg(long, value_name = "CRON")]
    pub(super) schedule: Option<String>,
    /// The port that the container listens on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) port: Option<u16>,
    /// The host under which it is reached
    #[arg(long, value_name = "FQDN")]
    pub(super) host: Option<String>,
    /// Who brings requests to it [default: as the others have it, if there is a host]
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub(super) ingress: IngressChoice,
    /// How its image is kept up to date: auto, semver:RANGE, timestamp, numerical, none [default: auto]
    #[arg(long, value_name = "POLICY", value_parser = Wish::from_str)]
    pub(super) policy: Option<Wish>,
    /// Take the tags of the image from FILE (`-`: stdin) instead of the registry
    #[arg(long, value_name = "FILE")]
    pub(super) tags: Option<PathBuf>,
    /// A plain environment variable (repeatable)
    #[arg(long, value_name = "K=V", value_parser = variable)]
    pub(super) env: Vec<(String, String)>,
    /// An environment variable from the external secret store (repeatable)
    #[arg(long, value_name = "KEY=ITEM/FIELD", value_parser = secret)]
    pub(super) secret: Vec<SecretKey>,
    /// An environment variable from a SealedSecret (repeatable)
    #[arg(long, value_name = "KEY")]
    pub(super) seal: Vec<String>,
    /// Storage of its own (repeatable)
    #[arg(long, value_name = "NAME:SIZE:MOUNT", value_parser = claim)]
    pub(super) pvc: Vec<Claim>,
    /// A folder of an NFS server (repeatable)
    #[arg(long, value_name = "HOST:/PATH:MOUNT", value_parser = nfs)]
    pub(super) nfs: Vec<Nfs>,
    /// The HTTP path that tells whether it is well
    #[arg(long, value_name = "PATH", value_parser = probe)]
    pub(super) probe: Option<String>,
    /// How much it may use
    #[arg(long, value_enum, default_value_t, value_name = "PRESET")]
    pub(super) resources: ResourcesChoice,
    /// Prefer nodes with this role
    #[arg(long, value_name = "ROLE", conflicts_with = "node")]
    pub(super) prefer_node: Option<String>,
    /// Run on this node only
    #[arg(long, value_name = "NAME")]
    pub(super) node: Option<String>,
    /// Run as this user; 0 for images that need root
    #[arg(long, value_name = "UID")]
    pub(super) run_as: Option<u32>,
    /// The Secret with which its private image is pulled
    #[arg(long, value_name = "NAME")]
    pub(super) pull_secret: Option<String>,
    /// Write a NetworkPolicy, too
    #[arg(long)]
    pub(super) network_policy: bool,
    /// Write a ResourceQuota, too
    #[arg(long)]
    pub(super) quota: bool,
}

impl RunArgs {
    /// Returns how its image is kept up to date.
    pub(super) fn policy(&self) -> &Wish {
        self.policy.as_ref().unwrap_or(&Wish::Auto)
    }
}

/// What stands outside of its folder.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What goes with it")]
pub(super) struct BesideArgs {
    /// One line for people
    #[arg(long, value_name = "TEXT")]
    pub(super) description: Option<String>,
    /// Add a tile to this group of Homepage
    #[arg(long, value_name = "GROUP")]
    pub(super) tile: Option<String>,
    /// The name that people read on tile and monitor [default: made of NAME]
    #[arg(long, value_name = "TEXT")]
    pub(super) title: Option<String>,
    /// The icon of the tile [default: in the manner of its neighbours]
    #[arg(long, value_name = "ICON", requires = "tile")]
    pub(super) icon: Option<String>,
    /// Add a monitor to AutoKuma
    #[arg(long)]
    pub(super) monitor: bool,
    /// Add its claims to the backup list
    #[arg(long)]
    pub(super) backup: bool,
    /// Add its host to the Cloudflare tunnel
    #[arg(long)]
    pub(super) tunnel: bool,
    /// Write a workflow that builds and pushes the image into this folder: the application's own repository
    #[arg(long, value_name = "DIR")]
    pub(super) publish_workflow: Option<PathBuf>,
}

/// How services are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LayoutChoice {
    /// As most services here are
    #[default]
    Auto,
    /// A Flux Kustomization in each service's folder
    AppFolder,
    /// A Flux Kustomization file for each service in a tree of its own
    AppFile,
    /// Bases and overlays
    BaseOverlay,
    /// A Flux Kustomization for each service in the cluster's folder
    UnitPerApp,
    /// Flux Kustomizations in one file beside the services' folders
    Documents,
    /// One tree, listed by kustomization files
    ListedTree,
    /// One tree without lists
    FoundTree,
    /// A file for each environment beside each service
    EnvironmentFiles,
}

impl LayoutChoice {
    /// Returns the layout, if one was chosen.
    pub(super) fn layout(self) -> Option<Layout> {
        Some(match self {
            LayoutChoice::Auto => return None,
            LayoutChoice::AppFolder => Layout::AppFolder,
            LayoutChoice::AppFile => Layout::AppFile,
            LayoutChoice::BaseOverlay => Layout::BaseAndOverlay,
            LayoutChoice::UnitPerApp => Layout::UnitPerApp,
            LayoutChoice::Documents => Layout::Documents,
            LayoutChoice::ListedTree => Layout::ListedTree,
            LayoutChoice::FoundTree => Layout::FoundTree,
            LayoutChoice::EnvironmentFiles => Layout::EnvironmentFiles,
        })
    }

    /// Returns the choice of a layout; nothing for one that cannot be chosen.
    pub(super) fn of(layout: Layout) -> Option<Self> {
        let mut choices = LayoutChoice::value_variants().iter().copied();
        choices.find(|c| c.layout() == Some(layout))
    }

    /// Returns the word on the command line for a layout.
    pub(super) fn word(layout: Layout) -> Option<String> {
        let value = LayoutChoice::of(layout)?.to_possible_value()?;
        Some(value.get_name().to_owned())
    }
}

/// What runs a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum WorkloadChoice {
    /// A Deployment
    Deployment,
    /// A StatefulSet
    Statefulset,
    /// A CronJob
    Cronjob,
    /// A HelmRelease of app-template, or of onechart where that is used here
    Helmrelease,
}

/// Who brings requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum IngressChoice {
    /// As the others have it, if there is a host
    #[default]
    Auto,
    /// An Ingress for ingress-nginx
    Nginx,
    /// An Ingress for Traefik
    Traefik,
    /// An Ingress for the Tailscale operator
    Tailscale,
    /// An HTTPRoute of the Gateway API
    Gateway,
    /// Nobody
    None,
}

impl IngressChoice {
    /// Returns the kind, if one was chosen.
    pub(super) fn kind(self) -> Option<Ingress> {
        Some(match self {
            IngressChoice::Auto => return None,
            IngressChoice::Nginx => Ingress::Nginx,
            IngressChoice::Traefik => Ingress::Traefik,
            IngressChoice::Tailscale => Ingress::Tailscale,
            IngressChoice::Gateway => Ingress::Gateway,
            IngressChoice::None => Ingress::None,
        })
    }

    /// Tells whether one was chosen that brings requests.
    pub(super) fn has_door(self) -> bool {
        !matches!(self, IngressChoice::Auto | IngressChoice::None)
    }
}

/// How much a service may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ResourcesChoice {
    /// What most others have, else at most 128 MiB: fits a Pi with 1 GB
    #[default]
    Auto,
    /// At most 256 MiB
    Small,
    /// At most 512 MiB
    Medium,
    /// At most 768 MiB
    Large,
    /// Nothing is written
    None,
}

impl ResourcesChoice {
    /// Returns the preset.
    pub(super) fn preset(self) -> Resources {
        match self {
            ResourcesChoice::Auto => Resources::Tiny,
            ResourcesChoice::Small => Resources::Small,
            ResourcesChoice::Medium => Resources::Medium,
            ResourcesChoice::Large => Resources::Large,
            ResourcesChoice::None => Resources::None,
        }
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("`NAME=VALUE` is expected")?;
    environment_name(name)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Takes the names of variables that every version of Kubernetes takes.
pub(super) fn environment_name(name: &str) -> Result<(), String> {
    let first = name.chars().next().is_some_and(|c| !c.is_ascii_digit());
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match first && name.chars().all(legal) {
        true => Ok(()),
        false => Err(format!(
            "`{name}` is no name of an environment variable: letters, digits, `_`, `-` and `.`, no digit in front"
        )),
    }
}

fn secret(text: &str) -> Result<SecretKey, String> {
    let (key, remote) = text.split_once('=').ok_or("`KEY=ITEM/FIELD` is expected")?;
    environment_name(key)?;
    let (item, field) = remote.split_once('/').unwrap_or((remote, ""));
    if item.is_empty() {
        return Err("`KEY=ITEM/FIELD` is expected: the item is empty".to_owned());
    }
    Ok(SecretKey {
        key: key.to_owned(),
        item: item.to_owned(),
        field: field.to_owned(),
    })
}

pub(super) fn claim(text: &str) -> Result<Claim, String> {
    let parts: Vec<&str> = text.splitn(3, ':').collect();
    let [name, size, mount] = parts.as_slice() else {
        return Err("`NAME:SIZE:MOUNT` is expected, such as data:5Gi:/data".to_owned());
    };
    super::names::label(name)?;
    if !is_quantity(size) {
        return Err(format!("`{size}` is no size: a number and Mi, Gi or Ti"));
    }
    Ok(Claim {
        name: (*name).to_owned(),
        size: (*size).to_owned(),
        mount: absolute(mount)?,
    })
}

fn is_quantity(text: &str) -> bool {
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let units = ["", "k", "Ki", "M", "Mi", "G", "Gi", "T", "Ti"];
    number.parse::<u64>().is_ok_and(|n| n > 0) && units.contains(&unit)
}

fn nfs(text: &str) -> Result<Nfs, String> {
    let expected = "`HOST:/PATH:MOUNT` is expected, such as nas.lan:/media:/media";
    let (server, rest) = text.split_once(":/").ok_or(expected)?;
    let (path, mount) = rest.split_once(':').ok_or(expected)?;
    if server.is_empty() {
        return Err(expected.to_owned());
    }
    Ok(Nfs {
        server: server.to_owned(),
        path: format!("/{path}"),
        mount: absolute(mount)?,
    })
}

fn absolute(path: &str) -> Result<String, String> {
    match path.starts_with('/') && !path.contains(':') {
        true => Ok(path.to_owned()),
        false => Err(format!("`{path}` is no absolute path")),
    }
}

pub(super) fn probe(text: &str) -> Result<String, String> {
    match text.starts_with('/') {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` does not begin with `/`")),
    }
}
