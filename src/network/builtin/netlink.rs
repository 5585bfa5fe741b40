//! Netlink (man 7 netlink): messages are written, sent to the kernel, and its acknowledgements read.

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

use crate::error::{During, Result};

pub use libc::{NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST};

const HEADER_BYTES: usize = 16;
const ATTRIBUTE_HEADER_BYTES: usize = 4;

/// A message that is being written: header, body, attributes in their order.
#[derive(Clone, Debug)]
pub struct Message(Vec<u8>);

impl Message {
    /// `flags` beyond `NLM_F_REQUEST`; only what asks for `NLM_F_ACK` is waited for.
    pub fn new(kind: u16, flags: i32, body: &[u8]) -> Message {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&((NLM_F_REQUEST | flags) as u16).to_ne_bytes());
        bytes.extend_from_slice(body);
        pad(&mut bytes);
        Message(bytes)
    }

    pub fn with(mut self, kind: u16, value: &[u8]) -> Message {
        attribute(&mut self.0, kind, value);
        self
    }

    /// What takes away again what this one makes: that has the next number (rtnetlink(7)).
    pub fn undone(mut self) -> Message {
        let kind = u16::from_ne_bytes([self.0[4], self.0[5]]);
        self.0[4..6].copy_from_slice(&(kind + 1).to_ne_bytes());
        self.0[6..8].copy_from_slice(&((NLM_F_REQUEST | NLM_F_ACK) as u16).to_ne_bytes());
        self
    }

    fn wants_answer(&self) -> bool {
        i32::from(u16::from_ne_bytes([self.0[6], self.0[7]])) & NLM_F_ACK != 0
    }

    fn finish(mut self, sequence: u32) -> Vec<u8> {
        let length = self.0.len() as u32;
        self.0[..4].copy_from_slice(&length.to_ne_bytes());
        self.0[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.0
    }
}

/// Attributes to be nested in another.
#[derive(Debug, Default)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    /// Of which the first are not attributes but a structure.
    pub fn after(header: &[u8]) -> Attributes {
        Attributes(header.to_vec())
    }

    pub fn with(mut self, kind: u16, value: &[u8]) -> Attributes {
        attribute(&mut self.0, kind, value);
        self
    }

    pub fn with_nested(self, kind: u16, nested: &Attributes) -> Attributes {
        self.with(kind | libc::NLA_F_NESTED as u16, &nested.0)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn attribute(bytes: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = (ATTRIBUTE_HEADER_BYTES + value.len()) as u16;
    bytes.extend_from_slice(&length.to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(value);
    pad(bytes);
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// The value of the first attribute of this kind.
pub fn find(mut attributes: &[u8], kind: u16) -> Option<&[u8]> {
    while let Some((header, _)) = attributes.split_at_checked(ATTRIBUTE_HEADER_BYTES) {
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let found = u16::from_ne_bytes([header[2], header[3]]) & libc::NLA_TYPE_MASK as u16;
        let value = attributes.get(ATTRIBUTE_HEADER_BYTES..length)?;
        if found == kind {
            return Some(value);
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
    None
}

/// The messages in what was received: (kind, what follows the header).
pub fn messages(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (header, _) = bytes.split_at_checked(HEADER_BYTES)?;
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let body = bytes.get(HEADER_BYTES..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([header[4], header[5]]), body))
    })
}

/// A part of the kernel that is spoken to.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    Routing,
    Filter,
}

/// A way to one part of the kernel, in the network namespace in which it was opened.
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
    /// Of the last message that was sent.
    sequence: u32,
}

impl Socket {
    pub fn open(part: Part) -> Result<Socket> {
        let protocol = match part {
            Part::Routing => None, // NETLINK_ROUTE is 0.
            Part::Filter => Some(rustix::net::netlink::NETFILTER),
        };
        socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)
            .map(|fd| Socket { fd, sequence: 0 })
            .during(|| "open a netlink socket")
    }

    /// Sends all at once and waits until the kernel has done each, or refused one.
    pub fn request(&mut self, messages: Vec<Message>) -> Result<(), Errno> {
        if messages.is_empty() {
            return Ok(());
        }
        let first = self.sequence + 1;
        self.sequence += messages.len() as u32;
        let mut awaited = messages.iter().filter(|message| message.wants_answer()).count();
        let bytes: Vec<u8> =
            messages.into_iter().zip(first..).flat_map(|(message, sequence)| message.finish(sequence)).collect();
        send(&self.fd, &bytes, SendFlags::empty())?;
        let mut answer = [0; 8192];
        while awaited > 0 {
            let (length, _) = recv(&self.fd, &mut answer, RecvFlags::empty())?;
            let kinds = self::messages(&answer[..length]).filter(|(kind, _)| i32::from(*kind) == libc::NLMSG_ERROR);
            for (_, body) in kinds {
                let (code, sequence) = acknowledgement(body).ok_or(Errno::BADMSG)?;
                match code {
                    // Of a request that was refused before it came to this message.
                    _ if sequence < first => {}
                    0 => awaited = awaited.saturating_sub(1),
                    code => return Err(Errno::from_raw_os_error(-code)),
                }
            }
        }
        Ok(())
    }

    pub fn into_fd(self) -> OwnedFd {
        self.fd
    }
}

/// What became of a message (`struct nlmsgerr`): minus its errno, and its number.
fn acknowledgement(body: &[u8]) -> Option<(i32, u32)> {
    let word = |offset: usize| body.get(offset..offset + 4)?.try_into().ok();
    Some((i32::from_ne_bytes(word(0)?), u32::from_ne_bytes(word(12)?)))
}

/// A string as the kernel wants it, with its end.
pub fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

/// A kernel that lacks a part of what was asked for.
pub fn is_absent(errno: Errno) -> bool {
    matches!(errno, Errno::OPNOTSUPP | Errno::AFNOSUPPORT | Errno::NOENT | Errno::ACCESS | Errno::PROTONOSUPPORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_found_again() {
        let nested = Attributes::after(&[7; 4]).with(3, b"abc").with(4, &[1]);
        assert_eq!(find(&nested.bytes()[4..], 4), Some(&[1][..]));
        let bytes = Message::new(9, NLM_F_ACK, &[0; 4]).with(1, b"x").with(2, nested.bytes()).finish(1);
        assert_eq!(bytes.len() % 4, 0);
        let all: Vec<(u16, &[u8])> = messages(&bytes).collect();
        assert_eq!((all.len(), all[0].0), (1, 9));
        assert_eq!(find(&all[0].1[4..], 2), Some(nested.bytes()));
        assert_eq!(find(&all[0].1[4..], 5), None);
    }

    #[test]
    fn lengths_that_lie_end_the_search() {
        assert_eq!(find(&[200, 0, 1, 0, 9], 1), None);
        assert_eq!(find(&[0, 0, 1, 0, 9], 1), None);
        assert_eq!(messages(&[255; 20]).count(), 0);
        assert_eq!(messages(&[0; 40]).count(), 0);
    }
}
