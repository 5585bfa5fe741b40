//! What people do first in a container of a distribution: install programs, add users, become them, unpack archives of
//! others. As root inside, with many ids or with one; the archives of the packages lie in the images.

use crate::fixture::{Stage, many_ids, need};

/// In a container of `image`, without a network.
fn everything_works(image: &str) {
    let stage = Stage::shared();
    let image = need!(stage.image(image));
    let name = stage.name("packages");
    let words = ["run", "-d", "--name", &name, "--network", "none", &image, "sleep", "1000"];
    stage.run(&words).ok();
    let inside = |script: &str| stage.run(&["exec", &name, "bash", "-ec", script]);
    assert_eq!(inside("id -u; id -g").ok(), "0\n0");

    inside(
        "export DEBIAN_FRONTEND=noninteractive; rm -f /etc/apt/sources.list.d/* /etc/apt/sources.list
         apt-get -qq -o Dpkg::Use-Pty=0 install --no-install-recommends -y /debs/*.deb >/tmp/log 2>&1 ||
            { cat /tmp/log; exit 9; }",
    )
    .ok();
    assert!(
        inside(
            "git init -q /tmp/r; cd /tmp/r; git -c user.name=a -c user.email=b commit -qm x --allow-empty; \
                    git log --format=%s"
        )
        .ok()
            == "x"
    );
    assert_eq!(inside("ssh-keygen -A >/dev/null; mkdir -p /run/sshd; /usr/sbin/sshd -t && echo ok").ok(), "ok");
    let query = "B=$(echo /usr/lib/postgresql/*/bin); $B/initdb -D /tmp/pg >/dev/null
                 $B/pg_ctl -D /tmp/pg -o '-k /tmp' -w -l /tmp/pg.log start >/dev/null
                 psql -h /tmp -Atc 'select 6 * 7' postgres; $B/pg_ctl -D /tmp/pg -m fast -w stop >/dev/null";
    assert_eq!(inside(&format!("su postgres -c {}", quoted(query))).ok(), "42");
    if many_ids().is_ok() {
        // With one id, who was another user cannot become root again, as the package's own script wants to.
        assert_eq!(inside("stat -c %U /var/lib/postgresql; pg_lsclusters -h | wc -l").ok(), "postgres\n1");
    }

    assert_eq!(inside("useradd -m me; su - me -c 'id -un; touch kept; stat -c %U:%G kept'").ok(), "me\nme:me");
    let archive = "cd /tmp; echo x >f; tar --owner=33 --group=34 -cf f.tar f; rm f; tar -xpf f.tar; stat -c %u:%g f";
    let owner = inside(archive).ok();
    // With one id an owner is taken note of by nobody, but nothing fails.
    assert!(owner == "33:34" || owner == "0:0", "{owner}");
    stage.run(&["rm", "-f", "-t", "0", &name]).ok();
}

fn quoted(script: &str) -> String {
    format!("'{}'", script.replace('\'', "'\\''"))
}

#[test]
fn in_the_distribution_of_this_machine() {
    everything_works("debs");
}

#[test]
fn in_the_release_beside_it() {
    everything_works("debs_next");
}

#[test]
fn in_busybox() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    // It has no program that adds a user.
    let script = "set -e; id -u; echo me:x:4321:4321::/tmp:/bin/sh >>/etc/passwd; echo me:x:4321: >>/etc/group; \
                  su me -c 'id -un; touch /tmp/kept; stat -c %U /tmp/kept'; chown me /var; \
                  cd /root; echo x >f; tar -cf f.tar f; rm f; tar -xpf f.tar; cat f";
    let words = ["run", "--rm", "--network", "none", &busybox, "sh", "-c", script];
    assert_eq!(stage.run(&words).ok(), "0\nme\nme\nx");
}
