//! Commands beside each other on one store: each succeeds or says why, none waits for ever, and the store stays whole.

use crate::fixture::{Archive, HostileRegistry, Image, Stage, need};

/// Seconds that the mixed work lasts; longer by `BOX_TEST_MIX_SECONDS`.
fn duration_seconds() -> u64 {
    std::env::var("BOX_TEST_MIX_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[test]
fn pulls_runs_removals_prunes_and_checks_get_along() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let shared = Archive::new().file("shared", &vec![3; 50_000]).bytes();
    let registries: Vec<HostileRegistry> = (0..3)
        .map(|n| {
            let own = Archive::new().file(&format!("own-{n}"), &vec![n; 20_000]).bytes();
            HostileRegistry::of(Image::of(&[shared.clone(), own]))
        })
        .collect();
    stage.run(&["pull", "-q", &payload]).ok();
    // Removed meanwhile, an image may be absent (125, or 1 for a command on images), in use (2), or a container's start
    // may find its layers gone; whatever else happens is a fault.
    let allowed =
        ["absent", "no such", "in use", "uses it", "not here", "has been removed", "being removed", "is gone"];
    let end = std::time::Instant::now() + std::time::Duration::from_secs(duration_seconds());
    std::thread::scope(|scope| {
        let work = |words: Vec<String>| {
            let (stage, allowed) = (&stage, &allowed);
            scope.spawn(move || {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let mut rounds = 0;
                while std::time::Instant::now() < end {
                    let said = stage.run(&words);
                    let excused = allowed.iter().any(|word| said.err.to_lowercase().contains(word));
                    assert!(said.code == 0 || (said.code != 101 && said.code < 128 && excused), "{said}");
                    rounds += 1;
                }
                assert!(rounds > 1, "{words:?} ran once only");
            });
        };
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for registry in &registries {
            work(words(&format!("pull -q --tls-verify=false {}", registry.image())));
        }
        work(words(&format!("rmi -f {}", registries[0].image())));
        work(words(&format!("rmi {}", registries[1].image())));
        work(words(&format!("run --rm --pull=never --network none {payload} /payload exit 0")));
        work(words(&format!("run --rm --pull=never --network none {payload} /payload exit 0")));
        work(words("system prune -f"));
        work(words("image prune -f"));
        work(words("system check"));
        work(words("images"));
        work(words("ps -a"));
    });
    stage.run(&["system", "check"]).ok();
    for registry in &registries {
        stage.run(&["pull", "-q", "--tls-verify=false", &registry.image()]).ok();
    }
    stage.run(&["run", "--rm", "--pull=never", "--network", "none", &payload, "/payload", "exit", "3"]).ends_with(3);
    stage.run(&["rmi", "-f", "-a"]).ok();
    stage.run(&["system", "prune", "-a", "-f"]).ok();
    let left: Vec<_> = ["layers", "staging", "trash", "downloads"]
        .iter()
        .flat_map(|dir| std::fs::read_dir(stage.store().join(dir)).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}
