//! What is known about a failure: facts of the scenario so far that tell one cause from another. They are gathered here and
//! weighed in `lesson`.

use memchr::memmem;
use protocol::framing::Decoded;
use protocol::message::{CommandKind, Fields, NoticeKind, Phase, Reason, ReplyKind};

use super::due::{Due, DueState};
use super::judge::{How, Miss};
use super::script::{About, Failure};
use super::stage::Stage;
use super::trace::{begins_with_end, from_the_form, stale_tails, surplus_change, with_tail};
use crate::client::End;
use crate::lesson::{Change, Clues, Context, Mishap, Sent, change, is_altered};
use crate::scenario::Presence;
use crate::transcript::{ClientId, Happening};

/// Texts that are remembered, and bytes of each.
const TEXTS: (usize, usize) = (64, 4096);

/// Bytes of a text that are looked for elsewhere.
const SAMPLE: usize = 16;

/// What a sender said after a message had not arrived, and whether that was heard.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Retried {
    /// Several words.
    pub(super) words: bool,
    /// One word.
    pub(super) word: bool,
}

/// A text that somebody said.
pub(super) struct Spoken {
    from: ClientId,
    text: Vec<u8>,
    /// Whether it was for one alone.
    privately: bool,
}

impl Stage<'_, '_> {
    /// Remembers something that servers stumble over.
    pub(super) fn note_mishap(&mut self, id: ClientId, mishap: Mishap) {
        if self.is_post_mortem {
            return;
        }
        self.someone_left |= matches!(
            mishap,
            Mishap::Goodbye | Mishap::Departure | Mishap::HalfClose
        );
        self.mishap = Some(mishap);
        self.mishap_at = self.actions;
        self.member_mut(id).mishap = Some(mishap);
    }

    /// Whether the server did something that a later action than the last mishap asked for: it did not stumble over that.
    pub(super) fn is_past_its_mishap(&self) -> bool {
        (0..self.members.len()).any(|index| self.is_answered_since(ClientId(index)))
    }

    /// Remembers what somebody said.
    pub(super) fn note_said(&mut self, from: ClientId, text: &[u8], privately: bool) {
        if self.is_post_mortem {
            return;
        }
        self.last_speaker = Some(from);
        if self.spoken.len() == TEXTS.0 {
            self.spoken.pop_front();
        }
        let text = text[..text.len().min(TEXTS.1)].to_vec();
        self.spoken.push_back(Spoken {
            from,
            text,
            privately,
        });
    }

    /// How the message in question was sent.
    pub(super) fn how_sent(&self, failure: &Failure) -> Sent {
        let Some(sender) = self.sender(failure) else {
            return Sent::Whole;
        };
        if !self.to_server(sender).is_delimited() {
            return Sent::Whole;
        }
        let in_pieces = self
            .members
            .iter()
            .filter(|member| member.sent == Sent::InPieces)
            .count();
        // Of one who has left only its bytes can remain.
        let is_mixed = !failure.miss.received.is_empty();
        let mut others = self.members.iter().enumerate();
        let others_unfinished = others.any(|(index, member)| {
            index != sender.0 && member.is_unfinished && (!member.has_left || is_mixed)
        });
        match self.member(sender).sent {
            Sent::InPieces if in_pieces > 1 => Sent::Interleaved,
            Sent::Whole if others_unfinished => Sent::Interleaved,
            sent => sent,
        }
    }

    /// Whose message a failure is about.
    fn sender(&self, failure: &Failure) -> Option<ClientId> {
        match (&failure.about, failure.client) {
            (About::Heard { from, .. }, _) => Some(*from),
            // What should not have come was said by whoever spoke last.
            (About::Silence | About::LeftOver, Some(id)) => {
                let is_own = self.member(id).sent != Sent::Whole;
                Some(if is_own {
                    id
                } else {
                    self.last_speaker.unwrap_or(id)
                })
            }
            (_, client) => client,
        }
    }

