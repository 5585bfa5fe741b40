//! Image references, in the grammar that Docker made and every registry shares (distribution/reference):
//!
//!     reference := [domain "/"] path [":" tag] ["@" digest]        quay.io:443/team/app:1.2@sha256:…
//!
//! A [`Reference`] always says its domain. [`Typed`] is what a person wrote, before anybody decided which registry is
//! meant; that decision needs registries.conf and is not made here, except for Docker's own rule in
//! [`Reference::parse_normalized`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::{Error, Result};

const DEFAULT_DOMAIN: &str = "docker.io";
/// What Docker's own configuration calls the same registry.
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";
/// The namespace that docker.io leaves out of its curated images.
const OFFICIAL: &str = "library/";
const DEFAULT_TAG: &str = "latest";

const PATH_LIMIT_BYTES: usize = 255;
const TAG_LIMIT_BYTES: usize = 128;

/// A fully qualified name of an image: it is clear which registry is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// A reference as a person wrote it, correct in form; the domain may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    pub domain: Option<String>,
    pub path: String,
    pub tag: Option<String>,
    pub digest: Option<Digest>,
}

impl Reference {
    /// Reads a fully qualified reference; adds and changes nothing.
    pub fn parse(text: &str) -> Result<Reference> {
        let typed = Typed::parse(text)?;
        match typed.domain {
            Some(domain) if is_unmistakable_domain(&domain) => {
                Ok(Reference { domain, path: typed.path, tag: typed.tag, digest: typed.digest })
            }
            _ => Err(malformed(text, "it does not begin with a registry")),
        }
    }

    /// Reads a reference as Docker does: `ubuntu` is `docker.io/library/ubuntu:latest`. A digest makes a tag
    /// superfluous; the tag is dropped, as it is not looked at.
    pub fn parse_normalized(text: &str) -> Result<Reference> {
        let mut reference = Reference::parse_familiar(text)?;
        match reference.digest {
            Some(_) => reference.tag = None,
            None => reference.tag = Some(reference.tag.unwrap_or_else(|| DEFAULT_TAG.to_owned())),
        }
        Ok(reference)
    }

    /// Reads a reference whose first component is a registry, whatever its form: a `location` of registries.conf may
    /// be a bare host name.
    pub fn parse_located(text: &str) -> Result<Reference> {
        let typed = Typed::parse(text)?;
        let domain = typed.domain.ok_or_else(|| malformed(text, "it does not begin with a registry"))?;
        Ok(Reference { domain, path: typed.path, tag: typed.tag, digest: typed.digest })
    }

