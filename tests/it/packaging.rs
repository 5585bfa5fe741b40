//! The packages that `packaging/build` makes of the binary under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::fixture::{Running, Stage, binary, installed, is_root, need, patience, payload, say_skipped, source_dir};

/// 2024-01-02, for what would be the time of the last commit.
const EPOCH: &str = "1704153600";

/// Makes packages of `program` into `folder`, by the sources at `source`.
fn build(stage: &Stage, source: &Path, program: &Path, folder: &str) -> PathBuf {
    let mut command = stage.program("sh");
    command.arg(source.join("packaging/build")).arg(program).arg(folder).env("SOURCE_DATE_EPOCH", EPOCH);
    command.env("TMPDIR", stage.home());
    // Three packages of a binary that may be a large one.
    Running::start(command, Some(Stdio::null())).finish_within(5 * patience()).ok();
    stage.home().join(folder)
}

fn made(folder: &Path, ending: &str) -> PathBuf {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    assert_eq!(found.len(), 1, "{ending}: {found:?}");
    found.remove(0)
}

fn said(program: &str, words: &[&str], file: &Path) -> String {
    // rpm makes a database in the user's home.
    let home = file.parent().expect("a file stands in a directory");
    let output = Command::new(program).args(words).arg(file).env("TZ", "UTC").env("HOME", home).output().unwrap();
    assert!(output.status.success(), "{program} {words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Files (mode, owner, path and for links their target) as `tar tv`, `dpkg-deb --contents` and `rpm -qlv` list them.
fn listed(listing: &str) -> Vec<String> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = words.iter().position(|word| word.starts_with("./usr") || word.starts_with("/usr"))?;
        Some(format!("{} {}", words[0], words[name..].join(" ").trim_start_matches('.')))
    };
    listing.lines().filter_map(line).collect()
}

/// What each package of box has.
const FILES: &[&str] = &[
    "-rwxr-xr-x /usr/bin/box",
    "lrwxrwxrwx /usr/bin/box-oci -> box",
    "lrwxrwxrwx /usr/lib/systemd/user-generators/box-user-generator -> ../../../bin/box",
    "lrwxrwxrwx /usr/lib/systemd/system-generators/box-system-generator -> ../../../bin/box",
    "-rw-r--r-- /usr/lib/systemd/user/box-auto-update.service",
    "-rw-r--r-- /usr/lib/systemd/user/box-auto-update.timer",
    "-rw-r--r-- /usr/lib/systemd/user/box-restart.service",
    "-rw-r--r-- /usr/lib/systemd/user/box-user-wait-network-online.service",
    "-rw-r--r-- /usr/lib/systemd/system/box-auto-update.service",
    "-rw-r--r-- /usr/lib/systemd/system/box-auto-update.timer",
    "-rw-r--r-- /usr/lib/systemd/system/box-restart.service",
    "-rw-r--r-- /usr/share/bash-completion/completions/box",
    "-rw-r--r-- /usr/share/box/apparmor",
    "-rw-r--r-- /usr/share/fish/vendor_completions.d/box.fish",
    "-rw-r--r-- /usr/share/man/man1/box-run.1.gz",
];

fn check_listing(listing: &str, further: &[&str]) {
    let found = listed(listing);
    for file in FILES.iter().chain(further) {
        assert!(found.iter().any(|line| line == file), "{file}: {found:#?}");
    }
    let pages = fs::read_dir(source_dir().join("man")).unwrap().count();
    assert_eq!(found.iter().filter(|line| line.ends_with(".gz") && line.contains("/man/")).count(), pages);
    for line in listing.lines() {
        let owner: Vec<&str> = line.split_whitespace().skip(1).take(3).collect();
        assert!(owner.contains(&"root/root") || owner.ends_with(&["root", "root"]), "{line}");
    }
}

