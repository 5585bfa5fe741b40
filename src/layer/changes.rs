//! What the topmost layer of a stack changes of those below.

use std::collections::HashMap;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::stack::{Seen, Stack};
use crate::error::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    Added,
    Changed,
    Deleted,
}

/// Calls `tell` with each path from the root of the tree that was added, changed or deleted, a directory before what is
/// in it. Of a deleted directory only itself is told. Nothing is told of what is `passed_over`.
pub fn changes(
    stack: &Stack,
    passed_over: &dyn Fn(&Path, &Seen) -> bool,
    tell: &mut dyn FnMut(Change, PathBuf) -> Result<()>,
) -> Result<()> {
    let below: Vec<usize> = (1..stack.0.len()).collect();
    directory(stack, Path::new("/"), &below, passed_over, tell)
}

fn directory(
    stack: &Stack,
    path: &Path,
    below: &[usize],
    passed_over: &dyn Fn(&Path, &Seen) -> bool,
    tell: &mut dyn FnMut(Change, PathBuf) -> Result<()>,
) -> Result<()> {
    let inside = path.strip_prefix("/").unwrap_or(path);
    let above = stack.list(inside, &[0])?;
    let mut hidden: HashMap<CString, Seen> =
        stack.list(inside, below)?.entries.into_iter().map(|seen| (seen.name.clone(), seen)).collect();
    let place = |name: &CString| path.join(OsStr::from_bytes(name.to_bytes()));
    for seen in above.entries {
        let original = hidden.remove(&seen.name);
        if passed_over(&inside.join(OsStr::from_bytes(seen.name.to_bytes())), &seen) {
            continue;
        }
        tell(if original.is_some() { Change::Changed } else { Change::Added }, place(&seen.name))?;
        if seen.is_directory() {
            let below = original.filter(Seen::is_directory).map(|original| original.layers).unwrap_or_default();
            directory(stack, &place(&seen.name), &below, passed_over, tell)?;
        }
    }
    let is_gone = |name: &CString| above.is_opaque || above.gone.contains(name);
    let mut deleted: Vec<_> = hidden.into_keys().filter(is_gone).collect();
    deleted.sort();
    deleted.iter().try_for_each(|name| tell(Change::Deleted, place(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::fixture::Tar;
    use crate::layer::pack::everything;
    use crate::layer::stack::tests::stack_of;

    #[test]
    fn additions_changes_and_deletions_are_told() {
        let [mut top, mut bottom] = [Tar::new(), Tar::new()];
        top.file("etc/new").put("");
        top.file("etc/passwd").put("other");
        top.file("etc/.wh.gone").put("");
        top.file("etc/.wh.never").put("");
        top.directory("emptied").put("");
        top.file("emptied/.wh..wh..opq").put("");
        top.directory("was-file").put("");
        top.file("was-file/x").put("");
        bottom.file("etc/passwd").put("");
        bottom.file("etc/gone").put("");
        bottom.file("emptied/dir/file").put("");
        bottom.file("untouched/file").put("");
        bottom.file("was-file").put("");
        stack_of(&[top, bottom], |stack| {
            let mut told = Vec::new();
            changes(&stack, &everything, &mut |change, path| {
                told.push(format!("{change:?} {}", path.display()));
                Ok(())
            })
            .unwrap();
            if !told.contains(&"Deleted /etc/gone".to_owned()) {
                eprintln!("skipped: this machine makes no whiteouts");
                return;
            }
            let expected = [
                "Changed /emptied",
                "Deleted /emptied/dir",
                "Changed /etc",
                "Added /etc/new",
                "Changed /etc/passwd",
                "Deleted /etc/gone",
                "Changed /was-file",
                "Added /was-file/x",
            ];
            assert_eq!(told, expected);
        });
    }
}
