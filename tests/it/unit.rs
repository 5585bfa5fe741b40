//! `box unit`: services of systemd from unit files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use crate::fixture::{Running, Stage, binary, installed, is_root, need, say_skipped, wait_until};

const WEB: &str = "[Unit]\nDescription=Web\n\n[Container]\nImage=docker.io/library/nginx\nPublishPort=8080:80\n\
                   Volume=data.volume:/data\n\n[Install]\nWantedBy=default.target\n";

fn put(stage: &Stage, name: &str, text: &str) {
    let path = stage.home().join(name);
    fs::create_dir_all(path.parent().expect("it is in a directory")).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_unit_file_is_shown_as_the_service_that_it_is() {
    let stage = Stage::new();
    put(&stage, "web.container", WEB);
    put(&stage, "data.volume", "[Volume]\n");
    let text = stage.run(&["unit", "show", "web.container"]).ok();
    for line in ["Type=notify", "Requires=data-volume.service", "WantedBy=default.target", "Description=Web"] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let start = text.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    assert!(start.starts_with(&format!("ExecStart={} run ", binary().display())), "{start}");
    assert!(start.ends_with(" --volume systemd-data:/data docker.io/library/nginx"), "{start}");
    if installed("systemd-analyze").is_ok() {
        put(&stage, "check/web.service", &text);
        let volume = stage.run(&["unit", "show", "data.volume"]).ok();
        put(&stage, "check/data-volume.service", &volume);
        let said = stage.shell("SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no check/*.service 2>&1").out;
        let about_us: Vec<&str> = said.lines().filter(|line| line.contains(".service:")).collect();
        assert!(about_us.is_empty(), "{said}");
    }
}

#[test]
fn a_mistake_is_told_with_its_place_and_nothing_is_written() {
    let stage = Stage::new();
    for (text, words) in [
        ("[Container]\nImage=x\nPublishPorts=80\n", ["x.container:3", "did you mean `PublishPort`?"]),
        ("[Container]\nImage=x\nPodmanArgs=--no-such-option\n", ["x.container", "--no-such-option"]),
        ("[Container]\nImage=x\nMemory=much\nSecurityLabelType=t\n", ["x.container:4", "no SELinux labels"]),
    ] {
        put(&stage, "x.container", text);
        let said = stage.run(&["unit", "show", "x.container"]).fails(125);
        assert!(words.iter().all(|word| said.contains(word)), "{text}: {said}");
    }
    stage.run(&["unit", "show", "x.network"]).fails(125);
    stage.run(&["unit", "show", "no-such.container"]).fails(125);
}

#[test]
fn services_are_installed_listed_and_removed() {
    if is_root() {
        return say_skipped("root's units are the machine's");
    }
    let stage = Stage::new();
    put(&stage, "web.container", WEB);
    put(&stage, "data.volume", "[Volume]\n");
    let made = stage.run(&["unit", "install", "web.container", "data.volume"]).ok();
    assert_eq!(made, "web.service\ndata-volume.service");
    let folder = stage.home().join(".config/systemd/user");
    assert!(fs::read_to_string(folder.join("web.service")).unwrap().contains("Description=Web"));
    assert_eq!(stage.run(&["unit", "ls"]).ok(), "data-volume.service\nweb.service");
    assert!(stage.run(&["unit", "show", "web.service"]).ok().contains("Description=Web"));
    stage.run(&["unit", "install", "web.container"]).ok();
    put(&stage, ".config/systemd/user/other.service", "[Service]\nExecStart=/bin/true\n");
    put(&stage, "other.container", WEB);
    stage.run(&["unit", "install", "other.container"]).fails(125);
    stage.run(&["unit", "install", "--replace", "other.container"]).ok();
    put(&stage, ".config/systemd/user/theirs.service", "[Service]\nExecStart=/bin/true\n");
    stage.run(&["unit", "remove", "theirs"]).fails(1);
    assert_eq!(stage.run(&["unit", "remove", "web", "data-volume.service", "other"]).ok().lines().count(), 3);
    assert_eq!(stage.run(&["unit", "ls"]).ok(), "");
    assert!(folder.join("theirs.service").exists());
}

#[test]
fn a_container_becomes_a_unit_file() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let mut command =
        stage.command(&["create", "-v", "./x:/y", "-e", "TAKEN", "-e", "A=1", &payload, "/payload", "wait"]);
    std::fs::create_dir(stage.home().join("x")).unwrap();
    command.env("TAKEN", "over");
    let id = Running::start(command, None).finish().ok();
    let name = stage.run(&["inspect", "-f", "{{.Name}}", &id]).ok();
    let text = stage.run(&["unit", "from-container", "--description", "Waits", &id]).ok();
    for line in [
        "Description=Waits",
        &format!("Image={payload}"),
        &format!("ContainerName={name}"),
        &format!("Volume={}/x:/y", stage.home().display()),
        "Environment=TAKEN=over",
        "Environment=A=1",
        "Exec=/payload wait",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    put(&stage, "again.container", &text);
    stage.run(&["unit", "show", "again.container"]).ok();
    stage.run(&["unit", "from-container", "no-such"]).fails(1);
    stage.run(&["rm", &id]).ok();
}

#[test]
fn a_command_line_becomes_a_unit_file_and_that_a_service() {
    let stage = Stage::new();
    let words = "unit from-run --description Web -- run -d --rm --name web -p8080:80 -e A=1 -v data:/d:ro -it \
                 --memory=1g nginx -g x";
    let text = stage.run(&words.split_whitespace().collect::<Vec<_>>()).ok();
    for line in [
        "Description=Web",
        "Image=nginx",
        "ContainerName=web",
        "PublishPort=8080:80",
        "Environment=A=1",
        "Volume=data:/d:ro",
        "Memory=1g",
        "PodmanArgs=--interactive --tty",
        "Exec=-g x",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    put(&stage, "web.container", &text);
    let start = stage.run(&["unit", "show", "web.container"]).ok();
    assert!(start.contains("--interactive --tty nginx -g x"), "{start}");
    let text = stage.run(&["unit", "from-run", "--", "run", "-v", "./x:/y", "-e", "A=5% $B", "nginx"]).ok();
    assert!(text.contains(&format!("\nVolume={}/x:/y\n", stage.home().display())), "{text}");
    assert!(text.contains("\nEnvironment=\"A=5%% $$B\"\n"), "{text}");
    stage.run(&["unit", "from-run", "--", "run", "--no-such", "x"]).fails(125);
    stage.run(&["unit", "from-run", "--", "ps"]).fails(125);
}

#[test]
fn the_generator_makes_what_is_right_and_tells_what_is_not() {
    let stage = Stage::new();
    put(&stage, ".config/containers/systemd/web.container", WEB);
    put(&stage, ".config/containers/systemd/deep/data.volume", "[Volume]\n");
    put(&stage, ".config/containers/systemd/web.container.d/10.conf", "[Container]\nEnvironment=A=1\n");
    put(&stage, ".config/containers/systemd/container.d/20.conf", "[Container]\nEnvironment=B=2\n");
    put(&stage, ".config/containers/systemd/bad.container", "[Container]\n");
    put(&stage, ".config/containers/systemd/mine.build", "[Build]\n");
    put(&stage, ".config/containers/systemd/net.network", "[Network]\n[Install]\nAlias=mesh.service\n");
    let link = stage.home().join("box-user-generator");
    symlink(binary(), &link).unwrap();
    let folder = stage.home().join("generated");
    fs::create_dir(&folder).unwrap();
    let mut command = stage.program(&link);
    command.args([&folder, &folder, &folder]);
    let outcome = Running::start(command, Some(Stdio::null())).finish();
    assert!(outcome.code == 1 && outcome.err.contains("bad.container"), "{}", outcome.err);
    assert!(outcome.err.contains("mine.build`: box builds no images"), "{}", outcome.err);
    let made = fs::read_to_string(folder.join("web.service")).unwrap();
    assert!(made.contains("--env A=1 --env B=2"), "{made}");
    assert!(folder.join("data-volume.service").exists() && !folder.join("bad.service").exists());
    let wanted = folder.join("default.target.wants/web.service");
    assert_eq!(fs::read_to_string(wanted).unwrap(), made);
    let alias = fs::read_to_string(folder.join("mesh.service")).unwrap();
    assert!(alias.contains("network create --ignore systemd-net"), "{alias}");
    let shown = stage.run(&["unit", "generate", "--user", "--dryrun"]);
    assert!(shown.out.contains("---web.service---") && shown.out.contains("---data-volume.service---"));
}

#[test]
fn a_service_tells_the_manager_when_its_program_does() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let socket = std::os::unix::net::UnixDatagram::bind(stage.home().join("notify")).unwrap();
    let hear = || {
        let mut text = [0; 256];
        let length = socket.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    let run = |options: &str, script: &str| {
        let words = format!("run -d --network none --name web {options} {image} sh -c '{script}'");
        stage.shell(&format!("NOTIFY_SOCKET=$HOME/notify box {words} >out 2>&1 </dev/null")).ok();
    };
    run("--sdnotify conmon", "exec sleep 99");
    let said = hear();
    assert!(said.starts_with("MAINPID=") && said.ends_with("\nREADY=1"), "{said}");
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    run("--sdnotify healthy --health-cmd true --health-interval 20ms", "exec sleep 99");
    assert!(hear().starts_with("MAINPID="));
    assert_eq!(hear(), "READY=1");
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    run("--sdnotify container", "test -S $NOTIFY_SOCKET && echo $NOTIFY_SOCKET; exec sleep 99");
    assert!(hear().starts_with("MAINPID="));
    wait_until("it has found the socket", || stage.run(&["logs", "web"]).out == "/run/notify/notify.sock\n");
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    stage.shell("NOTIFY_SOCKET=@abstract box run -d --sdnotify container busybox true").fails(125);
    drop(socket);
    fs::remove_file(stage.home().join("notify")).unwrap();
}

/// Whether it has ended when it is told of is the scheduler's to say: one of many has.
#[test]
fn a_program_that_ends_before_the_manager_is_told_gives_its_result_and_says_why() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let socket = std::os::unix::net::UnixDatagram::bind(stage.home().join("notify")).unwrap();
    socket.set_nonblocking(true).unwrap();
    let told = || {
        let mut text = [0; 256];
        let messages = std::iter::from_fn(|| {
            let length = socket.recv(&mut text).ok()?;
            Some(String::from_utf8_lossy(&text[..length]).into_owned())
        });
        messages.collect::<Vec<_>>().join("|")
    };
    let run = |code: u8| {
        let words = format!("run -d --rm --network none --sdnotify conmon {image} sh -c 'exit {code}'");
        let outcome = (0..200).find_map(|_| {
            told();
            let outcome = stage.shell(&format!("NOTIFY_SOCKET=$HOME/notify box {words} 2>&1 >out </dev/null"));
            outcome.out.contains("before systemd was told").then_some(outcome)
        });
        outcome.map(|outcome| (outcome.code, told()))
    };
    match (run(3), run(0)) {
        (Some((3, failed)), Some((0, ended))) => {
            assert!(failed.starts_with("STATUS=container ") && failed.contains("exit code 3"), "{failed}");
            assert!(!failed.contains("READY") && ended.ends_with("|READY=1"), "{failed} {ended}");
        }
        (None, _) | (_, None) => say_skipped("no program ended that early"),
        other => panic!("{other:?}"),
    }
    fs::remove_file(stage.home().join("notify")).unwrap();
    fs::remove_file(stage.home().join("out")).unwrap();
}

/// The socket of the user's own systemd.
fn users_systemd() -> Result<String, String> {
    let bus = format!("/run/user/{}/bus", nix::unistd::getuid());
    match Path::new("/run/systemd/system").is_dir() && Path::new(&bus).exists() {
        true => Ok(bus),
        false => Err("the user has no systemd here".to_owned()),
    }
}

/// From a login session as well, whose group is root's.
#[test]
fn exec_enters_a_container_of_a_users_service_from_outside() {
    let bus = need!(users_systemd());
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let unit = format!("box-test-{}.service", std::process::id());
    let talk = format!("export DBUS_SESSION_BUS_ADDRESS=unix:path={bus}; unset XDG_RUNTIME_DIR;");
    let run = format!(
        "{talk} systemd-run --user --quiet --collect --unit {unit} -p Type=notify -p NotifyAccess=all -p Delegate=yes \
         -p SuccessExitStatus=143 -E HOME=$HOME -E XDG_RUNTIME_DIR={} {} run -d --rm --name web --cgroups split \
         --sdnotify conmon --network none {image} sleep 999",
        stage.runtime_dir().display(),
        binary().display()
    );
    stage.shell(&run).ok();
    let inside = stage.shell(&format!("export DBUS_SESSION_BUS_ADDRESS=unix:path={bus}; box exec web echo inside"));
    assert_eq!(inside.ok(), "inside");
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    wait_until("the service is gone", || {
        stage.shell(&format!("{talk} systemctl --user is-active {unit}")).out.trim() != "active"
    });
}
