//! How registries are spoken to: shared by all commands that do, and in parts by those that need less.

use crate::cli::{go_bool, units};
use crate::error::{Error, Result};
use crate::host::registries::Registries;
use crate::image::pull::{PullOptions, PullPolicy};
use crate::registry;
use crate::registry::platform::Wanted;

#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Registry")]
pub struct RegistryOptions {
    /// Show no progress
    #[arg(short, long)]
    pub quiet: bool,
    /// Take the image for this platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", conflicts_with_all = ["arch", "os", "variant"])]
    pub platform: Option<String>,
    /// Take the image for this architecture
    #[arg(long, alias = "override-arch")]
    pub arch: Option<String>,
    /// Take the image for this operating system
    #[arg(long, alias = "override-os")]
    pub os: Option<String>,
    /// Take the image for this variant of the architecture
    #[arg(long, alias = "override-variant")]
    pub variant: Option<String>,
    #[command(flatten)]
    pub connection: ConnectionOptions,
    /// Use these credentials
    #[arg(long, value_name = "USER:PASSWORD")]
    pub creds: Option<String>,
    #[command(flatten)]
    pub retries: RetryOptions,
}

/// How a registry is reached, whatever is wanted of it.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Registry")]
pub struct ConnectionOptions {
    /// Read credentials from this file
    #[arg(long, value_name = "FILE")]
    pub authfile: Option<std::path::PathBuf>,
    /// Find certificates of the registry in this directory
    #[arg(long, value_name = "DIR")]
    pub cert_dir: Option<std::path::PathBuf>,
    /// Require HTTPS and a valid certificate
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", value_parser = go_bool)]
    pub tls_verify: Option<bool>,
}

/// What is done about a network that fails.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Registry")]
pub struct RetryOptions {
    /// Try so many times more when the network fails
    #[arg(long, value_name = "NUMBER")]
    pub retry: Option<u32>,
    /// Wait so long before the second try, and twice as long before each further one
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub retry_delay: Option<std::time::Duration>,
}

/// Options of Podman for what box does not do. They refuse rather than to be passed over: who signs relies on it.
#[derive(clap::Args, Debug, Default)]
pub struct UnsupportedOptions {
    #[arg(long, hide = true, value_name = "KEY")]
    sign_by: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    sign_by_sigstore: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    sign_by_sigstore_private_key: Option<String>,
    #[arg(long, hide = true, value_name = "FINGERPRINT")]
    sign_by_sq_fingerprint: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    sign_passphrase_file: Option<String>,
    #[arg(long, hide = true, value_name = "KEY")]
    encryption_key: Vec<String>,
    #[arg(long, hide = true, value_name = "LAYER")]
    encrypt_layer: Vec<String>,
}

impl UnsupportedOptions {
    pub fn refuse(&self) -> Result<()> {
        let signs = [
            ("--sign-by", &self.sign_by),
            ("--sign-by-sigstore", &self.sign_by_sigstore),
            ("--sign-by-sigstore-private-key", &self.sign_by_sigstore_private_key),
            ("--sign-by-sq-fingerprint", &self.sign_by_sq_fingerprint),
            ("--sign-passphrase-file", &self.sign_passphrase_file),
        ];
        if let Some((option, _)) = signs.iter().find(|(_, value)| value.is_some()) {
            return Err(Error::usage(format!("{option}: box does not sign images"))
                .with_hint("sign what is pushed with a tool such as cosign"));
        }
        match self.encryption_key.is_empty() && self.encrypt_layer.is_empty() {
            true => Ok(()),
            false => Err(Error::usage("--encryption-key, --encrypt-layer: box does not encrypt layers")),
        }
    }
}

impl RetryOptions {
    pub fn applied_to(&self, options: registry::Options) -> registry::Options {
        registry::Options {
            tries: self.retry.map_or(options.tries, |retry| retry.saturating_add(1)),
            retry_delay: self.retry_delay.unwrap_or(options.retry_delay),
            ..options
        }
    }
}

impl ConnectionOptions {
    /// With what registries.conf adds.
    pub fn options(&self, registries: &Registries) -> Result<registry::Options> {
        Ok(registry::Options {
            authfile: self.authfile.clone(),
            helpers: registries.credential_helpers.clone(),
            cert_dir: self.cert_dir.clone(),
            tls_verify: self.tls_verify,
            ..registry::Options::default()
        })
    }
}

impl RegistryOptions {
    pub fn into_pull_options(self, policy: PullPolicy) -> Result<PullOptions> {
        let platform = match (&self.platform, &self.os, &self.arch, &self.variant) {
            (Some(platform), ..) => Some(super::parsed("--platform", platform, str::parse)?),
            (None, None, None, None) => None,
            (None, os, arch, variant) => Some(Wanted::of_parts(os.as_deref(), arch.as_deref(), variant.as_deref())),
        };
        Ok(PullOptions {
            policy,
            platform,
            authfile: self.connection.authfile,
            creds: self.creds,
            cert_dir: self.connection.cert_dir,
            tls_verify: self.connection.tls_verify,
            retry: self.retries.retry,
            retry_delay: self.retries.retry_delay,
        })
    }
}

/// When the registry is asked although an image of that name is here.
pub fn policy(text: &str) -> Result<PullPolicy> {
    match text.to_ascii_lowercase().as_str() {
        "always" | "true" | "1" => Ok(PullPolicy::Always),
        "missing" | "ifmissing" | "ifnotpresent" | "notpresent" | "" => Ok(PullPolicy::Missing),
        "never" | "false" | "0" => Ok(PullPolicy::Never),
        "newer" | "ifnewer" => Ok(PullPolicy::Newer),
        _ => Err(Error::usage("expected missing, always, never or newer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_have_the_names_of_podman_and_kubernetes() {
        assert_eq!(policy("Always").ok(), Some(PullPolicy::Always));
        assert_eq!(policy("IfNotPresent").ok(), Some(PullPolicy::Missing));
        assert!(policy("sometimes").is_err());
    }
}