    /// What became of the text in question.
    pub(super) fn change_of(&self, failure: &Failure) -> Option<Change> {
        let miss = &failure.miss;
        let id = failure.client?;
        if miss.received.is_empty() {
            return None;
        }
        let earlier: Vec<&[u8]> = self.spoken.iter().map(|said| &said.text[..]).collect();
        let is_end = |text: &&[u8]| begins_with_end(&miss.received, text);
        if self.recognised(id, &miss.received).is_none() && earlier.iter().any(is_end)
            || self.names_a_stale_request(id, &miss.received)
            || self.follows_a_stale_message(failure)
        {
            return Some(Change::StaleTail);
        }
        let Some(form) = miss.expected.get(miss.nearest) else {
            return self.change_of_surplus(id, &miss.received);
        };
        let received = from_the_form(&miss.received, &form.bytes);
        let command = self
            .run
            .dialect
            .request(CommandKind::Say)
            .map(|say| say.template().pattern().first_literal().to_vec())
            .unwrap_or_default();
        let about_one = [NoticeKind::Welcome, NoticeKind::Joined, NoticeKind::Left];
        let is_altered = about_one.into_iter().any(|kind| {
            let nick = |bytes| {
                self.parsed(id, kind, bytes)?
                    .get("nick")
                    .map(<[u8]>::to_vec)
            };
            let names = nick(&form.bytes).zip(nick(received));
            names.is_some_and(|(sent, came)| sent != came && self.is_altered(&sent, &came))
        });
        if is_altered {
            return Some(Change::NameAltered);
        }
        let kinds = [
            NoticeKind::Delivered,
            NoticeKind::Whispered,
            NoticeKind::Said,
        ];
        let changed = kinds.into_iter().find_map(|kind| {
            let sent = self.parsed(id, kind, &form.bytes)?;
            let came = self.parsed(id, kind, received)?;
            let (text, other) = (sent.get("text")?, came.get("text")?);
            let is_of_other = sent.get("from") != came.get("from");
            if is_of_other && text == other && !self.has_said(came.get("from"), text) {
                return Some(self.change_of_sender(sent.get("from"), came.get("from")));
            }
            let last = earlier.iter().rposition(|said| *said == text);
            let (before, after) = earlier.split_at(last.unwrap_or(earlier.len()));
            let later: Vec<&[u8]> = after.iter().copied().filter(|said| *said != text).collect();
            let context = Context {
                command: &command,
                earlier: before,
                later: &later,
            };
            let change = match is_of_other {
                true => None,
                false => change(text, other, &context),
            };
            match change {
                // What cuts the last byte cuts that of every text.
                Some(Change::LastByteCut) if self.has_had(id, kind) => {
                    Some(Change::CutAt(other.len()))
                }
                change => change,
            }
        });
        changed.or_else(|| self.change_of_first(id, &miss.received))
    }

    /// Of messages that came glued together, whether the first is somebody's text in another's name.
    fn change_of_first(&self, id: ClientId, received: &[u8]) -> Option<Change> {
        const ENOUGH: usize = 2;
        let came = self.parsed(id, NoticeKind::Delivered, received)?;
        let (from, text) = (came.get("from")?, came.get("text")?);
        let is_by = |said: &Spoken| self.member(said.from).nick == from;
        let begins = |said: &&Spoken| said.text.len() >= ENOUGH && text.starts_with(&said.text);
        let mut said = self.spoken.iter().rev().filter(begins);
        let is_member = self.members.iter().any(|member| member.nick == from);
        if !is_member || said.clone().any(is_by) {
            return None;
        }
        let nick = &self.member(said.next()?.from).nick[..];
        Some(self.change_of_sender(Some(nick), Some(from)))
    }

    /// Whether what is wanted stands behind the rest of a message that took the end of an earlier, longer one along.
    fn follows_a_stale_message(&self, failure: &Failure) -> bool {
        let miss = &failure.miss;
        let Some((id, form)) = failure.client.zip(miss.expected.get(miss.nearest)) else {
            return false;
        };
        let rest = from_the_form(&miss.received, &form.bytes);
        let stray = &miss.received[..miss.received.len() - rest.len()];
        if stray.is_empty() || self.to_server(id).is_delimited() {
            return false;
        }
        let entries = &self.clients.transcript().entries;
        self.clients.ids().any(|sender| {
            let sent = entries.iter().filter_map(|entry| match &entry.what {
                Happening::Sent(bytes) if entry.client == sender => Some(&bytes[..]),
                _ => None,
            });
            stale_tails(sent).any(|tail| tail == stray)
        })
    }

    /// Whether a sender's name was changed, or is another's.
    fn change_of_sender(&self, sent: Option<&[u8]>, came: Option<&[u8]>) -> Change {
        let is_altered = sent
            .zip(came)
            .is_some_and(|(sent, came)| self.is_altered(sent, came));
        match is_altered {
            true => Change::NameAltered,
            false => Change::OtherSender,
        }
    }

