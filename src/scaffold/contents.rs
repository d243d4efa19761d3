//! The objects of a new service: which there are, in which files, and what they have to agree on.

use serde_json::{Value, json};

use super::author::{Author, Written as Text};
use super::layout::Role;
use super::names::{base, dir};
use super::plan::{Draft, PlanError};
use super::register::{Site, Written, assemble};
use super::spec::{Ingress, ServiceSpec, Workload};
use super::values;
use crate::manifest::{FileId, SourceFile};

/// One object to write.
struct Wanted {
    role: Role,
    template: &'static str,
    more: Value,
    /// The name of its file where no sibling has one like it.
    file: Option<&'static str>,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The files.
    pub files: Vec<Written>,
    /// Which file was written in the manner of which.
    pub mirrors: Vec<(String, String)>,
    /// The port of its Service, as it was written; none where no Service was.
    pub service_port: Option<u16>,
}

/// Plans the files of a service. `marker` is the namespace and name of the policy that keeps its image up to date.
///
/// # Errors
/// A file is there already, or a template cannot be rendered.
pub fn write(
    draft: &mut Draft<'_>,
    site: &Site,
    author: &Author<'_>,
    marker: Option<&str>,
) -> Result<Contents, PlanError> {
    let mut spec = author.spec.clone();
    let mut files: Vec<(String, Vec<(Role, String)>)> = Vec::new();
    let mut contents = Contents::default();
    for wanted in wanted(author, site, marker) {
        let author = Author {
            spec: &spec,
            ..*author
        };
        let written = author.write(wanted.template, wanted.more)?;
        let path = path_of(site, &author, wanted.role, wanted.file);
        if wanted.role == Role::Service {
            spec.service_port = first_port(&written);
            contents.service_port = spec.service_port;
        }
        if let Some(mirrored) = written.mirrors.into_iter().next() {
            contents.mirrors.push((path.clone(), mirrored));
        }
        match files.iter_mut().find(|(known, _)| *known == path) {
            Some((_, documents)) => documents.push((wanted.role, written.text)),
            None => files.push((path, vec![(wanted.role, written.text)])),
        }
    }
    for (path, documents) in files {
        draft.create(&path, assemble(author.conventions, &documents))?;
        let mut roles: Vec<Role> = documents.iter().map(|(role, _)| *role).collect();
        roles.dedup();
        contents.files.push(Written { path, roles });
    }
    Ok(contents)
}

fn path_of(site: &Site, author: &Author<'_>, role: Role, file: Option<&str>) -> String {
    let workload = author.spec.workload;
    let known = author.conventions.files.by_role.contains_key(&role);
    let path = site.file_of(author.conventions, workload, role);
    let beside = site.file_of(author.conventions, workload, Role::Workload);
    match file {
        Some(file) if !known && !site.is_one_file() => {
            let extension = base(&path).rsplit_once('.').map_or("yaml", |(_, e)| e);
            format!("{}/{file}.{extension}", dir(&beside))
        }
        _ => path,
    }
}

/// Lists what a service is made of, in the order in which owners write it.
fn wanted(author: &Author<'_>, site: &Site, marker: Option<&str>) -> Vec<Wanted> {
    let spec = author.spec;
    let known = values::values(spec, author.conventions);
    let mut all = Vec::new();
    let mut add = |role, template, more| {
        all.push(Wanted {
            role,
            template,
            more,
            file: None,
        });
    };
    if site.writes_namespace {
        add(Role::Namespace, "namespace.yaml", json!({}));
    }
    if !spec.secrets.is_empty() {
        add(Role::Secret, "external-secret.yaml", json!({}));
    }
    if spec.workload != Workload::StatefulSet {
        let claims = known.get("claims").and_then(Value::as_array);
        for claim in claims.into_iter().flatten() {
            add(Role::Claim, "pvc.yaml", json!({ "claim": claim }));
        }
    }
    let (role, template) = workload(spec.workload);
    add(role, template, json!({ "marker": marker }));
    let is_chart = matches!(spec.workload, Workload::AppTemplate | Workload::OneChart);
    if !is_chart && spec.workload != Workload::CronJob && spec.port.is_some() {
        add(Role::Service, "service.yaml", json!({}));
        if let Some(template) = door(spec) {
            add(Role::Ingress, template, json!({}));
        }
    }
    if let Some(template) = chart_source(spec, &known) {
        add(Role::Source, template, json!({}));
    }
    if spec.network_policy {
        add(Role::NetworkPolicy, "networkpolicy.yaml", json!({}));
    }
    if spec.quota {
        add(Role::Other, "resourcequota.yaml", json!({}));
    }
    for wanted in &mut all {
        wanted.file = match wanted.template {
            "resourcequota.yaml" => Some("resource-quota"),
            "ocirepository.yaml" => Some("ocirepository"),
            "helmrepository.yaml" => Some("helmrepository"),
            "httproute.yaml" => Some("httproute"),
            _ => None,
        };
    }
    all
}

fn workload(workload: Workload) -> (Role, &'static str) {
    match workload {
        Workload::Deployment => (Role::Workload, "deployment.yaml"),
        Workload::StatefulSet => (Role::Workload, "statefulset.yaml"),
        Workload::CronJob => (Role::Workload, "cronjob.yaml"),
        Workload::AppTemplate => (Role::Release, "helmrelease-app-template.yaml"),
        Workload::OneChart => (Role::Release, "helmrelease-onechart.yaml"),
    }
}

fn door(spec: &ServiceSpec) -> Option<&'static str> {
    match spec.ingress {
        Ingress::None => None,
        Ingress::Nginx => Some("ingress-nginx.yaml"),
        Ingress::Traefik => Some("ingress-traefik.yaml"),
        Ingress::Tailscale => Some("ingress-tailscale.yaml"),
        Ingress::Gateway => Some("httproute.yaml"),
    }
}

/// Returns the template for the source of a chart that is the service's own.
fn chart_source(spec: &ServiceSpec, known: &Value) -> Option<&'static str> {
    let chart = known.get("chart")?;
    let text = |key: &str| chart.get(key).and_then(Value::as_str);
    let is_chart = matches!(spec.workload, Workload::AppTemplate | Workload::OneChart);
    let own = text("source") == Some(spec.name.as_str());
    match text("kind") {
        Some("OCIRepository") if is_chart && own => Some("ocirepository.yaml"),
        Some("HelmRepository") if is_chart && own => Some("helmrepository.yaml"),
        _ => None,
    }
}

/// Returns the first port of a Service as it was written.
fn first_port(service: &Text) -> Option<u16> {
    let file = SourceFile::parse(FileId::NONE, "service", service.text.as_str());
    let root = file.documents.first()?.root.as_ref()?;
    let ports = root.at_path(&["spec", "ports"])?.items()?;
    ports.first()?.text_at(&["port"])?.parse().ok()
}
