//! The program inside the test images: tells what its surroundings look like from inside, and does simple things in
//! exactly the way that a test needs. Linked statically, so an image needs nothing else.
//!
//!     payload report            the surroundings as one JSON object
//!     payload exit N            ends with N
//!     payload wait              says `ready`, then waits without a signal handler
//!     payload trap SIGNAL N     says `ready`, then ends with N when the signal comes
//!     payload lines OUT ERR     says OUT and ERR on standard output and error
//!     payload serve PORT        says `ready`, then tells each TCP client the address it came from
//!     payload read FILE         what is in it
//!     payload connect ADDRESS   `connected`, or the kind of error that a TCP connection meets
//!     payload mirror ADDRESS N  sends N bytes over TCP, then its end, and says whether the same came back: `whole`
//!     payload many ADDRESS N    N short TCP connections that each say a line and hear it again: `all`
//!     payload rounds ADDRESS N  N bytes to and fro on one connection, each after the answer to the last: `all`
//!     payload ask ADDRESS TEXT  the answer to a datagram, or the kind of error
//!     payload hear ADDRESS      what a TCP server says before it ends the connection, or the kind of error
//!     payload echo PORT         says `ready`, then sends each TCP client back what it says
//!     payload resolve NAME      the addresses of a host, in order, or `none`
//!     payload reverse SERVER NAME  the names that a DNS server gives for NAME, or the code that it answers, or
//!                               `truncated`
//!     payload lookup SERVER NAME N  how many microseconds of N lookups over UDP the fastest quarter took at most
//!     payload questions SERVER NAME N  the same over TCP, asked N times at once
//!     payload answer PORT|ADDRESS  says `ready`, then answers datagrams with the address they came from
//!     payload exchange DIR TO   DIR is a directory with a file, and a link to TO, in turn and as fast as possible
//!     payload watch             says `ready`, then tells of each other program that it can open as /proc/*/exe
//!     payload notify TEXT…      tells the service manager each TEXT, where 0.5 is half a second of waiting instead,
//!                               then waits
//!     payload accept            answers each client of the socket that was passed to it with `passed`
//!     payload activate NAME=ADDRESS,… PROGRAM ARG…
//!                               becomes this program, with TCP sockets at these addresses passed to it as systemd does
//!     payload filtered PROGRAM ARG…
//!                               becomes this program, under such a filter as RestrictSUIDSGID= of systemd makes
//!     payload without WHAT PROGRAM ARG…
//!                               becomes this program, where there is no `nf_tables`, or no `ipv6`
//!     payload call NUMBER ARG…  the error that a system call gives: `EPERM`, `ENOSYS`, or `0`

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::ExitCode;
use std::{env, fs};

