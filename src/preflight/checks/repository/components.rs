//! Whether bootstrap installs the controllers that the repository needs, and drops none that is there.

use super::{check, count, pass, some, trouble};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::cluster::{Minor, NEWEST, versions_of};
use crate::preflight::facts::{Facts, Installed, OldApi, RepositoryFacts};
use crate::preflight::plan::{DEFAULT_COMPONENTS as DEFAULT, Plan};
use crate::preflight::version::Version;

/// Kinds of images, with the controller of each.
const IMAGE: [(&str, &str); 3] = [
    ("ImageRepository", "image-reflector-controller"),
    ("ImagePolicy", "image-reflector-controller"),
    ("ImageUpdateAutomation", "image-automation-controller"),
];

pub(super) fn checks(repository: &RepositoryFacts, facts: &Facts) -> Vec<Check> {
    let plan = facts.plan.as_ref();
    let installed = repository.installed.as_ref();
    let mut checks = Vec::new();
    if let Some(there) = planned(plan, installed) {
        checks.extend(image(repository, &there, plan));
        checks.extend(others(repository, &there, plan));
    }
    if let (Some(plan), Some(installed)) = (plan, installed) {
        checks.push(dropped(installed, plan));
    }
    checks.extend(version(repository, facts));
    checks
}

/// Returns the components that there will be: those of the plan, and without one those that are installed.
fn planned(plan: Option<&Plan>, installed: Option<&Installed>) -> Option<Vec<String>> {
    let Some(plan) = plan else {
        return installed.map(|installed| installed.components.clone());
    };
    let base = match &plan.components {
        Some(components) => components.value.clone(),
        None => DEFAULT.map(str::to_owned).to_vec(),
    };
    let extra = plan
        .components_extra
        .iter()
        .map(|extra| extra.value.clone());
    Some(base.into_iter().chain(extra).collect())
}

fn image(repository: &RepositoryFacts, there: &[String], plan: Option<&Plan>) -> Option<Check> {
    const WHAT: (&str, &str) = ("components/image", "the image controllers are installed");
    let needed: Vec<(&str, &String, &String)> = repository
        .image_kinds
        .iter()
        .filter_map(|(kind, place)| {
            let (_, controller) = IMAGE.iter().find(|(known, _)| known == kind)?;
            Some((*controller, kind, place))
        })
        .collect();
    needed.first()?;
    let has = |controller: &str| there.iter().any(|name| name == controller);
    let mut missing: Vec<&str> = needed.iter().map(|(controller, ..)| *controller).collect();
    missing.retain(|controller| !has(controller));
    missing.dedup();
    let Some((_, kind, place)) = needed.iter().find(|(name, ..)| missing.contains(name)) else {
        let mut controllers: Vec<&str> = needed.iter().map(|(name, ..)| *name).collect();
        controllers.sort();
        controllers.dedup();
        let kinds = some(
            needed
                .iter()
                .map(|(_, kind, place)| format!("{kind} ({place})")),
        );
        let detail = format!("{} for {kinds}", controllers.join(" and "));
        return Some(pass(WHAT.0, WHAT.1, detail));
    };
    let both = "`--components-extra=image-reflector-controller,image-automation-controller`";
    let detail = format!(
        "{kind} ({place}) needs {}, which is not installed",
        missing.join(" and ")
    );
    let help = match plan {
        Some(_) => format!("add {both}"),
        None => format!("run flux bootstrap once more, with {both}"),
    };
    Some(trouble(Verdict::Fail, WHAT, detail, help))
}

fn others(repository: &RepositoryFacts, there: &[String], plan: Option<&Plan>) -> Vec<Check> {
    const WHAT: (&str, &str) = ("components/needed", "the other controllers are installed");
    let needed = repository.needed_components.iter();
    let missing = needed.filter(|(controller, _)| !there.contains(controller));
    let missing = missing.map(|(controller, what)| {
        let flag = match DEFAULT.contains(&controller.as_str()) {
            true => "--components",
            false => "--components-extra",
        };
        let detail = format!("{what} needs {controller}, which is not installed");
        let help = match plan {
            Some(_) => format!("name {controller} in `{flag}`"),
            None => format!("run flux bootstrap once more, with {controller} in `{flag}`"),
        };
        trouble(Verdict::Fail, WHAT, detail, help)
    });
    missing.collect()
}

