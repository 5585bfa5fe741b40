//! Tag and untag: names come and go, the image stays.

use crate::error::{During, Error, Result};
use crate::host::registries::Registries;
use crate::oci::reference::Typed;
use crate::oci::{Digest, Reference};
use crate::store::Store;
use crate::store::events::Action;

use super::{resolve, tell};

/// Gives the image that `typed` means further names.
pub fn tag(store: &Store, registries: &Registries, typed: &str, names: &[String]) -> Result<()> {
    // All are checked before the first one is given.
    let names = names.iter().map(|name| local_name(name)).collect::<Result<Vec<String>>>()?;
    let id = id_of(store, registries, typed)?;
    names.iter().try_for_each(|name| {
        store.tag(&id, name)?;
        tell(store, &id, name, Action::Tag);
        Ok(())
    })
}

/// Takes these names from the image that `typed` means; without any, all it has. Returns those that it had.
pub fn untag(store: &Store, registries: &Registries, typed: &str, names: &[String]) -> Result<Vec<String>> {
    let id = &id_of(store, registries, typed)?;
    let names = match names {
        [] => store.names_of(id)?,
        names => names.iter().map(|name| name_of(store, registries, id, name)).collect::<Result<Vec<String>>>()?,
    };
    for name in &names {
        store.untag(id, name)?;
        tell(store, id, name, Action::Untag);
    }
    Ok(names)
}

/// What a name that somebody makes up here stands for: `app` is `localhost/app:latest`, as it comes from no registry.
pub fn local_name(typed: &str) -> Result<String> {
    let parsed = Typed::parse(typed)?;
    if parsed.digest.is_some() {
        return Err(Error::usage(format!("`{}` has a digest, which only a registry gives", typed.escape_debug())));
    }
    let full = if parsed.is_short() { format!("localhost/{typed}") } else { typed.to_owned() };
    Ok(Reference::parse_normalized(&full)?.to_string())
}

/// Of an image, or of a list of images.
fn id_of(store: &Store, registries: &Registries, typed: &str) -> Result<Digest> {
    match resolve::find_list(store, registries, typed)? {
        Some(list) => Ok(list.id),
        None => Ok(resolve::get_local(store, registries, typed)?.record.id),
    }
}

fn name_of(store: &Store, registries: &Registries, id: &Digest, typed: &str) -> Result<String> {
    let list = resolve::find_named_list(store, registries, typed)?.map(|(name, list)| (name, list.id));
    let found = match list {
        Some(list) => Some(list),
        None => resolve::find_local(store, registries, typed)?.map(|image| (image.name, image.record.id)),
    };
    let named = found.filter(|(name, of)| of == id && *name != id.to_string()).map(|(name, _)| name);
    named.ok_or_else(|| Error::absent("name", typed.escape_debug())).during(|| format!("untag image {}", id.short()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_made_up_here_is_localhost() {
        for (typed, full) in [
            ("app", "localhost/app:latest"),
            ("team/app:1", "localhost/team/app:1"),
            ("quay.io/team/app", "quay.io/team/app:latest"),
            ("localhost/app", "localhost/app:latest"),
        ] {
            assert_eq!(local_name(typed).unwrap(), full);
        }
        assert!(local_name(&format!("app@{}", crate::oci::Digest::sha256_of(b""))).is_err());
        assert!(local_name("No Name").is_err());
    }
}
