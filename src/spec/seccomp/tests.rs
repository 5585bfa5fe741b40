//! Every filter is run by an interpreter against a reading of the same rules that knows nothing of numbers, ranges or
//! jumps; one is loaded for real, in a process of its own.

use std::collections::BTreeMap;

use super::architecture::Architecture::{self, Aarch64, Arm, X32, X86, X86_64};
use super::profile::Circumstances;
use super::rules::{Condition, Rules, Test, Verdict};
use super::*;
use crate::oci::runtime::{SyscallArg, SyscallRule};
#[cfg(target_arch = "x86_64")]
use crate::sys::seccomp::attempt_i386;
use crate::sys::seccomp::interpreter::{Call, run};
use crate::sys::seccomp::{Action, MAX_INSTRUCTIONS, attempt, op};

const FAMILIES: [&[Architecture]; 6] =
    [&[X86_64, X86, X32], &[X86_64], &[X86_64, X86], &[X86_64, X32], &[Aarch64, Arm], &[Aarch64]];

const PODMAN_PROFILE: &str = "/usr/share/containers/seccomp.json";

fn with(names: &[&str]) -> Capabilities {
    Capabilities { bounding: names.iter().map(|name| (*name).to_owned()).collect(), ..Default::default() }
}

fn usual() -> Capabilities {
    with(&crate::spec::capabilities::DEFAULT)
}

// ---- The plain reading.

/// `names` are those of the call's number.
fn expected(rules: &Rules, family: &[Architecture], names: &[&str], call: &Call) -> Action {
    let is_x32 = call.audit == X86_64.audit() && call.number >= architecture::X32_BIT && call.number != u32::MAX;
    let speaks = |architecture: &Architecture| architecture.audit() == call.audit && (*architecture == X32) == is_x32;
    if !family.iter().any(speaks) {
        return Action::KillProcess;
    }
    match names.iter().find_map(|name| rules.verdict(name)) {
        None => rules.default_action,
        Some(Verdict::Always(action)) => *action,
        Some(Verdict::FirstOf(list)) => {
            let fits = |condition: &Condition| fits(condition, call.arguments[usize::from(condition.argument)]);
            let rule = list.iter().find(|rule| rule.conditions.iter().all(fits));
            rule.map_or(rules.default_action, |rule| rule.action)
        }
    }
}

fn fits(condition: &Condition, argument: u64) -> bool {
    let (argument, value) = (argument & condition.mask, condition.value);
    match condition.test {
        Test::Equal => argument == value,
        Test::NotEqual => argument != value,
        Test::Less => argument < value,
        Test::LessOrEqual => argument <= value,
        Test::Greater => argument > value,
        Test::GreaterOrEqual => argument >= value,
    }
}

/// Values around everything that the rules compare with, in either half.
fn interesting_arguments(rules: &Rules, names: &[&str]) -> Vec<[u64; 6]> {
    let mut values = vec![0, 1, u64::MAX];
    for name in names {
        if let Some(Verdict::FirstOf(list)) = rules.verdict(name) {
            for condition in list.iter().flat_map(|rule| &rule.conditions) {
                let value = condition.value;
                values.extend([
                    value,
                    value.wrapping_add(1),
                    value.wrapping_sub(1),
                    value ^ 1 << 40,
                    value | !condition.mask,
                ]);
            }
        }
    }
    values.sort();
    values.dedup();
    let mut sets: Vec<[u64; 6]> = values.iter().map(|value| [*value; 6]).collect();
    if values.len() <= 3 {
        return sets;
    }
    for (at, first) in values.iter().enumerate() {
        let other = values[(at * 7 + 3) % values.len()];
        sets.extend(values.iter().map(|second| [*first, *second, *second, other, *first, *second]));
    }
    sets
}

