//! Root where there is one id only: programs that change owners and users work all the same.

use crate::fixture::{Stage, many_ids, need, skip};

/// A stage of a user without subordinate ids, and a Debian image; everybody else has real ids.
macro_rules! poor {
    () => {{
        if many_ids().is_ok() {
            skip!("there is nothing to emulate for a user with many ids");
        }
        let stage = Stage::shared();
        let debian = need!(stage.image("debian"));
        (stage, debian)
    }};
}

fn shell(stage: &Stage, image: &str, options: &[&str], script: &str) -> crate::fixture::Outcome {
    let words = [&["run", "--rm", "--network", "none"], options, &[image, "sh", "-c", script]].concat();
    stage.run(&words)
}

#[test]
fn owners_can_be_changed_and_archives_of_others_unpacked() {
    let (stage, debian) = poor!();
    let script = "chown -R daemon:daemon /var/cache && install -o daemon -g 7 /bin/true /usr/local/bin/t && \
                  cd /tmp && echo hi >a && tar --owner=7 --group=8 -cf a.tar a && rm a && tar xpf a.tar && cat a";
    assert_eq!(shell(&stage, &debian, &[], script).ok(), "hi");
}

#[test]
fn owners_that_files_should_have_are_those_in_the_image() {
    let (stage, debian) = poor!();
    let name = stage.name("owners");
    let script = "cd /opt; touch a b c; mkdir d e; ln -s a l; chown 33:34 a; chown daemon b; chown 7:8 d; \
                  chown -h 5:6 l; chown :9 /opt/c; cd d; touch ../e/x; chown 1:2 ../e/x; chown 33 /opt/a; \
                  ln -s /opt/e /opt/to-e; chown 3:4 /opt/to-e";
    stage.run(&["run", "--name", &name, "--network", "none", &debian, "sh", "-c", script]).ok();
    let owners = "tar --numeric-owner -tv | sed -nE 's,^.{11}([0-9/]+) .* (\\./)?opt/([a-e](/x)?)/?$,\\3 \\1,p' | sort";
    let expected = "a 33/34\nb 1/0\nc 0/9\nd 7/8\ne 3/4\ne/x 1/2";
    assert_eq!(stage.shell(&format!("box export {name} | {owners}")).ok(), expected);
    let image = stage.run(&["commit", "-q", &name]).ok();
    let saved = format!(
        "box save -q {image} -o saved.tar; mkdir saved; tar -xf saved.tar -C saved; cd saved; \
         for layer in $(find . -name '*.tar'); do tar -tf $layer | grep -q opt/e/x && cat $layer; done | {owners}"
    );
    assert_eq!(stage.shell(&saved).ok(), expected);
    stage.run(&["rm", &name]).ok();
    stage.run(&["rmi", &image]).ok();
}

#[test]
fn a_process_that_becomes_another_user_is_that_user() {
    let (stage, debian) = poor!();
    let script = "useradd -m me && su me -c 'id -u; id -un; id -g; touch ~/f && stat -c %U ~/f' && id -u";
    assert_eq!(shell(&stage, &debian, &[], script).ok(), "1000\nme\n1000\nme\n0");
    // In either order, and there is no way back.
    let script = "setpriv --reuid=33 --regid=33 --clear-groups id -u; \
                  perl -e 'use POSIX; setgid(12); setuid(13); print getgid(), q( ), $<, q( ), setuid(0) // q(none)'";
    assert_eq!(shell(&stage, &debian, &[], script).ok(), "33\n12 13 none");
}

#[test]
fn packages_are_installed_and_the_package_managers_own_user_is_taken_on() {
    let (stage, debian) = poor!();
    // A package with a file of another owner, and an apt repository of it on the disk, which apt reads as its user.
    let script = r#"mkdir -p /repo/p/DEBIAN /repo/p/opt && cd /repo && echo hello >p/opt/file
        about='Package: made\nVersion: 1\nArchitecture: all\nMaintainer: m <m@x>\nDescription: d\n'
        printf "$about" >p/DEBIAN/control
        printf '#!/bin/sh\nset -e\nuseradd -r made\nchown made:made /opt/file\n' >p/DEBIAN/postinst
        chmod 755 p/DEBIAN/postinst && dpkg-deb -b p made.deb >/dev/null
        size=$(stat -c %s made.deb) sum=$(sha256sum made.deb | cut -d' ' -f1)
        printf "${about}Filename: ./made.deb\nSize: $size\nSHA256: $sum\n" >Packages && chmod -R a+rX /repo
        rm -f /etc/apt/sources.list.d/* && echo 'deb [trusted=yes] file:/repo ./' >/etc/apt/sources.list
        apt-get update -qq && apt-get install -qq -y made >/tmp/log 2>&1 || { cat /tmp/log; exit 9; }
        grep -i 'unsandboxed\|could not switch' /tmp/log; cat /opt/file; id -un made"#;
    assert_eq!(shell(&stage, &debian, &[], script).ok(), "hello\nmade");
}

#[test]
fn exec_is_emulated_too_and_off_is_off() {
    let (stage, debian) = poor!();
    let name = stage.name("emulated");
    stage.run(&["run", "-d", "--name", &name, "--network", "none", &debian, "sleep", "600"]).ok();
    let script = "chown daemon /etc/motd && su daemon -s /bin/sh -c 'id -un'";
    assert_eq!(stage.run(&["exec", &name, "sh", "-c", script]).ok(), "daemon");
    let off = shell(&stage, &debian, &["--root-emulation", "off"], "chown daemon /etc/motd");
    assert!(off.code != 0 && off.err.contains("Invalid argument"), "{off}");
}

#[test]
fn a_container_can_be_anybodys_and_is_nobody_elses() {
    let (stage, debian) = poor!();
    let said = shell(&stage, &debian, &["--user", "33:33"], "id -u; id -g; touch /tmp/x && stat -c %u /tmp/x").ok();
    assert_eq!(said, "33\n33\n33");
    let said = shell(&stage, &debian, &["--user", "33:33"], "grep CapEff /proc/self/status; setpriv --reuid=0 true");
    assert!(said.code != 0 && said.out.contains("0000000000000000"), "{said}");
    let name = stage.name("somebody");
    stage.run(&["run", "-d", "--name", &name, "--user", "www-data", "--network", "none", &debian, "sleep", "600"]).ok();
    assert_eq!(stage.run(&["exec", &name, "id", "-un"]).ok(), "www-data");
    assert_eq!(stage.run(&["exec", "--user", "root", &name, "id", "-un"]).ok(), "root");
    let said = stage.run(&["exec", "--user", "daemon", &name, "true"]).fails(125);
    assert!(said.contains("without subordinate ids"), "{said}");
}
