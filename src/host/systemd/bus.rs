//! As much of D-Bus (dbus.freedesktop.org, protocol version 1) as it takes to ask the user's systemd for something and
//! to hear the answer: calls with replies, and signals.
//!
//! The libraries there are either start threads, after which a process cannot be cloned into namespaces any more, or
//! bring a C library.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::error::{During as _, Error, Result};
use crate::host::account::uid_outside;

/// Of one answer. systemd itself gives a job 90 s, but a scope is made at once.
const PATIENCE: Duration = Duration::from_secs(20);
/// Far above what any answer to our questions has.
const MESSAGE_LIMIT_BYTES: usize = 1 << 20;
const BYTE_ORDER: u8 = if cfg!(target_endian = "little") { b'l' } else { b'B' };

const CALL: u8 = 1;
const REPLY: u8 = 2;
const ERROR: u8 = 3;
const SIGNAL: u8 = 4;

/// A connection to a message bus.
#[derive(Debug)]
pub struct Bus {
    stream: UnixStream,
    serial: u32,
}

/// Whom a call goes to.
#[derive(Clone, Copy, Debug)]
pub struct Method<'a> {
    pub destination: &'a str,
    pub path: &'a str,
    pub interface: &'a str,
    pub member: &'a str,
}

/// Arguments in the form of the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    signature: String,
    bytes: Vec<u8>,
}

/// A message from the bus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    kind: u8,
    pub member: String,
    error_name: String,
    reply_serial: u32,
    signature: String,
    body: Vec<u8>,
}

impl Bus {
    /// Says hello to the bus whose socket this is.
    pub fn connect(socket: &Path) -> Result<Bus> {
        let act = || format!("talk to the message bus at `{}`", socket.display());
        let stream = UnixStream::connect(socket).during(act)?;
        stream.set_read_timeout(Some(PATIENCE)).during(act)?;
        let mut bus = Bus { stream, serial: 0 };
        bus.authenticate().during(act)?;
        let hello = Method {
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            member: "Hello",
        };
        bus.call(hello, &Body::default()).during(act)?;
        Ok(bus)
    }

    /// Hears all signals that this rule describes.
    pub fn hear(&mut self, rule: &str) -> Result<()> {
        let add_match = Method {
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            member: "AddMatch",
        };
        self.call(add_match, &Body::default().string(rule)).map(drop)
    }

    /// From here on an answer may take as long as it takes.
    pub fn wait_for_ever(&self) -> Result<()> {
        Ok(self.stream.set_read_timeout(None)?)
    }

    /// Calls, and waits for the answer; what else comes meanwhile is dropped.
    pub fn call(&mut self, method: Method, body: &Body) -> Result<Message> {
        self.serial += 1;
        let act = || format!("call {}.{}", method.interface, method.member);
        self.stream.write_all(&encode(method, body, self.serial)).during(act)?;
        loop {
            let message = self.next().during(act)?;
            match message.kind {
                REPLY if message.reply_serial == self.serial => return Ok(message),
                ERROR if message.reply_serial == self.serial => {
                    let why = message.strings().unwrap_or_default().into_iter().next();
                    return Err(Error::new(why.unwrap_or(message.error_name))).during(act);
                }
                _ => {}
            }
        }
    }

    /// The next signal.
    pub fn signal(&mut self) -> Result<Message> {
        loop {
            let message = self.next()?;
            if message.kind == SIGNAL {
                return Ok(message);
            }
        }
    }

    /// The kernel tells the bus who we are; we say what it knows.
    fn authenticate(&mut self) -> Result<()> {
        let uid: String = uid_outside().to_string().bytes().map(|digit| format!("{digit:02x}")).collect();
        self.stream.write_all(format!("\0AUTH EXTERNAL {uid}\r\n").as_bytes())?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            line.push(byte[0]);
            if line.len() > 1024 {
                return Err(Error::new("it speaks another protocol"));
            }
        }
        if !line.starts_with(b"OK ") {
            return Err(Error::new("it does not take us for who we are"));
        }
        Ok(self.stream.write_all(b"BEGIN\r\n")?)
    }

    fn next(&mut self) -> Result<Message> {
        let mut fixed = [0; 16];
        self.read(&mut fixed)?;
        let lengths = (word(&fixed, 4), word(&fixed, 12));
        let (body_bytes, fields_bytes) = (lengths.0 as usize, lengths.1 as usize);
        if fixed[0] != BYTE_ORDER || body_bytes.max(fields_bytes) > MESSAGE_LIMIT_BYTES {
            return Err(Error::new("the bus says something that cannot be understood"));
        }
        let mut fields = vec![0; fields_bytes.next_multiple_of(8)];
        self.read(&mut fields)?;
        let mut body = vec![0; body_bytes];
        self.read(&mut body)?;
        let mut message = Message { kind: fixed[1], body, ..Message::default() };
        message.take_fields(&fields[..fields_bytes])?;
        Ok(message)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.stream.read_exact(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::WouldBlock => Error::new(format!("no answer after {} s", PATIENCE.as_secs())),
            _ => Error::from(error),
        })
    }
}