use nix::sys::signal::{SigSet, Signal};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] | ["report"] => println!("{}", report()),
        ["exit", code] => return ExitCode::from(code.parse::<u8>().expect("a code up to 255")),
        ["wait"] => {
            say_ready();
            nix::unistd::pause();
        }
        ["trap", signal, code] => {
            let awaited = SigSet::from(signal.parse::<Signal>().expect("a name like SIGTERM"));
            awaited.thread_block().expect("a signal can be blocked");
            say_ready();
            awaited.wait().expect("a blocked signal can be awaited");
            return ExitCode::from(code.parse::<u8>().expect("a code up to 255"));
        }
        ["lines", out, err] => {
            println!("{out}");
            eprintln!("{err}");
        }
        ["serve", port] => serve(port.parse().expect("a port")),
        ["read", file] => print!("{}", fs::read_to_string(file).expect("it can be read")),
        ["connect", address] => println!("{}", outcome(TcpStream::connect(address), |_| "connected".to_owned())),
        ["mirror", address, count] => println!("{}", mirror(address, count.parse().expect("a number"))),
        ["many", address, count] => println!("{}", many(address, count.parse().expect("a number"))),
        ["rounds", address, count] => {
            println!("{}", outcome(rounds(address, count.parse().expect("a number")), |said| said));
        }
        ["ask", address, text] => println!("{}", outcome(ask(address, text), |answer| answer)),
        ["hear", address] => println!("{}", outcome(hear(address), |said| said)),
        ["echo", port] => echo(port.parse().expect("a port")),
        ["resolve", name] => println!("{}", resolve(name)),
        ["reverse", server, name] => println!("{}", outcome(reverse(server, name), |said| said)),
        ["lookup", server, name, count] => {
            println!("{}", outcome(lookup(server, name, count.parse().expect("a number")), |said| said));
        }
        ["questions", server, name, count] => {
            println!("{}", outcome(questions(server, name, count.parse().expect("a number")), |said| said));
        }
        ["answer", place] => answer(place),
        ["exchange", directory, target] => exchange(directory, target),
        ["watch"] => watch(),
        ["notify", ref texts @ ..] => notify(texts),
        ["accept"] => accept(),
        ["activate", sockets, program, ref arguments @ ..] => activate(sockets, program, arguments),
        ["filtered", program, ref arguments @ ..] => filtered(program, arguments),
        ["without", what, program, ref arguments @ ..] => without(what, program, arguments),
        ["call", number, ref arguments @ ..] => println!("{}", call(number, arguments)),
        _ => {
            eprintln!("payload: cannot do {words:?}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn say_ready() {
    println!("ready");
    std::io::stdout().flush().expect("standard output is open");
}

fn serve(port: u16) {
    let listener = std::net::TcpListener::bind(("0.0.0.0", port)).expect("the port is free");
    say_ready();
    for mut client in listener.incoming().flatten() {
        let from = client.peer_addr().map_or_else(|error| error.to_string(), |address| address.ip().to_string());
        let _ = writeln!(client, "{from}"); // The client may be gone; the next one is not.
    }
}

fn outcome<T>(result: std::io::Result<T>, say: impl FnOnce(T) -> String) -> String {
    result.map_or_else(|error| format!("{:?}", error.kind()), say)
}

fn mirror(address: &str, count: usize) -> String {
    let sent: Vec<u8> = (0..count as u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let exchange = || {
        let mut stream = TcpStream::connect(address)?;
        let mut sender = stream.try_clone()?;
        let (mut received, expected) = (Vec::new(), sent.clone());
        let sending = std::thread::spawn(move || {
            sender.write_all(&sent)?;
            sender.shutdown(std::net::Shutdown::Write)
        });
        stream.read_to_end(&mut received)?;
        sending.join().expect("it does not panic")?;
        Ok(if received == expected { "whole".to_owned() } else { format!("{} bytes, or others", received.len()) })
    };
    outcome(exchange(), |said| said)
}

fn many(address: &str, count: usize) -> String {
    for number in 0..count {
        let exchange = || -> std::io::Result<()> {
            let mut stream = TcpStream::connect(address)?;
            let said = format!("{number}\n");
            stream.write_all(said.as_bytes())?;
            stream.shutdown(std::net::Shutdown::Write)?;
            let mut heard = String::new();
            stream.read_to_string(&mut heard)?;
            if heard == said { Ok(()) } else { Err(std::io::ErrorKind::InvalidData.into()) }
        };
        if let Err(error) = exchange() {
            return format!("{number}: {error}");
        }
    }
    "all".to_owned()
}

fn rounds(address: &str, count: usize) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    for number in 0..count {
        let mut byte = [number as u8];
        stream.write_all(&byte)?;
        stream.read_exact(&mut byte)?;
        if byte != [number as u8] {
            return Ok(format!("{number}: another byte"));
        }
    }
    Ok("all".to_owned())
}

fn ask(address: &str, text: &str) -> std::io::Result<String> {
    let socket = UdpSocket::bind(if address.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" })?;
    socket.connect(address)?;
    socket.send(text.as_bytes())?;
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// Asks for PTR; of the answer, the data of each record as labels.
fn reverse(server: &str, name: &str) -> std::io::Result<String> {
    let question = reverse_question(7, name);
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect(server)?;
    socket.send(&question)?;
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer)?;
    Ok(if buffer[2] & 2 == 0 { names_in(&buffer[..length], question.len()) } else { "truncated".to_owned() })
}

fn lookup(server: &str, name: &str, count: usize) -> std::io::Result<String> {
    const TYPE_A: u16 = 1;
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect(server)?;
    let question = question(7, name, TYPE_A);
    let (mut buffer, mut times) = ([0; 512], Vec::new());
    for _ in 0..count {
        let began = std::time::Instant::now();
        socket.send(&question)?;
        let length = socket.recv(&mut buffer)?;
        times.push(began.elapsed().as_micros());
        if length <= question.len() {
            return Ok(format!("code {}", buffer[3] & 15));
        }
    }
    times.sort_unstable();
    Ok(times[count / 4].to_string())
}

fn questions(server: &str, name: &str, count: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    let asked: Vec<Vec<u8>> = (0..count).map(|id| reverse_question(id, name)).collect();
    let framed: Vec<u8> = asked.iter().flat_map(|one| [&[0, one.len() as u8], &one[..]].concat()).collect();
    stream.write_all(&framed)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    let (mut ids, mut said, mut rest) = (BTreeSet::new(), BTreeSet::new(), &received[..]);
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let (answer, behind) = behind.split_at(u16::from_be_bytes(*length).into());
        ids.insert(u16::from_be_bytes([answer[0], answer[1]]));
        said.insert(names_in(answer, asked[0].len()));
        rest = behind;
    }
    if !ids.into_iter().eq(0..count) {
        return Ok("not every question has its answer".to_owned());
    }
    Ok(said.into_iter().collect::<Vec<_>>().join(", or "))
}

fn reverse_question(id: u16, name: &str) -> Vec<u8> {
    const TYPE_PTR: u16 = 12;
    question(id, name, TYPE_PTR)
}

fn question(id: u16, name: &str, kind: u16) -> Vec<u8> {
    let labels: Vec<u8> = name.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    [&id.to_be_bytes(), &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], &labels, &[0], &kind.to_be_bytes(), &[0, 1]].concat()
}

