//! Options that tell Docker's and Podman's command line which daemon to call. They stand before the command, and are
//! refused: there is none, and what was meant for another machine does not happen here.

use crate::error::{Error, Result};

#[derive(clap::Args, Debug, Default)]
pub struct RemoteOptions {
    #[arg(short = 'H', long, hide = true, value_name = "ADDRESS", alias = "url")]
    host: Vec<String>,
    #[arg(short = 'c', long, hide = true, value_name = "NAME", alias = "connection")]
    context: Option<String>,
    #[arg(short = 'r', long, hide = true)]
    remote: bool,
    #[arg(long, hide = true, value_name = "FILE")]
    identity: Option<String>,
    #[arg(long, hide = true, value_name = "CLIENT")]
    ssh: Option<String>,
    #[arg(long, hide = true, alias = "tlsverify")]
    tls: bool,
    #[arg(long, hide = true, alias = "tls-ca", value_name = "FILE")]
    tlscacert: Option<String>,
    #[arg(long, hide = true, alias = "tls-cert", value_name = "FILE")]
    tlscert: Option<String>,
    #[arg(long, hide = true, alias = "tls-key", value_name = "FILE")]
    tlskey: Option<String>,
}

impl RemoteOptions {
    pub fn refuse(&self) -> Result<()> {
        // Docker's word for the machine that it is called on.
        let context = self.context.as_deref().is_some_and(|name| !matches!(name, "" | "default"));
        let files = [&self.identity, &self.ssh, &self.tlscacert, &self.tlscert, &self.tlskey];
        let is_asked_for = !self.host.is_empty()
            || context
            || self.remote
            || self.tls
            || files.into_iter().any(|file| file.as_deref().is_some_and(|file| !file.is_empty()));
        match is_asked_for {
            true => {
                Err(Error::usage("there is no daemon to connect to").with_hint("`ssh HOST box ...` runs it elsewhere"))
            }
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: RemoteOptions,
    }

    #[test]
    fn no_daemon_is_called_but_by_default() {
        for (line, is_taken) in [
            ("box", true),
            ("box --context default", true),
            ("box -c elsewhere", false),
            ("box -H unix:///run/user/1000/podman/podman.sock", false),
            ("box --url=tcp://127.0.0.1:2375", false),
            ("box -r", false),
            ("box --tlscacert ca.pem", false),
        ] {
            let options = Line::try_parse_from(line.split(' ')).expect(line).options;
            assert_eq!(options.refuse().is_ok(), is_taken, "{line}");
        }
    }
}
