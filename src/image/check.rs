//! Check: is everything in the store what its digests say, and if not, can it be made so?
//!
//!     records, names, manifests, configs -> their digests
//!     layer -> its blob's digest -> unpacked again in staging -> diff ID -> compared with the tree that containers use
//!
//! What is damaged is replaced by what can be trusted: a tree by what its blob unpacks to, a blob by what a registry
//! has under its digest. Nothing that is whole is touched.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use sha2::Digest as _;

use super::progress::Progress;
use super::pull::{PullOptions, pull};
use super::unpacker::{self, Unpacked, Unpacking};
use crate::disk::compare::Owners;
use crate::error::{During, Error, Result};
use crate::oci::Digest;
use crate::store::check::{Damage, Part};
use crate::store::{ImageRecord, LayerRecord, Store};

const CHUNK_BYTES: usize = 256 * 1024;

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether layers are looked into, which takes as long as to unpack all of them.
    pub thorough: bool,
    pub repair: Repair,
    /// A layer that nobody has used for so long is what a pull has left that will not come back.
    pub unused_limit: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    Nothing,
    WhatCanBe,
    /// Images that cannot be repaired go.
    OrRemove,
}

/// What a check needs of rooms that know more than images.
pub struct Helpers<'a> {
    /// Compares a tree with another, whoever of the user's ids owns the files; see `disk::compare`.
    pub compare: &'a dyn Fn(&Path, &Path, Owners) -> Result<()>,
    /// The container that runs on this layer.
    pub runs_on: &'a dyn Fn(&Digest) -> Result<Option<String>>,
    pub progress: &'a dyn Progress,
}

/// One damage and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// ``layer 1234…``
    pub what: String,
    pub why: String,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it was; why, if more was wanted.
    Left(Option<String>),
    /// By which means.
    Repaired(String),
    Removed,
}

/// How much was looked at, and how much of it is still damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub images: usize,
    pub layers: usize,
    pub damages_left: usize,
}

/// Checks the whole store; `told` hears of each damage as soon as its outcome is known.
pub fn check(store: &Store, options: &Options, helpers: &Helpers, told: &mut dyn FnMut(&Finding)) -> Result<Summary> {
    let mut check = Check { store, options, helpers, told, summary: Summary::default() };
    let (mut images, damages) = store.check_records()?;
    // Records first: what the others are repaired from is in them.
    let is_of_documents = |damage: &Damage| matches!(damage.part, Part::Documents(_));
    let (documents, others): (Vec<_>, Vec<_>) = damages.into_iter().partition(is_of_documents);
    for damage in others {
        images.extend(check.part(damage)?);
    }
    check.summary.images = images.len();
    let diff_ids: BTreeSet<&Digest> = images.iter().flat_map(|image| &image.diff_ids).collect();
    check.summary.layers = diff_ids.len();
    // All are looked into before anything is fetched: to compare trees takes a process with one thread.
    let mut doubtful = Vec::new();
    for diff_id in diff_ids {
        doubtful.extend(check.look_into(diff_id)?.map(|_| diff_id));
    }
    for damage in documents {
        check.part(damage)?;
    }
    let mut damaged = Vec::new();
    for diff_id in doubtful {
        // Others may have removed it meanwhile, and fetched it again. Damaged is what is so while nobody does, and an
        // image that has it is listed.
        let _held = store.hold_layer(diff_id)?;
        if let Some(fault) = check.look_into(diff_id)? {
            damaged.push((diff_id, fault, check.users(diff_id, &images)));
        }
    }
    for (diff_id, fault, users) in damaged.into_iter().filter(|(.., users)| !users.is_empty()) {
        check.layer(diff_id, fault, &users);
    }
    check.unused_layers()?;
    if options.repair != Repair::Nothing {
        // Where a container's record cannot be read, no layer is known to be unused.
        let _ = store.remove_unused_layers();
    }
    if options.repair != Repair::Nothing || options.thorough {
        // What was unpacked to be compared may belong to subordinate ids.
        store.sweep(unpacker::remove_as_owner)?;
    }
    Ok(check.summary)
}

