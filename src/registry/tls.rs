//! The HTTP client of one registry: whom it trusts, how long it waits, where it may be sent on to.
//!
//! Trusted are the machine's certificate authorities (`SSL_CERT_FILE` and `SSL_CERT_DIR` say where they are) and the
//! files of containers-certs.d(5) for that registry: `*.crt` authorities, `*.cert` with `*.key` our own identity.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::auth::is_link_local;
use super::failure::shown;
use crate::error::{During, Error, Result};
use crate::host::account::Account;
use crate::host::dirs;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const REDIRECT_LIMIT: usize = 10;

/// How long a client waits for a server that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// So long from the question to the answer, and from each part of it to the next.
    BetweenBytes(Duration),
    /// The one who asks looks after that: a body that is sent takes its time.
    Endless,
}

/// `registry`: host and port, as the directory in certs.d is named.
pub(super) fn http_client(
    registry: &str,
    insecure: bool,
    cert_dir: Option<&Path>,
    patience: Patience,
) -> Result<reqwest::Client> {
    let files = CertificateFiles::read(&certificate_dirs(registry, cert_dir))?;
    let tls = tls_config(files, insecure).during(|| "set up TLS")?;
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("box/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .referer(false)
        .redirect(Policy::custom(follow))
        // Three layers at once, and what is asked between them.
        .pool_max_idle_per_host(4);
    if let Patience::BetweenBytes(limit) = patience {
        builder = builder.read_timeout(limit);
    }
    if is_loopback(registry) {
        // As Go's programs do: what is on this machine is not behind a proxy.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        // What can be wrong is a proxy variable that is no URL.
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        Error::new(shown(&cause)).while_doing("set up HTTP")
    })
}

/// Goes where a registry sends us, but never from https to http. reqwest drops the credentials at another host.
fn follow(attempt: Attempt) -> reqwest::redirect::Action {
    let from_https = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    match attempt.url().scheme() {
        _ if attempt.previous().len() > REDIRECT_LIMIT => attempt.error("it redirects more than 10 times"),
        _ if is_link_local(attempt.url()) => attempt.error("it redirects to a link-local network"),
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

fn certificate_dirs(registry: &str, cert_dir: Option<&Path>) -> Vec<PathBuf> {
    if let Some(dir) = cert_dir {
        return vec![dir.to_owned()];
    }
    let user = dirs::config_home(&Account::current()).map(|config| config.join("containers/certs.d"));
    let machine = ["/etc/containers/certs.d", "/etc/docker/certs.d"].map(PathBuf::from);
    // A registry's name has been checked by the grammar of references: it is one component of a path.
    user.into_iter().chain(machine).map(|dir| dir.join(registry)).collect()
}

/// What certs.d holds for one registry.
#[derive(Default)]
struct CertificateFiles {
    authorities: Vec<CertificateDer<'static>>,
    /// The first identity that is found.
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl CertificateFiles {
    fn read(dirs: &[PathBuf]) -> Result<CertificateFiles> {
        let mut found = CertificateFiles::default();
        for dir in dirs {
            let entries = std::fs::read_dir(dir).into_iter().flatten(); // most registries have no directory
            let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            files.sort();
            for file in files {
                found.add(&file).during(|| format!("use certificate `{}`", file.display()))?;
            }
        }
        Ok(found)
    }

    fn add(&mut self, file: &Path) -> Result<()> {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("crt") => self.authorities.extend(read_certificates(file)?),
            Some("cert") if self.identity.is_none() => {
                let key = file.with_extension("key");
                let pem = std::fs::read(&key).during(|| format!("read its key `{}`", key.display()))?;
                let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| Error::new("its key is not PEM"))?;
                self.identity = Some((read_certificates(file)?, key));
            }
            _ => {}
        }
        Ok(())
    }
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let pem = std::fs::read(file)?;
    let certificates: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::new("it holds no certificate in PEM")),
    }
}

fn tls_config(files: CertificateFiles, insecure: bool) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match insecure {
        // The machine's authorities are not even read: it may have none.
        true => Arc::new(Anyone(provider.clone())),
        false => Arc::new(Trusted::new(files.authorities, provider.clone())?),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match files.identity {
        None => config.with_no_client_auth(),
        Some((chain, key)) => config
            .with_client_auth_cert(chain, key)
            .map_err(|error| Error::new(format!("the client certificate cannot be used: {error}")))?,
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Accepts what an authority has signed, and a certificate that lies in certs.d itself.
#[derive(Debug)]
struct Trusted {
    by_authority: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl Trusted {
    fn new(own: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Result<Trusted> {
        let mut roots = RootCertStore::empty();
        // Some files of a bundle may be unreadable or malformed; the others count.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(own.iter().cloned());
        if roots.is_empty() {
            return Err(Error::new("no certificate authority is known on this machine")
                .with_hint("install the package ca-certificates, or name a file with SSL_CERT_FILE"));
        }
        let by_authority = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| Error::new(error.to_string()))?;
        Ok(Trusted { by_authority, own })
    }
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let by_authority =
            self.by_authority.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if by_authority.is_err() && self.own.contains(end_entity) {
            // What `openssl req -x509` makes is an authority's certificate used as a server's, which webpki refuses.
            // Docker's manual tells people to make and to install just that; its name has to be right all the same.
            rustls::client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        by_authority
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.by_authority.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.by_authority.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.supported_verify_schemes()
    }
}

/// Accepts any certificate, for registries that are configured as insecure.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
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

    #[test]
    fn file_that_is_no_certificate_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("README"), "anything").unwrap();
        assert!(CertificateFiles::read(&[dir.path().to_owned(), "/nonexistent".into()]).is_ok());
        std::fs::write(dir.path().join("ca.crt"), "garbage").unwrap();
        let error = CertificateFiles::read(&[dir.path().to_owned()]).err().unwrap();
        assert!(error.to_string().contains("ca.crt"), "{error}");
    }
}