impl Message {
    /// The strings and object paths at the beginning of the body, past numbers.
    pub fn strings(&self) -> Result<Vec<String>> {
        let mut reader = Reader { bytes: &self.body, at: 0 };
        let mut strings = Vec::new();
        for kind in self.signature.chars() {
            match kind {
                's' | 'o' => strings.push(reader.string()?),
                'u' | 'i' => drop(reader.number()?),
                _ => break,
            }
        }
        Ok(strings)
    }

    fn take_fields(&mut self, fields: &[u8]) -> Result<()> {
        let mut reader = Reader { bytes: fields, at: 0 };
        while reader.at < fields.len() {
            reader.align(8);
            let code = reader.byte()?;
            match (code, reader.signature()?.as_str()) {
                (3, "s") => self.member = reader.string()?,
                (4, "s") => self.error_name = reader.string()?,
                (8, "g") => self.signature = reader.signature()?,
                (5, "u") => self.reply_serial = reader.number()?,
                (_, "s" | "o") => drop(reader.string()?),
                (_, "g") => drop(reader.signature()?),
                (_, "u") => drop(reader.number()?),
                _ => return Err(Error::new("the bus says something that cannot be understood")),
            }
        }
        Ok(())
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    fn take(&mut self, length: usize) -> Result<&[u8]> {
        let taken = self.at.checked_add(length).and_then(|end| self.bytes.get(self.at..end));
        self.at += length;
        taken.ok_or_else(|| Error::new("a message of the bus ends too early"))
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<u32> {
        self.align(4);
        Ok(word(self.take(4)?, 0))
    }

    fn string(&mut self) -> Result<String> {
        let length = self.number()? as usize;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.byte()?;
        Ok(text)
    }

    fn signature(&mut self) -> Result<String> {
        let length = self.byte()? as usize;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.byte()?;
        Ok(text)
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

impl Body {
    pub fn string(mut self, text: &str) -> Body {
        self.signature.push('s');
        put_string(&mut self.bytes, text);
        self
    }

    pub fn numbers(mut self, numbers: &[u32]) -> Body {
        self.signature.push_str("au");
        put_numbers(&mut self.bytes, numbers);
        self
    }

    /// `a(sv)`
    pub fn properties(mut self, properties: &[(&str, Variant)]) -> Body {
        self.signature.push_str("a(sv)");
        put_array(&mut self.bytes, 8, |bytes| {
            for (name, value) in properties {
                pad(bytes, 8);
                put_string(bytes, name);
                value.put(bytes);
            }
        });
        self
    }

    /// `a(sa(sv))` without elements.
    pub fn no_further_units(mut self) -> Body {
        self.signature.push_str("a(sa(sv))");
        put_array(&mut self.bytes, 8, |_| {});
        self
    }
}

/// The value of a property.
#[derive(Clone, Debug)]
pub enum Variant {
    Text(String),
    Switch(bool),
    Numbers(Vec<u32>),
}

impl Variant {
    fn put(&self, bytes: &mut Vec<u8>) {
        match self {
            Variant::Text(text) => {
                put_signature(bytes, "s");
                put_string(bytes, text);
            }
            Variant::Switch(on) => {
                put_signature(bytes, "b");
                put_word(bytes, u32::from(*on));
            }
            Variant::Numbers(numbers) => {
                put_signature(bytes, "au");
                put_numbers(bytes, numbers);
            }
        }
    }
}

fn encode(method: Method, body: &Body, serial: u32) -> Vec<u8> {
    let mut message = vec![BYTE_ORDER, CALL, 0, 1];
    put_word(&mut message, body.bytes.len() as u32);
    put_word(&mut message, serial);
    let mut fields =
        vec![(1, "o", method.path), (2, "s", method.interface), (3, "s", method.member), (6, "s", method.destination)];
    if !body.signature.is_empty() {
        fields.push((8, "g", &body.signature));
    }
    put_array(&mut message, 8, |bytes| {
        for (code, kind, value) in fields {
            pad(bytes, 8);
            bytes.push(code);
            put_signature(bytes, kind);
            if kind == "g" { put_signature(bytes, value) } else { put_string(bytes, value) }
        }
    });
    pad(&mut message, 8);
    message.extend(&body.bytes);
    message
}

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn put_word(bytes: &mut Vec<u8>, number: u32) {
    pad(bytes, 4);
    bytes.extend(number.to_ne_bytes());
}

fn put_string(bytes: &mut Vec<u8>, text: &str) {
    put_word(bytes, text.len() as u32);
    bytes.extend(text.as_bytes());
    bytes.push(0);
}

fn put_signature(bytes: &mut Vec<u8>, signature: &str) {
    bytes.push(signature.len() as u8);
    bytes.extend(signature.as_bytes());
    bytes.push(0);
}

fn put_numbers(bytes: &mut Vec<u8>, numbers: &[u32]) {
    put_array(bytes, 4, |bytes| numbers.iter().for_each(|number| put_word(bytes, *number)));
}

/// The length of an array does not count the padding before its first element.
fn put_array(bytes: &mut Vec<u8>, alignment: usize, put_elements: impl FnOnce(&mut Vec<u8>)) {
    put_word(bytes, 0);
    let length_at = bytes.len() - 4;
    pad(bytes, alignment);
    let start = bytes.len();
    put_elements(bytes);
    let length = (bytes.len() - start) as u32;
    bytes[length_at..length_at + 4].copy_from_slice(&length.to_ne_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    /// A bus that answers each call with these messages.
    fn with_bus(answers: Vec<Vec<u8>>, check: impl FnOnce(Result<Bus>)) {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("bus");
        let listener = UnixListener::bind(&socket).unwrap();
        let bus = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut buffer = [0; 4096];
            let read = peer.read(&mut buffer).unwrap();
            assert!(buffer[..read].starts_with(b"\0AUTH EXTERNAL "), "{}", buffer[..read].escape_ascii());
            peer.write_all(b"OK 1234\r\n").unwrap();
            for answer in answers {
                assert!(peer.read(&mut buffer).unwrap() > 0);
                peer.write_all(&answer).unwrap();
            }
            let _ = peer.read(&mut buffer); // Until the client has gone.
        });
        check(Bus::connect(&socket));
        bus.join().unwrap();
    }

    /// A message of this kind, as an answer to call `serial`.
    fn message(kind: u8, serial: u32, body: &Body) -> Vec<u8> {
        let mut bytes = vec![BYTE_ORDER, kind, 0, 1];
        put_word(&mut bytes, body.bytes.len() as u32);
        put_word(&mut bytes, 99);
        put_array(&mut bytes, 8, |bytes| {
            bytes.push(5);
            put_signature(bytes, "u");
            put_word(bytes, serial);
            for (code, kind, value) in [(3, "s", "JobRemoved"), (8, "g", body.signature.as_str())] {
                pad(bytes, 8);
                bytes.push(code);
                put_signature(bytes, kind);
                if kind == "g" { put_signature(bytes, value) } else { put_string(bytes, value) }
            }
        });
        pad(&mut bytes, 8);
        bytes.extend(&body.bytes);
        bytes
    }

    const METHOD: Method = Method { destination: "d", path: "/p", interface: "i", member: "m" };

    #[test]
    fn a_call_has_an_answer_and_signals_come_in_between() {
        let text = |text: &str| Body::default().string(text);
        let answers = vec![
            message(REPLY, 1, &text(":1.5")),
            [message(SIGNAL, 0, &text("early")), message(REPLY, 2, &text("answer"))].concat(),
            [message(REPLY, 3, &Body::default()), message(SIGNAL, 0, &text("a").string("b"))].concat(),
        ];
        with_bus(answers, |bus| {
            let mut bus = bus.unwrap();
            assert_eq!(bus.call(METHOD, &text("x")).unwrap().strings().unwrap(), ["answer"]);
            bus.hear("type='signal'").unwrap();
            let signal = bus.signal().unwrap();
            assert_eq!(
                (signal.member.as_str(), signal.strings().unwrap()),
                ("JobRemoved", vec!["a".into(), "b".into()])
            );
        });
    }

    #[test]
    fn an_error_says_why_and_nonsense_is_refused() {
        let refusal = Body::default().string("no such unit");
        with_bus(vec![message(REPLY, 1, &Body::default()), message(ERROR, 2, &refusal)], |bus| {
            let error = bus.unwrap().call(METHOD, &Body::default()).unwrap_err();
            assert_eq!(error.to_string(), "call i.m: no such unit");
        });
        let mut cut = message(REPLY, 1, &Body::default().string("x"));
        cut[4] = 0xff;
        cut[7] = 0xff;
        for nonsense in [cut, vec![0; 64], vec![0xff; 64]] {
            with_bus(vec![nonsense], |bus| assert!(bus.is_err()));
        }
    }

    #[test]
    fn the_wire_has_the_form_of_the_specification() {
        let body =
            Body::default().string("ab").properties(&[("P", Variant::Numbers(vec![7])), ("D", Variant::Switch(true))]);
        assert_eq!(body.signature, "sa(sv)");
        let expected: Vec<u8> = [
            &2u32.to_ne_bytes()[..],
            b"ab\0\0",
            &40u32.to_ne_bytes(),
            &[0; 4],
            &1u32.to_ne_bytes(),
            b"P\0",
            b"\x02au\0",
            &[0; 2],
            &4u32.to_ne_bytes(),
            &7u32.to_ne_bytes(),
            &[0; 4],
            &1u32.to_ne_bytes(),
            b"D\0",
            b"\x01b\0",
            &[0; 3],
            &1u32.to_ne_bytes(),
        ]
        .concat();
        assert_eq!(body.bytes.len(), expected.len(), "{:?}", body.bytes);
        assert_eq!(body.bytes, expected);
    }
}
