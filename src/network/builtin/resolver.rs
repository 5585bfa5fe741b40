//! Questions to the resolver: what we know ourselves is answered here, the host's is asked the rest. Questions that
//! come as datagrams are flows of their own ([`super::datagrams`]); those that come over TCP (RFC 7766) are drawn here.
//!
//! ```text
//!  payload           a stream like any other         conversation                      host's resolver
//!    |====== TCP ===========|==== pair of sockets =====| known here: answered
//!    |                      |                          | else ---- one connection -------> |
//!    |                      |                          | <---------- answers, as they come |
//! ```
//!
//! Where we know nothing ourselves, and nobody wants to read along, such a connection is one to the host's resolver.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::epoll;
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair};

use super::destinations::Destination;
use super::flows::{Direction, Outcome, Protocol};
use super::lookup::{self, Answer, Failure, Question};
use super::proxy::{Entry, Proxy, SlotId, Source};
use super::streams::{self, ALL_NEWS};

/// How long one stays without a question, and how long the host's resolver has for an answer.
const IDLE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// At the same time; each may hold what follows.
const MOST_CONVERSATIONS: usize = 64;
/// Questions that wait for the host's resolver, and how long each may be: it has one name.
const MOST_ASKED: usize = 32;
const MOST_QUESTION_BYTES: usize = 4096;
/// What waits for somebody to take it: the longest answer, and more only after that.
const MOST_UNSENT_BYTES: usize = 64 * 1024;
/// How much is done before others have their turn.
const STEPS: usize = 128;
/// Of the length that comes before each message.
const LENGTH_BYTES: usize = 2;

/// What is to be done about a question.
pub enum Heard {
    /// This is the answer.
    Known(Vec<u8>),
    /// It may not be asked.
    Denied,
    /// Others know, perhaps; what is asked for, if it can be read.
    Unknown(Option<String>),
}

/// Questions over TCP, and their answers.
#[derive(Debug)]
pub struct Conversation {
    /// Who asks, and whom.
    client: SocketAddr,
    target: SocketAddr,
    asker: Messages,
    /// `None` as long as nothing is asked that we do not know.
    resolver: Option<Messages>,
    /// Whether it has answered, on this connection.
    is_answering: bool,
    /// What it has not answered yet.
    asked: Vec<Vec<u8>>,
    last: Instant,
}

/// What a conversation comes to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Question(Vec<u8>),
    Answer(Vec<u8>),
    /// The host's resolver has ended the connection, or could not be reached.
    Lost,
    /// There may be more.
    Again,
    /// Until there is news.
    Wait,
    End,
}

/// A socket that carries messages, each after its length.
#[derive(Debug)]
struct Messages {
    socket: OwnedFd,
    received: Vec<u8>,
    unsent: Vec<u8>,
    has_ended: bool,
}

impl Messages {
    fn over(socket: OwnedFd) -> Messages {
        Messages { socket, received: Vec::new(), unsent: Vec::new(), has_ended: false }
    }

    fn put(&mut self, message: &[u8]) {
        let Ok(length) = u16::try_from(message.len()) else { return };
        self.unsent.extend(length.to_be_bytes());
        self.unsent.extend(message);
    }

    fn is_full(&self) -> bool {
        self.unsent.len() >= MOST_UNSENT_BYTES
    }

