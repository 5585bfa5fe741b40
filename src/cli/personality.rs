//! Whose manners box has: its own, or those of the tool by whose name it was called.
//!
//! Each difference is one row of the table below; what the code asks and what `box help personalities` lists is the
//! same. What is not in the table is the same under every name.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use super::table;
use crate::error::{Error, Kind};
use crate::network::has_ipv6;
use crate::oci::{Digest, Reference};
use crate::settings::LogDriver;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personality {
    Box,
    Podman,
    Docker,
}

const ALL: [Personality; 3] = [Personality::Box, Personality::Podman, Personality::Docker];

static CURRENT: AtomicU8 = AtomicU8::new(Personality::Box as u8);

/// From here on the process has the manners of the tool that `argv[0]` names.
pub fn take_after(program: Option<&OsString>) {
    CURRENT.store(of_name(program.map(Path::new)) as u8, Ordering::Relaxed);
}

fn of_name(program: Option<&Path>) -> Personality {
    match program.and_then(Path::file_name).and_then(|name| name.to_str()) {
        Some("podman") => Personality::Podman,
        Some("docker") => Personality::Docker,
        _ => Personality::Box,
    }
}

fn current() -> Personality {
    ALL[usize::from(CURRENT.load(Ordering::Relaxed))]
}

/// One thing that the tools do differently.
#[derive(Debug)]
pub struct Difference<T> {
    what: &'static str,
    own: T,
    podman: T,
    docker: T,
}

impl<T: Copy> Difference<T> {
    /// What the tool does by whose name we were called.
    pub fn side(&self) -> T {
        match current() {
            Personality::Box => self.own,
            Personality::Podman => self.podman,
            Personality::Docker => self.docker,
        }
    }
}

/// What tools may do, each with the words by which `box help personalities` shows it.
macro_rules! sides {
    ($($(#[$doc:meta])* pub enum $name:ident { $($(#[$of_side:meta])* $side:ident = $words:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of_side])* $side,)+
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $($name::$side => $words,)+
                })
            }
        }
    )+};
}

sides! {
    /// What a duration after `--until` means.
    pub enum Until {
        Ago = "ten minutes ago",
        FromNow = "in ten minutes",
    }

    /// How a list of documents is written.
    pub enum JsonLists {
        Array = "one array",
        /// One object a line, of texts as a table has them.
        Lines = "an object a line",
    }

    /// What the short option `-n` of `logs` stands for.
    pub enum ShortN {
        Names = "--names",
        Tail = "--tail",
    }

    /// How the ID of an image is written.
    pub enum IdForm {
        Hexadecimal = "64 digits",
        Digest = "sha256:, 64 digits",
    }

    /// What becomes of a directory of the command line that is missing.
    pub enum Missing {
        Refused = "refused",
        Made = "made",
    }

    /// Whether a wish is passed over where it means nothing.
    pub enum Stray {
        PassedOver = "goes on",
        Refused = "fails",
    }

    /// How the name of an image is written.
    pub enum NameForm {
        /// `docker.io/library/busybox:latest`
        Whole = "docker.io/library/x:latest",
        /// `busybox:latest`
        Familiar = "x:latest",
    }

    /// Whether there is a space before a unit.
    pub enum Units {
        Apart = "1.98 MB",
        Close = "1.98MB",
    }

    /// What a container's name begins with where everything is said of it.
    pub enum NameBegins {
        Bare = "web",
        Slash = "/web",
    }

    /// How a port is listed that is published at all addresses of the host.
    pub enum Everywhere {
        Once = "0.0.0.0:80",
        /// For each version of IP that the host has.
        OfEachVersion = "0.0.0.0:80, [::]:80",
    }

    /// How what a prune has removed is listed.
    pub enum PrunedList {
        Bare = "names or IDs",
        Headed = "headed lists",
    }

    /// Which volumes go when nobody uses them.
    pub enum PrunedVolumes {
        All = "all that are unused",
        /// Those that nobody has named.
        Anonymous = "those without a name",
    }

    /// By what an image is called that has been pulled.
    pub enum PulledAs {
        Id = "64 digits",
        Reference = "the full reference",
    }

    /// By what a network is called that has been made.
    pub enum MadeAs {
        Name = "its name",
        Id = "its ID",
    }

    /// What the fields of lists hold.
    pub enum ListWords {
        Podmans = "map[a:b]",
        /// Texts, whatever they are about.
        Dockers = "a=b",
    }

    /// Whose words events are told in.
    pub enum EventWords {
        Podmans = "died, remove ...",
        Dockers = "die, destroy ...",
    }
}

impl ShortN {
    /// The short option of `option`, if this is it.
    pub fn of(self, option: ShortN) -> Option<char> {
        (self == option).then_some('n')
    }
}

