//! Reading a server's stream under load: which message, by whom, said when it was — or what else it is.
//!
//! Almost everything under load is one of a few forms with a known nickname and a known text in it, so these are compared byte
//! by byte ([`Form`]). What is none of them is cut out as a region up to the next message that surely is one, and only then read
//! as the dialect's other words (`hearing`). So glued messages of a raw stream are told apart, one split message waits for its
//! rest, and one that nobody understands costs only itself. Knows no socket, no clock, and nothing of what should have come.

use memchr::memmem;
use protocol::Dialect;
use protocol::dialect::NamedBy;
use protocol::framing::{Decoded, Framing};
use protocol::matching::Supply;
use protocol::message::{Fields, NoticeKind, Phase, Reason, ReplyKind};
use protocol::pattern::Prefix;
use protocol::template::{Part, Template};

use super::crowd::{Crowd, Mark, Told};
use super::subject::message_fields;
use crate::hearing::Hearing;

/// Bytes in which the next message must begin to show; what is longer is given up as a whole.
const MOST_UNREAD: usize = 64 * 1024;

/// The most bytes between two messages of ours that are read as the dialect's other words.
const MOST_KNOWN: usize = 16 * 1024;

/// The most bytes of what a report shows of something strange.
const EXCERPT: usize = 400;

/// How many replies of free wording are learned, and how long each may be.
const LEARNED: usize = 8;
const LEARNED_LEN: usize = 256;

/// How far a text may stand behind the front of its message.
const REACH: usize = 512;

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// A message of ours, as it was said; whose name stood on it, if a name of ours did.
    Message { mark: Mark, from: Option<usize> },
    /// A message of ours, but its bytes are not as they should be.
    Altered { mark: Mark, bytes: &'a [u8] },
    /// An acknowledgement, or a reply that does not show the text.
    Acknowledged,
    /// A refusal.
    Refused { reason: Reason, bytes: &'a [u8] },
    /// A notice that may come at any time, or a message of somebody else.
    Aside,
    /// Blank bytes between messages, such as a terminator too many.
    Blank,
    /// What nobody knows.
    Strange(&'a [u8]),
}

impl Heard<'_> {
    /// Whether no correct server says it.
    const fn is_wrong(&self) -> bool {
        matches!(self, Self::Altered { .. } | Self::Strange(_))
    }
}

/// A message's form as bytes with known holes.
struct Form {
    kind: Meaning,
    pieces: Vec<Piece>,
    framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Message,
    Acknowledgement,
    Aside,
}

enum Piece {
    Literal(Vec<u8>),
    Nick,
    Text,
}

/// A form that has other holes beside the nickname and the text: the time, an address.
struct Slow {
    template: Template,
    framing: Framing,
    blanks_in_names: bool,
}

/// What stands at the front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    Is(Hit),
    Coming,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hit {
    len: usize,
    kind: Meaning,
    mark: Option<Mark>,
    from: Option<usize>,
}

/// Reads the streams of all clients of a run. See the module's documentation.
pub(super) struct Lexicon<'d> {
    crowd: Crowd,
    forms: Vec<Form>,
    slow: Vec<Slow>,
    hearing: Hearing<'d>,
    framing: Framing,
    /// What carries the text: a delivery, or the reply.
    carrier: NoticeKind,
    learned: usize,
}

impl<'d> Lexicon<'d> {
    pub(super) fn new(dialect: &'d Dialect, crowd: Crowd) -> Self {
        let carrier = match dialect.reply(NoticeKind::Delivered) {
            Some(_) => NoticeKind::Delivered,
            None => NoticeKind::Said,
        };
        let mut lexicon = Self {
            crowd,
            forms: Vec::new(),
            slow: Vec::new(),
            hearing: Hearing::new(dialect),
            framing: dialect.reply_framing(carrier, Phase::Chatting).clone(),
            carrier,
            learned: 0,
        };
        // The most frequent first.
        lexicon.add(dialect, carrier);
        for kind in [
            NoticeKind::Said,
            NoticeKind::Joined,
            NoticeKind::Left,
            NoticeKind::Ready,
        ] {
            if kind != carrier {
                lexicon.add(dialect, kind);
            }
        }
        lexicon
    }

