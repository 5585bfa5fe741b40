//! Secrets: small files that containers are given, and that no image, record or listing of a container shows.
//!
//! ```text
//! ROOT/secrets/<name>     0600: what is known of a secret and what it says, in one file
//! ```
//!
//! One file, so that a secret that is replaced is the old one or the new one, whole. A container takes a copy when it
//! is made (`container::secrets`), and outlives the secret.

mod inspect;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;

use serde::{Deserialize, Serialize};

pub use inspect::{Content, Document};

use crate::disk::atomic;
use crate::disk::opaque::Opaque;
use crate::disk::record;
use crate::error::{During, Error, Kind, Result};
use crate::store::Store;
use crate::store::events::{self, Action, Subject};

/// As in Docker and Podman.
pub const MOST_BYTES: usize = 512_000;

/// A secret on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// 25 hexadecimal digits, as Podman's; a secret that is replaced keeps it.
    pub id: String,
    pub name: String,
    /// RFC 3339, with nanoseconds.
    pub created: String,
    pub updated: String,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    pub content: Opaque,
    /// What a later version of box keeps here survives a rewrite by this one.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, serde_json::Value>,
}

/// What to do about a secret that has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfPresent {
    Refuse,
    /// Take the one that is there.
    Keep,
    Replace,
}

/// Makes the secret `name`, or takes the one that is there.
pub fn create(
    store: &Store,
    name: &str,
    content: Vec<u8>,
    labels: BTreeMap<String, String>,
    if_present: IfPresent,
) -> Result<Secret> {
    check_name(name)?;
    check_size(content.len())?;
    let now = format!("{:.9}", jiff::Timestamp::now());
    let new = Secret {
        id: new_id(),
        name: name.to_owned(),
        created: now.clone(),
        updated: now,
        labels,
        content: Opaque(content),
        unknown: BTreeMap::new(),
    };
    let new_id = new.id.clone();
    let secret = put(store, new, if_present).during(|| format!("create secret `{name}`"))?;
    if secret.id == new_id || if_present == IfPresent::Replace {
        tell(store, &secret, Action::Create);
    }
    Ok(secret)
}

fn tell(store: &Store, secret: &Secret, action: Action) {
    store.tell(Subject::new(events::Kind::Secret, &secret.id, &secret.name), action);
}

fn put(store: &Store, new: Secret, if_present: IfPresent) -> Result<Secret> {
    let path = store.secret_path(&new.name);
    // A store that an earlier box has laid out lacks the directory.
    fs::DirBuilder::new().mode(0o700).recursive(true).create(store.secrets_dir())?;
    loop {
        match (record::read::<Secret>(&path)?, if_present) {
            (Some(_), IfPresent::Refuse) => return Err(in_use(&new.name)),
            (Some(old), IfPresent::Keep) => return Ok(old),
            (Some(old), IfPresent::Replace) => {
                let new = Secret { id: old.id, created: old.created, ..new };
                record::write(&path, &new)?;
                return Ok(new);
            }
            (None, _) if put_in_place(store, &new)? => return Ok(new),
            // Somebody was faster: what he has made is there.
            (None, _) => {}
        }
    }
}

/// Whether it was ours that took the name.
fn put_in_place(store: &Store, new: &Secret) -> Result<bool> {
    let staging = store.stage()?;
    let unfinished = staging.path().join("secret");
    record::write(&unfinished, new)?;
    // A link, not a rename: it fails where the name exists.
    match fs::hard_link(&unfinished, store.secret_path(&new.name)) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        linked => {
            linked?;
            atomic::sync_dir(&store.secrets_dir())?;
            Ok(true)
        }
    }
}

fn in_use(name: &str) -> Error {
    Error::new(format!("there is a secret `{name}` already"))
        .with_hint("--replace puts the new one in its place, --ignore takes the one that is there")
}

/// The secret with this name or ID, or with an ID that begins so, if there is only one.
pub fn find(store: &Store, wanted: &str) -> Result<Option<Secret>> {
    if check_name(wanted).is_err() {
        return Ok(None);
    }
    if let Some(named) = record::read(&store.secret_path(wanted))? {
        return Ok(Some(named));
    }
    let mut matching = list(store)?.into_iter().filter(|secret| secret.id.starts_with(wanted));
    match (matching.next(), matching.next()) {
        (Some(_), Some(_)) => Err(Error::new(format!("more than one secret's id begins with `{wanted}`"))),
        (found, _) => Ok(found),
    }
}

pub fn get(store: &Store, wanted: &str) -> Result<Secret> {
    find(store, wanted)?.ok_or_else(|| {
        Error::absent("secret", wanted.escape_debug())
            .with_hint("`box secret ls` lists them, `box secret create` makes one")
    })
}

