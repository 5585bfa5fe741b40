//! Named volumes: directories that outlive containers.
//!
//! ```text
//! ROOT/volumes/<name>/
//!     record.json   what was asked for, and when
//!     data/         what the containers see
//! ```
//!
//! A volume is made in the store's staging and renamed into place, so of many makers one wins and nobody sees half of
//! it; it leaves by a rename into the trash. Which containers use it is not stored here: their records say so, and the
//! callers, who know them, tell. An empty volume is filled from the image by whoever mounts it.

mod inspect;
mod options;

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use inspect::Document;
pub use options::Binding;

use crate::disk::{atomic, record};
use crate::error::{During, Error, Kind, Result};
use crate::image::packer::{Packing, Source};
use crate::image::unpacker::unpack_among;
use crate::layer::Form;
use crate::settings::{MountKind, MountRequest};
use crate::store::Store;
use crate::store::events::{self, Action, Subject};

/// A volume on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    pub record: Record,
    /// What the containers see.
    pub data_dir: PathBuf,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Seconds since 1970.
    pub created: i64,
    pub labels: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
    /// User and group inside, who own the directory from the first use on; else that is settled then.
    pub owner: Option<(u32, u32)>,
    /// Nobody gave it a name.
    pub anonymous: bool,
    /// What a later version of box keeps here survives a rewrite by this one.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, serde_json::Value>,
}

impl Record {
    /// Of a volume that is made at this moment.
    pub fn new(labels: BTreeMap<String, String>, options: BTreeMap<String, String>) -> Record {
        Record { created: jiff::Timestamp::now().as_second(), labels, options, ..Record::default() }
    }
}

impl Volume {
    /// The directory of the host that it stands for, if it does.
    pub fn binding(&self) -> Result<Option<Binding>> {
        Binding::parse(&self.record.options).during(|| format!("use volume `{}`", self.name))
    }

    /// What is mounted: its own directory, or the one that it stands for.
    pub fn directory(&self) -> Result<PathBuf> {
        Ok(self.binding()?.map_or_else(|| self.data_dir.clone(), |binding| binding.directory))
    }

    /// Whether the first container that uses it fills it with what its image has there.
    pub fn is_filled(&self) -> bool {
        !self.record.options.contains_key(options::NOCOPY)
    }

    /// Whether nothing has been written into it, neither by a container nor from an image.
    pub fn is_empty(&self) -> bool {
        fs::read_dir(&self.data_dir).is_ok_and(|mut entries| entries.next().is_none())
    }
}

/// Makes the volume `name`; an error if there is one already.
pub fn create(store: &Store, name: &str, record: Record) -> Result<Volume> {
    check_name(name)?;
    Binding::parse(&record.options)?;
    match put_in_place(store, name, &record).during(|| format!("create volume `{name}`"))? {
        Placed::Ours => {
            tell(store, name, Action::Create);
            get(store, name)
        }
        Placed::TakenByOther => {
            Err(Error::new(format!("volume `{name}` exists already"))).hint(|| "`--ignore` takes the one that is there")
        }
    }
}

/// The volume `name`, made if it is missing; `anonymous` says that nobody chose the name.
pub fn get_or_create(store: &Store, name: &str, anonymous: bool) -> Result<Volume> {
    check_name(name)?;
    if let Some(volume) = find(store, name)? {
        return Ok(volume);
    }
    let record = Record { anonymous, ..Record::new(BTreeMap::new(), BTreeMap::new()) };
    // Whoever won, there is one.
    if let Placed::Ours = put_in_place(store, name, &record).during(|| format!("create volume `{name}`"))? {
        tell(store, name, Action::Create);
    }
    get(store, name)
}

/// The volume `name`; a name that no volume can have is not found.
pub fn find(store: &Store, name: &str) -> Result<Option<Volume>> {
    if check_name(name).is_err() {
        return Ok(None);
    }
    let dir = store.volume_dir(name);
    let record = record::read(&dir.join("record.json"))?;
    Ok(record.map(|record| Volume { name: name.to_owned(), record, data_dir: dir.join("data") }))
}

pub fn get(store: &Store, name: &str) -> Result<Volume> {
    find(store, name)?.ok_or_else(|| Error::absent("volume", name))
}

/// All volumes, by name.
pub fn list(store: &Store) -> Result<Vec<Volume>> {
    let dir = store.volumes_dir();
    let entries = match fs::read_dir(&dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.during(|| format!("list {}", dir.display()))?,
    };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    // One that is removed meanwhile is not there.
    names.iter().filter_map(|name| find(store, name).transpose()).collect()
}

/// Removes the volume `name`, unless one of `users`, the containers that mount it, is left (`Kind::InUse`).
///
/// The files go with the next `Store::sweep`, which knows how to remove those of subordinate ids.
pub fn remove(store: &Store, name: &str, users: &[String]) -> Result<()> {
    let volume = get(store, name)?;
    if !users.is_empty() {
        return Err(Error::new(format!("volume `{name}` is used by {}", users.join(", "))).of_kind(Kind::InUse))
            .hint(|| "remove those containers first, or use --force to remove them with it");
    }
    store.discard(&store.volume_dir(&volume.name)).during(|| format!("remove volume `{name}`"))?;
    tell(store, name, Action::Remove);
    Ok(())
}

fn tell(store: &Store, name: &str, action: Action) {
    store.tell(Subject::new(events::Kind::Volume, "", name), action);
}

