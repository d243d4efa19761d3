use std::collections::BTreeSet;

use serde_json::json;

use super::*;

const NOW: &str = "2026-11-21T12:00:00Z";
/// Eleven minutes ago.
const BEFORE: &str = "2026-11-21T11:49:00Z";

/// A cluster of values, that answers as an API server does.
#[derive(Default)]
struct Fake {
    objects: Vec<Value>,
    events: Vec<Value>,
    log: Option<&'static str>,
    forbidden: Vec<&'static str>,
}

impl Fake {
    fn of(objects: Vec<Value>) -> Self {
        Fake {
            objects,
            ..Fake::default()
        }
    }

    fn answer(&self, question: &Question) -> Answer {
        let refused = |kind: &str| self.forbidden.contains(&kind);
        let forbidden = || Answer::Refused(Refusal::Forbidden("get".to_owned()));
        let things = || {
            self.objects
                .iter()
                .map(|object| (Thing::of(object).unwrap(), object))
        };
        match question {
            Question::Object(thing) if refused(&thing.kind) => forbidden(),
            Question::Objects(query) if refused(&query.kind) => forbidden(),
            Question::Object(thing) => {
                let mut all = things().filter(|(other, _)| other == thing);
                Answer::Object(all.next().map(|(_, object)| object.clone()))
            }
            Question::Objects(query) => {
                let fits = |thing: &Thing| {
                    let within = query
                        .namespace
                        .as_ref()
                        .is_none_or(|n| *n == thing.namespace);
                    thing.group == query.group && thing.kind == query.kind && within
                };
                let all = things().filter(|(thing, _)| fits(thing));
                Answer::Objects(all.map(|(_, object)| object.clone()).collect())
            }
            Question::Events(thing) => {
                let of = |event: &&Value| event["involvedObject"]["name"] == json!(thing.name);
                Answer::Objects(self.events.iter().filter(of).cloned().collect())
            }
            Question::Log(_) => Answer::Log(self.log.map(str::to_owned)),
        }
    }

    /// Asks round by round, as the command does; returns what was asked, too.
    fn diagnose(&self, subject: &Subject) -> (Vec<Diagnosis>, Vec<Question>) {
        let setting = Setting {
            now: NOW.parse::<jiff::Timestamp>().unwrap().as_second(),
            flux_namespace: "flux-system",
        };
        let mut facts = Facts::default();
        let mut asked = Vec::new();
        for _ in 0..40 {
            let (diagnoses, questions) = diagnose(&facts, subject, setting);
            if questions.is_empty() {
                let once: BTreeSet<&Question> = asked.iter().collect();
                assert_eq!(once.len(), asked.len(), "nothing is asked twice");
                return (diagnoses, asked);
            }
            for question in questions {
                facts.add(question.clone(), self.answer(&question));
                asked.push(question);
            }
        }
        panic!("it never ends");
    }

    /// Returns the ids of the causes of one object.
    fn causes(&self, thing: &Thing) -> Vec<&'static str> {
        let (diagnoses, _) = self.diagnose(&Subject::Object(thing.clone()));
        diagnoses[0].causes.iter().map(|cause| cause.id).collect()
    }

    /// Returns the first cause of one object: its id and message.
    fn cause(&self, thing: &Thing) -> (&'static str, String) {
        let (diagnoses, _) = self.diagnose(&Subject::Object(thing.clone()));
        let cause = &diagnoses[0].causes[0];
        (cause.id, cause.message.clone())
    }
}

fn flux(kind: &str, name: &str, spec: Value, ready: (&str, &str, &str)) -> Value {
    let thing = Thing::of_kind(kind, "flux-system", name).unwrap();
    let version = thing.flux_kind().unwrap().version;
    let (status, reason, message) = ready;
    let mut spec = spec;
    if kind == "Kustomization" && spec.get("sourceRef").is_none() {
        spec["sourceRef"] = json!({"kind": "GitRepository", "name": "fleet"});
    }
    json!({"apiVersion": format!("{}/{version}", thing.group), "kind": kind,
        "metadata": {"namespace": "flux-system", "name": name, "generation": 1, "creationTimestamp": BEFORE},
        "spec": spec,
        "status": {"observedGeneration": 1, "lastAppliedRevision": "main@sha1:a", "artifact": {"revision": "main@sha1:a", "lastUpdateTime": BEFORE},
            "conditions": [{"type": "Ready", "status": status, "reason": reason, "message": message, "lastTransitionTime": BEFORE}]}})
}

const READY: (&str, &str, &str) = ("True", "ReconciliationSucceeded", "");

fn fleet() -> Value {
    flux("GitRepository", "fleet", json!({}), READY)
}

