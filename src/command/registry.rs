//! How commands ask registries: every image once, all at the same time.

use std::collections::HashMap;
use std::io;

use super::{Global, Terminal};
use crate::adapter::registry::{Access, Options, Progress, RegistryClient, RegistryError, TagList};
use crate::adapter::repo_files::reason;
use crate::adapter::runtime;
use crate::error::Error;
use crate::image::Reference;
use crate::manifest::Node;
use crate::output::Spinner;

/// A repository to ask for its tags.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    /// The repository.
    pub(super) image: Reference,
    /// What its ImageRepository says of the way there.
    pub(super) access: Access,
}

impl Lookup {
    /// Looks a repository up as an ImageRepository says.
    pub(super) fn of(image: Reference, repository: &Node) -> Self {
        let insecure = repository.at_path(&["spec", "insecure"]);
        Lookup {
            image,
            access: Access {
                insecure: insecure.and_then(Node::as_bool).unwrap_or(false),
                credentials: None,
            },
        }
    }

    fn key(&self) -> (String, bool) {
        (self.image.canonical_name(), self.access.insecure)
    }
}

/// What registries answered.
#[derive(Debug, Default)]
pub(super) struct Answers(HashMap<(String, bool), Result<TagList, RegistryError>>);

impl Answers {
    /// Returns the answer to one of the lookups.
    pub(super) fn of(&self, lookup: &Lookup) -> Option<&Result<TagList, RegistryError>> {
        self.0.get(&lookup.key())
    }

    /// Returns the images whose lists hold names that no image can have, with their number.
    pub(super) fn ignored(&self) -> Vec<(&str, usize)> {
        let lists = self.0.iter().filter_map(|((image, _), answer)| {
            Some((image.as_str(), answer.as_ref().ok()?.ignored))
        });
        let mut ignored: Vec<_> = lists.filter(|(_, count)| *count > 0).collect();
        ignored.sort_unstable();
        ignored
    }
}

/// Makes a client that works as the flags and the environment say.
pub(super) fn client(global: &Global) -> RegistryClient {
    RegistryClient::new(Options {
        offline: global.offline,
        timeout: global.timeout,
        ..Options::from_environment()
    })
}

/// Lists the tags of several repositories; each is asked once.
///
/// # Errors
/// The system gives no event queue. What a registry says is among the answers.
pub(super) fn tags<'l>(
    client: &RegistryClient,
    lookups: impl Iterator<Item = &'l Lookup>,
    terminal: &Terminal<'_>,
) -> Result<Answers, Error> {
    let different: HashMap<_, _> = lookups.map(|lookup| (lookup.key(), lookup)).collect();
    let progress = Listing::on(terminal);
    let ask = |(key, lookup): ((String, bool), &'l Lookup)| {
        let progress = &progress;
        async move {
            let answer = client.tags(&lookup.image, &lookup.access, progress).await;
            (key, answer)
        }
    };
    let answers =
        runtime::block_on_all(different.into_iter().map(ask)).map_err(|e| no_queue(&e))?;
    Ok(Answers(answers.into_iter().collect()))
}

pub(super) fn no_queue(error: &io::Error) -> Error {
    Error::could_not_look(format!("no network can be used: {}", reason(error)))
}

/// Shows how far a long list is.
pub(super) struct Listing(Spinner);

impl Listing {
    /// Makes one that is seen where somebody watches.
    pub(super) fn on(terminal: &Terminal<'_>) -> Self {
        Listing(Spinner::new(terminal.shows_progress()))
    }
}

impl Progress for Listing {
    fn listed(&self, repository: &str, tags: usize) {
        self.0.show(&format!("{repository}: {tags} tags"));
    }
}
