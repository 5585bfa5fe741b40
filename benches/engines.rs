//! How long things take, beside the other engines that are installed: crun, bwrap and podman.
//!
//! Every comparison runs in turns, round by round, so that whatever else the machine does hits all alike; medians and
//! ratios are printed, and the promises with them. `make bench` runs this, as an ordinary user even when root calls it.
//!
//!     BOX_BENCH_ROUNDS    rounds of the quick comparisons, else 40
//!     BOX_BENCH_ONLY      one comparison: start, exec, list, inspect, logs, stop, memory, network,
//!                         images or pull
//!     BOX_BENCH_IMAGE     `busybox`, or an image of `tests/images` where BOX_TEST_REGISTRY is set; else `debian` there

#[path = "../tests/it/fixture/mod.rs"]
#[allow(dead_code, unused_macros, unused_imports)]
mod fixture;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fixture::{Stage, installed};

fn main() {
    // `cargo test --all-targets` calls benches to see that they begin.
    if std::env::args().any(|word| word == "--test") || !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let stage = Stage::new();
    let wanted = if fixture::real_registry().is_ok() { "debian" } else { "busybox" };
    let wanted = std::env::var("BOX_BENCH_IMAGE").unwrap_or_else(|_| wanted.to_owned());
    let image = match stage.image(&wanted) {
        Ok(image) => image,
        Err(reason) => return say(&format!("cannot measure: {reason}")),
    };
    stage.run(&["pull", "-q", &image]).ok();
    let others = Others::set_up(&stage, &image);
    say(&format!("image {image}, user {}, {} rounds\n", nix::unistd::getuid(), rounds()));
    let only = std::env::var("BOX_BENCH_ONLY").ok();
    let measure = |name: &str, compare: fn(&Stage, &str, &Others)| {
        if only.as_ref().is_none_or(|only| only == name) {
            compare(&stage, &image, &others);
        }
    };
    measure("start", start);
    measure("exec", exec);
    measure("list", list);
    measure("inspect", inspect);
    measure("logs", logs);
    measure("stop", stop);
    measure("memory", memory);
    measure("network", network);
    measure("images", images);
    measure("pull", pull);
    if others.podman.is_ok() {
        // Its files of subordinate ids, and the process that keeps its user namespace.
        succeed(others.podman(&stage, &["system", "reset", "--force"]));
        succeed(others.podman(&stage, &["system", "migrate"]));
    }
}

// ---- What is measured ----

fn start(stage: &Stage, image: &str, others: &Others) {
    let alone = ["run", "--rm", "--network", "none", image, "true"];
    let podman = ["run", "--rm", "--network", "none", &others.podman_image, "true"];
    let mut table = Table::new("start to end of `true`");
    table.add("box run", rounds(), || stage.command(&alone));
    table.add("box run --network host", rounds(), || {
        stage.command(&["run", "--rm", "--network", "host", image, "true"])
    });
    for (name, options) in &others.crun {
        table.add(name, rounds(), || others.crun_run(stage, options));
    }
    if let Ok(bwrap) = &others.bwrap {
        table.add("bwrap --unshare-all", rounds(), move || {
            let mut command = stage.program(bwrap);
            command.arg("--unshare-all").arg("--bind").arg(&others.rootfs).arg("/");
            command.args(["--proc", "/proc", "--dev", "/dev", "true"]);
            command
        });
    }
    if others.podman.is_ok() {
        table.add("podman run", rounds().min(10), || others.podman(stage, &podman));
    }
    table.measure();
    table.promise("box run", "crun run", 1.5);
    table.promise("box run", "podman run", 0.1);
}

fn exec(stage: &Stage, image: &str, others: &Others) {
    let mut table = Table::new("exec of `true` in a running container");
    stage.run(&["run", "-d", "--name", "exec", "--network", "none", image, "sleep", "1000"]).ok();
    table.add("box exec", rounds(), || stage.command(&["exec", "exec", "true"]));
    if others.podman.is_ok() {
        let words = ["run", "-d", "--name", "exec", "--network", "none", &others.podman_image, "sleep", "1000"];
        succeed(others.podman(stage, &words));
        table.add("podman exec", rounds().min(10), || others.podman(stage, &["exec", "exec", "true"]));
    }
    table.measure();
    table.promise("box exec", "podman exec", 0.1);
    stage.run(&["rm", "-f", "-t", "0", "exec"]).ok();
    if others.podman.is_ok() {
        succeed(others.podman(stage, &["rm", "-f", "-t", "0", "exec"]));
    }
}