    /// Whether a name came changed, and is nobody else's.
    fn is_altered(&self, name: &[u8], came: &[u8]) -> bool {
        let mut members = self.members.iter();
        is_altered(name, came) && !members.any(|member| member.nick == came)
    }

    /// Whether the one of this name said this, too.
    fn has_said(&self, nick: Option<&[u8]>, text: &[u8]) -> bool {
        let mut said = self.spoken.iter();
        said.any(|said| said.text == text && nick == Some(&self.member(said.from).nick))
    }

    /// What became of a text that nobody asked for in the form in which it came.
    fn change_of_surplus(&self, id: ClientId, received: &[u8]) -> Option<Change> {
        let kinds = [NoticeKind::Delivered, NoticeKind::Said];
        let mut came = kinds
            .into_iter()
            .filter_map(|kind| self.parsed(id, kind, received));
        let changed = came.find_map(|came| {
            let text = came.get("text")?;
            let mut said = self.spoken.iter().rev();
            let is_of_other = |from: &[u8]| {
                !self.has_said(Some(from), text) && said.clone().any(|said| said.text == text)
            };
            match came.get("from").filter(|from| is_of_other(from)) {
                Some(from) => {
                    let said = said.find(|said| said.text == text)?;
                    let nick = &self.member(said.from).nick[..];
                    Some(self.change_of_sender(Some(nick), Some(from)))
                }
                None => said.find_map(|said| surplus_change(&said.text, text)),
            }
        });
        changed.or_else(|| self.change_of_first(id, received))
    }

    /// Whether a client got a message of this kind that was as it should be.
    fn has_had(&self, id: ClientId, kind: NoticeKind) -> bool {
        let mut dues = self.member(id).dues.iter();
        dues.any(|due| due.kind == kind.into() && !due.is_coming())
    }

    /// Whether a refusal names a request of the client with the end of an earlier, longer one behind it: `LISTdia!`.
    fn names_a_stale_request(&self, id: ClientId, received: &[u8]) -> bool {
        if !matches!(self.recognised(id, received), Some(ReplyKind::Refused(_))) {
            return false;
        }
        let entries = self.clients.transcript().entries.iter().rev();
        let sent = entries.filter_map(|entry| match &entry.what {
            Happening::Sent(bytes) if entry.client == id => Some(bytes.trim_ascii_end()),
            _ => None,
        });
        let sent: Vec<&[u8]> = sent.take(TEXTS.0).collect();
        let named = String::from_utf8_lossy(received)
            .to_lowercase()
            .into_bytes();
        (1..sent.len()).any(|at| {
            let (later, earlier) = (&sent[..at], sent[at]);
            let mut seen = later
                .iter()
                .filter_map(|request| with_tail(request, earlier));
            seen.any(|word| memmem::find(&named, &word).is_some())
        })
    }

    /// Whether the server did something that a client asked for after the last mishap, or answered that itself where it was a
    /// request.
    pub(super) fn is_answered_since(&self, id: ClientId) -> bool {
        let answers = [
            NoticeKind::Bye.into(),
            ReplyKind::Refused(Reason::UnknownCommand),
            ReplyKind::Refused(Reason::Malformed),
        ];
        let mut dues = self.member(id).dues_since(self.mishap_at);
        dues.any(|due| {
            !due.is_coming() && (due.action > self.mishap_at || answers.contains(&due.kind))
        })
    }

    /// The values of a message of this kind, whatever they are.
    pub(super) fn parsed(&self, id: ClientId, kind: NoticeKind, bytes: &[u8]) -> Option<Fields> {
        let phase = self.member(id).phase;
        let variants = self.run.dialect.expectation(kind, &Fields::new(), phase);
        let scene = self.vocabulary.scene(phase, Some(kind.into()));
        let content = match scene.framing.decode(bytes, scene.limit) {
            Decoded::Message { content, .. } => content,
            _ => bytes,
        };
        let mut variants = variants.iter();
        variants.find_map(|variant| variant.pattern.matches_all(content))
    }

