//! Lists the tags of a repository, page by page (OCI distribution 1.1, "Listing Tags"), with what an earlier run kept.

use std::collections::{HashMap, HashSet};

use reqwest::header::ETAG;
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Deserializer, Serialize};

use super::auth::Target;
use super::error::RegistryError;
use super::link;
use super::transport::{Answer, Request};
use super::{Progress, RegistryClient};
use crate::image::is_tag;

/// How many tags to ask for at once: what `crane` asks for, and the most that GHCR and GitLab give.
const PAGE: usize = 1_000;
const FIRST_QUERY: &str = "n=1000";
/// The largest page to take, in bytes; some registries give all tags at once.
const LARGEST_PAGE: usize = 256 << 20;
const MOST_TAGS: usize = 5_000_000;
/// How often a page is fetched whose JSON ends too early, though the connection did not.
const READINGS: u32 = 3;

/// The tags of a repository, as the registry orders them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagList {
    /// Every tag that a reference may name.
    pub tags: Vec<String>,
    /// How many others there were: names with control characters, too long, empty. Nothing can pull these.
    pub ignored: usize,
    /// The registry was not asked, or had nothing new to say.
    pub from_cache: bool,
}

/// What is kept between runs.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    pages: Vec<Page>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Page {
    url: String,
    etag: Option<String>,
    next: Option<String>,
    tags: Vec<String>,
    ignored: usize,
}

/// The answer of a registry. GCR and Artifactory put more beside it.
#[derive(Deserialize)]
struct Body {
    #[serde(deserialize_with = "nullable")]
    tags: Vec<Option<String>>,
}

/// A repository without tags has `null` (docker-registry 2.8, Harbor).
fn nullable<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<Option<String>>, D::Error> {
    Ok(Option::deserialize(reader)?.unwrap_or_default())
}

/// How a page was come by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    First,
    /// The page before named it.
    Linked,
    /// The page before was full and named none.
    Guessed,
}

impl Page {
    /// Returns where more may be if the page is full and names no next one: some registries leave the `Link` out.
    fn guess(&self, url: &Url) -> Option<Url> {
        let last = self.tags.last()?;
        let mut guess = url.clone();
        guess.set_query(Some(FIRST_QUERY));
        guess.query_pairs_mut().append_pair("last", last);
        (self.tags.len() + self.ignored == PAGE).then_some(guess)
    }

    /// Takes out what the page before has. Registries that know no `last` give the same page again, which ends the list.
    fn leave_out(&mut self, before: &Page) {
        let known: HashSet<&str> = before.tags.iter().map(String::as_str).collect();
        self.tags.retain(|tag| !known.contains(tag.as_str()));
        if self.tags.is_empty() {
            self.ignored = 0;
            self.next = None;
        }
    }
}

impl Stored {
    fn list(self, from_cache: bool) -> TagList {
        let mut list = TagList {
            tags: Vec::new(),
            ignored: 0,
            from_cache,
        };
        for page in self.pages {
            list.ignored += page.ignored;
            if list.tags.is_empty() {
                list.tags = page.tags;
            } else {
                list.tags.extend(page.tags);
            }
        }
        list
    }
}

impl RegistryClient {
    /// Answers from the cache alone.
    pub(super) fn kept_tags(&self, name: &str) -> Option<TagList> {
        let stored: Stored = self.cache.as_ref()?.read(&key(name))?;
        Some(stored.list(true))
    }

    /// Asks the registry. A list is whole, or it is an error.
    pub(super) async fn list(
        &self,
        target: &Target<'_>,
        progress: &dyn Progress,
    ) -> Result<TagList, RegistryError> {
        let key = key(&target.name);
        let stored: Option<Stored> = self.cache.as_ref().and_then(|cache| cache.read(&key));
        let kept = stored.as_ref().map_or(&[][..], |stored| &stored.pages);
        let pages = match self.pages(target, kept, progress).await {
            // The address of a kept page may have run out (Quay's tokens do): once more, from the start.
            Err(RegistryError::Status { .. } | RegistryError::NotFound { .. })
                if kept.len() > 1 =>
            {
                self.pages(target, &[], progress).await?
            }
            other => other?,
        };
        let fresh = Stored { pages };
        let same = stored.as_ref() == Some(&fresh);
        if let Some(cache) = self.cache.as_ref().filter(|_| !same) {
            cache.write(&key, &fresh);
        }
        let unchanged = same && fresh.pages.iter().all(|page| page.etag.is_some());
        Ok(fresh.list(unchanged))
    }

    async fn pages(
        &self,
        target: &Target<'_>,
        kept: &[Page],
        progress: &dyn Progress,
    ) -> Result<Vec<Page>, RegistryError> {
        let kept: HashMap<&str, &Page> =
            kept.iter().map(|page| (page.url.as_str(), page)).collect();
        let mut pages: Vec<Page> = Vec::new();
        let mut seen = HashSet::new();
        let mut total = 0;
        let mut next = Some((first_page(target)?, Route::First));
        while let Some((url, route)) = next {
            if !seen.insert(url.to_string()) {
                let why = "the pages of the list go round in a circle";
                return Err(RegistryError::malformed(&url, why));
            }
            let kept = kept.get(url.as_str()).copied();
            let mut page = self.page(target, &url, kept).await?;
            let guess = page.guess(&url).filter(|_| route != Route::Linked);
            if let Some(before) = pages.last().filter(|_| route == Route::Guessed) {
                page.leave_out(before);
            }
            total += page.tags.len() + page.ignored;
            if total > MOST_TAGS {
                let why = format!("the list has more than {MOST_TAGS} tags");
                return Err(RegistryError::malformed(&url, why));
            }
            progress.listed(&target.name, total);
            let linked = page.next.as_deref().and_then(|text| Url::parse(text).ok());
            next = match linked {
                Some(url) => Some((url, Route::Linked)),
                None if page.tags.is_empty() => None,
                None => guess.map(|url| (url, Route::Guessed)),
            };
            pages.push(page);
        }
        Ok(pages)
    }

