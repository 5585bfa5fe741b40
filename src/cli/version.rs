//! `box version`: which box this is, in Docker's and Podman's words.

use serde_json::{Value, json};

use super::format::{Template, json_pretty};
use super::{Globals, print};
use crate::error::Result;

/// The Docker whose command line and formats box speaks. Tools that work with both ask `{{.Server.Version}}` and
/// refuse what is older than they need; box's own version would tell them nothing.
pub const COMPATIBLE_SERVER: &str = "28.0.0";
const COMPATIBLE_API: &str = "1.48";

/// Show the version of box
#[derive(clap::Args)]
pub struct Args {
    /// Show it as `json` or by a Go template
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
}

pub fn run(args: Args, _: &Globals) -> Result<u8> {
    print::block(&shown(args.format.as_deref())?)?;
    Ok(0)
}

fn shown(format: Option<&str>) -> Result<String> {
    match format.map(str::trim) {
        None | Some("") => Ok(format!(
            "Client:       box\nVersion:      {}\nAPI Version:  {COMPATIBLE_API}\nOS/Arch:      {}\n",
            env!("CARGO_PKG_VERSION"),
            platform()
        )),
        Some("json") => Ok(json_pretty(&document())),
        Some(template) => Ok(Template::parse_argument(template)?.render(&document())? + "\n"),
    }
}

/// There is no server; what a client asks of one is answered by the same program.
fn document() -> Value {
    json!({
        "Client": side(env!("CARGO_PKG_VERSION")),
        "Server": side(COMPATIBLE_SERVER),
    })
}

fn side(version: &str) -> Value {
    json!({
        "Version": version,
        "APIVersion": COMPATIBLE_API,
        "MinAPIVersion": "1.24",
        "DefaultAPIVersion": COMPATIBLE_API,
        "Engine": "box",
        "EngineVersion": env!("CARGO_PKG_VERSION"),
        "GoVersion": "",
        "GitCommit": "",
        "Built": 0,
        "BuiltTime": "",
        "BuildTime": "",
        "OsArch": platform(),
        "Os": std::env::consts::OS,
        "Arch": architecture(),
        "Experimental": false,
    })
}

/// `linux/amd64`
pub fn platform() -> String {
    format!("{}/{}", std::env::consts::OS, architecture())
}

/// This machine's architecture in Go's words, as images name it.
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

/// What `box info` says of the version.
pub fn of_engine() -> Value {
    side(env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_find_the_versions_they_gate_on() {
        for (template, text) in [
            ("{{.Client.Version}}", env!("CARGO_PKG_VERSION")),
            ("{{.Server.Version}}", "28.0.0"),
            ("{{ .Server.APIVersion }}", "1.48"),
            ("{{.Client.ApiVersion}}", "1.48"),
            ("{{.Server.Os}}/{{.Server.Arch}}", &platform()),
            ("{{.Client.OsArch}}", &platform()),
        ] {
            assert_eq!(shown(Some(template)).unwrap(), format!("{text}\n"));
        }
        assert!(shown(Some("json")).unwrap().starts_with("{\n    \"Client\": {"));
        assert_eq!(shown(Some("{{.Servre}}")).unwrap_err().kind.exit_code(), 64);
    }
}
