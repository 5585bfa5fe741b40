//! Who runs box: ids, name and home, read without NSS, which a static program cannot load safely.

use std::path::PathBuf;

use users::{get_effective_gid, get_effective_uid};

use crate::oci::runtime::IdMapping;

/// The account that the process runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
    /// `None`: the uid has no entry (a random uid in a cluster, a dynamic user).
    pub name: Option<String>,
    pub home: Option<PathBuf>,
}

impl Account {
    pub fn current() -> Account {
        let uid = get_effective_uid();
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let entry = find_in_passwd(&passwd, uid);
        Account {
            uid,
            gid: get_effective_gid(),
            name: entry.as_ref().map(|entry| entry.0.clone()).or_else(|| name_from_environment(uid)),
            home: entry.map(|entry| entry.1),
        }
    }

    pub fn is_root(&self) -> bool {
        self.uid == 0
    }
}

/// Accounts from a directory service are not in /etc/passwd; the session names them. It is believed only for looking
/// up subordinate ids, which newuidmap checks again by itself.
fn name_from_environment(uid: u32) -> Option<String> {
    if uid == 0 { None } else { std::env::var("USER").ok().filter(|name| !name.is_empty() && name != "root") }
}

/// Name and home of `uid` in a text of the form of passwd(5).
fn find_in_passwd(passwd: &str, uid: u32) -> Option<(String, PathBuf)> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.len() >= 6 && fields[2].parse() == Ok(uid)).then(|| (fields[0].to_owned(), PathBuf::from(fields[5])))
    })
}

/// Whether every id of the machine means itself here: in the first user namespace, or in one that looks like it.
pub fn is_in_first_user_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// The number of our user in the user namespace above ours, which is that of whoever serves the whole machine.
pub fn uid_outside() -> u32 {
    let own = users::get_effective_uid();
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    IdMapping::of_map(&map).iter().find_map(|extent| extent.outside(own)).unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1000:Ann,,,:/home/ann:/bin/bash\n";
        assert_eq!(find_in_passwd(passwd, 1000), Some(("ann".into(), "/home/ann".into())));
        assert_eq!(find_in_passwd(passwd, 1001), None);
    }
}
