//! How deep a JSON document is nested. Readers go down with it, each with its own idea of how far.

use crate::error::{Error, Result};

const LIMIT: usize = 128;

/// An error where objects and lists lie more than [`LIMIT`] deep. Whether it is JSON at all is its reader's business.
pub fn check(document: &[u8]) -> Result<()> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in document {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > LIMIT {
            return Err(Error::new(format!("the document is nested more than {LIMIT} deep")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_nested_counts() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        check(deep(LIMIT).as_bytes()).unwrap();
        assert!(check(deep(LIMIT + 1).as_bytes()).is_err());
        assert!(check(format!("{{\"a\\\"\":{}}}", deep(LIMIT)).as_bytes()).is_err());
        check(format!("[{}]", "{},".repeat(1000)).as_bytes()).unwrap();
        check(format!("\"{}\\\"{}\"", "[".repeat(1000), "{".repeat(1000)).as_bytes()).unwrap();
    }
}
