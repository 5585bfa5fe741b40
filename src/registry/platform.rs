//! Which image of an index is for this machine.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::oci::manifest::{Descriptor, Index, Platform};

/// What is wanted: `--platform os/arch[/variant]`, or this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub os: String,
    pub architecture: String,
    /// `None`: the best that the architecture can run.
    pub variant: Option<String>,
}

impl Wanted {
    /// Linux on the processor that box was built for.
    pub fn this_machine() -> Wanted {
        let (architecture, variant) = normalized(std::env::consts::ARCH, None);
        Wanted { os: "linux".to_owned(), architecture, variant }
    }

    /// `--os`, `--arch` and `--variant`: what is not given is this machine's.
    pub fn of_parts(os: Option<&str>, architecture: Option<&str>, variant: Option<&str>) -> Wanted {
        let host = Wanted::this_machine();
        match architecture {
            Some(architecture) => {
                let (architecture, variant) = normalized(architecture, variant);
                Wanted { os: os.map_or(host.os, str::to_lowercase), architecture, variant }
            }
            None => Wanted {
                os: os.map_or(host.os, str::to_lowercase),
                architecture: host.architecture,
                variant: variant.map(str::to_owned).or(host.variant),
            },
        }
    }

    /// The image for this platform; of several the one whose variant fits best, and of those the first.
    pub fn choose<'a>(&self, index: &'a Index) -> Result<&'a Descriptor> {
        let fitting = index.manifests.iter().filter_map(|entry| Some((self.fitness(entry.platform.as_ref()?)?, entry)));
        // `max_by_key` would give the last of equals.
        let best = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((_, entry)) => Ok(entry),
            // An index made by hand may hold one image and say nothing about it.
            None if index.manifests.len() == 1 && index.manifests[0].platform.is_none() => Ok(&index.manifests[0]),
            None => Err(self.not_in(index)),
        }
    }

    /// Whether an image of that platform is one of this.
    pub fn runs(&self, os: &str, architecture: &str, variant: Option<&str>) -> bool {
        let offered =
            Platform { os: os.to_owned(), architecture: architecture.to_owned(), variant: variant.map(str::to_owned) };
        self.fitness(&offered).is_some()
    }

    /// `None`: cannot run here. Higher is better.
    fn fitness(&self, offered: &Platform) -> Option<u32> {
        let (architecture, offered_variant) = normalized(&offered.architecture, offered.variant.as_deref());
        if offered.os.to_lowercase() != self.os || architecture != self.architecture {
            return None;
        }
        let level = |variant: &str| variant.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok());
        match (&self.variant, &offered_variant) {
            (Some(wanted), Some(offered)) if wanted == offered => Some(100),
            // An older variant of the same processor runs on a newer one: arm v6 on v7, amd64 v1 on v3.
            (Some(wanted), Some(offered)) => {
                level(offered).filter(|&offered| level(wanted).is_some_and(|w| offered < w))
            }
            (_, None) => Some(99),
            // Nothing is known about this machine: the variant that asks least of it.
            (None, Some(offered)) => Some(98 - level(offered).unwrap_or(90).min(90)),
        }
    }

    fn not_in(&self, index: &Index) -> Error {
        let offered: Vec<String> = index
            .manifests
            .iter()
            .filter_map(|entry| entry.platform.as_ref())
            // Attestations stand in the index as images of an unknown platform.
            .filter(|platform| platform.os != "unknown")
            .take(20)
            .map(|p| shown(&p.os, &p.architecture, p.variant.as_deref()).escape_debug().to_string())
            .collect();
        let error = Error::new(format!("no image for {self} in this index"));
        match offered.is_empty() {
            true => error,
            false => error.with_hint(format!("it has {}; choose with --platform", offered.join(", "))),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.os, &self.architecture, self.variant.as_deref()))
    }
}

impl FromStr for Wanted {
    type Err = Error;

    /// Reads `os/arch[/variant]`, or `arch` alone.
    fn from_str(text: &str) -> Result<Wanted> {
        let parts: Vec<&str> = text.split('/').collect();
        let word =
            |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if !parts.iter().all(word) {
            return Err(Error::usage(format!("`{}` is not a platform such as linux/arm64/v8", text.escape_debug())));
        }
        match parts.as_slice() {
            ["linux"] => Ok(Wanted::this_machine()),
            [architecture] => Ok(Wanted::of_parts(None, Some(architecture), None)),
            [os, architecture] => Ok(Wanted::of_parts(Some(os), Some(architecture), None)),
            [os, architecture, variant] => Ok(Wanted::of_parts(Some(os), Some(architecture), Some(variant))),
            _ => Err(Error::usage(format!("`{}` is not a platform such as linux/arm64/v8", text.escape_debug()))),
        }
    }
}

