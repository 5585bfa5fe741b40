//! Who the payload is: its user, its groups, and what the files of accounts inside say of it.

use crate::host::account::Account;
use crate::idmap::{IdMap, Rung};
use crate::init::{Accounts, CallersGroups, OwnEntry};
use crate::oci::image::ProcessConfig;
use crate::oci::runtime::IdMapping;
use crate::settings::{ImageSource, Settings, UserNamespaceMode};
use crate::spec;

/// What was asked for, else what the image says; with `keep-id` the kept ids rather than root.
pub fn user(settings: &Settings, images: &str, ids: &IdMap) -> String {
    let kept = |map: &[IdMapping], outside| map.iter().find(|m| m.host_id == outside).map(|m| m.container_id);
    let account = Account::current();
    match (&settings.user, &settings.userns) {
        (Some(user), _) => user.clone(),
        (None, UserNamespaceMode::KeepId { .. }) => {
            let (uid, gid) = (kept(&ids.uids, account.uid).unwrap_or(0), kept(&ids.gids, account.gid).unwrap_or(0));
            format!("{uid}:{gid}")
        }
        (None, _) => images.to_owned(),
    }
}

pub fn callers_groups(settings: &Settings) -> CallersGroups {
    if settings.keep_groups { CallersGroups::Kept } else { CallersGroups::Dropped }
}

/// Lines for the container's passwd and group: a kept user is called as outside, any other one that the image does not
/// know by the number, as with Podman.
pub(super) fn accounts(settings: &Settings, image: &ProcessConfig, ids: &IdMap) -> Accounts {
    let asked = &settings.accounts;
    if asked.leave {
        return Accounts::default();
    }
    let caller = Account::current();
    let is_kept = matches!(settings.userns, UserNamespaceMode::KeepId { .. }) && settings.user.is_none();
    let kept_name = caller.name.filter(|_| is_kept && ids.rung != Rung::Identity);
    let template = |given: &Option<String>, usual: &str| given.clone().unwrap_or_else(|| usual.to_owned());
    let own = OwnEntry {
        full_name: if is_kept { String::new() } else { "container user".to_owned() },
        user_name: kept_name.clone(),
        group_name: kept_name,
        home: spec::workdir(settings, image),
        passwd: template(&asked.passwd_entry, "$USERNAME:*:$UID:$GID:$NAME:$HOME:/bin/sh"),
        group: template(&asked.group_entry, "$GROUPNAME:x:$GID:$USERNAME"),
    };
    Accounts {
        passwd: asked.host_users.clone(),
        group: Vec::new(),
        own: Some(own),
        in_place: matches!(settings.image, ImageSource::Named(_)),
    }
}
