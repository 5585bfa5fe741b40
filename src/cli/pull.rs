//! `box pull`: fetches images from registries.

use super::options::RegistryOptions;
use super::options::registry::policy;
use super::personality::{PULLED_AS, PulledAs, REFUSED};
use super::{Globals, print, progress};
use crate::error::{Error, Result};
use crate::image::pull::{PullPolicy, ensure, names_of_all_tags};

/// Pull images from a registry
#[derive(clap::Args)]
pub struct Args {
    /// Pull every tag of the repositories
    #[arg(short, long)]
    all_tags: bool,
    /// Ask the registry: always, missing, never or newer
    #[arg(long, value_name = "POLICY", value_parser = policy, default_value = "always")]
    policy: PullPolicy,
    #[command(flatten)]
    registry: RegistryOptions,
    #[arg(long, hide = true)]
    disable_content_trust: bool,
    #[arg(long, hide = true, value_name = "KEY")]
    decryption_key: Vec<String>,
    /// The images
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    if !args.decryption_key.is_empty() {
        return Err(Error::usage("--decryption-key: box does not decrypt layers"));
    }
    let store = globals.store()?;
    let progress = progress::choose(args.registry.quiet);
    let options = args.registry.into_pull_options(args.policy)?;
    let mut exit_code = 0;
    for typed in &args.images {
        let names = match args.all_tags {
            true => names_of_all_tags(untagged(typed)?, &options),
            false => Ok(vec![typed.clone()]),
        };
        let pulled = names.and_then(|names| {
            for name in names {
                let pulled = ensure(&store, &name, &options, progress.as_ref())?;
                match PULLED_AS.side() {
                    PulledAs::Id => print::line(pulled.record.id.hex())?,
                    PulledAs::Reference => print::line(&pulled.name)?,
                }
            }
            Ok(())
        });
        if let Err(error) = pulled {
            print::error(&error);
            // Scripts tell a pull that failed from a command line that is wrong.
            exit_code = REFUSED.side();
        }
    }
    Ok(exit_code)
}

fn untagged(typed: &str) -> Result<&str> {
    let parsed = crate::oci::reference::Typed::parse(typed.strip_prefix("docker://").unwrap_or(typed))?;
    match parsed.tag.is_some() || parsed.digest.is_some() {
        true => Err(Error::usage(format!("--all-tags: `{}` names one image", typed.escape_debug()))
            .with_hint("leave the tag or digest out")),
        false => Ok(typed),
    }
}
