//! From the store into an archive.
//!
//! In an OCI layout and in `dir:` blobs are what they were when they came, byte by byte, with the manifest that names
//! them. A docker-archive holds layers uncompressed, as every reader of it expects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use rustix::process::{getegid, geteuid};

use super::{DIRECTORY_VERSION, DockerImage, Form, LAYOUT, Location, REF_NAME};
use crate::disk::atomic;
use crate::error::{During, Error, Result};
use crate::image::progress::Progress;
use crate::image::push::{Format, described, rewrite, stored_manifest};
use crate::image::resolve::Named;
use crate::image::tell;
use crate::layer::compression;
use crate::oci::Digest;
use crate::oci::manifest::{Descriptor, Index, Manifest, OCI_INDEX};
use crate::registry::Document;
use crate::store::downloads::require_blob;
use crate::store::events::Action;
use crate::store::{LayerRecord, Store};

/// What goes into one archive: an image and the names that it gets there.
pub struct Saved {
    pub image: Named,
    /// Whole references; may be none.
    pub names: Vec<String>,
}

/// Writes the images to the place. `format`: that of the manifests; `None`: what each form has.
pub fn save_to(
    store: &Store,
    images: &[Saved],
    location: &Location,
    format: Option<Format>,
    progress: &dyn Progress,
) -> Result<()> {
    let save = || match location.form {
        Form::DockerArchive | Form::OciArchive => {
            let temporary = temporary_beside(&location.path)?;
            let file = File::create_new(&temporary)?;
            let written = save_stream(store, images, location.form, format, file, progress)
                .and_then(|file| Ok(file.sync_all()?))
                .and_then(|()| Ok(fs::rename(&temporary, &location.path)?));
            written.inspect_err(|_| drop(fs::remove_file(&temporary)))
        }
        Form::OciDirectory | Form::Directory => {
            fs::create_dir_all(&location.path)?;
            let mut directory = Directory { path: location.path.clone() };
            Saving { store, sink: &mut directory, format, progress, written: BTreeSet::new() }
                .all(images, location.form)
        }
    };
    save().during(|| format!("save to {}", location.path.display()))?;
    images.iter().for_each(|saved| tell(store, &saved.image.record.id, &saved.image.name, Action::Save));
    Ok(())
}

/// Writes the images as one archive to `stream`, and gives that back.
pub fn save_stream<W: Write>(
    store: &Store,
    images: &[Saved],
    form: Form,
    format: Option<Format>,
    stream: W,
    progress: &dyn Progress,
) -> Result<W> {
    let mut archive = Archive { builder: tar::Builder::new(stream), directories: BTreeSet::new() };
    Saving { store, sink: &mut archive, format, progress, written: BTreeSet::new() }.all(images, form)?;
    let mut stream = archive.builder.into_inner().during(|| "end the archive")?;
    stream.flush().during(|| "end the archive")?;
    Ok(stream)
}

/// Where the files of an archive go.
trait Sink {
    /// A file of exactly `bytes` bytes.
    fn put(&mut self, name: &str, bytes: u64, content: &mut dyn Read) -> Result<()>;
    /// A document that was put there before, perhaps by another program.
    fn present(&self, name: &str) -> Result<Option<Vec<u8>>>;
}

struct Archive<W: Write> {
    builder: tar::Builder<W>,
    /// Those that have an entry of their own, as some readers unpack the archive.
    directories: BTreeSet<PathBuf>,
}

impl<W: Write> Archive<W> {
    fn put_directories(&mut self, name: &str) -> Result<()> {
        let above: Vec<&Path> = Path::new(name).ancestors().skip(1).filter(|dir| !dir.as_os_str().is_empty()).collect();
        for dir in above.into_iter().rev() {
            if self.directories.insert(dir.to_owned()) {
                let mut header = header_of(tar::EntryType::Directory, 0o755, 0);
                let name = format!("{}/", dir.display());
                self.builder.append_data(&mut header, &name, io::empty()).during(|| format!("write {name}"))?;
            }
        }
        Ok(())
    }
}

/// Always the same for one user, so that the same images make the same archive.
fn header_of(kind: tar::EntryType, mode: u32, bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(bytes);
    header.set_mode(mode);
    header.set_mtime(0);
    // Skopeo unpacks an archive before it reads it, and fails as a user where it would give files away.
    header.set_uid(geteuid().as_raw().into());
    header.set_gid(getegid().as_raw().into());
    header
}

impl<W: Write> Sink for Archive<W> {
    fn put(&mut self, name: &str, bytes: u64, content: &mut dyn Read) -> Result<()> {
        self.put_directories(name)?;
        let mut header = header_of(tar::EntryType::Regular, 0o644, bytes);
        let mut exact = Exact { content, left: bytes };
        self.builder.append_data(&mut header, name, &mut exact).during(|| format!("write {name}"))
    }

