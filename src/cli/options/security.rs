//! What a container may do: `--security-opt`, `--cap-add`, `--cap-drop`, `--user`, `--entrypoint`.

use std::path::Path;

use crate::error::{During as _, Error, Result};
use crate::settings::{SeccompChoice, Settings};

/// The security modules that the kernel enforces here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modules {
    pub selinux: bool,
    pub apparmor: bool,
}

impl Modules {
    pub fn of_host() -> Modules {
        Modules {
            selinux: Path::new("/sys/fs/selinux/enforce").exists(),
            apparmor: std::fs::read("/sys/module/apparmor/parameters/enabled").is_ok_and(|text| text.starts_with(b"Y")),
        }
    }
}

/// One `--security-opt`.
///
/// box never labels a container, so what asks for no label is granted everywhere, and what asks for a label of its own
/// can only be accepted where no module would have enforced it.
pub fn security_option(settings: &mut Settings, text: &str, modules: Modules) -> Result<()> {
    // Docker's old spelling has a colon: `seccomp:unconfined`.
    let (name, value) = match text.split_once(['=', ':']) {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    match (name, value) {
        ("no-new-privileges", None | Some("true")) => settings.no_new_privileges = true,
        ("no-new-privileges", Some("false")) => settings.no_new_privileges = false,
        ("seccomp", Some("unconfined")) => settings.seccomp = SeccompChoice::Unconfined,
        ("seccomp", Some(path)) if !path.is_empty() => settings.seccomp = seccomp_profile(path)?,
        ("label", Some("disable" | "nested")) | ("apparmor", Some("unconfined")) => {}
        ("label", Some(_)) if !modules.selinux => {}
        ("label", Some(_)) => return Err(Error::usage("SELinux labels are not supported; containers run without one")),
        ("apparmor", Some(_)) if !modules.apparmor => {}
        ("apparmor", Some(_)) => return Err(Error::usage("AppArmor profiles cannot be applied without root")),
        ("mask", Some(paths)) => settings.masked.extend(path_list(paths)?),
        ("unmask", Some("all" | "ALL")) | ("systempaths", Some("unconfined")) => {
            settings.unmasked.push("ALL".to_owned())
        }
        ("unmask", Some(paths)) => settings.unmasked.extend(path_list(paths)?),
        ("proc-opts", Some(options)) => settings.proc_options.extend(proc_options(options)?),
        _ => {
            return Err(Error::usage(format!("there is no security option `{text}`"))
                .with_hint("use no-new-privileges, seccomp=unconfined, seccomp=FILE, label=… or apparmor=…"));
        }
    }
    Ok(())
}

/// `hidepid=2,subset=pid`: what proc(5) takes; the flags of the mount are not for sale.
fn proc_options(text: &str) -> Result<Vec<String>> {
    let option = |option: &str| match option.split_once('=') {
        Some(("hidepid", "0" | "1" | "2" | "4" | "off" | "noaccess" | "invisible" | "ptraceable"))
        | Some(("subset", "pid")) => Ok(option.to_owned()),
        Some(("gid", number)) if number.parse::<u32>().is_ok() => Ok(option.to_owned()),
        _ => Err(Error::usage(format!("`{option}` is none of hidepid=, subset=pid and gid="))),
    };
    text.split(',').map(option).collect()
}

/// `/a:/b`
fn path_list(text: &str) -> Result<Vec<String>> {
    let path = |path: &str| match path.starts_with('/') && !path.split('/').any(|part| part == "..") {
        true => Ok(path.trim_end_matches('/').to_owned()),
        false => Err(Error::usage(format!("`{path}` is not an absolute path"))),
    };
    text.split(':').map(path).collect()
}

fn seccomp_profile(path: &str) -> Result<SeccompChoice> {
    let act = || format!("read seccomp profile `{path}`");
    let text = std::fs::read_to_string(path).during(act)?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).during(act)?;
    Ok(SeccompChoice::Profile(text))
}

/// `CAP_NET_RAW`, `net_raw` and `NET_RAW` are one capability.
pub fn capability(text: &str) -> Result<String> {
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("CAP_").unwrap_or(&name);
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit()) {
        return Err(Error::usage(format!("`{text}` is not the name of a capability such as `NET_RAW`")));
    }
    Ok(name.to_owned())
}

