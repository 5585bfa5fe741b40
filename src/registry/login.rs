//! Logging in and out: a name and a password are tried, and then kept where [`super::credentials`] finds them.
//!
//! They go to the credential helper that is configured for the registry (`credHelpers`, `credsStore`, or
//! `credential-helpers` of registries.conf), else into one file: the one that the user names, or
//! ~/.config/containers/auth.json, which outlives the session. What else stands in that file stays as it is.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Serialize;
use serde_json::value::RawValue;

use super::client::{Question, Registry};
use super::credentials::{self, AUTH_FILES, Place};
use super::failure::FailureDuring;
use crate::disk::{Lock, atomic};
use crate::error::{During, Error, Result};

/// Where credentials are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keeping<'a> {
    /// `--authfile`
    pub authfile: Option<&'a Path>,
    /// `--compat-auth-file`: a file of Docker, which knows registries only.
    pub docker_file: Option<&'a Path>,
    /// `credential-helpers` of registries.conf.
    pub helpers: &'a [String],
}

impl Registry {
    /// Asks the registry whether it takes the credentials that it was opened with.
    pub async fn check_login(&self) -> Result<()> {
        self.ask(&Question::get("v2/")).await.map(drop).failing(|| format!("log in to {}", self.domain()))
    }
}

impl Keeping<'_> {
    /// Keeps name and password, and returns where.
    pub fn remember(&self, place: &Place, user: &str, password: &str) -> Result<String> {
        if user.contains(':') {
            return Err(Error::usage(format!("user name `{}` holds a colon", user.escape_debug())));
        }
        // The first of the list gets what is new; all are asked.
        let helper = self.helpers.first().filter(|helper| *helper != AUTH_FILES && self.named_file().is_none());
        if let Some(helper) = helper {
            store_with(helper, place.domain(), user, password)?;
            return Ok(format!("credential helper {helper}"));
        }
        let path = self.file()?;
        let path = edit(&path, |file| file.remember(self, place, user, password))?;
        // A file of the session is read before ours: what it has for the same place would win for ever.
        if self.named_file().is_none()
            && let Some(session) = credentials::session_file().filter(|session| session.exists())
        {
            edit(&session, |file| file.replace_entry(place.name(), &basic_entry(user, password)?))?;
        }
        Ok(path.display().to_string())
    }

    /// Forgets what is kept for that place. `false`: nothing was.
    pub fn forget(&self, place: &Place) -> Result<bool> {
        let mut found = false;
        for helper in self.other_helpers() {
            found |= erase_with(helper, place.domain())?;
        }
        for path in self.files_to_clear() {
            edit(&path, |file| {
                found |= file.forget(self, place)?;
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Forgets all that is kept in the files, and with the helpers that they name.
    pub fn forget_all(&self) -> Result<()> {
        for path in self.files_to_clear() {
            edit(&path, AuthFile::forget_all)?;
        }
        Ok(())
    }

    fn named_file(&self) -> Option<PathBuf> {
        self.docker_file.map(Path::to_owned).or_else(|| credentials::named_file(self.authfile))
    }

    fn file(&self) -> Result<PathBuf> {
        self.named_file().or_else(credentials::lasting_file).ok_or_else(|| {
            Error::new("there is no home directory to keep credentials in").with_hint("name a file with --authfile")
        })
    }

    fn files_to_clear(&self) -> Vec<PathBuf> {
        let all = match self.named_file() {
            Some(file) => vec![file],
            None => credentials::session_file().into_iter().chain(credentials::lasting_file()).collect(),
        };
        all.into_iter().filter(|file| file.exists()).collect()
    }

    fn other_helpers(&self) -> impl Iterator<Item = &str> {
        let all = if self.named_file().is_none() { self.helpers } else { &[] };
        all.iter().map(String::as_str).filter(|helper| *helper != AUTH_FILES)
    }

    /// How the file names the place.
    fn key<'p>(&self, place: &'p Place) -> Result<&'p str> {
        match self.docker_file {
            None => Ok(place.name()),
            Some(_) if place.name() == place.domain() => Ok(place.helper_key()),
            Some(_) => Err(Error::usage(format!("Docker's files know registries only, not `{}`", place.name()))),
        }
    }
}

/// One file, in pieces that are not understood where they need not be.
#[derive(Default)]
struct AuthFile {
    sections: Section,
    changed: bool,
}

type Section = BTreeMap<String, Box<RawValue>>;

impl AuthFile {
    fn read(path: &Path) -> Result<AuthFile> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(AuthFile::default()),
            text => text?,
        };
        if text.trim_ascii().is_empty() {
            return Ok(AuthFile::default());
        }
        let sections =
            serde_json::from_slice(&text).hint(|| "it must be JSON, as `podman login` and `docker login` write it")?;
        Ok(AuthFile { sections, changed: false })
    }

    fn remember(&mut self, keeping: &Keeping<'_>, place: &Place, user: &str, password: &str) -> Result<()> {
        let key = keeping.key(place)?;
        if let Some(helper) = self.helper_of(key)? {
            store_with(&helper, key, user, password)?;
        } else if let Some(helper) = self.helper_of_all()? {
            store_with(&helper, place.helper_key(), user, password)?;
        } else {
            let entry = basic_entry(user, password)?;
            self.edit_section("auths", |auths| {
                auths.insert(key.to_owned(), entry);
            })?;
        }
        Ok(())
    }

    fn replace_entry(&mut self, key: &str, entry: &RawValue) -> Result<()> {
        if self.section("auths")?.contains_key(key) {
            self.edit_section("auths", |auths| {
                auths.insert(key.to_owned(), entry.to_owned());
            })?;
        }
        Ok(())
    }

    fn forget(&mut self, keeping: &Keeping<'_>, place: &Place) -> Result<bool> {
        let key = keeping.key(place)?;
        let mut found = false;
        if let Some(helper) = self.helper_of(key)? {
            found |= erase_with(&helper, key)?;
        }
        if let Some(helper) = self.helper_of_all()? {
            found |= erase_with(&helper, place.helper_key())?;
        }
        let auths = self.section("auths")?;
        let is_its = |written: &&String| written.as_str() == key || place.is_written_as(written);
        let keys: Vec<&String> = auths.keys().filter(is_its).collect();
        if !keys.is_empty() {
            found = true;
            self.edit_section("auths", |auths| auths.retain(|written, _| !keys.contains(&written)))?;
        }
        Ok(found)
    }

    fn forget_all(&mut self) -> Result<()> {
        let auths = self.section("auths")?;
        for (key, helper) in self.section("credHelpers")? {
            erase_with(&text_of(&helper)?, &key)?;
        }
        if let Some(helper) = self.helper_of_all()? {
            for key in auths.keys() {
                erase_with(&helper, key)?;
            }
        }
        if !auths.is_empty() {
            self.edit_section("auths", BTreeMap::clear)?;
        }
        Ok(())
    }

    fn helper_of(&self, key: &str) -> Result<Option<String>> {
        self.section("credHelpers")?.get(key).map(|helper| text_of(helper)).transpose()
    }

    fn helper_of_all(&self) -> Result<Option<String>> {
        let helper = self.sections.get("credsStore").map(|helper| text_of(helper)).transpose()?;
        Ok(helper.filter(|helper| !helper.is_empty()))
    }

    fn section(&self, name: &str) -> Result<Section> {
        match self.sections.get(name).map(|section| section.get()) {
            None | Some("null") => Ok(Section::new()),
            Some(text) => serde_json::from_str(text).during(|| format!("understand `{name}`")),
        }
    }

    fn edit_section(&mut self, name: &str, change: impl FnOnce(&mut Section)) -> Result<()> {
        let mut section = self.section(name)?;
        change(&mut section);
        self.sections.insert(name.to_owned(), serde_json::value::to_raw_value(&section)?);
        self.changed = true;
        Ok(())
    }

    fn to_text(&self) -> Result<Vec<u8>> {
        // Once more as values, so that all of it is indented alike.
        let whole: serde_json::Value = serde_json::from_str(&serde_json::to_string(&self.sections)?)?;
        let mut text = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        whole.serialize(&mut serde_json::Serializer::with_formatter(&mut text, format))?;
        text.push(b'\n');
        Ok(text)
    }
}