    fn present(&self, _: &str) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

struct Directory {
    path: PathBuf,
}

impl Sink for Directory {
    fn put(&mut self, name: &str, bytes: u64, content: &mut dyn Read) -> Result<()> {
        let path = self.path.join(name);
        let write = || -> Result<()> {
            let parent = path.parent().unwrap_or(&self.path);
            fs::create_dir_all(parent)?;
            let temporary = temporary_beside(&path)?;
            let mut file = File::create_new(&temporary)?;
            io::copy(&mut Exact { content, left: bytes }, &mut file)
                .and_then(|_| fs::rename(&temporary, &path))
                .inspect_err(|_| drop(fs::remove_file(&temporary)))?;
            Ok(())
        };
        let mut write = write;
        write().during(|| format!("write {}", path.display()))
    }

    fn present(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.path.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).during(|| format!("read {name}")),
        }
    }
}

/// One save: what it works with.
struct Saving<'a> {
    store: &'a Store,
    sink: &'a mut dyn Sink,
    format: Option<Format>,
    progress: &'a dyn Progress,
    /// Files that are there, as images share layers.
    written: BTreeSet<String>,
}

impl Saving<'_> {
    fn all(&mut self, images: &[Saved], form: Form) -> Result<()> {
        let held = images.iter().map(|saved| self.store.hold_layers(&saved.image.record.diff_ids));
        let held = held.collect::<Result<Vec<_>>>()?;
        match form {
            Form::DockerArchive => self.docker_archive(images)?,
            Form::OciArchive | Form::OciDirectory => self.oci_layout(images)?,
            Form::Directory => match images {
                [only] => self.directory(&only.image)?,
                _ => return Err(Error::usage("a directory of this form holds one image")),
            },
        }
        drop(held);
        Ok(())
    }

    fn docker_archive(&mut self, images: &[Saved]) -> Result<()> {
        let mut list = Vec::new();
        for Saved { image, names } in images {
            let record = &image.record;
            let mut layers = Vec::new();
            for diff_id in &record.diff_ids {
                let name = format!("{}.tar", diff_id.hex());
                if self.is_new(&name) {
                    self.uncompressed(&name, &self.layer(diff_id)?)?;
                }
                layers.push(name);
            }
            let config = format!("{}.json", record.id.hex());
            if self.is_new(&config) {
                self.document(&config, &self.store.get_blob(&record.id)?)?;
            }
            list.push(DockerImage { config, repo_tags: names.iter().map(|name| familiar(name)).collect(), layers });
        }
        self.document("manifest.json", &serde_json::to_vec(&list)?)
    }

    /// Into what is a layout already: images of other names stay.
    fn oci_layout(&mut self, images: &[Saved]) -> Result<()> {
        let present = self.sink.present("index.json")?;
        let empty = || Index { schema_version: 2, media_type: Some(OCI_INDEX.to_owned()), manifests: Vec::new() };
        let mut index = match &present {
            Some(bytes) => serde_json::from_slice(bytes).during(|| "read the index.json that is there")?,
            None => empty(),
        };
        self.document("oci-layout", LAYOUT.as_bytes())?;
        for Saved { image, names } in images {
            let (document, manifest) = self.manifest(image, self.format.unwrap_or(Format::Oci))?;
            let blob = |digest: &Digest| format!("blobs/sha256/{}", digest.hex());
            self.blobs(image, &manifest, &blob)?;
            let name = blob(&document.digest);
            if self.is_new(&name) {
                self.document(&name, &document.bytes)?;
            }
            let called = |name: Option<&String>| Descriptor {
                media_type: document.media_type.clone(),
                digest: document.digest.clone(),
                size: document.bytes.len() as u64,
                platform: None,
                annotations: name
                    .map(|name| (REF_NAME.to_owned(), name.clone()))
                    .into_iter()
                    .collect::<BTreeMap<_, _>>(),
            };
            let entries: Vec<Descriptor> = match names.is_empty() {
                true => vec![called(None)],
                false => names.iter().map(|name| called(Some(name))).collect(),
            };
            index.manifests.retain(|old: &Descriptor| {
                let is_same = |new: &Descriptor| match old.annotations.get(REF_NAME) {
                    Some(name) => new.annotations.get(REF_NAME) == Some(name),
                    None => new.annotations.is_empty() && new.digest == old.digest,
                };
                !entries.iter().any(is_same)
            });
            index.manifests.extend(entries);
        }
        // Last: whoever finds it finds all that it names.
        self.document("index.json", &serde_json::to_vec(&index)?)
    }

    fn directory(&mut self, image: &Named) -> Result<()> {
        let (document, manifest) = match self.format {
            Some(format) => self.manifest(image, format)?,
            None => self.manifest_as_it_is(image)?,
        };
        self.blobs(image, &manifest, &|digest| digest.hex().to_owned())?;
        self.document("version", DIRECTORY_VERSION.as_bytes())?;
        self.document("manifest.json", &document.bytes)
    }

    /// The manifest in that format, for the blobs that the store keeps.
    fn manifest(&self, image: &Named, format: Format) -> Result<(Document, Manifest)> {
        let (document, manifest) = self.manifest_as_it_is(image)?;
        match Format::of(&document.media_type) == format {
            true => Ok((document, manifest)),
            false => {
                let layers: Vec<&Descriptor> = manifest.layers.iter().collect();
                parsed(rewrite(&document.bytes, format, &layers)?)
            }
        }
    }

    fn manifest_as_it_is(&self, image: &Named) -> Result<(Document, Manifest)> {
        let record = &image.record;
        let (document, manifest) = stored_manifest(self.store, &record.manifest, record)?;
        let mut kept = Vec::new();
        for (stated, diff_id) in manifest.layers.iter().zip(&record.diff_ids) {
            let layer = self.layer(diff_id)?;
            // It may have come as another blob, for another image.
            kept.push(match &layer.kept {
                Some(source) if source.digest != stated.digest => described(source),
                _ => stated.clone(),
            });
        }
        let unchanged = kept.iter().zip(&manifest.layers).all(|(kept, stated)| kept.digest == stated.digest);
        match unchanged {
            true => Ok((document, manifest)),
            false => {
                let format = Format::of(&document.media_type);
                parsed(rewrite(&document.bytes, format, &kept.iter().collect::<Vec<_>>())?)
            }
        }
    }

    /// Config and layers, as they are.
    fn blobs(&mut self, image: &Named, manifest: &Manifest, name: &dyn Fn(&Digest) -> String) -> Result<()> {
        for (blob, diff_id) in manifest.layers.iter().zip(&image.record.diff_ids) {
            let file = name(&blob.digest);
            if !self.is_new(&file) {
                continue;
            }
            let layer = self.layer(diff_id)?;
            let (source, mut content) = require_blob(self.store.open_layer_blob(&layer)?, &layer)?;
            self.progress.message(&format!("saving layer {}", diff_id.short()));
            let act = || format!("save layer {}", diff_id.short());
            self.sink.put(&file, source.size_compressed, &mut content).during(act)?;
        }
        let config = name(&manifest.config.digest);
        if self.is_new(&config) {
            self.document(&config, &self.store.get_blob(&manifest.config.digest)?)?;
        }
        Ok(())
    }

    fn uncompressed(&mut self, name: &str, layer: &LayerRecord) -> Result<()> {
        let open = || -> Result<_> {
            let (_, blob) = require_blob(self.store.open_layer_blob(layer)?, layer)?;
            compression::open_checked(blob, layer.diff_id.clone())
        };
        self.progress.message(&format!("saving layer {}", layer.diff_id.short()));
        let mut save = || -> Result<()> {
            let bytes = match &layer.kept {
                Some(kept) if kept.digest == layer.diff_id => kept.size_compressed,
                // An archive says how long its member is before it comes.
                _ => io::copy(&mut open()?, &mut io::sink())?,
            };
            self.sink.put(name, bytes, &mut open()?)
        };
        save().during(|| format!("save layer {}", layer.diff_id.short()))
    }

    fn layer(&self, diff_id: &Digest) -> Result<LayerRecord> {
        self.store.find_layer(diff_id)?.ok_or_else(|| Error::new(format!("layer {} is gone", diff_id.short())))
    }

    fn document(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.sink.put(name, bytes.len() as u64, &mut &bytes[..])
    }

    fn is_new(&mut self, name: &str) -> bool {
        self.written.insert(name.to_owned())
    }
}

fn parsed(document: Document) -> Result<(Document, Manifest)> {
    let manifest = serde_json::from_slice(&document.bytes)?;
    Ok((document, manifest))
}

/// Docker's own images under the name that Docker uses.
fn familiar(name: &str) -> String {
    crate::oci::Reference::parse(name).map_or_else(|_| name.to_owned(), |reference| reference.familiar())
}

fn temporary_beside(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| Error::usage(format!("{} names no file", path.display())))?;
    Ok(path.with_file_name(format!(".{}.{}", name.to_string_lossy(), atomic::fresh_name())))
}

/// Neither more nor less than was promised.
struct Exact<'a> {
    content: &'a mut dyn Read,
    left: u64,
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other("it is longer than recorded"))?;
        match read == 0 && self.left > 0 && !buffer.is_empty() {
            true => Err(io::Error::other("it is shorter than recorded")),
            false => Ok(read),
        }
    }
}