/// What an answer has behind the question, or its code.
fn names_in(answer: &[u8], question_bytes: usize) -> String {
    let (mut at, mut names) = (question_bytes, Vec::new());
    while at + 12 < answer.len() {
        let end = at + 12 + usize::from(answer[at + 11]);
        let (mut label, mut name) = (at + 12, Vec::new());
        while answer[label] != 0 {
            let next = label + 1 + usize::from(answer[label]);
            name.push(String::from_utf8_lossy(&answer[label + 1..next]).into_owned());
            label = next;
        }
        names.push(name.join("."));
        at = end;
    }
    if names.is_empty() { format!("code {}", answer[3] & 15) } else { names.join(" ") }
}

fn hear(address: &str) -> std::io::Result<String> {
    let mut said = String::new();
    TcpStream::connect(address)?.read_to_string(&mut said)?;
    Ok(said.trim_end().to_owned())
}

fn echo(port: u16) {
    let listener = std::net::TcpListener::bind(("0.0.0.0", port)).expect("the port is free");
    say_ready();
    for client in listener.incoming().flatten() {
        // A client that breaks off ends its own connection.
        std::thread::spawn(move || std::io::copy(&mut &client, &mut &client));
    }
}

fn resolve(name: &str) -> String {
    use std::net::ToSocketAddrs;
    let Ok(found) = (name, 0).to_socket_addrs() else { return "none".to_owned() };
    let addresses: BTreeSet<String> = found.map(|address| address.ip().to_string()).collect();
    addresses.into_iter().collect::<Vec<_>>().join(" ")
}

fn answer(place: &str) {
    let place = if place.contains(':') { place.to_owned() } else { format!("0.0.0.0:{place}") };
    let socket = UdpSocket::bind(place).expect("the port is free");
    say_ready();
    let mut buffer = [0; 2048];
    loop {
        let (_, client) = socket.recv_from(&mut buffer).expect("datagrams come");
        let _ = socket.send_to(client.ip().to_string().as_bytes(), client); // It may be gone.
    }
}

fn exchange(directory: &str, target: &str) {
    let link = format!("{directory}.link");
    fs::create_dir(directory).expect("it is not there yet");
    fs::write(format!("{directory}/file"), "inside").expect("a new directory is writable");
    fs::create_dir_all(target).expect("a directory can be made");
    fs::write(format!("{target}/file"), "inside, behind the link").expect("a new directory is writable");
    std::os::unix::fs::symlink(target, &link).expect("it is not there yet");
    say_ready();
    loop {
        let flags = nix::fcntl::RenameFlags::RENAME_EXCHANGE;
        nix::fcntl::renameat2(nix::fcntl::AT_FDCWD, directory, nix::fcntl::AT_FDCWD, link.as_str(), flags)
            .expect("both are there");
    }
}

fn watch() {
    let own = fs::read_link("/proc/self/exe").expect("procfs is mounted");
    say_ready();
    loop {
        for process in fs::read_dir("/proc").expect("procfs is mounted").flatten() {
            let program = process.path().join("exe");
            let is_other = process.file_name().as_encoded_bytes()[0].is_ascii_digit()
                && fs::read_link(&program).is_ok_and(|target| target != own);
            if is_other && fs::File::open(&program).is_ok() {
                println!("opened {}", program.display());
            }
        }
    }
}

fn notify(texts: &[&str]) {
    let socket = env::var("NOTIFY_SOCKET").expect("somebody wants to be told");
    let sender = std::os::unix::net::UnixDatagram::unbound().expect("a socket can be made");
    for text in texts {
        match text.parse() {
            Ok(seconds) => std::thread::sleep(std::time::Duration::from_secs_f64(seconds)),
            Err(_) => drop(sender.send_to(text.as_bytes(), &socket).expect("the manager listens")),
        }
    }
    nix::unistd::pause();
}

