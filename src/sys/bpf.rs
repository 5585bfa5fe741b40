//! bpf(2), as far as control groups need it: programs that decide on access to devices (Linux 4.15).

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;

/// One instruction, laid out as the kernel's `struct bpf_insn`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub code: u8,
    /// The target in the lower four bits, the source above them.
    pub registers: u8,
    pub offset: i16,
    pub immediate: i32,
}

const _: () = assert!(size_of::<Instruction>() == 8);

const PROG_LOAD: i64 = 5;
const PROG_ATTACH: i64 = 8;
const PROG_TYPE_CGROUP_DEVICE: u32 = 15;
const ATTACH_CGROUP_DEVICE: u32 = 6;
const ALLOW_MULTI: u32 = 2;

/// The first members of the `BPF_PROG_LOAD` part of `union bpf_attr`; the kernel takes what is missing as zero.
#[repr(C)]
#[derive(Default)]
struct Load {
    prog_type: u32,
    insn_cnt: u32,
    insns: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log_buf: u64,
}

/// The `BPF_PROG_ATTACH` part.
#[repr(C)]
#[derive(Default)]
struct Attach {
    target_fd: u32,
    attach_bpf_fd: u32,
    attach_type: u32,
    attach_flags: u32,
}

/// Loads a program for devices and attaches it to `group`, a directory of cgroup v2, beside those of others; it lives
/// as long as the group.
pub fn attach_device_program(group: BorrowedFd<'_>, program: &[Instruction]) -> Result<(), Errno> {
    let load = Load {
        prog_type: PROG_TYPE_CGROUP_DEVICE,
        insn_cnt: program.len() as u32,
        insns: program.as_ptr() as u64,
        license: c"GPL".as_ptr() as u64,
        ..Load::default()
    };
    // SAFETY: `load` is of the size given; it points to `program`, which has as many instructions as it says, and to a
    // static C string. The kernel reads all of them before it returns.
    let result = unsafe { libc::syscall(libc::SYS_bpf, PROG_LOAD, &raw const load, size_of::<Load>()) };
    // SAFETY: the kernel has just made this descriptor for us, and nobody else has it.
    let program = unsafe { OwnedFd::from_raw_fd(Errno::result(result)? as i32) };
    let attach = Attach {
        target_fd: group.as_raw_fd() as u32,
        attach_bpf_fd: program.as_raw_fd() as u32,
        attach_type: ATTACH_CGROUP_DEVICE,
        attach_flags: ALLOW_MULTI,
    };
    // SAFETY: `attach` is of the size given and is read only; both descriptors live until the call has returned.
    let result = unsafe { libc::syscall(libc::SYS_bpf, PROG_ATTACH, &raw const attach, size_of::<Attach>()) };
    Errno::result(result).map(drop)
}