fn list(stage: &Stage, image: &str, others: &Others) {
    let mut table = Table::new("ps -a with 100 containers");
    for _ in 0..100 {
        stage.run(&["create", "--network", "none", image, "true"]).ok();
    }
    table.add("box ps", rounds(), || stage.command(&["ps", "-a"]));
    if others.podman.is_ok() {
        for _ in 0..100 {
            succeed(others.podman(stage, &["create", "--network", "none", &others.podman_image, "true"]));
        }
        table.add("podman ps", rounds().min(10), || others.podman(stage, &["ps", "-a"]));
    }
    table.measure();
    table.limit("box ps", Duration::from_millis(10));
    stage.run(&["rm", "-f", "-a"]).ok();
    if others.podman.is_ok() {
        succeed(others.podman(stage, &["rm", "-f", "-a"]));
    }
}

fn inspect(stage: &Stage, image: &str, others: &Others) {
    let mut table = Table::new("inspect of a running container");
    let options = ["run", "-d", "--name", "shown", "--network", "none"];
    stage.run(&[&options[..], &[image, "sleep", "1000"]].concat()).ok();
    table.add("box inspect", rounds(), || stage.command(&["inspect", "shown"]));
    table.add("box inspect -f", rounds(), || stage.command(&["inspect", "-f", "{{.State.Status}}", "shown"]));
    if others.podman.is_ok() {
        succeed(others.podman(stage, &[&options[..], &[&others.podman_image, "sleep", "1000"]].concat()));
        table.add("podman inspect", rounds().min(10), || others.podman(stage, &["inspect", "shown"]));
    }
    table.measure();
    table.promise("box inspect", "podman inspect", 0.1);
    stage.run(&["rm", "-f", "-t", "0", "shown"]).ok();
    if others.podman.is_ok() {
        succeed(others.podman(stage, &["rm", "-f", "-t", "0", "shown"]));
    }
}

/// A log of 1 GiB of output, in lines of 80 bytes.
fn logs(stage: &Stage, image: &str, others: &Others) {
    let script = format!("yes {} | head -c 1073741824", "0123456789".repeat(8).split_at(79).0);
    let options = ["run", "-d", "--name", "said", "--network", "none", "--log-driver", "k8s-file"];
    let whole = ["--log-opt", "max-size=-1"];
    let mut tables = [Table::new("logs of 1 GiB"), Table::new("logs --tail 10 of 1 GiB")];
    let words = [&options[..], &whole, &[image, "sh", "-c", &script]].concat();
    let mut written = vec![("box", time(stage.command(&words)) + time(stage.command(&["wait", "said"])))];
    tables[0].add("box logs", rounds().min(5), || stage.command(&["logs", "said"]));
    tables[1].add("box logs --tail", rounds(), || stage.command(&["logs", "--tail", "10", "said"]));
    if others.podman.is_ok() {
        let words = [&options[..], &[&others.podman_image, "sh", "-c", &script]].concat();
        let took = time(others.podman(stage, &words)) + time(others.podman(stage, &["wait", "said"]));
        written.push(("podman", took));
        tables[0].add("podman logs", rounds().min(2), || others.podman(stage, &["logs", "said"]));
        let tail = ["logs", "--tail", "10", "said"];
        tables[1].add("podman logs --tail", rounds().min(10), move || others.podman(stage, &tail));
    }
    for (engine, took) in written {
        say(&format!("{engine} writes a log of 1 GiB in {}", ms(took)));
    }
    for (table, [ours, theirs]) in
        tables.iter_mut().zip([["box logs", "podman logs"], ["box logs --tail", "podman logs --tail"]])
    {
        table.measure();
        table.promise(ours, theirs, 0.1);
    }
    stage.run(&["rm", "said"]).ok();
    if others.podman.is_ok() {
        succeed(others.podman(stage, &["rm", "said"]));
    }
}

