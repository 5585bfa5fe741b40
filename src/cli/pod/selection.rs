//! Which pods a command is about, and what becomes of each.

use std::path::PathBuf;

use crate::cli::selection::{IfAbsent, id_in_file, report};
use crate::error::{Error, Result};
use crate::pod::{self, Pod, State};
use crate::store::Store;

#[derive(clap::Args, Debug, Default)]
pub struct Selection {
    /// Names or IDs of pods, or beginnings of IDs
    #[arg(value_name = "POD", required_unless_present_any = ["all", "latest", "pod_id_file"])]
    pub names: Vec<String>,
    /// All pods
    #[arg(short, long, conflicts_with_all = ["names", "latest"])]
    pub all: bool,
    /// The pod that was created last
    #[arg(short, long, conflicts_with = "names")]
    pub latest: bool,
    /// The pod whose ID this file holds
    #[arg(long, value_name = "FILE")]
    pub pod_id_file: Vec<PathBuf>,
}

impl Selection {
    /// Looks everything up; one that is missing is told in its place, so that the others are still served.
    fn find(&self, store: &Store) -> Result<Vec<Result<Pod>>> {
        if self.all {
            return Ok(pod::list(store)?.into_iter().map(Ok).collect());
        }
        if self.latest {
            return Ok(vec![pod::latest(store)]);
        }
        let mut names = self.names.clone();
        for path in &self.pod_id_file {
            names.push(id_in_file("--pod-id-file", path)?);
        }
        Ok(names.iter().map(|name| pod::find(store, name)).collect())
    }

    /// Does `act` to one pod after the other and echoes the IDs of those for which it worked. A general wish passes
    /// over those whose state `is_meant` leaves out.
    pub fn for_each(
        &self,
        store: &Store,
        if_absent: IfAbsent,
        is_meant: impl Fn(State) -> bool,
        act: impl Fn(&Pod) -> Result<()>,
    ) -> Result<u8> {
        let mut pods = self.find(store)?;
        if self.all {
            // One whose state cannot be told is for `act` to complain about.
            pods.retain(|pod| pod.as_ref().is_ok_and(|pod| pod.state().map_or(true, &is_meant)));
        }
        let outcomes = pods.into_iter().map(|pod| match pod {
            Ok(pod) => (pod.id().to_owned(), act(&pod)),
            Err(error) => (String::new(), Err(error)),
        });
        report(outcomes, if_absent)
    }
}

/// The one pod of a command that takes one: by name, or the latest.
pub fn find_one(store: &Store, name: Option<&str>, latest: bool) -> Result<Pod> {
    match (name, latest) {
        (None, true) => pod::latest(store),
        (Some(name), false) => pod::find(store, name),
        _ => Err(Error::usage("expected the name of one pod, or --latest")),
    }
}