/// Changes the file at `path`, or makes it; two who do so at the same time both have their way. Returns where it is.
fn edit(path: &Path, change: impl FnOnce(&mut AuthFile) -> Result<()>) -> Result<PathBuf> {
    // Whoever keeps such files elsewhere and links to them wants the link to stay.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).during(|| format!("create `{}`", dir.display()))?;
    let act = || format!("change credentials `{}`", path.display());
    let _lock = fs::canonicalize(dir).map_err(Error::from).and_then(|dir| Lock::exclusive_dir(&dir)).during(act)?;
    let mut file = AuthFile::read(&path).during(act)?;
    change(&mut file).during(act)?;
    if file.changed {
        atomic::write(&path, &file.to_text()?)?;
    }
    Ok(path)
}

fn basic_entry(user: &str, password: &str) -> Result<Box<RawValue>> {
    let auth = BASE64_STANDARD.encode(format!("{user}:{password}"));
    Ok(serde_json::value::to_raw_value(&serde_json::json!({ "auth": auth }))?)
}

fn text_of(value: &RawValue) -> Result<String> {
    serde_json::from_str(value.get()).during(|| "understand the name of a credential helper")
}

fn store_with(helper: &str, key: &str, user: &str, password: &str) -> Result<()> {
    let input = serde_json::json!({ "ServerURL": key, "Username": user, "Secret": password });
    credentials::run_helper(helper, "store", input.to_string().as_bytes()).map(drop)
}

