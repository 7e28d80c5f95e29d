//! One client's conversation: which end is the client, and what was said.

use std::borrow::Cow;

use protocol::message::Direction;

use super::content::Content;
use super::effort::Effort;
use super::fit::{Fit, shows_the_beginning};
use crate::conversation::{
    Basis, Closing, Conversation, ConversationId, Direction as Way, EventKind, Opening, Side,
};
use crate::dissect::{Dialogue, Dissector, Said};
use crate::finding::{Connection, Judged};
use crate::segment::Endpoint;
use crate::stream::{Recorded, Stream};
use crate::survey::Survey;

/// One client's conversation in the chat.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its place among the conversations of the capture.
    pub id: ConversationId,
    /// The client's address and port.
    pub client: Endpoint,
    /// The server's.
    pub server: Endpoint,
    /// Whether the roles are the other way round than the conversation says: nobody saw who opened it, and what was said
    /// tells.
    pub turned: bool,
    /// What was said.
    pub dialogue: Dialogue,
    /// What its connection tells.
    connection: Connection,
}

impl Member {
    /// Dissects it once more, by one who knows more.
    pub(super) fn read_again(&mut self, effort: &Effort<'_, '_>, dissector: &Dissector<'_>) {
        if let Some(one) = Orientation::of(effort.survey, self.id.index(), self.turned) {
            self.dialogue = one.dialogue(dissector, effort.head);
        }
    }

    /// The bytes of one direction.
    #[must_use]
    pub fn stream<'s>(&self, survey: &'s Survey, direction: Direction) -> Option<&'s Stream> {
        survey.stream(self.id, way(direction, self.turned))
    }

    /// What a finding needs to know of it.
    pub(super) fn judged<'a>(&'a self, survey: &'a Survey) -> Option<Judged<'a>> {
        let streams = [
            self.stream(survey, Direction::ToServer)?,
            self.stream(survey, Direction::ToClient)?,
        ];
        let conversation = survey.conversation(self.id)?;
        let lacks = |stream: &Stream| stream.missing > 0 || stream.dropped > 0;
        // Without its SYN nothing shows that the first bytes of the server are there.
        let has_holes = conversation.opening == Opening::SynAckNotCaptured
            || conversation.lacks.contains(&true)
            || streams.into_iter().any(lacks);
        let began = conversation.handshake.syn.is_some();
        // A server may still answer a client that has closed its own direction.
        let closing = conversation.teardown.closing();
        let ended = [Direction::ToServer, Direction::ToClient].map(|direction| match closing {
            Closing::Open => false,
            Closing::HalfClosed(who) => who == conversation.side(way(direction, self.turned)),
            _ => true,
        });
        let both_ways = conversation.frames.iter().all(|frames| *frames > 0);
        Some(Judged {
            conversation: self.id,
            dialogue: &self.dialogue,
            streams,
            is_whole: began && ended[Direction::ToClient as usize] && both_ways && !has_holes,
            began,
            ended,
            latest: survey.capture.latest,
            has_holes,
            connection: &self.connection,
        })
    }
}

/// What bears on the dialogue, when the client speaks in this direction.
fn connection(conversation: &Conversation, client: Way) -> Connection {
    let client = conversation.side(client);
    let events = conversation.events.list().iter();
    let late = events.filter(|event| event.kind == EventKind::DataAfterFin && event.side == client);
    let teardown = &conversation.teardown;
    let reset_by_client = matches!(teardown.rst, Some((who, _)) if who == client);
    let fins = Side::BOTH.map(|side| Some((side, teardown.fin[side.index()]?)));
    let closings = fins.into_iter().flatten().chain(teardown.rst);
    let first = closings.min_by_key(|(_, mark)| mark.frame);
    let closed = first.map(|(_, mark)| mark);
    let opened = conversation.handshake.ack;
    let both = opened.zip(closed);
    Connection {
        late: late.map(|event| event.frame).collect(),
        reset_by_client,
        closed_first: first.map(|(side, mark)| {
            let direction = match side == client {
                true => Direction::ToServer,
                false => Direction::ToClient,
            };
            (direction, mark.frame)
        }),
        ends: both.map(|(opened, closed)| [opened.frame, closed.frame]),
        lasted: both.and_then(|(opened, closed)| Some(closed.time?.saturating_sub(opened.time?))),
    }
}