#[test]
fn the_packages_hold_the_binary_and_what_belongs_to_it() {
    need!(installed("dpkg-deb"));
    let stage = Stage::new();
    // Symbols are what takes time to pack.
    let program = stage.home().join("box");
    let stripped = format!("strip -o {1} {0} 2>/dev/null || cp {0} {1}", binary().display(), program.display());
    stage.shell(&stripped).ok();
    let folder = build(&stage, &source_dir(), &program, "made");
    let deb = made(&folder, "64.deb");
    check_listing(&said("dpkg-deb", &["--contents"], &deb), &["-rw-r--r-- /usr/share/zsh/vendor-completions/_box"]);
    let control = said("dpkg-deb", &["--field"], &deb);
    for line in ["Package: box", concat!("Version: ", env!("CARGO_PKG_VERSION")), "Recommends: ca-certificates, uidmap"]
    {
        assert!(control.lines().any(|found| found == line), "{line}: {control}");
    }
    for left in ["@VERSION@", "@ARCHITECTURE@", "@SIZE@"] {
        assert!(!control.contains(left), "{left}: {control}");
    }
    let scripts = stage.home().join("scripts");
    said("dpkg-deb", &["--control", deb.to_str().unwrap()], &scripts);
    for script in ["postinst", "prerm", "postrm"] {
        said("sh", &["-n"], &scripts.join(script));
    }
    let docker = made(&folder, "_all.deb");
    assert!(listed(&said("dpkg-deb", &["--contents"], &docker)).contains(&"lrwxrwxrwx /usr/bin/docker -> box".into()));
    let conflicts = "Conflicts: docker-ce-cli, docker-cli, docker.io, podman-docker";
    assert!(said("dpkg-deb", &["--field"], &docker).lines().any(|line| line == conflicts));

    let sums = Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&folder).status().unwrap();
    assert!(sums.success());
    let tree = stage.home().join("unpacked");
    fs::create_dir(&tree).unwrap();
    said("tar", &["-xz", "-C", tree.to_str().unwrap(), "-f"], &made(&folder, "-linux.tar.gz"));
    let unpacked = fs::read_dir(&tree).unwrap().next().unwrap().unwrap().path();
    let place = format!("{0}/packaging/place {0}/box $HOME/root /usr/local", unpacked.display());
    stage.shell(&place).ok();
    let version = stage.shell("$HOME/root/usr/local/bin/box --version").ok();
    assert_eq!(version, stage.run(&["--version"]).ok());
    let unit = stage.home().join("root/usr/local/lib/systemd/user/box-restart.service");
    assert!(fs::read_to_string(unit).unwrap().contains("\nExecStart=/usr/local/bin/box start "));

    need!(installed("rpmbuild"));
    let rpm = made(&folder, if cfg!(target_arch = "x86_64") { "x86_64.rpm" } else { "aarch64.rpm" });
    check_listing(&said("rpm", &["-qplv"], &rpm), &["-rw-r--r-- /usr/share/zsh/site-functions/_box"]);
    let docker = said("rpm", &["-qplv"], &made(&folder, ".noarch.rpm"));
    assert_eq!(listed(&docker), ["lrwxrwxrwx /usr/bin/docker -> box"]);
}

/// Into a directory that is not the machine, which takes root.
#[test]
fn the_rpms_are_installed_together_and_leave_nothing() {
    if !is_root() {
        return say_skipped("rpm changes its root directory, as root may");
    }
    need!(installed("rpmbuild"));
    let stage = Stage::new();
    let folder = build(&stage, &source_dir(), &payload(), "made");
    let root = stage.home().join("root");
    fs::create_dir(&root).unwrap();
    // Nothing else is there: no shell for the scripts, and nobody who knows of one.
    let rpm = |words: &str| {
        stage.shell(&format!("rpm --root {} --dbpath /db {words} 2>&1", root.display())).ok();
    };
    rpm(&format!("--nodeps --noscripts -i {}/*.rpm", folder.display()));
    for line in FILES {
        let file = line.split_whitespace().nth(1).expect("a mode, and then a name");
        assert!(root.join(&file[1..]).symlink_metadata().is_ok(), "{line}");
    }
    assert_eq!(fs::read_link(root.join("usr/bin/docker")).unwrap(), Path::new("box"));
    rpm("--noscripts -e box-docker box");
    let left = stage.shell(&format!("find {0} -type f ! -path '{0}/db/*'", root.display())).ok();
    assert_eq!(left, "");
}

/// Of a small program, for that takes less time.
#[test]
fn two_builds_give_the_same_bytes() {
    let stage = Stage::new();
    let copy = stage.home().join("another-tree");
    let words = format!(
        "mkdir {0} && cd {1} && umask 077 && cp -r Cargo.toml *.md man completions packaging {0}",
        copy.display(),
        source_dir().display()
    );
    stage.shell(&words).ok();
    let sums = |source: &Path, folder| {
        fs::read_to_string(build(&stage, source, &payload(), folder).join("SHA256SUMS")).unwrap()
    };
    let first = sums(&source_dir(), "first");
    assert!(first.lines().any(|line| line.ends_with("-linux.tar.gz")), "{first}");
    assert_eq!(sums(&copy, "second"), first);
}

#[test]
fn what_is_no_binary_is_refused_and_a_missing_tool_is_told() {
    let stage = Stage::new();
    let build = source_dir().join("packaging/build");
    let refused = stage.shell(&format!("sh {0} {0} made", build.display()));
    assert!(
        refused.code == 1 && refused.err.trim_end().ends_with("a binary for x86_64 or aarch64 is expected"),
        "{refused}"
    );
    // Every tool but those that make packages.
    let tools = "mkdir tools; for tool in awk basename cat chmod cp dirname find grep gzip head install ln mkdir \
                 mktemp mv od realpath rm sed sh sha256sum sort tar touch tr wc xargs; do \
                 ln -s $(command -v $tool) tools; done";
    stage.shell(tools).ok();
    let words =
        format!("SOURCE_DATE_EPOCH={EPOCH} PATH=$HOME/tools sh {} {} made", build.display(), payload().display());
    let said = stage.shell(&words);
    assert!(said.err.contains("skipped: deb: dpkg-deb is not installed"), "{said}");
    assert!(said.err.contains("skipped: rpm: rpmbuild is not installed"), "{said}");
    assert!(said.ok().ends_with("made: 1 packages"));
}
