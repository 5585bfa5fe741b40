//! The architectures whose calls one kernel takes, and what they call which number.

use crate::sys::seccomp::audit;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    X86_64,
    X86,
    /// The 64-bit table with 32-bit pointers: told from X86_64 by a bit in the call's number only.
    X32,
    Aarch64,
    Arm,
}

/// What this machine runs, its own architecture first.
#[cfg(target_arch = "x86_64")]
pub const NATIVE_FAMILY: &[Architecture] = &[Architecture::X86_64, Architecture::X86, Architecture::X32];
#[cfg(target_arch = "aarch64")]
pub const NATIVE_FAMILY: &[Architecture] = &[Architecture::Aarch64, Architecture::Arm];

/// `__X32_SYSCALL_BIT` of asm/unistd.h.
pub const X32_BIT: u32 = 0x4000_0000;

/// The calls for which x32 has numbers of its own, which count from 512 in this order; with each, the 64-bit number in
/// whose place it stands (arch/x86/entry/syscalls/syscall_64.tbl, ABI `x32`).
const X32_OWN: [(u32, &str); 36] = [
    (13, "rt_sigaction"),
    (15, "rt_sigreturn"),
    (16, "ioctl"),
    (19, "readv"),
    (20, "writev"),
    (45, "recvfrom"),
    (46, "sendmsg"),
    (47, "recvmsg"),
    (59, "execve"),
    (101, "ptrace"),
    (127, "rt_sigpending"),
    (128, "rt_sigtimedwait"),
    (129, "rt_sigqueueinfo"),
    (131, "sigaltstack"),
    (222, "timer_create"),
    (244, "mq_notify"),
    (246, "kexec_load"),
    (247, "waitid"),
    (273, "set_robust_list"),
    (274, "get_robust_list"),
    (278, "vmsplice"),
    (279, "move_pages"),
    (295, "preadv"),
    (296, "pwritev"),
    (297, "rt_tgsigqueueinfo"),
    (299, "recvmmsg"),
    (307, "sendmmsg"),
    (310, "process_vm_readv"),
    (311, "process_vm_writev"),
    (54, "setsockopt"),
    (55, "getsockopt"),
    (206, "io_setup"),
    (209, "io_submit"),
    (322, "execveat"),
    (327, "preadv2"),
    (328, "pwritev2"),
];

/// Second names, and ARM's private calls (arch/arm/include/uapi/asm/unistd.h), which the tables of `syscalls` lack.
const AARCH64_MORE: [(u32, &str); 1] = [(79, "newfstatat")];
const ARM_MORE: [(u32, &str); 7] = [
    (341, "sync_file_range2"),
    (0xf_0001, "breakpoint"),
    (0xf_0002, "cacheflush"),
    (0xf_0003, "usr26"),
    (0xf_0004, "usr32"),
    (0xf_0005, "set_tls"),
    (0xf_0006, "get_tls"),
];

impl Architecture {
    /// The value in `seccomp_data.arch`.
    pub fn audit(self) -> u32 {
        match self {
            Architecture::X86_64 | Architecture::X32 => audit::X86_64,
            Architecture::X86 => audit::I386,
            Architecture::Aarch64 => audit::AARCH64,
            Architecture::Arm => audit::ARM,
        }
    }

    /// The OCI name: `SCMP_ARCH_X86_64`.
    pub fn named(name: &str) -> Option<Architecture> {
        Some(match name {
            "SCMP_ARCH_X86_64" => Architecture::X86_64,
            "SCMP_ARCH_X86" => Architecture::X86,
            "SCMP_ARCH_X32" => Architecture::X32,
            "SCMP_ARCH_AARCH64" => Architecture::Aarch64,
            "SCMP_ARCH_ARM" => Architecture::Arm,
            _ => return None,
        })
    }

