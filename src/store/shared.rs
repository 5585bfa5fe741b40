//! Additional stores: roots of other stores of box, which are only read. Their images and layers are found as if they
//! were here, and stay whatever is done here.
//!
//! What is here comes first. Nothing keeps the owner of an additional store from removing an image that is in use here.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ImageRecord, Store, VERSION};
use crate::error::{Error, Kind, Result};
use crate::oci::Digest;

impl Store {
    /// Also finds what is in the stores at `roots`, in their order.
    pub fn with_shared(mut self, roots: impl IntoIterator<Item = PathBuf>) -> Store {
        for root in roots {
            if root != self.root && !self.shared.contains(&root) {
                self.shared.push(root);
            }
        }
        self
    }

    /// Whether an additional store can be read from this directory.
    pub fn is_at(root: &Path) -> bool {
        fs::read_to_string(root.join("VERSION")).is_ok_and(|version| version == VERSION)
    }

    /// This root first, then those of the additional stores.
    pub(super) fn roots(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.root.as_path()).chain(self.shared.iter().map(PathBuf::as_path))
    }

    /// The file or directory with this relative path: in this store, else where an additional store has it.
    pub(super) fn locate(&self, below: &Path) -> PathBuf {
        let own = self.root.join(below);
        if self.shared.is_empty() || own.exists() {
            return own;
        }
        self.shared.iter().map(|root| root.join(below)).find(|path| path.exists()).unwrap_or(own)
    }

    /// The additional store that has the image, where this one does not.
    pub fn shared_root_of(&self, id: &Digest) -> Option<&Path> {
        self.elsewhere(&Path::new("images").join(format!("{}.json", id.hex())))
    }

    /// The additional store that has the layer, where this one does not.
    pub fn shared_root_of_layer(&self, diff_id: &Digest) -> Option<&Path> {
        self.elsewhere(&Path::new("layers").join(diff_id.hex()))
    }

    fn elsewhere(&self, below: &Path) -> Option<&Path> {
        if self.shared.is_empty() || self.root.join(below).exists() {
            return None;
        }
        self.shared.iter().map(PathBuf::as_path).find(|root| root.join(below).exists())
    }

    /// The images of this store alone, newest first: those that a command may remove.
    pub fn own_images(&self) -> Result<Vec<ImageRecord>> {
        Store { root: self.root.clone(), shared: Vec::new() }.images()
    }

    /// An error where the image is not in this store but in an additional one.
    pub fn refuse_shared(&self, id: &Digest) -> Result<()> {
        match self.shared_root_of(id) {
            None => Ok(()),
            Some(root) => {
                Err(Error::new(format!("it is in the additional store {}, which is only read", root.display()))
                    .of_kind(Kind::InUse)
                    .with_hint(format!("who owns that store can change it: `box --root {}`", root.display())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::images::tests::{add_named_image, config_and_manifest};
    use crate::store::layers::tests::add_layer;

    #[test]
    fn what_an_additional_store_has_is_found_and_stays() {
        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let shared = Store::open(other.path()).unwrap();
        let layer = add_layer(&shared, "layer");
        let (config, manifest) = config_and_manifest(&layer);
        let id = add_named_image(&shared, &config, &manifest, &layer, "localhost/app:1");

        let store = Store::open(own.path()).unwrap().with_shared([other.path().to_owned(), own.path().to_owned()]);
        assert_eq!(store.find_image("localhost/app:1").unwrap().unwrap().id, id);
        assert_eq!(store.find_image_by_id(id.short()).unwrap().unwrap().id, id);
        assert_eq!(store.layer_tree(&layer), shared.layer_tree(&layer));
        assert!(store.get_blob(&id).is_ok() && store.hold_layers(std::slice::from_ref(&layer)).is_ok());
        assert_eq!((store.images().unwrap().len(), store.own_images().unwrap().len()), (1, 0));
        assert_eq!(store.shared_root_of(&id), Some(other.path()));

        assert_eq!(store.remove_image(&id, |_| Ok(())).unwrap_err().kind, Kind::InUse);
        assert!(!store.untag(&id, "localhost/app:1").unwrap());
        store.tag(&id, "localhost/mine:1").unwrap();
        assert_eq!(store.names_of(&id).unwrap(), ["localhost/app:1", "localhost/mine:1"]);
        assert_eq!(shared.names().unwrap().len(), 1);
        assert_eq!(store.remove_unused_layers().unwrap(), []);

        // Here as well from now on, and so to be removed from here.
        add_named_image(&store, &config, &manifest, &layer, "localhost/app:1");
        assert_eq!((store.images().unwrap().len(), store.shared_root_of(&id)), (1, None));
        store.remove_image(&id, |_| Ok(())).unwrap();
        assert_eq!(store.find_image("localhost/app:1").unwrap().unwrap().id, id);
    }
}