    /// The facts that tell one cause from another.
    pub(super) fn clues(&self, failure: &Failure) -> Clues {
        let mut clues = Clues {
            apart: !self.run.dialect.broadcasts(),
            someone_left: self.someone_left,
            left_earlier: self.run.last_departure.is_some() && !self.was_anybody_served(),
            others_left_before: self.run.last_departure.is_some(),
            echoes: self.run.dialect.echoes(),
            never_came: self.never_came_before(&failure.about),
            ..Clues::default()
        };
        let Some(id) = failure.client else {
            return clues;
        };
        let member = self.member(id);
        let sender = self.sender(failure);
        clues.exit_word_said = sender.is_some_and(|sender| self.said_the_exit_word(sender));
        clues.sender_was_shut_out = sender.is_some_and(|sender| self.was_shut_out(sender));
        clues.in_other_case = member.quit_in_capitals;
        clues.was_refused = member.was_refused;
        let concerned = [Some(id), sender].into_iter().flatten();
        let concerned = concerned.map(|id| self.member(id));
        clues.after_refusal = concerned.clone().any(|member| member.met_refusal);
        clues.namesake_left = concerned.clone().any(|holder| {
            self.members
                .iter()
                .any(|other| other.has_left && other.was_refused && other.asked_as == holder.nick)
        });
        clues.not_joined = !member.is_in && !member.has_left;
        clues.name_was_left = self
            .members
            .iter()
            .any(|other| other.has_left && !other.nick.is_empty() && other.nick == member.asked_as);
        clues.joining_at_once = self.are_joining_beside(id);
        clues.namesakes = self.has_namesakes();
        if let Some(retried) = self.retried {
            clues.next_was_heard = retried.words;
            clues.next_word_was_heard = retried.word;
        }
        if let Some((sender, word)) = &self.unknown {
            clues.unknown_was_relayed = (0..self.members.len())
                .map(ClientId)
                .filter(|other| other != sender)
                .any(|other| {
                    let received = (other == id).then_some(&failure.miss.received[..]);
                    let unread = self.clients.connection(other).unread();
                    [Some(unread), received]
                        .into_iter()
                        .flatten()
                        .any(|bytes| memmem::find(bytes, word).is_some())
                });
        }
        if let Some((recipient, due)) = self.due_in_question(id, failure) {
            clues.is_one_word = due
                .fields
                .get("text")
                .is_some_and(|text| !text.trim_ascii().contains(&b' '));
            let has_it = self.has(recipient, due);
            clues.others_left_before &= !self.another_heard(recipient, due);
            clues.came_later = self.is_in_sight(recipient, due);
            clues.only_newest_has_it = !has_it && self.only_newest_has(recipient, due);
            clues.sender_has_it =
                !has_it && due.from != recipient && self.is_in_sight_of(due.from, due, failure);
            clues.another_has_it = !has_it
                && due.kind == NoticeKind::Whispered.into()
                && (0..self.members.len())
                    .map(ClientId)
                    .any(|other| other != recipient && self.is_in_sight_of(other, due, failure));
            clues.reply_went_elsewhere = !has_it
                && is_reply(due.kind)
                && (recipient != id || self.is_elsewhere(recipient, due));
        }
        clues.awaits_answer = self.awaits_answer(id);
        clues.was_private = self.was_told_privately(id, failure);
        clues.rest_was_read = self.rest_was_read(id, failure);
        clues.still_present = self.is_still_present(id);
        clues.others_were_told = self.others_were_told(id, failure);
        clues
    }

    /// Whether a client still awaits the answer to something that it asked for.
    pub(super) fn awaits_answer(&self, id: ClientId) -> bool {
        let mut dues = self.member(id).dues.iter();
        dues.any(|due| due.is_coming() && due.from == id && is_reply(due.kind))
    }

    /// Whether what a step asks for, or what shows that the server has understood it, was waited for in vain in earlier scenarios
    /// and has never come.
    pub(super) fn never_came_before(&self, about: &About) -> bool {
        let kind = match about {
            About::Heard {
                privately: true, ..
            } => NoticeKind::Whispered,
            About::Heard { .. } => NoticeKind::Delivered,
            About::Notice {
                presence: Presence::Join,
                ..
            } => NoticeKind::Joined,
            About::Notice { .. } => NoticeKind::Left,
            About::Joining => NoticeKind::Welcome,
            About::Acknowledgement => NoticeKind::Said,
            About::Listing => NoticeKind::Listing,
            _ => return false,
        };
        self.never_came.contains(&kind.into())
    }