    /// What profiles for Docker and Podman call it: Go's name.
    pub fn go_name(self) -> &'static str {
        match self {
            Architecture::X86_64 => "amd64",
            Architecture::X86 => "x86",
            Architecture::X32 => "x32",
            Architecture::Aarch64 => "arm64",
            Architecture::Arm => "arm",
        }
    }

    pub fn oci_name(self) -> &'static str {
        match self {
            Architecture::X86_64 => "SCMP_ARCH_X86_64",
            Architecture::X86 => "SCMP_ARCH_X86",
            Architecture::X32 => "SCMP_ARCH_X32",
            Architecture::Aarch64 => "SCMP_ARCH_AARCH64",
            Architecture::Arm => "SCMP_ARCH_ARM",
        }
    }

    /// Every (number, name) in ascending order of numbers; a number with two names comes twice.
    pub fn calls(self) -> Vec<(u32, &'static str)> {
        let mut calls = match self {
            Architecture::X86_64 => table(|number| syscalls::x86_64::Sysno::new(number).map(|call| call.name())),
            Architecture::X86 => table(|number| syscalls::x86::Sysno::new(number).map(|call| call.name())),
            Architecture::Aarch64 => table(|number| syscalls::aarch64::Sysno::new(number).map(|call| call.name())),
            Architecture::Arm => table(|number| syscalls::arm::Sysno::new(number).map(|call| call.name())),
            Architecture::X32 => return x32_calls(),
        };
        let more: &[(u32, &str)] = match self {
            Architecture::Aarch64 => &AARCH64_MORE,
            Architecture::Arm => &ARM_MORE,
            _ => return calls,
        };
        calls.extend_from_slice(more);
        calls.sort_by_key(|(number, _)| *number);
        calls
    }
}

/// The crate's own iterator leaves out the last call of a table (0.8.1), so count.
fn table(name: impl Fn(usize) -> Option<&'static str>) -> Vec<(u32, &'static str)> {
    const END: usize = 1024;
    (0..END).filter_map(|number| Some((number as u32, name(number)?))).collect()
}

/// The 64-bit numbers with a bit set, except where x32 has a number of its own. The few others that x32 lacks stay in:
/// the kernel answers them with ENOSYS itself.
fn x32_calls() -> Vec<(u32, &'static str)> {
    let is_replaced = |number: u32| X32_OWN.iter().any(|(replaced, _)| *replaced == number);
    let shared = Architecture::X86_64.calls().into_iter().filter(|(number, _)| !is_replaced(*number));
    let own = (512..).zip(X32_OWN.map(|(_, name)| name));
    shared.chain(own).map(|(number, name)| (number | X32_BIT, name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(architecture: Architecture, name: &str) -> Option<u32> {
        architecture.calls().into_iter().find(|(_, known)| *known == name).map(|(number, _)| number)
    }

    #[test]
    fn numbers_are_those_of_the_kernel() {
        for (architecture, name, wanted) in [
            (Architecture::X86_64, "execve", 59),
            (Architecture::X86_64, "file_setattr", 469),
            (Architecture::X86, "execve", 11),
            (Architecture::X86, "socketcall", 102),
            (Architecture::X32, "read", X32_BIT),
            (Architecture::X32, "rt_sigaction", X32_BIT | 512),
            (Architecture::X32, "execve", X32_BIT | 520),
            (Architecture::X32, "recvmmsg", X32_BIT | 537),
            (Architecture::X32, "execveat", X32_BIT | 545),
            (Architecture::X32, "pwritev2", X32_BIT | 547),
            (Architecture::Aarch64, "execve", 221),
            (Architecture::Aarch64, "newfstatat", 79),
            (Architecture::Arm, "execve", 11),
            (Architecture::Arm, "set_tls", 0xf_0005),
        ] {
            assert_eq!(number(architecture, name), Some(wanted), "{name} on {architecture:?}");
        }
    }

    #[test]
    fn what_x32_numbers_anew_it_calls_as_the_64_bit_table_does() {
        for (replaced, name) in X32_OWN {
            assert_eq!(number(Architecture::X86_64, name), Some(replaced), "{name}");
            assert_eq!(Architecture::X32.calls().iter().filter(|(_, known)| *known == name).count(), 1);
        }
    }

    #[test]
    fn calls_come_in_ascending_order() {
        use Architecture::*;
        for architecture in [X86_64, X86, X32, Aarch64, Arm] {
            assert!(architecture.calls().is_sorted_by_key(|(number, _)| *number), "{architecture:?}");
        }
    }
}
