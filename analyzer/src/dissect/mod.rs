//! What was said: the bytes of both directions of a conversation, cut into the messages of a dialect.
//!
//! ```text
//! frame  4  server  prompt    "NICK"
//! frame  6  client  join      "igor"                      nick = igor
//! frame  8  server  welcome   "200 OK - Connected\n…"     the document's form
//! frame 10  client  say       "MSG Bom dia!"              text = Bom dia!
//! ```
//!
//! A raw stream has no message boundaries. A client's write is one message by definition; a server's messages are recognised
//! by their content, and a free text at their end goes on to where another known message begins, else to the end of the
//! segment: segment boundaries are hints, never proofs. Where it is known what clients said, their text shows where its copy
//! ends. Bytes that nothing explains are messages of their own, never lost.
//!
//! Knows a dialect and bytes. Whether a dialogue was right is for [`crate::finding`] to say.

mod bare;
mod client;
mod count;
mod forms;
mod lexicon;
mod message;
mod scan;
mod server;
mod texts;
mod waiting;

pub(crate) use client::earlier_step;
pub use count::{Counter, Counts};
pub(crate) use lexicon::{is_notice, is_told_by_content, message_ends, step_forms};
pub use message::{Message, MessageKind, Shape};
pub(crate) use scan::{LARGEST, ONE_WRITE, answers};
pub use texts::Texts;
pub(crate) use waiting::Waiting;

use protocol::Dialect;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase};

use crate::stream::Stream;

/// All that was said in one conversation, in the order in which it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialogue {
    /// The messages of both directions, by the frame in which each begins.
    pub messages: Vec<Message>,
    /// The name under which the client joined, if the server let it in or never said otherwise.
    pub nick: Option<Vec<u8>>,
}

/// Both directions of one conversation.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What the client said.
    pub to_server: &'a Stream,
    /// What the server said.
    pub to_client: &'a Stream,
    /// Whether the capture holds the beginning of the connection; else the client is taken for a member of the chat already.
    pub from_start: bool,
}

impl<'a> Said<'a> {
    /// What was said in one direction.
    #[must_use]
    pub fn stream(&self, direction: Direction) -> &'a Stream {
        match direction {
            Direction::ToServer => self.to_server,
            Direction::ToClient => self.to_client,
        }
    }
}

/// Finds the messages of one dialect, in as many conversations as there are.
pub struct Dissector<'d> {
    lexicon: lexicon::Lexicon<'d>,
    texts: Texts,
}

impl<'d> Dissector<'d> {
    /// Knows the forms of a dialect; works them out as they are needed.
    #[must_use]
    pub fn new(dialect: &'d Dialect) -> Self {
        Self {
            lexicon: lexicon::Lexicon::new(dialect),
            texts: Texts::default(),
        }
    }

    /// The same, knowing what clients said: where a server hands on one of these texts, it ends where the text does.
    #[must_use]
    pub fn with_texts(self, texts: Texts) -> Self {
        Self { texts, ..self }
    }

    /// The dialect.
    #[must_use]
    pub fn dialect(&self) -> &'d Dialect {
        self.lexicon.dialect()
    }

    /// The messages of one conversation.
    #[must_use]
    pub fn dissect(&self, said: Said<'_>) -> Dialogue {
        let phase = match said.from_start {
            true => first_phase(self.dialect()),
            false => Phase::Chatting,
        };
        let scan = |said| scan::Scan::new(&self.lexicon, &self.texts, said, phase).run();
        match self.dialect().decoration {
            decoration if decoration.is_none() => scan(said),
            decoration => {
                let bare = bare::Bare::new(decoration, said.to_client);
                let mut dialogue = scan(Said {
                    to_client: &bare.stream,
                    ..said
                });
                bare.restore(said.to_client, &mut dialogue);
                dialogue
            }
        }
    }
}

/// Where a connection begins: who gives no name and gets no welcome is in the chat at once.
pub(crate) fn first_phase(dialect: &Dialect) -> Phase {
    let is_let_in = dialect.request(CommandKind::Join).is_some()
        || dialect.reply(NoticeKind::Welcome).is_some();
    match is_let_in {
        true => Phase::Joining,
        false => Phase::Chatting,
    }
}

/// The messages that a dialect finds in a conversation.
#[must_use]
pub fn dissect(dialect: &Dialect, said: Said<'_>) -> Dialogue {
    Dissector::new(dialect).dissect(said)
}

#[cfg(test)]
mod tests;