fn check(rules: &Rules, family: &[Architecture]) -> Vec<SockFilter> {
    let program = compile::program(rules, family).unwrap();
    assert!(program.len() <= MAX_INSTRUCTIONS);
    assert_eq!(program.last().unwrap().code, op::RETURN, "the kernel refuses a program that can run off its end");
    for architecture in [X86_64, X86, X32, Aarch64, Arm] {
        // Numbers without a name as well: in the gaps, beyond the end, at the borders of x32.
        let strange = [470, 511, 600, 9999, 0x3fff_ffff, 0x4000_03ff, 0x7fff_ffff, 0xffff_fffe, u32::MAX];
        let bit = if architecture == X32 { architecture::X32_BIT } else { 0 };
        let unnamed = (0..600).chain(strange).map(|number| (number | bit, Vec::new()));
        let mut calls: BTreeMap<u32, Vec<&str>> = unnamed.collect();
        for (number, name) in architecture.calls() {
            calls.entry(number).or_default().push(name);
        }
        for (number, names) in calls {
            for arguments in interesting_arguments(rules, &names) {
                let call = Call { audit: architecture.audit(), number, arguments };
                let (found, _) = run(&program, &call);
                let wanted = expected(rules, family, &names, &call).return_value();
                assert_eq!(found, wanted, "{architecture:?} {number} {arguments:x?} of {family:?}");
            }
        }
    }
    program
}

/// The default program's answer on x86-64 and its kin.
fn answer(capabilities: &Capabilities, architecture: Architecture, name: &str, arguments: &[u64]) -> Action {
    let family: &[Architecture] =
        if matches!(architecture, Aarch64 | Arm) { &[Aarch64, Arm] } else { &[X86_64, X86, X32] };
    let rules = table::default_rules(capabilities);
    let program = compile::program(&rules, family).unwrap();
    let number = architecture.calls().into_iter().find(|(_, known)| *known == name).expect("a known call").0;
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    let (value, _) = run(&program, &Call { audit: architecture.audit(), number, arguments: all });
    match value {
        libc::SECCOMP_RET_ALLOW => Action::Allow,
        value if value & 0xffff_0000 == libc::SECCOMP_RET_ERRNO => Action::Errno(value as u16),
        value => panic!("{name} answers {value:#x}"),
    }
}

const EPERM: Action = Action::Errno(libc::EPERM as u16);
const ENOSYS: Action = Action::Errno(libc::ENOSYS as u16);
const EINVAL: Action = Action::Errno(libc::EINVAL as u16);
const EAFNOSUPPORT: Action = Action::Errno(libc::EAFNOSUPPORT as u16);

// ---- The compiler.

#[test]
fn the_default_filter_does_what_its_rules_say() {
    for capabilities in
        [usual(), with(&[]), with(&["CAP_SYS_ADMIN", "CAP_AUDIT_WRITE"]), with(&crate::sys::capability::NAMES)]
    {
        let rules = table::default_rules(&capabilities);
        for family in FAMILIES {
            let program = check(&rules, family);
            assert!(program.len() < 400, "{} instructions for {family:?}", program.len());
        }
    }
}

#[test]
fn what_another_runtime_is_told_allows_the_same() {
    for capabilities in [usual(), with(&["CAP_SYS_ADMIN", "CAP_AUDIT_WRITE"])] {
        let rules = table::default_rules(&capabilities);
        let told = export::profile(&rules, &[X86_64]);
        let told = Rules::of_profile(&told).unwrap();
        let program = compile::program(&told, &[X86_64]).unwrap();
        for (number, name) in X86_64.calls() {
            for arguments in interesting_arguments(&rules, &[name]) {
                let call = Call { audit: X86_64.audit(), number, arguments };
                let allows = run(&program, &call).0 == libc::SECCOMP_RET_ALLOW;
                let wanted = expected(&rules, &[X86_64], &[name], &call) == Action::Allow;
                // With a bit above the 32 that the kernel looks at, a value is none of those that are allowed. (One
                // that is excepted beside another, as of audit sockets, is missed; the kernel asks for a right there.)
                let is_strange = arguments.iter().any(|argument| *argument > u64::from(u32::MAX));
                let is_netlink = name == "socket" && arguments[0] == 16;
                assert!(allows == wanted || (is_strange && (!allows || is_netlink)), "{name} {arguments:x?}");
            }
        }
    }
}

#[test]
fn usual_calls_are_decided_in_a_few_steps() {
    for family in [FAMILIES[0], FAMILIES[4]] {
        let program = compile::program(&table::default_rules(&usual()), family).unwrap();
        for name in
            ["read", "write", "openat", "close", "mmap", "futex", "epoll_pwait", "recvmsg", "newfstatat", "statx"]
        {
            let number = family[0].calls().into_iter().find(|(_, known)| *known == name).unwrap().0;
            let (_, steps) = run(&program, &Call { audit: family[0].audit(), number, arguments: [0; 6] });
            assert!(steps <= 12, "{name} takes {steps} steps");
        }
    }
}

