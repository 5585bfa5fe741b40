//! Hooks of the OCI runtime specification: programs that are told of a container on their standard input.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::liveness::has_ended_within;
use crate::error::{During, Error, Result};
use crate::oci::runtime::{Hook, State};

/// Runs them in order; the first that fails ends it.
pub fn run_all(hooks: &[Hook], state: &State) -> Result<()> {
    hooks.iter().try_for_each(|hook| run(hook, state).during(|| format!("run hook `{}`", hook.path)))
}

fn run(hook: &Hook, state: &State) -> Result<()> {
    let mut command = Command::new(&hook.path);
    if let Some((name, arguments)) = hook.args.split_first() {
        command.arg0(name).args(arguments);
    }
    command.env_clear().envs(hook.env.iter().filter_map(|variable| variable.split_once('=')));
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(&serde_json::to_vec(state)?); // It need not read it.
    }
    if let Some(seconds) = hook.timeout {
        let pid = Pid::from_child(&child);
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        if !has_ended_within(&handle, Some(Duration::from_secs(seconds.into()))) {
            child.kill()?;
            child.wait()?;
            return Err(Error::new(format!("it took longer than {seconds} s")));
        }
    }
    match child.wait()? {
        status if status.success() => Ok(()),
        status => Err(Error::new(status.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, timeout: Option<u32>) -> Hook {
        let args = ["sh", "-c", script].map(str::to_owned).to_vec();
        Hook { path: "/bin/sh".into(), args, env: vec!["KEY=value".into()], timeout }
    }

    #[test]
    fn a_hook_reads_the_state_and_has_its_own_environment_only() {
        let state = State { id: "x".into(), ..State::default() };
        run_all(&[shell(r#"grep -q '"id":"x"' && [ "$KEY" = value ] && [ -z "$HOME" ]"#, Some(60))], &state).unwrap();
    }

    #[test]
    fn one_that_fails_or_takes_too_long_is_an_error_and_the_next_does_not_run() {
        let dir = tempfile::tempdir().unwrap();
        let touch = shell(&format!("touch {}/touched", dir.path().display()), None);
        let error = run_all(&[shell("exit 3", None), touch], &State::default()).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && !dir.path().join("touched").exists(), "{error}");
        assert!(run_all(&[shell("sleep 100", Some(0))], &State::default()).is_err());
    }
}