fn accept() {
    use std::os::fd::FromRawFd;
    assert_eq!(env::var("LISTEN_FDS").as_deref(), Ok("1"));
    assert_eq!(env::var("LISTEN_PID"), Ok(std::process::id().to_string()));
    // SAFETY: it is the first that is passed (sd_listen_fds(3)), and nobody else uses it here.
    let listener = unsafe { std::net::TcpListener::from_raw_fd(3) };
    for mut client in listener.incoming().flatten() {
        let _ = writeln!(client, "passed"); // The client may be gone; the next one is not.
    }
}

fn activate(sockets: &str, program: &str, arguments: &[&str]) -> ! {
    use std::os::fd::IntoRawFd;
    let names: Vec<&str> = sockets.split(',').map(|socket| socket.split_once('=').expect("NAME=ADDRESS").0).collect();
    for (place, socket) in sockets.split(',').enumerate() {
        let listener = std::net::TcpListener::bind(&socket[names[place].len() + 1..]).expect("the address is free");
        let number = listener.into_raw_fd();
        assert_eq!(number, 3 + place as i32, "nothing else is open here");
        // SAFETY: F_SETFD takes an integer; the descriptor is ours.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }, 0);
    }
    let names = names.join(":");
    let (pid, count) = (std::process::id().to_string(), sockets.split(',').count().to_string());
    let told = [("LISTEN_PID", &pid), ("LISTEN_FDS", &count), ("LISTEN_FDNAMES", &names)];
    let told = told.map(|(name, value)| format!("{name}={value}"));
    become_program("/usr/bin/env", &[&told.each_ref().map(String::as_str)[..], &[program], arguments].concat())
}

fn become_program(program: &str, arguments: &[&str]) -> ! {
    let words: Vec<_> = std::iter::once(&program).chain(arguments).map(|word| CString::new(*word).unwrap()).collect();
    let Err(error) = nix::unistd::execvp(&words[0], &words);
    panic!("execute {program}: {error}");
}

/// No openat2, whose mode a filter cannot see, and no mode with a set-id bit (systemd.exec(5), RestrictSUIDSGID=).
use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, c_long, sock_filter};

fn line(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k }
}

fn load(offset: u32) -> sock_filter {
    line(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset)
}

fn end(action: u32) -> sock_filter {
    line(BPF_RET | BPF_K, 0, 0, action)
}

fn error(number: i32) -> sock_filter {
    end(libc::SECCOMP_RET_ERRNO | number as u32)
}

/// Else so many lines are left out.
fn is_call(number: c_long, lines: u8) -> sock_filter {
    line(BPF_JMP | BPF_JEQ | BPF_K, 0, lines, number as u32)
}

fn without(what: &str, program: &str, arguments: &[&str]) -> ! {
    let argument = |index: u32| load(16 + 8 * index);
    let is = |value: i32, lines: u8| line(BPF_JMP | BPF_JEQ | BPF_K, 0, lines, value as u32);
    let mut filter = match what {
        "nf_tables" => vec![
            load(0),
            is_call(libc::SYS_socket, 5),
            argument(0),
            is(libc::AF_NETLINK, 3),
            argument(2),
            is(libc::NETLINK_NETFILTER, 1),
            error(libc::EPROTONOSUPPORT),
        ],
        "ipv6" => {
            vec![load(0), is_call(libc::SYS_socket, 3), argument(0), is(libc::AF_INET6, 1), error(libc::EAFNOSUPPORT)]
        }
        _ => panic!("{what} is always there"),
    };
    filter.push(end(libc::SECCOMP_RET_ALLOW));
    become_under(filter, program, arguments)
}

fn filtered(program: &str, arguments: &[&str]) -> ! {
    let mut filter = vec![load(0), is_call(libc::SYS_openat2, 1), error(libc::ENOSYS)];
    // Each call, and which of its arguments is a mode; 0o4000 and 0o2000 are the set-id bits.
    #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut))]
    let mut calls =
        vec![(libc::SYS_fchmod, 1), (libc::SYS_fchmodat, 2), (libc::SYS_mkdirat, 2), (libc::SYS_mknodat, 2)];
    #[cfg(target_arch = "x86_64")]
    calls.extend([(libc::SYS_chmod, 1), (libc::SYS_mkdir, 1)]);
    for (number, argument) in calls {
        filter.extend([is_call(number, 4), load(16 + 8 * argument), line(BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0o6000)]);
        filter.extend([error(libc::EPERM), end(libc::SECCOMP_RET_ALLOW)]);
    }
    filter.push(end(libc::SECCOMP_RET_ALLOW));
    become_under(filter, program, arguments)
}

