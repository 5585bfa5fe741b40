//! Descriptors that a program gets besides its standard streams: `--preserve-fds`, `--preserve-fd`, and the sockets
//! that systemd passes to a service (sd_listen_fds(3)), but for those at which published ports are served.

use std::os::fd::{AsFd, OwnedFd};

use crate::container::start::Passed;
use crate::error::{During as _, Error, Result};
use crate::network::{Bound, serves};
use crate::settings::{NetworkMode, RestartPolicy, Settings};
use crate::sys;

/// The first descriptor that is passed, and the variables that tell of them (sd_listen_fds(3)).
const FIRST: i32 = 3;
const COUNT: &str = "LISTEN_FDS";
const NAMES: &str = "LISTEN_FDNAMES";

#[derive(clap::Args, Debug, Default)]
pub struct DescriptorOptions {
    /// Pass on so many descriptors beyond standard error: 3, 4 and so on
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
    preserve_fds: u16,
    /// Pass on these descriptors, such as 3,7
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    preserve_fd: Vec<u16>,
}

impl DescriptorOptions {
    /// Takes the descriptors over. To be called once, before anything is opened that would get one of the numbers.
    pub fn take(&self) -> Result<Passed> {
        let listening = listening(|name| std::env::var(name).ok(), std::process::id());
        let mut numbers: Vec<u16> =
            (3..3 + self.preserve_fds.max(listening.as_ref().map_or(0, |(count, _)| *count))).collect();
        numbers.extend(&self.preserve_fd);
        numbers.sort_unstable();
        numbers.dedup();
        let fds = numbers.into_iter().map(take).collect::<Result<_>>().during(|| "pass on descriptors")?;
        let env = listening.map_or_else(Vec::new, |(_, env)| env);
        Ok(Passed { fds, env, ..Passed::default() })
    }

    /// Of the sockets that systemd has passed, takes those of ports that are published; the program gets the others,
    /// which are numbered anew. Where it shall have descriptors by their numbers, it gets them all.
    pub fn serve_ports(&self, passed: &mut Passed, settings: &Settings) -> Result<()> {
        let said = |name: &str| passed.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let count: usize = said(COUNT).and_then(|count| count.parse().ok()).unwrap_or(0);
        let is_published =
            matches!(settings.network, NetworkMode::Private | NetworkMode::Builtin(_) | NetworkMode::Named(_));
        if count == 0 || !is_published || self.preserve_fds > 0 || !self.preserve_fd.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = said(NAMES).unwrap_or_default().split(':').map(str::to_owned).collect();
        let name_of = |place: usize| names.get(place).map_or("", String::as_str);
        let mut left = Vec::new();
        for (place, socket) in passed.fds.iter().enumerate() {
            let serving =
                settings.ports.iter().find_map(|one| Some((one, serves(one, socket.as_fd(), name_of(place))?)));
            let Some((request, port)) = serving else {
                left.push(place);
                continue;
            };
            // Beyond all of them, whose numbers the others get.
            let socket = rustix::io::fcntl_dupfd_cloexec(socket, FIRST + count as i32)?;
            passed.ports.push(Bound { request: request.clone(), port, socket });
        }
        if passed.ports.is_empty() {
            return Ok(());
        }
        // As they were asked for: systemd passes those of several units in no order.
        passed.ports.sort_by_key(|bound| settings.ports.iter().position(|one| *one == bound.request));
        if settings.restart != RestartPolicy::No {
            return Err(Error::usage("a port at a socket that systemd has passed, and --restart, exclude each other")
                .with_hint("Restart= of the service starts it again with the socket"));
        }
        for (to, &from) in left.iter().enumerate().filter(|(to, from)| to != *from) {
            let (before, rest) = passed.fds.split_at_mut(from);
            rustix::io::dup3(&rest[0], &mut before[to], rustix::io::DupFlags::CLOEXEC)?;
        }
        passed.fds.truncate(left.len());
        passed.env.clear();
        if !left.is_empty() {
            let names = left.iter().map(|place| name_of(*place)).collect::<Vec<_>>().join(":");
            passed.env.push((COUNT.to_owned(), left.len().to_string()));
            passed.env.push((NAMES.to_owned(), names));
        }
        Ok(())
    }
}

/// Takes over a descriptor that box was started with.
pub fn take(number: u16) -> Result<OwnedFd> {
    let fd = sys::fds::given(number.into()).ok_or_else(|| {
        Error::usage(format!("descriptor {number} is not open here, or another option has taken it already"))
    })?;
    // Ours from here on: helpers do not get it.
    rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
    Ok(fd)
}

/// How many sockets systemd has passed to this very process, and what it says of them.
fn listening(variable: impl Fn(&str) -> Option<String>, own_pid: u32) -> Option<(u16, Vec<(String, String)>)> {
    if variable("LISTEN_PID")?.parse() != Ok(own_pid) {
        return None;
    }
    let count: u16 = variable(COUNT)?.parse().ok().filter(|count| *count > 0)?;
    let mut env = vec![(COUNT.to_owned(), count.to_string())];
    env.extend(variable(NAMES).map(|names| (NAMES.to_owned(), names)));
    Some((count, env))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_for_another_process_are_not_ours() {
        let with = |pid: &'static str, count: &'static str| {
            listening(
                move |name| match name {
                    "LISTEN_PID" => Some(pid.to_owned()),
                    "LISTEN_FDS" => Some(count.to_owned()),
                    _ => None,
                },
                7,
            )
        };
        assert_eq!(with("7", "2"), Some((2, vec![("LISTEN_FDS".to_owned(), "2".to_owned())])));
        assert_eq!([with("8", "2"), with("7", "0"), with("7", "x")], [None, None, None]);
    }

    #[test]
    fn a_descriptor_that_is_not_open_is_named() {
        let options = DescriptorOptions { preserve_fd: vec![999], ..DescriptorOptions::default() };
        assert!(options.take().unwrap_err().to_string().contains("descriptor 999 is not open"));
    }
}