    /// Whether what came as a public message was said to one alone, or what came as a private one was said by another to another.
    fn was_told_privately(&self, id: ClientId, failure: &Failure) -> bool {
        if let About::Heard {
            from,
            privately: true,
        } = failure.about
        {
            let fields = self.parsed(id, NoticeKind::Whispered, &failure.miss.received);
            let text = fields.as_ref().and_then(|fields| fields.get("text"));
            let mut said = self.spoken.iter().filter(|said| said.privately);
            let is_of_another = |text: &[u8]| {
                said.any(|said| {
                    said.from != from && !said.text.is_empty() && text.starts_with(&said.text)
                })
            };
            if text.is_some_and(is_of_another) {
                return true;
            }
        }
        let fields = self.parsed(id, NoticeKind::Delivered, &failure.miss.received);
        let text = fields.as_ref().and_then(|fields| fields.get("text"));
        // Where nothing delimits messages, the next may be glued to it.
        let begins = |privately: bool| {
            let mut said = self
                .spoken
                .iter()
                .filter(|said| said.privately == privately);
            text.is_some_and(|text| {
                said.any(|said| !said.text.is_empty() && text.starts_with(&said.text))
            })
        };
        begins(true) && !begins(false)
    }

    /// What a client should have got, or, of what it should not have got, what its owner should have.
    fn due_in_question(&self, id: ClientId, failure: &Failure) -> Option<(ClientId, &Due)> {
        let miss = &failure.miss;
        let is_wanted = |due: &&Due| {
            due.is_coming()
                && match &failure.about {
                    About::Heard { from, privately } => {
                        let kind = if *privately {
                            NoticeKind::Whispered
                        } else {
                            NoticeKind::Delivered
                        };
                        due.from == *from && due.kind == kind.into()
                    }
                    About::Acknowledgement => matches!(
                        due.kind,
                        ReplyKind::Notice(NoticeKind::Said | NoticeKind::Told)
                    ),
                    About::Refusal(reason) => due.kind == (*reason).into(),
                    About::Listing | About::List(_) => due.kind == NoticeKind::Listing.into(),
                    _ => false,
                }
        };
        if let Some(due) = self.member(id).dues.iter().find(is_wanted) {
            return Some((id, due));
        }
        if miss.received.is_empty() {
            return None;
        }
        let kind = self.recognised(id, &miss.received);
        let mut owned =
            self.members.iter().enumerate().flat_map(|(index, member)| {
                member.dues.iter().map(move |due| (ClientId(index), due))
            });
        let fits = |due: &Due| {
            kind.is_none_or(|kind| kind == due.kind)
                && due.variants.iter().any(|variant| {
                    matches!(
                        variant.pattern.matches_prefix(&miss.received),
                        protocol::pattern::Prefix::Full(_)
                    )
                })
        };
        owned.find(|(owner, due)| *owner != id && due.is_coming() && fits(due))
    }

    /// Whether something due has come.
    fn has(&self, id: ClientId, due: &Due) -> bool {
        !due.is_coming() || self.is_in_sight(id, due)
    }

    /// Whether the same action reached somebody else, too.
    fn another_heard(&self, id: ClientId, due: &Due) -> bool {
        self.members.iter().enumerate().any(|(index, member)| {
            let other = ClientId(index);
            let mut dues = member.dues.iter();
            let own = dues.find(|own| own.action == due.action && own.kind == due.kind);
            other != id && other != due.from && own.is_some_and(|own| self.has(other, own))
        })
    }

    fn is_in_sight_of(&self, other: ClientId, due: &Due, failure: &Failure) -> bool {
        let received = (failure.client == Some(other)).then_some(&failure.miss.received[..]);
        let unread = self.clients.connection(other).unread();
        [Some(unread), received].into_iter().flatten().any(|bytes| {
            let mut variants = due.variants.iter();
            variants.any(|variant| {
                variant.pattern.is_literal()
                    && memmem::find(bytes, &variant.pattern.shown()).is_some()
            })
        })
    }

    /// Whether the client that joined last, and no other, has a public message.
    fn only_newest_has(&self, id: ClientId, due: &Due) -> bool {
        if due.kind != NoticeKind::Delivered.into() {
            return false;
        }
        let here = || {
            (0..self.members.len()).map(ClientId).filter(|other| {
                self.member(*other)
                    .joined_at
                    .is_some_and(|at| at < due.action)
            })
        };
        let Some(newest) = here().max_by_key(|other| self.member(*other).joined_at) else {
            return false;
        };
        let has_it = |other: ClientId| {
            let mut dues = self.member(other).dues.iter();
            let own = dues.find(|own| own.action == due.action && own.kind == due.kind);
            own.is_some_and(|own| !own.is_coming()) || self.is_in_sight(other, due)
        };
        newest != id
            && has_it(newest)
            && here().all(|other| other == newest || other == due.from || !has_it(other))
    }

