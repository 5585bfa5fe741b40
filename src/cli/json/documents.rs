//! The schemas: every field that `--json` prints, with what the manual page says of it.
//!
//! Within a version fields are only added. One that goes, or comes to mean something else, makes a new version of its
//! schema.

use std::collections::BTreeMap;

use serde::Serialize;

use super::page::Page;
use super::{Documented, Field, Moment, Schema, Shape};
use crate::network::builtin::flows::{Direction, Line, Outcome, Protocol};

/// Structures whose comments are their documentation; every field is always there.
macro_rules! documents {
    ($($(#[doc = $about:literal])+ struct $name:ident {
        $($(#[doc = $field_about:literal])+ $field:ident: $kind:ty,)+
    })+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[doc = $field_about])+ pub $field: $kind,)+
        }

        impl Documented for $name {
            fn shape() -> Shape {
                let fields = vec![$(Field {
                    name: stringify!($field),
                    about: concat!($($field_about),+),
                    shape: <$kind as Documented>::shape(),
                },)+];
                Shape { word: "object".into(), step: "", fields }
            }
        }
    )+};
}

/// `KIND: SCHEMA, KEY, COMMANDS`, in the order of the manual page.
macro_rules! schemas {
    ($($name:ident: $schema:literal, $key:expr, $commands:literal;)+) => {
        $(impl Schema for $name {
            const SCHEMA: &'static str = $schema;
            const KEY: Option<&'static str> = $key;
        })+

        /// What the manual page describes.
        pub(super) fn pages() -> Vec<Page> {
            vec![$(Page { schema: $schema, key: $key, commands: $commands, shape: $name::shape() },)+]
        }
    };
}

schemas! {
    Container: "box.containers/1", Some("containers"), "ps, container ls";
    Image: "box.images/1", Some("images"), "images, image ls";
    Volume: "box.volumes/1", Some("volumes"), "volume ls";
    Network: "box.networks/1", Some("networks"), "network ls";
    Pod: "box.pods/1", Some("pods"), "pod ps";
    Secret: "box.secrets/1", Some("secrets"), "secret ls";
    Event: "box.event/1", None, "events, system events";
    Flow: "box.flow/1", None, "network log";
    ContainerUsage: "box.stats/1", Some("containers"), "stats, pod stats";
    Process: "box.processes/1", Some("processes"), "top, pod top";
    PublishedPort: "box.ports/1", Some("ports"), "port";
    Change: "box.changes/1", Some("changes"), "diff, container diff, image diff";
    Step: "box.history/1", Some("steps"), "history, image history";
    ImageTree: "box.image-tree/1", None, "image tree";
    MountedImage: "box.image-mounts/1", Some("images"), "image mount";
    FoundImage: "box.search/1", Some("images"), "search, image search";
    Tags: "box.tags/1", None, "search --list-tags";
    DiskUsage: "box.disk-usage/1", None, "system df";
    Unit: "box.units/1", Some("units"), "unit ls";
    Update: "box.updates/1", Some("updates"), "auto-update";
    Finding: "box.findings/1", Some("findings"), "doctor";
}

