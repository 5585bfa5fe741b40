//! policy.json (containers-policy.json(5)): from where images may come at all.
//!
//!     ~/.config/containers/policy.json, or /etc/containers/policy.json; without either, everything may come
//!
//! The most specific scope that the file names decides, and all of its requirements must hold. Of these box knows two:
//! to accept and to reject. A requirement that asks for a signature is one that box cannot verify, and so refuses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::account::Account;
use super::dirs;
use crate::error::{During, Error, Result};
use crate::oci::Reference;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `None`: there is no file.
    rules: Option<(PathBuf, Rules)>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    default: Vec<Requirement>,
    /// Transport -> scope -> requirements.
    #[serde(default)]
    transports: BTreeMap<String, BTreeMap<String, Vec<Requirement>>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Requirement {
    #[serde(rename = "type")]
    kind: String,
}

impl Policy {
    /// Reads the file of this user, else of this machine.
    pub fn load() -> Result<Policy> {
        let user = dirs::config_home(&Account::current()).map(|config| config.join("containers/policy.json"));
        for path in user.into_iter().chain([PathBuf::from("/etc/containers/policy.json")]) {
            match std::fs::read(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                text => {
                    return text
                        .map_err(Error::from)
                        .and_then(|text| Policy::of_text(&path, &text))
                        .during(|| format!("read `{}`", path.display()));
                }
            }
        }
        Ok(Policy::default())
    }

    fn of_text(path: &Path, text: &[u8]) -> Result<Policy> {
        let rules: Rules = serde_json::from_slice(text)?;
        let all = rules.transports.values().flat_map(BTreeMap::values).chain([&rules.default]);
        let least = all.map(Vec::len).min();
        match least == Some(0) {
            // Nothing to hold is no permission, in the words of the manual.
            true => Err(Error::new("a list of requirements is empty")),
            false => Ok(Policy { rules: Some((path.to_owned(), rules)) }),
        }
    }

    /// An error where an image of that name may not come from its registry.
    pub fn check_registry(&self, reference: &Reference) -> Result<()> {
        self.check("docker", registry_scopes(reference), &reference.to_string())
    }

