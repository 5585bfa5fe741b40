//! `box version`.

use crate::fixture::Stage;

#[test]
fn it_says_the_packages_version() {
    let stage = Stage::new();
    let version = env!("CARGO_PKG_VERSION");
    assert!(stage.run(&["version"]).ok().contains(version));
    assert_eq!(stage.run(&["--version"]).ok(), format!("box version {version}"));
    assert_eq!(stage.run(&["version", "--format", "{{.Client.Version}}"]).ok(), version);
}

#[test]
fn a_usage_error_is_125_and_goes_to_standard_error() {
    let stage = Stage::new();
    let said = stage.run(&["--no-such-option"]);
    assert_eq!((said.code, said.out.as_str()), (125, ""), "{said}");
    stage.run(&["no-such-command"]).fails(125);
}
