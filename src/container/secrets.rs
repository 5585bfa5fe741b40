//! The secrets of containers: copies that are taken when a container is made, so that it outlives them, and that go
//! with it. Nothing of them is in its record.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::record::Container;
use crate::disk::opaque::Opaque;
use crate::disk::record;
use crate::error::{During, Error, Result};
use crate::init::SecretFile;
use crate::secret;
use crate::settings::{SecretForm, SecretRequest, Settings};
use crate::store::Store;

/// MAX_ARG_STRLEN (execve(2)): the longest `NAME=VALUE` that a program can be given, with its NUL.
const LONGEST_VARIABLE_BYTES: usize = 128 << 10;

/// A secret as a container has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    pub id: String,
    pub request: SecretRequest,
    content: Opaque,
}

/// Copies the secrets that are asked for into the directory of a container that is being made.
pub fn take(store: &Store, requests: &[SecretRequest], container_dir: &Path) -> Result<()> {
    if requests.is_empty() {
        return Ok(());
    }
    let copies: Vec<Copy> = requests.iter().map(|request| copy(store, request)).collect::<Result<_>>()?;
    record::write_unsynced(&container_dir.join("secrets.json"), &copies)
}

fn copy(store: &Store, request: &SecretRequest) -> Result<Copy> {
    let secret = secret::get(store, &request.name).map_err(|error| error.of_kind(crate::error::Kind::Engine))?;
    if let SecretForm::Variable { name } = &request.form {
        check_variable(name, &secret.content.0)
            .during(|| format!("set variable `{name}` to secret `{}`", secret.name))?;
    }
    Ok(Copy { id: secret.id, request: SecretRequest { name: secret.name, ..request.clone() }, content: secret.content })
}

fn check_variable(name: &str, content: &[u8]) -> Result<()> {
    let refused = if std::str::from_utf8(content).is_err() || content.contains(&0) {
        "it is no text"
    } else if name.len() + content.len() + 2 > LONGEST_VARIABLE_BYTES {
        "a variable has at most 128 KiB"
    } else {
        return Ok(());
    };
    Err(Error::new(refused)).hint(|| "have it as a file, without `type=env`")
}

/// What the container has.
pub fn read(container: &Container) -> Result<Vec<Copy>> {
    Ok(record::read(&container.dir.join("secrets.json"))?.unwrap_or_default())
}

/// The settings of a process in the container, with the variables that are secrets. They are never written anywhere.
pub fn with_variables<'s>(settings: &'s Settings, copies: &[Copy]) -> Cow<'s, Settings> {
    let mut settings = Cow::Borrowed(settings);
    for copy in copies {
        if let SecretForm::Variable { name } = &copy.request.form {
            let value = String::from_utf8_lossy(&copy.content.0).into_owned(); // It was checked to be text.
            settings.to_mut().env.push((name.clone(), value));
        }
    }
    settings
}

/// The files that init makes of the others.
pub fn files(copies: Vec<Copy>) -> Vec<SecretFile> {
    let file = |copy: Copy| match copy.request.form {
        SecretForm::File { target, uid, gid, mode } => {
            Some(SecretFile { target: target.into(), uid, gid, mode, content: copy.content })
        }
        SecretForm::Variable { .. } => None,
    };
    copies.into_iter().filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_text_that_a_program_can_be_given() {
        assert!(check_variable("A", "hush\n".as_bytes()).is_ok());
        for bad in [&b"a\0b"[..], b"\xff", &[b'x'; 128 << 10]] {
            assert!(check_variable("A", bad).unwrap_err().hint.is_some());
        }
        assert!(check_variable("A", &[b'x'; (128 << 10) - 3]).is_ok());
    }
}