    fn add(&mut self, dialect: &Dialect, kind: NoticeKind) {
        let Some(reply) = dialect.reply(kind) else {
            return;
        };
        let framing = dialect.reply_framing(kind, Phase::Chatting);
        for form in &reply.forms {
            let is_carrier = kind == self.carrier && form.template.has("text");
            let meaning = match kind {
                _ if is_carrier => Meaning::Message,
                NoticeKind::Said => Meaning::Acknowledgement,
                _ => Meaning::Aside,
            };
            let pieces = pieces(&form.template, dialect.names.by == NamedBy::Client);
            match pieces {
                Some(pieces) if !pieces.is_empty() => self.forms.push(Form {
                    kind: meaning,
                    pieces,
                    framing: framing.clone(),
                }),
                _ if is_carrier => self.slow.push(Slow {
                    template: form.template.clone(),
                    framing: framing.clone(),
                    blanks_in_names: dialect.names.blanks,
                }),
                _ => {}
            }
        }
    }

    /// Whose texts it reads.
    pub(super) const fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// Tells what stands in the stream; the bytes that are done with. While more may come (`Supply::Open`), only what is surely
    /// whole.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        supply: Supply,
        tell: &mut dyn FnMut(Heard<'_>),
    ) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            match self.front(rest) {
                Front::Is(hit) => {
                    tell(hit.heard());
                    at += hit.len;
                }
                Front::Coming if supply == Supply::Open => break,
                // A pause in the middle of a message of ours: it is no reply in other words.
                Front::Coming if supply == Supply::Settled && self.is_begun(rest) => break,
                Front::Coming | Front::No => {
                    let Some(len) = self.region(rest, supply) else {
                        break;
                    };
                    let heard = self.classify(&rest[..len]);
                    // A pause in the middle of a message is no fault.
                    if supply == Supply::Settled && heard.iter().any(Heard::is_wrong) {
                        break;
                    }
                    heard.into_iter().for_each(&mut *tell);
                    at += len;
                }
            }
        }
        at
    }

    /// What stands at the front. A form without our words is taken only where nothing longer can still come and where what
    /// follows it is again something that we know.
    fn front(&self, bytes: &[u8]) -> Front {
        let mut longest: Option<Hit> = None;
        let mut coming = false;
        for form in &self.forms {
            match form.at_front(bytes, &self.crowd) {
                Front::Is(hit) if hit.mark.is_some() => return Front::Is(hit),
                Front::Is(hit) => {
                    longest = longest.filter(|former| former.len >= hit.len).or(Some(hit));
                }
                Front::Coming => coming = true,
                Front::No => {}
            }
        }
        match (longest, coming) {
            (_, true) => Front::Coming,
            (Some(hit), false)
                if self.framing.is_delimited() || self.goes_on(&bytes[hit.len..]) =>
            {
                Front::Is(hit)
            }
            (_, false) => self.slow_front(bytes),
        }
    }

    /// Whether all bytes agree with a message of ours, so far.
    fn is_begun(&self, bytes: &[u8]) -> bool {
        let mut messages = self
            .forms
            .iter()
            .filter(|form| form.kind == Meaning::Message);
        messages.any(|form| form.at_front(bytes, &self.crowd) == Front::Coming)
    }

    fn goes_on(&self, rest: &[u8]) -> bool {
        let mut fronts = self
            .forms
            .iter()
            .map(|form| form.at_front(rest, &self.crowd));
        rest.is_empty() || fronts.any(|front| front != Front::No)
    }

    fn slow_front(&self, bytes: &[u8]) -> Front {
        if self.slow.is_empty() {
            return Front::No;
        }
        let reach = &bytes[..bytes.len().min(REACH)];
        let found = memmem::find(reach, self.crowd.text_tag());
        let told = found.map(|at| self.crowd.read(&bytes[at..]));
        let Some(Told::Whole(mark, _)) = told else {
            return match told {
                Some(Told::Coming) => Front::Coming,
                None if bytes.len() < REACH && !self.framing.is_delimited() => Front::Coming,
                _ => Front::No,
            };
        };
        let mut coming = false;
        for slow in &self.slow {
            match slow.at_front(bytes, &self.crowd, mark) {
                Front::Coming => coming = true,
                Front::No => {}
                is => return is,
            }
        }
        if coming { Front::Coming } else { Front::No }
    }

    /// How many bytes at the front belong together and are none of our forms: up to the next that is one. `None`: more bytes must
    /// come to know.
    fn region(&self, bytes: &[u8], supply: Supply) -> Option<usize> {
        let waits = supply == Supply::Open && bytes.len() <= MOST_UNREAD;
        if self.framing.is_delimited() {
            return match self.framing.decode(bytes, MOST_UNREAD) {
                Decoded::Message { len, .. } => Some(len.max(1)),
                Decoded::Incomplete if waits => None,
                Decoded::Incomplete | Decoded::Invalid(_) => Some(bytes.len()),
            };
        }
        match self.next_hit(bytes) {
            Some(at) => Some(at),
            None if waits => None,
            // A pause may fall into a message that came glued to this.
            None if supply == Supply::Settled => {
                let begun = self.first_of_ours(bytes, |front| front == Front::Coming);
                Some(begun.unwrap_or(bytes.len()))
            }
            None => Some(bytes.len()),
        }
    }

    /// Where, behind the front, the first of our forms stands that fares so.
    fn first_of_ours(&self, bytes: &[u8], fares: fn(Front) -> bool) -> Option<usize> {
        let starts = self.forms.iter().filter(|form| form.is_telling());
        let firsts = starts.filter_map(|form| {
            let start = form.start(&self.crowd)?;
            let mut places = memmem::find_iter(bytes, start);
            places.find(|at| *at > 0 && fares(form.at_front(&bytes[*at..], &self.crowd)))
        });
        firsts.min()
    }

    /// Where the next message of ours begins, behind the front.
    fn next_hit(&self, bytes: &[u8]) -> Option<usize> {
        let first = self.first_of_ours(bytes, |front| matches!(front, Front::Is(_)));
        let slow = || {
            let reach = 1..bytes.len().min(REACH);
            reach.into_iter().find(
                |at| matches!(self.slow_front(&bytes[*at..]), Front::Is(hit) if hit.mark.is_some()),
            )
        };
        match self.slow.is_empty() {
            true => first,
            false => first.or_else(slow),
        }
    }

    /// Bytes that are none of our forms, as what they are.
    fn classify<'r>(&mut self, region: &'r [u8]) -> Vec<Heard<'r>> {
        let marks = self.crowd.marks(region);
        if !marks.is_empty() {
            let altered = |(index, (at, mark)): (usize, &(usize, Mark))| {
                let start = if index == 0 { 0 } else { *at };
                let end = marks.get(index + 1).map_or(region.len(), |(next, _)| *next);
                let bytes = excerpt(&region[start..end]);
                Heard::Altered { mark: *mark, bytes }
            };
            return marks.iter().enumerate().map(altered).collect();
        }
        if region
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || *byte == 0)
        {
            return vec![Heard::Blank];
        }
        if region.len() > MOST_KNOWN {
            return vec![Heard::Strange(excerpt(region))];
        }
        self.hearing.receive(region);
        let mut all = Vec::new();
        let mut at = 0;
        while let Some(heard) = self.hearing.next(Phase::Chatting, Supply::Settled) {
            let bytes = &region[at..(at + heard.bytes.len()).min(region.len())];
            at += heard.bytes.len();
            all.push(self.known(&heard, bytes));
        }
        all
    }

    /// One message in words that are not ours.
    fn known<'r>(&mut self, heard: &crate::hearing::Heard, bytes: &'r [u8]) -> Heard<'r> {
        let shown = excerpt(bytes);
        match heard.kind {
            _ if !heard.is_known => Heard::Strange(shown),
            Some(ReplyKind::Notice(NoticeKind::Said)) => {
                if !heard.fields.is_empty() {
                    self.learn(bytes);
                }
                Heard::Acknowledged
            }
            Some(ReplyKind::Refused(reason)) => Heard::Refused {
                reason,
                bytes: shown,
            },
            // A text that nobody said, under a name of ours.
            Some(ReplyKind::Notice(NoticeKind::Delivered))
                if heard
                    .fields
                    .get("from")
                    .is_some_and(|from| self.is_ours(from)) =>
            {
                Heard::Strange(shown)
            }
            _ => Heard::Aside,
        }
    }

    fn is_ours(&self, name: &[u8]) -> bool {
        self.crowd.read_nick(name).is_ok()
    }

    /// A reply in words of the server's own will come again in the same words.
    fn learn(&mut self, bytes: &[u8]) {
        if self.learned < LEARNED && bytes.len() <= LEARNED_LEN && !self.framing.is_delimited() {
            self.learned += 1;
            self.forms.push(Form {
                kind: Meaning::Acknowledgement,
                pieces: vec![Piece::Literal(bytes.to_vec())],
                framing: Framing::Raw,
            });
        }
    }
}

