//! What a session says: which of the bytes that were heard are which message.
//!
//! Pure: bytes and acts in, messages out. Whether a reading is right is not decided here but by a second session (see `draft`).

use protocol::framing::{Decoded, Framing};
use protocol::message::{NoticeKind, Reason, ReplyKind};

use super::cast::OURS;
use super::explore::names;
use super::holds;
use super::replaced;
use super::session::{ACCENTS, Act, Heard, MORE, Session};
use super::wording::Welcome;

/// What the server said, by what it would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Each message that was told apart, without its end, in the order of the session.
    pub replies: Vec<(ReplyKind, Vec<u8>)>,
    /// The replies to the steps of the registration that are not the last.
    pub steps: Vec<Vec<u8>>,
    /// What is told to everyone, the one whom it is about, too.
    pub to_everyone: Vec<NoticeKind>,
    /// What comes only with the next traffic.
    pub late: Vec<NoticeKind>,
    /// After which requests the list comes by itself.
    pub pushes: Vec<&'static str>,
    /// The list for who is alone.
    pub alone: Option<Vec<u8>>,
    /// Another form of the notice that somebody left: of who closed without a word.
    pub closed: Option<Vec<u8>>,
    /// The welcome of a name with digits; `None`: it was not tried.
    pub digits: Option<Vec<u8>>,
    /// What becomes of who asks for a name that is taken.
    pub namesake: Namesake,
    /// Whether the accents of a long text arrived, and whether all of it did; `None`: the text was not tried.
    pub takes_more: Option<[bool; 2]>,
}

/// What a server does with a client that asks for the name of another who is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Namesake {
    /// It was not tried, or not understood.
    #[default]
    Unknown,
    /// It is let in.
    LetIn,
    /// It may ask for another name.
    MayRetry,
    /// It is asked for another name.
    IsAskedAgain,
    /// Its connection is closed.
    IsShutOut,
}

impl Reading {
    /// A message that was told apart, if anything came.
    #[must_use]
    pub fn reply(&self, kind: impl Into<ReplyKind>) -> Option<&[u8]> {
        let kind = kind.into();
        let found = self.replies.iter().find(|(known, _)| *known == kind);
        found.map(|(_, bytes)| &bytes[..])
    }

    fn note(&mut self, kind: impl Into<ReplyKind>, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.replies.push((kind.into(), bytes));
        }
    }
}

/// The sign that the server waits, at the end of what it says: what stands behind the last line end of several answers.
pub(super) fn ready(session: &Session) -> Option<Vec<u8>> {
    const LONGEST: usize = 8;
    let tail = |bytes: &[u8]| {
        let line = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        bytes[line..].to_vec()
    };
    let is_sign = |tail: &[u8]| {
        let last = tail.trim_ascii_end().last();
        tail.len() <= LONGEST && last.is_some_and(|byte| byte.is_ascii_punctuation())
    };
    let answers = [Act::AnaJoins, Act::Says, Act::Lists, Act::Strange];
    let tails: Vec<_> = answers
        .into_iter()
        .filter_map(|act| session.at(act).next())
        .map(|heard| tail(&heard.ana))
        .filter(|tail| !tail.is_empty())
        .collect();
    let first = tails.first().filter(|tail| is_sign(tail))?;
    (tails.len() > 1 && tails.iter().all(|tail| tail == first)).then(|| first.clone())
}

/// Reads a session whose server ends its messages so.
pub(super) fn read(session: &Session, server: &Framing) -> Reading {
    Reader {
        session,
        server,
        found: Reading::default(),
    }
    .read()
}

struct Reader<'a> {
    session: &'a Session,
    server: &'a Framing,
    found: Reading,
}

