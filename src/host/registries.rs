//! registries.conf (containers-registries.conf(5)): which registry a short name means, and where a registry's content
//! is really fetched from. Decides, but contacts nobody.
//!
//! Read in this order, what comes later wins:
//!
//!     $CONTAINERS_REGISTRIES_CONF, or ~/.config/containers/registries.conf, or /etc/containers/registries.conf
//!     /etc/containers/registries.conf.d/*.conf       unless the file above is the user's own
//!     ~/.config/containers/registries.conf.d/*.conf

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::account::Account;
use super::dirs;
use crate::error::{During, Error, Result};
use crate::oci::reference::{Reference, Typed};

/// What all files together say.
#[derive(Clone, Debug, Default)]
pub struct Registries {
    /// Tried in order for a short name that has no alias; empty: docker.io.
    pub search: Vec<String>,
    pub short_name_mode: ShortNameMode,
    /// Programs asked for credentials of every registry.
    pub credential_helpers: Vec<String>,
    /// Short name -> repository.
    aliases: BTreeMap<String, String>,
    /// By prefix.
    rules: BTreeMap<String, Rule>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShortNameMode {
    /// More than one candidate is an error.
    Enforcing,
    #[default]
    Permissive,
    Disabled,
}

/// One place to fetch an image from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Names the repository at that place; never shown as the image's name.
    pub reference: Reference,
    /// Plain HTTP and unverified certificates are allowed.
    pub insecure: bool,
    pub is_mirror: bool,
}

/// What a short name may mean, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// In the order in which they are to be tried; never empty.
    pub references: Vec<Reference>,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The name was fully qualified.
    Typed,
    Alias,
    SearchList,
    /// Nothing is configured: Docker's rule.
    DockerHub,
}

#[derive(Clone, Debug)]
struct Rule {
    location: String,
    insecure: bool,
    blocked: bool,
    mirrors: Vec<Mirror>,
}