fn stop(stage: &Stage, image: &str, others: &Others) {
    let mut times = Vec::new();
    for _ in 0..rounds().min(20) {
        stage.run(&["run", "-d", "--name", "stop", "--network", "none", image, "sleep", "1000"]).ok();
        times.push(time(stage.command(&["stop", "stop"])));
        stage.run(&["rm", "stop"]).ok();
    }
    let mut table = Table::new("stop of a payload without a handler");
    table.rows.push(Row { name: "box stop".to_owned(), times, rounds: 0, command: None });
    if others.podman.is_ok() {
        let words = ["run", "-d", "--name", "stop", "--network", "none", &others.podman_image, "sleep", "1000"];
        succeed(others.podman(stage, &words));
        // Once is enough: it waits ten seconds before it kills.
        let times = vec![time(others.podman(stage, &["stop", "stop"]))];
        table.rows.push(Row { name: "podman stop".to_owned(), times, rounds: 0, command: None });
        succeed(others.podman(stage, &["rm", "stop"]));
    }
    table.print();
    table.limit("box stop", Duration::from_millis(100));
}

fn memory(stage: &Stage, image: &str, _: &Others) {
    stage.run(&["run", "-d", "--name", "idle", "--network", "none", image, "sleep", "1000"]).ok();
    let pid = stage.run(&["inspect", "-f", "{{.State.Pid}}", "idle"]).ok();
    let field = |pid: &str, name: &str| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
        let value =
            text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<u64>().ok());
        value.unwrap_or_else(|| panic!("{name} is in every status"))
    };
    let monitor = field(&pid, "PPid:").to_string();
    // A monitor shows its maps to nobody, but these lines of its status to all. What is not anonymous is the binary's.
    let [private, resident] = ["RssAnon:", "VmRSS:"].map(|name| field(&monitor, name));
    let verdict = if private <= 1024 { "kept" } else { "MISSED" };
    say(&format!("idle monitor: {private} KiB private, {resident} KiB with the pages of the binary"));
    say(&format!("    at most 1024 KiB private: {verdict}\n"));
    stage.run(&["rm", "-f", "-t", "0", "idle"]).ok();
}

/// What goes through the network to a server on the host: connections, round trips, and data in both directions at
/// once. The start of the container is part of it; the first table says how much that is.
fn network(stage: &Stage, _: &str, _: &Others) {
    let payload = match stage.image("payload") {
        Ok(payload) => payload,
        Err(reason) => return say(&format!("cannot measure the network: {reason}")),
    };
    let port = echo_server().to_string();
    // Not pasta: that of 2023 stalls at times, and a comparison has to end.
    let mut ways = vec![("host", "127.0.0.1"), ("builtin:allow_host_loopback=true", "10.0.2.2")];
    match installed("slirp4netns") {
        Ok(_) => ways.push(("slirp4netns:allow_host_loopback=true", "10.0.2.2")),
        Err(reason) => say(&format!("not beside it: {reason}")),
    }
    let name = |way: &str| way.split(':').next().unwrap_or(way).to_owned();
    let tasks = [
        ("start to end of `true` with a network", vec!["exit", "0"]),
        ("1,000 connections, one after the other", vec!["many", "PLACE", "1000"]),
        ("20,000 round trips on one connection", vec!["rounds", "PLACE", "20000"]),
        ("64 MB to the host and back", vec!["mirror", "PLACE", "64000000"]),
    ];
    for (task, words) in &tasks {
        let mut table = Table::new(task);
        for (way, host) in &ways {
            let place = format!("{host}:{port}");
            let started =
                ["run", "--rm", "--network", way, &payload, "/payload"].into_iter().chain(words.iter().copied());
            let words: Vec<String> = started.map(|word| word.replace("PLACE", &place)).collect();
            table.add(&name(way), rounds().min(10), move || {
                stage.command(&words.iter().map(String::as_str).collect::<Vec<_>>())
            });
        }
        table.measure();
        table.promise("builtin", "slirp4netns", 1.0);
    }
}

/// Sends back what it receives, on a port of the host's loopback, for as long as this process lives.
fn echo_server() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
        }
    });
    port
}

/// Listing many images, which differ in their labels only.
fn images(stage: &Stage, image: &str, _: &Others) {
    let script = format!(
        "id=$(box create --network none {image} true)
         for n in $(seq 500); do box commit -q -c LABEL=n=$n $id localhost/many:$n; done; box rm $id"
    );
    stage.shell(&script).ok();
    let mut table = Table::new("images with 500 images");
    table.add("box images", rounds(), || stage.command(&["images"]));
    table.measure();
    table.limit("box images", Duration::from_millis(20));
    stage.shell("box rmi $(seq -f localhost/many:%.0f 500)").ok();
}

