//! One client's side of the conversation: from the bytes that arrived to what the client asked.
//!
//! The session knows the dialect's framing and words, and how far a registration in several steps has come. It knows no
//! sockets and no other client.

use protocol::Dialect;
use protocol::dialect::{Beyond, Encoding, Form, Invalid, Request, RequestReader, Step};
use protocol::framing::{Decoded, Framing, FramingError};
use protocol::message::{Command, CommandKind, Direction, Phase, Reason};

use crate::fault::{Fault, hearing};

/// The most bytes that are read at once from a stream that shows where its messages end.
const READ: usize = 16 * 1024;

/// What arrived from one client and was not yet understood. See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Session {
    inbox: Vec<u8>,
    /// How much of the inbox is done.
    at: usize,
    /// Whether the rest of a line beyond the limit is being thrown away.
    skipping: bool,
    /// The last message, where it had to be changed before it could be read.
    changed: Vec<u8>,
    /// Steps of a registration that are done.
    step: usize,
    /// The name that a former step gave.
    name: Vec<u8>,
    fault: Option<Fault>,
    /// Reads in a row that were as large as may be.
    full_reads: usize,
    /// Whether nothing is heard any more.
    is_deaf: bool,
    /// The buffer of a server that does not clear it.
    stale: Vec<u8>,
}

/// What a client said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// A request.
    Command(Command<'a>),
    /// A step of a registration or of a goodbye, but not its last; its reply.
    Step {
        /// The name that the client gave so far.
        nick: &'a [u8],
        /// The forms of the reply; empty: none.
        reply: &'a [Form],
    },
    /// Nothing that can be obeyed; the conversation goes on.
    Refused(Reason),
    /// Nothing after this can be read.
    Broken(Reason),
    /// A faulty server dies of it.
    Fatal,
}

impl Session {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }

    /// How many bytes may be read at once. Without an end mark, one read is one message, and none exceeds the limit.
    pub(crate) fn appetite(&self, dialect: &Dialect, phase: Phase) -> usize {
        match dialect.framing(Direction::ToServer, phase) {
            Framing::Raw if self.fault == Some(Fault::SmallReads) => SMALL_READ,
            Framing::Raw => dialect.limits.message.min(READ),
            _ => READ,
        }
    }

    /// Takes what arrived, at most as much as the appetite was.
    pub(crate) fn receive(&mut self, bytes: &[u8], appetite: usize) {
        self.inbox.drain(..self.at);
        self.at = 0;
        self.full_reads = match bytes.len() == appetite {
            true => self.full_reads + 1,
            false => 0,
        };
        match self.fault {
            _ if self.is_deaf => {}
            Some(Fault::DecodesEachRead) => self.inbox.extend(hearing::decodable(bytes)),
            _ => self.inbox.extend_from_slice(bytes),
        }
    }

    /// Puts what another client left in front of what is unread; only a server with one buffer for all does.
    pub(crate) fn receive_leftover(&mut self, leftover: Vec<u8>) {
        self.inbox.splice(self.at..self.at, leftover);
    }

    /// What is unread, taken away.
    pub(crate) fn take_leftover(&mut self) -> Vec<u8> {
        self.inbox.split_off(self.at.min(self.inbox.len()))
    }

    /// The registration begins again.
    pub(crate) fn restart(&mut self) {
        self.step = 0;
    }

    /// What the client said next, if all of it has arrived.
    pub(crate) fn next<'s>(
        &'s mut self,
        dialect: &'s Dialect,
        requests: &RequestReader,
        phase: Phase,
    ) -> Option<Heard<'s>> {
        let framing = dialect.framing(Direction::ToServer, phase);
        if self.is_deaf {
            return None;
        }
        if self.skipping && !self.skip_line(framing) {
            return None;
        }
        let limit = dialect.limits.message;
        let unread = self.inbox.get(self.at..).unwrap_or_default();
        if self.fault == Some(Fault::DiesOfLongMessage) && self.full_reads > 1 {
            return Some(Heard::Fatal);
        }
        let content = match hearing::decode(self.fault, framing, unread, limit) {
            Decoded::Incomplete => return None,
            Decoded::Message { content, len } => {
                self.at += len;
                content
            }
            Decoded::Invalid(error) if dies_of(self.fault, error) => return Some(Heard::Fatal),
            Decoded::Invalid(FramingError::NotANumber) => {
                return Some(Heard::Broken(Reason::BadHeader));
            }
            Decoded::Invalid(FramingError::TooLong(_)) if framing.is_framed() => {
                return Some(Heard::Broken(Reason::TooLong));
            }
            Decoded::Invalid(FramingError::TooLong(_)) => match dialect.limits.beyond {
                Beyond::Close => return Some(Heard::Broken(Reason::TooLong)),
                Beyond::Error => {
                    self.skipping = true;
                    return Some(Heard::Refused(Reason::TooLong));
                }
                Beyond::Truncate | Beyond::Pieces => {
                    self.skipping = dialect.limits.beyond == Beyond::Truncate;
                    self.at += limit;
                    unread.get(..limit).unwrap_or_default()
                }
            },
        };
        let is_text = dialect.encoding == Encoding::Bytes || std::str::from_utf8(content).is_ok();
        match self.fault {
            Some(Fault::DiesOfInvalidText) if !is_text => return Some(Heard::Fatal),
            Some(Fault::ZombieAfterInvalidText) if !is_text => {
                self.is_deaf = true;
                return None;
            }
            _ => {}
        }
        let content = match dialect.limits.invalid {
            Invalid::Refuse if !is_text => return Some(Heard::Refused(Reason::Malformed)),
            Invalid::Close if !is_text => return Some(Heard::Broken(Reason::Malformed)),
            Invalid::Replace if !is_text => {
                self.changed = String::from_utf8_lossy(content).into_owned().into_bytes();
                &self.changed
            }
            _ if self.fault == Some(Fault::StaleBuffer) => {
                self.changed = hearing::in_stale_buffer(content, &self.stale);
                self.stale.clone_from(&self.changed);
                &self.changed
            }
            _ => content,
        };
        if let Some(step) = goodbye_step(dialect, phase, content) {
            return Some(Heard::Step {
                nick: &[],
                reply: &step.reply,
            });
        }
        if let Some(command) = obeyed_early(dialect, requests, phase, content) {
            return Some(Heard::Command(command));
        }
        Some(match (phase, dialect.request(CommandKind::Join)) {
            (Phase::Joining, Some(join)) => {
                register(dialect, join, &mut self.step, &mut self.name, content)
            }
            _ => Heard::Command(match requests.read(dialect, phase, content) {
                // Without words to refuse it, it is better understood than lost.
                Command::Malformed { of: None } if !dialect.refuses(Reason::Malformed) => {
                    let command = requests.read_with_blanks(content);
                    command.unwrap_or(Command::Malformed { of: None })
                }
                command => command,
            }),
        })
    }

    /// Throws away the rest of a line; whether its end has arrived.
    fn skip_line(&mut self, framing: &Framing) -> bool {
        let unread = self.inbox.get(self.at..).unwrap_or_default();
        let end = framing
            .terminator()
            .and_then(|terminator| terminator.first_line(unread));
        match end {
            Some((_, len)) => {
                self.at += len;
                self.skipping = false;
            }
            // The last bytes may be the first half of a terminator.
            None => self.at += unread.len().saturating_sub(KEPT),
        }
        !self.skipping
    }
}

