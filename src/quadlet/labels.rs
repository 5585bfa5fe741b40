//! Labels that tie a container to the service it runs in, in Podman's words.

use crate::error::{Error, Result};

/// The policy of a container.
pub const POLICY_LABEL: &str = "io.containers.autoupdate";
/// A file of credentials of its own.
pub const AUTHFILE_LABEL: &str = "io.containers.autoupdate.authfile";
/// The service that a container runs in: a label of it, and what the service says in its environment.
pub const UNIT: &str = "PODMAN_SYSTEMD_UNIT";

/// Where a newer image comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Registry,
    /// What the name means here by now.
    Local,
}

impl Policy {
    /// The word of the label; `None` for those that mean no updates.
    pub fn parse(word: &str) -> Result<Option<Policy>> {
        match word {
            "registry" | "image" => Ok(Some(Policy::Registry)),
            "local" => Ok(Some(Policy::Local)),
            "" | "disabled" => Ok(None),
            _ => Err(Error::usage(format!("`{}`: expected registry, local or disabled", word.escape_debug()))),
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Policy::Registry => "registry",
            Policy::Local => "local",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_those_of_the_label() {
        for (word, policy) in [
            ("registry", Some(Policy::Registry)),
            ("image", Some(Policy::Registry)),
            ("local", Some(Policy::Local)),
            ("disabled", None),
            ("", None),
        ] {
            assert_eq!(Policy::parse(word).unwrap(), policy, "{word}");
        }
        assert!(Policy::parse("yes").is_err());
    }
}