/// Pulls from the registry on loopback into an empty store, and once more when nothing has changed.
fn pull(stage: &Stage, _: &str, others: &Others) {
    let Ok(registry) = fixture::real_registry() else {
        return fixture::say_skipped("pull: the registry with real images is missing");
    };
    for (name, limit) in [("large5", 0.5), ("layers60", 0.5), ("files20000", 0.5)] {
        let ours = format!("docker.io/library/{name}");
        let theirs = format!("{registry}/library/{name}");
        let podman = ["pull", "-q", "--tls-verify=false", &theirs];
        let (mut our_times, mut their_times, mut peak) = (Vec::new(), Vec::new(), 0);
        for _ in 0..3 {
            let mut watched = Watched::start(stage.command(&["pull", "-q", &ours]));
            our_times.push(watched.finish());
            peak = peak.max(watched.peak_kib);
            stage.run(&["rmi", "-f", &ours]).ok();
            if others.podman.is_ok() {
                their_times.push(time(others.podman(stage, &podman)));
                succeed(others.podman(stage, &["rmi", "-f", &theirs]));
            }
        }
        let row = |name: &str, times| Row { name: name.to_owned(), rounds: 0, command: None, times };
        let mut table = Table::new(&format!("pull of {name}"));
        table.rows.push(row("box pull", our_times));
        if !their_times.is_empty() {
            table.rows.push(row("podman pull", their_times));
        }
        if name == "large5" && installed("curl").is_ok() {
            table.rows.push(row("the least: inflate, sha256, write", vec![least_for(&registry, name)]));
        }
        table.print();
        table.promise("box pull", "podman pull", limit);
        table.promise("box pull", "the least: inflate, sha256, write", 1.3);
        let verdict = if peak <= 64 << 10 { "kept" } else { "MISSED" };
        say(&format!("    at most 64 MiB of memory in any process: {} MiB, {verdict}\n", peak >> 10));
    }
    stage.run(&["pull", "-q", "docker.io/library/layers60"]).ok();
    let mut table = Table::new("pull of an unchanged image");
    table.add("box pull", rounds(), || stage.command(&["pull", "-q", "docker.io/library/layers60"]));
    table.measure();
    table.limit("box pull", Duration::from_millis(30));
    stage.run(&["rmi", "-f", "docker.io/library/layers60"]).ok();
}

/// What two cores and the disk need at least: one layer after the other is inflated, hashed and written, in one thread;
/// the larger of the longest of them and half of their sum.
fn least_for(registry: &str, name: &str) -> Duration {
    let fetch = |path: &str| -> Vec<u8> {
        let url = format!("http://{registry}/v2/library/{name}/{path}");
        let accept = "Accept: application/vnd.oci.image.manifest.v1+json";
        Command::new("curl").args(["-sf", "-H", accept, &url]).output().expect("curl is installed").stdout
    };
    let manifest: serde_json::Value = serde_json::from_slice(&fetch("manifests/latest")).expect("a manifest");
    let place = Path::new("/var/tmp").join(format!("box-bench.{}", std::process::id()));
    let (mut longest, mut sum) = (Duration::ZERO, Duration::ZERO);
    for layer in manifest["layers"].as_array().expect("layers") {
        let blob = fetch(&format!("blobs/{}", layer["digest"].as_str().expect("a digest")));
        let began = Instant::now();
        let mut file = std::fs::File::create(&place).expect("can be written");
        let mut inflated = flate2::read::MultiGzDecoder::new(&blob[..]);
        let (mut hash, mut buffer) = (<sha2::Sha256 as sha2::Digest>::new(), vec![0; 256 << 10]);
        loop {
            let read = std::io::Read::read(&mut inflated, &mut buffer).expect("gzip");
            if read == 0 {
                break;
            }
            sha2::Digest::update(&mut hash, &buffer[..read]);
            file.write_all(&buffer[..read]).expect("there is room");
        }
        // An image that is listed survives a power cut.
        file.sync_all().expect("can be synced");
        longest = longest.max(began.elapsed());
        sum += began.elapsed();
    }
    std::fs::remove_file(&place).expect("was made above");
    longest.max(sum / 2)
}

