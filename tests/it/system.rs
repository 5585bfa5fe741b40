//! `box system`: the store as a whole.

use crate::fixture::{Stage, need};

#[test]
fn df_counts_each_layer_once_and_knows_what_is_needed() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let empty = stage.run(&["system", "df"]).ok();
    let head: Vec<&str> = empty.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]);
    assert!(empty.lines().any(|line| line.starts_with("Local Volumes") && line.ends_with("0B (0%)")), "{empty}");

    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["tag", &payload, "localhost/second:name"]).ok();
    let raw = || -> (u64, u64) {
        let text = stage.run(&["system", "df", "--format", "{{.Type}} {{.RawSize}} {{.RawReclaimable}}"]).ok();
        let mut words = text.lines().next().unwrap().split(' ').skip(1).map(|word| word.parse().unwrap());
        (words.next().unwrap(), words.next().unwrap())
    };
    let (size, reclaimable) = raw();
    assert!(size > 1_000_000 && reclaimable == size, "{size} {reclaimable}");
    stage.run(&["create", "--name", "web", "-v", "data:/data", &payload]).ok();
    assert_eq!(raw(), (size, 0), "a container needs all of it");
    let verbose = stage.run(&["system", "df", "-v"]).ok();
    for part in
        ["Images space usage:", "SHARED SIZE", "UNIQUE SIZE", "localhost/second", "Containers space usage:", "web"]
    {
        assert!(verbose.contains(part), "{part}: {verbose}");
    }
    stage.run(&["system", "df", "-v", "--format", "json"]).fails(125);
    stage.run(&["system", "df", "--format", "{{.Nope"]).ends_with(64);
}

#[test]
fn prune_takes_what_nobody_needs_and_says_so() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let image = stage.run(&["pull", "-q", &payload]).ok();
    let id = stage.run(&["create", &payload]).ok();
    stage.run(&["volume", "create", "kept"]).ok();
    // Nobody answers: nothing goes.
    stage.run(&["system", "prune"]).ok();
    assert_eq!(stage.run(&["ps", "-aq", "--no-trunc"]).ok(), id);
    stage.run(&["system", "prune", "-f", "--volumes", "--filter", "until=1h"]).fails(125);
    let said = stage.run(&["system", "prune", "-f", "--filter", "until=1h"]).ok();
    assert_eq!(said, "Total reclaimed space: 0B", "nothing is that old");
    let said = stage.run(&["system", "prune", "-f"]).ok();
    assert!(said.starts_with(&format!("Deleted Containers:\n{id}\n\nTotal reclaimed space: ")), "{said}");
    stage.run(&["image", "exists", &payload]).ends_with(0);
    stage.run(&["network", "create", "spare"]).ok();
    let said = stage.run(&["system", "prune", "-a", "-f", "--volumes"]).ok();
    assert!(said.contains("Deleted Networks:\nspare\n"), "{said}");
    assert!(said.contains("Deleted Volumes:\nkept\n") && said.contains(&format!("Deleted: {image}")), "{said}");
    assert!(said.lines().last().is_some_and(|line| line.ends_with("MB")), "{said}");
    assert_eq!(stage.run(&["images", "-aq"]).ok(), "");
    assert_eq!(std::fs::read_dir(stage.store().join("layers")).unwrap().count(), 0);
}

#[test]
fn reset_leaves_a_store_as_new() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage
        .run(&["run", "-d", "--network", "none", "--name", "web", "-v", "data:/data", &payload, "/payload", "wait"])
        .ok();
    stage.run(&["system", "reset"]).ok();
    assert_eq!(stage.run(&["ps", "-q"]).ok().len(), 12, "nobody said yes");
    stage.run(&["system", "reset", "-f"]).ok();
    for words in [&["ps", "-aq"][..], &["images", "-aq"], &["volume", "ls", "-q"]] {
        assert_eq!(stage.run(words).ok(), "");
    }
    for dir in ["layers", "blobs/sha256", "volumes", "containers", "trash", "staging"] {
        assert_eq!(std::fs::read_dir(stage.store().join(dir)).unwrap().count(), 0, "{dir}");
    }
    stage.run(&["system", "info"]).ok();
    stage.run(&["run", "--rm", "--network", "none", &payload]).ok();
}

