//! Lines that the container's /etc/passwd and /etc/group get: of users of the host, and of the payload's own user where
//! the image knows none of that number.
//!
//! They are appended to the files where these are the container's own, else shown by a file of memory over them: a
//! directory that was given as root, or a file that was mounted, is not changed. An image without these files stays so.

use std::fs::File;
use std::io::Write;
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::{OFlags, fstat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::mounts;
use super::user::User;
use crate::disk::beneath;
use crate::error::{During, Result};

const PASSWD: &str = "etc/passwd";
const GROUP: &str = "etc/group";
const FILE_LIMIT_BYTES: u64 = 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accounts {
    /// Lines of passwd(5) and group(5), for names that are not there.
    pub passwd: Vec<String>,
    pub group: Vec<String>,
    /// `None`: no line for the payload's user.
    pub own: Option<OwnEntry>,
    /// The root file system is the container's own and may be written to.
    pub in_place: bool,
}

/// For a user and a group without a line; `$USERNAME`, `$UID`, `$GID`, `$NAME`, `$HOME`, `$GROUPNAME` are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnEntry {
    /// `None`: called by the number.
    pub user_name: Option<String>,
    pub group_name: Option<String>,
    pub full_name: String,
    pub home: String,
    pub passwd: String,
    pub group: String,
}

/// Adds what is the same for every user.
pub fn add(root: BorrowedFd, accounts: &Accounts) -> Result<()> {
    append(root, PASSWD, &accounts.passwd, accounts.in_place)?;
    append(root, GROUP, &accounts.group, accounts.in_place)
}

/// Adds the payload's own user and group, if their numbers have no name yet.
pub fn add_own(root: BorrowedFd, accounts: &Accounts, user: &User) -> Result<()> {
    let Some(own) = &accounts.own else { return Ok(()) };
    for (file, id, template) in [(PASSWD, user.uid, &own.passwd), (GROUP, user.gid, &own.group)] {
        let Some(content) = read(root, file)? else { continue };
        if !has_number(&content, id) {
            append(root, file, &[own.line(template, user)], accounts.in_place)?;
        }
    }
    Ok(())
}

impl OwnEntry {
    fn line(&self, template: &str, user: &User) -> String {
        let mut line = template.to_owned();
        let values = [
            ("$USERNAME", self.user_name.clone().unwrap_or_else(|| user.uid.to_string())),
            ("$GROUPNAME", self.group_name.clone().unwrap_or_else(|| user.gid.to_string())),
            ("$UID", user.uid.to_string()),
            ("$GID", user.gid.to_string()),
            ("$NAME", self.full_name.clone()),
            ("$HOME", self.home.clone()),
        ];
        for (name, value) in values {
            line = line.replace(name, &value);
        }
        line
    }
}

/// In passwd(5) and group(5) alike the number is the third field.
fn has_number(content: &str, id: u32) -> bool {
    content.lines().any(|line| line.split(':').nth(2).and_then(|field| field.parse().ok()) == Some(id))
}

fn has_name(content: &str, name: &str) -> bool {
    content.lines().any(|line| line.split(':').next() == Some(name))
}

/// `None`: no regular file of a size that can be meant.
fn read(root: BorrowedFd, file: &str) -> Result<Option<String>> {
    let bytes = beneath::read_file(root, Path::new(file), FILE_LIMIT_BYTES).unwrap_or(None);
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

fn append(root: BorrowedFd, file: &str, lines: &[String], in_place: bool) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let Some(content) = read(root, file)? else { return Ok(()) };
    let is_new = |line: &&String| !has_name(&content, line.split(':').next().unwrap_or_default());
    let mut text: String = lines.iter().filter(is_new).map(|line| format!("{line}\n")).collect();
    if text.is_empty() {
        return Ok(());
    }
    if !content.is_empty() && !content.ends_with('\n') {
        text.insert(0, '\n');
    }
    let act = || format!("add lines to /{file}");
    match if in_place { open_own(root, file).during(act)? } else { None } {
        Some(mut own) => own.write_all(text.as_bytes()).during(act),
        None => mounts::cover_file(root, Path::new(file), (content + &text).as_bytes()).during(act),
    }
}

/// The file, if it lies on the container's own root file system and nowhere else.
fn open_own(root: BorrowedFd, file: &str) -> Result<Option<File>> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = match beneath::open_unmounted(root, Path::new(file), flags) {
        Err(Errno::XDEV | Errno::ROFS | Errno::ACCESS | Errno::PERM) => return Ok(None),
        opened => opened?,
    };
    let is_regular = rustix::fs::FileType::from_raw_mode(fstat(&opened)?.st_mode).is_file();
    Ok(is_regular.then(|| File::from(opened)))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_user_without_a_line_gets_one_and_only_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("etc")).unwrap();
        std::fs::write(dir.path().join(PASSWD), "root:x:0:0:root:/root:/bin/sh").unwrap();
        let root = File::open(dir.path()).unwrap();
        let own = OwnEntry {
            user_name: Some("ann".into()),
            full_name: "Ann".into(),
            home: "/h".into(),
            passwd: "$USERNAME:*:$UID:$GID:$NAME:$HOME:/bin/sh".into(),
            group: "$GROUPNAME:x:$GID:".into(),
            ..OwnEntry::default()
        };
        let accounts = Accounts {
            passwd: vec!["bob:*:7:7::/:/bin/sh".into(), "root:*:9:9::/:/bin/sh".into()],
            own: Some(own),
            in_place: true,
            ..Accounts::default()
        };
        let user = User { uid: 1000, gid: 1001, groups: vec![1001], home: "/".into() };
        for _ in 0..2 {
            add(root.as_fd(), &accounts).unwrap();
            add_own(root.as_fd(), &accounts, &user).unwrap();
        }
        let expected = "root:x:0:0:root:/root:/bin/sh\nbob:*:7:7::/:/bin/sh\nann:*:1000:1001:Ann:/h:/bin/sh\n";
        assert_eq!(std::fs::read_to_string(dir.path().join(PASSWD)).unwrap(), expected);
        assert!(!dir.path().join(GROUP).exists(), "an image without the file stays so");
    }
}