fn entry(names: &[&str], action: &str, args: &[(u32, &str, u64, u64)]) -> SyscallRule {
    let argument = |&(index, op, value, value_two): &(u32, &str, u64, u64)| SyscallArg {
        index,
        value,
        value_two,
        op: format!("SCMP_CMP_{op}"),
    };
    SyscallRule {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        action: format!("SCMP_ACT_{action}"),
        errno_ret: None,
        args: args.iter().map(argument).collect(),
    }
}

fn profile_of(default_action: &str, syscalls: Vec<SyscallRule>) -> Seccomp {
    Seccomp { default_action: format!("SCMP_ACT_{default_action}"), syscalls, ..Default::default() }
}

#[test]
fn every_comparison_looks_at_all_64_bits() {
    for value in [0, 5, 0xffff_ffff, 0x1_0000_0000, 0x1234_5678_9abc_def0, u64::MAX] {
        for op in ["EQ", "NE", "LT", "LE", "GT", "GE"] {
            let seccomp = profile_of("ALLOW", vec![entry(&["read"], "ERRNO", &[(2, op, value, 0)])]);
            check(&Rules::of_profile(&seccomp).unwrap(), FAMILIES[0]);
        }
        for mask in [0, 0xff, 0xffff_0000_0000_ffff, 0xffff_ffff_0000_0000, u64::MAX] {
            let seccomp = profile_of("TRAP", vec![entry(&["clone"], "ALLOW", &[(0, "MASKED_EQ", mask, value)])]);
            check(&Rules::of_profile(&seccomp).unwrap(), FAMILIES[4]);
        }
    }
}

#[test]
fn several_rules_for_one_call_are_alternatives() {
    let seccomp = profile_of(
        "KILL_PROCESS",
        vec![
            entry(&["fcntl", "ioctl"], "ALLOW", &[(1, "EQ", 3, 0), (2, "GE", 1 << 33, 0)]),
            entry(&["ioctl"], "ERRNO", &[(1, "EQ", 0x5412, 0)]),
            entry(&["fcntl"], "TRACE", &[(3, "LT", 7, 0)]),
            entry(&["ioctl"], "LOG", &[(1, "GT", 9, 0), (1, "LT", 2, 0)]),
            entry(&["write"], "ALLOW", &[(0, "LE", 2, 0)]),
            entry(&["write"], "KILL_THREAD", &[]),
        ],
    );
    let rules = Rules::of_profile(&seccomp).unwrap();
    for family in FAMILIES {
        check(&rules, family);
    }
    assert_eq!(rules.verdict("write"), Some(&Verdict::Always(Action::KillThread)), "a rule without conditions wins");
    let Some(Verdict::FirstOf(ioctl)) = rules.verdict("ioctl") else { panic!("ioctl has conditions") };
    assert_eq!(ioctl.len(), 4, "two conditions on one argument are two rules, as runc and crun have it");
}

#[test]
fn jumps_reach_across_large_programs() {
    // Each call with conditions and an errno of its own: nothing can be merged or reached directly.
    let names: Vec<&str> = X86_64.calls().into_iter().map(|(_, name)| name).collect();
    let syscalls = names.iter().enumerate().map(|(at, name)| SyscallRule {
        errno_ret: Some(1 + at as u32),
        ..entry(&[name], "ERRNO", &[(at as u32 % 6, "MASKED_EQ", 0xf_0000_000f, at as u64 % 16)])
    });
    let seccomp = profile_of("ALLOW", syscalls.collect());
    let rules = Rules::of_profile(&seccomp).unwrap();
    for family in [FAMILIES[1], FAMILIES[2], FAMILIES[4]] {
        assert!(check(&rules, family).len() > 1500);
    }
}

#[test]
fn a_profile_too_long_for_the_kernel_is_refused() {
    let many = (0..1000).map(|value| entry(&["read"], "ERRNO", &[(0, "EQ", value << 31, 0), (1, "EQ", value, 0)]));
    let error = compile(&profile_of("ALLOW", many.collect())).unwrap_err();
    assert!(error.to_string().contains("4096") && error.hint.is_some(), "{error}");
}