/// What the volume holds, as a tar archive that `take` reads to its end.
pub fn export(store: &Store, name: &str, take: impl FnOnce(&mut dyn Read) -> Result<()>) -> Result<()> {
    let source = Source { trees: vec![get(store, name)?.directory()?], ..Source::default() };
    let act = || format!("export volume `{name}`");
    let mut packing = Packing::begin(&source, Form::Tree).during(act)?;
    take(packing.output())?;
    packing.finish().during(act)
}

/// Unpacks a tar archive among what the volume holds; what has the name of something in the archive is replaced.
pub fn import(store: &Store, name: &str, archive: &mut dyn Read) -> Result<()> {
    let directory = get(store, name)?.directory()?;
    unpack_among(&directory, archive).during(|| format!("import into volume `{name}`"))
}

/// Whether a container with these mounts uses the volume `name`.
pub fn is_mounted_by(mounts: &[MountRequest], name: &str) -> bool {
    mounts.iter().any(|mount| matches!(&mount.kind, MountKind::Volume { name: mounted, .. } if mounted == name))
}

/// A name for a volume that nobody named: 64 hexadecimal digits, as the field has them.
pub fn anonymous_name() -> String {
    let digits: String = (0..3).map(|_| atomic::fresh_name()).collect();
    digits[..64].to_owned()
}

/// Names are directories of the store: nothing that leads out of it, or hides.
pub fn check_name(name: &str) -> Result<()> {
    let is_first = |letter: char| letter.is_ascii_alphanumeric();
    let is_inner = |letter: char| is_first(letter) || matches!(letter, '_' | '.' | '-');
    if name.starts_with(is_first) && name.chars().all(is_inner) && name.len() <= 255 {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is no name for a volume", name.escape_debug())))
        .hint(|| "a name begins with a letter or a digit; `_`, `.` and `-` may follow; a path begins with `/` or `.`")
}

enum Placed {
    Ours,
    TakenByOther,
}

fn put_in_place(store: &Store, name: &str, record: &Record) -> Result<Placed> {
    let staging = store.stage()?;
    let dir = staging.path().join("volume");
    let data_dir = dir.join("data");
    fs::create_dir_all(&data_dir)?;
    // Users inside the container get in; nobody else comes past the root of the store.
    fs::set_permissions(&data_dir, fs::Permissions::from_mode(0o755))?;
    record::write(&dir.join("record.json"), record)?;
    let target = store.volume_dir(name);
    match fs::rename(&dir, &target) {
        // A volume is never an empty directory, so no rename replaces one.
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {
            return Ok(Placed::TakenByOther);
        }
        renamed => renamed?,
    }
    atomic::sync_dir(target.parent().unwrap_or(Path::new("/")))?;
    Ok(Placed::Ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_store(check: impl FnOnce(&Store)) {
        let dir = tempfile::tempdir().unwrap();
        check(&Store::open(dir.path()).unwrap());
    }

    #[test]
    fn a_volume_is_made_found_listed_and_removed() {
        with_store(|store| {
            let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
            let made = create(store, "web", Record::new(labels.clone(), BTreeMap::new())).unwrap();
            assert!(made.is_empty() && made.record.labels == labels);
            fs::write(made.data_dir.join("kept"), "x").unwrap();
            let found = get_or_create(store, "web", false).unwrap();
            assert!(found == made && !found.is_empty());
            get_or_create(store, "db", false).unwrap();
            assert_eq!(list(store).unwrap().into_iter().map(|volume| volume.name).collect::<Vec<_>>(), ["db", "web"]);

            remove(store, "web", &[]).unwrap();
            assert_eq!(get(store, "web").unwrap_err().kind, Kind::Absent);
            store.sweep(|_| Ok(())).unwrap();
            assert_eq!(fs::read_dir(store.root().join("trash")).unwrap().count(), 0);
        });
    }

    #[test]
    fn of_many_makers_one_wins_and_nothing_is_left_of_the_others() {
        with_store(|store| {
            let made = std::thread::scope(|scope| {
                let makers: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| create(store, "v", Record::default()).is_ok())).collect();
                makers.into_iter().map(|maker| maker.join().unwrap()).filter(|made| *made).count()
            });
            assert_eq!(made, 1);
            assert_eq!(fs::read_dir(store.root().join("staging")).unwrap().count(), 0);
        });
    }

    #[test]
    fn a_volume_in_use_stays_and_names_its_users() {
        with_store(|store| {
            get_or_create(store, "v", false).unwrap();
            let error = remove(store, "v", &["web".into(), "db".into()]).unwrap_err();
            assert_eq!((error.kind, error.to_string().as_str()), (Kind::InUse, "volume `v` is used by web, db"));
            assert!(find(store, "v").unwrap().is_some());
        });
    }

    #[test]
    fn no_name_leads_out_of_the_store() {
        with_store(|store| {
            for bad in ["", ".", "..", "../x", "a/b", "-x", ".hidden", "a b", "ä", "a\0", &"x".repeat(256)] {
                assert_eq!(get_or_create(store, bad, false).unwrap_err().kind, Kind::Usage, "{bad:?}");
                assert_eq!(find(store, bad).unwrap(), None);
            }
            assert!(check_name(&anonymous_name()).is_ok() && anonymous_name().len() == 64);
        });
    }

    #[test]
    fn a_mount_uses_the_volume_it_names() {
        let mount = MountRequest::new(MountKind::Volume { name: "v".into(), anonymous: false }, "/data");
        assert!(is_mounted_by(std::slice::from_ref(&mount), "v") && !is_mounted_by(&[mount], "w"));
    }
}
