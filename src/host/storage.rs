//! storage.conf (containers-storage.conf(5)): of it, where Podman's images and further stores of images are.
//!
//! $CONTAINERS_STORAGE_CONF, else ~/.config/containers/storage.conf, else /etc/containers/storage.conf, else
//! /usr/share/containers/storage.conf. Everything else in it is about Podman's own store.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::account::Account;
use super::dirs;
use crate::error::{During, Error, Result};

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

/// Where the user's Podman keeps its images.
pub fn graph_root() -> Result<PathBuf> {
    let account = Account::current();
    let machines = |file: &PathBuf| file.starts_with("/etc") || file.starts_with("/usr");
    for file in files() {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let storage = parse(&text).during(|| format!("read `{}`", file.display()))?.storage;
        // The machine's own graph root is root's.
        let own = if account.is_root() || !machines(&file) { storage.graphroot } else { String::new() };
        let rootless = if account.is_root() { String::new() } else { storage.rootless_storage_path };
        if let Some(path) = [own, rootless].into_iter().find(|path| !path.is_empty()) {
            return Ok(PathBuf::from(expanded(&path, &account)));
        }
        break; // the first file is the one that counts
    }
    if account.is_root() {
        return Ok(PathBuf::from("/var/lib/containers/storage"));
    }
    let named = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = named.or_else(|| dirs::home(&account).map(|home| home.join(".local/share")));
    data.map(|data| data.join("containers/storage")).ok_or_else(|| Error::new("there is no home to look in"))
}

fn expanded(path: &str, account: &Account) -> String {
    let home = dirs::home(account).unwrap_or_default();
    let user = account.name.clone().unwrap_or_default();
    path.replace("$HOME", &home.to_string_lossy()).replace("$USER", &user).replace("$UID", &account.uid.to_string())
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
    /// Where a rootless Podman keeps its images if the machine's file says so, with `$HOME`, `$USER` and `$UID` in it.
    rootless_storage_path: String,
    graphroot: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    additionalimagestores: Vec<String>,
}

fn parse(text: &str) -> Result<Document> {
    toml::from_str(text).map_err(|error| Error::new(error.message().escape_debug().to_string()))
}

fn listed(text: &str) -> Result<Vec<PathBuf>> {
    // Every command comes by here, and hardly any file says something about it.
    if !text.lines().any(|line| line.trim_start().starts_with("additionalimagestores")) {
        return Ok(Vec::new());
    }
    let document = parse(text)?;
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