fn thing(kind: &str, name: &str) -> Thing {
    Thing::of_kind(kind, "flux-system", name).unwrap()
}

/// A Deployment that is not ready, its pod with one container in this state, and the Deployment as a thing.
fn workload(pod_spec: Value, status: Value) -> (Vec<Value>, Thing) {
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "web", "name": "site", "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "site"}}}, "status": {"observedGeneration": 1}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "web", "name": "site-1"}, "spec": pod_spec, "status": status});
    (
        vec![deployment, pod],
        Thing::new("apps", "Deployment", "web", "site"),
    )
}

fn container(state: Value, last: Value) -> Value {
    json!({"phase": "Running", "containerStatuses": [{"name": "app", "image": "ghcr.io/me/site:1", "ready": false, "restartCount": 4,
        "state": state, "lastState": last}]})
}

fn event(name: &str, message: &str) -> Value {
    json!({"involvedObject": {"name": name}, "type": "Warning", "reason": "Failed", "message": message, "lastTimestamp": BEFORE, "count": 2})
}

fn crashing(log: &'static str, code: i64) -> (Fake, Thing) {
    let last = json!({"terminated": {"exitCode": code, "reason": "Error"}});
    let (objects, thing) = workload(
        json!({}),
        container(json!({"waiting": {"reason": "CrashLoopBackOff"}}), last),
    );
    let fake = Fake {
        log: Some(log),
        ..Fake::of(objects)
    };
    (fake, thing)
}

#[test]
fn the_last_words_of_a_container_are_told_without_credentials() {
    let (fake, thing) = crashing(
        "start\nconnecting with password=hunter2\nfatal: no route to db\n",
        1,
    );
    let (diagnoses, _) = fake.diagnose(&Subject::Object(thing));
    let diagnosis = &diagnoses[0];
    assert_eq!(diagnosis.causes[0].id, "crash-loop");
    assert!(
        diagnosis.causes[0]
            .message
            .ends_with("its last words: fatal: no route to db")
    );
    let log = diagnosis
        .steps
        .iter()
        .find(|step| step.check == "log")
        .unwrap();
    assert_eq!(
        log.detail,
        "start\nconnecting with password=***\nfatal: no route to db"
    );
}

#[test]
fn last_words_that_are_known_name_the_cause() {
    for (log, code, id) in [
        ("exec /app: exec format error", 255, "image-architecture"),
        ("open /data/db: permission denied", 1, "permission-denied"),
        ("write /data: no space left on device", 1, "disk-full"),
        ("", 127, "crash-loop"),
    ] {
        let (fake, thing) = crashing(log, code);
        assert_eq!(fake.causes(&thing), [id], "{log}");
    }
}

#[test]
fn a_probe_that_kills_is_told_from_a_crash() {
    let (mut fake, thing) = crashing("listening", 137);
    fake.events = vec![event(
        "site-1",
        "Liveness probe failed: Get \"http://10.0.0.1/\": context deadline exceeded",
    )];
    assert_eq!(fake.causes(&thing), ["probe-kills"]);
}

#[test]
fn what_registries_say_is_told_apart() {
    for (message, id) in [
        (
            "failed to resolve reference: pull access denied, repository does not exist or may require authorization",
            "image-not-found",
        ),
        (
            "failed to authorize: failed to fetch oauth token: unexpected status: 403 Forbidden",
            "image-denied",
        ),
        (
            "no match for platform in manifest: not found",
            "image-architecture",
        ),
        (
            "429 Too Many Requests - Server message: toomanyrequests",
            "image-rate-limit",
        ),
        (
            "dial tcp: lookup ghcr.io: no such host",
            "registry-unreachable",
        ),
        (
            "x509: certificate signed by unknown authority",
            "image-certificate",
        ),
    ] {
        let state = json!({"waiting": {"reason": "ImagePullBackOff", "message": format!("Back-off pulling image: ErrImagePull: {message}")}});
        let (objects, thing) = workload(json!({}), container(state, json!({})));
        assert_eq!(Fake::of(objects).causes(&thing), [id], "{message}");
    }
}

#[test]
fn a_private_image_asks_for_the_secret_of_the_pod() {
    let state = json!({"waiting": {"reason": "ErrImagePull", "message": "401 Unauthorized"}});
    let spec = json!({"imagePullSecrets": [{"name": "ghcr"}]});
    let (mut objects, thing) = workload(spec, container(state, json!({})));
    let fake = Fake::of(objects.clone());
    assert_eq!(fake.causes(&thing), ["missing-reference"]);
    objects.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "web", "name": "ghcr"}, "type": "Opaque", "data": {"x": "eA=="}}));
    assert_eq!(Fake::of(objects).causes(&thing), ["secret-type"]);
}

