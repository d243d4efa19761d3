//! `cluster/controllers` and `cluster/image-controllers`: whether what the cluster runs of Flux works, and stays.

use super::say::Trouble;
use super::{Look, Say, few};
use crate::preflight::check::Check;
use crate::preflight::facts::ControllerFacts;
use crate::preflight::plan::Plan;

/// Those without which `flux bootstrap` refuses.
const MANDATORY: [&str; 2] = ["source-controller", "kustomize-controller"];
const REFLECTOR: &str = "image-reflector-controller";
const AUTOMATION: &str = "image-automation-controller";

pub(super) fn controllers(look: &Look<'_>) -> Option<Check> {
    let say = Say::new("cluster/controllers", "the controllers of Flux run");
    let all = match &look.cluster.controllers {
        Ok(all) => all,
        Err(why) => return Some(say.unavailable(why)),
    };
    let namespace = &look.cluster.flux_namespace;
    if all.is_empty() {
        return Some(match look.plan {
            Some(_) => say.pass(format!(
                "there are none in {namespace} yet; bootstrap installs them"
            )),
            None => say.warn(
                format!("Flux is not installed in the namespace {namespace}"),
                "`homelab bootstrap` installs it; -n names another namespace",
            ),
        });
    }
    let unbound = all
        .iter()
        .filter(|one| ![REFLECTOR, AUTOMATION].contains(&one.name.as_str()));
    let unbound = unbound.filter_map(|one| unbound_account(look, one));
    let lists = [missing(look, all), stuck(look, all), mixed(look, all)];
    let troubles = lists.into_iter().flatten().chain(unbound).collect();
    Some(say.all(troubles).unwrap_or_else(|| {
        let version = all.iter().find_map(|one| one.version.as_deref());
        let version = version.map_or(String::new(), |version| format!(", of Flux {version}"));
        let names = all.iter().map(|one| short(&one.name));
        let names: Vec<&str> = names.collect();
        let count = all.len();
        say.pass(format!(
            "{count} controllers are ready{version}: {}",
            names.join(", ")
        ))
    }))
}

fn short(name: &str) -> &str {
    name.strip_suffix("-controller").unwrap_or(name)
}

/// A trouble of what runs: bootstrap may well mend it, and waits for it to be mended.
fn of_running(look: &Look<'_>, detail: String, help: String) -> Trouble {
    match look.plan {
        Some(_) => Trouble::light(detail, help),
        None => Trouble::fatal(detail, help),
    }
}

fn missing(look: &Look<'_>, all: &[ControllerFacts]) -> Option<Trouble> {
    let is_there = |name: &&&str| all.iter().any(|one| one.name == **name);
    let missing: Vec<&str> = MANDATORY.iter().filter(|n| !is_there(n)).copied().collect();
    if missing.is_empty() {
        return None;
    }
    let detail = format!(
        "the namespace has {}, and not {}",
        few(all.iter().map(|one| one.name.as_str())),
        missing.join(" and ")
    );
    Some(of_running(look, detail, "bootstrap installs it".to_owned()))
}

fn stuck(look: &Look<'_>, all: &[ControllerFacts]) -> Option<Trouble> {
    let stuck = all
        .iter()
        .filter_map(|one| Some((&one.name, one.trouble.as_deref()?)));
    let stuck: Vec<(&String, &str)> = stuck.collect();
    let (first, _) = stuck.first()?;
    let told = stuck.iter().map(|(name, why)| match why.is_empty() {
        true => format!("{name} is not ready"),
        false => format!("{name}: {why}"),
    });
    let told: Vec<String> = told.collect();
    let waits = match look.plan {
        Some(_) => "; bootstrap waits for all of them until its --timeout",
        None => "",
    };
    let detail = format!("{}{waits}", told.join(", "));
    let namespace = look.in_namespace();
    let help = format!(
        "`kubectl {namespace} describe deployment {first}` and `kubectl {namespace} logs deployment/{first}` say why"
    );
    Some(of_running(look, detail, help))
}

