//! Gathers what rules and `images list --latest` need of registries: everything at once, each question once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::registry::{Listing, Lookup, client, no_queue};
use super::registry_troubles::Troubles;
use super::{Global, Terminal};
use crate::adapter::registry::{Access, RegistryClient, RegistryError, TagList};
use crate::adapter::runtime;
use crate::error::Error;
use crate::image::{Created, Platform, Reference};
use crate::lint::{Context, RegistryFacts};

/// What is to be asked.
pub(super) struct Wanted {
    /// The tags of what applied policies watch.
    pub(super) tags: bool,
    /// The platforms of what pods run.
    pub(super) platforms: bool,
    /// Whether tags that no list has are there all the same.
    pub(super) unlisted: bool,
    /// Since when markers are behind.
    pub(super) created: bool,
    /// The clusters that count.
    pub(super) clusters: Vec<usize>,
}

/// Asks registries, and puts into the context what they say.
///
/// # Errors
/// The system gives no event queue. What registries could not say is returned.
pub(super) fn ask(
    context: &mut Context<'_>,
    wanted: &Wanted,
    global: &Global,
    terminal: &Terminal<'_>,
) -> Result<Troubles, Error> {
    let mut inquiry = Inquiry {
        client: client(global),
        access: access(context),
        facts: RegistryFacts::default(),
        troubles: Troubles::default(),
        known: HashSet::new(),
    };
    inquiry.run(first(context, wanted), terminal)?;
    // What comes next depends on the tags.
    context.registry = Some(std::mem::take(&mut inquiry.facts));
    let questions = second(context, wanted);
    inquiry.facts = context.registry.take().unwrap_or_default();
    inquiry.run(questions, terminal)?;
    context.registry = Some(inquiry.facts);
    Ok(inquiry.troubles)
}

/// What to ask about an image.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Tags,
    Platforms,
    /// The same, only to know whether there is such an image.
    Existence,
    Created,
}

/// What a registry says.
enum Answer {
    Tags(TagList),
    Platforms(Vec<Platform>),
    Created(Option<Created>),
}

/// The questions, each once, in order of name.
type Questions = BTreeMap<(Question, String), Reference>;

fn first(context: &Context<'_>, wanted: &Wanted) -> Questions {
    let mut questions = Questions::new();
    if wanted.tags {
        for (cluster, image) in context.watched() {
            if wanted.clusters.contains(&cluster) {
                questions.insert((Question::Tags, image.canonical_name()), image.clone());
            }
        }
    }
    if wanted.platforms {
        let images = context.pod_images(&wanted.clusters).into_iter();
        questions.extend(images.map(|(name, image)| ((Question::Platforms, name), image)));
    }
    questions
}

fn second(context: &Context<'_>, wanted: &Wanted) -> Questions {
    let mut questions = Questions::new();
    if wanted.unlisted {
        let images = context.unlisted(&wanted.clusters).into_iter();
        questions.extend(images.map(|(name, image)| ((Question::Existence, name), image)));
    }
    if wanted.created {
        let images = context.next_versions(&wanted.clusters).into_iter();
        questions.extend(images.map(|(name, image)| ((Question::Created, name), image)));
    }
    questions
}

/// Reads what ImageRepositories say of the way to a repository, by canonical name.
fn access(context: &Context<'_>) -> HashMap<String, Access> {
    let repositories = context.images.iter().flat_map(|i| &i.repositories);
    let lookups = repositories.filter_map(|repository| {
        let image = repository.node().text_at(&["spec", "image"])?;
        let image = Reference::parse_repository(image).ok()?;
        Some(Lookup::of(image, repository.node()))
    });
    lookups
        .map(|lookup| (lookup.image.canonical_name(), lookup.access))
        .collect()
}

/// Questions and answers of one run.
struct Inquiry {
    client: RegistryClient,
    /// What ImageRepositories say of the way to a repository, by canonical name.
    access: HashMap<String, Access>,
    facts: RegistryFacts,
    troubles: Troubles,
    /// Images of which it is known whether they are there.
    known: HashSet<String>,
}

impl Inquiry {
    fn run(&mut self, mut questions: Questions, terminal: &Terminal<'_>) -> Result<(), Error> {
        questions.retain(|(question, name), _| {
            *question != Question::Existence || !self.known.contains(name)
        });
        if questions.is_empty() {
            return Ok(());
        }
        let progress = Listing::on(terminal);
        let this = &*self;
        let ask = |(key, image): ((Question, String), Reference)| {
            let progress = &progress;
            async move {
                let answer = this.ask(key.0, &image, progress).await;
                (key, answer)
            }
        };
        let all = questions.into_iter().map(ask);
        let answers = runtime::block_on_all(all).map_err(|e| no_queue(&e))?;
        for ((question, name), answer) in answers {
            self.take(question, name, answer);
        }
        Ok(())
    }

    async fn ask(
        &self,
        question: Question,
        image: &Reference,
        progress: &Listing,
    ) -> Result<Answer, RegistryError> {
        let access = self.access.get(&image.canonical_name());
        let access = access.cloned().unwrap_or_default();
        match question {
            Question::Tags => {
                let tags = self.client.tags(image, &access, progress).await;
                tags.map(Answer::Tags)
            }
            Question::Platforms | Question::Existence => {
                let platforms = self.client.platforms(image, &access).await;
                platforms.map(|p| Answer::Platforms(p.platforms))
            }
            Question::Created => {
                let created = self.client.created(image, &access).await;
                created.map(Answer::Created)
            }
        }
    }

    fn take(&mut self, question: Question, name: String, answer: Result<Answer, RegistryError>) {
        let facts = &mut self.facts;
        let is_there = !matches!(answer, Err(RegistryError::NotFound { .. }));
        if matches!(question, Question::Platforms | Question::Existence) {
            self.known.insert(name.clone());
            if is_there {
                facts.unlisted.insert(name.clone());
            }
        }
        match answer {
            Ok(Answer::Tags(list)) => {
                facts.tags.insert(name, list.tags);
            }
            Ok(Answer::Platforms(platforms)) => {
                facts.platforms.insert(name, platforms);
            }
            Ok(Answer::Created(created)) => {
                facts.created.extend(created.map(|time| (name, time)));
            }
            Err(error) => match question {
                Question::Tags => self.troubles.add(name, error),
                // The rule on missing tags says it.
                Question::Platforms if !is_there && facts.is_missing_name(&name) => {}
                Question::Platforms => self.troubles.add_unless_of_image(name, error),
                Question::Existence | Question::Created => self.troubles.add_of_host(name, error),
            },
        }
    }
}
