//! Gathers the facts of the cluster, all at the same time. Nothing is written: the only requests that are no GET ask what
//! this user may do.

use futures::future::{join_all, try_join_all};
use serde_json::Value;

use crate::adapter::cluster::{Access, ClusterClient, ClusterError, ClusterOptions, ResourceKind};
use crate::flux::live::{FluxKind, KINDS};
use crate::flux::{IMAGE_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP, ObjectRef, SOURCE_GROUP};
use crate::preflight::cluster::{self as read, NEEDS, Need, Subjects};
use crate::preflight::{
    ClusterFacts, ControllerFacts, CrdFacts, Fact, LiveAutomation, NodeFacts, Permission,
    SecretFacts, SyncFacts,
};

const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

/// Asks the cluster for all that the checks look at. What one question does not get stays unknown by itself.
///
/// # Errors
/// There is no kubeconfig, or nothing at all can be asked: the server cannot be reached, is not trusted, or does not take the
/// credentials.
pub(super) async fn gather(
    options: &ClusterOptions,
    namespace: &str,
    secret: &str,
    needed: &[ObjectRef],
) -> Fact<ClusterFacts> {
    let client = ClusterClient::connect(options).await;
    let client = client.map_err(ClusterError::unavailable)?;
    let questions = Questions {
        client: &client,
        namespace,
    };
    let secrets = join_all(needed.iter().map(|id| questions.has_secret(id)));
    let (
        version,
        nodes,
        crds,
        controllers,
        sync,
        credentials,
        ends,
        permissions,
        operator,
        secrets,
    ) = futures::join!(
        client.version(),
        questions.nodes(),
        questions.crds(),
        questions.controllers(),
        questions.sync(),
        questions.secret(secret),
        questions.namespace_ends(),
        questions.permissions(),
        questions.operator(),
        secrets,
    );
    let version = match version {
        Err(error) if error.is_about_all() => return Err(error.unavailable()),
        version => version,
    };
    let (sync, automations) = sync;
    Ok(ClusterFacts {
        server: client.server().to_owned(),
        flux_namespace: namespace.to_owned(),
        secret_name: secret.to_owned(),
        version: version.map_err(ClusterError::unavailable),
        nodes: nodes.map_err(ClusterError::unavailable),
        crds: crds.map_err(ClusterError::unavailable),
        controllers: controllers.map_err(ClusterError::unavailable),
        sync: sync.map_err(ClusterError::unavailable),
        secret: credentials.map_err(ClusterError::unavailable),
        namespace: ends.map_err(ClusterError::unavailable),
        permissions: permissions.map_err(ClusterError::unavailable),
        automations: automations.map_err(ClusterError::unavailable),
        needed_secrets: needed.iter().cloned().zip(secrets).collect(),
        operator: operator.map_err(ClusterError::unavailable),
    })
}

/// The questions, each with its own answer.
struct Questions<'q> {
    client: &'q ClusterClient,
    namespace: &'q str,
}

type Answer<T> = Result<T, ClusterError>;

