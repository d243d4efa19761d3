//! Whether the controllers of Flux run: without them nothing else is true for long.

use serde_json::Value;

use super::facts::Query;
use super::look::Seen;
use super::story::{Cause, Confidence, Story, Verdict};
use super::thing::Thing;
use super::walk::walk;
use super::workload;
use crate::flux::live::controller_of;

/// Returns which Deployments to ask for: all beside the controllers, for older ones have no label.
pub(super) fn query(namespace: &str) -> Query {
    Query {
        group: "apps".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: Some(namespace.to_owned()),
        labels: None,
    }
}

/// Blames the controller of an object where it does not run, or where it does not react though it does. Tells whether it did.
pub(super) fn blame(story: &mut Story<'_>, thing: &Thing, is_unheard: bool) -> bool {
    let Some(name) = controller_of(&thing.group, &thing.kind) else {
        return false;
    };
    let namespace = story.look.flux_namespace;
    let controller = Thing::new("apps", "Deployment", namespace, name);
    let all = match story.look.objects(&query(namespace)) {
        Seen::There(all) => all,
        Seen::Refused(why) => {
            story.aside(&controller, "controller", Verdict::Unknown, why);
            return false;
        }
        Seen::Gone | Seen::Pending => return false,
    };
    let named =
        |object: &&&Value| object.pointer("/metadata/name").and_then(Value::as_str) == Some(name);
    match all.iter().find(named) {
        Some(object) => {
            let replicas = workload::replicas(object);
            is_down(story, &controller, &replicas, object)
                || is_unheard && is_silent(story, thing, &controller)
        }
        None if is_unheard => {
            is_missing(story, thing, &controller);
            true
        }
        None => false,
    }
}

fn is_down(
    story: &mut Story<'_>,
    controller: &Thing,
    replicas: &workload::Replicas,
    object: &Value,
) -> bool {
    if replicas.ready > 0 {
        let told = format!("{} of {} ready", replicas.ready, replicas.wanted);
        story.aside(controller, "controller", Verdict::Ok, told);
        return false;
    }
    let why = match replicas.wanted {
        0 => "it is scaled to 0".to_owned(),
        wanted => format!("0 of {wanted} pods are ready"),
    };
    let message = format!("{} does not run: {why}", controller.name);
    let mut cause = Cause::new("controller-down", controller, Confidence::Certain, message);
    cause =
        cause.help("until it runs, nothing of its kinds is worked on, and what they say is old");
    cause = match replicas.wanted {
        0 => cause.next(format!(
            "kubectl scale {} --replicas=1",
            controller.kubectl()
        )),
        _ => cause.next(format!("kubectl describe {}", controller.kubectl())),
    };
    story.blame(cause);
    if Thing::of(object).as_ref() == Some(controller) {
        walk(story, controller, "controller");
    }
    true
}

/// The controller runs and does not react.
fn is_silent(story: &mut Story<'_>, thing: &Thing, controller: &Thing) -> bool {
    let message = format!("{} runs, and does not react to {thing}", controller.name);
    let logs = format!(
        "kubectl -n {} logs deployment/{}",
        controller.namespace, controller.name
    );
    let cause = Cause::new("controller-silent", controller, Confidence::Possible, message)
        .help("it may be busy, started a moment ago, or watch other namespaces only; its log says what it does")
        .next(logs);
    story.blame(cause);
    true
}

fn is_missing(story: &mut Story<'_>, thing: &Thing, controller: &Thing) {
    let message = format!(
        "there is no {} in {} that would work on {thing}",
        controller.name, controller.namespace
    );
    let mut cause = Cause::new(
        "controller-missing",
        controller,
        Confidence::Likely,
        message,
    );
    cause = match controller.name.starts_with("image-") || controller.name == "source-watcher" {
        true => cause.help(extra(&controller.name)),
        false => cause.help("where Flux is installed elsewhere, FLUX_SYSTEM_NAMESPACE says so"),
    };
    story.blame(cause.next("flux check"));
}

/// Says how an optional controller is installed.
pub(super) fn extra(name: &str) -> String {
    let components = match name {
        "source-watcher" => "source-watcher",
        _ => "image-reflector-controller,image-automation-controller",
    };
    format!(
        "`flux bootstrap` installs it with --components-extra={components}, at every upgrade again"
    )
}