    /// Fetches one page, or takes the kept one where the registry says that it still holds.
    async fn page(
        &self,
        target: &Target<'_>,
        url: &Url,
        kept: Option<&Page>,
    ) -> Result<Page, RegistryError> {
        let mut reading = 1;
        let mut at = url.clone();
        loop {
            let mut request = Request::get(at.clone(), "application/json", LARGEST_PAGE);
            request.if_none_match = kept.and_then(|page| page.etag.as_deref());
            let answer = self.send(target, request).await?;
            match (answer.status, kept) {
                (StatusCode::NOT_MODIFIED, Some(page)) => return Ok(page.clone()),
                (StatusCode::OK, _) => {}
                // Some registries have a smaller limit, and refuse instead of giving less.
                (StatusCode::BAD_REQUEST, _) if at.query() == Some(FIRST_QUERY) => {
                    at.set_query(None);
                    continue;
                }
                _ => return Err(refusal(target, &answer)),
            }
            match read(&answer.body) {
                Ok((tags, ignored)) => return finish(url, &answer, tags, ignored),
                Err(error) if error.is_eof() && reading < READINGS => reading += 1,
                Err(error) => {
                    return Err(RegistryError::malformed(
                        &answer.url,
                        unreadable(&answer, &error),
                    ));
                }
            }
        }
    }
}

fn key(name: &str) -> String {
    format!("tags/1 {name}")
}

fn first_page(target: &Target<'_>) -> Result<Url, RegistryError> {
    let mut url = super::below(&target.base, target.repository, "tags/list")?;
    url.set_query(Some(FIRST_QUERY));
    Ok(url)
}

/// Reads a page: the tags that a reference may name, and how many others.
fn read(body: &[u8]) -> Result<(Vec<String>, usize), serde_json::Error> {
    let read: Body = serde_json::from_slice(body)?;
    let all = read.tags.len();
    let tags: Vec<String> = read
        .tags
        .into_iter()
        .flatten()
        .filter(|tag| is_tag(tag))
        .collect();
    let ignored = all - tags.len();
    Ok((tags, ignored))
}

/// Puts a page together.
fn finish(
    url: &Url,
    answer: &Answer,
    tags: Vec<String>,
    ignored: usize,
) -> Result<Page, RegistryError> {
    let next = link::next(&answer.headers, &answer.url).map_err(|()| {
        RegistryError::malformed(&answer.url, "the address of the next page is none")
    })?;
    let etag = answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok());
    Ok(Page {
        url: url.to_string(),
        etag: etag.map(str::to_owned),
        next: next.map(String::from),
        tags,
        ignored,
    })
}

/// Says what an answer is that is no list.
fn unreadable(answer: &Answer, error: &serde_json::Error) -> String {
    let kind = answer.header("content-type").unwrap_or_default();
    let start = answer.body.trim_ascii_start();
    if kind.starts_with("text/html") || start.starts_with(b"<") {
        return "answered with a page of HTML where a list of tags was due: is this the registry?"
            .to_owned();
    }
    if error.is_eof() {
        return "the list of tags breaks off".to_owned();
    }
    "the answer is no list of tags".to_owned()
}

/// Turns a status that is no success into an error.
pub(super) fn refusal(target: &Target<'_>, answer: &Answer) -> RegistryError {
    if answer.status == StatusCode::NOT_FOUND {
        return RegistryError::NotFound {
            name: target.name.clone(),
            status: answer.describe(),
        };
    }
    RegistryError::Status {
        url: super::error::shown(&answer.url),
        status: answer.describe(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_registries_answer() {
        let table = [
            (
                r#"{"name":"a","tags":["1","2"]}"#,
                Some((vec!["1", "2"], 0)),
            ),
            (r#"{"name":"a","tags":null}"#, Some((vec![], 0))),
            (r#"{"tags":[],"child":[],"manifest":{}}"#, Some((vec![], 0))),
            (
                r#"{"tags":["ok","\u001b[31m","",null,"a b","x/y"]}"#,
                Some((vec!["ok"], 5)),
            ),
            (r#"{"name":"a"}"#, None),
            (r#"{"tags":[1]}"#, None),
            (r#"{"tags":"x"}"#, None),
            ("<html>", None),
            ("", None),
        ];
        for (body, expected) in table {
            let found = read(body.as_bytes()).ok();
            let expected = expected.map(|(tags, ignored): (Vec<&str>, usize)| {
                (tags.into_iter().map(str::to_owned).collect(), ignored)
            });
            assert_eq!(found, expected, "{body}");
        }
    }
}
