//! Variables and labels: `--env`, `--env-file`, `--label`, and what of the host's environment goes inside.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::host::account::Account;
use crate::host::dirs;

type Variables = Vec<(String, String)>;

/// What a program behind a proxy needs in order to find it; either spelling counts.
const PROXIES: [&str; 5] = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"];

/// This process's own variables. What is not UTF-8 cannot be named on a command line either.
pub fn of_host() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The proxy variables among the host's, and those of Docker's configuration that the host does not have.
pub fn proxies(host: &[(String, String)]) -> Variables {
    let configured = dirs::docker_configuration(&Account::current()).and_then(|path| std::fs::read(path).ok());
    of_host_and(host, &configured.unwrap_or_default())
}

/// `configuration`: Docker's config.json. One that cannot be read has no proxies; a pull says what is wrong with it.
fn of_host_and(host: &[(String, String)], configuration: &[u8]) -> Variables {
    let is_one = |name: &str| PROXIES.contains(&name.to_ascii_lowercase().as_str());
    let mut variables: Variables = host.iter().filter(|(name, _)| is_one(name)).cloned().collect();
    let configured: serde_json::Value = serde_json::from_slice(configuration).unwrap_or_default();
    for name in PROXIES {
        // `httpProxy` for `http_proxy`; those of one daemon's address are for Docker alone.
        let key = name.replace("_proxy", "Proxy");
        let value = configured["proxies"]["default"][&key].as_str().filter(|value| !value.is_empty());
        let is_known = variables.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if let (Some(value), false) = (value, is_known) {
            variables.extend([name.to_ascii_uppercase(), name.to_owned()].map(|name| (name, value.to_owned())));
        }
    }
    variables
}

/// All of `--env-file` and, above them, of `--env`.
pub fn of_options(files: &[String], singles: &[String], host: &[(String, String)]) -> Result<Variables> {
    let mut variables = Variables::new();
    for path in files {
        // As systemd has it: with a `-`, a file that is not there does not matter.
        let (path, may_lack) = path.strip_prefix('-').map_or((path.as_str(), false), |path| (path, true));
        if may_lack && !Path::new(path).exists() {
            continue;
        }
        let text = super::read("--env-file", path)?;
        variables.extend(super::parsed("--env-file", path, |_| file(&text, host))?);
    }
    variables.extend(super::each("--env", singles, |text| variable(text, host))?.concat());
    Ok(variables)
}

/// One `--env`: `NAME=VALUE`, `NAME` for the host's value if it has one, or `PREFIX*` for all that begin so.
pub fn variable(text: &str, host: &[(String, String)]) -> Result<Variables> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if name.is_empty() || name.contains('\0') {
        return Err(Error::usage(format!("`{text}` names no variable")));
    }
    Ok(match (value, name.strip_suffix('*')) {
        (Some(value), _) => vec![(name.to_owned(), value.to_owned())],
        (None, Some(prefix)) => host.iter().filter(|(name, _)| name.starts_with(prefix)).cloned().collect(),
        (None, None) => host.iter().filter(|(known, _)| known == name).cloned().collect(),
    })
}

/// One `--unsetenv`.
pub fn name(text: &str) -> Result<String> {
    match text.is_empty() || text.contains(['=', '\0']) {
        true => Err(Error::usage("expected the name of a variable")),
        false => Ok(text.to_owned()),
    }
}

/// The lines of an `--env-file`: as `--env`, without quotes and expansion; `#` begins a comment line.
pub fn file(text: &str, host: &[(String, String)]) -> Result<Variables> {
    let mut variables = Variables::new();
    for (number, line) in lines(text) {
        let name = line.split('=').next().unwrap_or(line);
        if name.trim_end().contains(char::is_whitespace)
            || (name.len() < line.len() && name.ends_with(char::is_whitespace))
        {
            return Err(Error::usage(format!("the name in line {number} contains white space")));
        }
        variables.extend(variable(line, host).map_err(|error| error.while_doing(format!("line {number}")))?);
    }
    Ok(variables)
}

/// The lines of a `--label-file`.
pub fn label_file(text: &str) -> Result<Variables> {
    lines(text).map(|(_, line)| label(line)).collect()
}

