//! Puts the questions of a diagnosis to a cluster.

use futures::StreamExt;
use futures::stream;

use super::super::cluster::{Found, flux_objects};
use crate::adapter::cluster::{ClusterClient, ClusterError, ResourceKind, Scope};
use crate::diagnosis::{Answer, Facts, LogOf, Query, Question, Refusal, Thing};
use crate::flux::live::{FluxKind, KINDS, Live};

/// How many questions are under way at once.
const AT_ONCE: usize = 32;
/// How many lines of a log are asked for.
const LINES: i64 = 20;
/// Where events of what is in no namespace are kept.
const CLUSTER_EVENTS: &str = "default";

/// Asks all questions at the same time, and adds the answers.
///
/// # Errors
/// The cluster does not answer. That one may not look at something, or that there is none, is an answer.
pub(super) async fn all(
    client: &ClusterClient,
    questions: Vec<Question>,
    facts: &mut Facts,
) -> Result<(), ClusterError> {
    let asked = questions.into_iter().map(|question| async move {
        let answer = answer(client, &question).await;
        (question, answer)
    });
    let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
    while let Some((question, answer)) = answers.next().await {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => Answer::Refused(refusal(&question, error)?),
        };
        facts.add(question, answer);
    }
    Ok(())
}

/// Lists all objects of Flux, and adds the lists.
///
/// # Errors
/// The cluster has no Flux, does not answer, or lets nothing of it be listed.
pub(super) async fn flux(
    client: &ClusterClient,
    scope: &Scope<'_>,
    facts: &mut Facts,
) -> Result<Vec<Live>, ClusterError> {
    let Found {
        objects,
        refused,
        absent,
        ..
    } = flux_objects(client, scope).await?;
    let query = |kind: &FluxKind| {
        Question::Objects(Query {
            group: kind.group.to_owned(),
            kind: kind.kind.to_owned(),
            namespace: scope.namespace.map(str::to_owned),
            labels: None,
        })
    };
    for kind in &KINDS {
        let of_kind = objects.iter().filter(|live| live.kind == kind);
        let answer = Answer::Objects(of_kind.map(|live| live.value().clone()).collect());
        facts.add(query(kind), answer);
    }
    for kind in absent {
        facts.add(query(kind), Answer::Refused(Refusal::NotServed));
    }
    for (kind, error) in refused {
        let question = query(kind);
        let refusal = refusal(&question, error)?;
        facts.add(question, Answer::Refused(refusal));
    }
    Ok(objects)
}

async fn answer(client: &ClusterClient, question: &Question) -> Result<Answer, ClusterError> {
    match question {
        Question::Object(thing) => {
            let kind = kind(&thing.group, &thing.kind);
            let namespace = Some(thing.namespace.as_str()).filter(|name| !name.is_empty());
            let object = client.get(&kind, namespace, &thing.name).await?;
            Ok(Answer::Object(object))
        }
        Question::Objects(query) => {
            let scope = Scope {
                namespace: query.namespace.as_deref(),
                labels: query.labels.as_deref(),
                fields: None,
            };
            let listing = client
                .list_in(&kind(&query.group, &query.kind), &scope)
                .await?;
            Ok(Answer::Objects(listing.items))
        }
        Question::Events(thing) => events(client, thing).await,
        Question::Log(LogOf {
            pod,
            container,
            previous,
        }) => {
            let log = client.log(pod, container, LINES, *previous).await?;
            Ok(Answer::Log(log))
        }
    }
}

async fn events(client: &ClusterClient, thing: &Thing) -> Result<Answer, ClusterError> {
    let fields = format!(
        "involvedObject.kind={},involvedObject.name={}",
        thing.kind, thing.name
    );
    let namespace = match thing.namespace.as_str() {
        "" => CLUSTER_EVENTS,
        namespace => namespace,
    };
    let scope = Scope {
        namespace: Some(namespace),
        labels: None,
        fields: Some(&fields),
    };
    let listing = client.list_in(&kind("", "Event"), &scope).await?;
    Ok(Answer::Objects(listing.items))
}

fn kind(group: &str, kind: &str) -> ResourceKind {
    ResourceKind::new(group, kind)
}

/// Tells what is an answer, if not the wanted one, from what ends the run.
fn refusal(question: &Question, error: ClusterError) -> Result<Refusal, ClusterError> {
    match error {
        // The API server hands on what the kubelet says, which is no answer of its own.
        ClusterError::Malformed { .. } if matches!(question, Question::Log(_)) => Ok(
            Refusal::Failed("the kubelet of its node does not answer".to_owned()),
        ),
        ClusterError::Forbidden { verb, resource, .. } => {
            Ok(Refusal::Forbidden(format!("{verb} {resource}")))
        }
        ClusterError::NotServed { .. } => Ok(Refusal::NotServed),
        ClusterError::Status { status, .. } => Ok(Refusal::Failed(status)),
        ClusterError::Name(name) => Ok(Refusal::Failed(format!("{name:?} is no name"))),
        error => Err(error),
    }
}