#[derive(Clone, Debug)]
struct Mirror {
    location: String,
    insecure: bool,
    pulls: MirrorPulls,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MirrorPulls {
    #[default]
    All,
    DigestOnly,
    TagOnly,
}

impl Registries {
    /// Reads the files of this machine and user.
    pub fn load() -> Result<Registries> {
        let mut registries = Registries::default();
        for file in Sources::of_this_user().files() {
            // Removed between listing and reading, or never there: the same as empty.
            let text = match std::fs::read_to_string(&file) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error).during(|| format!("read `{}`", file.display())),
            };
            registries.merge(&text).during(|| format!("read `{}`", file.display()))?;
        }
        Ok(registries)
    }

    /// What one text says, and no file of this machine.
    pub fn of_text(text: &str) -> Result<Registries> {
        let mut registries = Registries::default();
        registries.merge(text)?;
        Ok(registries)
    }

    /// Adds one file; what it says wins over what is there.
    fn merge(&mut self, text: &str) -> Result<()> {
        let file: File = toml::from_str(text).map_err(|error| Error::new(error.message()))?;
        if let Some(search) = file.unqualified_search_registries {
            self.search = search;
        }
        if let Some(mode) = file.short_name_mode.filter(|mode| !mode.is_empty()) {
            self.short_name_mode = match mode.as_str() {
                "enforcing" => ShortNameMode::Enforcing,
                "permissive" => ShortNameMode::Permissive,
                "disabled" => ShortNameMode::Disabled,
                other => return Err(Error::new(format!("unknown short-name-mode `{}`", other.escape_debug()))),
            };
        }
        if let Some(helpers) = file.credential_helpers {
            self.credential_helpers = helpers;
        }
        for (name, target) in file.aliases {
            match target.as_str() {
                "" => self.aliases.remove(&name),
                _ => self.aliases.insert(name, target),
            };
        }
        for entry in file.registry {
            let (prefix, rule) = entry.into_rule()?;
            self.rules.insert(prefix, rule);
        }
        self.merge_version_1(file.registries);
        Ok(())
    }

    /// The format of before 2019, still found on old machines.
    fn merge_version_1(&mut self, lists: Version1) {
        if let Some(search) = lists.search {
            self.search = search.registries;
        }
        let plain = |location: &String| Rule {
            location: location.clone(),
            insecure: false,
            blocked: false,
            mirrors: Vec::new(),
        };
        for location in &lists.insecure.registries {
            self.rules.entry(location.clone()).or_insert_with(|| plain(location)).insecure = true;
        }
        for location in &lists.block.registries {
            self.rules.entry(location.clone()).or_insert_with(|| plain(location)).blocked = true;
        }
    }

    /// What `text` may mean: itself where it names a registry, else an alias, else the search list, else docker.io.
    pub fn candidates(&self, text: &str) -> Result<Candidates> {
        let typed = Typed::parse(text)?;
        if !typed.is_short() {
            return Ok(Candidates { references: vec![Reference::parse_normalized(text)?], origin: Origin::Typed });
        }
        let name = typed.name();
        if let Some(target) = self.aliases.get(&name) {
            let reference = Reference::parse_normalized(&format!("{target}{}", typed.suffix()))
                .during(|| format!("follow the alias of `{name}` in registries.conf"))?;
            return Ok(Candidates { references: vec![reference], origin: Origin::Alias });
        }
        if self.search.is_empty() {
            return Ok(Candidates { references: vec![Reference::parse_normalized(text)?], origin: Origin::DockerHub });
        }
        let at = |registry: &String| {
            Reference::parse_normalized(&format!("{registry}/{text}"))
                .during(|| "follow unqualified-search-registries in registries.conf")
        };
        let references = self.search.iter().map(at).collect::<Result<Vec<_>>>()?;
        if references.len() > 1 && self.short_name_mode == ShortNameMode::Enforcing {
            let all: Vec<String> = references.iter().map(Reference::to_string).collect();
            return Err(Error::usage(format!("short name `{text}` is ambiguous"))
                .with_hint(format!("registries.conf enforces full names; type one of {}", all.join(", "))));
        }
        Ok(Candidates { references, origin: Origin::SearchList })
    }

    /// Where to fetch `reference` from, best first: the mirrors that apply, then the place itself.
    pub fn endpoints(&self, reference: &Reference) -> Result<Vec<Endpoint>> {
        let Some((prefix, rule)) = self.rule_of(&reference.to_string(), reference.domain()) else {
            return Ok(vec![Endpoint { reference: reference.clone(), insecure: false, is_mirror: false }]);
        };
        if rule.blocked {
            return Err(Error::new(format!("registries.conf blocks `{prefix}`")));
        }
        let mirrors = rule.mirrors.iter().filter(|mirror| mirror.pulls.serve(reference));
        let mirrors = mirrors.map(|mirror| (&mirror.location, mirror.insecure, true));
        mirrors
            .chain([(&rule.location, rule.insecure, false)])
            .map(|(location, insecure, is_mirror)| {
                let reference = relocate(reference, prefix, location)
                    .during(|| format!("follow location `{location}` in registries.conf"))?;
                Ok(Endpoint { reference, insecure, is_mirror })
            })
            .collect()
    }

    /// Whether the registry of that name (host and port, perhaps a namespace) may be insecure; an error where it is
    /// blocked.
    pub fn allows_insecure(&self, name: &str) -> Result<bool> {
        let domain = name.split('/').next().unwrap_or(name);
        match self.rule_of(name, domain) {
            Some((prefix, rule)) if rule.blocked => Err(Error::new(format!("registries.conf blocks `{prefix}`"))),
            Some((_, rule)) => Ok(rule.insecure),
            None => Ok(false),
        }
    }

    /// The rule with the longest prefix.
    fn rule_of(&self, whole: &str, domain: &str) -> Option<(&str, &Rule)> {
        let matching = self.rules.iter().filter(|(prefix, _)| matches_prefix(whole, domain, prefix));
        matching.max_by_key(|(prefix, _)| prefix.len()).map(|(prefix, rule)| (prefix.as_str(), rule))
    }
}

impl MirrorPulls {
    fn serve(self, reference: &Reference) -> bool {
        match self {
            MirrorPulls::All => true,
            MirrorPulls::DigestOnly => reference.digest().is_some(),
            MirrorPulls::TagOnly => reference.digest().is_none(),
        }
    }
}

fn matches_prefix(whole: &str, domain: &str, prefix: &str) -> bool {
    if let Some(parent) = prefix.strip_prefix('*') {
        let host = domain.split_once(':').map_or(domain, |(host, _)| host);
        return host.ends_with(parent) || domain.ends_with(parent);
    }
    whole.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '@']))
}

