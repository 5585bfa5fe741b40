//! Commands beside each other on one store: each succeeds or says why, none waits for ever, and the store stays whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::fixture::{Archive, HostileRegistry, Image, Stage, need, often};

/// Seconds that mixed work lasts.
fn duration_seconds() -> u64 {
    often(6, 180) as u64
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

#[test]
fn a_name_has_one_container_whoever_makes_and_removes_it() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(duration_seconds() / 2);
    let (made, removed, runs) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        // `excused`: what a command may say that came too late, or too early.
        let work = |words: &'static [&'static str], code: i32, excused: &'static [&'static str], count: Option<_>| {
            let (stage, words): (&Stage, Vec<&str>) = (&stage, words.to_vec());
            let words =
                words.iter().map(|word| if *word == "IMAGE" { payload.as_str() } else { word }).collect::<Vec<_>>();
            scope.spawn(move || {
                while std::time::Instant::now() < end {
                    let said = stage.run(&words);
                    let is_excused = said.code != 101 && excused.iter().any(|word| said.err.contains(word));
                    assert!(said.code == code || is_excused, "{said}");
                    let count: Option<&AtomicUsize> = count;
                    count.filter(|_| said.code == code).map(|count| count.fetch_add(1, Ordering::Relaxed));
                }
            });
        };
        const CREATE: &[&str] = &["create", "--name", "one", "--network", "none", "IMAGE", "/payload", "wait"];
        const RUN: &[&str] = &["run", "--rm", "--name", "one", "--network", "none", "IMAGE", "/payload", "exit", "3"];
        (0..3).for_each(|_| work(CREATE, 0, &["in use"], Some(&made)));
        (0..2).for_each(|_| work(&["rm", "one"], 0, &["no such", "runs", "running"], Some(&removed)));
        work(RUN, 3, &["in use", "no such"], Some(&runs));
    });
    let left = stage.run(&["ps", "-aq"]).ok().lines().count();
    let [made, removed, runs] = [made, removed, runs].map(AtomicUsize::into_inner);
    // Of two that remove one container, the other finds it gone, as it should be.
    let told = stage.run(&["events", "--since", "1h", "--stream=false", "--json", "--filter", "container=one"]).ok();
    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let count = |action: &str| events.iter().filter(|event| event["action"] == action).count();
    let (creations, removals) = (count("create"), count("remove"));
    println!("{made} made, {removed} removed, {runs} run, {left} left; {creations} creations, {removals} removals");
    assert!(made > 0, "none was made");
    assert_eq!(creations, removals + left, "each that was made was removed once");
    assert!(creations >= made + runs && removed >= removals - runs, "who said so has done it");
}