/// The labels of files and options; an option wins.
pub fn labels(files: &[String], options: &[String]) -> Result<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    for path in files {
        let text = super::read("--label-file", path)?;
        labels.extend(super::parsed("--label-file", path, |_| label_file(&text))?);
    }
    labels.extend(super::each("--label", options, label)?);
    Ok(labels)
}

/// One `--label`: `NAME=VALUE`, or `NAME` alone for an empty value.
pub fn label(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    if name.is_empty() {
        return Err(Error::usage(format!("`{text}` has no name before the `=`")));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// One `--opt` of a driver: `KEY=VALUE`.
pub fn driver_option(text: &str) -> Result<(String, String)> {
    let (key, value) = text.split_once('=').ok_or_else(|| Error::usage("expected KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// One `--annotation`: as a label, but the value must be there.
pub fn annotation(text: &str) -> Result<(String, String)> {
    if text.contains('=') { label(text) } else { Err(Error::usage(format!("`{text}` is not of the form NAME=VALUE"))) }
}

/// The numbered lines that say something. A byte order mark and `\r` come from editors of other systems.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.trim_start_matches('\u{feff}').lines().enumerate();
    numbered
        .map(|(index, line)| (index + 1, line.trim_start()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Variables {
        [("LANG", "C"), ("LC_TIME", "de"), ("LC_ALL", ""), ("HTTPS_PROXY", "http://p"), ("no_proxy", "x")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    fn shown(variables: Result<Variables>) -> Option<String> {
        variables
            .ok()
            .map(|list| list.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(";"))
    }

    #[test]
    fn variables_are_given_or_inherited() {
        for (text, expected) in [
            ("A=b", Some("A=b")),
            ("A=", Some("A=")),
            ("A=b=c d", Some("A=b=c d")),
            ("A*=b", Some("A*=b")),
            ("LANG", Some("LANG=C")),
            ("LC_*", Some("LC_TIME=de;LC_ALL=")),
            ("ABSENT", Some("")),
            ("", None),
            ("=b", None),
        ] {
            assert_eq!(shown(variable(text, &host())).as_deref(), expected, "{text}");
        }
        assert_eq!(shown(variable("*", &host())).unwrap().matches(';').count(), 4);
    }

    #[test]
    fn env_files_have_no_quotes_and_no_expansion() {
        let text = "\u{feff}# a comment\r\n\r\n  A=1 # not a comment\nB=\"$A\"\r\nLANG\nABSENT\n";
        assert_eq!(shown(file(text, &host())).unwrap(), "A=1 # not a comment;B=\"$A\";LANG=C");
        let error = file("A=1\nB C=2\n", &host()).unwrap_err();
        assert_eq!(error.to_string(), "the name in line 2 contains white space");
        assert!(file("=x", &host()).unwrap_err().to_string().starts_with("line 1: "));
        assert!(file("A =x", &host()).is_err());
    }

    #[test]
    fn labels_may_have_no_value_but_a_name() {
        assert_eq!(label("a=b=c").unwrap(), ("a".into(), "b=c".into()));
        assert_eq!(label("a").unwrap(), ("a".into(), String::new()));
        assert!(label("=a").is_err() && annotation("a").is_err());
        assert_eq!(label_file("# x\na=1\nb\n").unwrap().len(), 2);
    }

    #[test]
    fn proxies_are_found_in_both_spellings() {
        assert_eq!(shown(Ok(of_host_and(&host(), b""))).unwrap(), "HTTPS_PROXY=http://p;no_proxy=x");
    }

    #[test]
    fn dockers_proxies_are_taken_where_the_host_has_none() {
        let configuration =
            br#"{"proxies": {"default": {"httpProxy": "http://d", "httpsProxy": "http://e", "noProxy": ""}}}"#;
        assert_eq!(
            shown(Ok(of_host_and(&host(), configuration))).unwrap(),
            "HTTPS_PROXY=http://p;no_proxy=x;HTTP_PROXY=http://d;http_proxy=http://d"
        );
        assert_eq!(shown(Ok(of_host_and(&[], b"nonsense"))).unwrap(), "");
    }
}