    /// An error where an image may not come from there: `transport` is `dir`, `oci`, `oci-archive` or `docker-archive`.
    /// Whatever comes through a pipe has no path.
    pub fn check_path(&self, transport: &str, path: Option<&Path>) -> Result<()> {
        let path = path.map(|path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
        // docker-archive has no scopes: anybody can give such a file any name.
        let scopes = match &path {
            Some(path) if transport != "docker-archive" => path_scopes(path),
            _ => Vec::new(),
        };
        let shown = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
        self.check(transport, scopes, &format!("{transport}:{shown}"))
    }

    /// `scopes`: the most specific one first.
    fn check(&self, transport: &str, scopes: Vec<String>, what: &str) -> Result<()> {
        let Some((path, rules)) = &self.rules else { return Ok(()) };
        let named = rules.transports.get(transport);
        let of_transport =
            named.and_then(|named| scopes.iter().map(String::as_str).chain([""]).find_map(|scope| named.get(scope)));
        let requirements = of_transport.unwrap_or(&rules.default);
        let refused = |cause: String, hint: &str| {
            Err(Error::new(cause).with_hint(hint).while_doing(format!("ask `{}` for {what}", path.display())))
        };
        for requirement in requirements {
            match requirement.kind.as_str() {
                "insecureAcceptAnything" => {}
                "reject" => return refused("the policy rejects it".to_owned(), "the policy file says what may come"),
                signed => {
                    return refused(
                        format!("the policy wants `{}`, which box cannot verify", signed.escape_debug()),
                        "let this scope have insecureAcceptAnything, or fetch it with a tool that verifies signatures",
                    );
                }
            }
        }
        Ok(())
    }
}

/// The whole name, the repository, the namespaces above it, the registry, and the domains above that.
fn registry_scopes(reference: &Reference) -> Vec<String> {
    let mut scopes = vec![reference.to_string()];
    let mut name = reference.repository();
    loop {
        scopes.push(name.clone());
        match name.rsplit_once('/') {
            Some((parent, _)) => name = parent.to_owned(),
            None => break,
        }
    }
    let mut host = name.split(':').next().unwrap_or(&name);
    while let Some((_, parent)) = host.split_once('.') {
        scopes.push(format!("*.{parent}"));
        host = parent;
    }
    scopes
}

/// The path and the directories above it, but the root.
fn path_scopes(path: &Path) -> Vec<String> {
    let ancestors = path.ancestors().filter(|path| path.parent().is_some());
    ancestors.map(|path| path.to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Policy {
        Policy::of_text(Path::new("/p"), text.as_bytes()).unwrap()
    }

    fn accepts(policy: &Policy, name: &str) -> bool {
        policy.check_registry(&Reference::parse(name).unwrap()).is_ok()
    }

    const ACCEPT: &str = r#"[{"type":"insecureAcceptAnything"}]"#;
    const REJECT: &str = r#"[{"type":"reject"}]"#;

    #[test]
    fn most_specific_scope_decides() {
        let policy = policy(&format!(
            r#"{{"default": {REJECT}, "transports": {{"docker": {{
                "quay.io": {ACCEPT}, "quay.io/bad": {REJECT}, "quay.io/bad/but:good": {ACCEPT},
                "*.example.com": {ACCEPT}, "localhost:5000": {ACCEPT}}}}}}}"#
        ));
        for name in ["quay.io/x:1", "quay.io/team/x:1", "quay.io/bad/but:good", "a.b.example.com:443/x:1"] {
            assert!(accepts(&policy, name), "{name}");
        }
        for name in ["docker.io/library/x:1", "quay.io/bad/x:1", "quay.io/bad/but:other", "example.com/x:1"] {
            assert!(!accepts(&policy, name), "{name}");
        }
        assert!(accepts(&policy, "localhost:5000/x:1") && !accepts(&policy, "localhost:5001/x:1"));
        assert!(accepts(&Policy::default(), "any.where/x:1"));
    }

    #[test]
    fn empty_scope_is_for_the_transport_and_paths_are_scopes_too() {
        let policy = policy(&format!(
            r#"{{"default": {REJECT}, "transports": {{"docker": {{"": {ACCEPT}}}, "dir": {{"/good": {ACCEPT}}},
                "docker-archive": {{"": {ACCEPT}}}}}}}"#
        ));
        assert!(accepts(&policy, "any.where/x:1"));
        let path = |transport: &str, path: &str| policy.check_path(transport, Some(Path::new(path))).is_ok();
        assert!(path("dir", "/good/nonexistent/image") && !path("dir", "/other") && !path("oci", "/good/x"));
        assert!(path("docker-archive", "/anything") && policy.check_path("docker-archive", None).is_ok());
        assert!(policy.check_path("oci-archive", None).is_err());
    }

    #[test]
    fn what_cannot_be_verified_is_refused_and_never_passed() {
        for kind in ["signedBy", "sigstoreSigned", "signedBaseLayer", "anything else"] {
            let text = format!(r#"[{{"type":"{kind}","keyPath":"/k"}}]"#);
            let both = format!(r#"[{{"type":"insecureAcceptAnything"}},{{"type":"{kind}"}}]"#);
            for requirements in [text, both] {
                let policy = policy(&format!(r#"{{"default": {requirements}}}"#));
                let error = policy.check_registry(&Reference::parse("quay.io/x:1").unwrap()).unwrap_err().to_string();
                assert!(error.contains(kind) && error.contains("quay.io/x:1"), "{error}");
            }
        }
    }

    #[test]
    fn fuzz_no_policy_passes_what_it_does_not_understand() {
        let seeds: [&[u8]; 3] = [
            br#"{"default": [{"type":"insecureAcceptAnything"}]}"#,
            br#"{"default": [{"type":"reject"}], "transports": {"docker": {"quay.io": [{"type":"signedBy"}]}}}"#,
            br#"{"default": [{"type":"sigstoreSigned","keyPath":"/k"},{"type":"insecureAcceptAnything"}]}"#,
        ];
        let words = ["\"type\"", "\"reject\"", "[", "]", "{", "}", ",", ":", "\"\"", "\"docker\"", "\"quay.io/x\""];
        crate::fuzz::mutations("policy.json", &seeds, &words, 5_000, |input| {
            let policy = match Policy::of_text(Path::new("/p"), input) {
                Ok(policy) => policy,
                Err(error) => return error.to_string(),
            };
            let outcome = policy.check_registry(&Reference::parse("quay.io/x:1").unwrap());
            let accepted = String::from_utf8_lossy(input).contains("insecureAcceptAnything");
            assert!(outcome.is_err() || accepted, "passes without a word that lets it");
            outcome.map_or_else(|error| error.to_string(), |()| "passes".to_owned())
        });
    }

    #[test]
    fn malformed_file_is_an_error() {
        let read = |text: &str| Policy::of_text(Path::new("/p"), text.as_bytes());
        for text in [
            "{}",
            "",
            r#"{"default": []}"#,
            r#"{"default": [{"type":"reject"}], "other": 1}"#,
            r#"{"default": [{"type":"reject"}], "transports": {"docker": {"x": []}}}"#,
            r#"{"default": [{}]}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