/// What a server with a small buffer reads at once.
const SMALL_READ: usize = 256;

fn dies_of(fault: Option<Fault>, error: FramingError) -> bool {
    match error {
        FramingError::NotANumber => fault == Some(Fault::DiesOfBadHeader),
        FramingError::TooLong(_) => fault == Some(Fault::DiesOfLongMessage),
    }
}

/// Bytes of a skipped line that are kept, so that a terminator in two pieces is found.
const KEPT: usize = 8;

/// What a client without a name asks, if the dialect has it obeyed.
fn obeyed_early<'a>(
    dialect: &Dialect,
    requests: &RequestReader,
    phase: Phase,
    content: &'a [u8],
) -> Option<Command<'a>> {
    let early = &dialect.requests.before_joining;
    if phase != Phase::Joining || early.is_empty() {
        return None;
    }
    let command = requests.read(dialect, Phase::Chatting, content);
    let is_obeyed = match command {
        Command::List => early.contains(&CommandKind::List),
        Command::Quit => early.contains(&CommandKind::Quit),
        _ => false,
    };
    is_obeyed.then_some(command)
}

/// A step of a goodbye, but not its last, if a member says it.
fn goodbye_step<'d>(dialect: &'d Dialect, phase: Phase, content: &[u8]) -> Option<&'d Step> {
    let quit = dialect
        .request(CommandKind::Quit)
        .filter(|_| phase == Phase::Chatting)?;
    let (_, steps) = quit.steps.split_last()?;
    steps.iter().find(|step| {
        let pattern = dialect.request_pattern(&step.send);
        pattern.matches_all(content.trim_ascii()).is_some()
    })
}

/// One step of a registration.
fn register<'s>(
    dialect: &'s Dialect,
    join: &'s Request,
    done: &mut usize,
    name: &'s mut Vec<u8>,
    content: &'s [u8],
) -> Heard<'s> {
    let Some(step) = join.steps.get(*done) else {
        return Heard::Refused(Reason::NotJoined);
    };
    let is_last = *done + 1 == join.steps.len();
    if is_last && step.send.has("nick") {
        return Heard::Command(match lacks_its_name(step, content) {
            true => Command::Join { nick: &[] },
            false => dialect.read_request(Phase::Joining, content),
        });
    }
    let pattern = dialect.request_pattern(&step.send);
    let Some(fields) = pattern.matches_all(content.trim_ascii()) else {
        return Heard::Refused(Reason::NotJoined);
    };
    if let Some(nick) = fields.get("nick") {
        *name = nick.to_vec();
    }
    if is_last {
        return Heard::Command(Command::Join { nick: name });
    }
    *done += 1;
    Heard::Step {
        nick: name,
        reply: &step.reply,
    }
}

/// Whether this is a registration with its word and nothing after it: `NICK`.
fn lacks_its_name(step: &Step, content: &[u8]) -> bool {
    let word = step.send.pattern().first_literal().trim_ascii().to_vec();
    !word.is_empty() && content.trim_ascii() == word
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