pub const EVENT_WORDS: Difference<EventWords> = Difference {
    what: "Names, fields and form of events",
    own: EventWords::Podmans,
    podman: EventWords::Podmans,
    docker: EventWords::Dockers,
};

pub const UNTIL: Difference<Until> = Difference {
    what: "`--until 10m` of logs and events",
    own: Until::Ago,
    podman: Until::FromNow,
    docker: Until::Ago,
};

pub const MISSING_OBJECT: Difference<u8> =
    Difference { what: "Exit code where an object is missing (not rm and rmi: 1)", own: 1, podman: 125, docker: 1 };

pub const EXEC_IN_MISSING: Difference<u8> =
    Difference { what: "Exit code of `exec` where the container is missing", own: 125, podman: 125, docker: 1 };

pub const EXEC_IN_STOPPED: Difference<u8> =
    Difference { what: "Exit code of `exec` where the container does not run", own: 126, podman: 255, docker: 1 };

pub const REFUSED: Difference<u8> =
    Difference { what: "Exit code of a pull or login that fails", own: 1, podman: 125, docker: 1 };

pub const STRAY_TERMINAL: Difference<Stray> = Difference {
    what: "`-it` where standard input is no terminal",
    own: Stray::PassedOver,
    podman: Stray::PassedOver,
    docker: Stray::Refused,
};

pub const MISSING_SOURCE: Difference<Missing> = Difference {
    what: "`-v DIR:...` of a directory that is missing",
    own: Missing::Refused,
    podman: Missing::Refused,
    docker: Missing::Made,
};

pub const MISSING_WORKDIR: Difference<Missing> = Difference {
    what: "`-w DIR` that is missing in the container",
    own: Missing::Refused,
    podman: Missing::Refused,
    docker: Missing::Made,
};

pub const PULLED_AS: Difference<PulledAs> =
    Difference { what: "What `pull` prints", own: PulledAs::Id, podman: PulledAs::Id, docker: PulledAs::Reference };

pub const NETWORK_MADE_AS: Difference<MadeAs> =
    Difference { what: "What `network create` prints", own: MadeAs::Name, podman: MadeAs::Name, docker: MadeAs::Id };

pub const BAD_TEMPLATE: Difference<u8> =
    Difference { what: "Exit code of a template with a mistake", own: 64, podman: 125, docker: 64 };

pub const UNKNOWN_COMMAND: Difference<u8> =
    Difference { what: "Exit code of a command that is unknown", own: 125, podman: 125, docker: 1 };

pub const JSON_LISTS: Difference<JsonLists> = Difference {
    what: "`--format json` of a list",
    own: JsonLists::Array,
    podman: JsonLists::Array,
    docker: JsonLists::Lines,
};

pub const LIST_WORDS: Difference<ListWords> = Difference {
    what: "Labels in lists, and other fields of `ps`",
    own: ListWords::Podmans,
    podman: ListWords::Podmans,
    docker: ListWords::Dockers,
};

pub const LOG_DRIVER: Difference<LogDriver> = Difference {
    what: "Log driver, if none is named",
    own: LogDriver::K8sFile,
    podman: LogDriver::K8sFile,
    docker: LogDriver::JsonFile,
};

pub const SHORT_N_OF_LOGS: Difference<ShortN> =
    Difference { what: "`logs -n`", own: ShortN::Names, podman: ShortN::Names, docker: ShortN::Tail };

pub const IMAGE_NAMES: Difference<NameForm> =
    Difference { what: "Names of images", own: NameForm::Whole, podman: NameForm::Whole, docker: NameForm::Familiar };

pub const UNITS: Difference<Units> =
    Difference { what: "Sizes of images and layers", own: Units::Apart, podman: Units::Apart, docker: Units::Close };

pub const INSPECTED_NAMES: Difference<NameBegins> = Difference {
    what: "Names of containers in `inspect`",
    own: NameBegins::Bare,
    podman: NameBegins::Bare,
    docker: NameBegins::Slash,
};

pub const EVERYWHERE: Difference<Everywhere> = Difference {
    what: "A port published at all addresses",
    own: Everywhere::Once,
    podman: Everywhere::Once,
    docker: Everywhere::OfEachVersion,
};

pub const PRUNED_LIST: Difference<PrunedList> = Difference {
    what: "What `prune` of one kind prints",
    own: PrunedList::Bare,
    podman: PrunedList::Bare,
    docker: PrunedList::Headed,
};

pub const PRUNED_VOLUMES: Difference<PrunedVolumes> = Difference {
    what: "What `volume prune` and `system prune --volumes` remove",
    own: PrunedVolumes::All,
    podman: PrunedVolumes::All,
    docker: PrunedVolumes::Anonymous,
};

