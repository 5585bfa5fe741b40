//! Archives made by chance: nothing outside of the tree changes, whatever they say; and of those that make sense GNU
//! tar makes the same files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::geteuid;

use super::fixture::{Put, Tar, with_checksums};
use super::unpack;
use crate::disk::tree;
use crate::fuzz::{self, Random};
use crate::oci::Digest;

/// A directory to unpack into, and beside it what must not change.
struct Canary {
    _dir: tempfile::TempDir,
    top: PathBuf,
    before: Vec<String>,
}

impl Canary {
    fn new() -> Canary {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().to_owned();
        fs::create_dir(top.join("kept")).unwrap();
        fs::write(top.join("kept/secret"), "secret").unwrap();
        fs::create_dir(top.join("tree")).unwrap();
        let mut canary = Canary { _dir: dir, top, before: Vec::new() };
        canary.before = canary.state();
        canary
    }

    fn state(&self) -> Vec<String> {
        let mut state = Vec::new();
        for name in [".", "kept", "kept/secret"] {
            let path = self.top.join(name);
            let meta = fs::symlink_metadata(&path).unwrap();
            let names = fs::read_dir(&path).map_or(0, Iterator::count);
            let xattrs = tree::xattrs(File::open(&path).unwrap().as_fd()).unwrap();
            let (mode, owner, links) = (meta.mode(), (meta.uid(), meta.gid()), meta.nlink());
            let time = if name == "." { 0 } else { meta.mtime_nsec() };
            let size = if meta.is_file() { meta.size() } else { 0 };
            state.push(format!("{name} {mode:o} {owner:?} {links} {time} {size} {names} {xattrs:?}"));
        }
        state.push(fs::read_to_string(self.top.join("kept/secret")).unwrap());
        state
    }

    /// Unpacks and takes away again; says what came of it.
    fn unpack(&self, archive: &[u8]) -> String {
        let tree = self.top.join("tree");
        let result = unpack(archive, File::open(&tree).unwrap().as_fd(), &mut std::io::sink());
        check_tree(&tree);
        assert_eq!(self.state(), self.before);
        tree::remove(&tree).unwrap();
        fs::create_dir(&tree).unwrap();
        assert_eq!(self.state(), self.before);
        match result {
            Ok(unpacked) => format!("unpacked {}", unpacked.entries),
            Err(error) => {
                let said = error.to_string();
                assert!(said.len() < 4000, "{said}");
                said
            }
        }
    }
}

/// What no layer may hold.
fn check_tree(top: &Path) {
    let mut to_visit = vec![top.to_owned()];
    while let Some(path) = to_visit.pop() {
        // Links can lead deeper than a path can say.
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let kind = meta.file_type();
        assert!(!kind.is_block_device() && (!kind.is_char_device() || meta.rdev() == 0), "a device: {path:?}");
        if kind.is_dir() {
            to_visit.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        }
        if (kind.is_dir() || kind.is_file())
            && let Ok(file) = File::open(&path)
        {
            for (name, value) in tree::xattrs(file.as_fd()).unwrap() {
                let name = name.to_string_lossy();
                let opaque = name == "user.overlay.opaque" && value == b"y" && kind.is_dir();
                let drives = ["overlay.", "containers.", "fuseoverlayfs."].iter().any(|word| name.contains(word));
                assert!(opaque || !drives, "{path:?} has {name}");
            }
        }
    }
}

const NAMES: [&str; 22] = [
    "a",
    "b",
    "a/b",
    "a/b/c",
    "./a/./b",
    "/a",
    "//b//",
    "..",
    "../kept/secret",
    "a/../../kept",
    "link",
    "link/secret",
    "link/a",
    "a/link/b",
    ".wh.a",
    ".wh..wh..opq",
    "a/.wh..wh..opq",
    ".wh.link",
    ".wh..wh.plnk/x",
    "",
    ".",
    "a/.wh.b",
];
const TARGETS: [&str; 11] = [
    "a",
    "b",
    "../kept",
    "../../kept/secret",
    "/kept/secret",
    "/proc/self/root",
    "/proc/self/cwd",
    "link",
    ".",
    "..",
    "",
];
const KEYS: [(&str, &str); 16] = [
    ("SCHILY.xattr.user.overlay.redirect", "/"),
    ("SCHILY.xattr.user.containers.override_stat", "0:0:0777"),
    ("SCHILY.xattr.trusted.overlay.opaque", "y"),
    ("SCHILY.xattr.user.fuseoverlayfs.origin", "x"),
    ("SCHILY.xattr.user.x", "value"),
    ("SCHILY.xattr.security.capability", "\u{1}\0\0\u{2}aaaaaaaaaaaaaaaa"),
    ("path", "../kept/secret"),
    ("path", "a/b"),
    ("linkpath", "/kept/secret"),
    ("size", "3"),
    ("size", "18446744073709551615"),
    ("mtime", "-9223372036854775807.999999999"),
    ("uid", "4294967295"),
    ("gid", "4294967296"),
    ("GNU.sparse.map", "0,3,9223372036854775800,0"),
    ("GNU.sparse.size", "9223372036854775807"),
];

