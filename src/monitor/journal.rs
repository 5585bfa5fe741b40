//! The journal's native protocol: a datagram an entry, of `NAME=value` lines; a value with its length in front may hold
//! any bytes (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). The fields are those that Podman's monitor writes.

use std::path::Path;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use super::queue::Queue;
use crate::container::job::Job;
use crate::container::logs::{Stream, pieces};
use crate::error::Result;
use crate::host::systemd::JOURNAL_SOCKET;

#[derive(Debug)]
pub struct Journal {
    /// Fields of every entry.
    fields: Vec<u8>,
    /// Entries that the journal has no room for.
    pub queue: Queue,
}

impl Journal {
    pub fn connect(job: &Job) -> Result<Journal> {
        Journal::connect_to(Path::new(JOURNAL_SOCKET), job_fields(job), job.settings.log.max_buffer_size)
    }

    fn connect_to(path: &Path, fields: Vec<u8>, max_waiting_bytes: Option<u64>) -> Result<Journal> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
        connect(&socket, &SocketAddrUnix::new(path)?)?;
        Ok(Journal { fields, queue: Queue::new(socket, max_waiting_bytes) })
    }

    pub fn write(&mut self, stream: Stream, output: &[u8]) {
        for piece in pieces(output) {
            let entry = entry(&self.fields, stream, piece);
            self.queue.push(entry, piece.len(), |text| self::entry(&self.fields, Stream::Errors, text));
        }
        self.queue.go_on();
    }

    pub fn finish(&mut self) {
        self.queue.finish(|text| entry(&self.fields, Stream::Errors, text));
    }
}

fn entry(fields: &[u8], stream: Stream, piece: &[u8]) -> Vec<u8> {
    let mut entry = fields.to_vec();
    // LOG_INFO and LOG_ERR.
    field(&mut entry, "PRIORITY", if stream == Stream::Output { b"6" } else { b"3" });
    let text = match piece.strip_suffix(b"\n") {
        Some(text) => text,
        None => {
            field(&mut entry, "CONTAINER_PARTIAL_MESSAGE", b"true");
            piece
        }
    };
    field(&mut entry, "MESSAGE", text);
    entry
}

fn job_fields(job: &Job) -> Vec<u8> {
    let (name, tag) = (&job.log.container_name, &job.log.tag);
    let mut fields = Vec::new();
    field(&mut fields, "CONTAINER_ID_FULL", job.container_id.as_bytes());
    field(&mut fields, "CONTAINER_ID", &job.container_id.as_bytes()[..12]);
    field(&mut fields, "CONTAINER_NAME", name.as_bytes());
    field(&mut fields, "SYSLOG_IDENTIFIER", tag.as_ref().unwrap_or(name).as_bytes());
    if let Some(tag) = tag {
        field(&mut fields, "CONTAINER_TAG", tag.as_bytes());
    }
    for (name, value) in &job.log.others {
        if let Some(name) = field_name(name) {
            field(&mut fields, &name, value.as_bytes());
        }
    }
    fields
}

fn field(entry: &mut Vec<u8>, name: &str, value: &[u8]) {
    entry.extend_from_slice(name.as_bytes());
    entry.push(b'\n');
    entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    entry.extend_from_slice(value);
    entry.push(b'\n');
}

/// The name of a label as one of a field: upper case, digits and `_`, and none of the journal's own that begin with it.
fn field_name(label: &str) -> Option<String> {
    let allowed =
        |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' };
    let name: String = label.chars().map(allowed).collect();
    let name = name.trim_start_matches('_');
    let is_ours = ["CONTAINER_", "MESSAGE", "PRIORITY", "SYSLOG_"].iter().any(|ours| name.starts_with(ours));
    (!name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && !is_ours)
        .then(|| name.chars().take(64).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    /// Fields of a datagram, in order.
    fn read(entry: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut fields = Vec::new();
        let mut rest = entry;
        while let Some(newline) = rest.iter().position(|byte| *byte == b'\n') {
            let name = String::from_utf8(rest[..newline].to_vec()).unwrap();
            let (length, after) = rest[newline + 1..].split_at(8);
            let (value, after) = after.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
            fields.push((name, value.to_vec()));
            rest = &after[1..];
        }
        fields
    }

    fn journal(max_waiting_bytes: Option<u64>) -> (tempfile::TempDir, UnixDatagram, Journal) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let reader = UnixDatagram::bind(&path).unwrap();
        reader.set_nonblocking(true).unwrap();
        let journal = Journal::connect_to(&path, Vec::new(), max_waiting_bytes).unwrap();
        (dir, reader, journal)
    }

    fn messages(reader: &UnixDatagram) -> Vec<Vec<(String, Vec<u8>)>> {
        let mut buffer = vec![0; 64 * 1024];
        std::iter::from_fn(|| reader.recv(&mut buffer).ok().map(|length| read(&buffer[..length]))).collect()
    }

    #[test]
    fn each_line_is_an_entry_whatever_it_holds() {
        let (_dir, reader, mut journal) = journal(None);
        journal.write(Stream::Output, b"one\nMESSAGE=\0\xff\n");
        journal.write(Stream::Errors, b"part");
        let entry = |fields: &[(&str, &[u8])]| -> Vec<(String, Vec<u8>)> {
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect()
        };
        assert_eq!(
            messages(&reader),
            [
                entry(&[("PRIORITY", b"6"), ("MESSAGE", b"one")]),
                entry(&[("PRIORITY", b"6"), ("MESSAGE", b"MESSAGE=\0\xff")]),
                entry(&[("PRIORITY", b"3"), ("CONTAINER_PARTIAL_MESSAGE", b"true"), ("MESSAGE", b"part")]),
            ]
        );
    }

    #[test]
    fn a_slow_journal_gets_everything_unless_the_payload_shall_not_wait() {
        for (max_waiting_bytes, is_all) in [(None, true), (Some(1000), false)] {
            let (_dir, reader, mut journal) = journal(max_waiting_bytes);
            (0..2000).for_each(|number| journal.write(Stream::Output, format!("{number}\n").as_bytes()));
            let mut seen = Vec::new();
            while journal.queue.awaited().is_some() {
                seen.extend(messages(&reader));
                journal.queue.go_on();
            }
            journal.finish();
            seen.extend(messages(&reader));
            assert_eq!((seen[0][1].1.as_slice(), seen.len() == 2000), (&b"0"[..], is_all));
            let last = String::from_utf8_lossy(&seen.last().unwrap()[1].1).into_owned();
            assert_eq!(last == "1999", is_all, "{last}");
            assert_eq!(last.ends_with("are lost here: the log does not keep up"), !is_all, "{last}");
        }
    }

    #[test]
    fn labels_become_fields_but_none_of_ours() {
        for (label, name) in [
            ("com.example.team", Some("COM_EXAMPLE_TEAM")),
            ("_SYSTEMD_UNIT", Some("SYSTEMD_UNIT")),
            ("CONTAINER_NAME", None),
            ("message", None),
            ("1a", None),
            ("__", None),
        ] {
            assert_eq!(field_name(label).as_deref(), name, "{label}");
        }
    }
}