/// The one layer of the payload's image.
fn layer_of(stage: &Stage) -> std::path::PathBuf {
    let mut layers = std::fs::read_dir(stage.store().join("layers")).unwrap();
    layers.next().unwrap().unwrap().path()
}

#[test]
fn check_finds_what_is_damaged_and_repairs_it() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    let layer = layer_of(&stage);
    let well = "images: 1, layers: 1, all as they should be";
    assert_eq!(stage.run(&["system", "check"]).ok(), well);
    assert_eq!(stage.run(&["system", "check", "--quick"]).ok(), well);

    // A tree: from its blob, without a registry.
    std::fs::write(layer.join("tree/etc/passwd"), "root:x:0:0:owned:/root:/bin/sh\n").unwrap();
    let said = stage.run(&["system", "check"]);
    assert!(said.out.contains("`/etc/passwd` has another size"), "{said}");
    said.fails(125);
    let said = stage.run(&["system", "check", "--repair"]).ok();
    assert!(said.contains("unpacked again from its blob"), "{said}");
    assert_eq!(stage.run(&["system", "check"]).ok(), well);
    stage.run(&["run", "--rm", "--network", "none", &payload]).ok();

    // A blob, a config, a record: from the registry, or from what is whole.
    let blob = layer.join("blob");
    let mut bytes = std::fs::read(&blob).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    std::fs::write(stage.store().join("blobs/sha256").join(&id), "{}").unwrap();
    let said = stage.run(&["system", "check"]);
    assert!(said.out.contains("its blob is damaged") && said.out.contains("its config: blob"), "{said}");
    said.fails(125);
    let said = stage.run(&["system", "check", "--repair"]).ok();
    assert_eq!(said.matches("fetched again from 127.0.0.1:").count(), 2, "{said}");
    std::fs::write(stage.store().join(format!("images/{id}.json")), "{").unwrap();
    stage.run(&["images"]).fails(125);
    let said = stage.run(&["system", "check", "-r"]).ok();
    assert!(said.contains("its record was made anew"), "{said}");
    assert_eq!(stage.run(&["system", "check"]).ok(), well);
    stage.run(&["run", "--rm", "--network", "none", &payload]).ok();
}

#[test]
fn what_other_engines_need_to_do_is_done_already() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    assert_eq!(stage.run(&["system", "migrate"]).ok(), "");
    assert_eq!(stage.run(&["system", "renumber"]).ok(), "");
    stage.run(&["system", "migrate", "--new-runtime", "crun"]).fails(125);
    stage.run(&["create", "--name", &web, &payload]).ok();
    assert_eq!(stage.run(&["network", "reload", &web]).ok(), web);
    stage.run(&["network", "reload", "absent"]).fails(1);
    stage.run(&["rm", &web]).ok();
}

#[test]
fn check_leaves_what_runs_and_removes_only_when_forced() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "-d", "--network", "none", "--name", "web", &payload, "/payload", "wait"]).ok();
    let layer = layer_of(&stage);
    std::fs::write(layer.join("tree/etc/new"), "").unwrap();
    let said = stage.run(&["system", "check", "--repair"]);
    assert!(said.out.contains("container `web` runs on it; stop it first"), "{said}");
    said.fails(125);
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    // The registry has nothing under a name that was only ever given here.
    let records = stage.store().join("images");
    let record = std::fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&record).unwrap().replace("/payload@", "/elsewhere@");
    std::fs::write(&record, text).unwrap();
    std::fs::remove_file(layer.join("blob")).unwrap();
    let said = stage.run(&["system", "check", "--repair"]);
    assert!(said.out.contains("left as it is"), "{said}");
    said.fails(125);
    stage.run(&["image", "exists", &payload]).ends_with(0);
    assert!(layer.join("tree/etc/new").exists(), "what cannot be replaced is not taken away");
    let said = stage.run(&["system", "check", "--force"]).ok();
    assert!(said.contains("; removed"), "{said}");
    stage.run(&["image", "exists", &payload]).ends_with(1);
    assert_eq!(std::fs::read_dir(stage.store().join("layers")).unwrap().count(), 0);
}