/// Puts `location` in the place of `prefix`. An empty location, or a wildcard without one, leaves all as it is.
fn relocate(reference: &Reference, prefix: &str, location: &str) -> Result<Reference> {
    if location.is_empty() || location == prefix || location.starts_with('*') {
        return Ok(reference.clone());
    }
    let whole = reference.to_string();
    let rest = match prefix.starts_with('*') {
        true => &whole[reference.domain().len()..],
        false => &whole[prefix.len()..],
    };
    Reference::parse_located(&format!("{location}{rest}"))
}

/// The form of one file; what box does not know is somebody else's.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct File {
    unqualified_search_registries: Option<Vec<String>>,
    short_name_mode: Option<String>,
    credential_helpers: Option<Vec<String>>,
    aliases: BTreeMap<String, String>,
    registry: Vec<RegistryEntry>,
    registries: Version1,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct RegistryEntry {
    prefix: String,
    location: String,
    insecure: bool,
    blocked: bool,
    mirror_by_digest_only: bool,
    mirror: Vec<MirrorEntry>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct MirrorEntry {
    location: String,
    insecure: bool,
    pull_from_mirror: MirrorPulls,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Version1 {
    search: Option<Version1List>,
    insecure: Version1List,
    block: Version1List,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Version1List {
    registries: Vec<String>,
}

impl RegistryEntry {
    fn into_rule(self) -> Result<(String, Rule)> {
        let trimmed = |text: String| text.trim_end_matches('/').to_owned();
        let (prefix, location) = (trimmed(self.prefix), trimmed(self.location));
        let (prefix, location) = match (prefix.is_empty(), location.is_empty()) {
            (true, true) => return Err(Error::new("a [[registry]] has neither prefix nor location")),
            (true, false) => (location.clone(), location),
            (false, true) => (prefix.clone(), prefix),
            (false, false) => (prefix, location),
        };
        let by_digest_only = self.mirror_by_digest_only;
        let mirror = |entry: MirrorEntry| Mirror {
            location: trimmed(entry.location),
            insecure: entry.insecure,
            pulls: if by_digest_only { MirrorPulls::DigestOnly } else { entry.pull_from_mirror },
        };
        let mirrors = self.mirror.into_iter().map(mirror).collect();
        Ok((prefix, Rule { location, insecure: self.insecure, blocked: self.blocked, mirrors }))
    }
}

/// Where the files are.
struct Sources {
    main: PathBuf,
    drop_in_dirs: Vec<PathBuf>,
}

impl Sources {
    fn of_this_user() -> Sources {
        let named = std::env::var_os("CONTAINERS_REGISTRIES_CONF").filter(|path| !path.is_empty()).map(PathBuf::from);
        let user = dirs::config_home(&Account::current()).map(|config| config.join("containers"));
        Sources::choose(named, user.as_deref(), Path::new("/etc/containers"))
    }

    fn choose(named: Option<PathBuf>, user: Option<&Path>, system: &Path) -> Sources {
        const MAIN: &str = "registries.conf";
        const DROP_INS: &str = "registries.conf.d";
        let user_main = user.map(|dir| dir.join(MAIN)).filter(|path| path.exists());
        let user_drop_ins = user.map(|dir| dir.join(DROP_INS));
        match (named, user_main) {
            // The user's own file means: nothing of the machine's.
            (None, Some(main)) => Sources { main, drop_in_dirs: user_drop_ins.into_iter().collect() },
            (named, _) => Sources {
                main: named.unwrap_or_else(|| system.join(MAIN)),
                drop_in_dirs: [system.join(DROP_INS)].into_iter().chain(user_drop_ins).collect(),
            },
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let drop_ins = self.drop_in_dirs.iter().flat_map(|dir| {
            let entries = std::fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
            let mut files: Vec<PathBuf> =
                entries.filter(|path| path.extension().is_some_and(|e| e == "conf")).collect();
            files.sort();
            files
        });
        [self.main.clone()].into_iter().chain(drop_ins).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registries(texts: &[&str]) -> Registries {
        let mut registries = Registries::default();
        for text in texts {
            registries.merge(text).unwrap();
        }
        registries
    }

    fn meanings(registries: &Registries, text: &str) -> Vec<String> {
        registries.candidates(text).unwrap().references.iter().map(Reference::to_string).collect()
    }

    fn places(registries: &Registries, text: &str) -> Vec<String> {
        let endpoints = registries.endpoints(&Reference::parse(text).unwrap()).unwrap();
        endpoints.iter().map(|e| format!("{}{}", e.reference, if e.insecure { " insecure" } else { "" })).collect()
    }

    #[test]
    fn short_name_without_configuration_is_dockers() {
        assert_eq!(meanings(&registries(&[]), "ubuntu"), ["docker.io/library/ubuntu:latest"]);
        assert_eq!(meanings(&registries(&[]), "team/app:1"), ["docker.io/team/app:1"]);
    }

    #[test]
    fn alias_wins_over_search_list_and_full_name_over_both() {
        let text =
            "unqualified-search-registries = ['a.io', 'b.io']\n[aliases]\n'fedora' = 'r.org/fedora'\n'x/y' = 'r.org/z'";
        let registries = registries(&[text]);
        assert_eq!(meanings(&registries, "fedora:41"), ["r.org/fedora:41"]);
        assert_eq!(meanings(&registries, "x/y"), ["r.org/z:latest"]);
        assert_eq!(meanings(&registries, "ubuntu"), ["a.io/ubuntu:latest", "b.io/ubuntu:latest"]);
        assert_eq!(meanings(&registries, "c.io/fedora"), ["c.io/fedora:latest"]);
    }

    #[test]
    fn later_file_wins_and_an_empty_alias_is_erased() {
        let first = "unqualified-search-registries = ['a.io']\n[aliases]\n'x' = 'r.org/x'";
        let second = "unqualified-search-registries = ['b.io']\nshort-name-mode = 'disabled'\n[aliases]\n'x' = ''";
        assert_eq!(meanings(&registries(&[first, second]), "x"), ["b.io/x:latest"]);
    }

    #[test]
    fn enforcing_mode_refuses_to_guess() {
        let text = "unqualified-search-registries = ['a.io', 'b.io']\nshort-name-mode = 'enforcing'";
        let error = registries(&[text]).candidates("x").unwrap_err();
        assert!(error.hint.unwrap().contains("a.io/x:latest, b.io/x:latest"));
    }

    #[test]
    fn mirrors_come_first_and_the_place_itself_last() {
        let registries = registries(&["
            [[registry]]
            prefix = 'example.com/foo'
            location = 'internal.net/bar'
            [[registry.mirror]]
            location = 'mirror-0.local/for-foo'
            [[registry.mirror]]
            location = '127.0.0.1:5000'
            insecure = true
            pull-from-mirror = 'tag-only'
            [[registry]]
            location = 'example.com'
            insecure = true
        "]);
        assert_eq!(
            places(&registries, "example.com/foo/image:1"),
            ["mirror-0.local/for-foo/image:1", "127.0.0.1:5000/image:1 insecure", "internal.net/bar/image:1"]
        );
        let digest = format!("@sha256:{}", "0".repeat(64));
        assert_eq!(
            places(&registries, &format!("example.com/foo/image{digest}")),
            [format!("mirror-0.local/for-foo/image{digest}"), format!("internal.net/bar/image{digest}")]
        );
        // `foobar` does not begin with the component `foo`.
        assert_eq!(places(&registries, "example.com/foobar:1"), ["example.com/foobar:1 insecure"]);
        assert_eq!(places(&registries, "other.com/foo/image:1"), ["other.com/foo/image:1"]);
    }

    #[test]
    fn mirrors_by_digest_only_do_not_serve_tags() {
        let text =
            "[[registry]]\nlocation = 'a.io'\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = 'm.io'";
        assert_eq!(places(&registries(&[text]), "a.io/x:1"), ["a.io/x:1"]);
    }

    #[test]
    fn wildcard_matches_any_number_of_subdomains() {
        let registries = registries(&["[[registry]]\nprefix = '*.example.com'\ninsecure = true"]);
        assert_eq!(places(&registries, "a.b.example.com/x:1"), ["a.b.example.com/x:1 insecure"]);
        assert_eq!(places(&registries, "a.example.com:5000/x:1"), ["a.example.com:5000/x:1 insecure"]);
        assert_eq!(places(&registries, "example.com/x:1"), ["example.com/x:1"]);
        assert_eq!(places(&registries, "badexample.com/x:1"), ["badexample.com/x:1"]);
    }

    #[test]
    fn blocked_registry_is_not_contacted() {
        let registries = registries(&["[[registry]]\nlocation = 'evil.io'\nblocked = true"]);
        assert!(registries.endpoints(&Reference::parse("evil.io/x:1").unwrap()).is_err());
    }

    #[test]
    fn old_format_is_understood() {
        let registries = registries(&["
            [registries.search]
            registries = ['a.io']
            [registries.insecure]
            registries = ['b.io']
            [registries.block]
            registries = ['c.io']
        "]);
        assert_eq!(meanings(&registries, "x"), ["a.io/x:latest"]);
        assert_eq!(places(&registries, "b.io/x:1"), ["b.io/x:1 insecure"]);
        assert!(registries.endpoints(&Reference::parse("c.io/x:1").unwrap()).is_err());
    }

    #[test]
    fn users_own_file_hides_the_machines() {
        let dir = tempfile::tempdir().unwrap();
        let (user, system) = (dir.path().join("user"), dir.path().join("system"));
        for place in [&user, &system] {
            std::fs::create_dir_all(place.join("registries.conf.d")).unwrap();
            for file in
                ["registries.conf", "registries.conf.d/b.conf", "registries.conf.d/a.conf", "registries.conf.d/c.off"]
            {
                std::fs::write(place.join(file), "").unwrap();
            }
        }
        let shown = |sources: Sources| -> Vec<String> {
            let files = sources.files();
            files.iter().map(|file| file.strip_prefix(dir.path()).unwrap_or(file).display().to_string()).collect()
        };
        let drop_ins =
            |place: &str| [format!("{place}/registries.conf.d/a.conf"), format!("{place}/registries.conf.d/b.conf")];
        let expected = |main: &str, places: &[&str]| -> Vec<String> {
            [main.to_owned()].into_iter().chain(places.iter().flat_map(|place| drop_ins(place))).collect()
        };
        assert_eq!(shown(Sources::choose(None, Some(&user), &system)), expected("user/registries.conf", &["user"]));
        assert_eq!(
            shown(Sources::choose(Some("/named".into()), Some(&user), &system)),
            expected("/named", &["system", "user"])
        );
        std::fs::remove_file(user.join("registries.conf")).unwrap();
        assert_eq!(
            shown(Sources::choose(None, Some(&user), &system)),
            expected("system/registries.conf", &["system", "user"])
        );
    }

    #[test]
    fn fuzz_no_registries_conf_breaks_more_than_itself() {
        let seeds: [&[u8]; 4] = [
            b"unqualified-search-registries = ['docker.io', 'quay.io']\nshort-name-mode = 'enforcing'\n",
            b"[[registry]]\nprefix = '*.example.com'\nlocation = 'mirror.local/x'\ninsecure = true\n\
              [[registry.mirror]]\nlocation = 'a.b:5000'\npull-from-mirror = 'digest-only'\n",
            b"[aliases]\nx = 'docker.io/library/x'\n[registries.search]\nregistries = ['a.b']\n",
            b"[[registry]]\nlocation = 'docker.io'\nblocked = true\nmirror-by-digest-only = true\n",
        ];
        let words = [
            "[[registry]]\n",
            "location = ",
            "prefix = ",
            "'docker.io/library'",
            "'*'",
            "[",
            "]",
            "{",
            "\"\\u",
            "=",
            "''",
        ];
        crate::fuzz::mutations("registries.conf", &seeds, &words, 3_000, |input| {
            let registries = match Registries::of_text(&String::from_utf8_lossy(input)) {
                Ok(registries) => registries,
                Err(error) => return error.to_string(),
            };
            let mut outcome = String::new();
            for name in ["x", "a.example.com/team/app:1", "docker.io/library/x"] {
                let candidates = registries.candidates(name);
                for reference in candidates.iter().flat_map(|candidates| &candidates.references) {
                    let endpoints = registries.endpoints(reference).map(|endpoints| endpoints.len());
                    outcome += &endpoints.map_or_else(|error| error.to_string(), |count| count.to_string());
                }
            }
            outcome
        });
    }
}
