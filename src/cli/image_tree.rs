//! `box image tree`: an image's layers from the bottom up, and which images have them too.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::json::{self, JsonOption};
use super::{Globals, print, units};
use crate::error::Result;
use crate::host::registries::Registries;
use crate::image::resolve;
use crate::oci::Digest;
use crate::store::{ImageRecord, Store};

/// Show an image layer by layer
#[derive(clap::Args)]
pub struct Args {
    /// Show what is built on the image
    #[arg(long)]
    whatrequires: bool,
    #[command(flatten)]
    json: JsonOption,
    /// The image: a name or an ID
    #[arg(value_name = "IMAGE")]
    image: String,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let image = resolve::get_local(&store, &Registries::load()?, &args.image)?.record;
    let seen = Seen::look(&store)?;
    if args.json.instead_of(&[])? {
        return json::print_one(&seen.document(&image, args.whatrequires)?).map(|()| 0);
    }
    let mut text = format!(
        "Image ID: {}\nTags:     [{}]\nSize:     {}\nImage Layers\n",
        image.id.short(),
        seen.names_of(&image.id).join(" "),
        units::human_size_compact(image.size_bytes)
    );
    match args.whatrequires {
        true => seen.write_above(&mut text, &image.diff_ids, "")?,
        false => {
            for (number, diff_id) in image.diff_ids.iter().enumerate() {
                let (is_last, layers) = (number + 1 == image.diff_ids.len(), &image.diff_ids[..=number]);
                seen.write_layer(&mut text, if is_last { "└── " } else { "├── " }, diff_id, layers)?;
            }
        }
    }
    print::block(&text)?;
    Ok(0)
}

struct Seen<'a> {
    store: &'a Store,
    images: Vec<ImageRecord>,
    names: BTreeMap<Digest, Vec<String>>,
}

impl Seen<'_> {
    fn look(store: &Store) -> Result<Seen<'_>> {
        let mut names: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        for (name, id) in store.names()? {
            names.entry(id).or_default().push(name);
        }
        Ok(Seen { store, images: store.images()?, names })
    }

    fn names_of(&self, id: &Digest) -> &[String] {
        self.names.get(id).map_or(&[], Vec::as_slice)
    }

    /// What `--json` says of the image, and of its layers or those above it.
    fn document(&self, image: &ImageRecord, above: bool) -> Result<json::ImageTree> {
        let mut layers = Vec::new();
        match above {
            true => self.add_above(&mut layers, &image.diff_ids)?,
            false => {
                for number in 0..image.diff_ids.len() {
                    layers.push(self.entry(&image.diff_ids[..=number])?);
                }
            }
        }
        let names = self.names_of(&image.id).to_vec();
        Ok(json::ImageTree { id: image.id.to_string(), names, size_bytes: image.size_bytes, layers })
    }

    fn add_above(&self, entries: &mut Vec<json::TreeLayer>, layers: &[Digest]) -> Result<()> {
        for diff_id in self.next_above(layers) {
            let layers = [layers, std::slice::from_ref(diff_id)].concat();
            entries.push(self.entry(&layers)?);
            self.add_above(entries, &layers)?;
        }
        Ok(())
    }

    /// The last of `layers`.
    fn entry(&self, layers: &[Digest]) -> Result<json::TreeLayer> {
        let (diff_id, below) = layers.split_last().expect("a layer is asked for");
        let topped = self.topped(layers);
        let named = |image: &ImageRecord| json::NamedImage {
            id: image.id.to_string(),
            names: self.names_of(&image.id).to_vec(),
        };
        Ok(json::TreeLayer {
            diff_id: diff_id.to_string(),
            depth: below.len(),
            size_bytes: self.store.layer_size(diff_id)?,
            top_of: topped.map(named).collect(),
        })
    }

    /// The images that are these layers and no more.
    fn topped(&self, layers: &[Digest]) -> impl Iterator<Item = &ImageRecord> {
        self.images.iter().filter(move |image| image.diff_ids == layers)
    }

    /// What images have on top of `layers`.
    fn next_above(&self, layers: &[Digest]) -> Vec<&Digest> {
        let above = self.images.iter().filter(|image| image.diff_ids.starts_with(layers));
        let mut next: Vec<&Digest> = above.filter_map(|image| image.diff_ids.get(layers.len())).collect();
        next.sort();
        next.dedup();
        next
    }

    /// The layer on top of `layers`, and the images that are these layers and no more.
    fn write_layer(&self, text: &mut String, branch: &str, diff_id: &Digest, layers: &[Digest]) -> Result<()> {
        let names: Vec<&str> = self
            .topped(layers)
            .flat_map(|image| match self.names_of(&image.id) {
                [] => vec!["<none>"],
                names => names.iter().map(String::as_str).collect(),
            })
            .collect();
        let size = units::human_size_compact(self.store.layer_size(diff_id)?);
        let of = if names.is_empty() { String::new() } else { format!(" Top Layer of: [{}]", names.join(" ")) };
        let _ = writeln!(text, "{branch}ID: {} Size: {size:>7}{of}", diff_id.short()); // a string takes every write
        Ok(())
    }

    /// Every layer that some image has on top of `layers`, and what lies above it.
    fn write_above(&self, text: &mut String, layers: &[Digest], indent: &str) -> Result<()> {
        let next = self.next_above(layers);
        for (number, diff_id) in next.iter().enumerate() {
            let (branch, below) =
                if number + 1 == next.len() { ("└── ", "    ") } else { ("├── ", "│   ") };
            let layers = [layers, &[(*diff_id).clone()]].concat();
            self.write_layer(text, &format!("{indent}{branch}"), diff_id, &layers)?;
            self.write_above(text, &layers, &format!("{indent}{below}"))?;
        }
        Ok(())
    }
}
