//! Flags of the last bootstrap, read back from what it wrote: `flux bootstrap` writes both files anew, so that a flag that
//! is left out undoes what it once did.

use super::Chosen;
use crate::flux::{SOURCE_GROUP, group, kind};
use crate::manifest::{Node, SourceFile, Tree};
use crate::preflight::command_line::is_secret;
use crate::preflight::facts::RepositoryFacts;

/// Where the images of Flux are without `--registry` (flux2 v2.9).
const REGISTRY: &str = "ghcr.io/fluxcd";
/// The domain of a cluster without `--cluster-domain`.
const DOMAIN: &str = "cluster.local";

/// Returns the flags that differ from the defaults of flux, each with the file that shows it.
pub fn kept_flags(tree: &Tree, repository: &RepositoryFacts) -> Vec<Chosen<String>> {
    let mut flags = Vec::new();
    let installed = repository.installed.as_ref();
    if let Some(source) = installed.and_then(|installed| tree.source(&installed.file)) {
        flags.extend(of_components(&source));
    }
    let place = repository.sync.as_ref().map(|sync| sync.place.as_str());
    let file = place.and_then(|place| Some(place.rsplit_once(':')?.0));
    if let Some(source) = file.and_then(|file| tree.source(file)) {
        flags.extend(of_sync(&source));
    }
    flags
}

fn objects(source: &SourceFile) -> Vec<&Node> {
    let documents = source.documents.iter();
    documents
        .filter_map(|document| document.resolved()?.ok())
        .collect()
}

/// Reads `gotk-components.yaml` (templates of flux2 v2.9, `pkg/manifestgen/install`).
fn of_components(source: &SourceFile) -> Vec<Chosen<String>> {
    let objects = objects(source);
    let deployments = objects.iter().filter(|node| kind(node) == "Deployment");
    let deployments: Vec<&Node> = deployments.copied().collect();
    if deployments.is_empty() {
        return Vec::new();
    }
    let file = &source.path;
    let mut flags = Vec::new();
    let mut add = |flag: String, why: &str| flags.push(Chosen::new(flag, format!("{file} {why}")));
    if !objects.iter().any(|node| kind(node) == "NetworkPolicy") {
        add("--network-policy=false".to_owned(), "has no NetworkPolicy");
    }
    if argument(&deployments, "--watch-all-namespaces=").is_some_and(|value| value == "false") {
        let why = "has controllers that look at their own namespace only";
        add("--watch-all-namespaces=false".to_owned(), why);
    }
    if let Some(level) = argument(&deployments, "--log-level=").filter(|level| *level != "info") {
        add(format!("--log-level={level}"), "has it");
    }
    let address = argument(&deployments, "--events-addr=");
    let address = address.or_else(|| argument(&deployments, "--storage-adv-addr="));
    if let Some(domain) = address.and_then(domain).filter(|domain| *domain != DOMAIN) {
        add(format!("--cluster-domain={domain}"), "has addresses in it");
    }
    if let Some(registry) = deployments.iter().find_map(|one| registry(one))
        && registry != REGISTRY
    {
        add(format!("--registry={registry}"), "has images from there");
    }
    let pod = deployments
        .first()
        .and_then(|one| one.at_path(&["spec", "template", "spec"]));
    let secrets = pod.and_then(|pod| pod.get("imagePullSecrets")?.items());
    let secret = secrets.and_then(|secrets| secrets.first()?.text_at(&["name"]));
    if let Some(secret) = secret {
        add(format!("--image-pull-secret={secret}"), "has it");
    }
    let tolerated = pod.and_then(|pod| pod.get("tolerations")?.items());
    let keys: Vec<&str> = tolerated
        .into_iter()
        .flatten()
        .filter_map(|one| one.text_at(&["key"]))
        .collect();
    if !keys.is_empty() {
        add(
            format!("--toleration-keys={}", keys.join(",")),
            "has these tolerations",
        );
    }
    flags
}

/// Returns the value of an argument that the controllers have.
fn argument<'n>(deployments: &[&'n Node], name: &str) -> Option<&'n str> {
    let all = deployments
        .iter()
        .filter_map(|one| container(one)?.get("args")?.items());
    all.flatten()
        .filter_map(Node::text)
        .find_map(|text| text.strip_prefix(name))
}

fn container(deployment: &Node) -> Option<&Node> {
    let containers = deployment.at_path(&["spec", "template", "spec", "containers"])?;
    containers.items()?.first()
}

/// Returns the domain of an address such as `http://notification-controller.flux-system.svc.cluster.local./`.
fn domain(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once(".svc.")?;
    let domain = rest.trim_end_matches(['/', '.']);
    (!domain.is_empty()).then_some(domain)
}

/// Returns what stands before the name of the controller in its image.
fn registry(deployment: &Node) -> Option<&str> {
    let image = container(deployment)?.text_at(&["image"])?;
    let name = deployment.text_at(&["metadata", "name"])?;
    let (registry, rest) = image.rsplit_once('/')?;
    let is_it = rest.strip_prefix(name)?.starts_with([':', '@']);
    is_it.then_some(registry)
}

