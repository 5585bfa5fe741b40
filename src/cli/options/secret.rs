//! `--secret NAME[,type=mount|env][,target=TARGET][,uid=UID][,gid=GID][,mode=MODE]`.

use super::{environment, mount};
use crate::error::{Error, Result};
use crate::secret;
use crate::settings::{MountRequest, SecretForm, SecretRequest};

/// Where a secret is, if nobody says otherwise.
const DIRECTORY: &str = "/run/secrets";
const MODE: u32 = 0o444;

#[derive(Default)]
struct Given<'t> {
    name: Option<&'t str>,
    kind: Option<&'t str>,
    target: Option<&'t str>,
    uid: Option<u32>,
    gid: Option<u32>,
    mode: Option<u32>,
}

pub fn secret(text: &str) -> Result<SecretRequest> {
    let mut given = Given::default();
    for (position, word) in text.split(',').enumerate() {
        let number = |value: &str| {
            value.parse().map(Some).map_err(|_| Error::usage(format!("`{}` is not a number", value.escape_debug())))
        };
        match word.split_once('=') {
            None if position == 0 => given.name = Some(word),
            Some(("source" | "src", name)) if given.name.is_none() => given.name = Some(name),
            Some(("type", kind)) => given.kind = Some(kind),
            Some(("target", target)) => given.target = Some(target),
            Some(("uid" | "UID", value)) => given.uid = number(value)?,
            Some(("gid" | "GID", value)) => given.gid = number(value)?,
            Some(("mode", value)) => given.mode = Some(octal(value)?),
            _ => {
                return Err(Error::usage(format!("there is no key `{}`", word.escape_debug()))
                    .with_hint("NAME[,type=mount|env][,target=TARGET][,uid=UID][,gid=GID][,mode=MODE]"));
            }
        }
    }
    let name = given.name.ok_or_else(|| Error::usage("which secret is meant?").with_hint("its name comes first"))?;
    secret::check_name(name)?;
    let form = match given.kind.unwrap_or("mount") {
        "mount" => file(name, &given)?,
        "env" => variable(name, &given)?,
        kind => return Err(Error::usage(format!("a secret is of type mount or env, not `{}`", kind.escape_debug()))),
    };
    Ok(SecretRequest { name: name.to_owned(), form })
}

fn octal(text: &str) -> Result<u32> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| Error::usage(format!("`{}` is not an octal mode", text.escape_debug())))
}

fn file(name: &str, given: &Given) -> Result<SecretForm> {
    let target = match given.target.unwrap_or(name) {
        "" => return Err(Error::usage("the target is empty")),
        absolute if absolute.starts_with('/') => absolute.to_owned(),
        relative => format!("{DIRECTORY}/{relative}"),
    };
    Ok(SecretForm::File {
        target: mount::destination(&target)?,
        uid: given.uid,
        gid: given.gid,
        mode: given.mode.unwrap_or(MODE),
    })
}

fn variable(name: &str, given: &Given) -> Result<SecretForm> {
    if given.uid.is_some() || given.gid.is_some() || given.mode.is_some() {
        return Err(Error::usage("a variable has neither uid, gid nor mode"));
    }
    Ok(SecretForm::Variable { name: environment::name(given.target.unwrap_or(name))? })
}

/// Refuses two things in one place: one of them would never be seen.
pub fn require_distinct(secrets: &[SecretRequest], mounts: &[MountRequest]) -> Result<()> {
    let mut seen: std::collections::BTreeSet<&str> = mounts.iter().map(|mount| mount.destination.as_str()).collect();
    let files = secrets.iter().filter_map(|secret| match &secret.form {
        SecretForm::File { target, .. } => Some(target.as_str()),
        SecretForm::Variable { .. } => None,
    });
    let files: Vec<&str> = files.collect();
    // All that go there share one file system.
    if files.iter().any(|target| is_below_directory(target)) && !seen.insert(DIRECTORY) {
        return Err(Error::usage(format!("secrets and a mount have the destination `{DIRECTORY}`"))
            .with_hint("give the secrets targets elsewhere: `--secret NAME,target=/path`"));
    }
    match files.into_iter().find(|target| !seen.insert(target)) {
        Some(twice) => Err(Error::usage(format!("more than one thing has the target `{twice}`"))),
        None => Ok(()),
    }
}

fn is_below_directory(target: &str) -> bool {
    target.strip_prefix(DIRECTORY).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(text: &str) -> Option<(String, Option<u32>, Option<u32>, u32)> {
        match secret(text).ok()?.form {
            SecretForm::File { target, uid, gid, mode } => Some((target, uid, gid, mode)),
            SecretForm::Variable { .. } => None,
        }
    }

    #[test]
    fn a_secret_is_a_file_unless_a_variable_is_asked_for() {
        assert_eq!(file_of("s"), Some(("/run/secrets/s".into(), None, None, 0o444)));
        assert_eq!(
            file_of("source=s,type=mount,target=a/b,uid=5,gid=6,mode=0400"),
            Some(("/run/secrets/a/b".into(), Some(5), Some(6), 0o400))
        );
        assert_eq!(file_of("s,target=/etc/x"), Some(("/etc/x".into(), None, None, 0o444)));
        for (text, variable) in [("s,type=env", "s"), ("s,type=env,target=TOKEN", "TOKEN")] {
            assert_eq!(secret(text).unwrap().form, SecretForm::Variable { name: variable.into() });
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "",
            "type=mount",
            "s,type=x",
            "s,more",
            "s,x=1",
            "s,mode=9",
            "s,mode=77777",
            "s,uid=x",
            "s,uid=-1",
            "s,target=",
            "s,target=../../etc/passwd",
            "s,target=/",
            "s,type=env,mode=0400",
            "s,type=env,uid=1",
            "s,type=env,target=A=B",
            "../s",
        ] {
            assert!(secret(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_things_in_one_place_are_refused() {
        let mounts = |text: &str| vec![mount::tmpfs(text).unwrap()];
        let secrets = |texts: &[&str]| texts.iter().map(|text| secret(text).unwrap()).collect::<Vec<_>>();
        assert!(require_distinct(&secrets(&["a", "b", "a,target=/etc/a", "a,type=env"]), &mounts("/tmp")).is_ok());
        assert!(require_distinct(&secrets(&["a", "b,target=a"]), &[]).is_err());
        assert!(require_distinct(&secrets(&["a"]), &mounts("/run/secrets")).is_err());
        assert!(require_distinct(&secrets(&["a,target=/x"]), &mounts("/x")).is_err());
        assert!(require_distinct(&secrets(&["a,target=/run/secrets"]), &[]).is_ok());
        assert!(require_distinct(&secrets(&["a,target=/run/secrets", "b"]), &[]).is_err());
    }
}
