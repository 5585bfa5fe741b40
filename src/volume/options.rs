//! The options of the `local` driver (docs.docker.com, `docker volume create --opt`): those of mount(8), of which a
//! user without rights over the machine can have a directory under another name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// The option by which a new volume does not get what the image has at its place.
pub(super) const NOCOPY: &str = "nocopy";

/// A directory of the host that a volume stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub directory: PathBuf,
    pub read_only: bool,
    /// In mount(8)'s words.
    pub options: Vec<String>,
}

impl Binding {
    /// Of the options `type`, `device` and `o`; `None` where none is given.
    pub fn parse(options: &BTreeMap<String, String>) -> Result<Option<Binding>> {
        let mut of_mount = options.keys().filter(|key| !matches!(key.as_str(), "copy" | NOCOPY)).peekable();
        if of_mount.peek().is_none() {
            return Ok(None);
        }
        if let Some(unknown) = of_mount.find(|key| !["type", "device", "o"].contains(&key.as_str())) {
            return Err(Error::usage(format!(
                "a volume has no option `{unknown}`; type, device, o, copy and nocopy are its options"
            )));
        }
        let value = |key: &str| options.get(key).map(String::as_str).unwrap_or_default();
        let words: Vec<&str> = value("o").split(',').filter(|word| !word.is_empty()).collect();
        match value("type") {
            "" | "none" | "bind" if words.iter().any(|word| matches!(*word, "bind" | "rbind")) => {}
            "tmpfs" => {
                return Err(Error::usage("a volume of type `tmpfs` would need somebody to keep it between containers")
                    .with_hint("`--tmpfs DIR` or `--mount type=tmpfs,dst=DIR` gives each container one of its own"));
            }
            "" | "none" | "bind" => {
                return Err(Error::usage("these options mount nothing")
                    .with_hint("a directory under another name is `-o type=none -o o=bind -o device=DIR`"));
            }
            kind => return Err(Error::usage(format!("mounting a file system of type `{kind}` takes root"))),
        }
        let directory = PathBuf::from(value("device"));
        if !directory.is_absolute() {
            return Err(Error::usage(format!("`device={}` is not an absolute path", directory.display())));
        }
        let mut binding = Binding { directory, read_only: false, options: Vec::new() };
        for word in words {
            match word {
                "bind" | "rbind" | "defaults" => {}
                "ro" => binding.read_only = true,
                "rw" => binding.read_only = false,
                "nodev" | "noexec" | "nosuid" | "noatime" | "relatime" => binding.options.push(word.to_owned()),
                _ => return Err(Error::usage(format!("a bound directory has no option `{word}`"))),
            }
        }
        Ok(Some(binding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(options: &[(&str, &str)]) -> Result<Option<Binding>> {
        Binding::parse(&options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_directory_under_another_name_is_what_a_user_can_have() {
        assert_eq!(parse(&[]).unwrap(), None);
        let bound = parse(&[("type", "none"), ("o", "bind,ro,noexec"), ("device", "/srv/data")]).unwrap().unwrap();
        assert_eq!(
            bound,
            Binding { directory: "/srv/data".into(), read_only: true, options: vec!["noexec".to_owned()] }
        );
        assert_eq!(parse(&[("nocopy", "")]).unwrap(), None);
        assert!(!parse(&[("o", "rbind"), ("device", "/srv")]).unwrap().unwrap().read_only);
    }

    #[test]
    fn what_takes_root_or_means_nothing_is_refused() {
        for options in [
            &[("type", "nfs"), ("o", "addr=host"), ("device", ":/export")][..],
            &[("type", "tmpfs"), ("device", "tmpfs")],
            &[("o", "size=10G")],
            &[("o", "bind")],
            &[("o", "bind"), ("device", "relative")],
            &[("o", "bind,size=10G"), ("device", "/srv")],
            &[("colour", "blue")],
        ] {
            assert!(parse(options).is_err(), "{options:?}");
        }
    }
}
