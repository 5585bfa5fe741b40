//! `--storage-opt` and `--imagestore`: the words of containers-storage.conf(5) as far as they mean something to box.

use std::path::{Path, PathBuf};

use super::{Globals, go_bool};
use crate::error::{Error, Result};
use crate::host::storage::additional_image_stores;
use crate::rootfs::Driver;
use crate::store::Store;

/// One `--storage-opt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageOption {
    ImageStore(PathBuf),
    /// What `mount_program=…/fuse-overlayfs` asks for.
    Fuse,
    /// Owners that cannot be set are recorded beside the layer in any case.
    AsEver,
}

/// Reads `overlay.mount_program=…`, with or without the driver before it.
pub fn parse(text: &str) -> std::result::Result<StorageOption, String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    let key = key.trim_start_matches(".").rsplit('.').next().unwrap_or(key);
    let is_fuse = Path::new(value).file_name().is_some_and(|name| name == "fuse-overlayfs");
    match key {
        "additionalimagestore" | "imagestore" => Ok(StorageOption::ImageStore(PathBuf::from(value))),
        "mount_program" if is_fuse => Ok(StorageOption::Fuse),
        "mount_program" => Err("the only program that box mounts with is fuse-overlayfs".to_owned()),
        "ignore_chown_errors" => match go_bool(value)? {
            true => Ok(StorageOption::AsEver),
            false => Err("box records owners that cannot be set; it does not fail for them".to_owned()),
        },
        _ => Err("box has the options additionalimagestore, mount_program and ignore_chown_errors".to_owned()),
    }
}

/// Stores that were named, which must be there, and those of storage.conf as far as they are box's.
pub fn additional_stores(globals: &Globals) -> Result<Vec<PathBuf>> {
    let by_option = globals.storage_opt.iter().filter_map(|option| match option {
        StorageOption::ImageStore(root) => Some(root),
        _ => None,
    });
    let mut stores = Vec::new();
    for root in globals.imagestore.iter().chain(by_option) {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.clone());
        if !Store::is_at(&root) {
            return Err(Error::new(format!(
                "additional store {}: there is no store of box that we may read",
                root.display()
            ))
            .with_hint(format!("`box --root {} pull IMAGE` makes one", root.display())));
        }
        stores.push(root);
    }
    stores.extend(additional_image_stores()?.into_iter().filter(|root| Store::is_at(root)));
    Ok(stores)
}

pub fn driver(globals: &Globals) -> Option<Driver> {
    globals.storage_opt.contains(&StorageOption::Fuse).then_some(Driver::FuseOverlayfs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_means_something_or_is_refused() {
        assert_eq!(parse("additionalimagestore=/x"), Ok(StorageOption::ImageStore("/x".into())));
        assert_eq!(parse("overlay.imagestore=/x"), Ok(StorageOption::ImageStore("/x".into())));
        assert_eq!(parse("overlay.mount_program=/usr/bin/fuse-overlayfs"), Ok(StorageOption::Fuse));
        assert_eq!(parse("ignore_chown_errors=true"), Ok(StorageOption::AsEver));
        for refused in ["x", "size=1G", "mount_program=/bin/mount", "overlay.ignore_chown_errors=false"] {
            assert!(parse(refused).is_err(), "{refused}");
        }
    }
}