/// All secrets, by name.
pub fn list(store: &Store) -> Result<Vec<Secret>> {
    let mut secrets: Vec<Secret> = record::read_all(&store.secrets_dir())?;
    secrets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(secrets)
}

/// Removes a secret; returns what it was. Containers that have it keep their copies.
pub fn remove(store: &Store, wanted: &str) -> Result<Secret> {
    let secret = get(store, wanted)?;
    let act = || format!("remove secret `{}`", secret.name);
    match fs::remove_file(store.secret_path(&secret.name)) {
        // Somebody else has removed it meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::absent("secret", wanted)),
        removed => removed.during(act)?,
    }
    atomic::sync_dir(&store.secrets_dir()).during(act)?;
    tell(store, &secret, Action::Remove);
    Ok(secret)
}

/// Podman's rule, and nothing that hides or that a terminal obeys.
pub fn check_name(name: &str) -> Result<()> {
    let is_bad = |c: char| matches!(c, '/' | ',' | '=') || c.is_control();
    if (1..=253).contains(&name.len()) && !name.starts_with('.') && !name.contains(is_bad) {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is no name for a secret", name.escape_debug())))
        .hint(|| "a name has up to 253 bytes without `/`, `,` and `=`, and does not begin with a dot")
}

fn check_size(size: usize) -> Result<()> {
    match size {
        0 => Err(Error::new("the secret is empty")),
        1..=MOST_BYTES => Ok(()),
        _ => Err(Error::new(format!("the secret is larger than {MOST_BYTES} bytes")).of_kind(Kind::Engine))
            .hint(|| "mount a file with --volume instead"),
    }
}

fn new_id() -> String {
    let digits: String = (0..2).map(|_| atomic::fresh_name()).collect();
    digits[..25].to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn with_store(check: impl FnOnce(&Store)) {
        let dir = tempfile::tempdir().unwrap();
        check(&Store::open(dir.path()).unwrap());
    }

    fn make(store: &Store, name: &str, content: &str, if_present: IfPresent) -> Result<Secret> {
        create(store, name, content.into(), BTreeMap::new(), if_present)
    }

    #[test]
    fn a_secret_is_made_found_listed_and_removed() {
        with_store(|store| {
            let made = make(store, "token", "hush\0\n", IfPresent::Refuse).unwrap();
            assert_eq!(made.id.len(), 25);
            for wanted in ["token", &made.id, &made.id[..10]] {
                assert_eq!(get(store, wanted).unwrap(), made);
            }
            let file = fs::metadata(store.secret_path("token")).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
            make(store, "a", "x", IfPresent::Refuse).unwrap();
            assert_eq!(list(store).unwrap().iter().map(|secret| &secret.name[..]).collect::<Vec<_>>(), ["a", "token"]);

            remove(store, &made.id[..10]).unwrap();
            assert_eq!(remove(store, "token").unwrap_err().kind, Kind::Absent);
            assert_eq!(fs::read_dir(store.root().join("staging")).unwrap().count(), 0);
        });
    }

    #[test]
    fn one_that_is_there_is_refused_kept_or_replaced() {
        with_store(|store| {
            let first = make(store, "s", "1", IfPresent::Refuse).unwrap();
            assert!(make(store, "s", "2", IfPresent::Refuse).is_err());
            assert_eq!(make(store, "s", "2", IfPresent::Keep).unwrap(), first);
            let second = make(store, "s", "2", IfPresent::Replace).unwrap();
            assert_eq!((&second.id, &second.created), (&first.id, &first.created));
            assert!(second.updated > first.updated);
            assert_eq!(get(store, "s").unwrap().content.0, b"2");
        });
    }

    #[test]
    fn of_many_makers_one_wins() {
        with_store(|store| {
            let made = std::thread::scope(|scope| {
                let makers: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| make(store, "s", "x", IfPresent::Refuse).is_ok())).collect();
                makers.into_iter().map(|maker| maker.join().unwrap()).filter(|made| *made).count()
            });
            assert_eq!(made, 1);
        });
    }

    #[test]
    fn names_and_sizes_have_limits() {
        with_store(|store| {
            for bad in ["", ".", "..", ".x", "a/b", "a,b", "a=b", "a\0", "a\x1b[2J", &"x".repeat(254)] {
                assert_eq!(make(store, bad, "x", IfPresent::Refuse).unwrap_err().kind, Kind::Usage, "{bad:?}");
                assert_eq!(find(store, bad).unwrap(), None);
            }
            make(store, &"x".repeat(253), &"x".repeat(MOST_BYTES), IfPresent::Refuse).unwrap();
            assert!(make(store, "s", "", IfPresent::Refuse).is_err());
            assert!(make(store, "s", &"x".repeat(MOST_BYTES + 1), IfPresent::Refuse).is_err());
        });
    }
}