/// `--entrypoint`: one word, a JSON array of words, or nothing at all.
pub fn entrypoint(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    serde_json::from_str(text).unwrap_or_else(|_| vec![text.to_owned()])
}

/// `--user NAME|UID[:GROUP|GID]`.
pub fn user(text: &str) -> Result<String> {
    let (name, group) = text.split_once(':').unwrap_or((text, "0"));
    let is_name = |name: &str| !name.contains([':', '\n', '\0', ',']) && !name.is_empty();
    if is_name(name) && is_name(group) {
        return Ok(text.to_owned());
    }
    Err(Error::usage(format!("`{text}` is not of the form USER[:GROUP]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_option(text: &str, modules: Modules) -> Result<Settings> {
        let mut settings = Settings::default();
        security_option(&mut settings, text, modules).map(|()| settings)
    }

    #[test]
    fn security_options_work_or_are_refused() {
        let none = Modules::default();
        assert!(with_option("no-new-privileges", none).unwrap().no_new_privileges);
        assert!(with_option("no-new-privileges:true", none).unwrap().no_new_privileges);
        assert!(!with_option("no-new-privileges=false", none).unwrap().no_new_privileges);
        assert_eq!(with_option("seccomp=unconfined", none).unwrap().seccomp, SeccompChoice::Unconfined);
        assert_eq!(with_option("seccomp:unconfined", none).unwrap().seccomp, SeccompChoice::Unconfined);
        for bad in [
            "",
            "seccomp",
            "seccomp=",
            "seccomp=/missing",
            "no-new-privileges=x",
            "mask=proc",
            "unmask=/a:..",
            "label",
            "other=1",
        ] {
            assert!(with_option(bad, none).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_masked_and_unmasked() {
        let none = Modules::default();
        assert_eq!(with_option("mask=/proc/a:/sys/b/", none).unwrap().masked, ["/proc/a", "/sys/b"]);
        assert_eq!(with_option("unmask=/proc/kcore", none).unwrap().unmasked, ["/proc/kcore"]);
        for all in ["unmask=ALL", "systempaths=unconfined"] {
            assert_eq!(with_option(all, none).unwrap().unmasked, ["ALL"], "{all}");
        }
    }

    #[test]
    fn labels_are_accepted_where_nothing_enforces_them() {
        let (none, both) = (Modules::default(), Modules { selinux: true, apparmor: true });
        for (text, enforced) in
            [("label=disable", true), ("label=type:x", false), ("apparmor=unconfined", true), ("apparmor=x", false)]
        {
            assert!(with_option(text, none).is_ok(), "{text}");
            assert_eq!(with_option(text, both).is_ok(), enforced, "{text}");
        }
    }

    #[test]
    fn a_seccomp_profile_is_read_at_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let option = format!("seccomp={}", file.path().display());
        std::fs::write(file.path(), "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}").unwrap();
        assert!(matches!(with_option(&option, Modules::default()).unwrap().seccomp, SeccompChoice::Profile(_)));
        std::fs::write(file.path(), "no JSON").unwrap();
        assert!(with_option(&option, Modules::default()).is_err());
    }

    #[test]
    fn capabilities_have_one_spelling_inside() {
        for (text, expected) in [
            ("CAP_NET_RAW", Some("NET_RAW")),
            ("net_raw", Some("NET_RAW")),
            ("all", Some("ALL")),
            ("CAP_", None),
            ("a b", None),
        ] {
            assert_eq!(capability(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn entrypoints_are_words_arrays_or_nothing() {
        assert_eq!(entrypoint(""), Vec::<String>::new());
        assert_eq!(entrypoint("/bin/sh -c"), ["/bin/sh -c"]);
        assert_eq!(entrypoint(r#"["/bin/sh", "-c"]"#), ["/bin/sh", "-c"]);
        assert_eq!(entrypoint("[x"), ["[x"]);
    }

    #[test]
    fn users_may_have_a_group() {
        for good in ["root", "0", "1000:1000", "me:users"] {
            assert!(user(good).is_ok(), "{good}");
        }
        for bad in ["", ":0", "0:", "a:b:c", "a\nb"] {
            assert!(user(bad).is_err(), "{bad}");
        }
    }
}