impl Reader<'_> {
    fn read(mut self) -> Reading {
        self.arrivals();
        self.conversation();
        self.departures();
        self.namesake();
        self.found.digits = self
            .heard(Act::DigitsJoin)
            .map(|heard| self.whole(&self.messages(&heard.bia)));
        self.found
    }

    fn arrivals(&mut self) {
        let cast = self.session.cast.clone();
        let greeting = self
            .heard(Act::AnaConnects)
            .map(|heard| heard.ana.clone())
            .unwrap_or_default();
        let joined = self.plain(Act::BiaJoins, "join");
        let connected = self.plain(Act::BiaConnects, "join");
        let joined = if joined.is_empty() { connected } else { joined };
        if self.session.is_given {
            // A number is told by the server; an address everybody knows.
            let kind = match cast.ana.contains(':') {
                true => NoticeKind::Greeting,
                false => NoticeKind::Welcome,
            };
            let greeting = self.whole(&self.messages(&greeting));
            self.found.note(kind, greeting);
        } else {
            self.greeting(&greeting);
        }
        let steps = self
            .session
            .at(Act::AnaSteps)
            .map(|heard| self.whole(&self.messages(&heard.ana)));
        self.found.steps = steps.collect();
        let own: Vec<_> = joined
            .iter()
            .map(|message| replaced(message, &cast.bia, &cast.ana))
            .collect();
        let mut welcome = self.plain(Act::AnaJoins, "join");
        let is_told = !own.is_empty()
            && welcome.len() > own.len()
            && own.iter().all(|own| welcome.contains(own));
        if is_told {
            welcome.retain(|message| !own.contains(message));
            self.found.to_everyone.push(NoticeKind::Joined);
        }
        let welcome = self.whole(&welcome);
        self.found.note(NoticeKind::Welcome, welcome);
        let joined = self.whole(&joined);
        self.found.note(NoticeKind::Joined, joined);
    }

    /// What comes first is a banner where something without an end follows that asks for the name.
    fn greeting(&mut self, bytes: &[u8]) {
        let line = bytes
            .iter()
            .rposition(|byte| matches!(byte, b'\n' | 0))
            .map_or(0, |at| at + 1);
        if matches!(self.server, Framing::Delimited(_)) && line > 0 && line < bytes.len() {
            let banner = self.whole(&self.messages(&bytes[..line]));
            self.found.note(NoticeKind::Greeting, banner);
            self.found.note(NoticeKind::Prompt, bytes[line..].to_vec());
        } else {
            let prompt = self.whole(&self.messages(bytes));
            self.found.note(NoticeKind::Prompt, prompt);
        }
    }

    fn conversation(&mut self) {
        let delivered = self.delivered(Act::Says);
        let mut said = self.plain(Act::Says, "say");
        let again = self.plain(Act::SaysAgain, "say");
        let cast = self.session.cast.clone();
        // What came with the first message alone had waited for it.
        let late: Vec<_> = said
            .iter()
            .filter(|message| {
                names(message, &cast.bia) && !holds(message, &cast.text) && !again.contains(message)
            })
            .cloned()
            .collect();
        if !late.is_empty() && self.found.reply(NoticeKind::Joined).is_none() {
            let joined = self.whole(&late);
            self.found.note(NoticeKind::Joined, joined);
            self.found.late.push(NoticeKind::Joined);
        }
        if !again.is_empty() {
            said = again;
        }
        let copies = self.without_copies(&mut said, &delivered);
        if copies {
            self.found.to_everyone.push(NoticeKind::Delivered);
        }
        let delivered = self.whole(&delivered);
        let is_delivered = !delivered.is_empty();
        self.found.note(NoticeKind::Delivered, delivered);
        let said = self.whole(&said);
        self.found.note(NoticeKind::Said, said);
        if is_delivered {
            let arrives = |text| move |heard: &Heard| holds(&heard.bia, text);
            let more = self.heard(Act::SaysMore);
            self.found.takes_more =
                more.map(|more| [ACCENTS, MORE].map(|text| arrives(text)(more)));
        }
        let whispered = self.delivered(Act::Tells);
        let mut told = self.plain(Act::Tells, "tell");
        self.without_copies(&mut told, &whispered);
        let (whispered, told) = (self.whole(&whispered), self.whole(&told));
        self.found.note(NoticeKind::Whispered, whispered);
        self.found.note(NoticeKind::Told, told);
        self.listing();
        self.found.alone = self
            .heard(Act::ListsAlone)
            .map(|heard| self.whole(&self.messages(&heard.ana)));
        let said = self.found.reply(NoticeKind::Said).map(<[u8]>::to_vec);
        let told = self.found.reply(NoticeKind::Told);
        let told = told.map(|told| replaced(told, &cast.bia, &cast.nobody));
        let answers = [
            (Act::TellsNobody, "tell", Reason::NoRecipient, told),
            (Act::Strange, "say", Reason::UnknownCommand, said.clone()),
            (Act::Malformed, "say", Reason::Malformed, said),
        ];
        for (act, request, reason, usual) in answers {
            // What others hear, and what is answered like any message, was no mistake.
            let is_heard = self.heard(act).is_some_and(|heard| !heard.bia.is_empty());
            let answer = self.plain(act, request);
            let answer = self.whole(&answer);
            if !is_heard && Some(&answer) != usual.as_ref() {
                self.found.note(reason, answer);
            }
        }
    }

    /// The list that was asked for, or the one that comes by itself.
    fn listing(&mut self) {
        let asked = self
            .heard(Act::Lists)
            .map(|heard| self.messages(&heard.ana));
        let pushed = || {
            let heard = self.heard(Act::SaysAgain)?;
            let lists = self
                .messages(&heard.bia)
                .into_iter()
                .filter(|message| self.is_list(message));
            Some(lists.take(1).collect())
        };
        let list = match asked {
            Some(asked) => asked,
            None => pushed().unwrap_or_default(),
        };
        let list = self.whole(&list);
        self.found.note(NoticeKind::Listing, list);
    }

    fn departures(&mut self) {
        let cast = self.session.cast.clone();
        let mut left = self.plain(Act::Quits, "quit");
        left.dedup();
        if let Some(quits) = self.heard(Act::Quits) {
            let mut bye = self.messages(&quits.bia);
            bye.retain(|message| !self.is_list(message));
            if !left.is_empty() && left.iter().all(|message| bye.contains(message)) {
                bye.retain(|message| !left.contains(message));
                self.found.to_everyone.push(NoticeKind::Left);
            }
            let bye = self.whole(&bye);
            self.found.note(NoticeKind::Bye, bye);
        }
        let of = |name: &str, messages: &[Vec<u8>]| -> Vec<Vec<u8>> {
            messages
                .iter()
                .map(|message| replaced(message, name, &cast.bia))
                .collect()
        };
        let mut closed = self.plain(Act::Closes, "quit");
        closed.dedup();
        let closed = of(&cast.caio, &closed);
        if left.is_empty() && self.heard(Act::Quits).is_none() {
            left = closed.clone();
        }
        let alone = self.plain(Act::SaysAlone, "say");
        let usual = self.found.reply(NoticeKind::Said).map(<[u8]>::to_vec);
        let late: Vec<_> = alone
            .into_iter()
            .filter(|message| names(message, &cast.bia) && Some(message) != usual.as_ref())
            .collect();
        if left.is_empty() && !late.is_empty() {
            left = late;
            self.found.late.push(NoticeKind::Left);
        }
        let (left, closed) = (self.whole(&left), self.whole(&closed));
        if !closed.is_empty() && closed != left {
            self.found.closed = Some(closed);
        }
        self.found.note(NoticeKind::Left, left);
        let mut lost = self.plain(Act::Resets, "quit");
        lost.dedup();
        let lost = self.whole(&of(&cast.caio, &lost));
        self.found.note(NoticeKind::Lost, lost);
    }

    /// Who asks for a name that is taken is refused if the answer is not the welcome, and a free name gets one then.
    fn namesake(&mut self) {
        let heard = |act| -> Vec<u8> {
            let heard = self.session.at(act);
            heard.flat_map(|heard| heard.bia.clone()).collect()
        };
        let (answer, then) = (heard(Act::AsksForTaken), heard(Act::AsksForFree));
        let (mut answer, then) = (self.messages(&answer), self.messages(&then));
        let cast = &self.session.cast;
        if self.welcomes(&answer, Some(&cast.ana)) {
            self.found.namesake = Namesake::LetIn;
            return;
        }
        // With another name than it asked for it would be let in, too.
        if self.welcomes(&answer, None) || !self.welcomes(&then, Some(&cast.eva)) {
            return;
        }
        let is_asked_again = self.drops_prompt(&mut answer);
        let answer = self.whole(&answer);
        self.found.namesake = match (self.session.shuts_out, is_asked_again) {
            (true, _) => Namesake::IsShutOut,
            (false, true) => Namesake::IsAskedAgain,
            (false, false) => Namesake::MayRetry,
        };
        match answer.is_empty() {
            // Nothing at all may have been said: a free name would have been taken for what was asked.
            true if !self.session.shuts_out => self.found.namesake = Namesake::Unknown,
            _ => self.found.replies.push((Reason::NameInUse.into(), answer)),
        }
    }

    /// Whether the welcome is among these messages, with this name or with any.
    fn welcomes(&self, messages: &[Vec<u8>], name: Option<&str>) -> bool {
        const MOST: usize = 64;
        let Some(welcome) = self.found.reply(NoticeKind::Welcome) else {
            return false;
        };
        let messages = &messages[..messages.len().min(MOST)];
        let welcome = Welcome::new(welcome, &self.session.cast, name);
        if !self.server.is_delimited() {
            return welcome.begins(&self.whole(messages));
        }
        (0..messages.len()).any(|at| {
            let mut ends = at + 1..=messages.len();
            ends.any(|end| welcome.is(&self.whole(&messages[at..end])))
        })
    }

    /// Takes the request for a name from the end of an answer in which more stands, and says whether it was there.
    fn drops_prompt(&self, answer: &mut Vec<Vec<u8>>) -> bool {
        let Some(prompt) = self.found.reply(NoticeKind::Prompt) else {
            return false;
        };
        if answer.len() > 1 && answer.last().is_some_and(|last| last == prompt) {
            answer.pop();
            return true;
        }
        let rest = answer.last().and_then(|last| last.strip_suffix(prompt));
        let rest = rest.filter(|rest| !rest.is_empty()).map(<[u8]>::to_vec);
        if let (Some(last), Some(rest)) = (answer.last_mut(), &rest) {
            last.clone_from(rest);
        }
        rest.is_some()
    }

    fn heard(&self, act: Act) -> Option<&Heard> {
        self.session.at(act).next()
    }

    /// What the first client heard at an act, but for lists that come by themselves.
    fn plain(&mut self, act: Act, request: &'static str) -> Vec<Vec<u8>> {
        let Some(heard) = self.heard(act) else {
            return Vec::new();
        };
        let mut messages = self.messages(&heard.ana);
        let all = messages.len();
        messages.retain(|message| !self.is_list(message));
        if messages.len() < all && !self.found.pushes.contains(&request) {
            self.found.pushes.push(request);
        }
        messages
    }

    /// What the second heard of a message.
    fn delivered(&self, act: Act) -> Vec<Vec<u8>> {
        let Some(heard) = self.heard(act) else {
            return Vec::new();
        };
        let mut messages = self.messages(&heard.bia);
        messages.retain(|message| holds(message, &self.session.cast.text));
        messages
    }

    /// Takes the sender's own copy out of its answer, and says whether there was one.
    fn without_copies(&self, answer: &mut Vec<Vec<u8>>, delivered: &[Vec<u8>]) -> bool {
        let all = answer.len();
        answer.retain(|message| !delivered.contains(message));
        if answer.len() < all || self.server.is_delimited() || delivered.is_empty() {
            return answer.len() < all;
        }
        // Nothing marks where the copy ends and the acknowledgement begins.
        let (Some(blob), Some(copy)) = (answer.first_mut(), delivered.first()) else {
            return false;
        };
        let rest = blob
            .strip_prefix(&copy[..])
            .or_else(|| blob.strip_suffix(&copy[..]));
        let Some(rest) = rest.map(<[u8]>::to_vec) else {
            return false;
        };
        *blob = rest;
        true
    }

    /// Whether a message that nobody asked for names several who are there.
    fn is_list(&self, message: &[u8]) -> bool {
        let ours = memchr::memmem::find_iter(message, OURS).count();
        self.server.is_delimited() && ours > 1 && !holds(message, &self.session.cast.text)
    }

    /// The contents of the messages in these bytes; what has no end counts as one.
    fn messages(&self, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut messages: Vec<Vec<u8>> = Vec::new();
        while !bytes.is_empty() {
            let (content, len) = match self.server.decode(bytes, usize::MAX) {
                Decoded::Message { content, len } => (content, len),
                _ => (bytes, bytes.len()),
            };
            match messages.last_mut() {
                // A line feed in front belongs to what it sets apart.
                Some(last) if last.is_empty() => {
                    *last = self.whole(&[Vec::new(), content.to_vec()]);
                }
                _ => messages.push(content.to_vec()),
            }
            bytes = &bytes[len..];
        }
        messages
    }

    /// Several messages as one text.
    fn whole(&self, messages: &[Vec<u8>]) -> Vec<u8> {
        let end = self
            .server
            .terminator()
            .map_or(&[][..], |terminator| terminator.written());
        let whole = messages.join(end);
        match self.server {
            Framing::Raw => {
                let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
                let ends = whole.iter().rev().take_while(|byte| is_end(byte)).count();
                whole[..whole.len() - ends].to_vec()
            }
            _ => whole,
        }
    }
}