documents! {
    /// A container.
    struct Container {
        /// 64 hexadecimal digits.
        id: String,
        /// Its name.
        name: String,
        /// The name of the image that it was made of, as a whole reference; empty where it has none.
        image: String,
        /// The image's ID, `sha256:` and 64 digits.
        image_id: Option<String>,
        /// What its program is started with: entrypoint and command.
        command: Vec<String>,
        /// When it was created.
        created: Moment,
        /// `created`, `running`, `paused` or `exited`.
        state: &'static str,
        /// `starting`, `healthy` or `unhealthy`; null where nothing checks it or it does not run.
        health: Option<&'static str>,
        /// When it was last started.
        started: Option<Moment>,
        /// When it ended; null while it runs.
        finished: Option<Moment>,
        /// Of its program; null before it has ended.
        exit_code: Option<i32>,
        /// The process number of its program on the host; null where it does not run.
        pid: Option<i32>,
        /// The ports that lead into it; of one that does not run, those that are decided.
        ports: Vec<Port>,
        /// The ports that its image names: `80/tcp`.
        exposed_ports: Vec<String>,
        /// The networks it is in, or the kind of its only one: `private`, `none`, `host` ...
        networks: Vec<String>,
        /// What is mounted in it besides its own files.
        mounts: Vec<Mount>,
        /// Those of its image and its own.
        labels: BTreeMap<String, String>,
        /// Of the pod that it is in or holds.
        pod_id: Option<String>,
        /// That pod's name.
        pod_name: Option<String>,
        /// Whether it is what holds its pod's namespaces.
        holds_pod: bool,
        /// `no`, `always`, `on-failure` or `unless-stopped`.
        restart_policy: &'static str,
        /// How often it has been started again by that policy.
        restarts: u32,
        /// Whether it is removed when it ends.
        removed_at_exit: bool,
        /// What it has written; null without --size.
        written_bytes: Option<u64>,
        /// That and its image; null without --size.
        total_bytes: Option<u64>,
    }

    /// A port of the host that leads into a container.
    struct Port {
        /// Null: all addresses.
        host_address: Option<String>,
        /// 1 to 65535.
        host_port: u16,
        /// 1 to 65535.
        container_port: u16,
        /// `tcp` or `udp`.
        protocol: &'static str,
    }

    /// Something that is mounted in a container.
    struct Mount {
        /// `bind`, `volume`, `image`, `tmpfs`, `mqueue` or `devpts`.
        kind: &'static str,
        /// A path of the host, the name of a volume or of an image; null where the kind needs none.
        source: Option<String>,
        /// The place in the container.
        target: String,
        /// Whether nothing can be written there.
        read_only: bool,
    }

    /// An image, or a list of images for several platforms.
    struct Image {
        /// The digest of its config, `sha256:` and 64 digits.
        id: String,
        /// What it is called, as whole references.
        names: Vec<String>,
        /// The digest of its manifest.
        digest: String,
        /// By what digests registries know it: `docker.io/library/alpine@sha256:...`
        repo_digests: Vec<String>,
        /// What it has been called, the last name first.
        former_names: Vec<String>,
        /// As its maker says.
        created: Option<Moment>,
        /// `linux`; null of a list.
        os: Option<String>,
        /// As Go calls it: `amd64`; null of a list.
        architecture: Option<String>,
        /// `v8` and the like.
        variant: Option<String>,
        /// What its layers take unpacked.
        size_bytes: u64,
        /// As its config has them.
        labels: BTreeMap<String, String>,
        /// How many containers are made of it.
        containers: usize,
        /// The ID of the image of which this one has all the layers and more.
        parent: Option<String>,
        /// Whether it has no name and nothing is built on it.
        dangling: bool,
        /// Whether it is a list of images.
        manifest_list: bool,
        /// Whether it is in an additional store, which is only read.
        read_only: bool,
    }

    /// A volume.
    struct Volume {
        /// Its name.
        name: String,
        /// `local`.
        driver: &'static str,
        /// The directory of the host that containers see.
        mountpoint: String,
        /// To the second.
        created: Moment,
        /// As given.
        labels: BTreeMap<String, String>,
        /// As given.
        options: BTreeMap<String, String>,
        /// Whether nobody gave it a name.
        anonymous: bool,
        /// The IDs of the containers that mount it.
        containers: Vec<String>,
    }

    /// A network.
    struct Network {
        /// 64 hexadecimal digits.
        id: String,
        /// Its name.
        name: String,
        /// `bridge`.
        driver: &'static str,
        /// When it was created.
        created: Option<Moment>,
        /// Its addresses, IPv4 first.
        subnets: Vec<Subnet>,
        /// Whether it has no way out.
        internal: bool,
        /// Whether members find each other by name.
        resolves_names: bool,
        /// Asked for names that no member has; empty: the host's.
        resolvers: Vec<String>,
        /// As given.
        labels: BTreeMap<String, String>,
        /// As given.
        options: BTreeMap<String, String>,
        /// The IDs of the containers that are in it.
        containers: Vec<String>,
    }

    /// A range of addresses.
    struct Subnet {
        /// `10.89.0.0/24`.
        subnet: String,
        /// At which members find the host and the resolver.
        gateway: String,
        /// From which members' addresses are chosen, where that is not the whole.
        ip_range: Option<String>,
    }

    /// A pod.
    struct Pod {
        /// 64 hexadecimal digits: the ID of the container that holds it.
        id: String,
        /// Its name.
        name: String,
        /// `created`, `running`, `degraded`, `paused`, `stopped` or `exited`.
        state: String,
        /// When it was created.
        created: Moment,
        /// What its containers share: `net`, `ipc`, `uts` ...
        shared_namespaces: Vec<String>,
        /// As in box.containers.
        networks: Vec<String>,
        /// As given.
        labels: BTreeMap<String, String>,
        /// What holds it, first, and its members.
        containers: Vec<PodContainer>,
    }

    /// A container of a pod.
    struct PodContainer {
        /// 64 hexadecimal digits.
        id: String,
        /// Its name.
        name: String,
        /// As in box.containers.
        state: &'static str,
    }

    /// A secret; what it is stands nowhere here.
    struct Secret {
        /// 25 hexadecimal digits.
        id: String,
        /// Its name.
        name: String,
        /// `file`.
        driver: &'static str,
        /// When it was created.
        created: Option<Moment>,
        /// When it was last replaced.
        updated: Option<Moment>,
        /// As given.
        labels: BTreeMap<String, String>,
    }

    /// Something that has happened.
    struct Event {
        /// When.
        time: Moment,
        /// To what: `container`, `image`, `network`, `pod`, `secret`, `system` or `volume`.
        kind: &'static str,
        /// What, in Podman's words whatever box is called as: `create`, `start`, `died`, `remove` ...
        action: String,
        /// The ID of what it happened to.
        id: Option<String>,
        /// Its name.
        name: Option<String>,
        /// Of a container: the name of its image.
        image: Option<String>,
        /// Of a container: its labels.
        attributes: BTreeMap<String, String>,
        /// Of what has ended.
        exit_code: Option<i32>,
        /// Of a kill: `SIGTERM`.
        signal: Option<String>,
        /// Of a health check: what it found.
        health: Option<String>,
    }

    /// Something that a container's network has carried, or has not.
    struct Flow {
        /// When.
        time: Moment,
        /// `tcp`, `udp` or `icmp`.
        protocol: Protocol,
        /// Seen from the container: `in` or `out`.
        direction: Direction,
        /// From where it came.
        source_address: String,
        /// Null where the protocol has none.
        source_port: Option<u16>,
        /// Where it was to go.
        destination_address: String,
        /// Null where the protocol has none.
        destination_port: Option<u16>,
        /// That was looked up for the destination, or that the resolver was asked for.
        name: Option<String>,
        /// `established` (it has begun), `admitted` (a member of a network may connect), `answered` (by box's own
        /// resolver, or any over TCP), `closed`, `reset`, `refused`, `denied` (by `--egress`, or as no member),
        /// `unreachable`, `timed-out`, `abandoned` (by whoever began it) or `failed` (here was no room for it).
        outcome: Outcome,
        /// By the container; null before the end.
        sent_bytes: Option<u64>,
        /// To the container; null before the end.
        received_bytes: Option<u64>,
        /// From its beginning to its end; null before that.
        nanoseconds: Option<u64>,
    }

    /// What a container uses.
    struct ContainerUsage {
        /// 64 hexadecimal digits.
        id: String,
        /// Its name.
        name: String,
        /// Null where it does not run.
        usage: Option<Used>,
    }

    /// Up to one moment.
    struct Used {
        /// That moment.
        time: Moment,
        /// When the container was started.
        started: Moment,
        /// Time of CPUs since it started.
        cpu_nanoseconds: u64,
        /// The part of it that the kernel spent.
        cpu_kernel_nanoseconds: u64,
        /// Percent of one CPU, since the document before or, in the first, since it started.
        cpu_percent: f64,
        /// Memory.
        memory_bytes: u64,
        /// The machine's where it has none of its own.
        memory_limit_bytes: u64,
        /// Null where it shares the machine's network.
        network_received_bytes: Option<u64>,
        /// Likewise.
        network_sent_bytes: Option<u64>,
        /// From disks.
        block_read_bytes: u64,
        /// To disks.
        block_written_bytes: u64,
        /// Processes and threads.
        processes: u64,
    }

    /// A process of a container.
    struct Process {
        /// The container's ID.
        container_id: String,
        /// Its number in the container.
        pid: i32,
        /// That of its parent there; 0 where that is outside.
        parent_pid: i32,
        /// Its number on the host.
        host_pid: i32,
        /// Its effective user in the container, by name where that has one.
        user: String,
        /// The number of that user.
        uid: u32,
        /// The number of its effective group.
        gid: u32,
        /// What it calls itself, at most 15 bytes.
        name: String,
        /// Its arguments, with a space between each.
        command_line: String,
        /// The kernel's letter: `R`, `S`, `D`, `Z`, `T` ...
        state: String,
        /// When it was started.
        started: Moment,
        /// Time of CPUs, in the kernel and out of it.
        cpu_nanoseconds: u64,
        /// Memory that is there.
        resident_bytes: u64,
        /// Memory that is addressed.
        virtual_bytes: u64,
    }

    /// A port of the host that leads into a container.
    struct PublishedPort {
        /// The container's ID.
        container_id: String,
        /// Its name.
        container_name: String,
        /// Null: all addresses.
        host_address: Option<String>,
        /// 1 to 65535.
        host_port: u16,
        /// 1 to 65535.
        container_port: u16,
        /// `tcp` or `udp`.
        protocol: &'static str,
    }

    /// Something that differs from what lies below.
    struct Change {
        /// `added`, `changed` or `deleted`.
        kind: &'static str,
        /// Absolute; bytes that are not UTF-8 are shown as U+FFFD.
        path: String,
    }

    /// A step in which an image was made, the last one first.
    struct Step {
        /// The ID of the image that ends with it, where that is known.
        image_id: Option<String>,
        /// What that image is called.
        names: Vec<String>,
        /// As its maker says.
        created: Option<Moment>,
        /// The command.
        created_by: String,
        /// As its maker says.
        comment: String,
        /// What its layer takes unpacked.
        size_bytes: u64,
    }

    /// An image and its layers.
    struct ImageTree {
        /// `sha256:` and 64 digits.
        id: String,
        /// What it is called.
        names: Vec<String>,
        /// What its layers take unpacked.
        size_bytes: u64,
        /// Its layers from the bottom up; with --whatrequires those above it, each before what lies on it.
        layers: Vec<TreeLayer>,
    }

    /// A layer of a tree.
    struct TreeLayer {
        /// The digest of its uncompressed archive.
        diff_id: String,
        /// How many layers are below it.
        depth: usize,
        /// What it takes unpacked.
        size_bytes: u64,
        /// The images of which it is the topmost layer.
        top_of: Vec<NamedImage>,
    }

    /// An image and what it is called.
    struct NamedImage {
        /// `sha256:` and 64 digits.
        id: String,
        /// Empty where it has none.
        names: Vec<String>,
    }

    /// An image whose files can be read at a place.
    struct MountedImage {
        /// `sha256:` and 64 digits.
        id: String,
        /// What it is called.
        names: Vec<String>,
        /// The place.
        mountpoint: String,
    }

    /// An image that a registry has.
    struct FoundImage {
        /// The registry.
        registry: String,
        /// Its name, with the registry's.
        name: String,
        /// As its owner wrote it.
        description: String,
        /// How many people like it.
        stars: i64,
        /// Whether it is one of Docker's own.
        official: bool,
        /// Whether it is built by the registry.
        automated: bool,
    }

    /// The tags of a repository.
    struct Tags {
        /// The repository, with its registry.
        name: String,
        /// As the registry orders them.
        tags: Vec<String>,
    }

    /// What the store takes on disk.
    struct DiskUsage {
        /// Of all images together.
        images: Total,
        /// Of all containers; an active one runs.
        containers: Total,
        /// Of all volumes; an active one is mounted by a container, running or not.
        volumes: Total,
        /// Each image.
        image_list: Vec<ImageSize>,
        /// Each container.
        container_list: Vec<ContainerSize>,
        /// Each volume.
        volume_list: Vec<VolumeSize>,
    }

    /// Of things of one kind.
    struct Total {
        /// How many there are.
        count: usize,
        /// How many of them are in use.
        active: usize,
        /// What they take.
        size_bytes: u64,
        /// What of it nobody needs.
        reclaimable_bytes: u64,
    }

    /// What an image takes.
    struct ImageSize {
        /// `sha256:` and 64 digits.
        id: String,
        /// What it is called.
        names: Vec<String>,
        /// Of layers that another image has too.
        shared_bytes: u64,
        /// Of what goes with this image.
        unique_bytes: u64,
        /// How many containers are made of it.
        containers: usize,
    }

    /// What a container takes.
    struct ContainerSize {
        /// 64 hexadecimal digits.
        id: String,
        /// Its name.
        name: String,
        /// As in box.containers.
        state: &'static str,
        /// What it has written, and its log.
        size_bytes: u64,
    }

    /// What a volume takes.
    struct VolumeSize {
        /// Its name.
        name: String,
        /// How many containers mount it.
        containers: usize,
        /// What is in it.
        size_bytes: u64,
    }

    /// A unit file that `box unit install` has put in its place.
    struct Unit {
        /// Its file name.
        name: String,
        /// Where it is.
        path: String,
    }

    /// A container that `box auto-update` has looked at.
    struct Update {
        /// 64 hexadecimal digits.
        container_id: String,
        /// Its name.
        container_name: String,
        /// The service that runs it.
        unit: String,
        /// The name of its image.
        image: String,
        /// `registry` or `local`: where newer images are looked for.
        policy: &'static str,
        /// `unchanged`, `pending` (there is a newer image, and nothing was done), `updated`, `rolled-back` or `failed`.
        outcome: &'static str,
    }

    /// An ability of the machine.
    struct Finding {
        /// What programs know it by.
        name: &'static str,
        /// `works`, `reduced` or `missing`; with one that is missing no container runs.
        state: &'static str,
        /// What was found, for people.
        found: String,
        /// What is different without it, for people; empty where it works.
        without: &'static str,
        /// Command lines that mend it and need no rights.
        user: Vec<String>,
        /// Command lines for an administrator.
        administrator: Vec<String>,
    }
}

impl Flow {
    /// What a line of the log tells; `None` where nobody can say when.
    pub fn of(line: &Line) -> Option<Flow> {
        Some(Flow {
            time: Moment::parse(&line.time)?,
            protocol: line.protocol,
            direction: line.direction,
            source_address: line.source_address.to_string(),
            source_port: line.source_port,
            destination_address: line.destination_address.to_string(),
            destination_port: line.destination_port,
            name: line.name.as_deref().map(str::to_owned),
            outcome: line.outcome,
            sent_bytes: line.end.map(|end| end.sent_bytes),
            received_bytes: line.end.map(|end| end.received_bytes),
            nanoseconds: line.end.map(|end| end.nanoseconds),
        })
    }
}
