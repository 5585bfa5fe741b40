//! Whether the store is what its records and digests say, as far as the store alone can tell; and what it takes to put
//! a part of it right.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use super::downloads::{PLAIN_BLOB, ZSTD_BLOB};
use super::{ImageRecord, LayerRecord, ListRecord, Staging, Store, staging};
use crate::disk::{Lock, atomic, record};
use crate::error::{During, Error, Result};
use crate::oci::Digest;
use crate::oci::image::ImageConfig;
use crate::oci::manifest::Manifest;

/// One part that is not what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    pub part: Part,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A name of an image, by its file.
    Name(OsString),
    /// What the store knows of an image.
    Record(Digest),
    /// The manifest and the config of an image.
    Documents(Box<ImageRecord>),
    /// What the store knows of a manifest list.
    List(Digest),
    /// By its ID.
    Container(String),
}

impl Store {
    /// Everything but the layers: names, records, manifests and configs. What is whole is returned too.
    pub fn check_records(&self) -> Result<(Vec<ImageRecord>, Vec<Damage>)> {
        const LOOKS: usize = 4;
        let (mut images, mut damages) = self.look_at_records()?;
        // What another command is removing at that moment is gone at the next, and may have come again: damaged is what
        // is so each time.
        for _ in 1..LOOKS {
            if damages.is_empty() {
                break;
            }
            let (listed, again) = self.look_at_records()?;
            damages.retain(|damage| again.contains(damage));
            images = listed;
        }
        Ok((images, damages))
    }

    fn look_at_records(&self) -> Result<(Vec<ImageRecord>, Vec<Damage>)> {
        let (mut images, mut damages) = (Vec::new(), Vec::new());
        for (id, path) in self.files_by_id("images")? {
            match self.check_image(&id, &path) {
                Ok(image) => {
                    if let Err(error) = self.check_documents(&image) {
                        let part = Part::Documents(Box::new(image.clone()));
                        damages.push(Damage { part, why: error.to_string() });
                    }
                    images.push(image);
                }
                Err(error) => damages.push(Damage { part: Part::Record(id), why: error.to_string() }),
            }
        }
        for (id, path) in self.files_by_id("lists")? {
            if let Err(error) = self.check_list(&id, &path) {
                damages.push(Damage { part: Part::List(id), why: error.to_string() });
            }
        }
        for (file_name, path) in super::images::files_in(&self.root.join("names/images"))?
            .into_iter()
            .map(|path| (path.file_name().unwrap_or_default().to_owned(), path))
        {
            if let Err(error) = self.check_name(&path) {
                damages.push(Damage { part: Part::Name(file_name), why: error.to_string() });
            }
        }
        for dir in staging::dirs_in(&self.containers_dir())? {
            // What a container uses cannot be told apart from what nobody uses where its record cannot be read.
            if let Err(error) = record::read::<super::layers::ContainerUse>(&dir.join("record.json")) {
                let id = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
                damages.push(Damage { part: Part::Container(id), why: error.to_string() });
            }
        }
        Ok((images, damages))
    }

    /// The records in a directory, each with the ID that its file is named after.
    fn files_by_id(&self, dir: &str) -> Result<Vec<(Digest, PathBuf)>> {
        let files = super::images::files_in(&self.root.join(dir))?;
        let id = |path: &PathBuf| format!("sha256:{}", path.file_stem()?.to_str()?).parse().ok();
        Ok(files.into_iter().filter_map(|path| Some((id(&path)?, path))).collect())
    }

    fn check_image(&self, id: &Digest, path: &std::path::Path) -> Result<ImageRecord> {
        let image: ImageRecord = record::read(path)?.ok_or_else(|| Error::new("its record has gone"))?;
        match image.id == *id {
            true => Ok(image),
            false => Err(Error::new(format!("its record speaks of another image, {}", image.id.short()))),
        }
    }

    fn check_list(&self, id: &Digest, path: &std::path::Path) -> Result<()> {
        let list: ListRecord = record::read(path)?.ok_or_else(|| Error::new("its record has gone"))?;
        match list.id == *id {
            true => Ok(()),
            false => Err(Error::new(format!("its record speaks of another list, {}", list.id.short()))),
        }
    }

    fn check_documents(&self, image: &ImageRecord) -> Result<()> {
        let config = self.get_blob(&image.id).during(|| "its config")?;
        let config: ImageConfig = serde_json::from_slice(&config).during(|| "its config")?;
        if config.rootfs.diff_ids != image.diff_ids {
            return Err(Error::new("its record names other layers than its config"));
        }
        let manifest = self.get_blob(&image.manifest).during(|| "its manifest")?;
        let manifest: Manifest = serde_json::from_slice(&manifest).during(|| "its manifest")?;
        match manifest.config.digest == image.id {
            true => Ok(()),
            false => Err(Error::new("its manifest belongs to another image")),
        }
    }

