//! `box secret`, and the secrets of containers.

use crate::fixture::{Outcome, Stage, many_ids, need, registry};

const HUSH: &str = "hush-7f3a9c51";

/// Makes the secret `token`; returns its ID.
fn make(stage: &Stage) -> String {
    stage.shell(&format!("printf %s {HUSH} | box secret create token -")).ok()
}

fn run(stage: &Stage, image: &str, options: &[&str], script: &str) -> Outcome {
    stage.run(&[&["run", "--rm", "--network", "none"], options, &[image, "sh", "-c", script]].concat())
}

#[test]
fn it_is_made_listed_and_removed() {
    let stage = Stage::new();
    let id = make(&stage);
    assert!(id.len() == 25 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    stage.shell("echo x >file; box secret create -l a=b -l c other file").ok();
    assert_eq!(stage.run(&["secret", "ls", "--format", "{{.Name}} {{.Driver}}"]).ok(), "other file\ntoken file");
    assert_eq!(stage.run(&["secret", "ls", "-q", "-f", "name=tok"]).ok(), id);
    assert_eq!(stage.run(&["secret", "ls", "-q", "-f", &format!("id={}", &id[..9])]).ok(), id);
    let table = stage.run(&["secret", "ls"]).ok();
    assert!(
        table
            .lines()
            .next()
            .is_some_and(|line| line.split_whitespace().eq(["ID", "NAME", "DRIVER", "CREATED", "UPDATED"]))
    );
    assert_eq!(stage.run(&["secret", "ls", "-n"]).ok().lines().count(), 2);
    stage.run(&["secret", "exists", &id]).ends_with(0);
    assert_eq!(stage.run(&["secret", "rm", "token"]).ok(), id);
    stage.run(&["secret", "exists", "token"]).ends_with(1);
    stage.run(&["secret", "rm", "token"]).fails(125);
    stage.run(&["secret", "rm", "-i", "token"]).ends_with(0);
    stage.run(&["secret", "rm", "--all"]).ok();
    assert_eq!(stage.run(&["secret", "ls", "-q"]).ok(), "");
}

#[test]
fn what_it_says_is_shown_to_who_asks_for_it_only() {
    let stage = Stage::new();
    let id = make(&stage);
    let shown = stage.run(&["secret", "inspect", "token"]).ok();
    assert!(shown.contains(&id) && !shown.contains(HUSH), "{shown}");
    assert_eq!(stage.run(&["secret", "inspect", "-f", "{{.Spec.Name}} {{.Spec.Driver.Name}}", &id]).ok(), "token file");
    assert_eq!(stage.run(&["secret", "inspect", "-f", "<{{.SecretData}}>", &id]).ok(), "<>");
    let words = ["secret", "inspect", "--showsecret", "-f", "{{.SecretData}}", "token"];
    assert_eq!(stage.run(&words).ok(), HUSH);
    let pretty = stage.run(&["secret", "inspect", "--pretty", "token"]).ok();
    assert!(pretty.contains("Driver:            file") && !pretty.contains(HUSH), "{pretty}");
    let all = stage.run(&["secret", "inspect", "--pretty", "--showsecret", "token"]).ok();
    assert!(all.ends_with(&format!("Secret:\n{HUSH}")), "{all}");
    let missing = stage.run(&["secret", "inspect", "no-such"]);
    assert_eq!((missing.code, missing.out.trim()), (125, "[]"));
}

#[test]
fn one_that_is_there_is_not_overwritten_unless_asked() {
    let stage = Stage::new();
    let id = make(&stage);
    stage.shell("echo other | box secret create token -").fails(125);
    assert_eq!(stage.shell("echo other | box secret create --ignore token -").ok(), id);
    let show = ["secret", "inspect", "--showsecret", "-f", "{{.SecretData}}", "token"];
    assert_eq!(stage.run(&show).ok(), HUSH);
    stage.shell("SAY=other box secret create --replace --env token SAY").ok();
    assert_eq!(stage.run(&show).ok(), "other");
    for refused in [
        "box secret create empty /dev/null",
        "head -c 512001 /dev/zero | box secret create large -",
        "box secret create --env unset NO_SUCH_VARIABLE",
        "echo x | box secret create -d pass x -",
        "echo x | box secret create --driver-opts path=/tmp x -",
        "echo x | box secret create a/b -",
        "box secret create x no-such-file",
    ] {
        stage.shell(refused).fails(125);
    }
    stage.shell("head -c 512000 /dev/zero | box secret create large -").ok();
}

#[test]
fn a_container_has_it_as_a_file_in_memory() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    make(&stage);
    let look =
        "stat -c '%a %u %g' /run/secrets/token; cat /run/secrets/token; grep -c ' /run/secrets tmpfs ' /proc/mounts";
    for options in [&["--secret", "token"][..], &["--secret", "token", "--read-only"]] {
        assert_eq!(run(&stage, &busybox, options, look).ok(), format!("444 0 0\n{HUSH}1"));
    }
    let options = ["--secret", "token,target=/etc/deep/x,mode=0400", "--secret", "source=token,target=in/y"];
    let look = "stat -c %a /etc/deep/x /run/secrets/in/y; cat /etc/deep/x; ls /run/secrets";
    assert_eq!(run(&stage, &busybox, &options, look).ok(), format!("400\n444\n{HUSH}in"));
    let as_other = ["--secret", "token", "--user", "7:7"];
    assert_eq!(run(&stage, &busybox, &as_other, "cat /run/secrets/token").ok(), HUSH);
    let kept = ["--secret", "token", "--userns", "keep-id"];
    assert_eq!(run(&stage, &busybox, &kept, "cat /run/secrets/token").ok(), HUSH);
}

