//! Containers that another engine describes: the operations of the OCI runtime specification (runtime.md).
//!
//! containerd, CRI-O and Podman prepare a *bundle*, a directory with a root file system and a `config.json`, and have a
//! runtime make a container of it. The same init does it as for box's own containers; here is what stands in place of
//! `container/start` and the monitor: the engine keeps the streams and waits for the end, and nothing of box stays.
//!
//! ```text
//! create   config.json -> groups, namespaces, init: mounts; hooks; pivot; waits at its gate
//! start    says Go at the gate: init takes the payload's rights and becomes it
//! kill     a signal to process 1
//! delete   the groups and the record of a container that has ended
//! exec     a further process, in the namespaces of process 1
//! pause    its groups stand still
//! ```

mod config;
mod create;
mod end;
mod exec;
mod pause;
mod record;

pub use config::{read_process, read_resources};
pub use create::{Created, Request, create, start};
pub use end::{All, Force, delete, kill};
pub use exec::{Exec, exec};
pub use pause::{pause, resume};
pub use record::{Container, Status};
