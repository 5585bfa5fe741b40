//! Who we are to a registry: containers-auth.json(5) and Docker's config.json, with their credential helpers.
//!
//! The first file that knows the repository wins:
//!
//!     --authfile or $REGISTRY_AUTH_FILE (then no other is read)
//!     $XDG_RUNTIME_DIR/containers/auth.json
//!     ~/.config/containers/auth.json
//!     $DOCKER_CONFIG/config.json, or ~/.docker/config.json

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use serde::Deserialize;

use crate::error::{During, Error, Result};
use crate::host::account::Account;
use crate::host::dirs;
use crate::oci::Reference;

#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    Anonymous,
    Basic {
        user: String,
        password: String,
    },
    /// An OAuth2 refresh token, exchanged for access tokens.
    Identity(String),
    /// A bearer token to be used as it is.
    Bearer(String),
}

impl fmt::Debug for Credentials {
    /// Shows no secret: this may end in a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credentials::Anonymous => f.write_str("Anonymous"),
            Credentials::Basic { user, .. } => write!(f, "Basic({user:?}, …)"),
            Credentials::Identity(_) => f.write_str("Identity(…)"),
            Credentials::Bearer(_) => f.write_str("Bearer(…)"),
        }
    }
}

/// Key of docker.io in every file that Docker wrote.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// Stands in `credential-helpers` of registries.conf for the files that are read here.
pub(super) const AUTH_FILES: &str = "containers-auth.json";

/// Reads `--creds user[:password]`.
pub fn parse(text: &str) -> Result<Credentials> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    match user.is_empty() {
        true => Err(Error::usage("credentials are written user:password")),
        false => Ok(Credentials::Basic { user: user.to_owned(), password: password.to_owned() }),
    }
}

/// What stored credentials are for: a registry, or a part of it (`quay.io/team`), as it is written in files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    name: String,
}

impl Place {
    /// Reads a registry, with or without a namespace or a repository; a URL will do, as Docker's users type it.
    pub fn parse(text: &str) -> Result<Place> {
        let bare = host_and_path(text).unwrap_or(text).trim_end_matches('/');
        let (domain, path) = bare.split_once('/').map_or((bare, None), |(domain, path)| (domain, Some(path)));
        if ["index.docker.io", "registry-1.docker.io"].contains(&domain) {
            return Ok(Place { name: "docker.io".to_owned() });
        }
        let checked = Reference::parse_located(&format!("{domain}/{}", path.unwrap_or("any")))
            .ok()
            .filter(|reference| reference.tag().is_none() && reference.digest().is_none());
        match checked {
            Some(_) => Ok(Place { name: bare.to_owned() }),
            None => Err(Error::usage(format!("`{}` is not the name of a registry", text.escape_debug()))
                .with_hint("it is a host, perhaps with a port and a namespace: quay.io, localhost:5000, quay.io/team")),
        }
    }

    /// As it is shown, and as it is written in files.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Host and port.
    pub fn domain(&self) -> &str {
        self.name.split('/').next().unwrap_or(&self.name)
    }

    /// Whether a file's key in Docker's form means this place.
    pub(super) fn is_written_as(&self, key: &str) -> bool {
        host_of_url(key) == Some(&self.name) || (self.name == "docker.io" && key == DOCKER_HUB_KEY)
    }

    /// How a helper that keeps the credentials of every registry knows it.
    pub(super) fn helper_key(&self) -> &str {
        if self.name == "docker.io" { DOCKER_HUB_KEY } else { &self.name }
    }
}

impl From<&Reference> for Place {
    fn from(reference: &Reference) -> Place {
        Place { name: reference.repository() }
    }
}

/// Looks up what the user has stored for that place, or for what it is a part of.
pub fn find(place: &Place, authfile: Option<&Path>, helpers: &[String]) -> Result<Credentials> {
    for file in files(authfile) {
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && authfile.is_none() => continue,
            Err(error) => return Err(error).during(|| format!("read credentials `{}`", file.display())),
        };
        let stored: AuthFile = serde_json::from_slice(&text)
            .during(|| format!("read credentials `{}`", file.display()))
            .hint(|| "it must be JSON, as `podman login` and `docker login` write it")?;
        if let Some(found) = stored.find(place, ask_helper)? {
            return Ok(found);
        }
    }
    for helper in helpers.iter().filter(|helper| helper.as_str() != AUTH_FILES) {
        if let Some(found) = ask_helper(helper, place.domain())? {
            return Ok(found);
        }
    }
    Ok(Credentials::Anonymous)
}

fn files(authfile: Option<&Path>) -> Vec<PathBuf> {
    if let Some(file) = named_file(authfile) {
        return vec![file];
    }
    let account = Account::current();
    session_file().into_iter().chain(lasting_file()).chain(dirs::docker_configuration(&account)).collect()
}

