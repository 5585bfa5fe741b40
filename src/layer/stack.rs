//! Layers on top of each other as one tree: what an overlay file system shows of them, without mounting one.
//!
//! Only names and descriptors: whoever walks the tree asks directory by directory. Every path is resolved by the kernel
//! beneath its layer, as a container may be at work in the topmost one.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, OFlags, Stat, statat};
use rustix::io::Errno;

use super::owners::Owners;
use super::whiteout::{AUFS_PREFIX, OPAQUE_MARKER, WHITEOUT_PREFIX, is_opaque};
use crate::disk::{beneath, tree};
use crate::error::{During, Result};

/// One layer's directory, and what is written down of its owners.
#[derive(Debug)]
pub struct Layer {
    pub tree: OwnedFd,
    pub owners: Owners,
    /// Whether owners that are written down with the files count.
    pub has_marked_owners: bool,
}

/// Layers, topmost first.
#[derive(Debug)]
pub struct Stack(pub Vec<Layer>);

/// A name in a directory of the tree.
#[derive(Debug)]
pub struct Seen {
    pub name: CString,
    pub stat: Stat,
    /// Those that show something here, topmost first: one of them, and for a directory all whose content is merged.
    pub layers: Vec<usize>,
}

/// A directory of the tree.
#[derive(Debug, Default)]
pub struct Listing {
    /// In the order of their bytes.
    pub entries: Vec<Seen>,
    /// Names that are said to be gone, and are not here again.
    pub gone: BTreeSet<CString>,
    /// One of the layers hides what lies below it.
    pub is_opaque: bool,
}

impl Seen {
    pub fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.stat.st_mode)
    }

    pub fn is_directory(&self) -> bool {
        self.kind() == FileType::Directory
    }

    /// The layer whose file it is.
    pub fn layer(&self) -> usize {
        self.layers[0]
    }
}

impl Stack {
    /// All layers, for the root of the tree.
    pub fn all(&self) -> Vec<usize> {
        (0..self.0.len()).collect()
    }

    /// The directory `path`, which these `layers` show. One that has gone meanwhile is empty.
    pub fn list(&self, path: &Path, layers: &[usize]) -> Result<Listing> {
        let mut found: BTreeMap<CString, Seen> = BTreeMap::new();
        let mut listing = Listing::default();
        for &layer in layers {
            let Some(dir) = self.open(layer, path, OFlags::DIRECTORY)? else { continue };
            let mut gone = Vec::new();
            for (name, _) in tree::names(dir.as_fd()).during(|| format!("list `{}`", path.display()))? {
                match name.to_bytes() {
                    OPAQUE_MARKER => {}
                    bytes if bytes.starts_with(AUFS_PREFIX) => {}
                    bytes => match bytes.strip_prefix(WHITEOUT_PREFIX) {
                        Some(hidden) => gone.extend(CString::new(hidden)),
                        None => {
                            let stat = match statat(&dir, &name, AtFlags::SYMLINK_NOFOLLOW) {
                                Err(Errno::NOENT) => continue, // removed meanwhile
                                stat => stat.during(|| format!("look at `{}`", show(path, &name)))?,
                            };
                            if tree::is_whiteout(&stat) {
                                gone.push(name);
                            } else if !listing.gone.contains(&name) {
                                gone.extend(show_through(&mut found, name, stat, layer));
                            }
                        }
                    },
                }
            }
            // Only from here on: a whiteout is for the layers below.
            listing.gone.extend(gone);
            if is_opaque(dir.as_fd()) {
                listing.is_opaque = true;
                break;
            }
        }
        listing.gone.retain(|name| !found.contains_key(name));
        listing.entries = found.into_values().collect();
        Ok(listing)
    }

    /// Opens what `path` is in that layer, to be read; `None` where it is gone.
    pub fn open(&self, layer: usize, path: &Path, flags: OFlags) -> Result<Option<OwnedFd>> {
        let flags = flags | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        beneath::find(self.0[layer].tree.as_fd(), path, flags)
    }
}

/// What a layer has under a name, seen below what the layers above have there. Returns the name where nothing of the
/// layers further below can be seen.
fn show_through(found: &mut BTreeMap<CString, Seen>, name: CString, stat: Stat, layer: usize) -> Option<CString> {
    let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    match found.get_mut(&name) {
        Some(above) if above.is_directory() && is_directory => above.layers.push(layer),
        Some(_) => {}
        None => drop(found.insert(name.clone(), Seen { name: name.clone(), stat, layers: vec![layer] })),
    }
    (!is_directory).then_some(name)
}

fn show(path: &Path, name: &CStr) -> String {
    path.join(OsStr::from_bytes(name.to_bytes())).display().to_string()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::layer::fixture::Tar;
    use crate::layer::unpack;
    use std::fs::File;

    /// Unpacks the archives, topmost first, as a stack.
    pub fn stack_of(tars: &[Tar], check: impl FnOnce(Stack)) {
        let dir = tempfile::tempdir().unwrap();
        let mut stack = Stack(Vec::new());
        for (number, tar) in tars.iter().enumerate() {
            let place = dir.path().join(number.to_string());
            std::fs::create_dir(&place).unwrap();
            let tree = OwnedFd::from(File::open(place).unwrap());
            let mut owners = Vec::new();
            unpack(&tar.bytes()[..], tree.as_fd(), &mut owners).unwrap();
            stack.0.push(Layer { tree, owners: Owners::parse(&owners).unwrap(), has_marked_owners: false });
        }
        check(stack);
    }

    fn names(stack: &Stack, path: &str, layers: &[usize]) -> Vec<(String, Vec<usize>)> {
        let listing = stack.list(Path::new(path), layers).unwrap();
        listing.entries.into_iter().map(|seen| (seen.name.to_string_lossy().into_owned(), seen.layers)).collect()
    }

    #[test]
    fn layers_show_what_an_overlay_would_show() {
        let [mut top, mut middle, mut bottom] = [Tar::new(), Tar::new(), Tar::new()];
        top.directory("both").put("");
        top.directory("cut").put("");
        top.file(".wh.gone").put("");
        top.directory("opaque").put("");
        top.file("opaque/new").put("");
        top.file("opaque/.wh..wh..opq").put("");
        middle.file("both/middle").put("");
        middle.file("cut").put("a file where the others have directories");
        middle.file("opaque/old").put("");
        middle.file("hidden/.wh.file").put("");
        bottom.file("both/bottom").put("");
        bottom.file("cut/bottom").put("");
        bottom.file("gone").put("");
        bottom.file("hidden/file").put("");
        stack_of(&[top, middle, bottom], |stack| {
            let named = |name: &str, layers: &[usize]| (name.to_owned(), layers.to_vec());
            let root =
                [named("both", &[0, 1, 2]), named("cut", &[0]), named("hidden", &[1, 2]), named("opaque", &[0, 1])];
            assert_eq!(names(&stack, "", &stack.all()), root);
            assert_eq!(names(&stack, "both", &[0, 1, 2]), [named("bottom", &[2]), named("middle", &[1])]);
            assert_eq!(names(&stack, "opaque", &[0, 1]), [named("new", &[0])]);
            assert_eq!(names(&stack, "hidden", &[1, 2]), []);
            assert_eq!(names(&stack, "never/there", &[1, 2]), []);
            let listing = stack.list(Path::new(""), &[0]).unwrap();
            assert_eq!(listing.gone.iter().map(|name| name.to_str().unwrap()).collect::<Vec<_>>(), ["gone"]);
            assert!(stack.list(Path::new("opaque"), &[0]).unwrap().is_opaque);
        });
    }
}