#[test]
fn a_mount_that_fails_names_what_is_missing() {
    let status = json!({"phase": "Pending", "containerStatuses": [{"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}]});
    let (objects, thing) = workload(json!({}), status);
    let fake = Fake {
        events: vec![event(
            "site-1",
            "MountVolume.SetUp failed for volume \"config\" : configmap \"site-config\" not found",
        )],
        ..Fake::of(objects)
    };
    let (id, message) = fake.cause(&thing);
    assert_eq!(id, "missing-reference");
    assert_eq!(
        message,
        "Deployment web/site needs ConfigMap web/site-config, which does not exist"
    );
}

#[test]
fn a_node_that_is_gone_explains_its_pods() {
    let status = json!({"phase": "Pending", "containerStatuses": [{"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}]});
    let (mut objects, thing) = workload(json!({"nodeName": "pi4"}), status);
    objects.push(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "pi4"}, "status": {"conditions": [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}]}}));
    let (id, message) = Fake::of(objects).cause(&thing);
    assert_eq!(id, "node-not-ready");
    assert!(
        message.starts_with("Node pi4, where pods of Deployment web/site are, is not ready"),
        "{message}"
    );
}

#[test]
fn one_source_explains_forty_kustomizations_and_is_asked_about_once() {
    let broken = (
        "False",
        "GitOperationFailed",
        "failed to checkout: authentication required",
    );
    let mut source = flux(
        "GitRepository",
        "fleet",
        json!({"url": "https://git.lan/x"}),
        broken,
    );
    source["status"]["artifact"] = Value::Null;
    let mut objects = vec![source];
    let waiting = (
        "False",
        "ArtifactFailed",
        "Source artifact not found, retrying in 30s",
    );
    objects.push(flux("Kustomization", "old", json!({}), READY));
    objects
        .extend((0..40).map(|n| flux("Kustomization", &format!("ks{n:02}"), json!({}), waiting)));
    let (diagnoses, asked) = Fake::of(objects).diagnose(&Subject::Everything(None));
    assert_eq!(diagnoses.len(), 1);
    assert_eq!(
        diagnoses[0].subject,
        About::Thing(thing("GitRepository", "fleet"))
    );
    assert_eq!(
        (diagnoses[0].causes[0].id, diagnoses[0].explains.len()),
        ("git-denied", 40)
    );
    // Others that are ready are told of as well.
    let told = diagnoses[0].steps.last().unwrap();
    assert_eq!(
        (told.check, told.detail.as_str()),
        (
            "dependents",
            "1 that are ready get nothing new: Kustomization flux-system/old"
        )
    );
    // The lists, and the events of the source alone.
    let others: Vec<_> = asked
        .iter()
        .filter(|q| !matches!(q, Question::Objects(_)))
        .collect();
    assert_eq!(others, [&Question::Events(thing("GitRepository", "fleet"))]);
    assert_eq!(asked.len(), 19);
}

#[test]
fn a_suspended_release_explains_the_kustomization_that_waits_for_it() {
    let unhealthy = (
        "False",
        "HealthCheckFailed",
        "health check failed after 5m0s: timeout waiting for: [HelmRelease/flux-system/plex status: 'InProgress']",
    );
    let release = flux(
        "HelmRelease",
        "plex",
        json!({"suspend": true}),
        ("False", "Progressing", ""),
    );
    let fake = Fake::of(vec![
        fleet(),
        flux("Kustomization", "apps", json!({}), unhealthy),
        release,
    ]);
    assert_eq!(fake.causes(&thing("Kustomization", "apps")), ["suspended"]);
}

#[test]
fn what_fails_by_itself_is_not_explained_by_its_source() {
    let broken = ("False", "GitOperationFailed", "authentication required");
    let build = (
        "False",
        "BuildFailed",
        "kustomize build failed: something new",
    );
    let fake = Fake::of(vec![
        flux("GitRepository", "fleet", json!({}), broken),
        flux("Kustomization", "apps", json!({}), build),
    ]);
    assert_eq!(
        fake.causes(&thing("Kustomization", "apps")),
        ["git-denied", "build-failed"]
    );
}

#[test]
fn a_revision_that_is_not_picked_up_is_told() {
    let mut source = fleet();
    source["status"]["artifact"]["revision"] = json!("main@sha1:b");
    let fake = Fake::of(vec![
        source,
        flux("Kustomization", "apps", json!({}), READY),
    ]);
    assert_eq!(fake.causes(&thing("Kustomization", "apps")), ["behind"]);
}

#[test]
fn what_may_not_be_looked_at_leaves_the_answer_open() {
    let fake = Fake {
        forbidden: vec!["GitRepository"],
        ..Fake::of(vec![flux("Kustomization", "apps", json!({}), READY)])
    };
    let (diagnoses, _) = fake.diagnose(&Subject::Object(thing("Kustomization", "apps")));
    assert!(diagnoses[0].is_unsure());
    let told = &diagnoses[0]
        .steps
        .iter()
        .find(|step| step.verdict == Verdict::Unknown)
        .unwrap()
        .detail;
    assert_eq!(
        told,
        "could not look at GitRepositories in flux-system: forbidden (get)"
    );
}

#[test]
fn a_request_that_is_not_acknowledged_leads_to_the_controller() {
    let stuck = ("False", "BuildFailed", "kustomize build failed: x");
    let mut apps = flux("Kustomization", "apps", json!({}), stuck);
    apps["metadata"]["annotations"] = json!({"reconcile.fluxcd.io/requestedAt": BEFORE});
    let mut controller = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "flux-system", "name": "kustomize-controller"},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "kustomize-controller"}}}, "status": {"observedGeneration": 0}});
    let fake = |controller: &Value| Fake::of(vec![fleet(), apps.clone(), controller.clone()]);
    let (id, message) = fake(&controller).cause(&thing("Kustomization", "apps"));
    assert_eq!(
        (id, message.as_str()),
        (
            "controller-down",
            "kustomize-controller does not run: it is scaled to 0"
        )
    );
    controller["spec"]["replicas"] = json!(1);
    controller["status"] =
        json!({"observedGeneration": 0, "readyReplicas": 1, "updatedReplicas": 1, "replicas": 1});
    assert_eq!(
        fake(&controller).causes(&thing("Kustomization", "apps")),
        ["controller-silent"]
    );
}