fn become_under(mut filter: Vec<sock_filter>, program: &str, arguments: &[&str]) -> ! {
    nix::sys::prctl::set_no_new_privs().expect("that is always allowed");
    let program_of_filter = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: the kernel copies the filter, whose length is right.
    let loaded = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program_of_filter) };
    assert_eq!(loaded, 0, "the filter is right");
    become_program(program, arguments)
}

fn call(number: &str, arguments: &[&str]) -> String {
    let number = number.parse().expect("a number");
    let mut values = [0 as libc::c_long; 6];
    for (value, argument) in values.iter_mut().zip(arguments) {
        *value = argument.parse().expect("a number");
    }
    let [a, b, c, d, e, f] = values;
    // SAFETY: the tests pass numbers that are no addresses in this process.
    match unsafe { libc::syscall(number, a, b, c, d, e, f) } {
        -1 => format!("{:?}", nix::errno::Errno::last()),
        _ => "0".to_owned(),
    }
}

fn report() -> Value {
    // The descriptor of the listing itself is taken out again: it points to this very directory.
    let fds: BTreeMap<String, String> = links("/proc/self/fd").filter(|(_, to)| !to.ends_with("/fd")).collect();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let status: BTreeMap<&str, &str> =
        status.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key, value.trim())).collect();
    let umask = nix::sys::stat::umask(nix::sys::stat::Mode::empty());
    let text = |path: &str| fs::read_to_string(path).map(|text| text.trim_end().to_owned()).ok();
    json!({
        "argv": env::args().collect::<Vec<_>>(),
        "env": env::vars().collect::<BTreeMap<_, _>>(),
        "cwd": env::current_dir().ok(),
        "pid": std::process::id(),
        "parent": nix::unistd::getppid().as_raw(),
        "session": nix::unistd::getsid(None).ok().map(nix::unistd::Pid::as_raw),
        "uid": nix::unistd::getuid().as_raw(),
        "gid": nix::unistd::getgid().as_raw(),
        "groups": nix::unistd::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()).collect::<Vec<_>>(),
        "umask": format!("{:04o}", umask.bits()),
        "fds": fds,
        "status": status,
        "namespaces": links("/proc/self/ns").collect::<BTreeMap<_, _>>(),
        "uid_map": text("/proc/self/uid_map"),
        "gid_map": text("/proc/self/gid_map"),
        "mounts": mounts(),
        "limits": text("/proc/self/limits"),
        "oom_score_adj": text("/proc/self/oom_score_adj"),
        "cgroup": text("/proc/self/cgroup"),
        "hostname": nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()),
        "hosts": text("/etc/hosts"),
        "resolv.conf": text("/etc/resolv.conf"),
        "containerenv": fs::exists("/run/.containerenv").unwrap_or(false),
        "dev": names("/dev"),
        "processes": names("/proc").into_iter().filter(|name| name.parse::<u32>().is_ok()).collect::<Vec<_>>(),
        "interfaces": names("/sys/class/net"),
        "root": names("/"),
        "terminal": (0..3).map(terminal_of).collect::<Vec<_>>(),
        "stdin": stdin_bytes(),
    })
}

/// One object a mount: where, what, and with which options.
fn mounts() -> Vec<Value> {
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(" - "))
        .map(|(left, right)| {
            let left: Vec<&str> = left.split(' ').collect();
            let right: Vec<&str> = right.split(' ').collect();
            json!({
                "root": left.get(3), "at": left.get(4), "options": left.get(5),
                "kind": right.first(), "source": right.get(1), "super_options": right.get(2),
            })
        })
        .collect()
}

/// What is waiting on standard input, when that ends by itself: nothing of a terminal is consumed.
fn stdin_bytes() -> Option<usize> {
    let mut buffer = Vec::new();
    if terminal_of(0).is_some() {
        return None;
    }
    std::io::stdin().read_to_end(&mut buffer).ok()
}

fn terminal_of(fd: i32) -> Option<String> {
    let mut name = [0 as libc::c_char; 64];
    // SAFETY: the buffer is as long as said and ends with a zero byte when the call succeeds.
    let found = unsafe { libc::ttyname_r(fd, name.as_mut_ptr(), name.len()) == 0 };
    // SAFETY: as above.
    found.then(|| unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned())
}

fn links(directory: &str) -> impl Iterator<Item = (String, String)> {
    let directory = directory.to_owned();
    names(&directory).into_iter().filter_map(move |name| {
        let target = fs::read_link(format!("{directory}/{name}")).ok()?;
        Some((name, target.to_string_lossy().into_owned()))
    })
}

fn names(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
