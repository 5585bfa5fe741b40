//! The HTTP client of one registry: whom it trusts, how long it waits, where it may be sent on to.
//!
//! Trusted are the machine's certificate authorities (`SSL_CERT_FILE` and `SSL_CERT_DIR` say where they are) and the
//! files of containers-certs.d(5) for that registry: `*.crt` authorities, `*.cert` with `*.key` our own identity.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Identity};

use super::failure::shown;
use crate::error::{During, Error, Result};
use crate::host::account::Account;
use crate::host::dirs;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Between two bytes; a slow stream that moves is no failure.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const REDIRECT_LIMIT: usize = 10;

/// `registry`: host and port, as the directory in certs.d is named.
pub(super) fn http_client(registry: &str, insecure: bool, cert_dir: Option<&Path>) -> Result<reqwest::Client> {
    // Fails where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("box/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .referer(false)
        .redirect(Policy::custom(follow))
        // Three layers at once, and what is asked between them.
        .pool_max_idle_per_host(4);
    if is_loopback(registry) {
        // As Go's programs do: what is on this machine is not behind a proxy.
        builder = builder.no_proxy();
    }
    builder = match insecure {
        // No authorities are loaded then: a machine may have none.
        true => builder.tls_danger_accept_invalid_certs(true),
        false => builder,
    };
    for file in certificate_files(registry, cert_dir) {
        builder =
            add_certificate(builder, &file, insecure).during(|| format!("use certificate `{}`", file.display()))?;
    }
    builder.build().map_err(|error| {
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        Error::new(shown(&cause)).while_doing("set up TLS").with_hint(
            "are the certificate authorities installed (package ca-certificates)? SSL_CERT_FILE can name others",
        )
    })
}

/// Goes where a registry sends us, but never from https to http. reqwest drops the credentials at another host.
fn follow(attempt: Attempt) -> reqwest::redirect::Action {
    let from_https = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    match attempt.url().scheme() {
        _ if attempt.previous().len() > REDIRECT_LIMIT => attempt.error("it redirects more than 10 times"),
        "https" => attempt.follow(),
        "http" if !from_https => attempt.follow(),
        "http" => attempt.error("it redirects from https to http"),
        _ => attempt.error("it redirects to something that is not http"),
    }
}

pub(super) fn is_loopback(registry: &str) -> bool {
    let host = match registry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => registry.split(':').next().unwrap_or(registry),
    };
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn certificate_files(registry: &str, cert_dir: Option<&Path>) -> Vec<PathBuf> {
    let dirs = match cert_dir {
        Some(dir) => vec![dir.to_owned()],
        None => {
            let user = dirs::config_home(&Account::current()).map(|config| config.join("containers/certs.d"));
            let machine = ["/etc/containers/certs.d", "/etc/docker/certs.d"].map(PathBuf::from);
            // A registry's name has been checked by the grammar of references: it is one component of a path.
            user.into_iter().chain(machine).map(|dir| dir.join(registry)).collect()
        }
    };
    let entries = dirs.iter().flat_map(|dir| std::fs::read_dir(dir).into_iter().flatten());
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}

fn add_certificate(builder: reqwest::ClientBuilder, file: &Path, insecure: bool) -> Result<reqwest::ClientBuilder> {
    let malformed = |_| Error::new("it does not hold PEM that can be used");
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("crt") if !insecure => {
            let authorities = Certificate::from_pem_bundle(&std::fs::read(file)?).map_err(malformed)?;
            Ok(builder.tls_certs_merge(authorities))
        }
        Some("cert") => {
            let key = file.with_extension("key");
            let mut pem = std::fs::read(file)?;
            pem.push(b'\n');
            pem.extend(std::fs::read(&key).during(|| format!("read its key `{}`", key.display()))?);
            Ok(builder.identity(Identity::from_pem(&pem).map_err(malformed)?))
        }
        _ => Ok(builder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for yes in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000", "[::1]"] {
            assert!(is_loopback(yes), "{yes}");
        }
        for no in ["localhost.example.com", "10.0.0.1:5000", "[::2]:5000", "quay.io"] {
            assert!(!is_loopback(no), "{no}");
        }
    }
}
