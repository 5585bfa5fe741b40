//! Which capabilities the payload gets: the default set, `--cap-add`, `--cap-drop`, `--privileged` and its user.
//!
//! Podman's rules. They are capabilities inside the container's user namespace and reach nothing outside of it.

use crate::error::{Error, Result};
use crate::oci::runtime::Capabilities;
use crate::settings::Settings;
use crate::sys::capability::NAMES;

/// What a container's root can do unless told otherwise (containers.conf(5), `default_capabilities`).
pub const DEFAULT: [&str; 11] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];

const ALL: &str = "ALL";

/// The capabilities of a payload that runs as `uid` inside the container.
///
/// Root has all of the bounding set. Another user has what `--cap-add` names and nothing else, as ambient capabilities,
/// because without them its first execve would lose everything.
pub fn capabilities(settings: &Settings, uid: u32) -> Result<Capabilities> {
    let add = normalize_all(&settings.cap_add)?;
    let drop = normalize_all(&settings.cap_drop)?;
    let bounding = if settings.privileged { all() } else { merge(&DEFAULT, &add, &drop)? };
    if uid == 0 {
        return Ok(Capabilities {
            effective: bounding.clone(),
            permitted: bounding.clone(),
            bounding,
            ..Default::default()
        });
    }
    let held = merge(&[], &add, &[])?;
    Ok(Capabilities {
        bounding,
        effective: held.clone(),
        permitted: held.clone(),
        inheritable: held.clone(),
        ambient: held,
    })
}

/// The full name: `chown`, `CHOWN`, `cap_chown` and `CAP_CHOWN` are `CAP_CHOWN`; `all` is `ALL`.
pub fn normalize(name: &str) -> Result<String> {
    let upper = name.trim().to_ascii_uppercase();
    if upper == ALL || upper == "CAP_ALL" {
        return Ok(ALL.to_owned());
    }
    let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
    match NAMES.contains(&full.as_str()) {
        true => Ok(full),
        false => Err(Error::usage(format!("unknown capability `{name}`"))
            .with_hint("`man 7 capabilities` lists them; `ALL` is all of them")),
    }
}

fn normalize_all(names: &[String]) -> Result<Vec<String>> {
    names.iter().map(|name| normalize(name)).collect()
}

/// Dropping ALL leaves what is added; adding ALL gives all but what is dropped.
fn merge(base: &[&str], add: &[String], drop: &[String]) -> Result<Vec<String>> {
    let names = |name: &str, list: &[String]| list.iter().any(|listed| listed == name);
    let mut merged = match (names(ALL, add), names(ALL, drop)) {
        (true, true) => return Err(Error::usage("all capabilities are both added and dropped")),
        (false, true) => add.to_vec(),
        (true, false) => all().into_iter().filter(|name| !names(name, drop)).collect(),
        (false, false) => {
            if let Some(name) = add.iter().find(|name| names(name, drop)) {
                return Err(Error::usage(format!("capability `{name}` is both added and dropped")));
            }
            let kept = base.iter().map(|name| (*name).to_owned()).filter(|name| !names(name, drop));
            kept.chain(add.iter().cloned()).collect()
        }
    };
    merged.sort();
    merged.dedup();
    Ok(merged)
}

fn all() -> Vec<String> {
    let mut all = NAMES.map(str::to_owned).to_vec();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(add: &[&str], drop: &[&str], uid: u32) -> Capabilities {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let settings = Settings { cap_add: owned(add), cap_drop: owned(drop), ..Default::default() };
        capabilities(&settings, uid).unwrap()
    }

    #[test]
    fn root_has_the_default_set_and_nothing_inheritable() {
        let root = asked(&[], &[], 0);
        let bits = crate::sys::capability::set_of(&root.bounding).unwrap().bits();
        assert_eq!(bits, 0x8004_05fb, "the set measured inside Podman's containers");
        assert_eq!((&root.effective, &root.permitted), (&root.bounding, &root.bounding));
        assert!(root.inheritable.is_empty() && root.ambient.is_empty());
    }

    #[test]
    fn another_user_holds_only_what_is_added_and_keeps_it_across_execve() {
        let user = asked(&[], &[], 1000);
        assert_eq!(user.bounding.len(), 11);
        assert!(user.effective.is_empty() && user.permitted.is_empty() && user.ambient.is_empty());

        let user = asked(&["net_raw"], &[], 1000);
        assert_eq!(user.bounding.len(), 12);
        for set in [user.effective, user.permitted, user.inheritable, user.ambient] {
            assert_eq!(set, ["CAP_NET_RAW"]);
        }
    }

    #[test]
    fn names_are_taken_in_any_case_with_or_without_prefix() {
        for name in ["chown", "CHOWN", "cap_chown", "CAP_CHOWN", "Cap_Chown"] {
            assert_eq!(normalize(name).unwrap(), "CAP_CHOWN");
        }
        assert_eq!(normalize("all").unwrap(), "ALL");
        assert_eq!(normalize("fly").unwrap_err().kind, crate::error::Kind::Usage);
    }

    #[test]
    fn dropping_all_leaves_what_is_added() {
        assert!(asked(&[], &["ALL"], 0).bounding.is_empty());
        assert_eq!(asked(&["chown", "kill", "chown"], &["ALL"], 0).effective, ["CAP_CHOWN", "CAP_KILL"]);
    }

    #[test]
    fn adding_all_gives_all_but_what_is_dropped() {
        let root = asked(&["ALL"], &["sys_admin"], 0);
        assert_eq!(root.bounding.len(), 40);
        assert!(!root.bounding.contains(&"CAP_SYS_ADMIN".to_owned()));
    }

    #[test]
    fn a_contradiction_is_refused() {
        for (add, drop) in [("kill", "CAP_KILL"), ("all", "ALL")] {
            let settings = Settings { cap_add: vec![add.into()], cap_drop: vec![drop.into()], ..Default::default() };
            assert_eq!(capabilities(&settings, 0).unwrap_err().kind, crate::error::Kind::Usage);
        }
    }

    #[test]
    fn privileged_is_everything() {
        let settings = Settings { privileged: true, ..Default::default() };
        assert_eq!(capabilities(&settings, 0).unwrap().effective.len(), 41);
        assert!(capabilities(&settings, 1000).unwrap().effective.is_empty());
    }
}
