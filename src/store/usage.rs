//! What the images take on disk: each layer counted once, however many images have it.

use std::collections::{HashMap, HashSet};
use std::fs;

use super::{ImageRecord, Store};
use crate::disk::tree;
use crate::error::{During, Result};
use crate::oci::Digest;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Newest first.
    pub images: Vec<ImageUsage>,
    /// Of all images, of layers that no image has (any more), and of what has arrived of others.
    pub total_bytes: u64,
    /// What goes with the images that no container uses.
    pub reclaimable_bytes: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ImageUsage {
    pub image: ImageRecord,
    pub container_count: usize,
    /// Of layers that another image has too.
    pub shared_bytes: u64,
    /// Of what goes with this image.
    pub unique_bytes: u64,
}

impl Store {
    pub fn image_usage(&self) -> Result<Usage> {
        let (images, containers) = (self.own_images()?, self.container_uses()?);
        let mut layer_sizes = HashMap::new();
        for diff_id in self.layers()? {
            let size_bytes = self.layer_size_on_disk(&diff_id)?;
            layer_sizes.insert(diff_id, size_bytes);
        }
        let size_of = |diff_id: &Digest| layer_sizes.get(diff_id).copied().unwrap_or(0);
        let mut users: HashMap<&Digest, usize> = HashMap::new();
        for image in &images {
            each_once(image).for_each(|diff_id| *users.entry(diff_id).or_default() += 1);
        }
        let mut needed: HashSet<&Digest> = containers.iter().flat_map(|container| &container.diff_ids).collect();
        let mut needed_bytes = 0;
        let mut usage = Usage::default();
        for image in &images {
            let is_its = |id: &&Option<Digest>| id.as_ref() == Some(&image.id);
            let container_count = containers.iter().map(|container| &container.image_id).filter(is_its).count();
            let documents = self.documents_size(image);
            if container_count > 0 {
                needed.extend(&image.diff_ids);
                needed_bytes += documents;
            }
            let (shared, unique): (Vec<&Digest>, Vec<&Digest>) =
                each_once(image).partition(|diff_id| users.get(diff_id).is_some_and(|&count| count > 1));
            usage.images.push(ImageUsage {
                image: image.clone(),
                container_count,
                shared_bytes: shared.into_iter().map(size_of).sum(),
                unique_bytes: documents + unique.into_iter().map(size_of).sum::<u64>(),
            });
        }
        needed_bytes += needed.into_iter().map(size_of).sum::<u64>();
        usage.total_bytes = layer_sizes.values().sum::<u64>();
        for dir in ["blobs/sha256", "downloads"] {
            let dir = self.root.join(dir);
            usage.total_bytes += if dir.exists() { tree::size(&dir)? } else { 0 };
        }
        usage.reclaimable_bytes = usage.total_bytes.saturating_sub(needed_bytes);
        Ok(usage)
    }

    /// Bytes of a layer with all that is kept of it: its files and the blob that it came as.
    pub fn layer_size_on_disk(&self, diff_id: &Digest) -> Result<u64> {
        Ok(self.find_layer(diff_id)?.map_or(0, |layer| layer.size_bytes) + self.layer_blob_size(diff_id))
    }

    /// Bytes of an image's manifest and config.
    pub fn documents_size(&self, image: &ImageRecord) -> u64 {
        let size = |digest| fs::metadata(self.blob_path(digest)).map_or(0, |blob| blob.len());
        size(&image.id) + size(&image.manifest)
    }

    /// Bytes of half-made and removed things that only wait for a sweep.
    pub fn leftover_size(&self) -> Result<u64> {
        self.abandon_dead_staging()?;
        tree::size(&self.root.join("trash")).during(|| "measure what earlier commands left")
    }
}

/// The layers of an image, which may have one of them twice.
fn each_once(image: &ImageRecord) -> impl Iterator<Item = &Digest> {
    let mut seen = HashSet::new();
    image.diff_ids.iter().filter(move |diff_id| seen.insert(*diff_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::images::tests::add_image_of;
    use crate::store::layers::tests::add_layer;

    #[test]
    fn a_layer_of_two_images_is_counted_once_and_shared_by_both() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let [base, top, other, unused] = ["base", "top of it", "other", "unused"].map(|text| add_layer(&store, text));
        let size = |diff_id: &Digest| store.layer_size_on_disk(diff_id).unwrap();
        let one = add_image_of(&store, "one", &[&base, &top, &top]);
        let two = add_image_of(&store, "two", &[&base, &other]);
        let documents = |id: &Digest| store.documents_size(&store.read_image(id).unwrap().unwrap());
        let container = store.container_dir("c");
        fs::create_dir(&container).unwrap();
        fs::write(container.join("record.json"), format!(r#"{{"image_id":"{one}","diff_ids":["{base}","{top}"]}}"#))
            .unwrap();

        let usage = store.image_usage().unwrap();
        let of = |id: &Digest| usage.images.iter().find(|usage| usage.image.id == *id).unwrap();
        assert_eq!((of(&one).shared_bytes, of(&two).shared_bytes), (size(&base), size(&base)));
        assert_eq!(of(&one).unique_bytes, size(&top) + documents(&one));
        assert_eq!((of(&one).container_count, of(&two).container_count), (1, 0));
        let all = [&base, &top, &other, &unused].map(size).iter().sum::<u64>() + documents(&one) + documents(&two);
        assert_eq!(usage.total_bytes, all);
        assert_eq!(usage.reclaimable_bytes, size(&other) + size(&unused) + documents(&two));
        assert!(size(&base) > 0 && documents(&one) > 0);
    }
}
