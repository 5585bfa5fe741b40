//! Descriptors that a program gets besides its standard streams: `--preserve-fds`, `--preserve-fd`, and those that
//! systemd passes to a service with a socket (sd_listen_fds(3)).

use std::os::fd::OwnedFd;

use crate::container::start::Passed;
use crate::error::{During as _, Error, Result};
use crate::sys;

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
        Ok(Passed { fds, env, notify_socket: None })
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
    let count: u16 = variable("LISTEN_FDS")?.parse().ok().filter(|count| *count > 0)?;
    let mut env = vec![("LISTEN_FDS".to_owned(), count.to_string())];
    env.extend(variable("LISTEN_FDNAMES").map(|names| ("LISTEN_FDNAMES".to_owned(), names)));
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
