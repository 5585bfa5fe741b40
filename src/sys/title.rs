//! What `ps` shows as the command line of a process.

use crate::error::{During, Error, Result};

/// Writes `title` over the words that this process was started with, for a clone that is something else than they say.
/// Nobody may look at the words any more (`std::env::args`).
pub fn overwrite(title: &str) -> Result<()> {
    let stat = std::fs::read_to_string("/proc/self/stat").during(|| "read /proc/self/stat")?;
    let (start, end) = words(&stat).ok_or_else(|| Error::new("/proc/self/stat does not say where the words are"))?;
    let room_bytes = end.saturating_sub(start);
    if start == 0 || title.len() >= room_bytes {
        return Err(Error::new(format!("no room for `{title}`")));
    }
    // SAFETY: the kernel says that the words are there: bytes on the stack of the first thread, above all its frames,
    // which stay for as long as the process lives, and which nothing refers to (see above).
    let room =
        unsafe { std::slice::from_raw_parts_mut(std::ptr::with_exposed_provenance_mut::<u8>(start), room_bytes) };
    room.fill(0);
    room[..title.len()].copy_from_slice(title.as_bytes());
    Ok(())
}

/// Where they begin and end (man 5 proc_pid_stat: arg_start, arg_end). The name of the program, in parentheses, may
/// have blanks and parentheses in it.
fn words(stat: &str) -> Option<(usize, usize)> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(45);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_process_are_where_the_kernel_says() {
        let fields: Vec<String> = (3..=52).map(|number| number.to_string()).collect();
        assert_eq!(words(&format!("1 (a) b) {}", fields.join(" "))), Some((48, 49)));
        assert_eq!(words("1 (a) S 3"), None);
    }
}