fn shown(os: &str, architecture: &str, variant: Option<&str>) -> String {
    match variant {
        Some(variant) => format!("{os}/{architecture}/{variant}"),
        None => format!("{os}/{architecture}"),
    }
}

/// Go's names for processors, which the specifications use, and one spelling of the variants.
fn normalized(architecture: &str, variant: Option<&str>) -> (String, Option<String>) {
    let architecture = architecture.to_lowercase();
    let variant = variant.filter(|v| !v.is_empty()).map(|v| match v.starts_with('v') {
        true => v.to_owned(),
        false => format!("v{v}"),
    });
    let (architecture, default) = match architecture.as_str() {
        "x86_64" | "x86-64" | "amd64" => ("amd64", None),
        "aarch64" | "arm64" => ("arm64", Some("v8")),
        "armhf" => ("arm", Some("v7")),
        "armel" => ("arm", Some("v6")),
        "arm" => ("arm", Some("v7")),
        "i386" | "i686" | "x86" | "386" => ("386", None),
        "powerpc64le" | "ppc64el" => ("ppc64le", None),
        other => (other, None),
    };
    // amd64 v1 is what every image without a variant is built for.
    let variant = variant.filter(|v| !(architecture == "amd64" && v == "v1"));
    (architecture.to_owned(), variant.or(default.map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    fn index(platforms: &[&str]) -> Index {
        let entry = |text: &&str| {
            let mut parts = text.split('/').map(str::to_owned);
            Descriptor {
                media_type: crate::oci::manifest::OCI_MANIFEST.to_owned(),
                digest: Digest::sha256_of(text.as_bytes()),
                size: 1,
                platform: Some(Platform {
                    os: parts.next().unwrap(),
                    architecture: parts.next().unwrap(),
                    variant: parts.next(),
                }),
                annotations: Default::default(),
            }
        };
        Index { schema_version: 2, media_type: None, manifests: platforms.iter().map(entry).collect() }
    }

    fn check(wanted: &str, offered: &[&str], chosen: Option<&str>) {
        let index = index(offered);
        let got = wanted.parse::<Wanted>().unwrap().choose(&index).ok().map(|entry| entry.digest.clone());
        assert_eq!(got, chosen.map(|text| Digest::sha256_of(text.as_bytes())), "{wanted} of {offered:?}");
    }

    #[test]
    fn image_of_the_platform_is_chosen() {
        let offered =
            ["unknown/unknown", "linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "windows/amd64"];
        check("linux/amd64", &offered, Some("linux/amd64"));
        check("x86_64", &offered, Some("linux/amd64"));
        check("linux/aarch64", &offered, Some("linux/arm64/v8"));
        check("linux/arm", &offered, Some("linux/arm/v7"));
        check("linux/arm/v6", &offered, Some("linux/arm/v6"));
        check("linux/arm/6", &offered, Some("linux/arm/v6"));
        check("windows/amd64", &offered, Some("windows/amd64"));
        check("linux/riscv64", &offered, None);
    }

    #[test]
    fn older_variant_runs_and_newer_does_not() {
        check("linux/arm/v7", &["linux/arm/v5", "linux/arm/v6"], Some("linux/arm/v6"));
        check("linux/arm/v6", &["linux/arm/v7"], None);
        check("linux/amd64", &["linux/amd64/v3", "linux/amd64"], Some("linux/amd64"));
        check("linux/arm64", &["linux/arm64"], Some("linux/arm64"));
    }

    #[test]
    fn first_of_equals_is_chosen_and_a_miss_names_what_there_is() {
        let twice = index(&["linux/amd64", "linux/amd64"]);
        let wanted: Wanted = "linux/amd64".parse().unwrap();
        assert!(std::ptr::eq(wanted.choose(&twice).unwrap(), &twice.manifests[0]));
        let error = "linux/s390x".parse::<Wanted>().unwrap().choose(&twice).unwrap_err();
        assert!(error.hint.unwrap().contains("linux/amd64"));
    }

    #[test]
    fn what_is_no_platform_is_refused() {
        for bad in ["", "linux/", "a/b/c/d", "linux/amd64\n", "/"] {
            assert!(bad.parse::<Wanted>().is_err(), "{bad:?}");
        }
    }
}
