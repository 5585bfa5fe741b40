//! Who the program is and where it believes to be: `--hostuser`, `--passwd-entry`, `--tz`, `--personality`.

use std::path::{Component, Path};

use crate::error::{Error, Result};
use crate::settings::Personality;

/// One `--hostuser`: the line that this machine's /etc/passwd has for a name or a number.
pub fn of_host(text: &str) -> Result<String> {
    let passwd = std::fs::read_to_string("/etc/passwd")?;
    find(&passwd, text).ok_or_else(|| Error::usage("this machine's /etc/passwd has no such user"))
}

/// Without what might be a password.
fn find(passwd: &str, wanted: &str) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields: Vec<&str> = line.split(':').collect();
        if fields.len() != 7 || (fields[0] != wanted && fields[2] != wanted) {
            return None;
        }
        fields[1] = "*";
        Some(fields.join(":"))
    })
}

/// A line of passwd(5) or group(5) with so many fields.
pub fn entry(text: &str, fields: usize) -> Result<String> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    if line.split(':').count() == fields && !line.chars().any(char::is_control) {
        return Ok(line.to_owned());
    }
    Err(Error::usage(format!("expected one line of {fields} fields with colons between them")))
}

/// `--tz`: a name that this machine knows, or `local`.
pub fn time_zone(text: &str) -> Result<String> {
    let zone = Path::new(text);
    let is_name = !text.is_empty() && zone.components().all(|part| matches!(part, Component::Normal(_)));
    if text == "local" || (is_name && Path::new("/usr/share/zoneinfo").join(zone).is_file()) {
        return Ok(text.to_owned());
    }
    Err(Error::usage("this machine knows no such time zone")
        .with_hint("zones are the files below /usr/share/zoneinfo (package `tzdata`): Europe/Berlin, UTC; or `local`"))
}

pub fn personality(text: &str) -> Result<Personality> {
    match text.to_ascii_uppercase().as_str() {
        "LINUX" => Ok(Personality::Linux),
        "LINUX32" => Ok(Personality::Linux32),
        _ => Err(Error::usage("expected LINUX or LINUX32")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_the_host_comes_without_a_password() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nann:secret:1000:1000:Ann:/home/ann:/bin/bash\nbad:x:1\n";
        for wanted in ["ann", "1000"] {
            assert_eq!(find(passwd, wanted).as_deref(), Some("ann:*:1000:1000:Ann:/home/ann:/bin/bash"));
        }
        assert_eq!(find(passwd, "bad"), None);
    }

    #[test]
    fn lines_zones_and_personalities_are_checked_for_form() {
        assert!(entry("$USERNAME:x:$UID:$GID::/:/bin/sh", 7).is_ok() && entry("a:b:c", 7).is_err());
        assert!(entry("a:b:c:d\ne", 4).is_err());
        for bad in ["", "../../etc/passwd", "/etc/localtime", "No/Where", "."] {
            assert!(time_zone(bad).is_err(), "{bad}");
        }
        assert_eq!(time_zone("local").unwrap(), "local");
        assert!(personality("linux32").is_ok() && personality("BSD").is_err());
    }
}