#[test]
fn a_call_refused_by_name_is_refused_through_its_multiplexer() {
    let seccomp = profile_of("ALLOW", vec![entry(&["socket", "shmget"], "ERRNO", &[])]);
    let rules = Rules::of_profile(&seccomp).unwrap();
    let program = check(&rules, FAMILIES[0]);
    let ask = |number, first| run(&program, &Call { audit: X86.audit(), number, arguments: [first, 0, 0, 0, 0, 0] }).0;
    const SOCKETCALL: u32 = 102;
    const IPC: u32 = 117;
    assert_eq!(ask(SOCKETCALL, 1), EPERM.return_value());
    assert_eq!(ask(SOCKETCALL, 3), libc::SECCOMP_RET_ALLOW);
    assert_eq!(ask(IPC, 23 | 1 << 16), EPERM.return_value());
}

// ---- The default profile.

#[test]
fn unknown_calls_are_enosys_and_refused_ones_eperm() {
    for architecture in [X86_64, X86, X32] {
        for name in ["io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key"] {
            assert_eq!(answer(&usual(), architecture, name, &[]), ENOSYS, "{name}");
        }
        for name in ["userfaultfd", "bpf", "perf_event_open", "kexec_load", "init_module", "swapon", "acct"] {
            assert_eq!(answer(&usual(), architecture, name, &[]), EPERM, "{name}");
        }
    }
}

#[test]
fn sockets_of_dangerous_families_are_refused_whatever_the_high_bits() {
    for architecture in [X86_64, X86, X32, Aarch64, Arm] {
        for family in [38, 40, 38 | 1 << 32, 40 | 0xffff_ffff << 32] {
            assert_eq!(answer(&usual(), architecture, "socket", &[family, 5, 0]), EAFNOSUPPORT);
        }
        for family in [1, 2, 10, 16, 17, 39, 41] {
            assert_eq!(answer(&usual(), architecture, "socket", &[family, 1, 0]), Action::Allow);
        }
        assert_eq!(answer(&usual(), architecture, "socket", &[16, 3, 9]), EINVAL);
        assert_eq!(answer(&with(&["CAP_AUDIT_WRITE"]), architecture, "socket", &[16, 3, 9]), Action::Allow);
    }
}

#[test]
fn personality_takes_five_values() {
    for value in [0, 8, 0x20000, 0x20008, 0xffff_ffff] {
        assert_eq!(answer(&usual(), X86_64, "personality", &[value]), Action::Allow);
    }
    // ADDR_NO_RANDOMIZE
    assert_eq!(answer(&usual(), X86_64, "personality", &[0x0004_0000]), ENOSYS);
}