/// The one file that counts, where the user names one.
pub(super) fn named_file(authfile: Option<&Path>) -> Option<PathBuf> {
    authfile.map(Path::to_owned).or_else(|| variable("REGISTRY_AUTH_FILE"))
}

/// Where Podman writes by default; it goes with the session.
pub(super) fn session_file() -> Option<PathBuf> {
    variable("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json"))
}

/// Survives the session.
pub(super) fn lasting_file() -> Option<PathBuf> {
    dirs::config_home(&Account::current()).map(|dir| dir.join("containers/auth.json"))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AuthFile {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    /// base64 of `user:password`
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl AuthFile {
    /// `ask` runs a helper: (its name, the key of the registry).
    fn find(
        &self,
        place: &Place,
        ask: impl Fn(&str, &str) -> Result<Option<Credentials>>,
    ) -> Result<Option<Credentials>> {
        let keys = keys(place);
        for key in &keys {
            if let Some(helper) = self.cred_helpers.get(key) {
                return ask(helper, key);
            }
        }
        for key in &keys {
            let entry = self.auths.get(key).or_else(|| {
                // Docker writes keys as URLs, with or without a path: `https://quay.io/v1/`.
                self.auths.iter().find(|(written, _)| host_of_url(written) == Some(key)).map(|(_, entry)| entry)
            });
            if let Some(found) =
                entry.map(Entry::credentials).transpose().during(|| format!("read the entry `{key}`"))?.flatten()
            {
                return Ok(Some(found));
            }
        }
        if self.creds_store.is_empty() {
            return Ok(None);
        }
        let key = if place.domain() == "docker.io" { DOCKER_HUB_KEY } else { place.domain() };
        ask(&self.creds_store, key)
    }
}

impl Entry {
    fn credentials(&self) -> Result<Option<Credentials>> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credentials::Identity(self.identitytoken.clone())));
        }
        if !self.registrytoken.is_empty() {
            return Ok(Some(Credentials::Bearer(self.registrytoken.clone())));
        }
        if !self.auth.is_empty() {
            let malformed = || Error::new("`auth` is not base64 of user:password");
            let text =
                decode_base64(&self.auth).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
            let (user, password) = text.split_once(':').ok_or_else(malformed)?;
            // Docker pads some of its secrets with NUL.
            let password = password.trim_end_matches('\0').to_owned();
            return Ok(Some(Credentials::Basic { user: user.to_owned(), password }));
        }
        match self.username.is_empty() {
            true => Ok(None),
            false => Ok(Some(Credentials::Basic { user: self.username.clone(), password: self.password.clone() })),
        }
    }
}

/// From the most specific key to the registry alone.
fn keys(place: &Place) -> Vec<String> {
    let mut keys = Vec::new();
    let mut key = place.name.clone();
    while let Some((parent, _)) = key.rsplit_once('/') {
        let parent = parent.to_owned();
        keys.push(std::mem::replace(&mut key, parent));
    }
    keys.push(key);
    if place.domain() == "docker.io" {
        keys.extend([DOCKER_HUB_KEY.to_owned(), "index.docker.io".to_owned()]);
    }
    keys
}

fn host_of_url(key: &str) -> Option<&str> {
    host_and_path(key)?.split('/').next()
}

fn host_and_path(url: &str) -> Option<&str> {
    url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

/// Asks `docker-credential-NAME` (docker-credential-helpers) for the credentials of a registry.
fn ask_helper(name: &str, registry: &str) -> Result<Option<Credentials>> {
    let Some(output) = run_helper(name, "get", registry.as_bytes())
        .during(|| format!("ask credential helper `{name}` for the credentials of {registry}"))?
    else {
        return Ok(None);
    };
    let answer: HelperAnswer = serde_json::from_slice(&output)
        .map_err(|_| Error::new(format!("credential helper `{name}` gave no credentials")))?;
    Ok(Some(match answer.username.as_str() {
        "" if answer.secret.is_empty() => return Ok(None),
        "<token>" => Credentials::Identity(answer.secret),
        user => Credentials::Basic { user: user.to_owned(), password: answer.secret },
    }))
}

/// Runs `docker-credential-NAME VERB` with `input` on its standard input, and returns what it says. `None`: it has
/// nothing for that registry.
pub(super) fn run_helper(name: &str, verb: &str, input: &[u8]) -> Result<Option<Vec<u8>>> {
    // The name comes from a file, and is part of a program's name: it must not lead elsewhere.
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        return Err(Error::new(format!("`{}` is not the name of a credential helper", name.escape_debug())));
    }
    let program = format!("docker-credential-{name}");
    let output = communicate(&program, verb, input).during(|| format!("run `{program}`"))?;
    if output.status.success() {
        return Ok(Some(output.stdout));
    }
    // The words mean the same to different helpers: nothing is stored.
    let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
    if ["credentials not found", "missing credentials", "no credentials"].iter().any(|words| said.contains(words)) {
        return Ok(None);
    }
    let said: String = said.trim().chars().take(200).collect();
    Err(Error::new(format!("{program}: {}", said.escape_debug())))
}

