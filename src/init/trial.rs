//! Does this work here, inside new namespaces? Found out by doing it, in a child that ends with them.

use nix::sched::CloneFlags;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::namespaces::explain_refusal;
use crate::error::{During, Error, Result};
use crate::process::handshake::{Channel, Start};
use crate::process::spawn::SingleThreaded;
use crate::sys::clone::{Cloned, clone3};

/// Clones a child into new namespaces, lets `prepare` do from outside what has to be done with its process id (map its
/// ids, connect its network), and then `act` inside. What fails is the error; nothing of it stays.
pub fn attempt(
    namespaces: CloneFlags,
    prepare: impl FnOnce(Pid) -> Result<()>,
    act: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let _proof = SingleThreaded::prove()?;
    let (ours, theirs) = Channel::pair()?;
    match clone3(namespaces.bits() as u64, None).map_err(explain_refusal)? {
        Cloned::Child => {
            drop(ours);
            let outcome = match theirs.receive::<Start>() {
                Ok(Some(Start::Go)) => act(),
                _ => std::process::exit(1), // The parent could not prepare us, and knows why.
            };
            if let Err(error) = &outcome {
                let _ = theirs.send(&Start::Failed(error.clone())); // Else the exit code says it.
            }
            std::process::exit(i32::from(outcome.is_err()))
        }
        Cloned::Parent { pid, .. } => {
            drop(theirs);
            let prepared = prepare(pid).and_then(|()| ours.send(&Start::Go));
            let answer = prepared.and_then(|()| ours.receive::<Start>());
            drop(ours);
            let ended = waitpid(pid, None).during(|| "wait for the child")?;
            match answer? {
                Some(Start::Failed(error)) => Err(error),
                _ if ended == WaitStatus::Exited(pid, 0) => Ok(()),
                _ => Err(Error::new("the child that tried it was killed")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A test's process has several threads, from which nobody may clone.
    #[test]
    fn nothing_is_tried_beside_other_threads() {
        let tried = std::thread::spawn(|| attempt(CloneFlags::empty(), |_| Ok(()), || Ok(())));
        assert!(tried.join().unwrap().is_err());
    }
}