fn any_entry(tar: &mut Tar, random: &mut Random) {
    for _ in 0..random.below(3) {
        let (key, value) = KEYS[random.below(KEYS.len())];
        if random.once_in(3) {
            tar.pax(key, value.as_bytes());
        }
    }
    let kind =
        *random.pick(&[&b'0', &b'0', &b'0', &b'5', &b'5', &b'1', &b'2', &b'2', &b'3', &b'4', &b'6', &b'7', &b'S']);
    let put = tar.entry(kind, random.pick(&NAMES), random.pick(&TARGETS));
    let put = put.mode(random.below(0o10000) as u32).time(random.below(2_000_000_000) as u64);
    let put = if random.once_in(4) { put.owner(random.below(70_000) as u64, 7) } else { put };
    match kind {
        b'0' | b'7' | b'S' if random.once_in(10) => put.put_with_size(random.below(2000) as u64, "abc"),
        b'0' | b'7' | b'S' => put.put("abc"),
        _ => put.put(""),
    }
}

#[test]
fn fuzz_no_entries_reach_what_lies_outside() {
    let canary = Canary::new();
    fuzz::cases("entries", 1_500, |random| {
        let mut tar = Tar::new();
        for _ in 0..1 + random.below(12) {
            any_entry(&mut tar, random);
        }
        canary.unpack(&tar.bytes());
    });
}

#[test]
fn fuzz_no_bytes_reach_what_lies_outside() {
    let canary = Canary::new();
    let seeds: Vec<Vec<u8>> = (0..30)
        .map(|seed| {
            let (mut tar, mut random) = (Tar::new(), Random::new(seed));
            (0..3).for_each(|_| any_entry(&mut tar, &mut random));
            tar.bytes()
        })
        .collect();
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    let words =
        ["../", "/", ".wh.", "\0", "ustar\x0000", "ustar  \0", "30 mtime=1\n", "7777777777", "GNU.sparse.major=1\n"];
    fuzz::mutations_repaired("archive", &seeds, &words, 2_500, with_checksums, |input| canary.unpack(input));
}

#[test]
fn a_header_full_of_attributes_takes_no_time() {
    let mut tar = Tar::new();
    for number in 0..20_000 {
        tar.pax(&format!("SCHILY.xattr.trusted.{number}"), b"");
    }
    tar.file("file").put("");
    fuzz::cases("attributes", 1, |_| drop(Canary::new().unpack(&tar.bytes())));
}

#[test]
fn links_that_make_links_end() {
    let mut tar = Tar::new();
    let deep = "x/".repeat(30);
    for number in 0..60 {
        tar.symlink(&format!("l{number}"), &format!("l{}/{deep}", number + 1)).put("");
    }
    tar.file("l0/file").put("");
    let mut deeper = Tar::new();
    for number in 0..39 {
        deeper.pax("linkpath", format!("l{}/{}", number + 1, "x/".repeat(2000)).as_bytes());
        deeper.symlink(&format!("l{number}"), "").put("");
    }
    deeper.file("l0/file").put("");
    for archive in [tar, deeper] {
        Canary::new().unpack(&archive.bytes());
    }
}

#[test]
fn a_name_of_a_megabyte_is_not_repeated() {
    for key in ["path", "linkpath"] {
        let mut tar = Tar::new();
        tar.pax(key, &vec![b'\x1b'; 1_000_000]);
        tar.symlink("link", "").put("");
        Canary::new().unpack(&tar.bytes());
    }
}

// ---- What GNU tar makes of the same archive ----