impl Questions<'_> {
    async fn nodes(&self) -> Answer<Vec<NodeFacts>> {
        let nodes = self.list("", "Node", None).await?;
        Ok(nodes.iter().filter_map(read::node).collect())
    }

    /// Asks for each CRD by its name: clusters have hundreds of others, and their schemas are long.
    async fn crds(&self) -> Answer<Vec<CrdFacts>> {
        let kind = ResourceKind::new("apiextensions.k8s.io", "CustomResourceDefinition");
        let get = async |of: &FluxKind| {
            let name = format!("{}.{}", of.plural, of.group);
            self.client.get(&kind, None, &name).await
        };
        let found = try_join_all(KINDS.iter().map(get)).await?;
        Ok(found.iter().flatten().filter_map(read::crd).collect())
    }

    async fn controllers(&self) -> Answer<Vec<ControllerFacts>> {
        let here = Some(self.namespace);
        let (deployments, everywhere, inside) = futures::join!(
            self.list("apps", "Deployment", here),
            self.list(RBAC_GROUP, "ClusterRoleBinding", None),
            self.list(RBAC_GROUP, "RoleBinding", here),
        );
        let subjects = everywhere.and_then(|everywhere| {
            let all = [everywhere, inside?].concat();
            Ok(Subjects::of(&all, self.namespace))
        });
        Ok(read::controllers(
            &deployments?,
            &subjects.map_err(ClusterError::unavailable),
        ))
    }

    /// Asks for the Kustomization that applies Flux itself, for its source, and for who pushes there.
    async fn sync(&self) -> (Answer<Option<SyncFacts>>, Answer<Vec<LiveAutomation>>) {
        let own = ObjectRef::new(self.namespace, self.namespace);
        let (kustomization, source, automations) = futures::join!(
            self.installed(KUSTOMIZE_GROUP, "Kustomization", &own),
            self.installed(SOURCE_GROUP, "GitRepository", &own),
            self.list(IMAGE_GROUP, "ImageUpdateAutomation", None),
        );
        let named = match &kustomization {
            Ok(Some(kustomization)) => read::source_of(kustomization),
            _ => None,
        };
        let at = named.clone().unwrap_or_else(|| own.clone());
        let automations = or_none(automations);
        let automations = automations.map(|all| read::automations(all.unwrap_or_default(), &at));
        // Bootstrap gives both the same name; somebody may have given the source another.
        let source = match &named {
            Some(named) if *named != own => {
                self.installed(SOURCE_GROUP, "GitRepository", named).await
            }
            Some(_) => source,
            None => Ok(None),
        };
        let sync = match (kustomization, source) {
            (Err(error), _) | (Ok(Some(_)), Err(error)) => Err(error),
            (Ok(None), _) => Ok(None),
            (Ok(Some(kustomization)), Ok(source)) => {
                Ok(Some(read::sync(&kustomization, source.as_ref())))
            }
        };
        (sync, automations)
    }

    async fn secret(&self, name: &str) -> Answer<Option<SecretFacts>> {
        let kind = ResourceKind::new("", "Secret");
        let found = self.client.get(&kind, Some(self.namespace), name).await?;
        Ok(found.map(read::secret))
    }

    async fn has_secret(&self, id: &ObjectRef) -> Fact<bool> {
        let kind = ResourceKind::new("", "Secret");
        let found = self
            .client
            .exists(&kind, Some(&id.namespace), &id.name)
            .await;
        found.map_err(ClusterError::unavailable)
    }

    async fn namespace_ends(&self) -> Answer<Option<bool>> {
        let kind = ResourceKind::new("", "Namespace");
        let found = self.client.get(&kind, None, self.namespace).await?;
        Ok(found.as_ref().map(read::namespace_ends))
    }

    async fn permissions(&self) -> Answer<Vec<Permission>> {
        let ask = async |need: &Need| {
            let access = Access {
                verb: need.verb,
                group: need.group,
                resource: need.resource,
                subresource: "",
                namespace: need.in_namespace.then_some(self.namespace),
            };
            let is_allowed = self.client.may(&access).await?;
            Ok(need.answered(self.namespace, is_allowed))
        };
        try_join_all(NEEDS.iter().map(ask)).await
    }

    async fn operator(&self) -> Answer<Option<ObjectRef>> {
        let instances = or_none(self.list(OPERATOR_GROUP, "FluxInstance", None).await)?;
        Ok(read::flux_instance(&instances.unwrap_or_default()))
    }

    async fn list(&self, group: &str, kind: &str, namespace: Option<&str>) -> Answer<Vec<Value>> {
        let kind = ResourceKind::new(group, kind);
        self.client.list(&kind, namespace).await
    }

    /// Asks for an object of a kind that the cluster may not have.
    async fn installed(&self, group: &str, kind: &str, id: &ObjectRef) -> Answer<Option<Value>> {
        let kind = ResourceKind::new(group, kind);
        let found = self.client.get(&kind, Some(&id.namespace), &id.name).await;
        Ok(or_none(found)?.flatten())
    }
}

/// Takes a kind that the cluster does not have for one without objects.
fn or_none<T>(answer: Answer<T>) -> Answer<Option<T>> {
    match answer {
        Err(ClusterError::NotServed { .. }) => Ok(None),
        answer => answer.map(Some),
    }
}