fn communicate(program: &str, verb: &str, input: &[u8]) -> std::io::Result<Output> {
    // Its error stream stays the caller's: a helper may ask to touch a key.
    let mut child = Command::new(program)
        .arg(verb)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let sent = child.stdin.take().expect("stdin is piped").write_all(input);
    let output = child.wait_with_output()?;
    match sent {
        // A helper that does not read all of its input has a status that says more than our broken pipe.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(output),
    }
}

/// RFC 4648, with or without padding, in either of its alphabets: other programs have written the file.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches('=').replace('-', "+").replace('_', "/");
    BASE64_STANDARD_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(user: &str, password: &str) -> Credentials {
        Credentials::Basic { user: user.into(), password: password.into() }
    }

    fn lookup(file: &str, reference: &str) -> Option<Credentials> {
        let file: AuthFile = serde_json::from_str(file).unwrap();
        let ask = |helper: &str, key: &str| Ok(Some(basic(helper, key)));
        file.find(&Place::from(&Reference::parse(reference).unwrap()), ask).unwrap()
    }

    #[test]
    fn most_specific_key_wins() {
        // a:1, b:2, c:3
        let file = r#"{"auths": {"r.io": {"auth": "YToxCg=="}, "r.io/team": {"auth": "Yjoy"},
                                 "r.io/team/app": {"auth": "Yzoz"}}}"#;
        assert_eq!(lookup(file, "r.io/team/app:1"), Some(basic("c", "3")));
        assert_eq!(lookup(file, "r.io/team/other:1"), Some(basic("b", "2")));
        assert_eq!(lookup(file, "r.io/x:1"), Some(basic("a", "1\n")));
        assert_eq!(lookup(file, "other.io/x:1"), None);
    }

    #[test]
    fn dockers_keys_are_understood() {
        let file =
            r#"{"auths": {"https://index.docker.io/v1/": {"auth": "YTox"}, "https://quay.io/v2/": {"auth": "Yjoy"}}}"#;
        assert_eq!(lookup(file, "docker.io/library/x:1"), Some(basic("a", "1")));
        assert_eq!(lookup(file, "quay.io/x:1"), Some(basic("b", "2")));
    }

    #[test]
    fn helper_of_a_registry_wins_over_what_is_stored_and_the_store_comes_last() {
        let file = r#"{"auths": {"a.io": {"auth": "YTox"}, "b.io": {"auth": "YTox"}, "c.io": {}},
                       "credHelpers": {"a.io": "pass"}, "credsStore": "desktop"}"#;
        assert_eq!(lookup(file, "a.io/x:1"), Some(basic("pass", "a.io")));
        assert_eq!(lookup(file, "b.io/x:1"), Some(basic("a", "1")));
        assert_eq!(lookup(file, "c.io/x:1"), Some(basic("desktop", "c.io")));
        assert_eq!(lookup(file, "docker.io/library/x:1"), Some(basic("desktop", DOCKER_HUB_KEY)));
    }

    #[test]
    fn tokens_are_kept_apart_from_passwords() {
        let file = r#"{"auths": {"a.io": {"auth": "YTox", "identitytoken": "t"}, "b.io": {"registrytoken": "u"}}}"#;
        assert_eq!(lookup(file, "a.io/x:1"), Some(Credentials::Identity("t".into())));
        assert_eq!(lookup(file, "b.io/x:1"), Some(Credentials::Bearer("u".into())));
    }

    #[test]
    fn base64_decodes_every_length() {
        for (text, bytes) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("YWJjZA", "abcd")] {
            assert_eq!(decode_base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for bad in ["a", "abcde", "ab c", "é"] {
            assert_eq!(decode_base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn helper_is_a_name_and_not_a_path() {
        for bad in ["", "../x", "a/b", "a b"] {
            assert!(ask_helper(bad, "r.io").is_err(), "{bad}");
        }
    }

    #[test]
    fn place_is_a_registry_or_a_part_of_it() {
        for (text, name, domain) in [
            ("quay.io", "quay.io", "quay.io"),
            ("localhost:5000/", "localhost:5000", "localhost:5000"),
            ("quay.io/team/app", "quay.io/team/app", "quay.io"),
            ("https://quay.io/", "quay.io", "quay.io"),
            ("https://index.docker.io/v1/", "docker.io", "docker.io"),
        ] {
            let place = Place::parse(text).unwrap();
            assert_eq!((place.name(), place.domain()), (name, domain));
        }
        for bad in ["", "/", "a b", "quay.io/Team", "quay.io/app:1", "ftp://quay.io", "quay.io//x", "-x"] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", basic("a", "hush")).contains("hush"));
        assert_eq!(parse("a:b:c").unwrap(), basic("a", "b:c"));
        assert!(parse(":x").is_err());
    }
}