    /// As much as there is room for.
    fn send(&mut self) -> Result<(), Errno> {
        while !self.unsent.is_empty() {
            match send(&self.socket, &self.unsent, SendFlags::NOSIGNAL) {
                Ok(length) => drop(self.unsent.drain(..length)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Whether anything came, the end included.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<bool, Errno> {
        if self.has_ended {
            return Ok(false);
        }
        match recv(&self.socket, &mut *buffer, RecvFlags::empty()) {
            Ok((0, _)) => self.has_ended = true,
            Ok((length, _)) => self.received.extend(&buffer[..length]),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Ok(false),
            Err(errno) => return Err(errno),
        }
        Ok(true)
    }

    /// How long the next message is, as soon as that is known.
    fn next_bytes(&self) -> Option<usize> {
        self.received.first_chunk::<LENGTH_BYTES>().map(|length| usize::from(u16::from_be_bytes(*length)))
    }

    /// The next message, when it is whole.
    fn take(&mut self) -> Option<Vec<u8>> {
        let end = LENGTH_BYTES + self.next_bytes()?;
        let message = self.received.get(LENGTH_BYTES..end)?.to_vec();
        self.received.drain(..end);
        Some(message)
    }
}

impl Conversation {
    pub fn expires(&self) -> Instant {
        self.last + if self.asked.is_empty() { IDLE } else { PATIENCE }
    }

    pub fn watch(&self, poll: &impl AsFd, id: SlotId) -> Result<(), Errno> {
        epoll::add(poll, &self.asker.socket, Source::Slot(id).encode(), ALL_NEWS)
    }

    /// Moves what can be moved, up to the next thing that somebody has to think about.
    fn step(&mut self, buffer: &mut [u8]) -> Step {
        if self.asker.send().is_err() {
            return Step::End;
        }
        if let Some(resolver) = self.resolver.as_mut().filter(|_| !self.asker.is_full()) {
            let _ = resolver.send(); // What goes wrong is told to who receives, after what came before it.
            if let Some(answer) = resolver.take() {
                return Step::Answer(answer);
            }
            match resolver.receive(buffer) {
                Ok(true) => return Step::Again,
                Ok(false) if !resolver.has_ended => {}
                Ok(false) | Err(_) => return Step::Lost,
            }
        }
        let is_busy = self.asked.len() >= MOST_ASKED || self.resolver.as_ref().is_some_and(Messages::is_full);
        if !is_busy && !self.asker.is_full() {
            if self.asker.next_bytes().is_some_and(|length| length > MOST_QUESTION_BYTES) {
                return Step::End;
            }
            if let Some(question) = self.asker.take() {
                return Step::Question(question);
            }
            match self.asker.receive(buffer) {
                Ok(true) => return Step::Again,
                Ok(false) => {}
                Err(_) => return Step::End,
            }
        }
        let is_over = self.asker.has_ended && !is_busy && self.asked.is_empty() && self.asker.unsent.is_empty();
        if is_over { Step::End } else { Step::Wait }
    }

    /// The question that this answers.
    fn answered(&mut self, answer: &[u8]) -> Option<Vec<u8>> {
        let place = self.asked.iter().position(|asked| asked.get(..2) == answer.get(..2))?;
        Some(self.asked.swap_remove(place))
    }

    /// Without an answer of the host's resolver.
    fn fail(&mut self, question: &[u8], failure: Failure) {
        if let Some(answer) = lookup::fail(question, failure) {
            self.asker.put(&answer);
        }
    }
}

impl Proxy {
    /// What is to be done about a question that somebody inside asks the resolver.
    pub fn consider(&mut self, protocol: Protocol, client: SocketAddr, target: SocketAddr, data: &[u8]) -> Heard {
        let Some(question) = Question::parse(data) else {
            if !self.destinations.limits_egress() {
                return Heard::Unknown(None);
            }
            let logged = self.logged(protocol, Direction::Out, client, target);
            self.note(logged.as_deref(), Outcome::Denied);
            return Heard::Denied;
        };
        let Some(answer) = self.destinations.resolve(&question) else { return Heard::Unknown(Some(question.name)) };
        let outcome = if answer == Answer::Closed { Outcome::Denied } else { Outcome::Answered };
        self.note_question(protocol, client, target, &question.name, outcome);
        if let Answer::Addresses(addresses) = &answer {
            self.destinations.remember(&question.name, addresses);
        }
        Heard::Known(match protocol {
            Protocol::Tcp => question.answer_over_tcp(&answer),
            _ => question.answer(&answer),
        })
    }

    fn note_question(
        &mut self,
        protocol: Protocol,
        client: SocketAddr,
        target: SocketAddr,
        name: &str,
        outcome: Outcome,
    ) {
        if let Some(mut logged) = self.logged(protocol, Direction::Out, client, target) {
            logged.name = Some(name.into());
            self.note(Some(&logged), outcome);
        }
    }

    /// Begins a conversation with somebody inside; returns the end that is theirs.
    pub fn meet(&mut self, client: SocketAddr, target: SocketAddr) -> Result<OwnedFd, Errno> {
        if self.conversations >= MOST_CONVERSATIONS {
            return Err(Errno::CONNREFUSED);
        }
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        let conversation = Conversation {
            client,
            target,
            asker: Messages::over(ours),
            resolver: None,
            is_answering: false,
            asked: Vec::new(),
            last: self.now,
        };
        self.insert(Entry::Conversation(Box::new(conversation))).ok_or(Errno::NOBUFS)?;
        self.conversations += 1;
        Ok(theirs)
    }

    fn conversation(&mut self, id: SlotId) -> Option<&mut Conversation> {
        match self.entry(id)? {
            Entry::Conversation(conversation) => Some(conversation),
            _ => None,
        }
    }

    /// Something has happened to a conversation, or it is its turn.
    pub fn converse(&mut self, id: SlotId) {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut is_finished = false;
        for _ in 0..STEPS {
            let Some(conversation) = self.conversation(id) else { break };
            match conversation.step(&mut buffer) {
                Step::Question(question) => self.hear_question(id, question),
                Step::Answer(answer) => self.pass_on(id, &answer),
                Step::Lost => self.lose_resolver(id),
                Step::Again => {}
                Step::Wait => is_finished = true,
                Step::End => drop(self.end(id)),
            }
            if is_finished {
                break;
            }
        }
        self.buffer = buffer;
        if !is_finished && self.conversation(id).is_some() {
            self.unfinished.push(id);
        }
    }

    fn hear_question(&mut self, id: SlotId, question: Vec<u8>) {
        let now = self.now;
        let Some(conversation) = self.conversation(id) else { return };
        conversation.last = now;
        let (client, target) = (conversation.client, conversation.target);
        let heard = self.consider(Protocol::Tcp, client, target, &question);
        let asked = matches!(heard, Heard::Unknown(_)).then(|| self.reach_resolver(id));
        let Some(conversation) = self.conversation(id) else { return };
        match (heard, asked, &mut conversation.resolver) {
            (Heard::Known(answer), ..) => conversation.asker.put(&answer),
            (Heard::Denied, ..) => conversation.fail(&question, Failure::Refused),
            (Heard::Unknown(_), Some(Ok(())), Some(resolver)) => {
                resolver.put(&question);
                conversation.asked.push(question);
            }
            (Heard::Unknown(_), ..) => conversation.fail(&question, Failure::OfServer),
        }
    }

    /// Has the conversation a connection to the host's resolver, or one on its way.
    fn reach_resolver(&mut self, id: SlotId) -> Result<(), Errno> {
        let Some(conversation) = self.conversation(id) else { return Ok(()) };
        let target = conversation.target;
        if conversation.resolver.is_some() {
            return Ok(());
        }
        let Destination::World(address) = self.destinations.find(target)? else { return Err(Errno::HOSTUNREACH) };
        let socket = streams::open_outside(address)?;
        self.watch(&socket, Source::Slot(id), ALL_NEWS)?;
        if let Some(conversation) = self.conversation(id) {
            (conversation.resolver, conversation.is_answering) = (Some(Messages::over(socket)), false);
        }
        Ok(())
    }

    /// The host's resolver has answered. Of a question that has several answers, the further ones have no name.
    fn pass_on(&mut self, id: SlotId, answer: &[u8]) {
        let now = self.now;
        let Some(conversation) = self.conversation(id) else { return };
        (conversation.last, conversation.is_answering) = (now, true);
        conversation.asker.put(answer);
        let (client, target) = (conversation.client, conversation.target);
        let question = conversation.answered(answer);
        self.destinations.learn(answer);
        let name = question.as_deref().and_then(Question::parse).map(|question| question.name);
        if let Some(name) = name {
            self.note_question(Protocol::Tcp, client, target, &name, Outcome::Answered);
        }
    }

    /// One that has answered may end a connection whenever it likes, and is asked the rest once more.
    fn lose_resolver(&mut self, id: SlotId) {
        let Some(conversation) = self.conversation(id) else { return };
        conversation.resolver = None;
        if conversation.asked.is_empty() {
            return;
        }
        let is_asked_again = conversation.is_answering;
        let is_reached = is_asked_again && self.reach_resolver(id).is_ok();
        let Some(conversation) = self.conversation(id) else { return };
        if let Some(resolver) = conversation.resolver.as_mut().filter(|_| is_reached) {
            return conversation.asked.iter().for_each(|question| resolver.put(question));
        }
        for question in std::mem::take(&mut conversation.asked) {
            conversation.fail(&question, Failure::OfServer);
        }
        if !is_asked_again {
            self.destinations.next_resolver();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation() -> (Conversation, OwnedFd) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None).unwrap();
        let place = SocketAddr::from(([10, 0, 2, 3], 53));
        let conversation = Conversation {
            client: place,
            target: place,
            asker: Messages::over(ours),
            resolver: None,
            is_answering: false,
            asked: Vec::new(),
            last: Instant::now(),
        };
        (conversation, theirs)
    }

    fn say(socket: &OwnedFd, bytes: &[u8]) {
        assert_eq!(send(socket, bytes, SendFlags::empty()), Ok(bytes.len()));
    }

    #[test]
    fn questions_come_in_pieces_and_several_at_once() {
        let (mut conversation, client) = conversation();
        let mut buffer = [0; 1024];
        let mut step = || conversation.step(&mut buffer);
        assert_eq!(step(), Step::Wait);
        say(&client, &[0]);
        assert_eq!((step(), step()), (Step::Again, Step::Wait));
        say(&client, b"\x03one\x00\x03two\x00");
        assert_eq!(step(), Step::Again);
        assert_eq!((step(), step()), (Step::Question(b"one".into()), Step::Question(b"two".into())));
        assert_eq!(step(), Step::Wait);
        drop(client);
        assert_eq!((step(), step()), (Step::Again, Step::End));
    }

    #[test]
    fn who_asks_too_much_or_takes_nothing_is_not_heard_further() {
        let (mut first, client) = conversation();
        let mut buffer = [0; 1024];
        say(&client, &u16::MAX.to_be_bytes());
        assert_eq!((first.step(&mut buffer), first.step(&mut buffer)), (Step::Again, Step::End));
        // Nobody takes the answers.
        let (mut second, client) = conversation();
        for _ in 0..100 {
            second.asker.put(&[0; 60_000]);
        }
        say(&client, b"\x00\x03one");
        assert_eq!(second.step(&mut buffer), Step::Wait);
        // The resolver has not answered.
        let (mut third, client) = conversation();
        third.asked = vec![Vec::new(); MOST_ASKED];
        say(&client, b"\x00\x03one");
        assert_eq!(third.step(&mut buffer), Step::Wait);
        third.asked.clear();
        assert_eq!(third.step(&mut buffer), Step::Again);
        assert_eq!(third.step(&mut buffer), Step::Question(b"one".into()));
    }

    #[test]
    fn an_answer_before_the_end_is_not_lost() {
        let (mut conversation, _client) = conversation();
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (ours, resolver) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None).unwrap();
        conversation.resolver = Some(Messages::over(ours));
        conversation.asked = vec![b"\x00\x01first".to_vec(), b"\x00\x02second".to_vec()];
        say(&resolver, b"\x00\x04\x00\x02ab");
        drop(resolver);
        let mut buffer = [0; 1024];
        assert_eq!(conversation.step(&mut buffer), Step::Again);
        let Step::Answer(answer) = conversation.step(&mut buffer) else { panic!("it has answered") };
        assert_eq!(conversation.answered(&answer).as_deref(), Some(&b"\x00\x02second"[..]));
        assert_eq!((conversation.step(&mut buffer), conversation.step(&mut buffer)), (Step::Again, Step::Lost));
    }
}