impl Hit {
    fn heard(self) -> Heard<'static> {
        match (self.kind, self.mark) {
            (Meaning::Message, Some(mark)) => Heard::Message {
                mark,
                from: self.from,
            },
            (Meaning::Acknowledgement, _) => Heard::Acknowledged,
            _ => Heard::Aside,
        }
    }
}

impl Form {
    fn at_front(&self, bytes: &[u8], crowd: &Crowd) -> Front {
        match &self.framing {
            Framing::Raw => self.pieces_at(bytes, crowd),
            Framing::Delimited(end) => match self.pieces_at(bytes, crowd) {
                Front::Is(hit) => {
                    let rest = &bytes[hit.len..];
                    let whole = end.forms().filter(|end| rest.starts_with(end));
                    if let Some(end) = whole.map(<[u8]>::len).max() {
                        let len = hit.len + end;
                        return Front::Is(Hit { len, ..hit });
                    }
                    let begun = end.forms().any(|end| end.starts_with(rest));
                    if begun { Front::Coming } else { Front::No }
                }
                other => other,
            },
            framing => match framing.decode(bytes, MOST_UNREAD) {
                Decoded::Message { content, len } => match self.pieces_at(content, crowd) {
                    Front::Is(hit) if hit.len == content.len() => Front::Is(Hit { len, ..hit }),
                    _ => Front::No,
                },
                Decoded::Incomplete => Front::Coming,
                Decoded::Invalid(_) => Front::No,
            },
        }
    }