/// Flux prunes what its own files no longer hold: the CRDs of a controller, and with them all its objects (flux2#5222).
fn dropped(installed: &Installed, plan: &Plan) -> Check {
    const WHAT: (&str, &str) = ("components/dropped", "no controller is dropped");
    let there = planned(Some(plan), None).unwrap_or_default();
    let dropped = installed
        .components
        .iter()
        .filter(|name| !there.contains(name));
    let dropped: Vec<&str> = dropped.map(String::as_str).collect();
    let Installed {
        file, components, ..
    } = installed;
    if dropped.is_empty() {
        let detail = format!(
            "all {} of {file} stay",
            count(components.len(), "component", "components")
        );
        return pass(WHAT.0, WHAT.1, detail);
    }
    let (base, extra): (Vec<&str>, Vec<&str>) =
        dropped.iter().partition(|name| DEFAULT.contains(name));
    let mut flags = Vec::new();
    if !extra.is_empty() {
        flags.push(format!("`--components-extra={}`", extra.join(",")));
    }
    if !base.is_empty() {
        flags.push(format!("{} in `--components`", base.join(",")));
    }
    let detail = format!(
        "{file} has {}, which bootstrap would leave out: Flux then deletes the controllers, their CRDs, and every \
         object of those kinds",
        dropped.join(" and ")
    );
    let help = format!("add {}", flags.join(" and "));
    trouble(Verdict::Fail, WHAT, detail, help)
}

/// Compares the version that is installed with the one that would be.
fn version(repository: &RepositoryFacts, facts: &Facts) -> Option<Check> {
    const WHAT: (&str, &str) = ("components/version", "the version of Flux fits");
    let tool = facts.machine.tools.iter().find(|tool| tool.name == "flux");
    let said = tool.and_then(|tool| tool.version.as_ref().ok());
    let installed = repository
        .installed
        .as_ref()
        .and_then(|installed| installed.version.as_deref());
    let now = installed.and_then(|version| Some((version, Version::read(version)?)));
    let next = said.and_then(|version| Some((version.as_str(), Version::read(version)?)));
    let Some((next_text, next)) = next.filter(|_| facts.plan.is_some()) else {
        return without_tool(repository, now, facts);
    };
    let gone = gone(repository, next);
    if !gone.is_empty() {
        let detail = format!("Flux {next_text} does not have {}", unserved(&gone));
        return Some(trouble(Verdict::Fail, WHAT, detail, migrate(next)));
    }
    let Some((now_text, now)) = now else {
        return Some(pass(
            WHAT.0,
            WHAT.1,
            format!("flux {next_text} is to be installed"),
        ));
    };
    Some(match () {
        () if now == next => pass(
            WHAT.0,
            WHAT.1,
            format!("{now_text} is installed, and flux is {next_text}"),
        ),
        () if now > next => {
            let detail = format!(
                "{now_text} is installed, and flux on this machine is {next_text}: bootstrap would go back to that"
            );
            let verdict = match now.minor() > next.minor() {
                true => Verdict::Fail,
                false => Verdict::Warn,
            };
            trouble(
                verdict,
                WHAT,
                detail,
                format!("install flux {now_text} or newer: https://fluxcd.io/flux/installation/"),
            )
        }
        () => pass(
            WHAT.0,
            WHAT.1,
            format!("{now_text} is installed, and would become {next_text}"),
        ),
    })
}

/// Without the program only the version that is installed can be looked at.
fn without_tool(
    repository: &RepositoryFacts,
    now: Option<(&str, Version)>,
    facts: &Facts,
) -> Option<Check> {
    const WHAT: (&str, &str) = ("components/version", "the version of Flux fits");
    let (text, version) = now?;
    let gone = gone(repository, version);
    if !gone.is_empty() {
        let detail = format!(
            "Flux {text}, which is installed, does not have {}",
            unserved(&gone)
        );
        return Some(trouble(Verdict::Fail, WHAT, detail, migrate(version)));
    }
    facts.plan.as_ref()?;
    let detail = format!("{text} is installed; the version of flux on this machine is not known");
    Some(check(Verdict::Unknown, WHAT.0, WHAT.1, detail))
}

/// `flux migrate` rewrites the files; in a cluster it has to run before the upgrade (flux2 v2.9).
fn migrate(version: Version) -> String {
    let Version { major, minor, .. } = version;
    format!(
        "`flux migrate -f . --version={major}.{minor} --dry-run` shows what to change, without `--dry-run` it \
         does; commit and \
         push that, and where Flux runs already, let `flux migrate` rewrite what the cluster holds first"
    )
}

/// Returns the objects in API versions that a version of Flux does not have.
fn gone(repository: &RepositoryFacts, version: Version) -> Vec<&OldApi> {
    let minor = |number| u32::try_from(number).unwrap_or(u32::MAX);
    let flux = Minor::new(minor(version.major), minor(version.minor)).min(NEWEST);
    let is_gone = |old: &&OldApi| {
        let (_, version) = old.api_version.split_once('/').unwrap_or_default();
        versions_of(&old.kind, flux).is_some_and(|known| !known.contains(&version))
    };
    repository.old_apis.iter().filter(is_gone).collect()
}

/// Returns how many API versions are not there any more, and the first objects in them.
fn unserved(gone: &[&OldApi]) -> String {
    let objects = gone
        .iter()
        .map(|old| format!("{} of {} ({})", old.api_version, old.kind, old.place));
    let number = count(gone.len(), "object", "objects");
    format!("the API versions of {number}: {}", some(objects))
}