/// Which way of the conversation a direction of the chat is.
fn way(direction: Direction, turned: bool) -> Way {
    match (direction, turned) {
        (Direction::ToServer, false) | (Direction::ToClient, true) => Way::ToServer,
        (Direction::ToClient, false) | (Direction::ToServer, true) => Way::ToClient,
    }
}

/// A conversation with its roles decided.
#[derive(Clone, Copy)]
pub(super) struct Orientation<'s> {
    pub(super) conversation: &'s Conversation,
    turned: bool,
    to_server: &'s Recorded,
    to_client: &'s Recorded,
}

/// How a conversation begins, by which its dialect can be told.
pub(super) struct Beginning<'s> {
    to_server: Cow<'s, Stream>,
    to_client: Cow<'s, Stream>,
    /// Whether somebody saw who opened it.
    is_seen: bool,
}

impl<'s> Orientation<'s> {
    pub(super) fn of(survey: &'s Survey, at: usize, turned: bool) -> Option<Self> {
        let conversation = survey.conversations.get(at)?;
        Some(Self {
            conversation,
            turned,
            to_server: survey.recorded(conversation.id, way(Direction::ToServer, turned))?,
            to_client: survey.recorded(conversation.id, way(Direction::ToClient, turned))?,
        })
    }

    pub(super) fn spoke(&self) -> bool {
        self.to_server.length() > 0 || self.to_client.length() > 0
    }

    pub(super) fn content(&self) -> Content {
        let [to_server, to_client] = [self.to_server, self.to_client];
        Content::of(
            &to_server.start(Content::TELLING),
            &to_client.start(Content::TELLING),
        )
    }

    /// The first `most` bytes of each direction.
    pub(super) fn beginning(&self, most: usize) -> Beginning<'s> {
        Beginning {
            to_server: self.to_server.head(most),
            to_client: self.to_client.head(most),
            is_seen: self.began(),
        }
    }

    /// Whether somebody saw who opened it.
    fn began(&self) -> bool {
        self.conversation.basis != Basis::SpokeFirst
    }

    fn dialogue(&self, dissector: &Dissector<'_>, most: usize) -> Dialogue {
        dissector.dissect(Said {
            to_server: self.to_server.stream(),
            to_client: self.to_client.stream(),
            from_start: self.began() || self.beginning(most).best_start(dissector).0,
        })
    }

    pub(super) fn member(&self, dissector: &Dissector<'_>, most: usize) -> Member {
        let ends = [self.conversation.client, self.conversation.server];
        let [client, server] = if self.turned {
            [ends[1], ends[0]]
        } else {
            ends
        };
        Member {
            id: self.conversation.id,
            client,
            server,
            turned: self.turned,
            dialogue: self.dialogue(dissector, most),
            connection: connection(self.conversation, way(Direction::ToServer, self.turned)),
        }
    }
}

impl Beginning<'_> {
    /// Whether the capture holds the conversation from its start, by what the server said where that was not seen; and how well
    /// the dialect fits.
    pub(super) fn best_start(&self, dissector: &Dissector<'_>) -> (bool, Fit) {
        let read = |from_start| {
            dissector.dissect(Said {
                to_server: &self.to_server,
                to_client: &self.to_client,
                from_start,
            })
        };
        let fit = |dialogue| Fit::of(dissector.dialect(), &dialogue);
        let from_start = read(true);
        if self.is_seen || shows_the_beginning(&from_start) {
            (true, fit(from_start))
        } else {
            (false, fit(read(false)))
        }
    }
}

/// Whether a conversation of which nobody saw the beginning makes more sense with its roles exchanged.
pub(super) fn is_turned(effort: &Effort<'_, '_>, one: &Conversation) -> bool {
    if one.basis != Basis::SpokeFirst {
        return false;
    }
    if effort.known_servers.contains(&one.client) {
        return true;
    }
    let fit = |turned| {
        let orientation = Orientation::of(effort.survey, one.id.index(), turned)?;
        let beginning = orientation.beginning(effort.head);
        let dissectors = effort.dissectors.iter();
        let fits = dissectors.map(|dissector| beginning.best_start(dissector).1);
        fits.map(|fit| (fit.is_enough(), fit.per_mille())).max()
    };
    fit(true) > fit(false)
}