struct Check<'a> {
    store: &'a Store,
    options: &'a Options,
    helpers: &'a Helpers<'a>,
    told: &'a mut dyn FnMut(&Finding),
    summary: Summary,
}

/// What is wrong with a layer.
enum Fault {
    /// The files; what its blob unpacks to is at hand.
    Tree(String, Box<(LayerRecord, Unpacked)>),
    /// The blob, or everything.
    Blob(String),
}

impl Check<'_> {
    /// Returns the image, where there is one after all.
    fn part(&mut self, Damage { part, why }: Damage) -> Result<Option<ImageRecord>> {
        match part {
            Part::Name(file) => {
                let what = format!("name {}", file.to_string_lossy().escape_debug());
                let repaired = self.store_repairs().then(|| self.store.forget_name(&file));
                let outcome = match repaired {
                    None => Outcome::Left(None),
                    Some(Ok(())) => Outcome::Removed,
                    Some(Err(error)) => Outcome::Left(Some(error.to_string())),
                };
                self.tell(what, why, outcome);
                Ok(None)
            }
            Part::Record(id) => {
                let rebuilt = self.store_repairs().then(|| self.store.rebuild_record(&id));
                let (image, outcome) = match rebuilt {
                    None => (None, Outcome::Left(None)),
                    Some(Ok(image)) => (Some(image), Outcome::Repaired("its record was made anew".to_owned())),
                    Some(Err(error)) => (None, self.remove_or_leave(&id, error.to_string())),
                };
                self.tell(format!("image {}", id.short()), why, outcome);
                Ok(image)
            }
            Part::Documents(image) => {
                if self.store.read_image(&image.id)?.is_none() {
                    return Ok(None); // another command has removed it meanwhile
                }
                let outcome = match self.store_repairs() {
                    false => Outcome::Left(None),
                    true => match self.fetch(&image) {
                        Ok(from) => Outcome::Repaired(format!("fetched again from {from}")),
                        Err(error) => self.remove_or_leave(&image.id, error.to_string()),
                    },
                };
                self.tell(format!("image {}", image.id.short()), why, outcome);
                Ok(None)
            }
            Part::List(id) => {
                let outcome = match self.store_repairs().then(|| self.store.forget_list(&id)) {
                    None => Outcome::Left(None),
                    Some(Ok(())) => Outcome::Removed,
                    Some(Err(error)) => Outcome::Left(Some(error.to_string())),
                };
                self.tell(format!("manifest list {}", id.short()), why, outcome);
                Ok(None)
            }
            Part::Container(id) => {
                let hint = "remove its directory by hand, and look into it before";
                let hint = self.store_repairs().then(|| hint.to_owned());
                self.tell(format!("container {}", id.get(..12).unwrap_or(&id)), why, Outcome::Left(hint));
                Ok(None)
            }
        }
    }

    /// The images that have the layer and are still listed.
    fn users<'i>(&self, diff_id: &Digest, images: &'i [ImageRecord]) -> Vec<&'i ImageRecord> {
        let is_listed = |image: &ImageRecord| self.store.read_image(&image.id).is_ok_and(|listed| listed.is_some());
        images.iter().filter(|image| image.diff_ids.contains(diff_id) && is_listed(image)).collect()
    }

    fn layer(&mut self, diff_id: &Digest, fault: Fault, users: &[&ImageRecord]) {
        let repairs = self.store_repairs();
        let (why, outcome) = match fault {
            Fault::Tree(why, _) | Fault::Blob(why) if !repairs => (why, Outcome::Left(None)),
            Fault::Tree(why, whole) => (why, self.replace_tree(diff_id, *whole)),
            Fault::Blob(why) => (why, self.fetch_layer(diff_id, users)),
        };
        let outcome = match outcome {
            Outcome::Left(Some(reason)) => {
                let outcomes: Vec<_> =
                    users.iter().map(|image| self.remove_or_leave(&image.id, reason.clone())).collect();
                outcomes.into_iter().find(|outcome| *outcome != Outcome::Removed).unwrap_or(Outcome::Removed)
            }
            outcome => outcome,
        };
        self.tell(format!("layer {}", diff_id.short()), why, outcome);
    }

    /// An error is one of this check, which says nothing about the layer.
    fn look_into(&self, diff_id: &Digest) -> Result<Option<Fault>> {
        self.find_fault(diff_id).during(|| format!("check layer {}", diff_id.short()))
    }

    fn find_fault(&self, diff_id: &Digest) -> Result<Option<Fault>> {
        let blob_fault = |why: &str| Ok(Some(Fault::Blob(why.to_owned())));
        let layer = match self.store.recorded_layer(diff_id) {
            Ok(Some(layer)) => layer,
            Ok(None) => return blob_fault("it is missing"),
            Err(error) => return blob_fault(&error.to_string()),
        };
        let (source, mut blob) = match self.store.open_layer_blob(&layer) {
            Ok(Some(found)) => found,
            Ok(None) => return blob_fault("what it came as is missing, so nothing is known of its files"),
            Err(error) => return blob_fault(&error.to_string()),
        };
        if !self.options.thorough {
            let usable = self.store.find_layer(diff_id)?.is_some() && self.store.layer_tree(diff_id).is_dir();
            return if usable {
                Ok(None)
            } else {
                blob_fault("its files are missing, or a power cut may have taken some")
            };
        }
        let mut unpacking = Unpacking::begin(self.store)?;
        match feed(&mut blob, &mut unpacking)? {
            Ok(digest) if digest == source.digest => {}
            Ok(_) => return blob_fault("its blob is damaged"),
            Err(error) => return blob_fault(&format!("its blob cannot be read: {error}")),
        }
        let unpacked = unpacking.finish()?;
        if unpacked.diff_id != *diff_id {
            return blob_fault("its blob unpacks to another layer");
        }
        match self.compare(&layer, &unpacked) {
            Ok(()) => Ok(None),
            Err(difference) => Ok(Some(Fault::Tree(difference.to_string(), Box::new((layer, unpacked))))),
        }
    }

    fn compare(&self, layer: &LayerRecord, unpacked: &Unpacked) -> Result<()> {
        let (here, anew) = (self.store.layer_dir(&layer.diff_id), unpacked.staging().path());
        // Under another id map the same owners have other numbers.
        let owners = if unpacked.ids() == layer.ids { Owners::Compare } else { Owners::Ignore };
        (self.helpers.compare)(&here.join("tree"), &anew.join("tree"), owners)?;
        let recorded = |dir: &Path| std::fs::read(dir.join("owners")).unwrap_or_default();
        if owners == Owners::Compare && recorded(&here) != recorded(anew) {
            return Err(Error::new("the record of owners that could not be set is another"));
        }
        match self.store.find_layer(&layer.diff_id)? {
            Some(_) => Ok(()),
            None => Err(Error::new("a power cut may have taken parts of it")),
        }
    }

    fn replace_tree(&self, diff_id: &Digest, (layer, unpacked): (LayerRecord, Unpacked)) -> Outcome {
        let replace = || -> Result<()> {
            let _lock = self.lock(diff_id)?;
            self.store.link_layer_blob(diff_id, unpacked.staging())?;
            let kept = layer.kept.clone().ok_or_else(|| Error::new("its blob is missing"))?;
            unpacked.commit(self.store, kept)?;
            layer.sources.iter().try_for_each(|source| self.store.add_layer_source(diff_id, source.clone()))?;
            self.store.sync_layers(std::slice::from_ref(diff_id))
        };
        match replace() {
            Ok(()) => Outcome::Repaired("unpacked again from its blob".to_owned()),
            Err(error) => Outcome::Left(Some(error.to_string())),
        }
    }

    fn fetch_layer(&self, diff_id: &Digest, users: &[&ImageRecord]) -> Outcome {
        let mut last = "no image that has it came from a registry".to_owned();
        for image in users.iter().filter(|image| !image.repo_digests.is_empty()) {
            let fetched = self.without(diff_id, || self.fetch(image));
            match fetched {
                Ok(from) => return Outcome::Repaired(format!("fetched again from {from}")),
                Err(error) => last = error.to_string(),
            }
        }
        Outcome::Left(Some(last))
    }

    /// Does `act` while the layer is not there; it comes back if that fails.
    fn without<T>(&self, diff_id: &Digest, act: impl FnOnce() -> Result<T>) -> Result<T> {
        let staging = self.store.stage()?;
        // Let go of before `act`, which takes it by itself.
        self.lock(diff_id).and_then(|_lock| self.store.set_layer_aside(diff_id, &staging))?;
        let done = act();
        if done.is_err() {
            self.store.put_back_layer(diff_id, &staging)?;
        }
        done
    }

    /// The right to change a layer, which nobody uses at this moment.
    fn lock(&self, diff_id: &Digest) -> Result<crate::disk::Lock> {
        if let Some(container) = (self.helpers.runs_on)(diff_id)? {
            return Err(Error::new(format!("container `{container}` runs on it; stop it first")));
        }
        if let Some(root) = self.store.shared_root_of_layer(diff_id) {
            return Err(Error::new(format!("it is in the additional store {}, which is only read", root.display())));
        }
        self.store.try_lock_layer(diff_id)?.ok_or_else(|| Error::new("another command uses it; try again"))
    }

    /// Fetches what is missing of the image; returns where from.
    fn fetch(&self, image: &ImageRecord) -> Result<String> {
        let suffix = format!("@{}", image.manifest);
        let mut names: Vec<&String> = image.repo_digests.iter().filter(|name| name.ends_with(&suffix)).collect();
        names.extend(image.repo_digests.iter().filter(|name| !name.ends_with(&suffix)));
        let mut last = Error::new("it did not come from a registry");
        for name in names {
            match pull(self.store, name, &PullOptions::default(), self.helpers.progress) {
                Ok(_) => return Ok(name.split('@').next().unwrap_or(name).to_owned()),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn unused_layers(&mut self) -> Result<()> {
        // An unreadable container may use any of them; it has been named already.
        let Ok(unused) = self.store.layers_unused_for(self.options.unused_limit) else { return Ok(()) };
        for diff_id in unused {
            let outcome = if self.store_repairs() { Outcome::Removed } else { Outcome::Left(None) };
            self.tell(format!("layer {}", diff_id.short()), "no image and no container has it".to_owned(), outcome);
        }
        Ok(())
    }

    fn remove_or_leave(&self, id: &Digest, reason: String) -> Outcome {
        match self.options.repair {
            Repair::OrRemove => match self.store.forget_image(id) {
                Ok(()) => Outcome::Removed,
                Err(error) => Outcome::Left(Some(error.to_string())),
            },
            _ => Outcome::Left(Some(reason)),
        }
    }

    fn store_repairs(&self) -> bool {
        self.options.repair != Repair::Nothing
    }

    fn tell(&mut self, what: String, why: String, outcome: Outcome) {
        if matches!(outcome, Outcome::Left(_)) {
            self.summary.damages_left += 1;
        }
        (self.told)(&Finding { what, why, outcome });
    }
}

/// Reads the blob to its end and gives it to the unpacker; returns its digest. The inner error is one of reading.
fn feed(blob: &mut impl Read, unpacking: &mut Unpacking) -> Result<std::io::Result<Digest>> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let (mut hash, mut takes_more) = (sha2::Sha256::new(), true);
    loop {
        let length = match blob.read(&mut chunk) {
            Ok(0) => return Ok(Ok(Digest::from_sha256(hash.finalize().as_slice()))),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        hash.update(&chunk[..length]);
        if takes_more {
            match unpacking.input().write_all(&chunk[..length]) {
                // It has given up, and says why when it is asked.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => takes_more = false,
                written => written.during(|| "feed the unpacker")?,
            }
        }
    }
}