    fn check_name(&self, path: &std::path::Path) -> Result<()> {
        let Some((name, id)) = self.read_name_file(path)? else { return Ok(()) };
        if self.name_path(&name) != path {
            return Err(Error::new(format!("its record is for another name, {}", name.escape_debug())));
        }
        match self.image_path(&id).exists() || self.list_path(&id).exists() {
            true => Ok(()),
            false => Err(Error::new(format!("its image {} is not here", id.short()))),
        }
    }

    /// What is recorded of a layer, whether or not the layer can be used.
    pub fn recorded_layer(&self, diff_id: &Digest) -> Result<Option<LayerRecord>> {
        let layer: Option<LayerRecord> = record::read(&self.layer_dir(diff_id).join("record.json"))?;
        match layer {
            Some(layer) if layer.diff_id != *diff_id => Err(Error::new("its record is for another layer")),
            layer => Ok(layer),
        }
    }

    /// Layers that no image and no container refers to and that have not changed for so long.
    pub fn layers_unused_for(&self, age: Duration) -> Result<Vec<Digest>> {
        let used = self.diff_ids_in_use()?;
        let mut unused = Vec::new();
        for diff_id in self.layers()?.into_iter().filter(|diff_id| !used.contains(diff_id)) {
            let modified = fs::metadata(self.own_layer_dir(&diff_id)).and_then(|metadata| metadata.modified());
            // One whose time is in the future is new by any clock.
            if modified.is_ok_and(|time| time.elapsed().is_ok_and(|elapsed| elapsed >= age)) {
                unused.push(diff_id);
            }
        }
        Ok(unused)
    }

    /// Keeps a layer as it is, and away if it is not there: nobody removes or fetches it as long as the lock lives.
    pub fn hold_layer(&self, diff_id: &Digest) -> Result<Lock> {
        Lock::shared(&self.layer_lock_path(diff_id))
    }

    /// The right to replace a layer; `None` while another command needs it.
    pub fn try_lock_layer(&self, diff_id: &Digest) -> Result<Option<Lock>> {
        Lock::try_exclusive(&self.layer_lock_path(diff_id))
    }

    /// Gives a layer that is unpacked anew the blob of the one that is there.
    pub fn link_layer_blob(&self, diff_id: &Digest, staging: &Staging) -> Result<()> {
        for name in [PLAIN_BLOB, ZSTD_BLOB] {
            let (from, to) = (self.layer_dir(diff_id).join(name), staging.path().join(name));
            if from.exists() && fs::hard_link(&from, &to).is_err() {
                // A file system without hard links.
                fs::copy(&from, &to).during(|| format!("copy {}", from.display()))?;
            }
        }
        Ok(())
    }

