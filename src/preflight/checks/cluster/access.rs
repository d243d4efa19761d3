//! `cluster/permissions` and `cluster/namespace`: whether bootstrap may do what it does, and has a place for it.

use super::{Look, Say, few};
use crate::preflight::check::Check;

pub(super) fn permissions(look: &Look<'_>) -> Option<Check> {
    look.plan?;
    let say = Say::new("cluster/permissions", "this user may bootstrap");
    let permissions = match &look.cluster.permissions {
        Ok(permissions) => permissions,
        Err(why) => return Some(say.unavailable(why)),
    };
    let missing = permissions.iter().filter(|one| !one.is_allowed);
    let missing: Vec<&str> = missing.map(|one| one.what.as_str()).collect();
    let Some(first) = missing.first() else {
        let count = permissions.len();
        return Some(say.pass(format!(
            "the cluster allows all {count} things that bootstrap does"
        )));
    };
    let detail = format!(
        "the cluster does not allow {} of {} things that bootstrap does: {}",
        missing.len(),
        permissions.len(),
        few(missing.iter().copied())
    );
    let help = format!(
        "choose a user with the role cluster-admin by --context; `kubectl auth can-i {first}` asks the same"
    );
    Some(say.fail(detail, help))
}

pub(super) fn namespace(look: &Look<'_>) -> Option<Check> {
    let say = Say::new("cluster/namespace", "there is a place for Flux");
    let name = &look.cluster.flux_namespace;
    match (&look.cluster.namespace, look.plan) {
        (Err(why), _) => Some(say.unavailable(why)),
        (Ok(Some(true)), _) => {
            let detail = format!("the namespace {name} is being deleted, and takes nothing new");
            let help = format!(
                "wait until it is gone; `kubectl get namespace {name} -o yaml` says what holds it up (finalizers of Flux objects, if its controllers were removed first)"
            );
            Some(say.fail(detail, help))
        }
        (Ok(Some(false)), _) => Some(say.pass(format!("the namespace {name} is there"))),
        (Ok(None), Some(_)) => Some(say.pass(format!(
            "there is no namespace {name} yet; bootstrap makes it"
        ))),
        (Ok(None), None) => {
            let detail = format!("there is no namespace {name}");
            Some(say.warn(
                detail,
                "-n names another; `homelab bootstrap` installs Flux",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{bootstrapped, cluster, first, fresh};
    use crate::preflight::cluster::NEEDS;
    use crate::preflight::fact::Unavailable;

    #[test]
    fn what_is_not_allowed_is_named() {
        let mut facts = fresh();
        assert_eq!(
            first(&facts, "cluster/permissions"),
            "pass cluster/permissions: the cluster allows all 24 things that bootstrap does"
        );
        let answers = NEEDS
            .iter()
            .map(|need| need.answered("flux-system", need.verb == "get"));
        cluster(&mut facts).permissions = Ok(answers.collect());
        insta::assert_snapshot!(first(&facts, "cluster/permissions"), @"
        fail cluster/permissions: the cluster does not allow 22 of 24 things that bootstrap does: create namespaces, patch namespaces, create customresourcedefinitions.apiextensions.k8s.io, patch customresourcedefinitions.apiextensions.k8s.io, create clusterroles.rbac.authorization.k8s.io and 17 more
          help: choose a user with the role cluster-admin by --context; `kubectl auth can-i create namespaces` asks the same
        ");
        cluster(&mut facts).permissions = Err(Unavailable::not_asked("nobody asked"));
        assert_eq!(
            first(&facts, "cluster/permissions"),
            "unknown cluster/permissions: nobody asked"
        );
        facts.plan = None;
        assert_eq!(first(&facts, "cluster/permissions"), "");
    }

    #[test]
    fn a_namespace_that_ends_fails() {
        let mut facts = bootstrapped();
        assert_eq!(
            first(&facts, "cluster/namespace"),
            "pass cluster/namespace: the namespace flux-system is there"
        );
        cluster(&mut facts).namespace = Ok(Some(true));
        insta::assert_snapshot!(first(&facts, "cluster/namespace"), @"
        fail cluster/namespace: the namespace flux-system is being deleted, and takes nothing new
          help: wait until it is gone; `kubectl get namespace flux-system -o yaml` says what holds it up (finalizers of Flux objects, if its controllers were removed first)
        ");
        cluster(&mut facts).namespace = Ok(None);
        assert_eq!(
            first(&facts, "cluster/namespace"),
            "pass cluster/namespace: there is no namespace flux-system yet; bootstrap makes it"
        );
        facts.plan = None;
        assert!(first(&facts, "cluster/namespace").starts_with("warn"));
        cluster(&mut facts).namespace = Err(Unavailable::not_asked("nobody asked"));
        assert_eq!(
            first(&facts, "cluster/namespace"),
            "unknown cluster/namespace: nobody asked"
        );
    }
}