/// Every file of a tree with all that can be told about it; `implied` directories have no time of their own.
fn description(top: &Path, implied: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, String> {
    let (mut found, mut first_names) = (BTreeMap::new(), HashMap::new());
    let mut paths = vec![top.to_owned()];
    let mut to_visit = paths.clone();
    while let Some(dir) = to_visit.pop() {
        let below: Vec<PathBuf> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        to_visit.extend(below.iter().filter(|path| fs::symlink_metadata(path).unwrap().is_dir()).cloned());
        paths.extend(below);
    }
    paths.sort();
    for path in paths {
        let name = path.strip_prefix(top).unwrap().to_owned();
        let meta = fs::symlink_metadata(&path).unwrap();
        let kind = meta.file_type();
        let content = match kind {
            kind if kind.is_file() => Digest::sha256_of(&fs::read(&path).unwrap()).to_string(),
            kind if kind.is_symlink() => format!("{:?}", fs::read_link(&path).unwrap()),
            _ => String::new(),
        };
        let xattrs = match kind.is_file() || kind.is_dir() {
            true => tree::xattrs(File::open(&path).unwrap().as_fd()).unwrap().into_iter().collect(),
            false => BTreeMap::new(),
        };
        let first_name = match kind.is_dir() {
            true => name.clone(),
            false => first_names.entry(meta.ino()).or_insert_with(|| name.clone()).clone(),
        };
        let time = if implied.contains(&name) { (0, 0) } else { (meta.mtime(), meta.mtime_nsec()) };
        let (mode, owner) = (meta.mode(), (meta.uid(), meta.gid()));
        let holes = kind.is_file() && meta.size() > 1 << 20 && meta.blocks() * 512 < meta.size() / 2;
        let text = format!("{mode:o} {owner:?} {time:?} {holes} {first_name:?} {content} {xattrs:?}");
        found.insert(name, text);
    }
    found
}

/// Applies image-spec layer.md#whiteouts to what GNU tar takes for files.
fn with_whiteouts(described: BTreeMap<PathBuf, String>) -> (BTreeMap<PathBuf, String>, BTreeSet<PathBuf>) {
    let mut hidden = BTreeSet::new();
    let (markers, mut files): (BTreeMap<_, _>, BTreeMap<_, _>) = described
        .into_iter()
        .partition(|(path, _)| path.file_name().is_some_and(|name| name.as_bytes().starts_with(b".wh.")));
    for marker in markers.into_keys() {
        let dir = marker.parent().unwrap();
        match marker.file_name().unwrap().to_str().unwrap().strip_prefix(".wh.").unwrap() {
            ".wh..opq" => drop(hidden.insert(dir.to_owned())),
            name => drop(hidden.insert(dir.join(name))),
        }
    }
    // What the layer itself has under that name is there; a directory hides what is below it.
    hidden.retain(|path| files.get(path).is_none_or(|text| text.starts_with("4")));
    files.retain(|_, _| true);
    (files, hidden)
}

/// The same of a tree that box unpacked.
fn overlaid(described: BTreeMap<PathBuf, String>) -> (BTreeMap<PathBuf, String>, BTreeSet<PathBuf>) {
    let mut hidden = BTreeSet::new();
    let mut files = BTreeMap::new();
    for (path, text) in described {
        let opaque = "\"user.overlay.opaque\": [121]";
        if text.starts_with("2000") {
            hidden.insert(path);
            continue;
        }
        if text.contains(opaque) {
            hidden.insert(path.clone());
        }
        files.insert(path, text.replace(&format!(", {opaque}"), "").replace(opaque, ""));
    }
    (files, hidden)
}

/// An archive that means one thing only: nothing leads out, nothing replaces a directory.
struct Sensible {
    tar: Tar,
    directories: Vec<String>,
    files: Vec<String>,
    implied: BTreeSet<PathBuf>,
}

impl Sensible {
    fn new(random: &mut Random) -> Sensible {
        let mut made = Sensible {
            tar: Tar::new(),
            directories: vec![String::new()],
            files: Vec::new(),
            implied: BTreeSet::from([PathBuf::new()]),
        };
        for number in 0..3 + random.below(25) {
            made.add(number, random);
        }
        made
    }

    fn add(&mut self, number: usize, random: &mut Random) {
        let dir = self.directories[random.below(self.directories.len())].clone();
        let leaf = match random.below(12) {
            0 => format!("{number}-{}", "long-".repeat(45)),
            1 => format!("{number} \n\u{e9}*?[x]\\"),
            2 => format!(".{number}"),
            _ => format!("{number}"),
        };
        let mut name = format!("{dir}{leaf}");
        match random.below(20) {
            0..4 => {
                for above in 0..random.below(3) {
                    self.implied.insert(PathBuf::from(&name));
                    name += &format!("/sub{above}");
                }
                self.put(b'5', &name, "", random).put("");
                self.implied.remove(Path::new(&name));
                self.directories.push(format!("{name}/"));
            }
            4..9 => {
                // Some of what is there already gets a new content; its other names keep the old one.
                if !self.files.is_empty() && random.once_in(4) {
                    name = self.files[random.below(self.files.len())].clone();
                }
                self.attribute(random);
                let content = "content ".repeat(random.below(300));
                self.put(b'0', &name, "", random).put(&content);
                self.files.push(name);
            }
            9..11 => {
                let long = "long/".repeat(40);
                self.put(b'2', &name, ["a", "x/y/z", &long][random.below(3)], random).put("");
            }
            11..13 if !self.files.is_empty() => {
                let target = self.files[random.below(self.files.len())].clone();
                self.put(b'1', &name, &target, random).put("");
                self.files.push(name);
            }
            13 => self.put(b'6', &name, "", random).put(""),
            14..16 => {
                let holes = 1 + random.below(5) as u64;
                self.tar.pax("GNU.sparse.name", name.as_bytes());
                let (size, data) = ((holes << 20) + 1, "data".repeat(129));
                if random.once_in(2) {
                    self.tar.pax("GNU.sparse.major", b"1");
                    self.tar.pax("GNU.sparse.minor", b"0");
                    self.tar.pax("GNU.sparse.realsize", size.to_string().as_bytes());
                    let map = format!("{:\0<512}", format!("2\n0\n512\n{}\n4\n", size - 4));
                    self.tar.file("GNUSparseFile.0/x").posix().time(77).put(&format!("{map}{data}"));
                } else {
                    self.tar.pax("GNU.sparse.size", size.to_string().as_bytes());
                    self.tar.pax("GNU.sparse.numblocks", b"2");
                    self.tar.pax("GNU.sparse.map", format!("0,512,{},4", size - 4).as_bytes());
                    self.tar.file("GNUSparseFile.0/x").posix().time(77).put(&data);
                }
                self.files.push(name);
            }
            16 | 17 => {
                let hidden = random.below(20);
                self.put(b'0', &format!("{dir}.wh.{hidden}"), "", random).put("");
            }
            _ => self.put(b'0', &format!("{dir}.wh..wh..opq"), "", random).put(""),
        }
    }

    fn attribute(&mut self, random: &mut Random) {
        if random.once_in(3) {
            self.tar.pax("SCHILY.xattr.user.note", format!("value\n{}=", random.below(100)).as_bytes());
        }
        if random.once_in(3) {
            self.tar.pax("mtime", format!("{}.{:09}", random.below(2 << 30), random.below(1_000_000_000)).as_bytes());
        }
    }

    fn put(&mut self, kind: u8, name: &str, target: &str, random: &mut Random) -> Put<'_> {
        let spelled = match random.below(6) {
            0 => format!("./{name}"),
            1 => format!("/{name}"),
            2 if kind == b'5' => format!("{name}/"),
            _ => name.to_owned(),
        };
        let gnu = random.once_in(2);
        for (extension, key, text) in [(b'L', "path", &*spelled), (b'K', "linkpath", target)] {
            match text.len() > 99 {
                true if gnu => self.tar.extension(extension, format!("{text}\0").as_bytes()),
                true => self.tar.pax(key, text.as_bytes()),
                false => {}
            }
        }
        let fits = |text: &str| text.len() <= 99;
        let name = if fits(&spelled) { &*spelled } else { "short" };
        let target = if fits(target) { target } else { "short" };
        let modes = [0o644, 0o4755, 0o2755, 0o1777, 0o700, 0o555, 0o600, 0o6711];
        // Readable to whoever compares; GNU tar makes links and FIFOs with other modes, too.
        // GNU tar opens what it has made once more, with the mode that it has by then; to root that is all the same.
        let at_least = if geteuid().is_root() { 0 } else { 0o600 };
        let mode = match kind {
            b'0' => modes[random.below(modes.len())] | at_least,
            b'5' => modes[random.below(modes.len())] | at_least | 0o500,
            _ => 0o644,
        };
        self.tar.entry(kind, name, target).mode(mode).time(random.below(2_000_000_000) as u64)
    }
}