// ---- The others ----

/// What the other engines need to run the same root file system.
struct Others {
    rootfs: PathBuf,
    /// The name to print, and the bundle.
    crun: Vec<(String, PathBuf)>,
    bwrap: Result<PathBuf, String>,
    podman: Result<PathBuf, String>,
    podman_image: String,
}

impl Others {
    fn set_up(stage: &Stage, image: &str) -> Others {
        let rootfs = stage.home().join("rootfs");
        std::fs::create_dir(&rootfs).expect("a new directory");
        let copy = format!(
            "box run --rm --network none {image} tar -C / --exclude=./proc --exclude=./sys --exclude=./dev -cf - . \
             | tar -C {} --no-same-owner -xf -; mkdir -p {0}/proc {0}/sys {0}/dev; chmod -R u+rwX {0}",
            rootfs.display()
        );
        stage.shell(&copy).ok();
        let mut others = Others {
            rootfs,
            crun: Vec::new(),
            bwrap: installed("bwrap"),
            podman: installed("podman"),
            podman_image: match image.contains('/') {
                true => image.to_owned(),
                false => format!("{}/library/{image}", fixture::real_registry().expect("short names are its")),
            },
        };
        others.try_crun(stage);
        if others.podman.is_ok() {
            let pulled = run(others.podman(stage, &["pull", "-q", "--tls-verify=false", &others.podman_image]));
            let works = pulled.and_then(|()| {
                run(others.podman(stage, &["run", "--rm", "--network", "none", &others.podman_image, "true"]))
            });
            others.podman = works.and(others.podman);
        }
        for missing in [&others.bwrap, &others.podman].into_iter().filter_map(|found| found.as_ref().err()) {
            fixture::say_skipped(missing);
        }
        others
    }

    /// With one id, as `crun spec --rootless` has it; and with those of the user's that box uses as well.
    fn try_crun(&mut self, stage: &Stage) {
        if let Err(reason) = installed("crun") {
            return fixture::say_skipped(&reason);
        }
        let ids = |file: &str, own: u32| {
            let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten()?.name;
            let text = std::fs::read_to_string(file).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{user}:")).map(str::to_owned))?;
            let (first, count) = line.split_once(':')?;
            Some(serde_json::json!([
                { "containerID": 0, "hostID": own, "size": 1 },
                { "containerID": 1, "hostID": first.parse::<u32>().ok()?, "size": count.parse::<u32>().ok()? },
            ]))
        };
        let many = ids("/etc/subuid", nix::unistd::getuid().as_raw())
            .zip(ids("/etc/subgid", nix::unistd::getgid().as_raw()))
            .filter(|_| !fixture::is_root());
        for (name, maps) in [("crun run", None), ("crun run, subordinate ids", many.as_ref())] {
            if name != "crun run" && maps.is_none() {
                continue;
            }
            let bundle = stage.home().join(name.replace([' ', ','], "-"));
            self.write_bundle(stage, &bundle, maps);
            match run(self.crun_run(stage, &bundle)) {
                Ok(()) => self.crun.push((name.to_owned(), bundle)),
                Err(reason) => fixture::say_skipped(&reason),
            }
        }
    }

    fn write_bundle(&self, stage: &Stage, bundle: &Path, maps: Option<&(serde_json::Value, serde_json::Value)>) {
        std::fs::create_dir(bundle).expect("a new directory");
        let mut spec = stage.program("crun");
        spec.current_dir(bundle).arg("spec");
        if !fixture::is_root() {
            spec.arg("--rootless");
        }
        succeed(spec);
        let file = bundle.join("config.json");
        let text = std::fs::read_to_string(&file).expect("crun has written it");
        let mut spec: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        spec["process"]["args"] = serde_json::json!(["true"]);
        spec["process"]["terminal"] = false.into();
        spec["root"] = serde_json::json!({ "path": self.rootfs, "readonly": false });
        if let Some((uids, gids)) = maps {
            spec["linux"]["uidMappings"] = uids.clone();
            spec["linux"]["gidMappings"] = gids.clone();
        }
        std::fs::write(file, spec.to_string()).expect("can be written");
    }

    fn crun_run(&self, stage: &Stage, bundle: &Path) -> Command {
        let mut command = stage.program("crun");
        command.arg("--root").arg(stage.home().join("crun")).arg("--cgroup-manager=disabled");
        command.arg("run").arg("--bundle").arg(bundle).arg("bench");
        command
    }

