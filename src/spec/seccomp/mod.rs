//! Which system calls the payload may make: a profile becomes a seccomp filter.
//!
//!     default.table -> table \
//!                             rules (first that fits decides) -> compile (a BPF program for all architectures)
//!     profile JSON -> profile /              ^ architecture (names and numbers)
//!
//! The compiler is our own because it runs at every start: libseccomp takes 12 ms and more for the default profile with
//! its three architectures, and its linear search makes every call of the payload dearer. Loading is `sys::seccomp`'s.

mod architecture;
mod compile;
mod export;
mod profile;
mod rules;
mod table;
#[cfg(test)]
mod tests;

use crate::error::{During, Result};
use crate::oci::runtime::{Capabilities, Seccomp};
use crate::settings::{SeccompChoice, Settings};
use crate::sys::seccomp::SockFilter;

/// The filter that `settings` ask for; `None` is unconfined, which is also what `--privileged` means by default.
pub fn filter(settings: &Settings, capabilities: &Capabilities) -> Result<Option<Vec<SockFilter>>> {
    chosen(settings, capabilities, || default_filter(capabilities), |profile| compile(&profile))
}

/// The same in OCI's form, for another runtime.
pub fn for_other_runtime(settings: &Settings, capabilities: &Capabilities) -> Result<Option<Seccomp>> {
    let default = || export::profile(&table::default_rules(capabilities), architecture::NATIVE_FAMILY);
    chosen(settings, capabilities, default, Ok)
}

fn chosen<T>(
    settings: &Settings,
    capabilities: &Capabilities,
    default: impl FnOnce() -> T,
    of_profile: impl FnOnce(Seccomp) -> Result<T>,
) -> Result<Option<T>> {
    match &settings.seccomp {
        SeccompChoice::Unconfined => Ok(None),
        SeccompChoice::Default if settings.privileged => Ok(None),
        SeccompChoice::Default => Ok(Some(default())),
        SeccompChoice::Profile(json) => {
            profile(json, capabilities).and_then(of_profile).map(Some).during(|| "read seccomp profile")
        }
    }
}

/// The default filter for a payload with this bounding set.
///
/// Made anew at each start, because that takes 0.05 ms (0.1 ms cold) for its three architectures and 301 instructions:
/// less than to find, check and read a file with the program in it.
pub fn default_filter(capabilities: &Capabilities) -> Vec<SockFilter> {
    let rules = table::default_rules(capabilities);
    compile::program(&rules, architecture::NATIVE_FAMILY).expect("the built-in profile fits into a filter")
}

/// Reads a profile in OCI's form or in the larger one of Docker and Podman; what depends on capabilities, architecture
/// or kernel is settled here.
pub fn profile(json: &str, capabilities: &Capabilities) -> Result<Seccomp> {
    profile::parse(json, &capabilities.bounding)
}

/// The architectures of this machine by their OCI names.
pub fn architecture_names() -> Vec<&'static str> {
    architecture::NATIVE_FAMILY.iter().map(|architecture| architecture.oci_name()).collect()
}

/// Compiles a profile in OCI's form.
pub fn compile(seccomp: &Seccomp) -> Result<Vec<SockFilter>> {
    let architectures = profile::architectures(seccomp);
    compile::program(&rules::Rules::of_profile(seccomp)?, &architectures)
}