    fn pieces_at(&self, bytes: &[u8], crowd: &Crowd) -> Front {
        let mut hit = Hit {
            len: 0,
            kind: self.kind,
            mark: None,
            from: None,
        };
        for piece in &self.pieces {
            let rest = &bytes[hit.len..];
            match piece {
                Piece::Literal(literal) => {
                    let same = rest.len().min(literal.len());
                    if rest[..same] != literal[..same] {
                        return Front::No;
                    }
                    if same < literal.len() {
                        return Front::Coming;
                    }
                    hit.len += same;
                }
                Piece::Nick => match crowd.read_nick(rest) {
                    Ok(who) => {
                        hit.from = Some(who);
                        hit.len += super::crowd::NICK;
                    }
                    Err(true) => return Front::Coming,
                    Err(false) => return Front::No,
                },
                Piece::Text => match crowd.read(rest) {
                    Told::Whole(mark, len) => {
                        hit.mark = Some(mark);
                        hit.len += len;
                    }
                    Told::Coming => return Front::Coming,
                    Told::No => return Front::No,
                },
            }
        }
        Front::Is(hit)
    }

    /// Whether it says enough that its bytes are surely it, wherever they stand.
    fn is_telling(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            Piece::Text | Piece::Nick => true,
            Piece::Literal(literal) => literal.len() >= 5,
        })
    }

    /// What it begins with.
    fn start<'a>(&'a self, crowd: &'a Crowd) -> Option<&'a [u8]> {
        Some(match self.pieces.first()? {
            Piece::Literal(literal) => literal,
            Piece::Nick => crowd.name_tag(),
            Piece::Text => crowd.text_tag(),
        })
    }
}