#[test]
fn inventories_are_looked_at_where_they_say_how_they_are() {
    let mut apps = flux("Kustomization", "apps", json!({}), READY);
    apps["status"]["inventory"] = json!({"entries": [{"id": "web_site_apps_Deployment", "v": "v1"}, {"id": "web_gone__PersistentVolumeClaim", "v": "v1"},
        {"id": "web_site__Service", "v": "v1"}]});
    let state = json!({"waiting": {"reason": "CreateContainerConfigError", "message": "couldn't find key token in Secret web/site"}});
    let (mut objects, _) = workload(json!({}), container(state, json!({})));
    objects.extend([fleet(), apps]);
    objects.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "web", "name": "site"}, "data": {"other": "eA=="}}));
    let fake = Fake::of(objects);
    assert_eq!(
        fake.causes(&thing("Kustomization", "apps")),
        ["secret-key-missing", "object-deleted"]
    );
}

#[test]
fn a_service_is_one_story() {
    let (objects, site) = crashing("boom", 1);
    let fake = Fake {
        objects: [
            objects.objects,
            vec![fleet(), flux("Kustomization", "site", json!({}), READY)],
        ]
        .concat(),
        log: Some("boom"),
        ..Fake::default()
    };
    let subject = Subject::Service(
        "site".to_owned(),
        vec![site, thing("Kustomization", "site")],
    );
    let (diagnoses, _) = fake.diagnose(&subject);
    assert_eq!(diagnoses[0].subject, About::Service("site".to_owned()));
    assert_eq!(
        (diagnoses[0].is_ready, diagnoses[0].causes[0].id),
        (Some(false), "crash-loop")
    );
}

#[test]
fn no_object_whatever_it_says_makes_it_fall() {
    for odd in [
        json!(null),
        json!([]),
        json!("x"),
        json!({"conditions": {"a": 1}}),
        json!({"conditions": [1, null, {"type": "Ready"}]}),
        json!({"conditions": [{"type": "Ready", "status": 1, "message": ["x"]}], "inventory": {"entries": [1, {"id": "é_é"}, {"id": "____"}]}}),
    ] {
        for kind in crate::flux::live::KINDS.iter().map(|kind| kind.kind) {
            let mut object = flux(kind, "odd", json!({}), READY);
            object["status"] = odd.clone();
            object["spec"] = odd.clone();
            let fake = Fake::of(vec![object]);
            fake.diagnose(&Subject::Object(thing(kind, "odd")));
            fake.diagnose(&Subject::Everything(None));
        }
        for kind in [
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "Job",
            "Pod",
            "PersistentVolumeClaim",
            "Certificate",
        ] {
            let thing = thing(kind, "odd");
            let object = json!({"apiVersion": format!("{}/v1", thing.group), "kind": kind, "metadata": {"namespace": "flux-system", "name": "odd"},
                "spec": odd, "status": odd});
            let mut object = object;
            if thing.group.is_empty() {
                object["apiVersion"] = json!("v1");
            }
            Fake::of(vec![object]).diagnose(&Subject::Object(thing));
        }
    }
}
