//! Seccomp filters: the instructions, how one is loaded, and a minimal filter for box's own processes.
//!
//! A filter is a classic BPF program (Documentation/userspace-api/seccomp_filter.rst) that reads `struct seccomp_data`
//! and returns what becomes of the system call. Profiles are turned into filters in `spec::seccomp`.

use std::os::fd::{FromRawFd, OwnedFd};

use crate::error::{Error, Result};

/// One instruction, laid out as the kernel's `struct sock_filter`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SockFilter {
    pub code: u16,
    /// How many instructions to skip when the test holds, and when it does not.
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

const _: () = assert!(size_of::<SockFilter>() == size_of::<libc::sock_filter>());
const _: () = assert!(align_of::<SockFilter>() == align_of::<libc::sock_filter>());

/// The longest program that the kernel takes (`BPF_MAXINSNS`).
pub const MAX_INSTRUCTIONS: usize = 4096;

/// The instructions that a seccomp filter needs, and no more.
pub mod op {
    pub const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    pub const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
    pub const JUMP: u16 = (libc::BPF_JMP | libc::BPF_JA) as u16;
    pub const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    pub const IF_GREATER: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
    pub const IF_GREATER_OR_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    pub const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
}

/// Offsets in `struct seccomp_data`. Each argument is 64 bits, little-endian on every architecture that box runs on.
pub mod data {
    pub const NUMBER: u32 = 0;
    pub const ARCHITECTURE: u32 = 4;
    pub const fn argument_low(index: u8) -> u32 {
        16 + 8 * index as u32
    }
    pub const fn argument_high(index: u8) -> u32 {
        argument_low(index) + 4
    }
}

/// `AUDIT_ARCH_*` of linux/audit.h: the architecture by whose rules a system call was made.
pub mod audit {
    pub const X86_64: u32 = 0xC000_003E;
    pub const I386: u32 = 0x4000_0003;
    pub const AARCH64: u32 = 0xC000_00B7;
    pub const ARM: u32 = 0x4000_0028;

    #[cfg(target_arch = "x86_64")]
    pub const NATIVE: u32 = X86_64;
    #[cfg(target_arch = "aarch64")]
    pub const NATIVE: u32 = AARCH64;
}

/// What becomes of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Allow,
    /// Allowed, and written to the audit log.
    Log,
    /// Fails with this errno.
    Errno(u16),
    /// Handed to a tracer with this message; fails with ENOSYS when there is none.
    Trace(u16),
    /// Waits for the answer of whoever has the listener; fails with ENOSYS when nobody has.
    Notify,
    /// SIGSYS.
    Trap,
    KillThread,
    KillProcess,
}

impl Action {
    /// The value that the program returns.
    pub fn return_value(self) -> u32 {
        match self {
            Action::Allow => libc::SECCOMP_RET_ALLOW,
            Action::Log => libc::SECCOMP_RET_LOG,
            Action::Errno(errno) => libc::SECCOMP_RET_ERRNO | u32::from(errno),
            Action::Trace(message) => libc::SECCOMP_RET_TRACE | u32::from(message),
            Action::Notify => libc::SECCOMP_RET_USER_NOTIF,
            Action::Trap => libc::SECCOMP_RET_TRAP,
            Action::KillThread => libc::SECCOMP_RET_KILL_THREAD,
            Action::KillProcess => libc::SECCOMP_RET_KILL_PROCESS,
        }
    }
}

impl SockFilter {
    pub const fn load(offset: u32) -> SockFilter {
        SockFilter { code: op::LOAD, jt: 0, jf: 0, k: offset }
    }
    pub const fn and(mask: u32) -> SockFilter {
        SockFilter { code: op::AND, jt: 0, jf: 0, k: mask }
    }
    pub const fn jump(skip: u32) -> SockFilter {
        SockFilter { code: op::JUMP, jt: 0, jf: 0, k: skip }
    }
    pub const fn branch(code: u16, k: u32, jt: u8, jf: u8) -> SockFilter {
        SockFilter { code, jt, jf, k }
    }
    pub fn end(action: Action) -> SockFilter {
        SockFilter { code: op::RETURN, jt: 0, jf: 0, k: action.return_value() }
    }
}

/// Puts the calling thread and all that it starts under `filter`, for good.
///
/// Needs `no_new_privs`, or `CAP_SYS_ADMIN` in the user namespace: a filter must not lie to a setuid program.
pub fn load(filter: &[SockFilter]) -> Result<()> {
    load_with(filter, 0).map(drop)
}