/// Controllers of different versions of Flux: an upgrade that stopped half-way.
fn mixed(look: &Look<'_>, all: &[ControllerFacts]) -> Option<Trouble> {
    let mut versions: Vec<&str> = all
        .iter()
        .filter_map(|one| one.version.as_deref())
        .collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() < 2 {
        return None;
    }
    let told = versions.iter().map(|version| {
        let of = all
            .iter()
            .filter(|one| one.version.as_deref() == Some(version));
        let of: Vec<&str> = of.map(|one| short(&one.name)).collect();
        format!("{version} ({})", of.join(", "))
    });
    let told: Vec<String> = told.collect();
    let detail = format!(
        "the controllers are of different versions of Flux: {}",
        told.join(", ")
    );
    let help = match look.plan {
        Some(_) => {
            "bootstrap brings all to one version; those that it does not know stay as they are"
        }
        None => "`homelab bootstrap` brings all to one version",
    };
    Some(Trouble::light(detail, help))
}

/// A controller whose ServiceAccount may do nothing.
fn unbound_account(look: &Look<'_>, one: &ControllerFacts) -> Option<Trouble> {
    let bindings = one.bound_by.as_ref().ok()?;
    if bindings.iter().any(|binding| binding.is_everywhere) {
        return None;
    }
    let namespace = &look.cluster.flux_namespace;
    let how = match bindings.first() {
        None => "no ClusterRoleBinding names it, so the controller may do nothing".to_owned(),
        Some(binding) => format!(
            "only the RoleBinding {} names it, so the controller sees nothing outside of {namespace}",
            binding.name
        ),
    };
    let detail = format!(
        "{} runs as ServiceAccount {namespace}/{}: {how}",
        one.name, one.service_account
    );
    let help = match (look.plan, one.service_account == one.name) {
        (Some(_), true) => format!(
            "bootstrap brings the ClusterRoleBinding crd-controller-{namespace}, which names it"
        ),
        _ => format!(
            "`flux install --export` has the ClusterRoleBinding crd-controller-{namespace} that names {}; a ServiceAccount of another name needs one like it",
            one.name
        ),
    };
    Some(of_running(look, detail, help))
}

pub(super) fn image_controllers(look: &Look<'_>) -> Option<Check> {
    let say = Say::new(
        "cluster/image-controllers",
        "the image controllers are there, with their roles",
    );
    let (who, needed) = needed(look)?;
    if let Some(plan) = look.plan {
        let dropped = needed.iter().filter(|name| !plans(plan, name));
        let dropped: Vec<&str> = dropped.copied().collect();
        if !dropped.is_empty() {
            return Some(not_planned(look, say, &who, &dropped));
        }
    }
    let running = match (&look.cluster.controllers, look.plan) {
        (Ok(running), _) => running,
        (Err(_), Some(_)) => return Some(say.pass(installs(&who, &needed))),
        (Err(why), None) => return Some(say.unavailable(why)),
    };
    let find = |name: &&str| running.iter().find(|one| one.name == *name);
    let absent: Vec<&str> = needed
        .iter()
        .filter(|name| find(name).is_none())
        .copied()
        .collect();
    let found: Vec<&ControllerFacts> = needed.iter().filter_map(find).collect();
    let mut troubles: Vec<Trouble> = found
        .iter()
        .filter_map(|one| unbound_account(look, one))
        .collect();
    if look.plan.is_none() && !absent.is_empty() {
        let detail = format!("{who}, and the cluster lacks {}", absent.join(" and "));
        let help = format!(
            "`homelab bootstrap --components-extra={REFLECTOR},{AUTOMATION}` installs them"
        );
        troubles.insert(0, Trouble::fatal(detail, help));
    }
    if let Some(check) = say.all(troubles) {
        return Some(check);
    }
    let unknown = found.iter().find_map(|one| one.bound_by.as_ref().err());
    Some(match (unknown, look.plan) {
        (Some(why), None) => say.unavailable(why),
        _ if absent.is_empty() => {
            let names = needed.join(" and ");
            say.pass(format!("{who}, and {names} run with their roles"))
        }
        _ => say.pass(installs(&who, &absent)),
    })
}