#[test]
fn fuzz_gnu_tar_makes_the_same_files() {
    let version = Command::new("tar").arg("--version").output();
    if !version.is_ok_and(|output| output.stdout.starts_with(b"tar (GNU tar)")) {
        eprintln!("skipped: GNU tar is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let [archive, theirs, ours] = ["archive", "theirs", "ours"].map(|name| dir.path().join(name));
    fuzz::cases("GNU tar", 60, |random| {
        let made = Sensible::new(random);
        fs::write(&archive, made.tar.bytes()).unwrap();
        [&theirs, &ours].iter().for_each(|dir| fs::create_dir(dir).unwrap());
        let mut tar = Command::new("tar");
        tar.args(["-x", "-p", "--numeric-owner", "--delay-directory-restore", "--warning=none"]);
        tar.args(["--xattrs", "--xattrs-include=user.*", "-f"]);
        let output = tar.arg(&archive).arg("-C").arg(&theirs).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let file = std::io::BufReader::new(File::open(&archive).unwrap());
        unpack(file, File::open(&ours).unwrap().as_fd(), &mut std::io::sink()).unwrap();
        let (files, hidden) = with_whiteouts(description(&theirs, &made.implied));
        let (our_files, our_hidden) = overlaid(description(&ours, &made.implied));
        assert_eq!(hidden, our_hidden);
        for (path, text) in &files {
            assert_eq!(our_files.get(path), Some(text), "{path:?}");
        }
        assert_eq!(files.len(), our_files.len());
        [&theirs, &ours].iter().for_each(|dir| tree::remove(dir).unwrap());
    });
}
