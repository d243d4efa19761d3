//! Who names a Secret that has to be there: Flux's own objects, secret stores, issuers, pods that pull images.

use super::Look;
use super::purpose;
use crate::flux::{Applied, ObjectRef, SOURCE_GROUP, Unit, group, kind, pod_spec};
use crate::manifest::Node;

/// A reference to a Secret.
pub(super) struct Wanted {
    /// The Secret. Its namespace is empty where any will do.
    pub(super) id: ObjectRef,
    /// Who names it, without the field: `Kustomization flux-system/apps`.
    pub(super) owner: String,
    /// What of the owner names it, as people call it: `decryption`.
    pub(super) role: String,
    /// The unit of the owner.
    pub(super) unit: usize,
    /// Where the reference stands.
    pub(super) place: String,
    /// What it is for, and how it is made.
    pub(super) purpose: purpose::Purpose,
    /// Whether the owner is Flux's own, and Flux goes no further without it.
    pub(super) stops_flux: bool,
}

/// One object that is looked through.
struct Owner<'o, 'm, 't> {
    look: &'o Look<'m, 't>,
    unit: usize,
    applied: &'o Applied,
    id: ObjectRef,
}

/// Returns all references of the cluster: those of what its units apply, and of the units that nobody applies.
pub(super) fn all(look: &Look<'_, '_>) -> Vec<Wanted> {
    let roots: Vec<(usize, Applied)> = look.units().filter_map(root).collect();
    let roots = roots.iter().map(|(unit, applied)| (*unit, applied));
    let mut found = Vec::new();
    for (unit, applied) in roots.chain(look.objects()) {
        let owner = Owner {
            look,
            unit,
            applied,
            id: look.id(unit, &applied.node),
        };
        owner.collect(&mut found);
    }
    found
}

fn root((index, unit): (usize, &Unit)) -> Option<(usize, Applied)> {
    let origin = unit.origin.clone().filter(|_| unit.parent.is_none())?;
    let applied = Applied {
        node: unit.kustomization.clone(),
        origin,
        touched: Vec::new(),
    };
    Some((index, applied))
}

