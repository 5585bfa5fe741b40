//! A user namespace with the caller's ids, made while other things are prepared: its maps are written by two set-uid
//! programs, which take longer than everything else that a start does on the caller's side.

use std::fs::File;
use std::os::fd::OwnedFd;

use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::{IdMap, Mapping};
use crate::error::{During, Result};
use crate::init::namespaces::clone_into_user_namespace;
use crate::process::handshake::{Channel, Start};
use crate::process::spawn::SingleThreaded;
use crate::sys::clone::Cloned;

/// A namespace whose ids are on their way, and the child that keeps it alive until somebody else does.
#[derive(Debug)]
pub struct UserNamespace {
    keeper: Keeper,
    mapping: Option<Mapping>,
}

impl UserNamespace {
    pub fn begin(ids: &IdMap) -> Result<UserNamespace> {
        let keeper = Keeper::start()?;
        let mapping = Some(ids.begin(keeper.pid)?);
        Ok(UserNamespace { keeper, mapping })
    }

    /// Waits for the ids; what is returned keeps the namespace from here on.
    pub fn finish(&mut self) -> Result<OwnedFd> {
        if let Some(mapping) = self.mapping.take() {
            mapping.finish()?;
        }
        let path = format!("/proc/{}/ns/user", self.keeper.pid);
        Ok(File::open(&path).during(|| format!("open `{path}`"))?.into())
    }
}

/// A child that does nothing but be in the namespace; it ends when it hears from us no more.
#[derive(Debug)]
struct Keeper {
    pid: Pid,
    channel: Option<Channel>,
}

impl Keeper {
    fn start() -> Result<Keeper> {
        let proof = SingleThreaded::prove()?;
        let (ours, theirs) = Channel::pair()?;
        match clone_into_user_namespace(&proof)? {
            Cloned::Child => {
                drop(ours);
                let _ = theirs.receive::<Start>(); // Nothing is ever said: the end of file is what we wait for.
                std::process::exit(0)
            }
            Cloned::Parent { pid, .. } => Ok(Keeper { pid, channel: Some(ours) }),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.channel.take());
        let _ = waitpid(self.pid, None); // It has read the end of file.
    }
}