    /// Whether another client got the reply that this one is due.
    fn is_elsewhere(&self, owner: ClientId, due: &Due) -> bool {
        let others = (0..self.members.len()).map(ClientId);
        others.filter(|other| *other != owner).any(|other| {
            let unread = self.clients.connection(other).unread();
            self.is_in_sight(other, due) || self.recognised(other, unread) == Some(due.kind)
        })
    }

    /// Whether somebody's text holds the word for leaving, and the server ended the connection.
    fn said_the_exit_word(&self, sender: ClientId) -> bool {
        let Some(quit) = self.run.dialect.request(CommandKind::Quit) else {
            return false;
        };
        let mut said = self.spoken.iter().rev();
        let Some(last) = said.find(|said| said.from == sender) else {
            return false;
        };
        let text = last.text.to_ascii_lowercase();
        let holds = |word: &[u8]| {
            let word = word.to_ascii_lowercase();
            !word.is_empty() && text != word && memmem::find(&text, &word).is_some()
        };
        let mut forms = quit.forms();
        self.was_shut_out(sender) && forms.any(|form| holds(form.pattern().first_literal()))
    }

    /// Whether the server ended the connection of somebody who had not left.
    fn was_shut_out(&self, id: ClientId) -> bool {
        let end = self.clients.connection(id).end();
        matches!(end, Some(End::Closed | End::Reset)) && !self.member(id).has_left
    }

    /// Whether others are connected and not yet in.
    fn are_joining_beside(&self, id: ClientId) -> bool {
        self.members.iter().enumerate().any(|(index, member)| {
            let other = ClientId(index);
            other != id
                && !member.is_helper
                && (!member.is_in || member.joined_beside)
                && self.clients.connection(other).is_open()
        })
    }

    fn has_namesakes(&self) -> bool {
        self.members.iter().enumerate().any(|(index, member)| {
            member.is_in
                && !member.nick.is_empty()
                && self.members[..index]
                    .iter()
                    .any(|other| other.is_in && other.nick == member.nick)
        })
    }

    /// Whether what was cut off a long text was treated as another message.
    fn rest_was_read(&self, id: ClientId, failure: &Failure) -> bool {
        let Some(Change::CutAt(at)) = self.change_of(failure) else {
            return false;
        };
        let sender = self.sender(failure).unwrap_or(id);
        let unread = self.clients.connection(sender).unread();
        if self.holds_refusal(sender, unread) {
            return true;
        }
        let mut said = self.spoken.iter().rev();
        let long = said.find(|said| said.text.len() > at);
        let Some(sample) =
            long.and_then(|said| said.text.get(at..(at + SAMPLE).min(said.text.len())))
        else {
            return false;
        };
        let places = [
            &failure.miss.received[..],
            unread,
            self.clients.connection(id).unread(),
        ];
        !sample.is_empty()
            && long.is_some_and(|said| memmem::find(&said.text[..at], sample).is_none())
            && places
                .iter()
                .any(|bytes| memmem::find(bytes, sample).is_some())
    }

    /// Whether a refusal stands anywhere in these bytes.
    fn holds_refusal(&self, id: ClientId, bytes: &[u8]) -> bool {
        const ENOUGH: usize = 3;
        let phase = self.member(id).phase;
        let known = self.vocabulary.scene(phase, None).known.len();
        (0..known)
            .filter_map(|which| self.vocabulary.known_kind(phase, which))
            .filter(|(kind, _)| matches!(kind, ReplyKind::Refused(_)))
            .map(|(_, pattern)| pattern.first_literal())
            .any(|words| words.len() >= ENOUGH && memmem::find(bytes, words).is_some())
    }

    /// Whether the notice that a client lacks came to another.
    fn others_were_told(&self, id: ClientId, failure: &Failure) -> bool {
        let is_notice = matches!(failure.about, About::Notice { .. });
        let mut entries = self.clients.transcript().entries.iter();
        is_notice
            && entries.any(|entry| match &entry.what {
                Happening::Received(bytes) if entry.client != id => {
                    let mut forms = failure.miss.expected.iter();
                    forms.any(|form| memmem::find(bytes, &form.bytes).is_some())
                }
                _ => false,
            })
    }