    /// Adds the domain that Docker leaves out, but no tag.
    fn parse_familiar(text: &str) -> Result<Reference> {
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(malformed(text, "64 hexadecimal digits are an image ID"));
        }
        let reference = Typed::parse(text)?.on_docker_hub();
        // What Docker leaves out counts as well, or the name could be written and not be read again.
        match reference.path.len() > PATH_LIMIT_BYTES {
            true => Err(malformed(text, "a repository name has at most 255 characters")),
            false => Ok(reference),
        }
    }

    /// The registry: host and port.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository as its registry knows it: `library/ubuntu`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `docker.io/library/ubuntu`
    pub fn repository(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same repository, another tag, and no digest.
    pub fn with_tag(&self, tag: &str) -> Result<Reference> {
        if !is_tag(tag) {
            return Err(malformed(tag, "a tag is 1 to 128 letters, digits, `_`, `.` and `-`"));
        }
        Ok(Reference { tag: Some(tag.to_owned()), digest: None, ..self.clone() })
    }

    /// The same repository, and nothing but this digest.
    pub fn with_digest(&self, digest: Digest) -> Reference {
        Reference { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// The short form that Docker's users know: `ubuntu:latest`, `quay.io/team/app:1.2`.
    pub fn familiar(&self) -> String {
        format!("{}{}", self.familiar_repository(), Suffix(&self.tag, &self.digest))
    }

    /// [`Reference::familiar`] without tag and digest.
    pub fn familiar_repository(&self) -> String {
        if self.domain != DEFAULT_DOMAIN {
            return self.repository();
        }
        match self.path.strip_prefix(OFFICIAL) {
            // Two levels below `library` are kept: `library/foo/bar` would otherwise read as the user `foo`.
            Some(name) if !name.contains('/') => name.to_owned(),
            _ => self.path.clone(),
        }
    }
}

impl Typed {
    /// Splits `text` by the grammar alone. The first component is a domain if it has the form of one and more follows,
    /// so `team/app` has the domain `team` here; see [`Typed::is_short`].
    pub fn parse(text: &str) -> Result<Typed> {
        if text.is_empty() {
            return Err(malformed(text, "it is empty"));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                (rest, Some(digest.parse().map_err(|error: Error| malformed(text, &error.to_string()))?))
            }
            None => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            // Not the colon before a port: `localhost:5000/app`.
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(malformed(text, "a tag is 1 to 128 letters, digits, `_`, `.` and `-`"));
        }
        let (domain, path) = match name.split_once('/') {
            Some((domain, path)) if is_domain(domain) => (Some(domain), path),
            _ => (None, name),
        };
        if path.len() > PATH_LIMIT_BYTES {
            return Err(malformed(text, "a repository name has at most 255 characters"));
        }
        if !path.split('/').all(is_path_component) {
            return Err(malformed(
                text,
                match path.chars().any(|c| c.is_ascii_uppercase()) {
                    true => "a repository name is in lower case",
                    false => {
                        "a repository name is made of lower-case letters and digits, joined by `.`, `_`, `-` or `/`"
                    }
                },
            ));
        }
        Ok(Typed { domain: domain.map(str::to_owned), path: path.to_owned(), tag: tag.map(str::to_owned), digest })
    }

    /// No registry is named: neither a dot, a port, a capital letter nor `localhost` marks the first component as one.
    pub fn is_short(&self) -> bool {
        !self.domain.as_deref().is_some_and(is_unmistakable_domain)
    }

    /// The repository as it was written.
    pub fn name(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{domain}/{}", self.path),
            None => self.path.clone(),
        }
    }

    /// What follows the repository as it was written: `:tag`, `@digest`, both or nothing.
    pub fn suffix(&self) -> String {
        Suffix(&self.tag, &self.digest).to_string()
    }

    fn on_docker_hub(self) -> Reference {
        let short = self.is_short();
        let (domain, mut path) = match self.domain {
            Some(domain) if !short => (domain, self.path),
            Some(namespace) => (DEFAULT_DOMAIN.to_owned(), format!("{namespace}/{}", self.path)),
            None => (DEFAULT_DOMAIN.to_owned(), self.path),
        };
        let domain = if domain == LEGACY_DEFAULT_DOMAIN { DEFAULT_DOMAIN.to_owned() } else { domain };
        if domain == DEFAULT_DOMAIN && !path.contains('/') {
            path.insert_str(0, OFFICIAL);
        }
        Reference { domain, path, tag: self.tag, digest: self.digest }
    }
}

struct Suffix<'a>(&'a Option<String>, &'a Option<Digest>);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = self.0 {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = self.1 {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.domain, self.path, Suffix(&self.tag, &self.digest))
    }
}

impl FromStr for Reference {
    type Err = Error;
    fn from_str(text: &str) -> Result<Reference> {
        Reference::parse(text)
    }
}