fn installs(who: &str, names: &[&str]) -> String {
    format!("{who}, and bootstrap installs {}", names.join(" and "))
}

/// Returns who needs image controllers, and which.
fn needed(look: &Look<'_>) -> Option<(String, Vec<&'static str>)> {
    let kinds = look.repository().map_or(&[][..], |r| &r.image_kinds);
    let live = look
        .cluster
        .automations
        .as_ref()
        .map_or(&[][..], Vec::as_slice);
    let updates = kinds
        .iter()
        .any(|(kind, _)| kind == "ImageUpdateAutomation")
        || !live.is_empty();
    let needed = match updates {
        true => vec![REFLECTOR, AUTOMATION],
        false => vec![REFLECTOR],
    };
    let of_repository = kinds.first().map(|_| {
        let told = kinds
            .iter()
            .map(|(kind, place)| format!("{kind} ({place})"));
        let told: Vec<String> = told.collect();
        format!(
            "the repository uses {}",
            few(told.iter().map(String::as_str))
        )
    });
    let of_cluster = live
        .first()
        .map(|one| format!("the cluster has ImageUpdateAutomation {}", one.id));
    Some((of_repository.or(of_cluster)?, needed))
}

fn plans(plan: &Plan, name: &str) -> bool {
    let components = plan.components.iter().flat_map(|chosen| &chosen.value);
    let extra = plan.components_extra.iter().map(|chosen| &chosen.value);
    components.chain(extra).any(|planned| planned == name)
}