#[test]
fn capabilities_open_their_calls() {
    for (capability, name) in [
        ("CAP_SYS_ADMIN", "bpf"),
        ("CAP_BPF", "bpf"),
        ("CAP_SYS_ADMIN", "perf_event_open"),
        ("CAP_PERFMON", "perf_event_open"),
        ("CAP_SYS_PTRACE", "kcmp"),
        ("CAP_SYS_TIME", "settimeofday"),
        ("CAP_SYS_MODULE", "init_module"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
    ] {
        assert_eq!(answer(&with(&[]), X86_64, name, &[]), EPERM, "{name}");
        assert_eq!(answer(&with(&[capability]), X86_64, name, &[]), Action::Allow, "{name} with {capability}");
    }
}

#[test]
fn new_calls_are_allowed() {
    for architecture in [X86_64, X86, X32, Aarch64, Arm] {
        for name in [
            "statx",
            "clone3",
            "faccessat2",
            "openat2",
            "close_range",
            "epoll_pwait2",
            "futex_waitv",
            "futex_wake",
            "futex_wait",
            "futex_requeue",
            "landlock_create_ruleset",
            "landlock_add_rule",
            "landlock_restrict_self",
            "process_mrelease",
            "cachestat",
            "fchmodat2",
            "map_shadow_stack",
            "mseal",
            "listmount",
            "statmount",
            "setxattrat",
            "getxattrat",
            "listxattrat",
            "removexattrat",
            "mount_setattr",
            "pidfd_open",
            "rseq",
            "file_getattr",
        ] {
            assert_eq!(answer(&usual(), architecture, name, &[]), Action::Allow, "{name} on {architecture:?}");
        }
    }
}

/// The names that box knowingly treats in a stricter way than containers-common.
const STRICTER: [&str; 2] = ["keyctl", "socket"];

#[test]
fn what_podman_allows_is_allowed() {
    let Ok(json) = std::fs::read_to_string(PODMAN_PROFILE) else {
        // Past the harness, which would keep it to itself.
        let skip = format!("SKIP what_podman_allows_is_allowed: {PODMAN_PROFILE} is not installed\n");
        return std::io::Write::write_all(&mut std::io::stderr(), skip.as_bytes()).unwrap();
    };
    for capabilities in
        [usual(), with(&[]), with(&["CAP_SYS_ADMIN", "CAP_SYS_PTRACE"]), with(&crate::sys::capability::NAMES)]
    {
        for native in [X86_64, Aarch64] {
            let about = Circumstances { capabilities: &capabilities.bounding, architecture: native, kernel: (6, 1) };
            let podmans = profile::settle(&json, &about).unwrap();
            let podmans = Rules::of_profile(&podmans).unwrap();
            let ours = table::default_rules(&capabilities);
            let family = if native == X86_64 { FAMILIES[0] } else { FAMILIES[4] };
            check(&podmans, family);
            for (_, name) in family.iter().flat_map(|architecture| architecture.calls()) {
                let allowed = podmans.verdict(name) == Some(&Verdict::Always(Action::Allow));
                if allowed && !STRICTER.contains(&name) {
                    assert_eq!(ours.verdict(name), Some(&Verdict::Always(Action::Allow)), "{name}");
                }
                if podmans.verdict(name) == Some(&Verdict::Always(EPERM)) {
                    assert_eq!(ours.verdict(name), Some(&Verdict::Always(EPERM)), "{name}");
                }
            }
        }
    }
}

#[test]
fn every_name_in_the_table_is_a_call_somewhere() {
    let calls: Vec<_> =
        [X86_64, X86, Aarch64, Arm].into_iter().flat_map(Architecture::calls).map(|(_, name)| name).collect();
    for name in table::DEFAULT.lines().filter_map(|line| line.strip_prefix("    ")).flat_map(|line| line.split(' ')) {
        // Only on other architectures, but in the lists that this table follows.
        let foreign = ["pciconfig_iobase", "pciconfig_read", "pciconfig_write", "process_madvise"];
        assert!(calls.contains(&name) || foreign.contains(&name), "{name}");
    }
}

// ---- Profiles as JSON.

const SUPERSET: &str = r#"{
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "EPERM", "comment": "x",
    "archMap": [
        { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] },
        { "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": null }
    ],
    "syscalls": [
        { "names": ["read"], "action": "SCMP_ACT_ALLOW", "args": null, "includes": {}, "excludes": {}, "comment": "" },
        { "name": "write", "action": "SCMP_ACT_ERRNO", "errno": "EROFS", "errnoRet": 1 },
        { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_BPF", "CAP_KILL"] } },
        { "names": ["kcmp"], "action": "SCMP_ACT_ALLOW", "excludes": { "caps": ["CAP_KILL"] } },
        { "names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": { "arches": ["amd64", "x32"] } },
        { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } },
        { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": { "arches": ["s390x"] },
          "args": [{ "index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ" }] }
    ]
}"#;

fn names_for(capabilities: &[&str], architecture: Architecture, kernel: (u32, u32)) -> Vec<String> {
    let capabilities = with(capabilities).bounding;
    let settled =
        profile::settle(SUPERSET, &Circumstances { capabilities: &capabilities, architecture, kernel }).unwrap();
    settled.syscalls.into_iter().flat_map(|rule| rule.names).collect()
}

#[test]
fn rules_apply_by_capability_architecture_and_kernel() {
    assert_eq!(names_for(&[], X86_64, (4, 8)), ["read", "write", "kcmp", "arch_prctl", "ptrace", "clone"]);
    assert_eq!(names_for(&["CAP_KILL"], Aarch64, (4, 7)), ["read", "write", "clone"]);
    assert_eq!(names_for(&["CAP_KILL", "CAP_BPF"], Aarch64, (5, 0)), ["read", "write", "bpf", "ptrace", "clone"]);
}