    /// Whether a client has closed its side and nobody was told, where the dialect tells.
    fn is_still_present(&self, id: ClientId) -> bool {
        let nick = &self.member(id).nick;
        if self.run.dialect.reply(NoticeKind::Left).is_none() || nick.is_empty() {
            return false;
        }
        let fields = Fields::new()
            .with("nick", &nick[..])
            .with("from", &nick[..]);
        let left = [NoticeKind::Left, NoticeKind::Lost];
        let forms: Vec<_> = left
            .into_iter()
            .flat_map(|kind| self.run.dialect.expectation(kind, &fields, Phase::Chatting))
            .collect();
        let is_unread = |other: ClientId| {
            let unread = self.clients.connection(other).unread();
            let mut forms = forms.iter().filter(|form| form.pattern.is_literal());
            forms.any(|form| memmem::find(unread, &form.pattern.shown()).is_some())
        };
        let was_told = |(kind, fields): &(ReplyKind, Fields)| {
            let kinds = [NoticeKind::Left, NoticeKind::Lost];
            kinds.iter().any(|left| *kind == ReplyKind::from(*left))
                && fields.get("nick").is_none_or(|known| known == nick)
        };
        let mut witnesses = self.members.iter().enumerate().filter(|(index, member)| {
            let other = ClientId(*index);
            other != id
                && member.is_in
                && !member.is_helper
                && self.clients.connection(other).is_open()
        });
        witnesses.any(|(index, member)| {
            !member.notices.iter().any(was_told) && !is_unread(ClientId(index))
        })
    }

    /// A message did not come: is it lost, or does nothing come? Its sender says more, in several words and in one.
    pub(super) async fn retry(&mut self, failure: &Failure) {
        let (
            About::Heard {
                from,
                privately: false,
            },
            Some(id),
        ) = (&failure.about, failure.client)
        else {
            return;
        };
        if !is_missing(&failure.miss) || !self.is_able(*from) || !self.is_able(id) {
            return;
        }
        if self.run.pace.loses_all() {
            self.retried = Some(Retried::default());
            return;
        }
        // The word first: it follows a long wait, so that nobody can have lost it for following too soon.
        let word = self.run.nicks.word_text();
        let was_heard = self.says_and_is_heard(*from, id, &word).await;
        let words = format!("retry {}", self.run.nicks.word_text());
        let retried = Retried {
            word: was_heard,
            words: self.says_and_is_heard(*from, id, &words).await,
        };
        self.run.pace.said_more(retried.word || retried.words);
        self.retried = Some(retried);
    }

    fn is_able(&self, id: ClientId) -> bool {
        let connection = self.clients.connection(id);
        self.member(id).is_in && connection.is_open() && connection.reads()
    }

    async fn says_and_is_heard(&mut self, from: ClientId, to: ClientId, text: &str) -> bool {
        let content = self.say_content(from, text.as_bytes());
        let action = self.request_bytes(from, &content);
        // It only tells one cause from another: what is lost need not be waited for as long as what is judged.
        let until = self.patience().min(self.until(self.run.pace.quiet() * 4));
        loop {
            let dues = &self.member(to).dues;
            let due = dues
                .iter()
                .find(|due| due.action == action && due.kind == NoticeKind::Delivered.into());
            match due {
                Some(due) if self.is_in_sight(to, due) => return true,
                Some(due) if matches!(due.state, DueState::Coming) => {}
                Some(_) => return true,
                None => return false,
            }
            if tokio::time::Instant::now() >= until || !self.clients.connection(to).is_open() {
                return false;
            }
            self.clients.pump(until).await;
        }
    }
}

/// Whether it answers what a member asked.
const fn is_reply(kind: ReplyKind) -> bool {
    matches!(
        kind,
        ReplyKind::Notice(NoticeKind::Said | NoticeKind::Told | NoticeKind::Listing)
            | ReplyKind::Refused(Reason::UnknownCommand | Reason::Malformed | Reason::NoRecipient)
    )
}

/// Whether the message did not come at all, or another came in its place.
fn is_missing(miss: &Miss) -> bool {
    matches!(miss.how, How::Late | How::Different)
}
