//! A system call made by another process because we want it to (ptrace(2)).

use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::error::{During, Error, Result};

/// A process that was in a system call, which is not made, and has stopped. Let go when dropped: then it makes the call
/// again.
#[derive(Debug)]
pub struct Stopped {
    pid: Pid,
    #[cfg(target_arch = "x86_64")]
    registers: libc::user_regs_struct,
}

#[cfg(target_arch = "x86_64")]
impl Stopped {
    /// Stops `pid`, which waits for the answer to a notification. `is_right`: whether it still does, so that the number
    /// is still its own.
    pub fn seize(pid: Pid, is_right: impl FnOnce() -> bool) -> Result<Stopped> {
        ptrace::seize(pid, ptrace::Options::PTRACE_O_TRACESYSGOOD).during(|| "trace a process")?;
        if !is_right() {
            let _ = ptrace::detach(pid, None);
            return Err(Error::new("the process has gone"));
        }
        ptrace::interrupt(pid).during(|| "stop a process")?;
        await_stop(pid, |status| matches!(status, WaitStatus::PtraceEvent(..) | WaitStatus::Stopped(..)))?;
        let registers = ptrace::getregs(pid).during(|| "read its registers")?;
        Ok(Stopped { pid, registers })
    }

    /// Has it make a system call of the native architecture; what that returned.
    pub fn call(&self, name: &str, arguments: &[u64]) -> Result<i64> {
        const INSTRUCTION_BYTES: u64 = 2;
        let call: syscalls::Sysno = name.parse().map_err(|_| Error::new(format!("there is no system call {name}")))?;
        let argument = |index: usize| arguments.get(index).copied().unwrap_or(0);
        let registers = libc::user_regs_struct {
            // The instruction that it came here by, once more.
            rip: self.registers.rip - INSTRUCTION_BYTES,
            rax: call.id() as u64,
            // Nothing is to be made again.
            orig_rax: u64::MAX,
            rdi: argument(0),
            rsi: argument(1),
            rdx: argument(2),
            r10: argument(3),
            r8: argument(4),
            r9: argument(5),
            ..self.registers
        };
        ptrace::setregs(self.pid, registers).during(|| "set its registers")?;
        for _ in ["enters the call", "leaves it"] {
            ptrace::syscall(self.pid, None).during(|| "let it make a system call")?;
            await_stop(self.pid, |status| matches!(status, WaitStatus::PtraceSyscall(_)))?;
        }
        Ok(ptrace::getregs(self.pid).during(|| "read what it returned")?.rax as i64)
    }

    /// Lets it go on as if its own call had returned `value`.
    pub fn go_on_with(self, value: i64) -> Result<()> {
        let registers = libc::user_regs_struct { rax: value as u64, orig_rax: u64::MAX, ..self.registers };
        ptrace::setregs(self.pid, registers).during(|| "set its registers")
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl Stopped {
    /// Not on this architecture yet.
    pub fn seize(_: Pid, _: impl FnOnce() -> bool) -> Result<Stopped> {
        Err(Error::new("no system call can be made for others on this architecture"))
    }

    pub fn call(&self, _: &str, _: &[u64]) -> Result<i64> {
        Err(Error::new("no system call can be made for others on this architecture"))
    }

    pub fn go_on_with(self, _: i64) -> Result<()> {
        Ok(())
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = ptrace::detach(self.pid, None); // It may have been killed.
    }
}

/// Waits for the stop that is meant; a signal on the way is delivered and not lost.
fn await_stop(pid: Pid, is_meant: impl Fn(&WaitStatus) -> bool) -> Result<()> {
    loop {
        match waitpid(pid, Some(WaitPidFlag::__WALL)).during(|| "wait for a process to stop")? {
            status if is_meant(&status) => return Ok(()),
            WaitStatus::Stopped(_, signal) => ptrace::syscall(pid, Some(signal)).during(|| "pass a signal on")?,
            WaitStatus::PtraceEvent(..) => ptrace::syscall(pid, None::<Signal>).during(|| "let it go on")?,
            _ => return Err(Error::new("the process has ended")),
        }
    }
}
