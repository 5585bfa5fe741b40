//! Who the payload runs as: `name|uid[:group|gid]`, looked up in the container's own /etc/passwd and /etc/group.
//!
//! Both files belong to the image: they are read as regular files of limited size, never through the C library.

use std::os::fd::BorrowedFd;
use std::path::Path;

use crate::disk::beneath;
use crate::error::{Error, Kind, Result};
use crate::oci::runtime;

const FILE_LIMIT_BYTES: u64 = 1024 * 1024;
/// The kernel's -1 means "unchanged", and it takes no larger number.
const LARGEST_ID: u64 = u32::MAX as u64 - 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
    /// With the primary group first: a group that is only primary does not count for ACLs (CVE-2022-2989).
    pub groups: Vec<u32>,
    pub home: String,
}

/// Looks `request` up; empty is root.
pub fn resolve(root: BorrowedFd, request: &str, further_groups: &[String]) -> Result<User> {
    find(request, further_groups, &read(root, "/etc/passwd"), &read(root, "/etc/group"))
        .map_err(|error| error.of_kind(Kind::NotExecutable))
}

/// The user of these numbers, in these groups and no others.
pub fn of_numbers(root: BorrowedFd, user: &runtime::User) -> User {
    let passwd = read(root, "/etc/passwd");
    let home = accounts(&passwd).find(|account| account.uid == user.uid).map_or("/", |account| account.home);
    User { uid: user.uid, gid: user.gid, groups: user.additional_gids.clone(), home: home.to_owned() }
}

/// A container of numbers only needs neither file; one that is broken must not stand in its way.
fn read(root: BorrowedFd, path: &str) -> String {
    let content = beneath::read_file(root, Path::new(path), FILE_LIMIT_BYTES).ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&content).into_owned()
}

fn find(request: &str, further_groups: &[String], passwd: &str, group: &str) -> Result<User> {
    let (user, primary) = match request.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|group| !group.is_empty())),
        None => (request, None),
    };
    let user = if user.is_empty() { "0" } else { user };
    let entry = accounts(passwd).find(|account| account.name == user);
    let entry = match (entry, number(user)?) {
        (Some(entry), _) => Some(entry),
        (None, Some(uid)) => accounts(passwd).find(|account| account.uid == uid),
        (None, None) => {
            return Err(Error::new(format!("no user `{}` in the container's /etc/passwd", user.escape_debug())));
        }
    };
    let uid = match &entry {
        Some(entry) => entry.uid,
        None => number(user)?.expect("a name without an entry was refused above"),
    };
    let gid = match primary {
        Some(name) => group_id(name, group)?,
        None => entry.as_ref().map_or(0, |entry| entry.gid),
    };
    let mut groups = vec![gid];
    if primary.is_none() {
        groups.extend(entry.iter().flat_map(|entry| memberships(group, entry.name)));
    }
    for name in further_groups {
        groups.push(group_id(name, group)?);
    }
    let mut seen = std::collections::BTreeSet::new();
    groups.retain(|gid| seen.insert(*gid));
    let home = entry.map(|entry| entry.home).filter(|home| !home.is_empty()).unwrap_or("/").to_owned();
    Ok(User { uid, gid, groups, home })
}

struct Account<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

fn accounts(passwd: &str) -> impl Iterator<Item = Account<'_>> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, _password) = (fields.next()?, fields.next()?);
        let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let (_full_name, home) = (fields.next()?, fields.next()?);
        Some(Account { name, uid, gid, home })
    })
}

/// (name, gid, members) of each line of group(5).
fn group_lines(group: &str) -> impl Iterator<Item = (&str, u32, &str)> {
    group.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, gid) = (fields.next()?, fields.next()?, fields.next()?.parse().ok()?);
        Some((name, gid, fields.next().unwrap_or("")))
    })
}

fn memberships<'a>(group: &'a str, user: &'a str) -> impl Iterator<Item = u32> + 'a {
    group_lines(group)
        .filter(move |(_, _, members)| members.split(',').any(|member| member == user))
        .map(|(_, gid, _)| gid)
}

fn group_id(name: &str, group: &str) -> Result<u32> {
    let number = number(name)?;
    if let Some((_, gid, _)) = group_lines(group).find(|(known, ..)| *known == name) {
        return Ok(gid);
    }
    number.ok_or_else(|| Error::new(format!("no group `{}` in the container's /etc/group", name.escape_debug())))
}

/// `None` for a name. A number that is too large is an error, never a name (CVE-2024-40635).
fn number(text: &str) -> Result<Option<u32>> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match text.parse::<u64>() {
        Ok(number) if number <= LARGEST_ID => Ok(Some(number as u32)),
        _ => Err(Error::new(format!("id {text} is larger than {LARGEST_ID}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:App:/home/app:/bin/sh\n12:x:7:7::/twelve:\n";
    const GROUP: &str = "root:x:0:\nstaff:x:50:app,other\napp:x:1001:\n";

    fn check(request: &str, further: &[&str], uid: u32, groups: &[u32], home: &str) {
        let further: Vec<String> = further.iter().map(|name| (*name).to_owned()).collect();
        let user = find(request, &further, PASSWD, GROUP).unwrap();
        assert_eq!((user.uid, user.gid, &user.groups[..], &user.home[..]), (uid, groups[0], groups, home), "{request}");
    }

    #[test]
    fn users_and_groups_are_found_as_docker_finds_them() {
        check("", &[], 0, &[0], "/root");
        check("app", &[], 1000, &[1001, 50], "/home/app");
        check("1000", &[], 1000, &[1001, 50], "/home/app");
        check("app:staff", &[], 1000, &[50], "/home/app");
        check("app:", &[], 1000, &[1001, 50], "/home/app");
        check("4242", &[], 4242, &[0], "/");
        check("4242:4343", &["staff", "99"], 4242, &[4343, 50, 99], "/");
        check("12", &[], 7, &[7], "/twelve");
        check(":50", &[], 0, &[50], "/root");
    }

    #[test]
    fn unknown_names_and_overlong_numbers_are_refused() {
        for request in ["nobody", "app:nogroup", "4294967295", "4294967296", "99999999999999999999", "0:4294967295"] {
            assert!(find(request, &[], PASSWD, GROUP).is_err(), "{request}");
        }
    }
}
