//! Asks the registry for what a service needs to know of its image: the first tag, its policy, its platforms.

use super::registry::{Listing, no_queue};
use super::{Global, Terminal};
use crate::adapter::registry::{Access, DockerConfig, Options, RegistryClient, RegistryError};
use crate::adapter::runtime;
use crate::error::Error;
use crate::image::propose::{NoPolicy, Proposal, TagChoice, Wish, propose, propose_from_tag};
use crate::image::{Platform, Reference};

/// What is known of an image that a service is to run.
#[derive(Clone, Debug, Default)]
pub(super) struct FirstTag {
    /// The tag to write: the one that was given, else the one that the policy selects.
    pub(super) tag: Option<String>,
    /// The policies that make sense, best first; none if nothing is to be kept up to date.
    pub(super) proposals: Vec<Proposal>,
    /// Why there are none.
    pub(super) no_policy: Option<NoPolicy>,
    /// Whether only who is known may pull the image.
    pub(super) needs_pull_secret: bool,
    /// Whether the tags are the registry's.
    pub(super) asked: bool,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

impl FirstTag {
    /// Returns the policy that was chosen.
    pub(super) fn choice(&self) -> Option<&TagChoice> {
        self.proposals.first().map(|proposal| &proposal.choice)
    }

    /// Returns the tag that the policy selects of the registry's.
    pub(super) fn winner(&self) -> Option<&str> {
        let first = self.proposals.first().filter(|_| self.asked);
        first.map(|proposal| proposal.winner.as_str())
    }
}

/// What is asked for.
pub(super) struct Question<'q> {
    /// The image; its tag is the one in use, or the one that the user wants.
    pub(super) image: &'q Reference,
    /// What the user wants of the policy.
    pub(super) wish: &'q Wish,
    /// The policies beside.
    pub(super) like: &'q [TagChoice],
    /// Tags that are known without asking.
    pub(super) tags: Option<Vec<String>>,
    /// The architectures of the nodes; empty where nobody says.
    pub(super) architectures: &'q [String],
}

/// Finds the first tag of an image, and its policy. The registry is asked unless the run is offline or tags are given; what
/// it cannot say becomes a warning, and then the shape of the tag has to do.
///
/// # Errors
/// The system gives no event queue.
pub(super) fn first_tag(
    question: &Question<'_>,
    global: &Global,
    terminal: &Terminal<'_>,
) -> Result<FirstTag, Error> {
    let mut found = FirstTag {
        tag: question.image.tag().map(str::to_owned),
        ..FirstTag::default()
    };
    let mut tags = question.tags.clone();
    let asks = tags.is_none() && !global.offline;
    if asks {
        tags = ask_tags(question, &mut found, global, terminal)?;
    }
    found.asked = tags.is_some();
    let current = question.image.tag();
    let proposals = match (&tags, current, question.wish) {
        (_, _, Wish::None) => Ok(Vec::new()),
        (Some(tags), current, wish) => propose(tags, current, wish, question.like),
        (None, Some(tag), wish) => propose_from_tag(tag, wish, question.like),
        (None, None, _) => Err(NoPolicy::Empty),
    };
    match proposals {
        Ok(proposals) => found.proposals = proposals,
        Err(why) => found.no_policy = Some(why),
    }
    if let (None, Some(first)) = (&found.tag, found.proposals.first()) {
        found.tag = Some(first.winner.clone());
    }
    if let (Some(tag), Some(tags)) = (current, &tags)
        && !tags.iter().any(|known| known == tag)
    {
        found.warnings.push(format!(
            "{} has no tag `{tag}`",
            question.image.canonical_name()
        ));
    }
    if let (true, false, Some(tag)) = (
        found.asked && asks,
        question.architectures.is_empty(),
        found.tag.clone(),
    ) {
        let warning = platforms(
            &question.image.with_tag(&tag),
            question.architectures,
            global,
        )?;
        found.warnings.extend(warning);
    }
    Ok(found)
}

/// Lists the tags: without credentials first, for what anybody may pull needs no Secret.
fn ask_tags(
    question: &Question<'_>,
    found: &mut FirstTag,
    global: &Global,
    terminal: &Terminal<'_>,
) -> Result<Option<Vec<String>>, Error> {
    let progress = Listing::on(terminal);
    let access = Access::default();
    let ask = |client: RegistryClient| {
        let (progress, access) = (&progress, &access);
        let work = async move { client.tags(question.image, access, progress).await };
        runtime::block_on(work).map_err(|e| no_queue(&e))
    };
    let mut answer = ask(client(global, true))?;
    if let Err(RegistryError::Refused { .. } | RegistryError::NotFound { .. }) = &answer {
        let known = ask(client(global, false))?;
        found.needs_pull_secret = known.is_ok();
        answer = known;
    }
    match answer {
        Ok(list) => Ok(Some(list.tags)),
        Err(error) => {
            let shape = "the shape of the tag has to do";
            found.warnings.push(match question.image.tag() {
                Some(_) => format!("the registry could not be asked: {error}; {shape}"),
                None => format!("the registry could not be asked: {error}"),
            });
            Ok(None)
        }
    }
}

fn client(global: &Global, anonymous: bool) -> RegistryClient {
    let mut options = Options {
        offline: global.offline,
        timeout: global.timeout,
        ..Options::from_environment()
    };
    if anonymous {
        // What is kept may be from a time at which somebody was logged in.
        options.docker_config = DockerConfig::default();
        options.cache_dir = None;
    }
    RegistryClient::new(options)
}

/// Returns which architectures of the nodes an image is not for.
fn platforms(
    image: &Reference,
    architectures: &[String],
    global: &Global,
) -> Result<Option<String>, Error> {
    let access = Access::default();
    let client = client(global, false);
    let work = async { client.platforms(image, &access).await };
    let answer = runtime::block_on(work).map_err(|e| no_queue(&e))?;
    let platforms = match answer {
        Ok(answer) => answer.platforms,
        Err(error) => {
            return Ok(Some(format!(
                "which platforms {image} is for is not known: {error}"
            )));
        }
    };
    Ok(missing(image, &platforms, architectures))
}

fn missing(image: &Reference, platforms: &[Platform], architectures: &[String]) -> Option<String> {
    let runs_on = |wanted: &&String| {
        platforms
            .iter()
            .any(|p| p.os == "linux" && p.architecture == **wanted)
    };
    let missing: Vec<&str> = architectures
        .iter()
        .filter(|a| !runs_on(a))
        .map(String::as_str)
        .collect();
    let there: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| {
        format!(
            "{image} is not for nodes with {}: it is for {}",
            missing.join(", "),
            there.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_that_an_image_lacks_are_named() {
        let image = Reference::parse("ghcr.io/me/app:1").expect("an image");
        let amd64 = Platform {
            os: "linux".into(),
            architecture: "amd64".into(),
            variant: None,
        };
        let nodes = ["amd64".to_owned(), "arm64".to_owned()];
        let warning = missing(&image, std::slice::from_ref(&amd64), &nodes).expect("a warning");
        assert_eq!(
            warning,
            "ghcr.io/me/app:1 is not for nodes with arm64: it is for linux/amd64"
        );
        assert_eq!(missing(&image, &[amd64], &nodes[..1]), None);
    }
}