fn not_planned(look: &Look<'_>, say: Say, who: &str, dropped: &[&str]) -> Check {
    let names = dropped.join(" and ");
    let running = look
        .cluster
        .controllers
        .as_ref()
        .map_or(&[][..], Vec::as_slice);
    let runs = dropped
        .iter()
        .any(|name| running.iter().any(|one| one.name == *name));
    let detail = match runs {
        true => format!(
            "{who}, and the plan leaves out {names}: bootstrap removes what runs of that now, with the CRDs, and these take all their objects along (flux2#5222)"
        ),
        false => format!(
            "{who}, and the plan leaves out {names}: nothing would know their kinds (\"no matches for kind\")"
        ),
    };
    say.fail(
        detail,
        format!("`--components-extra={REFLECTOR},{AUTOMATION}`"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::samples::{binding, bootstrapped, cluster, controller, first, fresh};
    use super::*;
    use crate::flux::ObjectRef;
    use crate::preflight::cluster::CONTROLLERS;
    use crate::preflight::fact::Unavailable;
    use crate::preflight::{Facts, LiveAutomation};

    const RUN: &str = "cluster/controllers";
    const IMAGE: &str = "cluster/image-controllers";

    fn doctor() -> Facts {
        let mut facts = bootstrapped();
        facts.plan = None;
        facts
    }

    fn running(facts: &mut Facts) -> &mut Vec<ControllerFacts> {
        cluster(facts).controllers.as_mut().unwrap()
    }

    #[test]
    fn controllers_run_or_not() {
        let named = [MANDATORY, [REFLECTOR, AUTOMATION]].concat();
        assert!(named.iter().all(|name| CONTROLLERS.contains(name)));
        insta::assert_snapshot!(first(&fresh(), RUN), @"
        pass cluster/controllers: there are none in flux-system yet; bootstrap installs them
        ");
        insta::assert_snapshot!(first(&bootstrapped(), RUN), @"
        pass cluster/controllers: 2 controllers are ready, of Flux v2.7.5: source, kustomize
        ");
        let mut none = fresh();
        none.plan = None;
        insta::assert_snapshot!(first(&none, RUN), @"
        warn cluster/controllers: Flux is not installed in the namespace flux-system
          help: `homelab bootstrap` installs it; -n names another namespace
        ");
        let mut facts = doctor();
        let all = running(&mut facts);
        all[0].trouble = Some("0 of 1 pods are ready".to_owned());
        all[1].version = Some("v2.6.0".to_owned());
        insta::assert_snapshot!(first(&facts, RUN), @"
        fail cluster/controllers: source-controller: 0 of 1 pods are ready; the controllers are of different versions of Flux: v2.6.0 (kustomize), v2.7.5 (source)
          help: `kubectl -n flux-system describe deployment source-controller` and `kubectl -n flux-system logs deployment/source-controller` say why; `homelab bootstrap` brings all to one version
        ");
        let mut facts = bootstrapped();
        running(&mut facts)[0].trouble = Some(String::new());
        insta::assert_snapshot!(first(&facts, RUN), @"
        warn cluster/controllers: source-controller is not ready; bootstrap waits for all of them until its --timeout
          help: `kubectl -n flux-system describe deployment source-controller` and `kubectl -n flux-system logs deployment/source-controller` say why
        ");
        running(&mut facts).remove(0);
        insta::assert_snapshot!(first(&facts, RUN), @"
        warn cluster/controllers: the namespace has kustomize-controller, and not source-controller
          help: bootstrap installs it
        ");
        cluster(&mut facts).controllers = Err(Unavailable::not_asked("nobody asked"));
        insta::assert_snapshot!(first(&facts, RUN), @"
        unknown cluster/controllers: nobody asked
        ");
    }

    #[test]
    fn an_account_without_roles_is_seen() {
        let mut facts = doctor();
        running(&mut facts)[1].bound_by = Ok(Vec::new());
        insta::assert_snapshot!(first(&facts, RUN), @"
        fail cluster/controllers: kustomize-controller runs as ServiceAccount flux-system/kustomize-controller: no ClusterRoleBinding names it, so the controller may do nothing
          help: `flux install --export` has the ClusterRoleBinding crd-controller-flux-system that names kustomize-controller; a ServiceAccount of another name needs one like it
        ");
        let mut facts = bootstrapped();
        running(&mut facts)[1].bound_by = Ok(vec![binding("local", "edit", false)]);
        insta::assert_snapshot!(first(&facts, RUN), @"
        warn cluster/controllers: kustomize-controller runs as ServiceAccount flux-system/kustomize-controller: only the RoleBinding local names it, so the controller sees nothing outside of flux-system
          help: bootstrap brings the ClusterRoleBinding crd-controller-flux-system, which names it
        ");
        running(&mut facts)[1].bound_by = Err(Unavailable::not_asked("nobody asked"));
        assert!(first(&facts, RUN).starts_with("pass"));
    }

    fn with_images(mut facts: Facts) -> Facts {
        let kinds = ["ImagePolicy", "ImageUpdateAutomation"];
        let kinds = kinds.map(|kind| (kind.to_owned(), "apps/web.yaml:1".to_owned()));
        facts.repository.as_mut().unwrap().image_kinds = kinds.to_vec();
        facts
    }

    #[test]
    fn image_kinds_need_their_controllers_in_the_plan() {
        assert_eq!(first(&bootstrapped(), IMAGE), "");
        insta::assert_snapshot!(first(&with_images(bootstrapped()), IMAGE), @"
        pass cluster/image-controllers: the repository uses ImagePolicy (apps/web.yaml:1), ImageUpdateAutomation (apps/web.yaml:1), and bootstrap installs image-reflector-controller and image-automation-controller
        ");
        insta::assert_snapshot!(first(&with_images(fresh()), IMAGE), @"
        pass cluster/image-controllers: the repository uses ImagePolicy (apps/web.yaml:1), ImageUpdateAutomation (apps/web.yaml:1), and bootstrap installs image-reflector-controller and image-automation-controller
        ");
        let mut facts = with_images(fresh());
        facts.plan.as_mut().unwrap().components_extra.pop();
        insta::assert_snapshot!(first(&facts, IMAGE), @r#"
        fail cluster/image-controllers: the repository uses ImagePolicy (apps/web.yaml:1), ImageUpdateAutomation (apps/web.yaml:1), and the plan leaves out image-automation-controller: nothing would know their kinds ("no matches for kind")
          help: `--components-extra=image-reflector-controller,image-automation-controller`
        "#);
        let mut facts = with_images(bootstrapped());
        running(&mut facts).push(controller(REFLECTOR));
        facts.plan.as_mut().unwrap().components_extra.clear();
        insta::assert_snapshot!(first(&facts, IMAGE), @"
        fail cluster/image-controllers: the repository uses ImagePolicy (apps/web.yaml:1), ImageUpdateAutomation (apps/web.yaml:1), and the plan leaves out image-reflector-controller and image-automation-controller: bootstrap removes what runs of that now, with the CRDs, and these take all their objects along (flux2#5222)
          help: `--components-extra=image-reflector-controller,image-automation-controller`
        ");
        cluster(&mut facts).controllers = Err(Unavailable::not_asked("nobody asked"));
        assert!(first(&facts, IMAGE).starts_with("fail"));
        assert!(first(&with_images(bootstrapped()), IMAGE).starts_with("pass"));
    }

    #[test]
    fn image_controllers_made_by_hand_may_lack_their_roles() {
        let mut facts = with_images(doctor());
        insta::assert_snapshot!(first(&facts, IMAGE), @"
        fail cluster/image-controllers: the repository uses ImagePolicy (apps/web.yaml:1), ImageUpdateAutomation (apps/web.yaml:1), and the cluster lacks image-reflector-controller and image-automation-controller
          help: `homelab bootstrap --components-extra=image-reflector-controller,image-automation-controller` installs them
        ");
        running(&mut facts).push(controller(REFLECTOR));
        running(&mut facts).push(ControllerFacts {
            bound_by: Ok(Vec::new()),
            ..controller(AUTOMATION)
        });
        insta::assert_snapshot!(first(&facts, IMAGE), @"
        fail cluster/image-controllers: image-automation-controller runs as ServiceAccount flux-system/image-automation-controller: no ClusterRoleBinding names it, so the controller may do nothing
          help: `flux install --export` has the ClusterRoleBinding crd-controller-flux-system that names image-automation-controller; a ServiceAccount of another name needs one like it
        ");
        let mut planned = facts.clone();
        planned.plan = bootstrapped().plan;
        insta::assert_snapshot!(first(&planned, IMAGE), @"
        warn cluster/image-controllers: image-automation-controller runs as ServiceAccount flux-system/image-automation-controller: no ClusterRoleBinding names it, so the controller may do nothing
          help: bootstrap brings the ClusterRoleBinding crd-controller-flux-system, which names it
        ");
        let all = running(&mut facts);
        all.pop();
        all.push(controller(AUTOMATION));
        insta::assert_snapshot!(first(&facts, IMAGE), @"
        pass cluster/image-controllers: the repository uses ImagePolicy (apps/web.yaml:1), ImageUpdateAutomation (apps/web.yaml:1), and image-reflector-controller and image-automation-controller run with their roles
        ");
        running(&mut facts).last_mut().unwrap().bound_by =
            Err(Unavailable::not_asked("nobody asked"));
        assert_eq!(
            first(&facts, IMAGE),
            "unknown cluster/image-controllers: nobody asked"
        );
    }

    #[test]
    fn automations_of_the_cluster_alone_need_them_too() {
        let mut facts = doctor();
        cluster(&mut facts).automations = Ok(vec![LiveAutomation {
            id: ObjectRef::new("flux-system", "apps"),
            trouble: None,
            pushed: None,
        }]);
        insta::assert_snapshot!(first(&facts, IMAGE), @"
        fail cluster/image-controllers: the cluster has ImageUpdateAutomation flux-system/apps, and the cluster lacks image-reflector-controller and image-automation-controller
          help: `homelab bootstrap --components-extra=image-reflector-controller,image-automation-controller` installs them
        ");
    }
}
