//! `box login`: tries a name and a password with a registry, and keeps them for later commands.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use super::options::registry::ConnectionOptions;
use super::{Globals, absent_is_failure, print, terminal};
use crate::error::{During as _, Error, Kind, Result};
use crate::host::registries::Registries;
use crate::registry::credentials::{self, Credentials, Place};
use crate::registry::login::Keeping;
use crate::registry::{self, Registry};
use crate::secret::{self, Secret};

/// Longer secrets are files that somebody took for a password.
const SECRET_LIMIT_BYTES: u64 = 1 << 20;

/// Log in to a registry
#[derive(clap::Args)]
pub struct Args {
    /// The name of the account
    #[arg(short, long, value_name = "NAME")]
    username: Option<String>,
    /// Its password; others can see it in the list of processes
    #[arg(short, long, value_name = "PASSWORD", conflicts_with = "password_stdin")]
    password: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Print the name that is logged in, and do nothing else
    #[arg(long)]
    get_login: bool,
    /// Keep it in this file, in Docker's form
    #[arg(long, value_name = "FILE", conflicts_with = "authfile")]
    compat_auth_file: Option<PathBuf>,
    /// Take the password from this secret; without --username, the name of the account is the secret's
    #[arg(long, value_name = "NAME", conflicts_with_all = ["password", "password_stdin"])]
    secret: Option<String>,
    /// Say where it is kept
    #[arg(short, long)]
    verbose: bool,
    /// The registry, perhaps with a namespace; the first one that short names are looked for in without
    #[arg(value_name = "REGISTRY")]
    registry: Option<String>,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub fn run(mut args: Args, globals: &Globals) -> Result<u8> {
    if let Some(name) = &args.secret {
        let secret = secret::get(&globals.store()?, name).map_err(absent_is_failure)?;
        args.username.get_or_insert_with(|| name.clone());
        args.password = Some(password_of(&secret)?);
    }
    if args.password_stdin && args.username.is_none() {
        return Err(Error::usage("--password-stdin needs --username"));
    }
    let registries = Registries::load()?;
    let place = place_of(&registries, args.registry.as_deref())?;
    // Scripts tell a login that is refused from a command line that is wrong.
    match log_in(args, &registries, &place) {
        Err(error) if error.kind == Kind::Engine => Err(error.of_kind(Kind::Refused)),
        outcome => outcome,
    }
}

/// The registry that is meant: without a word, what a short name of an image means first.
pub fn place_of(registries: &Registries, typed: Option<&str>) -> Result<Place> {
    Place::parse(typed.or(registries.search.first().map(String::as_str)).unwrap_or("docker.io"))
}

fn log_in(args: Args, registries: &Registries, place: &Place) -> Result<u8> {
    let authfile = args.compat_auth_file.as_deref().or(args.connection.authfile.as_deref());
    let keeping =
        Keeping { authfile, docker_file: args.compat_auth_file.as_deref(), helpers: &registries.credential_helpers };
    // A file that is not there yet has nothing to say.
    let known = match authfile.is_some_and(|file| !file.exists()) {
        true => Credentials::Anonymous,
        false => credentials::find(place, authfile, &registries.credential_helpers)?,
    };
    if args.get_login {
        return show_login(place, &known);
    }
    let check = |credentials: Credentials| {
        let insecure = registries.allows_insecure(place.name())?;
        let options = args.connection.options(registries)?;
        registry::block_on(Registry::open(place.domain(), insecure, credentials, &options)?.check_login())
    };
    let asks = args.username.is_none() && args.password.is_none();
    if asks && known != Credentials::Anonymous && check(known.clone()).is_ok() {
        print::line(format_args!("Existing credentials are valid. Already logged in to {}", place.name()))?;
        return Ok(0);
    }
    let user = match args.username.clone() {
        Some(user) => user,
        None => ask_user(place, &known)?,
    };
    let password = match &args.password {
        Some(password) => password.clone(),
        None if args.password_stdin => password_from_stdin()?,
        None => ask_password(place)?,
    };
    check(Credentials::Basic { user: user.clone(), password: password.clone() })?;
    let kept = keeping.remember(place, &user, &password)?;
    if args.verbose {
        print::line(format_args!("Used: {kept}"))?;
    }
    print::line("Login Succeeded!")?;
    Ok(0)
}

fn show_login(place: &Place, known: &Credentials) -> Result<u8> {
    match known {
        Credentials::Anonymous => Err(Error::new(format!("not logged into {}", place.name())).of_kind(Kind::Absent)),
        Credentials::Basic { user, .. } => print::line(user).map(|()| 0),
        Credentials::Identity(_) | Credentials::Bearer(_) => print::line("<token>").map(|()| 0),
    }
}

fn ask_user(place: &Place, known: &Credentials) -> Result<String> {
    require_terminal(place)?;
    let suggested = match known {
        Credentials::Basic { user, .. } => Some(user),
        _ => None,
    };
    let shown = suggested.map(|user| format!(" ({user})")).unwrap_or_default();
    let typed = terminal::ask(&format!("Username for {}{shown}: ", place.name()))?;
    match (typed.is_empty(), suggested) {
        (true, Some(user)) => Ok(user.clone()),
        (true, None) => Err(Error::usage("no user name was given")),
        (false, _) => Ok(typed),
    }
}

fn ask_password(place: &Place) -> Result<String> {
    require_terminal(place)?;
    terminal::ask_secret("Password: ")
}

fn require_terminal(place: &Place) -> Result<()> {
    match std::io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(Error::usage(format!("nobody can be asked for the password of {}", place.name()))
            .with_hint("standard input is no terminal; give --username and --password-stdin")),
    }
}

fn password_from_stdin() -> Result<String> {
    let mut secret = String::new();
    let act = || "read the password from standard input";
    std::io::stdin().take(SECRET_LIMIT_BYTES).read_to_string(&mut secret).during(act)?;
    Ok(without_line_end(&secret))
}

fn password_of(secret: &Secret) -> Result<String> {
    let text = std::str::from_utf8(&secret.content.0).map_err(|_| Error::new("it is no text"));
    text.map(without_line_end).during(|| format!("take the password from secret `{}`", secret.name))
}

/// `echo` adds a line end, Windows a return.
fn without_line_end(text: &str) -> String {
    text.trim_end_matches(['\n', '\r']).to_owned()
}
