//! `box version`.

use crate::fixture::{Stage, need};

#[test]
fn it_says_the_packages_version() {
    let stage = Stage::new();
    let version = env!("CARGO_PKG_VERSION");
    assert!(stage.run(&["version"]).ok().contains(version));
    assert_eq!(stage.run(&["--version"]).ok(), format!("box version {version}"));
    assert_eq!(stage.run(&["version", "--format", "{{.Client.Version}}"]).ok(), version);
}

#[test]
fn options_before_the_command_mean_what_they_mean_elsewhere() {
    let stage = Stage::new();
    let refused = stage.run(&["-H", "unix:///run/docker.sock", "version"]);
    assert!(refused.err.contains("no daemon") && refused.code == 125, "{refused}");
    stage.run(&["--context", "default", "--cgroup-manager=systemd", "version"]).ok();
    stage.run(&["--cgroup-manager", "other", "version"]).fails(125);
    assert!(stage.run(&["-D", "info"]).code == 0);
    let image = need!(stage.image("busybox"));
    std::fs::create_dir(stage.home().join("docker")).unwrap();
    let proxies = r#"{"proxies": {"default": {"httpProxy": "http://proxy.example:3128"}}}"#;
    std::fs::write(stage.home().join("docker/config.json"), proxies).unwrap();
    let words = format!("box --config $HOME/docker run --rm --network none {image} sh -c 'echo $HTTP_PROXY'");
    assert_eq!(stage.shell(&words).ok(), "http://proxy.example:3128");
    std::fs::create_dir(stage.home().join("devices")).unwrap();
    let device =
        r#"{"kind": "vendor.com/thing", "devices": [{"name": "one", "containerEdits": {"env": ["THING=one"]}}]}"#;
    std::fs::write(stage.home().join("devices/vendor.json"), device).unwrap();
    let run = format!("run --rm --network none --device vendor.com/thing=one {image} sh -c 'echo $THING'");
    assert_eq!(stage.shell(&format!("box --cdi-spec-dir $HOME/devices {run}")).ok(), "one");
    stage.shell(&format!("box {run}")).fails(125);
    for directory in ["docker", "devices"] {
        std::fs::remove_dir_all(stage.home().join(directory)).unwrap();
    }
}

#[test]
fn a_usage_error_is_125_and_goes_to_standard_error() {
    let stage = Stage::new();
    let said = stage.run(&["--no-such-option"]);
    assert_eq!((said.code, said.out.as_str()), (125, ""), "{said}");
    stage.run(&["no-such-command"]).fails(125);
}