    /// Takes a layer out of its place into `staging`, for [`Store::put_back_layer`] to undo.
    pub fn set_layer_aside(&self, diff_id: &Digest, staging: &Staging) -> Result<()> {
        match fs::rename(self.own_layer_dir(diff_id), staging.path().join("aside")) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done.during(|| format!("set layer {} aside", diff_id.short())),
        }
    }

    pub fn put_back_layer(&self, diff_id: &Digest, staging: &Staging) -> Result<()> {
        let aside = staging.path().join("aside");
        let place = self.own_layer_dir(diff_id);
        if !place.exists() && aside.exists() {
            fs::rename(aside, place).during(|| format!("put layer {} back", diff_id.short()))?;
        }
        Ok(())
    }

    /// Writes the record of an image anew from its manifest and config, which must be whole.
    pub fn rebuild_record(&self, id: &Digest) -> Result<ImageRecord> {
        let config: ImageConfig = serde_json::from_slice(&self.get_blob(id).during(|| "its config")?)?;
        let manifest = self.find_manifest_of(id)?.ok_or_else(|| Error::new("its manifest is not among the blobs"))?;
        let mut size_bytes = 0;
        for diff_id in &config.rootfs.diff_ids {
            size_bytes += self.recorded_layer(diff_id).ok().flatten().map_or(0, |layer| layer.size_bytes);
        }
        let names = self.readable_names()?.into_iter().filter(|(_, named)| named == id).map(|(name, _)| name);
        let names_history: Vec<String> = names.collect();
        let repository =
            |name: &String| name.rsplit_once(':').map_or(name.clone(), |(repository, _)| repository.to_owned());
        let image = ImageRecord {
            id: id.clone(),
            repo_digests: names_history.iter().map(|name| format!("{}@{manifest}", repository(name))).collect(),
            manifest,
            diff_ids: config.rootfs.diff_ids,
            size_bytes,
            created: config.created,
            architecture: config.architecture,
            os: config.os,
            variant: config.variant,
            names_history,
        };
        record::write(&self.image_path(id), &image).during(|| format!("list image {}", id.short()))?;
        Ok(image)
    }

    fn find_manifest_of(&self, id: &Digest) -> Result<Option<Digest>> {
        for path in super::images::files_in(&self.root.join("blobs/sha256"))? {
            let digest = path.file_name().and_then(|hex| format!("sha256:{}", hex.to_str()?).parse::<Digest>().ok());
            let Some(digest) = digest else { continue };
            // Damaged ones are no manifests; those of other images are passed over.
            let Ok(Some(bytes)) = self.find_blob(&digest) else { continue };
            if serde_json::from_slice::<Manifest>(&bytes).is_ok_and(|manifest| manifest.config.digest == *id) {
                return Ok(Some(digest));
            }
        }
        Ok(None)
    }

    fn readable_names(&self) -> Result<Vec<(String, Digest)>> {
        let files = super::images::files_in(&self.root.join("names/images"))?;
        Ok(files.iter().filter_map(|path| self.read_name_file(path).ok().flatten()).collect())
    }

    /// Removes a name that names nothing, by its file.
    pub fn forget_name(&self, file_name: &OsString) -> Result<()> {
        let dir = self.root.join("names/images");
        let path = dir.join(file_name);
        fs::remove_file(&path).during(|| format!("remove {}", path.display()))?;
        atomic::sync_dir(&dir)
    }

    /// Removes a manifest list whatever state it is in.
    pub fn forget_list(&self, id: &Digest) -> Result<()> {
        for (name, _) in self.readable_names()?.into_iter().filter(|(_, named)| named == id) {
            self.untag(id, &name)?;
        }
        let path = self.list_path(id);
        fs::remove_file(&path).during(|| format!("remove {}", path.display()))
    }

    /// Removes an image whatever state it is in. Its layers stay until [`Store::remove_unused_layers`].
    pub fn forget_image(&self, id: &Digest) -> Result<()> {
        for (name, _) in self.readable_names()?.into_iter().filter(|(_, named)| named == id) {
            self.untag(id, &name)?;
        }
        let path = self.image_path(id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done.during(|| format!("remove {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::images::tests::{add_named_image, config_and_manifest};
    use crate::store::layers::tests::add_layer;

    const APP: &str = "localhost/app:1";

    fn with_image(check: impl FnOnce(&Store, ImageRecord)) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let layer = add_layer(&store, "layer");
        let (config, manifest) = config_and_manifest(&layer);
        let id = add_named_image(&store, &config, &manifest, &layer, APP);
        assert_eq!(parts(&store), []);
        let image = store.read_image(&id).unwrap().unwrap();
        check(&store, image);
    }

    fn parts(store: &Store) -> Vec<Part> {
        store.check_records().unwrap().1.into_iter().map(|damage| damage.part).collect()
    }

    #[test]
    fn damaged_documents_are_seen() {
        with_image(|store, image| {
            fs::write(store.blob_path(&image.manifest), "{}").unwrap();
            assert_eq!(parts(store), [Part::Documents(Box::new(image.clone()))]);
            fs::remove_file(store.blob_path(&image.id)).unwrap();
            let (_, damages) = store.check_records().unwrap();
            assert!(damages[0].why.contains("its config: blob"), "{damages:?}");
        });
    }

    #[test]
    fn a_record_is_made_anew_from_what_it_is_about() {
        with_image(|store, image| {
            fs::write(store.image_path(&image.id), "{").unwrap();
            assert_eq!(parts(store), [Part::Record(image.id.clone())]);
            let rebuilt = store.rebuild_record(&image.id).unwrap();
            assert_eq!((rebuilt.manifest, rebuilt.diff_ids), (image.manifest.clone(), image.diff_ids.clone()));
            assert!(rebuilt.repo_digests.contains(&format!("localhost/app@{}", image.manifest)));
            assert_eq!(parts(store), []);
        });
    }

    #[test]
    fn list_that_cannot_be_read_is_seen_and_forgotten_with_its_names() {
        with_image(|store, _| {
            let list = store.create_list("localhost/all:latest", Default::default()).unwrap();
            assert_eq!(parts(store), []);
            fs::write(store.list_path(&list.id), "not json").unwrap();
            assert_eq!(parts(store), [Part::List(list.id.clone())]);
            store.forget_list(&list.id).unwrap();
            assert_eq!(parts(store), []);
            assert_eq!(store.find_name("localhost/all:latest").unwrap(), None);
        });
    }

    #[test]
    fn names_that_name_nothing_are_seen_and_forgotten() {
        with_image(|store, image| {
            let file = store.name_path(APP).file_name().unwrap().to_owned();
            fs::remove_file(store.image_path(&image.id)).unwrap();
            assert_eq!(parts(store), [Part::Name(file.clone())]);
            fs::write(store.name_path(APP), "not json").unwrap();
            assert_eq!(parts(store), [Part::Name(file.clone())]);
            store.forget_name(&file).unwrap();
            assert_eq!(parts(store), []);
        });
    }

    #[test]
    fn layers_that_nobody_uses_are_seen_when_they_have_rested() {
        with_image(|store, _| {
            let unused = add_layer(store, "unused");
            assert_eq!(store.layers_unused_for(Duration::from_secs(3600)).unwrap(), []);
            assert_eq!(store.layers_unused_for(Duration::ZERO).unwrap(), [unused]);
        });
    }
}