#[test]
fn errnos_and_architectures_are_settled() {
    let settle = |architecture| {
        profile::settle(SUPERSET, &Circumstances { capabilities: &[], architecture, kernel: (6, 0) }).unwrap()
    };
    let settled = settle(X86_64);
    assert_eq!(settled.default_errno_ret, Some(libc::EPERM as u32), "an errno's name stands above its number");
    assert_eq!(settled.syscalls[1].errno_ret, Some(libc::EROFS as u32));
    assert_eq!(settled.architectures, ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
    assert_eq!(settle(Aarch64).architectures, ["SCMP_ARCH_AARCH64"]);
}

#[test]
fn the_machines_own_architecture_is_always_covered() {
    let foreign = Seccomp { architectures: vec!["SCMP_ARCH_MIPS".into()], ..profile_of("ALLOW", vec![]) };
    assert_eq!(profile::architectures(&foreign), [architecture::NATIVE_FAMILY[0]]);
}

#[test]
fn a_malformed_profile_is_a_usage_error_that_says_what() {
    for (json, part) in [
        ("{", "EOF"),
        (r#"{"defaultAction": "SCMP_ACT_SING"}"#, "SCMP_ACT_SING"),
        (
            r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]}"#,
            "NOTIFY",
        ),
        (r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 5000}"#, "5000"),
        (r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOFUN"}"#, "ENOFUN"),
        (
            r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_TRAP",
                "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]}"#,
            "argument 6",
        ),
    ] {
        let settings = Settings { seccomp: SeccompChoice::Profile(json.into()), ..Default::default() };
        let error = filter(&settings, &usual()).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Usage, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn privileged_and_unconfined_have_no_filter() {
    let privileged = Settings { privileged: true, ..Default::default() };
    let unconfined = Settings { seccomp: SeccompChoice::Unconfined, ..Default::default() };
    for settings in [privileged, unconfined] {
        assert_eq!(filter(&settings, &usual()).unwrap(), None);
    }
    assert!(filter(&Settings::default(), &usual()).unwrap().is_some());
}

// ---- The kernel.

const CHILD: &str = "BOX_TEST_UNDER_DEFAULT_FILTER";

#[test]
fn the_kernel_takes_the_default_filter() {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "--nocapture", "spec::seccomp::tests::under_the_default_filter"]).env(CHILD, "1");
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// The child of the test above: what it loads stays with its thread until the process ends.
#[test]
fn under_the_default_filter() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let errno = |name, arguments: &[usize]| attempt(name, arguments).err();
    assert_ne!(errno("keyctl", &[0]), Some(libc::ENOSYS), "keyctl is there before the filter is");
    #[cfg(target_arch = "x86_64")]
    let process = i64::from(attempt_i386(20));

    rustix::thread::set_no_new_privs(true).unwrap();
    crate::sys::seccomp::load(&default_filter(&usual())).unwrap();

    assert_eq!(errno("keyctl", &[0]), Some(libc::ENOSYS));
    assert_eq!(errno("io_uring_setup", &[1, 0]), Some(libc::ENOSYS));
    assert_eq!(errno("userfaultfd", &[0]), Some(libc::EPERM));
    assert_eq!(errno("bpf", &[0, 0, 0]), Some(libc::EPERM));
    assert_eq!(errno("socket", &[38, 5, 0]), Some(libc::EAFNOSUPPORT));
    assert_eq!(errno("socket", &[40, 1, 0]), Some(libc::EAFNOSUPPORT));
    assert_eq!(errno("socket", &[16, 3, 9]), Some(libc::EINVAL));
    assert_eq!(errno("personality", &[0x0004_0000]), Some(libc::ENOSYS));
    assert_eq!(errno("getpid", &[]), None);
    assert_eq!(errno("personality", &[0xffff_ffff]), None);
    assert_eq!(errno("socket", &[2, 1, 0]), None);
    assert!(std::fs::read("/proc/self/status").is_ok());
    #[cfg(target_arch = "x86_64")]
    {
        // getpid, userfaultfd and keyctl by i386's numbers.
        assert_eq!((i64::from(attempt_i386(20)), process), (process, i64::from(std::process::id())));
        assert_eq!((attempt_i386(374), attempt_i386(288)), (-libc::EPERM, -libc::ENOSYS));
    }
    assert!(std::thread::spawn(|| 7).join().is_ok(), "threads start: clone3 is allowed");
}
