//! tar-split: a layer's archive, put together again from its files and from what was in it beside their content
//! (github.com/vbatts/tar-split, as containers/storage and Docker keep it beside each layer).
//!
//! A JSON value a line: bytes of the archive, or the name of a file whose content belongs there. Whoever asks for the
//! archive knows its digest; here it is only made sure that nothing outside the tree is read.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rustix::fs::{FileType, OFlags, fstat};
use serde::Deserialize;

use super::archive::shown;
use crate::disk::beneath;
use crate::error::{During, Error, Result};

/// Of one line: the padding at the end of an archive is the longest there is, but for a header with many attributes.
const LINE_LIMIT_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    name: Option<String>,
    /// base64 of a name that is not UTF-8.
    #[serde(default)]
    name_raw: Option<String>,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    payload: Option<String>,
}

/// Writes the archive that `lines` describe; `tree` has the files.
pub fn reassemble(mut lines: impl BufRead, tree: BorrowedFd, output: &mut impl Write) -> Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(LINE_LIMIT_BYTES).read_until(b'\n', &mut line);
        match read.during(|| "read tar-split")? as u64 {
            0 => return Ok(()),
            LINE_LIMIT_BYTES => return Err(Error::new("a line of tar-split is too long")),
            _ => {}
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_slice(&line).map_err(|_| malformed())?;
        match line.kind {
            1 if line.size == 0 => {}
            1 => copy_file(tree, &path_of(&line)?, line.size, output)?,
            2 => {
                let bytes = BASE64_STANDARD.decode(line.payload.unwrap_or_default()).map_err(|_| malformed())?;
                output.write_all(&bytes).during(|| "write archive")?;
            }
            _ => return Err(malformed()),
        }
    }
}

fn malformed() -> Error {
    Error::new("its record of the archive (tar-split) is malformed")
}

fn path_of(line: &Line) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let name = match (&line.name, &line.name_raw) {
        (Some(name), _) if !name.is_empty() => name.clone().into_bytes(),
        (_, Some(raw)) => BASE64_STANDARD.decode(raw).map_err(|_| malformed())?,
        _ => return Err(malformed()),
    };
    Ok(std::ffi::OsString::from_vec(name).into())
}

fn copy_file(tree: BorrowedFd, path: &Path, size: u64, output: &mut impl Write) -> Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let act = || format!("read `{}`", shown(path.as_os_str().as_bytes()));
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let file = beneath::open(tree, path, flags, rustix::fs::Mode::empty())?;
    if FileType::from_raw_mode(fstat(&file).during(act)?.st_mode) != FileType::RegularFile {
        return Err(Error::new("it is not a regular file").while_doing(act()));
    }
    let copied = io::copy(&mut File::from(file).take(size), output).during(act)?;
    match copied == size {
        true => Ok(()),
        false => Err(Error::new(format!("it has {copied} bytes where the layer had {size}")).while_doing(act())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    fn reassembled(lines: &str) -> Result<String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("tree")).unwrap();
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        std::fs::write(dir.path().join("tree/a"), "content").unwrap();
        std::os::unix::fs::symlink("../secret", dir.path().join("tree/link")).unwrap();
        let tree = File::open(dir.path().join("tree")).unwrap();
        let mut archive = Vec::new();
        reassemble(lines.as_bytes(), tree.as_fd(), &mut archive)
            .map(|()| String::from_utf8_lossy(&archive).into_owned())
    }

    #[test]
    fn bytes_and_files_follow_each_other() {
        let lines = "{\"type\":2,\"payload\":\"aGVhZGVy\",\"position\":0}\n\
                     {\"type\":1,\"name\":\"./a\",\"size\":7,\"payload\":\"AAAAAAAAAAA=\",\"position\":1}\n\
                     {\"type\":1,\"name\":\"dir/\",\"payload\":null,\"position\":2}\n\n\
                     {\"type\":1,\"name_raw\":\"YQ==\",\"size\":7}\n{\"type\":2,\"payload\":\"ZW5k\"}";
        assert_eq!(reassembled(lines).unwrap(), "headercontentcontentend");
    }

    #[test]
    fn nothing_outside_and_nothing_else_is_taken() {
        for lines in [
            r#"{"type":1,"name":"../secret","size":6}"#,
            r#"{"type":1,"name":"link","size":6}"#,
            r#"{"type":1,"name":"a","size":8}"#,
            r#"{"type":1,"name":"gone","size":1}"#,
            r#"{"type":1,"name":".","size":1}"#,
            r#"{"type":1,"size":1}"#,
            r#"{"type":3}"#,
            r#"{"type":2,"payload":"?"}"#,
            "{",
        ] {
            assert!(reassembled(lines).is_err(), "{lines}");
        }
    }

    #[test]
    fn fuzz_any_record_makes_an_archive_or_is_refused() {
        let seed: &[u8] =
            b"{\"type\":2,\"payload\":\"aGVhZGVy\",\"position\":0}\n{\"type\":1,\"name\":\"a\",\"size\":7}\n";
        crate::fuzz::mutations("tar-split", &[seed], &["../", "\"size\":9", "\"type\":1", "/secret"], 2_000, |input| {
            match reassembled(&String::from_utf8_lossy(input)) {
                Ok(archive) => {
                    assert!(!archive.contains("secret"));
                    format!("{} bytes", archive.len())
                }
                Err(error) => error.to_string(),
            }
        });
    }
}