#[test]
fn its_file_belongs_to_whom_it_should() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(many_ids());
    make(&stage);
    let options = ["--secret", "token,uid=5,gid=6,mode=0440"];
    assert_eq!(run(&stage, &busybox, &options, "stat -c '%a %u %g' /run/secrets/token").ok(), "440 5 6");
}

#[test]
fn a_container_has_it_as_a_variable_and_so_has_what_joins_it() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    make(&stage);
    let options = ["--secret", "token,type=env", "--secret", "token,type=env,target=B", "-e", "B=1"];
    assert_eq!(run(&stage, &busybox, &options, "echo $token $B").ok(), format!("{HUSH} {HUSH}"));
    let words =
        ["run", "-d", "--network", "none", "--name", "web", "--secret", "token,type=env", &busybox, "sleep", "99"];
    stage.run(&words).ok();
    assert_eq!(stage.run(&["exec", "web", "sh", "-c", "echo $token"]).ok(), HUSH);
    stage.shell(r"printf 'a\0b' | box secret create binary -").ok();
    let said = run(&stage, &busybox, &["--secret", "binary,type=env"], "true").fails(125);
    assert!(said.contains("it is no text"), "{said}");
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn a_container_outlives_the_secret_it_was_made_with() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    make(&stage);
    let words =
        ["create", "--network", "none", "--name", "web", "--secret", "token", &busybox, "cat", "/run/secrets/token"];
    stage.run(&words).ok();
    stage.shell("echo new | box secret create --replace token -").ok();
    assert_eq!(stage.run(&["start", "-a", "web"]).ok(), HUSH);
    stage.run(&["secret", "rm", "token"]).ok();
    assert_eq!(stage.run(&["start", "-a", "web"]).ok(), HUSH);
    let said = run(&stage, &busybox, &["--secret", "token"], "true").fails(125);
    assert!(said.contains("no such secret `token`"), "{said}");
    stage.run(&["rm", "web"]).ok();
}

#[test]
fn nothing_that_is_kept_of_a_container_tells_it() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    make(&stage);
    let options = ["--secret", "token", "--secret", "token,type=env", "--secret", "token,target=/srv/x"];
    let words = [&["run", "--network", "none", "--name", "web"], &options[..], &[&busybox, "true"]].concat();
    stage.run(&words).ok();
    let document = stage.run(&["inspect", "web"]).ok();
    assert!(document.contains("\"Name\": \"token\"") && !document.contains(HUSH), "{document}");
    stage.run(&["commit", "-q", "web", "made"]).ok();
    assert!(!stage.run(&["inspect", "made"]).ok().contains(HUSH));
    stage.run(&["commit", "-q", "--squash", "web", "made-flat"]).ok();
    let found = stage
        .shell("box save made | grep -c hush-; box save made-flat | grep -c hush-; box export web | grep -c hush-");
    assert_eq!(found.out, "0\n0\n0\n");
    let inside =
        stage.run(&["run", "--rm", "--network", "none", "made", "sh", "-c", "env; ls /run/secrets; cat /srv/x"]);
    assert_eq!((inside.code, inside.out.contains(HUSH), inside.out.contains("token")), (0, false, false));
    stage.run(&["secret", "rm", "token"]).ok();
    stage.run(&["rm", "web"]).ok();
    let left =
        stage.shell(&format!("grep -rl {HUSH} {0}; grep -rl $(printf {HUSH} | base64) {0}", stage.store().display()));
    assert_eq!(left.out, "");
}

#[test]
fn a_request_that_cannot_be_met_makes_no_container() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    make(&stage);
    for options in [
        &["--secret", "no-such"][..],
        &["--secret", "token,mode=9"],
        &["--secret", "token,type=env,uid=5"],
        &["--secret", "token", "--secret", "token"],
        &["--secret", "token", "--tmpfs", "/run/secrets"],
        &["--secret", "token,target=../x"],
    ] {
        stage.run(&[&["create"], options, &[payload.as_str()]].concat()).fails(125);
    }
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
}

#[test]
fn a_login_takes_its_password_from_one() {
    let stage = Stage::new();
    let registry = registry::guarded_address();
    stage.shell("echo secret | box secret create lab -").ok();
    assert_eq!(stage.run(&["login", "--secret", "lab", registry]).ok(), "Login Succeeded!");
    assert_eq!(stage.run(&["login", "--get-login", registry]).ok(), "lab");
    stage.run(&["logout", registry]).ok();
    stage.shell("echo wrong | box secret create --replace lab -").ok();
    stage.run(&["login", "-u", "lab", "--secret", "lab", registry]).fails(1);
    stage.run(&["login", "--secret", "no-such", registry]).fails(125);
}
