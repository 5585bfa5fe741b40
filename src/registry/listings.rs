//! What a registry has: the tags of a repository, the repositories, and what its index finds.
//!
//! Lists come in pages; each says where the next one is (`Link: <…>; rel="next"`), and all of them have a limit.

use reqwest::header::LINK;
use reqwest::{Method, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::{Place, Question, Registry, Repository, limited_body};
use super::failure::{Failure, FailureDuring};
use super::uploads::resolved;
use crate::error::{Error, Result};
use crate::oci::Reference;

const PAGE_LIMIT_BYTES: u64 = 4 << 20;
const PAGES_LIMIT: usize = 1000;
const ENTRIES_LIMIT: usize = 100_000;

/// What a search has found, as the registry tells it: nothing in it is to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hit {
    /// Without the registry.
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub star_count: i64,
    #[serde(default)]
    pub is_official: bool,
    #[serde(default)]
    pub is_automated: bool,
}

impl Repository {
    /// All tags, in the registry's order.
    pub async fn tags(&self) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Page {
            // Some registries say null for none.
            tags: Option<Vec<String>>,
        }
        let path = self.path("tags/list?n=1000");
        let tags = self.registry.pages(&path, usize::MAX, |page: Page| page.tags.unwrap_or_default()).await;
        let tags = tags.failing(|| format!("list the tags of {}", self.reference().repository()))?;
        // A tag becomes a part of names and of addresses.
        match tags.iter().find(|tag| self.reference().with_tag(tag).is_err()) {
            Some(wrong) => Err(Error::new(format!("the registry lists `{}`, which is no tag", wrong.escape_debug()))
                .while_doing(format!("list the tags of {}", self.reference().repository()))),
            None => Ok(tags),
        }
    }
}

impl Registry {
    /// Finds images whose name or description has to do with `term`: by the registry's index if it has one, else by the
    /// names of all its repositories.
    pub async fn search(&self, term: &str, limit: usize) -> Result<Vec<Hit>> {
        let act = || format!("search {} for `{}`", self.domain(), term.escape_debug());
        match self.search_index(term, limit).await {
            Ok(hits) => Ok(hits),
            Err(failure) if failure.answered && self.domain() != "docker.io" => {
                self.search_catalog(term, limit).await.failing(act)
            }
            Err(failure) => Err(failure).failing(act),
        }
    }

    async fn search_index(&self, term: &str, limit: usize) -> Result<Vec<Hit>, Failure> {
        #[derive(Deserialize)]
        struct Found {
            results: Vec<Hit>,
        }
        let mut query = Url::parse("http://any/v1/search").expect("is a URL");
        query.query_pairs_mut().append_pair("q", term).append_pair("n", &limit.to_string());
        let path = format!("v1/search?{}", query.query().unwrap_or_default());
        // docker.io keeps its index apart from its images.
        let hub = Url::parse(&format!("https://index.docker.io/{path}")).expect("is a URL");
        let place = if self.domain() == "docker.io" { Place::Url(&hub) } else { Place::Path(&path) };
        let response = self.ask(&Question::new(Method::GET, place)).await?;
        let mut found = read::<Found>(response).await?.results;
        found.truncate(limit);
        Ok(found)
    }

    async fn search_catalog(&self, term: &str, limit: usize) -> Result<Vec<Hit>, Failure> {
        #[derive(Deserialize)]
        struct Page {
            repositories: Option<Vec<String>>,
        }
        self.ask_for_scope("registry:catalog:*".to_owned());
        let fitting = |page: Page| {
            let mut names = page.repositories.unwrap_or_default();
            names.retain(|name| {
                name.contains(term) && Reference::parse_located(&format!("{}/{name}", self.domain())).is_ok()
            });
            names
        };
        let names = self.pages("v2/_catalog?n=1000", limit, fitting).await?;
        let hit = |name| Hit { name, description: None, star_count: 0, is_official: false, is_automated: false };
        Ok(names.into_iter().map(hit).collect())
    }

    /// What `entries` takes of each page, until there are `wanted`.
    async fn pages<P: DeserializeOwned>(
        &self,
        first: &str,
        wanted: usize,
        entries: impl Fn(P) -> Vec<String>,
    ) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        let mut next: Option<Url> = None;
        for _ in 0..PAGES_LIMIT {
            let place = next.as_ref().map_or(Place::Path(first), Place::Url);
            let response = self.ask(&Question::new(Method::GET, place)).await?;
            let following = next_page(&response)?;
            all.extend(entries(read(response).await?));
            if all.len() > ENTRIES_LIMIT {
                return Err(Failure::never(Error::new(format!("the list has more than {ENTRIES_LIMIT} entries"))));
            }
            if all.len() >= wanted || following.is_none() {
                all.truncate(wanted);
                return Ok(all);
            }
            next = following;
        }
        Err(Failure::never(Error::new(format!("the list has more than {PAGES_LIMIT} pages"))))
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let body = limited_body(response, PAGE_LIMIT_BYTES).await?;
    serde_json::from_slice(&body).map_err(|_| Failure::never(Error::new("the answer is not such a list")))
}

/// Where the list goes on (RFC 8288): `<address>; rel="next"`.
fn next_page(response: &Response) -> Result<Option<Url>, Failure> {
    let header = response.headers().get(LINK).and_then(|value| value.to_str().ok());
    let next = header.and_then(|text| {
        let (address, parameters) = text.trim().strip_prefix('<')?.split_once('>')?;
        (parameters.contains("rel=\"next\"") || parameters.contains("rel=next")).then_some(address)
    });
    next.map(|address| resolved(response.url(), address)).transpose()
}