    fn podman(&self, stage: &Stage, words: &[&str]) -> Command {
        let mut command = stage.program("podman");
        // Left to itself it may choose vfs, which copies the image for every container.
        command.args(["--storage-driver", "overlay"]).args(["--cgroup-manager", "cgroupfs"]);
        command.args(["--events-backend", "none"]).args(words);
        command
    }
}

// ---- Measuring ----

/// A command, and the most memory that it or a child of it had.
struct Watched {
    began: Instant,
    child: std::process::Child,
    peak_kib: u64,
}

impl Watched {
    fn start(mut command: Command) -> Watched {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        Watched { began, child: command.spawn().expect("can be started"), peak_kib: 0 }
    }

    /// Looks at it now and then, as a process that has ended tells nothing.
    fn finish(&mut self) -> Duration {
        loop {
            if let Some(status) = self.child.try_wait().expect("is ours") {
                assert!(status.success(), "{status}");
                return self.began.elapsed();
            }
            let pid = self.child.id();
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            for pid in std::iter::once(pid.to_string()).chain(children.split_whitespace().map(str::to_owned)) {
                let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
                let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
                self.peak_kib = self.peak_kib.max(peak.and_then(|peak| peak.parse().ok()).unwrap_or(0));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

struct Table<'a> {
    title: String,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    name: String,
    rounds: usize,
    command: Option<Box<dyn Fn() -> Command + 'a>>,
    times: Vec<Duration>,
}

impl<'a> Table<'a> {
    fn new(title: &str) -> Table<'a> {
        Table { title: title.to_owned(), rows: Vec::new() }
    }

    fn add(&mut self, name: &str, rounds: usize, command: impl Fn() -> Command + 'a) {
        self.rows.push(Row { name: name.to_owned(), rounds, command: Some(Box::new(command)), times: Vec::new() });
    }

    /// Runs all in turns; one with fewer rounds joins in the first ones.
    fn measure(&mut self) {
        for row in &self.rows {
            time(row.command.as_ref().expect("is measured")()); // Once to warm up the caches.
        }
        for round in 0..rounds() {
            for row in self.rows.iter_mut().filter(|row| round < row.rounds) {
                row.times.push(time(row.command.as_ref().expect("is measured")()));
            }
        }
        self.print();
    }

    fn print(&mut self) {
        for row in &mut self.rows {
            row.times.sort();
        }
        say(&format!("{:40} {:>10} {:>10} {:>10} {:>7}", self.title, "median", "least", "9 of 10", "ratio"));
        let first = self.rows[0].median();
        for row in &self.rows {
            let [median, least, most] = [row.median(), row.times[0], row.times[row.times.len() * 9 / 10]].map(ms);
            let ratio = row.median().as_secs_f64() / first.as_secs_f64();
            say(&format!("  {:38} {median:>10} {least:>10} {most:>10} {ratio:>7.2}", row.name));
        }
        say("");
    }

    fn median(&self, name: &str) -> Option<Duration> {
        self.rows.iter().find(|row| row.name == name).map(Row::median)
    }

    fn promise(&self, ours: &str, theirs: &str, limit: f64) {
        if let (Some(our_time), Some(their_time)) = (self.median(ours), self.median(theirs)) {
            let ratio = our_time.as_secs_f64() / their_time.as_secs_f64();
            let verdict = if ratio <= limit { "kept" } else { "MISSED" };
            say(&format!("    at most {limit} of `{theirs}`: {ratio:.2}, {verdict}\n"));
        }
    }

    fn limit(&self, ours: &str, limit: Duration) {
        let time = self.median(ours).expect("has been measured");
        let verdict = if time <= limit { "kept" } else { "MISSED" };
        say(&format!("    at most {}: {verdict}\n", ms(limit)));
    }
}

impl Row<'_> {
    fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }
}

fn time(mut command: Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let took = began.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    took
}

fn run(mut command: Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let program = command.get_program().to_string_lossy().into_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{program} does not work here: {}", said.trim())) }
}

#[track_caller]
fn succeed(command: Command) {
    run(command).unwrap_or_else(|reason| panic!("{reason}"));
}

fn rounds() -> usize {
    std::env::var("BOX_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("standard output is open");
}
