//! storage.conf (containers-storage.conf(5)): of it, where further stores of images are.
//!
//! $CONTAINERS_STORAGE_CONF, else ~/.config/containers/storage.conf, else /etc/containers/storage.conf, else
//! /usr/share/containers/storage.conf. Everything else in it is about Podman's own store.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::account::Account;
use super::dirs;
use crate::error::{During, Result};

/// The directories that the user's storage.conf calls additional image stores, whosever stores they are.
pub fn additional_image_stores() -> Result<Vec<PathBuf>> {
    for file in files() {
        match std::fs::read_to_string(&file) {
            Ok(text) => return listed(&text).during(|| format!("read `{}`", file.display())),
            Err(_) => continue, // not there, or not for us
        }
    }
    Ok(Vec::new())
}

fn files() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("CONTAINERS_STORAGE_CONF").filter(|name| !name.is_empty()) {
        return vec![named.into()];
    }
    let own = dirs::config_home(&Account::current()).map(|home| home.join("containers/storage.conf"));
    let machines = ["/etc/containers/storage.conf", "/usr/share/containers/storage.conf"];
    own.into_iter().chain(machines.iter().map(PathBuf::from)).collect()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Document {
    storage: Storage,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Storage {
    options: Options,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    additionalimagestores: Vec<String>,
}

fn listed(text: &str) -> Result<Vec<PathBuf>> {
    // Every command comes by here, and hardly any file says something about it.
    if !text.lines().any(|line| line.trim_start().starts_with("additionalimagestores")) {
        return Ok(Vec::new());
    }
    let document: Document =
        toml::from_str(text).map_err(|error| crate::error::Error::new(error.message().escape_debug().to_string()))?;
    let stores = document.storage.options.additionalimagestores.iter();
    // `:ref` is how Podman says that a store knows layers by name only; such a store is none of ours.
    Ok(stores.map(|store| Path::new(store).to_owned()).filter(|store| store.is_absolute()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_list_of_stores_is_read() {
        let text =
            "[storage]\ndriver = \"overlay\"\n[storage.options]\nadditionalimagestores = [\n\"/var/lib/shared\",\n]\n";
        assert_eq!(listed(text).unwrap(), [Path::new("/var/lib/shared")]);
        assert!(listed("[storage]\ngraphroot = [not toml").unwrap().is_empty());
        assert!(listed("[storage.options]\nadditionalimagestores = 7").is_err());
    }
}