/// [`load`] for a filter with [`Action::Notify`]: returns its other end (Linux 5.0).
pub fn load_with_listener(filter: &[SockFilter]) -> Result<OwnedFd> {
    let fd = load_with(filter, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER)?;
    // SAFETY: the kernel has just made this descriptor for us, close-on-exec, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// What the call returned.
fn load_with(filter: &[SockFilter], flags: libc::c_ulong) -> Result<libc::c_long> {
    let length = match u16::try_from(filter.len()) {
        Ok(length) if filter.len() <= MAX_INSTRUCTIONS => length,
        _ => return Err(Error::new(format!("seccomp filter of {} instructions is too long", filter.len()))),
    };
    let program = libc::sock_fprog { len: length, filter: filter.as_ptr().cast_mut().cast() };
    // SAFETY: `program` points to `length` instructions whose layout is that of `sock_filter` (asserted above); both
    // live until the call returns, and the kernel copies them without writing.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) };
    if result >= 0 { Ok(result) } else { Err(explain(nix::errno::Errno::last())) }
}

fn explain(errno: nix::errno::Errno) -> Error {
    use nix::errno::Errno;
    let error = Error::from(errno).while_doing("load seccomp filter");
    match errno {
        // The kernel knows the call but was built without CONFIG_SECCOMP_FILTER, or something above us refuses it.
        Errno::ENOSYS | Errno::EINVAL => error.with_hint(
            "this kernel has no seccomp filters; `--security-opt seccomp=unconfined` goes without, less safely",
        ),
        Errno::EACCES => error.with_hint("a filter needs `--security-opt no-new-privileges` here"),
        Errno::ENOMEM => error.with_hint("this process is under too many seccomp filters already"),
        _ => error,
    }
}

/// A filter that allows the named system calls of the native architecture; every other one meets `otherwise`.
///
/// For box's own processes, which make few calls and those by name. Names that this architecture lacks (`open` on
/// aarch64) are skipped. A call by the rules of another architecture ends the process.
pub fn allow_only(names: &[&str], otherwise: Action) -> Vec<SockFilter> {
    let mut filter = vec![
        SockFilter::load(data::ARCHITECTURE),
        SockFilter::branch(op::IF_EQUAL, audit::NATIVE, 1, 0),
        SockFilter::end(Action::KillProcess),
        SockFilter::load(data::NUMBER),
    ];
    for number in names.iter().filter_map(|name| name.parse::<syscalls::Sysno>().ok()) {
        filter.push(SockFilter::branch(op::IF_EQUAL, number.id() as u32, 0, 1));
        filter.push(SockFilter::end(Action::Allow));
    }
    filter.push(SockFilter::end(otherwise));
    filter
}

/// What filters say, without a kernel.
#[cfg(test)]
pub mod interpreter {
    use super::{SockFilter, data, op};

    pub struct Call {
        pub audit: u32,
        pub number: u32,
        pub arguments: [u64; 6],
    }

    /// What the program returns for a call, and in how many steps. It holds the program to the kernel's rules on the
    /// way.
    pub fn run(program: &[SockFilter], call: &Call) -> (u32, usize) {
        let mut accumulator = 0;
        let mut at = 0;
        for step in 1.. {
            let SockFilter { code, jt, jf, k } = program[at];
            at += 1;
            let holds = match code {
                op::LOAD => {
                    accumulator = word(call, k);
                    continue;
                }
                op::AND => {
                    accumulator &= k;
                    continue;
                }
                op::JUMP => {
                    at += k as usize;
                    continue;
                }
                op::RETURN => return (k, step),
                op::IF_EQUAL => accumulator == k,
                op::IF_GREATER => accumulator > k,
                op::IF_GREATER_OR_EQUAL => accumulator >= k,
                _ => panic!("instruction {code:#x} is unknown"),
            };
            at += usize::from(if holds { jt } else { jf });
        }
        unreachable!()
    }

    fn word(call: &Call, offset: u32) -> u32 {
        match offset {
            data::NUMBER => call.number,
            data::ARCHITECTURE => call.audit,
            16..64 if offset.is_multiple_of(4) => {
                let argument = call.arguments[(offset as usize - 16) / 8];
                if offset.is_multiple_of(8) { argument as u32 } else { (argument >> 32) as u32 }
            }
            _ => panic!("offset {offset} is outside of the data"),
        }
    }
}

/// Makes a system call without arguments by the rules of i386, as any 64-bit program may; minus the errno if it fails.
#[cfg(all(test, target_arch = "x86_64"))]
pub fn attempt_i386(number: i32) -> i32 {
    let result: i32;
    // SAFETY: tests make calls that take no arguments or refuse what they find; the kernel changes no other registers
    // than these.
    unsafe {
        std::arch::asm!(
            "int 0x80",
            inlateout("eax") number => result,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    result
}

/// Makes a system call of the native architecture by name, for tests of filters; `Err` is the errno.
#[cfg(test)]
pub fn attempt(name: &str, arguments: &[usize]) -> std::result::Result<usize, i32> {
    let call: syscalls::Sysno = name.parse().expect("a call of this architecture");
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    let [a, b, c, d, e, f] = all;
    // SAFETY: tests pass small numbers and null pointers only, to calls that take no memory or refuse a null.
    unsafe { syscalls::syscall6(call, a, b, c, d, e, f) }.map_err(syscalls::Errno::into_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHILD: &str = "BOX_TEST_ALLOW_ONLY";

    #[test]
    fn allow_only_allows_only() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "--nocapture", "sys::seccomp::tests::under_allow_only"]).env(CHILD, "1");
        let output = child.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// The child of the test above: what it loads stays with its thread until the process ends.
    #[test]
    fn under_allow_only() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        // A thread of its own, so that the harness may go on. It needs `exit` and what frees a stack.
        let thread = std::thread::spawn(|| {
            let names =
                ["getpid", "open", "exit", "munmap", "madvise", "mmap", "mprotect", "brk", "futex", "sigaltstack"];
            let more = ["rt_sigprocmask", "rseq", "set_robust_list", "no_such_call"];
            rustix::thread::set_no_new_privs(true).unwrap();
            load(&allow_only(&[names.as_slice(), &more].concat(), Action::Errno(libc::EXDEV as u16))).unwrap();
            (attempt("getpid", &[]).is_ok(), attempt("getuid", &[]), attempt("socket", &[2, 1, 0]))
        });
        assert_eq!(thread.join().unwrap(), (true, Err(libc::EXDEV), Err(libc::EXDEV)));
    }

    #[test]
    fn a_program_too_long_is_refused_before_the_kernel_sees_it() {
        assert!(load(&vec![SockFilter::end(Action::Allow); MAX_INSTRUCTIONS + 1]).is_err());
    }
}