impl<'o> Owner<'o, '_, '_> {
    fn node(&self) -> &'o Node {
        &self.applied.node
    }

    fn collect(&self, found: &mut Vec<Wanted>) {
        match (group(self.node()), kind(self.node())) {
            (crate::flux::KUSTOMIZE_GROUP, "Kustomization") => self.kustomization(found),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => self.release(found),
            (SOURCE_GROUP, of_kind) => self.source(of_kind, found),
            (crate::flux::IMAGE_GROUP, "ImageRepository") => {
                found.extend(self.at(
                    &["spec"],
                    "secretRef",
                    "registry credentials",
                    &purpose::registry,
                ));
                found.extend(self.at(
                    &["spec"],
                    "certSecretRef",
                    "certificate",
                    &purpose::certificate,
                ));
                found.extend(self.at(&["spec"], "proxySecretRef", "proxy", &purpose::proxy));
            }
            (crate::flux::IMAGE_GROUP, "ImageUpdateAutomation") => {
                let path = ["spec", "git", "commit", "signingKey"];
                found.extend(self.at(&path, "secretRef", "signing key", &purpose::signing));
            }
            ("notification.toolkit.fluxcd.io", "Receiver") => {
                found.extend(self.at(&["spec"], "secretRef", "webhook token", &purpose::receiver));
            }
            ("notification.toolkit.fluxcd.io", "Provider") => {
                found.extend(self.at(&["spec"], "secretRef", "credentials", &purpose::provider));
                found.extend(self.at(
                    &["spec"],
                    "certSecretRef",
                    "certificate",
                    &purpose::certificate,
                ));
            }
            ("external-secrets.io", "SecretStore" | "ClusterSecretStore") => self.store(found),
            ("cert-manager.io", "Issuer" | "ClusterIssuer") => self.issuer(found),
            _ => self.pulls(found),
        }
    }

    fn kustomization(&self, found: &mut Vec<Wanted>) {
        let stops = |one: Wanted| Wanted {
            stops_flux: true,
            ..one
        };
        let decryption = self.at(
            &["spec", "decryption"],
            "secretRef",
            "decryption",
            &purpose::decryption,
        );
        found.extend(decryption.map(stops));
        let kubeconfig = self.at(
            &["spec", "kubeConfig"],
            "secretRef",
            "kubeconfig",
            &purpose::kubeconfig,
        );
        found.extend(kubeconfig.map(stops));
        let variables = self.from(
            &["spec", "postBuild", "substituteFrom"],
            "substituteFrom",
            &purpose::variables,
        );
        found.extend(variables.into_iter().map(stops));
    }

    fn release(&self, found: &mut Vec<Wanted>) {
        found.extend(self.at(
            &["spec", "kubeConfig"],
            "secretRef",
            "kubeconfig",
            &purpose::kubeconfig,
        ));
        let verify = ["spec", "chart", "spec", "verify"];
        found.extend(self.at(
            &verify,
            "secretRef",
            "verification keys",
            &purpose::verification,
        ));
        found.extend(self.from(&["spec", "valuesFrom"], "valuesFrom", &purpose::values));
    }

    fn source(&self, of_kind: &str, found: &mut Vec<Wanted>) {
        let purpose: &dyn Fn(&Node, &ObjectRef) -> purpose::Purpose = match of_kind {
            "GitRepository" => &purpose::git,
            "OCIRepository" => &purpose::registry,
            "HelmRepository" => &purpose::helm,
            "Bucket" => &purpose::bucket,
            _ => return,
        };
        let is_used = self.is_used(of_kind);
        let stops = |one: Wanted| Wanted {
            stops_flux: is_used,
            ..one
        };
        let all = [
            self.at(&["spec"], "secretRef", "credentials", purpose),
            self.at(
                &["spec"],
                "certSecretRef",
                "certificate",
                &purpose::certificate,
            ),
            self.at(&["spec"], "proxySecretRef", "proxy", &purpose::proxy),
            self.at(
                &["spec", "verify"],
                "secretRef",
                "verification keys",
                &purpose::verification,
            ),
        ];
        found.extend(all.into_iter().flatten().map(stops));
    }

    /// Tells whether a Kustomization applies what this source brings.
    fn is_used(&self, of_kind: &str) -> bool {
        self.look.cluster.units.iter().any(|unit| {
            let field = |key| unit.kustomization.text_at(&["spec", "sourceRef", key]);
            let namespace = field("namespace").filter(|namespace| !namespace.is_empty());
            field("kind") == Some(of_kind)
                && field("name") == Some(self.id.name.as_str())
                && namespace.unwrap_or(&unit.id.namespace) == self.id.namespace
        })
    }

    /// Finds references below `spec.provider`: a store of the cluster has to name the namespace, for without one it means
    /// that of each ExternalSecret.
    fn store(&self, found: &mut Vec<Wanted>) {
        let is_cluster = kind(self.node()) == "ClusterSecretStore";
        let Some(provider) = self.node().at_path(&["spec", "provider"]) else {
            return;
        };
        let name = provider
            .entries()
            .and_then(|entries| entries.first()?.key.text());
        for reference in selectors(provider) {
            let named = reference.text_at(&["namespace"]).filter(|n| !n.is_empty());
            let namespace = match is_cluster {
                true => named,
                false => Some(self.id.namespace.as_str()),
            };
            if let Some(namespace) = namespace {
                let made = |_: &Node, id: &ObjectRef| {
                    purpose::store(name.unwrap_or_default(), reference, id)
                };
                found.extend(self.wanted(reference, namespace, "provider", &made));
            }
        }
    }

    /// Finds the tokens of solvers, and the key of a CA. An issuer of the cluster looks in the namespace of cert-manager,
    /// which a flag may name.
    fn issuer(&self, found: &mut Vec<Wanted>) {
        let namespace = match kind(self.node()) {
            "Issuer" => self.id.namespace.as_str(),
            _ => "cert-manager",
        };
        let solvers = self.node().at_path(&["spec", "acme", "solvers"]);
        for reference in solvers.map(selectors).unwrap_or_default() {
            let made = |_: &Node, id: &ObjectRef| purpose::solver(reference, id);
            found.extend(self.wanted(reference, namespace, "solver", &made));
        }
        let binding =
            self.node()
                .at_path(&["spec", "acme", "externalAccountBinding", "keySecretRef"]);
        if let Some(reference) = binding {
            let made = |_: &Node, id: &ObjectRef| purpose::solver(reference, id);
            found.extend(self.wanted(reference, namespace, "account", &made));
        }
    }

    fn pulls(&self, found: &mut Vec<Wanted>) {
        let holder = match kind(self.node()) {
            "ServiceAccount" => Some(self.node()),
            _ => pod_spec(self.node()),
        };
        let list = holder.and_then(|holder| holder.get("imagePullSecrets")?.items());
        for reference in list.unwrap_or_default() {
            found.extend(self.wanted(
                reference,
                &self.id.namespace,
                "imagePullSecrets",
                &purpose::pull,
            ));
        }
    }

    /// Reads `NAME.name` of the mapping at `path`.
    fn at(
        &self,
        path: &[&str],
        name: &str,
        role: &str,
        purpose: &dyn Fn(&Node, &ObjectRef) -> purpose::Purpose,
    ) -> Option<Wanted> {
        let reference = self.node().at_path(path)?.get(name)?;
        self.wanted(reference, &self.id.namespace, role, purpose)
    }

    /// Reads a list of references to Secrets and ConfigMaps, some of which may be missing.
    fn from(
        &self,
        path: &[&str],
        role: &str,
        purpose: &dyn Fn(&Node, &ObjectRef) -> purpose::Purpose,
    ) -> Vec<Wanted> {
        let list = self.node().at_path(path).and_then(Node::items);
        let needed = list.unwrap_or_default().iter().filter(|reference| {
            let optional = reference.get("optional").and_then(Node::as_bool);
            reference.text_at(&["kind"]) == Some("Secret") && optional != Some(true)
        });
        let wanted = needed.filter_map(|r| self.wanted(r, &self.id.namespace, role, purpose));
        wanted.collect()
    }

    fn wanted(
        &self,
        reference: &Node,
        namespace: &str,
        role: &str,
        purpose: &dyn Fn(&Node, &ObjectRef) -> purpose::Purpose,
    ) -> Option<Wanted> {
        let name = reference.get("name")?;
        let id = ObjectRef::new(namespace, name.text().filter(|name| !name.is_empty())?);
        Some(Wanted {
            owner: format!("{} {}", kind(self.node()), self.id),
            role: role.to_owned(),
            unit: self.unit,
            place: self.look.place(name.place, self.applied),
            purpose: purpose(self.node(), &id),
            stops_flux: false,
            id,
        })
    }
}

/// Deeper nesting is no provider.
const DEPTH: usize = 16;

/// Finds references to keys of Secrets: mappings under a `*SecretRef`, or with both `name` and `key`.
fn selectors(node: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    walk(node, "", DEPTH, &mut found);
    found
}

fn walk<'n>(node: &'n Node, key: &str, depth: usize, found: &mut Vec<&'n Node>) {
    if depth == 0 {
        return;
    }
    let has = |field: &str| {
        node.get(field)
            .is_some_and(|value| value.scalar().is_some())
    };
    let is_ref = key.ends_with("SecretRef") || key == "secretRef";
    let is_map = node.text_at(&["type"]) == Some("ConfigMap");
    if has("name") && (is_ref || has("key")) && !is_map && key != "privateKeySecretRef" {
        found.push(node);
        return;
    }
    for entry in node.entries().unwrap_or_default() {
        walk(
            &entry.value,
            entry.key.text().unwrap_or_default(),
            depth - 1,
            found,
        );
    }
    for item in node.items().unwrap_or_default() {
        walk(item, key, depth - 1, found);
    }
}
