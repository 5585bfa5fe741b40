//! Who talks to the monitor: the caller that started it, and whoever connects to its socket (attach, stop, wait, and
//! the monitors of a pod's containers to that of what holds the pod).

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use crate::container::job::{Job, Streams};
use crate::error::{During, Result};
use crate::process::handshake::{Attempt, Channel, Message, Report, Request};
use crate::process::listener::Listener;

/// How much may wait for a client that does not read, before the payload has to wait for it.
const QUEUE_PACKETS: usize = 16;
/// How long the last words may take to reach a client that does not read.
const GOODBYE: Duration = Duration::from_secs(10);

/// The directory of this container's sockets, closed to everybody else.
pub fn make_runtime_dir(dir: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(dir); // Left by a monitor that was killed.
    std::fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(dir)
        .during(|| format!("create runtime directory `{}`", dir.display()))
}

/// One conversation.
#[derive(Debug)]
struct Client {
    channel: Channel,
    /// Encoded reports that did not fit into its socket yet.
    queue: VecDeque<Vec<u8>>,
    /// Wants the payload's output.
    is_attached: bool,
    /// Started the container and stays: the container is its, until it detaches.
    is_owner: bool,
    /// Stands for a container of the pod.
    is_member: bool,
}

/// What clients ask of the payload.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    Input(Vec<u8>),
    EndOfInput,
    Resize {
        rows: u16,
        columns: u16,
    },
    Signal(i32),
    /// The attached caller died without a word.
    OwnerDied,
    /// The last container of the pod has ended.
    LastMemberEnded,
}

#[derive(Debug)]
pub struct Clients {
    listener: Listener,
    clients: Vec<Client>,
    /// The last member has ended, and what holds the pod ends: nobody is welcome any more.
    is_left: bool,
}

impl Clients {
    pub fn new(owner: Channel, listener: Listener, job: &Job) -> Clients {
        let is_owner = job.caller_stays;
        let is_attached = is_owner && job.streams != Streams::Caller;
        Clients { listener, clients: vec![Client { is_attached, is_owner, ..Client::new(owner) }], is_left: false }
    }

    pub fn tell_owner(&mut self, report: &Report) {
        self.clients[0].push(report.encode());
    }

    /// Gives a piece of output to everybody who is attached.
    pub fn show(&mut self, report: impl FnOnce() -> Report) {
        if self.clients.iter().any(|client| client.is_attached) {
            let packet = report().encode();
            self.clients.iter_mut().filter(|client| client.is_attached).for_each(|client| client.push(packet.clone()));
        }
    }

    /// Whether everybody keeps up, so that more output may be read from the payload.
    pub fn have_room(&self) -> bool {
        self.clients.iter().all(|client| client.queue.len() < QUEUE_PACKETS)
    }

    /// What to poll for, in an order that [`Clients::serve`] knows.
    pub fn poll_fds(&self, takes_input: bool) -> Vec<PollFd<'_>> {
        let listener = PollFd::new(&self.listener, PollFlags::IN);
        let clients = self.clients.iter().map(|client| {
            let reads = if takes_input { PollFlags::IN } else { PollFlags::empty() };
            let writes = if client.queue.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            PollFd::new(&client.channel, reads | writes)
        });
        std::iter::once(listener).chain(clients).collect()
    }

    /// Does what the poll says can be done.
    pub fn serve(&mut self, events: &[PollFlags]) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let mut gone = Vec::new();
        for (number, (client, event)) in self.clients.iter_mut().zip(&events[1..]).enumerate() {
            client.flush();
            if event.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
                && !client.listen(&mut wishes, self.is_left)
            {
                gone.push(number);
            }
        }
        let mut members_gone = false;
        for number in gone.into_iter().rev() {
            members_gone |= self.clients.remove(number).is_member;
        }
        if events[0].contains(PollFlags::IN) {
            let fresh: Vec<Client> = std::iter::from_fn(|| self.listener.accept_own()).map(Client::new).collect();
            self.clients.extend(fresh);
        }
        if members_gone && !self.clients.iter().any(|client| client.is_member) {
            self.is_left = true;
            wishes.push(Wish::LastMemberEnded);
        }
        wishes
    }

    /// The last report, to everybody, after what is still queued.
    pub fn say_goodbye(mut self, report: &Report) {
        self.serve_newcomers();
        self.listener.close(); // Who comes later finds the record.
        let packet = report.encode();
        self.clients.iter_mut().for_each(|client| client.push(packet.clone()));
        let deadline = Instant::now() + GOODBYE;
        loop {
            self.clients.retain_mut(|client| client.flush() && !client.queue.is_empty());
            let left = deadline.saturating_duration_since(Instant::now());
            if self.clients.is_empty() || left.is_zero() {
                return;
            }
            let mut fds: Vec<_> =
                self.clients.iter().map(|client| PollFd::new(&client.channel, PollFlags::OUT)).collect();
            let timeout = rustix::event::Timespec::try_from(left).ok();
            let _ = poll(&mut fds, timeout.as_ref()); // Interrupted or not: the loop looks again.
        }
    }

    fn serve_newcomers(&mut self) {
        let events = vec![PollFlags::IN; 1 + self.clients.len()];
        self.serve(&events);
    }
}

impl Client {
    fn new(channel: Channel) -> Client {
        Client { channel, queue: VecDeque::new(), is_attached: false, is_owner: false, is_member: false }
    }

    fn push(&mut self, packet: Vec<u8>) {
        self.queue.push_back(packet);
        self.flush();
    }

    /// Sends what fits; false when the client has gone.
    fn flush(&mut self) -> bool {
        while let Some(packet) = self.queue.front() {
            match self.channel.send_now(packet) {
                Ok(Attempt::Done(())) => drop(self.queue.pop_front()),
                Ok(Attempt::WouldBlock) => return true,
                Ok(Attempt::Gone) | Err(_) => {
                    self.queue.clear();
                    return false;
                }
            }
        }
        true
    }

    /// Reads one request, so that no client keeps the others waiting; false when the conversation is over.
    fn listen(&mut self, wishes: &mut Vec<Wish>, is_left: bool) -> bool {
        match self.channel.receive_now::<Request>() {
            Ok(Attempt::Done(Request::Input(bytes))) => wishes.push(Wish::Input(bytes)),
            Ok(Attempt::Done(Request::EndOfInput)) => wishes.push(Wish::EndOfInput),
            Ok(Attempt::Done(Request::Resize { rows, columns })) => wishes.push(Wish::Resize { rows, columns }),
            Ok(Attempt::Done(Request::Signal(number))) => wishes.push(Wish::Signal(number)),
            Ok(Attempt::Done(Request::Attach)) => self.is_attached = true,
            Ok(Attempt::Done(Request::Member)) if is_left => return false,
            Ok(Attempt::Done(Request::Member)) => {
                self.is_member = true;
                self.push(Report::Welcome.encode());
            }
            Ok(Attempt::Done(Request::UserNamespace)) => {} // Said to a monitor that has one already.
            Ok(Attempt::Done(Request::Detach)) => return false,
            Ok(Attempt::WouldBlock) => {}
            // A client that speaks nonsense is as good as gone.
            Ok(Attempt::Gone) | Err(_) => {
                wishes.extend(self.is_owner.then_some(Wish::OwnerDied));
                return false;
            }
        }
        true
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}