impl TryFrom<String> for Reference {
    type Error = Error;
    fn try_from(text: String) -> Result<Reference> {
        Reference::parse(&text)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> String {
        reference.to_string()
    }
}

fn malformed(text: &str, why: &str) -> Error {
    // What is longer than any reference is not worth repeating whole.
    let shown: String = text.chars().take(300).collect();
    Error::usage(format!("`{}` is not an image reference: {why}", shown.escape_debug()))
}

/// A domain that nobody can take for a namespace of docker.io.
fn is_unmistakable_domain(domain: &str) -> bool {
    domain == "localhost" || domain.contains(['.', ':']) || domain.chars().any(|c| c.is_ascii_uppercase())
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) => {
            if address.is_empty() || !address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') {
                return false;
            }
            (None, after.strip_prefix(':').or((!after.is_empty()).then_some("")))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    host.is_none_or(|host| host.split('.').all(is_domain_component))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_domain_component(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Runs of lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_path_component(text: &str) -> bool {
    let is_word = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9');
    let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().last()) else { return false };
    is_word(first)
        && is_word(last)
        && text
            .split(|c: char| is_word(c as u8) && c.is_ascii())
            .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-'))
}

fn is_tag(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= TAG_LIMIT_BYTES
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// A test table of distribution/reference, which is not part of this project: `BOX_TEST_VECTORS` says where it is.
    fn vectors(file: &str) -> Vec<Value> {
        let directory = std::env::var("BOX_TEST_VECTORS").unwrap_or_default();
        let Ok(text) = std::fs::read_to_string(format!("{directory}/{file}")) else {
            println!("skip: no {file} in BOX_TEST_VECTORS={directory}");
            return Vec::new();
        };
        let table: Value = serde_json::from_str(&text).unwrap();
        table["cases"].as_array().unwrap().clone()
    }

    fn text<'a>(case: &'a Value, key: &str) -> &'a str {
        case[key].as_str().unwrap_or_default()
    }

    #[test]
    fn familiar_names_are_completed_as_docker_does() {
        for (typed, full) in [
            ("ubuntu", "docker.io/library/ubuntu:latest"),
            ("index.docker.io/ubuntu:24.04", "docker.io/library/ubuntu:24.04"),
            ("team/app", "docker.io/team/app:latest"),
            ("localhost/app", "localhost/app:latest"),
            ("LOCAL/app", "LOCAL/app:latest"),
            ("localhost:5000/a/b/c:x", "localhost:5000/a/b/c:x"),
            ("[::1]:5000/app", "[::1]:5000/app:latest"),
            (&format!("ubuntu:24.04@{DIGEST}"), &format!("docker.io/library/ubuntu@{DIGEST}")),
        ] {
            assert_eq!(Reference::parse_normalized(typed).unwrap().to_string(), full, "{typed}");
        }
    }

    #[test]
    fn familiar_form_reads_back_as_the_same_reference() {
        for short in ["ubuntu:latest", "team/app:1", "library/a/b:1", "quay.io/x/y:2", "localhost/x:3"] {
            let reference = Reference::parse_normalized(short).unwrap();
            assert_eq!(reference.familiar(), short);
            assert_eq!(Reference::parse(&reference.to_string()).unwrap(), reference);
        }
    }

    #[test]
    fn what_is_malformed_is_refused_and_shown_escaped() {
        let long_path = format!("quay.io/{}", "a".repeat(256));
        let long_tag = format!("quay.io/a:{}", "a".repeat(129));
        for bad in [
            "",
            ":tag",
            "a:",
            "a@",
            "A",
            "a/B",
            "a//b",
            "/a",
            "a/",
            "a..b",
            "a___b",
            "a_-b",
            "-a",
            "a-",
            "é",
            "a b",
            "a\n",
            "../a",
            "a/../b",
            "http://a/b",
            "[::1]",
            "[::1]x/a",
            "[::1%eth0]/a",
            "a@sha256:12",
            "a:b:c",
            "host:/a",
            "x.y:port/a",
            &"0".repeat(64),
            &long_path,
            &long_tag,
        ] {
            let error = Reference::parse_normalized(bad).expect_err(bad);
            assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn strict_reading_wants_a_registry() {
        for bad in ["ubuntu", "library/ubuntu", "team/app:1"] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
        let whole = format!("quay.io:443/team/app:1.2@{DIGEST}");
        assert_eq!(Reference::parse(&whole).unwrap().to_string(), whole);
    }

    #[test]
    fn grammar_agrees_with_dockers_table() {
        for case in vectors("reference-parse.json") {
            let input = text(&case, "input");
            // Upstream notes itself that it takes this first component for a domain; and box knows sha512.
            if input.starts_with("Uppercase/") || input.contains("sha512:") {
                continue;
            }
            match Typed::parse(input) {
                Ok(typed) => {
                    assert!(case["err"].is_null(), "{input} is malformed");
                    assert_eq!(typed.domain.as_deref().unwrap_or_default(), text(&case, "domain"), "{input}");
                    assert_eq!(typed.name(), text(&case, "repository"), "{input}");
                    assert_eq!(typed.tag.as_deref().unwrap_or_default(), text(&case, "tag"), "{input}");
                    assert_eq!(
                        typed.digest.map(|d| d.to_string()).unwrap_or_default(),
                        text(&case, "digest"),
                        "{input}"
                    );
                }
                Err(error) => assert!(!case["err"].is_null(), "{input}: {error}"),
            }
        }
    }

    #[test]
    fn names_agree_with_dockers_tables() {
        for case in vectors("reference-names.json") {
            let input = text(&case, "input");
            assert_eq!(Reference::parse_familiar(input).is_ok(), case["valid"].as_bool().unwrap(), "{input}");
        }
        for case in vectors("reference-docker.json") {
            let input = text(&case, "input");
            assert_eq!(Reference::parse_normalized(input).unwrap().to_string(), text(&case, "expected"), "{input}");
        }
        for case in vectors("reference-normalize.json") {
            for input in [text(&case, "FamiliarName"), text(&case, "FullName"), text(&case, "AmbiguousName")] {
                if input.is_empty() {
                    continue;
                }
                let reference = Reference::parse_familiar(input).unwrap();
                assert_eq!(reference.domain(), text(&case, "Domain"), "{input}");
                assert_eq!(reference.path(), text(&case, "RemoteName"), "{input}");
                assert_eq!(reference.repository(), text(&case, "FullName"), "{input}");
                assert_eq!(reference.familiar(), text(&case, "FamiliarName"), "{input}");
            }
        }
        for case in vectors("reference-any.json") {
            let (input, full) = (text(&case, "Reference"), text(&case, "Equivalent"));
            // The others are image IDs, which are not references here.
            if full.contains('/') {
                assert_eq!(Reference::parse_familiar(input).unwrap().to_string(), full, "{input}");
            }
        }
    }

    #[test]
    fn fuzz_a_reference_is_read_as_it_is_shown() {
        let digest = format!("quay.io:443/team/app:1.2@{DIGEST}");
        let seeds =
            ["ubuntu", "localhost/a__b--c.d:x", "[::1]:5000/x", "A/b", "docker.io/library/x@sha256:00", &digest];
        let words =
            ["/", ":", "@", "..", "//", "sha256:", "sha512:", "localhost", "docker.io/", "[", "]", "\u{e9}", "\0"];
        crate::fuzz::mutations("reference", &seeds.map(str::as_bytes), &words, 20_000, |input| {
            let text = String::from_utf8_lossy(input);
            let mut outcome = String::new();
            type Read = fn(&str) -> Result<Reference>;
            let readers: [(Read, Read); 3] = [
                (Reference::parse, Reference::parse),
                (Reference::parse_normalized, Reference::parse),
                (Reference::parse_located, Reference::parse_located),
            ];
            for (read, read_again) in readers {
                match read(&text) {
                    Ok(reference) => {
                        let shown = reference.to_string();
                        assert_eq!(read_again(&shown).unwrap(), reference);
                        assert!(shown.bytes().all(|byte| byte.is_ascii_graphic()), "{shown}");
                        assert!(shown.split('/').all(|part| part != ".." && part != "."), "{shown}");
                        outcome.push('y');
                    }
                    Err(error) => {
                        let said = error.to_string();
                        assert!(!said.contains(char::is_control) && said.len() < 4000, "{said:?}");
                        outcome.push_str(said.rsplit(": ").next().unwrap_or(""));
                    }
                }
            }
            outcome
        });
    }
}
