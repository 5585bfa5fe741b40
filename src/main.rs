//! The process tree of box. One binary plays every process; the name that it was started under says which.
//!
//! ```text
//! box run -d ubuntu bash
//!
//!   box             cli       parses, pulls, decides; ends at Started, or stays attached
//!   |- box-unpack   image     one layer, confined; only while layers come or go
//!   |- box-keeper   keeper    only where it is to be restarted or its health is checked; outlives box
//!   `- box-monitor  monitor   a re-exec of this binary in a session of its own; outlives box
//!      |- box-init  init      cloned into the container's namespaces; sets them up, then execve
//!      |  = bash    payload   the same process
//!      |- box-log   monitor   a clone, where the payload shall not wait for a slow log: writes it
//!      |- box-net   network   a clone: carries what goes between the container's network and the host's
//!      |- box-emulate  idmap  where there is one id only: lets the payload change users
//!      `- helpers             newuidmap and newgidmap for a moment; fuse-overlayfs, pasta, slirp4netns where needed
//!
//! box exec web ps
//!
//!   box             cli       waits for the payload, which is its own child
//!   `- box-init     init      cloned into the container's existing namespaces, then execve
//!
//! box oci create, for containerd and other engines that keep the container themselves
//!
//!   box             cli       ends when init waits
//!   `- box-init     init      waits at its gate for `box oci start`, then execve
//! ```
//!
//! The small processes are told apart before the command line's code is touched: they start in less than a millisecond
//! and stay small.

use box_lib::process::Role;
use box_lib::{cli, idmap, image, keeper, monitor};

fn main() {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    match Role::of(&name.to_string_lossy()) {
        Role::Monitor => monitor::main(arguments.filter_map(|argument| argument.into_string().ok())),
        Role::Emulator => {
            std::process::exit(idmap::emulation::main(arguments.filter_map(|argument| argument.into_string().ok())))
        }
        Role::Keeper => std::process::exit(keeper::main(arguments.filter_map(|argument| argument.into_string().ok()))),
        Role::Unpacker => std::process::exit(image::unpacker::main(arguments)),
        Role::Cli => cli::main(std::iter::once(name).chain(arguments)),
    }
}