impl Slow {
    fn at_front(&self, bytes: &[u8], crowd: &Crowd, mark: Mark) -> Front {
        let fields = Fields::new().with("text", crowd.text(mark));
        let (bytes, whole) = match self.framing.is_framed() {
            false => (bytes, None),
            true => match self.framing.decode(bytes, MOST_UNREAD) {
                Decoded::Message { content, len } => (content, Some(len)),
                Decoded::Incomplete => return Front::Coming,
                Decoded::Invalid(_) => return Front::No,
            },
        };
        let pattern = self.template.bind(&fields);
        let pattern = pattern
            .terminated(self.framing.terminator())
            .blanks_in_names(self.blanks_in_names);
        match pattern.matches_prefix(bytes) {
            Prefix::Full(found) if whole.is_none_or(|_| found.len == bytes.len()) => {
                let found_fields = found.captures.fields(&pattern, bytes);
                let from = found_fields.get("from").or(found_fields.get("nick"));
                Front::Is(Hit {
                    len: whole.unwrap_or(found.len),
                    kind: Meaning::Message,
                    mark: Some(mark),
                    from: from.and_then(|from| crowd.read_nick(from).ok()),
                })
            }
            Prefix::Partial => Front::Coming,
            Prefix::Full(_) | Prefix::Differs(_) => Front::No,
        }
    }
}

/// A form's pieces, if all its holes are known: names are only where clients give them.
fn pieces(template: &Template, names_are_ours: bool) -> Option<Vec<Piece>> {
    let piece = |part: &Part| match part {
        Part::Literal(literal) => Some(Piece::Literal(literal.clone())),
        Part::Hole { name, .. } => match &**name {
            "text" => Some(Piece::Text),
            "from" | "nick" if names_are_ours => Some(Piece::Nick),
            _ => None,
        },
    };
    template.parts().iter().map(piece).collect()
}

fn excerpt(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(EXCERPT)]
}

/// The request that says a text, as bytes around it.
pub(super) struct Request {
    before: Vec<u8>,
    after: Vec<u8>,
    framing: Framing,
}

impl Request {
    /// A client's request. The dialect has one, and its text stands in it once: `Subject` saw to that.
    pub(super) fn new(template: &Template, nick: &[u8], framing: &Framing) -> Self {
        const TEXT: &[u8] = b"\0text\0";
        let content = template.render(&message_fields(nick, TEXT));
        let at = memmem::find(&content, TEXT).unwrap_or(content.len());
        Self {
            before: content[..at].to_vec(),
            after: content[(at + TEXT.len()).min(content.len())..].to_vec(),
            framing: framing.clone(),
        }
    }

    /// Appends one message.
    pub(super) fn write(&self, crowd: &Crowd, mark: Mark, bytes: &mut Vec<u8>) {
        let whole = |content: &mut Vec<u8>| {
            content.extend_from_slice(&self.before);
            crowd.write(mark, content);
            content.extend_from_slice(&self.after);
        };
        match &self.framing {
            Framing::Raw => whole(bytes),
            Framing::Delimited(end) => {
                whole(bytes);
                bytes.extend_from_slice(end.written());
            }
            framing => {
                let mut content = Vec::new();
                whole(&mut content);
                bytes.extend(framing.encode(&content));
            }
        }
    }
}

#[cfg(test)]
#[path = "lexicon_tests.rs"]
mod tests;
