//! `box completion`.

use crate::fixture::{Stage, source_dir};

#[test]
fn completions_are_those_that_packages_bring() {
    let stage = Stage::new();
    for (shell, file) in [("bash", "box.bash"), ("zsh", "_box"), ("fish", "box.fish")] {
        let packaged = std::fs::read_to_string(source_dir().join("completions").join(file)).unwrap();
        assert_eq!(stage.run(&["completion", shell]).out, packaged, "{shell}");
    }
    let file = stage.home().join("completion");
    assert_eq!(stage.run(&["completion", "-f", file.to_str().unwrap(), "powershell"]).ok(), "");
    assert!(std::fs::read_to_string(&file).unwrap().contains("Register-ArgumentCompleter"));
    std::fs::remove_file(file).unwrap();
    stage.run(&["completion", "csh"]).fails(125);
}
