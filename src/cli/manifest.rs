//! `box manifest`: lists of images for several platforms.

use std::collections::BTreeMap;

use super::options::registry::{ConnectionOptions, RetryOptions, UnsupportedOptions};
use super::personality;
use super::push::ResultOptions;
use super::{Globals, go_bool, print, progress};
use crate::error::{Error, Kind, Result};
use crate::host::registries::Registries;
use crate::image::manifest_list::{self, Description, Source};
use crate::image::pull::{self, PullOptions};
use crate::image::resolve;
use crate::image::tag::local_name;
use crate::store::{ListRecord, Store};

/// Make a list of images for several platforms
#[derive(clap::Args)]
pub struct CreateArgs {
    /// Add all images of those that are lists themselves
    #[arg(long)]
    all: bool,
    /// Add to a list of that name, if there is one
    #[arg(short, long)]
    amend: bool,
    /// Say this of the list
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    annotation: Vec<(String, String)>,
    /// The name of the list
    #[arg(value_name = "LIST")]
    list: String,
    /// Its first images
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub fn run_create(args: CreateArgs, globals: &Globals) -> Result<u8> {
    let (store, registries) = (globals.store()?, Registries::load()?);
    let name = local_name(&args.list)?;
    let annotations = args.annotation.into_iter().collect();
    let known = store.find_list(&name)?;
    let list = match known {
        Some(list) if args.amend => store.change_list(&list.id, |list| {
            list.annotations.extend(annotations);
            Ok(())
        })?,
        Some(_) => {
            return Err(Error::new(format!("there is a manifest list `{name}` already"))
                .with_hint("add to it with --amend, or remove it with `box manifest rm`"));
        }
        None if store.find_name(&name)?.is_some() => {
            return Err(Error::new(format!("there is an image `{name}` already"))
                .with_hint("give the list another name, or remove the image"));
        }
        None => store.create_list(&name, annotations)?,
    };
    let source = Source { pull: pull_options(&args.connection), all: args.all };
    let progress = progress::choose(false);
    for image in &args.images {
        let added = manifest_list::add(
            &store,
            &registries,
            &list.id,
            image,
            &source,
            &Description::default(),
            progress.as_ref(),
        );
        if let Err(error) = added {
            if !args.amend {
                // Half a list is none.
                store.remove_list(&list.id)?;
            }
            return Err(error);
        }
    }
    print::line(list.id.hex()).map(|()| 0)
}

/// What is said of an image in a list.
#[derive(clap::Args)]
pub struct DescriptionOptions {
    /// Its architecture
    #[arg(long)]
    arch: Option<String>,
    /// Its operating system
    #[arg(long)]
    os: Option<String>,
    /// The version of the operating system that it needs
    #[arg(long, value_name = "VERSION")]
    os_version: Option<String>,
    /// Features of the operating system that it needs
    #[arg(long, value_name = "FEATURE")]
    os_features: Vec<String>,
    /// The variant of its architecture
    #[arg(long)]
    variant: Option<String>,
    /// Features of the processor that it needs
    #[arg(long, value_name = "FEATURE")]
    features: Vec<String>,
    /// Say this of it
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    annotation: Vec<(String, String)>,
}

/// Add images to a list
#[derive(clap::Args)]
pub struct AddArgs {
    /// Add all images of those that are lists themselves
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    description: DescriptionOptions,
    /// Use these credentials
    #[arg(long, value_name = "USER:PASSWORD")]
    creds: Option<String>,
    /// The list
    #[arg(value_name = "LIST")]
    list: String,
    /// The images: of the store, or else of a registry, from which they are pulled
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub fn run_add(args: AddArgs, globals: &Globals) -> Result<u8> {
    let (store, registries) = (globals.store()?, Registries::load()?);
    let list = resolve::get_list(&store, &registries, &args.list)?;
    let description = args.description.into_description();
    let pull = PullOptions { creds: args.creds, ..pull_options(&args.connection) };
    let source = Source { pull, all: args.all };
    let progress = progress::choose(false);
    for image in &args.images {
        manifest_list::add(&store, &registries, &list.id, image, &source, &description, progress.as_ref())?;
    }
    print::line(list.id.hex()).map(|()| 0)
}

/// Change what a list says of an image, or of itself
#[derive(clap::Args)]
pub struct AnnotateArgs {
    /// Say it of the list itself
    #[arg(long)]
    index: bool,
    /// The image that the list is about
    #[arg(long, value_name = "IMAGE")]
    subject: Option<String>,
    #[command(flatten)]
    description: DescriptionOptions,
    /// The list
    #[arg(value_name = "LIST")]
    list: String,
    /// The image: its digest in the list, its ID or its name
    #[arg(value_name = "IMAGE", required_unless_present = "index")]
    image: Option<String>,
}

pub fn run_annotate(args: AnnotateArgs, globals: &Globals) -> Result<u8> {
    let (store, registries) = (globals.store()?, Registries::load()?);
    let list = resolve::get_list(&store, &registries, &args.list)?;
    if args.subject.is_some() && !args.index {
        return Err(Error::usage("--subject is said of a list: it needs --index"));
    }
    if args.index {
        if args.description.says_platform() {
            return Err(Error::usage("--index: a list has no platform; only --annotation and --subject are for it"));
        }
        let subject = args.subject.map(|typed| manifest_list::subject(&store, &registries, &typed)).transpose()?;
        store.change_list(&list.id, |list| {
            list.annotations.extend(args.description.annotation);
            list.subject = subject.or(list.subject.take());
            Ok(())
        })?;
    } else if let Some(image) = &args.image {
        manifest_list::annotate(&store, &registries, &list, image, &args.description.into_description())?;
    }
    print::line(list.id.hex()).map(|()| 0)
}

/// Show a list: one of the store, or else one of a registry
#[derive(clap::Args)]
pub struct InspectArgs {
    /// The list
    #[arg(value_name = "LIST")]
    list: String,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub fn run_inspect(args: InspectArgs, globals: &Globals) -> Result<u8> {
    let (store, registries) = (globals.store()?, Registries::load()?);
    let of_registry = args.list.starts_with("docker://");
    let document = match resolve::find_list(&store, &registries, &args.list)?.filter(|_| !of_registry) {
        Some(list) => manifest_list::index(&list, None)?,
        None => {
            let asked = pull::document(&registries, &args.list, &pull_options(&args.connection));
            asked.map_err(|error| if error.kind == Kind::Engine { error.of_kind(Kind::Absent) } else { error })?.1
        }
    };
    let value: serde_json::Value = serde_json::from_slice(&document.bytes)?;
    print::block(&super::format::listing::json_pretty(&value)).map(|()| 0)
}

/// Push a list, and its images, to a registry
#[derive(clap::Args)]
pub struct PushArgs {
    /// Push its images as well
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true")]
    #[arg(default_missing_value = "true", value_parser = go_bool)]
    all: bool,
    /// Remove the list afterwards
    #[arg(long, visible_short_alias = 'p', visible_alias = "purge")]
    rm: bool,
    #[arg(long, hide = true, value_name = "COMPRESSION")]
    add_compression: Vec<String>,
    #[command(flatten)]
    result: ResultOptions,
    #[command(flatten)]
    unsupported: UnsupportedOptions,
    /// The list
    #[arg(value_name = "LIST")]
    list: String,
    /// Where to: REGISTRY/NAME:TAG; where its name says without
    #[arg(value_name = "DESTINATION")]
    destination: Option<String>,
    #[command(flatten)]
    connection: ConnectionOptions,
    #[command(flatten)]
    retries: RetryOptions,
}

pub fn run_push(args: PushArgs, globals: &Globals) -> Result<u8> {
    args.unsupported.refuse()?;
    if !args.add_compression.is_empty() {
        return Err(Error::usage("--add-compression: box pushes each image once")
            .with_hint("choose how with --compression-format"));
    }
    let (store, registries) = (globals.store()?, Registries::load()?);
    let list = resolve::get_list(&store, &registries, &args.list)?;
    let sent = Sending { result: &args.result, connection: &args.connection, retries: &args.retries, all: args.all };
    sent.push(&store, &registries, &list, &args.list, args.destination.as_deref())?;
    if args.rm {
        store.remove_list(&list.id)?;
    }
    Ok(0)
}

/// How a list is pushed: shared by `push` and `manifest push`.
pub struct Sending<'a> {
    pub result: &'a ResultOptions,
    pub connection: &'a ConnectionOptions,
    pub retries: &'a RetryOptions,
    pub all: bool,
}

impl Sending<'_> {
    pub fn push(
        &self,
        store: &Store,
        registries: &Registries,
        list: &ListRecord,
        name: &str,
        destination: Option<&str>,
    ) -> Result<()> {
        let options = self.result.push_options(self.connection, self.retries, registries)?;
        let progress = progress::choose_for_push(self.result.quiet);
        let pushed =
            manifest_list::push(store, registries, list, name, destination, self.all, &options, progress.as_ref())
                .map_err(super::push::told_from_usage)?;
        self.result.write_digest(&pushed.digest)?;
        progress.message(&format!("pushed {} as {}", pushed.reference, pushed.digest));
        Ok(())
    }
}

/// Take images from a list
#[derive(clap::Args)]
pub struct RemoveArgs {
    /// The list
    #[arg(value_name = "LIST")]
    list: String,
    /// The image: its digest in the list, its ID or its name
    #[arg(value_name = "IMAGE")]
    image: String,
}

pub fn run_remove(args: RemoveArgs, globals: &Globals) -> Result<u8> {
    let (store, registries) = (globals.store()?, Registries::load()?);
    let list = resolve::get_list(&store, &registries, &args.list)?;
    let list = manifest_list::remove(&store, &registries, &list, &args.image)?;
    print::line(list.id.hex()).map(|()| 0)
}

/// Remove lists; their images stay
#[derive(clap::Args)]
pub struct RmArgs {
    /// Pass over lists that do not exist
    #[arg(short, long)]
    ignore: bool,
    /// The lists
    #[arg(value_name = "LIST", required = true)]
    lists: Vec<String>,
}

pub fn run_rm(args: RmArgs, globals: &Globals) -> Result<u8> {
    let (store, registries) = (globals.store()?, Registries::load()?);
    let mut exit_code = 0;
    for name in &args.lists {
        let list = match resolve::get_list(&store, &registries, name) {
            Err(error) if error.kind == Kind::Absent && args.ignore => continue,
            Err(error) => {
                print::error(&error);
                exit_code = personality::exit_code(&error);
                continue;
            }
            Ok(list) => list,
        };
        for name in store.remove_list(&list.id)? {
            print::line(format_args!("Untagged: {name}"))?;
        }
        print::line(format_args!("Deleted: {}", list.id.hex()))?;
    }
    Ok(exit_code)
}

/// Tell by the exit code whether a list exists: 0 or 1
#[derive(clap::Args)]
pub struct ExistsArgs {
    /// The list
    #[arg(value_name = "LIST")]
    list: String,
}

pub fn run_exists(args: ExistsArgs, globals: &Globals) -> Result<u8> {
    let found = resolve::find_list(&globals.store()?, &Registries::load()?, &args.list)?;
    Ok(u8::from(found.is_none()))
}

impl DescriptionOptions {
    fn says_platform(&self) -> bool {
        let single = [&self.arch, &self.os, &self.os_version, &self.variant];
        single.iter().any(|value| value.is_some()) || !self.os_features.is_empty() || !self.features.is_empty()
    }

    fn into_description(self) -> Description {
        Description {
            architecture: self.arch,
            os: self.os,
            os_version: self.os_version,
            os_features: self.os_features,
            variant: self.variant,
            features: self.features,
            annotations: self.annotation.into_iter().collect::<BTreeMap<_, _>>(),
        }
    }
}

fn pull_options(connection: &ConnectionOptions) -> PullOptions {
    PullOptions {
        authfile: connection.authfile.clone(),
        cert_dir: connection.cert_dir.clone(),
        tls_verify: connection.tls_verify,
        ..PullOptions::default()
    }
}

fn pair(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::usage("expected KEY=VALUE")),
    }
}