fn erase_with(helper: &str, key: &str) -> Result<bool> {
    // Some say nothing of what they never had.
    let known = credentials::run_helper(helper, "get", key.as_bytes())?.is_some();
    if known {
        credentials::run_helper(helper, "erase", key.as_bytes())?;
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::registry::Options;
    use crate::registry::credentials::Credentials;
    use crate::registry::fake::{FakeRegistry, http, ok};

    fn place(name: &str) -> Place {
        Place::parse(name).unwrap()
    }

    fn keeping(file: &Path) -> Keeping<'_> {
        Keeping { authfile: Some(file), docker_file: None, helpers: &[] }
    }

    #[test]
    fn what_is_remembered_is_found_and_all_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("new/auth.json");
        keeping(&file).remember(&place("r.io/team"), "a", "b:c").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let kept =
            r#"{"credHelpers":{"x.io":"pass"},"auths":{"z.io":{"auth":"eDp5","extra":[1.50]}},"HttpHeaders":{"k":1}}"#;
        fs::write(&file, kept).unwrap();
        keeping(&file).remember(&place("r.io/team"), "a", "b:c").unwrap();
        let find = |name: &str| credentials::find(&place(name), Some(&file), &[]).unwrap();
        let found = Credentials::Basic { user: "a".into(), password: "b:c".into() };
        assert_eq!((find("r.io/team/app"), find("r.io")), (found, Credentials::Anonymous));
        let text: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(text["auths"]["z.io"]["extra"][0], 1.5);
        assert_eq!((&text["HttpHeaders"]["k"], &text["credHelpers"]["x.io"]), (&1.into(), &"pass".into()));
        assert!(keeping(&file).forget(&place("r.io/team")).unwrap());
        assert!(!keeping(&file).forget(&place("r.io/team")).unwrap());
        keeping(&file).forget_all().unwrap_err(); // there is no helper `pass` here
        assert_eq!(find("z.io"), Credentials::Basic { user: "x".into(), password: "y".into() });
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn link_to_the_file_stays_a_link_and_damage_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let (link, file) = (dir.path().join("link"), dir.path().join("file"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        keeping(&link).remember(&place("r.io"), "a", "b").unwrap();
        assert!(link.is_symlink() && fs::read_to_string(&file).unwrap().contains("r.io"));
        fs::write(&file, "{\"auths\": 1").unwrap();
        let error = keeping(&link).remember(&place("r.io"), "a", "b").unwrap_err();
        assert!(error.hint.unwrap().contains("JSON"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "{\"auths\": 1");
        assert!(keeping(&link).remember(&place("r.io"), "a:b", "c").is_err());
    }

    #[test]
    fn dockers_file_has_dockers_keys() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config.json");
        let keeping = Keeping { docker_file: Some(&file), ..keeping(&file) };
        keeping.remember(&place("docker.io"), "a", "b").unwrap();
        assert!(fs::read_to_string(&file).unwrap().contains("\"https://index.docker.io/v1/\""));
        assert!(keeping.remember(&place("quay.io/team"), "a", "b").is_err());
        assert!(keeping.forget(&place("docker.io")).unwrap());
        // What Docker's old clients wrote is found under other keys, and so it has to go.
        fs::write(&file, r#"{"auths":{"https://quay.io/v1/":{"auth":"YTpi"},"https://quay.io.evil/":{}}}"#).unwrap();
        let plain = Keeping { docker_file: None, ..keeping };
        assert!(plain.forget(&place("quay.io")).unwrap());
        assert!(!plain.forget(&place("quay.io")).unwrap());
        assert!(fs::read_to_string(&file).unwrap().contains("evil"));
    }

    #[test]
    fn password_is_tried_with_the_token_server_and_no_scope() {
        let registry = FakeRegistry::start(|request, _| {
            let host = &request.headers["host"];
            match (request.path(), request.headers.get("authorization").map(String::as_str)) {
                ("/token?service=s", Some("Basic YTpi")) => ok(br#"{"token":"T"}"#),
                ("/v2/", Some("Bearer T")) => ok(b"{}"),
                ("/v2/", _) => {
                    let challenge = format!(r#"Bearer realm="http://{host}/token",service="s""#);
                    http("401 Unauthorized", &[("WWW-Authenticate", &challenge)], b"")
                }
                _ => http("401 Unauthorized", &[], b""),
            }
        });
        let check = |password: &str| {
            let credentials = Credentials::Basic { user: "a".into(), password: password.into() };
            let registry = Registry::open(&registry.address, true, credentials, &Options::default())?;
            crate::registry::block_on(registry.check_login())
        };
        check("b").unwrap();
        let error = check("wrong").unwrap_err();
        assert!(error.hint.unwrap().contains("not accepted"));
    }
}