/// Reads `gotk-sync.yaml`.
fn of_sync(source: &SourceFile) -> Vec<Chosen<String>> {
    let objects = objects(source);
    let spec = objects
        .iter()
        .find(|node| group(node) == SOURCE_GROUP && kind(node) == "GitRepository")
        .and_then(|node| node.get("spec"));
    let Some(spec) = spec else {
        return Vec::new();
    };
    let mut flags = Vec::new();
    let mut add = |flag: String| flags.push(Chosen::new(flag, format!("{} has it", source.path)));
    let interval = spec.text_at(&["interval"]);
    if let Some(interval) = interval.filter(|text| !matches!(*text, "1m0s" | "1m" | "60s")) {
        add(format!("--interval={interval}"));
    }
    if spec.text_at(&["recurseSubmodules"]) == Some("true") {
        add("--recurse-submodules=true".to_owned());
    }
    let folders = spec.get("sparseCheckout").and_then(Node::items);
    let folders: Vec<&str> = folders
        .into_iter()
        .flatten()
        .filter_map(Node::text)
        .collect();
    if !folders.is_empty() {
        add(format!("--sparse-checkout={}", folders.join(",")));
    }
    flags
}

/// Puts the flags of the user and those that are kept together: what the user says replaces what was.
pub(super) fn merged(
    kept: &[Chosen<String>],
    passed: &[String],
    after: &[String],
) -> Vec<Chosen<String>> {
    let name = |flag: &str| flag.split('=').next().unwrap_or(flag).to_owned();
    let after = joined(after);
    let said: Vec<String> = passed.iter().chain(&after).map(|flag| name(flag)).collect();
    let kept = kept
        .iter()
        .filter(|one| !said.contains(&name(&one.value)))
        .cloned();
    let passed = passed
        .iter()
        .map(|flag| Chosen::new(flag.clone(), "given on the command line"));
    let after = after
        .iter()
        .map(|flag| Chosen::new(flag.clone(), "given after `--`"));
    kept.chain(passed).chain(after).collect()
}

/// Puts a secret and the flag before it into one argument, so that it is known for one.
fn joined(after: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for argument in after {
        match all.last_mut() {
            Some(last) if is_secret(last) => last.extend(["=", argument]),
            _ => all.push(argument.clone()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Content;
    use crate::preflight::facts::{Installed, SyncFile};

    fn flags(components: &str, sync: &str) -> Vec<String> {
        let nothing = |path: &str| Err(format!("{path}: none"));
        let file = |name: &str, text: &str| (name.to_owned(), Content::Text(text.into()));
        let contents = vec![
            file("gotk-components.yaml", components),
            file("gotk-sync.yaml", sync),
        ];
        let tree = Tree::new(contents, Box::new(nothing));
        let repository = RepositoryFacts {
            installed: Some(Installed {
                file: "gotk-components.yaml".to_owned(),
                version: None,
                components: Vec::new(),
            }),
            sync: Some(SyncFile {
                place: "gotk-sync.yaml:9".to_owned(),
                url_place: "gotk-sync.yaml:14".to_owned(),
                path: "./".to_owned(),
                url: String::new(),
                branch: None,
                secret: None,
                id: crate::flux::ObjectRef {
                    namespace: "flux-system".into(),
                    name: "flux-system".into(),
                },
            }),
            ..RepositoryFacts::default()
        };
        let flags = kept_flags(&tree, &repository);
        flags.into_iter().map(|flag| flag.value).collect()
    }

    const PLAIN: &str = "\
kind: NetworkPolicy
---
kind: Deployment
metadata: {name: source-controller}
spec:
  template:
    spec:
      containers:
      - image: ghcr.io/fluxcd/source-controller:v1.9.2
        args:
        - --events-addr=http://notification-controller.flux-system.svc.cluster.local./
        - --watch-all-namespaces=true
        - --log-level=info
";

    #[test]
    fn what_flux_does_by_itself_needs_no_flag() {
        let sync = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec: {interval: 1m0s}\n";
        assert_eq!(flags(PLAIN, sync), Vec::<String>::new());
        assert_eq!(flags("kind: [", "a: &a *a"), Vec::<String>::new());
    }

    #[test]
    fn what_was_asked_for_once_is_asked_for_again() {
        let components = PLAIN
            .replace("kind: NetworkPolicy\n---\n", "")
            .replace("ghcr.io/fluxcd", "registry.lan:5000/mirror")
            .replace("cluster.local", "k8s.lan")
            .replace("namespaces=true", "namespaces=false")
            .replace("=info", "=debug")
            + "      imagePullSecrets: [{name: pull}]\n      tolerations: [{key: arm, operator: Exists}, {key: x}]\n";
        let sync = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec:\n  interval: 5m0s\n  \
                    recurseSubmodules: true\n  sparseCheckout: [a, b/c]\n";
        assert_eq!(
            flags(&components, sync).join(" "),
            "--network-policy=false --watch-all-namespaces=false --log-level=debug --cluster-domain=k8s.lan \
             --registry=registry.lan:5000/mirror --image-pull-secret=pull --toleration-keys=arm,x --interval=5m0s \
             --recurse-submodules=true --sparse-checkout=a,b/c"
        );
    }

    #[test]
    fn what_the_user_says_replaces_what_was() {
        let kept = [
            Chosen::new("--interval=5m".to_owned(), "a file"),
            Chosen::new("--log-level=debug".to_owned(), "a file"),
        ];
        let merged = merged(
            &kept,
            &["--interval=1m".to_owned()],
            &["--force".to_owned()],
        );
        let merged: Vec<&str> = merged.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(merged, ["--log-level=debug", "--interval=1m", "--force"]);
    }
}
