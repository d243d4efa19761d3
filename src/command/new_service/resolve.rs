//! From arguments and what was learnt to a service that is complete.

use super::super::nearest::nearest;
use super::super::{Global, Terminal};
use super::arguments::{LayoutChoice, NewService, WorkloadChoice, environment_name};
use super::names;
use super::scene::Scene;
use crate::error::Error;
use crate::flux::Model;
use crate::image::Reference;
use crate::manifest::Tree;
use crate::scaffold::conventions::Conventions;
use crate::scaffold::extras;
use crate::scaffold::plan::Draft;
use crate::scaffold::register::{PlaceError, Wish};
use crate::scaffold::spec::{Image, Ingress, Placement, ServiceSpec, Workload};

impl NewService {
    /// Checks what can be checked without looking at the repository.
    ///
    /// # Errors
    /// A value has no form that Kubernetes takes.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Some(name) = self.name.as_deref() else {
            let error = Error::usage("the name of the service is missing");
            return Err(error.hint("`homelab new-service NAME --image REGISTRY/NAME:TAG`"));
        };
        names::label(name).map_err(Error::usage)?;
        if let Some(namespace) = &self.place.target_namespace {
            names::label(namespace).map_err(Error::usage)?;
        }
        if let Some(host) = &self.run.host {
            names::host(host).map_err(Error::usage)?;
        }
        for key in &self.run.seal {
            environment_name(key).map_err(Error::usage)?;
        }
        let mut variables: Vec<&str> = self.run.env.iter().map(|(name, _)| name.as_str()).collect();
        variables.extend(self.run.secret.iter().map(|s| s.key.as_str()));
        variables.extend(self.run.seal.iter().map(String::as_str));
        refuse_twice("the environment variable", "set", variables)?;
        let (claims, nfs) = (&self.run.pvc, &self.run.nfs);
        let names = claims.iter().map(|c| c.name.as_str()).collect();
        refuse_twice("the claim", "made", names)?;
        let mounts = claims.iter().map(|c| c.mount.as_str());
        let mounts = mounts.chain(nfs.iter().map(|n| n.mount.as_str()));
        let mounts = mounts.map(|m| m.trim_end_matches('/')).collect();
        refuse_twice("the folder", "mounted", mounts)?;
        if let Some(schedule) = &self.run.schedule {
            cron(schedule)?;
        }
        Ok(())
    }

    /// Returns what is wanted of its place.
    pub(super) fn wish(&self) -> Wish<'_> {
        Wish {
            name: self.name.as_deref().unwrap_or_default(),
            layout: self.place.layout.layout(),
            parent: self
                .place
                .folder
                .as_deref()
                .map(|f| f.trim_end_matches('/')),
            like: self.place.like.as_deref(),
            namespace: self.place.target_namespace.as_deref(),
            depends_on: &self.place.depends_on,
        }
    }

    /// Says why there is no place, and what to do.
    pub(super) fn no_place(&self, error: PlaceError, model: &Model<'_>) -> Error {
        let message = error.to_string();
        let near = |name: &str, known: &[String]| {
            let found = nearest(known.iter().map(String::as_str), name);
            found.map_or_else(
                || format!("there are: {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            )
        };
        let hint = match &error {
            PlaceError::Ambiguous(candidates) => {
                let lines = candidates.iter().map(|c| {
                    let at = c.example.as_ref();
                    let at =
                        at.map_or_else(String::new, |l| format!(", such as {}:{}", l.file, l.line));
                    let word = LayoutChoice::word(c.layout).unwrap_or_default();
                    format!(
                        "--layout {word}: {} ({} of {}{at})",
                        c.layout.name(),
                        c.services,
                        c.of
                    )
                });
                lines.collect::<Vec<_>>().join("; or ")
            }
            PlaceError::UnknownSibling { name, known } => near(name, known),
            PlaceError::UnknownUnit { name, known } => near(name, known),
            PlaceError::Taken { .. } => "choose another name; nothing is overwritten".to_owned(),
            PlaceError::NoExample(_) => match unreadable(model.tree) {
                Some(broken) => format!("{broken}; what it leads to is not seen"),
                None => return Error::usage(message),
            },
            PlaceError::ByHand(_) => return Error::usage(message),
        };
        Error::usage(message).hint(hint)
    }

    /// Decides on everything that the service is.
    ///
    /// # Errors
    /// A value is missing, or does not fit the others or this repository.
    pub(super) fn spec(
        &self,
        scene: &Scene<'_>,
        global: &Global,
        terminal: &mut Terminal<'_>,
        draft: &mut Draft<'_>,
    ) -> Result<ServiceSpec, Error> {
        let conventions = scene.ground.conventions;
        if self.run.quota && scene.site.shares_namespace {
            let namespace = &scene.site.namespace;
            let error = Error::usage(format!(
                "others run in the namespace `{namespace}`, and a quota would hold for all"
            ));
            return Err(error.hint(
                "leave `--quota` away, or give the service a namespace with `--target-namespace`",
            ));
        }
        let workload = self.workload(scene)?;
        let (host, ingress) = self.door(conventions, workload)?;
        if let Some(host) = &host
            && let Some(at) =
                extras::host::host_taken(scene.ground.model, scene.ground.cluster, host)
        {
            let error = Error::usage(format!("the host {host} is taken: {}:{}", at.file, at.line));
            return Err(error.hint("choose another with `--host`"));
        }
        let mut spec = ServiceSpec {
            name: scene.site.name.clone(),
            namespace: scene.site.namespace.clone(),
            description: self.beside.description.clone(),
            image: self.image()?,
            workload,
            schedule: self.run.schedule.clone(),
            port: self.run.port,
            service_port: None,
            host,
            ingress,
            annotations: Vec::new(),
            env: self.run.env.clone(),
            secrets: self.run.secret.clone(),
            sealed: self.run.seal.clone(),
            claims: self.run.pvc.clone(),
            nfs: self.run.nfs.clone(),
            probe: self.run.probe.clone(),
            resources: self.run.resources.preset(),
            placement: self.placement(),
            run_as: self.run.run_as,
            network_policy: self.run.network_policy,
            quota: self.run.quota,
            pull_secret: self.run.pull_secret.clone(),
            policy: None,
        };
        self.settle_image(scene, &mut spec, global, terminal, draft)?;
        Ok(spec)
    }

    fn workload(&self, scene: &Scene<'_>) -> Result<Workload, Error> {
        let usual = scene.siblings.workload();
        let chart = || match scene.ground.conventions.pods.chart.as_ref() {
            Some(chart) if chart.value.1.ends_with("onechart") => Workload::OneChart,
            _ => Workload::AppTemplate,
        };
        let wanted = match (self.run.workload, &self.run.schedule) {
            (Some(WorkloadChoice::Cronjob), None) => {
                return Err(
                    Error::usage("a CronJob needs a schedule").hint("`--schedule '0 4 * * *'`")
                );
            }
            (Some(WorkloadChoice::Cronjob), _) | (None, Some(_)) => Workload::CronJob,
            (Some(_), Some(_)) => {
                return Err(Error::usage("only a CronJob has a `--schedule`"));
            }
            (Some(WorkloadChoice::Deployment), _) => Workload::Deployment,
            (Some(WorkloadChoice::Statefulset), _) => Workload::StatefulSet,
            (Some(WorkloadChoice::Helmrelease), _) => chart(),
            (None, None) => match usual {
                Some(usual @ (Workload::AppTemplate | Workload::OneChart)) => usual,
                Some(Workload::StatefulSet) if self.place.like.is_some() => Workload::StatefulSet,
                _ => Workload::Deployment,
            },
        };
        Ok(wanted)
    }

    /// Returns the host, and who brings requests to it.
    fn door(
        &self,
        conventions: &Conventions,
        workload: Workload,
    ) -> Result<(Option<String>, Ingress), Error> {
        let usual = conventions.network.ingress();
        let chosen = self.run.ingress.kind();
        let kind = match (chosen, &self.run.host) {
            (Some(kind), _) => kind,
            (None, None) => return Ok((None, Ingress::None)),
            (None, Some(host)) => usual.ok_or_else(|| {
                let message = format!("no service here says who brings requests to {host}");
                Error::usage(message)
                    .hint("choose one: `--ingress nginx|traefik|tailscale|gateway`")
            })?,
        };
        if kind == Ingress::None {
            return match &self.run.host {
                None => Ok((None, kind)),
                Some(_) => Err(Error::usage(
                    "`--host` and `--ingress none` exclude each other",
                )),
            };
        }
        if workload == Workload::CronJob {
            let error = Error::usage("nothing brings requests to a CronJob");
            return Err(error.hint("leave out `--host` and `--ingress`"));
        }
        if self.run.port.is_none() {
            let error = Error::usage("nothing can bring requests to a service without a port");
            return Err(error.hint("add `--port N`, the port that the container listens on"));
        }
        let pattern = conventions.network.host.as_ref().map(|l| l.value.as_str());
        let learnt = pattern.filter(|p| p.contains("{name}") && !p.contains("{{"));
        let name = self.name.as_deref().unwrap_or_default();
        let learnt = learnt.map(|p| p.replace("{name}", name));
        match (self.run.host.clone().or(learnt), kind) {
            (Some(host), kind) => Ok((Some(host), kind)),
            (None, Ingress::Tailscale) => Ok((Some(name.to_owned()), kind)),
            (None, _) => Err(Error::usage("the host is not known").hint("add `--host FQDN`")),
        }
    }

    /// Returns the image as it was given; its tag is empty where none was.
    fn image(&self) -> Result<Image, Error> {
        let Some(text) = self.run.image.as_deref() else {
            let error = Error::usage("there is no image to run");
            return Err(error.hint("`--image ghcr.io/me/app:1.4.2`"));
        };
        let reference = Reference::parse(text)
            .map_err(|e| Error::usage(e.to_string()).hint("`--image ghcr.io/me/app:1.4.2`"))?;
        if reference.digest().is_some() {
            let error = Error::usage(format!("{text} names a digest, and digests have no order"));
            return Err(error.hint("name a tag: `--image ghcr.io/me/app:1.4.2`"));
        }
        let tag = reference.tag().unwrap_or_default();
        let repository = match tag {
            "" => text,
            tag => text.strip_suffix(&format!(":{tag}")).unwrap_or(text),
        };
        Ok(Image {
            repository: repository.to_owned(),
            tag: tag.to_owned(),
        })
    }

    fn placement(&self) -> Option<Placement> {
        let node = self.run.node.clone().map(Placement::Node);
        node.or_else(|| self.run.prefer_node.clone().map(Placement::Prefer))
    }
}

/// Returns the first place in the lists and Flux Kustomizations of a repository that is no YAML, and why.
fn unreadable(tree: &Tree) -> Option<String> {
    let yaml = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
    let files = tree.files().iter().filter(|f| yaml(&f.path));
    let mut broken = files.filter_map(|file| {
        let source = tree.source(&file.path)?;
        let error = source.errors.first()?;
        let line = source.line(error.span.start as usize);
        Some(format!("{}:{line}: {}", file.path, error.message))
    });
    broken.next()
}

/// Refuses what is there twice.
fn refuse_twice(what: &str, done: &str, mut names: Vec<&str>) -> Result<(), Error> {
    names.sort_unstable();
    match names.windows(2).find(|w| w.first() == w.last()) {
        Some([twice, _]) => Err(Error::usage(format!("{what} `{twice}` is {done} twice"))),
        _ => Ok(()),
    }
}

/// Takes the schedules that a CronJob takes, as far as their form goes.
fn cron(schedule: &str) -> Result<(), Error> {
    let named = [
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@daily",
        "@midnight",
        "@hourly",
    ];
    let fields = schedule.split_whitespace().count();
    if fields == 5 || named.contains(&schedule) {
        return Ok(());
    }
    let message = format!("`{schedule}` is no schedule: five fields, and these are {fields}");
    Err(Error::usage(message).hint("every night at four: `--schedule '0 4 * * *'`"))
}