pub const IMAGE_IDS: Difference<IdForm> = Difference {
    what: "What `commit`, `rmi`, `prune` and `inspect` call an image",
    own: IdForm::Hexadecimal,
    podman: IdForm::Hexadecimal,
    docker: IdForm::Digest,
};

const TABLE: [&dyn Row; 24] = [
    &MISSING_OBJECT,
    &EXEC_IN_MISSING,
    &EXEC_IN_STOPPED,
    &REFUSED,
    &BAD_TEMPLATE,
    &UNKNOWN_COMMAND,
    &JSON_LISTS,
    &LIST_WORDS,
    &EVENT_WORDS,
    &UNTIL,
    &LOG_DRIVER,
    &SHORT_N_OF_LOGS,
    &IMAGE_IDS,
    &IMAGE_NAMES,
    &INSPECTED_NAMES,
    &UNITS,
    &EVERYWHERE,
    &PRUNED_LIST,
    &PRUNED_VOLUMES,
    &PULLED_AS,
    &NETWORK_MADE_AS,
    &STRAY_TERMINAL,
    &MISSING_SOURCE,
    &MISSING_WORKDIR,
];

/// The name of an image, in a list or a message. What only `localhost` has is called by the rest: it is found by that.
pub fn image_name(name: &str) -> String {
    if IMAGE_NAMES.side() == NameForm::Whole {
        return name.to_owned();
    }
    let familiar = Reference::parse(name).map_or_else(|_| name.to_owned(), |reference| reference.familiar());
    familiar.strip_prefix(LOCAL).unwrap_or(&familiar).to_owned()
}

/// The same without tag and digest.
pub fn repository(reference: &Reference) -> String {
    match IMAGE_NAMES.side() {
        NameForm::Whole => reference.repository(),
        NameForm::Familiar => {
            let familiar = reference.familiar_repository();
            familiar.strip_prefix(LOCAL).unwrap_or(&familiar).to_owned()
        }
    }
}

/// Of images that no registry has.
const LOCAL: &str = "localhost/";

/// The addresses that a published port is listed with.
pub fn host_addresses(published_at: Option<IpAddr>) -> Vec<IpAddr> {
    match (published_at, EVERYWHERE.side()) {
        (Some(address), _) => vec![address],
        (None, Everywhere::OfEachVersion) if has_ipv6() => {
            vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]
        }
        (None, _) => vec![Ipv4Addr::UNSPECIFIED.into()],
    }
}

/// The ID of an image where it is said in whole.
pub fn image_id(id: &Digest) -> String {
    match IMAGE_IDS.side() {
        IdForm::Hexadecimal => id.hex().to_owned(),
        IdForm::Digest => id.to_string(),
    }
}

/// The exit code of a command that ends with this error.
pub fn exit_code(error: &Error) -> u8 {
    match error.kind {
        Kind::Absent => MISSING_OBJECT.side(),
        Kind::Refused => REFUSED.side(),
        Kind::NotRunning => EXEC_IN_STOPPED.side(),
        Kind::Template => BAD_TEMPLATE.side(),
        kind => kind.exit_code(),
    }
}

/// A difference as it is listed.
trait Row: Sync {
    fn cells(&self) -> [String; 4];
}

impl<T: Display + Sync> Row for Difference<T> {
    fn cells(&self) -> [String; 4] {
        [self.what.to_owned(), self.own.to_string(), self.podman.to_string(), self.docker.to_string()]
    }
}

/// Whether the command line is `box help personalities`.
pub fn is_asked_for(arguments: &[OsString]) -> bool {
    matches!(arguments, [_, help, topic] if help == "help" && topic == "personalities")
}

/// What `box help personalities` shows.
pub fn help() -> String {
    let heading = ["WHAT", "box", "podman", "docker"].map(str::to_owned);
    let rows = std::iter::once(heading).chain(TABLE.iter().map(|row| row.cells()));
    let lines: Vec<String> = rows.map(|cells| cells.join("\t")).collect();
    "Called as `podman` or `docker` (by a link of that name), box takes that tool's side where the two differ:\n\n"
        .to_owned()
        + &table::align(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides() {
        for (name, personality) in [
            ("box", Personality::Box),
            ("/usr/bin/docker", Personality::Docker),
            ("./podman", Personality::Podman),
            ("docker-compose", Personality::Box),
            ("", Personality::Box),
        ] {
            assert_eq!(of_name(Some(Path::new(name))), personality, "{name}");
        }
        assert!(ALL.iter().enumerate().all(|(number, personality)| *personality as usize == number));
    }

    #[test]
    fn every_row_is_a_difference() {
        for row in TABLE {
            let [what, own, podman, docker] = row.cells();
            assert!(own != podman || podman != docker, "{what}");
        }
    }
}
