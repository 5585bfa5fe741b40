//! Capabilities: their names, and the four sets of the calling thread that can be changed.
//!
//! Which capabilities a container gets is decided in `spec::capabilities`; the order of the steps, in `init`.

use rustix::thread::{CapabilitySet, CapabilitySets};

use crate::error::{During, Error, Result};

/// Every capability by number, from linux/capability.h. Bit `n` of a set is `NAMES[n]`.
pub const NAMES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// The number of a capability by its full name: `CAP_CHOWN` is 0.
pub fn number(name: &str) -> Option<u32> {
    NAMES.iter().position(|known| *known == name).map(|number| number as u32)
}

/// The set that holds the named capabilities (full names, as in an OCI spec).
pub fn set_of(names: &[String]) -> Result<CapabilitySet> {
    names.iter().try_fold(CapabilitySet::empty(), |set, name| {
        let number = number(name).ok_or_else(|| Error::usage(format!("unknown capability `{name}`")))?;
        Ok(set | CapabilitySet::from_bits_retain(1 << number))
    })
}

/// The names in a set, by number.
pub fn names_of(set: CapabilitySet) -> Vec<&'static str> {
    NAMES.iter().enumerate().filter(|(number, _)| set.bits() >> number & 1 == 1).map(|(_, name)| *name).collect()
}

/// Takes everything but `keep` out of the bounding set, for good: no execve brings it back. Needs `CAP_SETPCAP`.
pub fn limit_bounding(keep: CapabilitySet) -> Result<()> {
    for number in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match rustix::thread::capability_is_in_bounding_set(capability) {
            Ok(true) if !keep.contains(capability) => rustix::thread::remove_capability_from_bounding_set(capability)
                .during(|| {
                format!("drop {} from the bounding set", NAMES.get(number as usize).unwrap_or(&"capability"))
            })?,
            Ok(_) => {}
            // Beyond the last capability that this kernel knows.
            Err(rustix::io::Errno::INVAL) => break,
            Err(errno) => return Err(Error::from(errno).while_doing("read the bounding set")),
        }
    }
    Ok(())
}

/// Whether the next change of user ID away from 0 leaves the permitted set as it is. An execve switches it off.
pub fn keep_across_setuid(keep: bool) -> Result<()> {
    rustix::thread::set_keep_capabilities(keep).during(|| "keep capabilities while changing the user")
}

/// Sets three sets of the calling thread. None may grow beyond the permitted set as it is before the call.
pub fn set(effective: CapabilitySet, permitted: CapabilitySet, inheritable: CapabilitySet) -> Result<()> {
    let sets = CapabilitySets { effective, permitted, inheritable };
    rustix::thread::set_capabilities(None, sets).during(|| "set capabilities")
}

/// Makes the ambient set exactly `ambient`; what is raised must be permitted and inheritable already.
pub fn set_ambient(ambient: CapabilitySet) -> Result<()> {
    rustix::thread::clear_ambient_capability_set().during(|| "clear ambient capabilities")?;
    for (number, name) in NAMES.iter().enumerate().filter(|(number, _)| ambient.bits() >> number & 1 == 1) {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        rustix::thread::configure_capability_in_ambient_set(capability, true)
            .during(|| format!("make {name} an ambient capability"))?;
    }
    Ok(())
}

/// The effective, permitted and inheritable sets of the calling thread.
pub fn current() -> Result<CapabilitySets> {
    rustix::thread::capabilities(None).during(|| "read capabilities")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_at_the_bits_of_the_kernel() {
        assert_eq!(number("CAP_CHOWN"), Some(0));
        assert_eq!(number("CAP_SYS_ADMIN"), Some(CapabilitySet::SYS_ADMIN.bits().trailing_zeros()));
        assert_eq!(number("CAP_CHECKPOINT_RESTORE"), Some(40));
        assert_eq!(number("chown"), None);
        for (number, flag) in
            CapabilitySet::all().iter_names().map(|(name, flag)| (number(&format!("CAP_{name}")), flag))
        {
            assert_eq!(number, Some(flag.bits().trailing_zeros()));
        }
    }

    #[test]
    fn a_set_and_its_names_are_the_same_thing() {
        let names = ["CAP_KILL".to_owned(), "CAP_SETFCAP".to_owned()];
        assert_eq!(names_of(set_of(&names).unwrap()), ["CAP_KILL", "CAP_SETFCAP"]);
        assert!(set_of(&["CAP_NONE".to_owned()]).is_err());
    }
}
