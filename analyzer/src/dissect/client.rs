//! What clients say: a write is a message; two writes in one segment and one write in two are told by their content.

use std::ops::Range;

use protocol::Dialect;
use protocol::matching::Standing;
use protocol::message::{Command, CommandKind, Direction, Fields, Phase};
use protocol::template::Part;

use super::message::{MessageKind, Shape};
use super::scan::{Found, Scan, Window};

impl<'a> Scan<'a> {
    /// A client's segment in a raw stream.
    pub(super) fn raw_request(&mut self, window: Window<'a>) {
        let start = self.start(Direction::ToServer);
        let bytes = window.from(start);
        if bytes.is_empty() || self.is_only_a_part(bytes, window) {
            return;
        }
        if self.goes_on_with_text(bytes, window) {
            let last = self
                .last(Direction::ToServer)
                .map_or(start, |last| last.range.start);
            self.take_back_request();
            return self.take_request(window, last);
        }
        if without_terminators(bytes).is_empty() && start > 0 {
            return self.lengthen_last(window, window.end);
        }
        self.take_request(window, start);
    }

    /// Whether the bytes are the rest of a text that the last segment began: nothing by themselves, sent before any answer,
    /// and not refused by the server either.
    fn goes_on_with_text(&self, bytes: &[u8], window: Window<'_>) -> bool {
        let Some(last) = self.last(Direction::ToServer) else {
            return false;
        };
        let is_text = matches!(
            last.kind,
            MessageKind::Request(CommandKind::Say | CommandKind::Tell)
        );
        let unfinished = is_text
            && window.may_belong_to(last)
            && last.shape == Shape::Framed
            && !self.lacks_next(Direction::ToClient)
            && last.range.end + bytes.len() == window.end;
        let (kind, _) = self.read(without_terminators(bytes));
        let is_nothing = matches!(
            kind,
            MessageKind::UnknownRequest | MessageKind::Malformed(None)
        );
        unfinished && is_nothing && self.answered_without_refusal()
    }

    /// Takes what stands between `start` and the end of the window.
    fn take_request(&mut self, window: Window<'a>, start: usize) {
        let bytes = window.from(start);
        for line in self.writes(bytes) {
            let range = start + line.start..start + line.end;
            let text = without_terminators(&bytes[line.clone()]);
            let content = range.start..range.start + text.len();
            let shape = if content.end < range.end {
                Shape::SurplusTerminator
            } else {
                Shape::Framed
            };
            let found = self.request(text, range, content, shape);
            self.push(Direction::ToServer, found);
        }
    }

    /// Whether the message goes on in the next segment, which the same side sent at once.
    fn is_only_a_part(&self, bytes: &[u8], window: Window<'_>) -> bool {
        window.goes_on
            && ((window.may_be_cut() && !self.next_is_another(bytes, window))
                || ends_in_a_letter(bytes)
                || self.is_only_a_command_word(bytes))
    }

    /// Whether these bytes are a request, and the next segment begins with the words of another.
    fn next_is_another(&self, bytes: &[u8], window: Window<'_>) -> bool {
        let Some(next) = window.stream.piece_at(window.end) else {
            return false;
        };
        let end = next.offset + next.length;
        let after = window.stream.bytes.get(window.end..end).unwrap_or_default();
        let has_its_words = |bytes: &[u8]| {
            let text = without_terminators(bytes);
            let MessageKind::Request(kind) = self.read(text).0 else {
                return false;
            };
            let forms = self
                .dialect
                .request(kind)
                .into_iter()
                .flat_map(|one| one.forms());
            let mut patterns = forms.map(|form| self.dialect.request_pattern(form));
            patterns.any(|pattern| {
                !pattern.first_literal().is_empty() && pattern.matches_all(text).is_some()
            })
        };
        has_its_words(bytes) && has_its_words(after)
    }

    /// Whether the bytes are the beginning of a known request and no request yet.
    fn is_only_a_command_word(&self, bytes: &[u8]) -> bool {
        use protocol::pattern::Prefix;
        let begins = |request: &protocol::dialect::Request| {
            request.kind != CommandKind::Join
                && request.forms().any(|form| {
                    self.dialect.request_pattern(form).matches_prefix(bytes) == Prefix::Partial
                })
        };
        let whole = matches!(self.read(bytes).0, MessageKind::Request(_));
        self.phase == Phase::Chatting && !whole && self.dialect.requests().any(begins)
    }

    /// The writes that one segment holds: several where it has several lines and each is a request of its own.
    fn writes(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            lines.push(start..start + line.len());
            start += line.len();
        }
        let is_request = |line: &Range<usize>| {
            let text = without_terminators(&bytes[line.clone()]);
            let (kind, _) = self.read(text);
            matches!(
                kind,
                MessageKind::Request(_) | MessageKind::Malformed(Some(_))
            )
        };
        if lines.len() > 1 && lines.iter().all(is_request) {
            lines
        } else {
            std::iter::once(0..bytes.len()).collect()
        }
    }

    /// A request whose content is known.
    pub(super) fn request(
        &self,
        text: &[u8],
        range: Range<usize>,
        content: Range<usize>,
        shape: Shape,
    ) -> Found {
        let (kind, fields) = self.read(text);
        Found {
            kind,
            fields,
            range,
            content,
            standing: self.standing(kind, text),
            shape,
        }
    }

    /// What a content asks, and its values. A command of members is seen as one even before the client has joined: no
    /// name looks like it.
    fn read(&self, text: &[u8]) -> (MessageKind, Fields) {
        let command = match self.phase {
            Phase::Joining => CommandKind::Join,
            Phase::Chatting => CommandKind::Quit,
        };
        if let Some(fields) = earlier_step(self.dialect, command, text) {
            return (MessageKind::Request(command), fields);
        }
        if self.phase == Phase::Chatting || self.dialect.request(CommandKind::Join).is_none() {
            return named(self.dialect.read_request(Phase::Chatting, text));
        }
        let (kind, fields) = named(self.dialect.read_request(Phase::Chatting, text));
        match kind {
            MessageKind::Request(command) if self.is_worded(command) => (kind, fields),
            _ => named(self.dialect.read_request(Phase::Joining, text)),
        }
    }

    /// Whether a request has words of its own, by which it is known.
    fn is_worded(&self, command: CommandKind) -> bool {
        let is_literal = |part: &Part| matches!(part, Part::Literal(_));
        self.dialect
            .request(command)
            .is_some_and(|request| request.template().parts().iter().any(is_literal))
    }

    /// The document's form, or another that servers understand.
    fn standing(&self, kind: MessageKind, text: &[u8]) -> Standing {
        let MessageKind::Request(command) = kind else {
            return Standing::Document;
        };
        let is_fallback = self.dialect.request(command).is_some_and(|request| {
            let matches = |form| {
                self.dialect
                    .request_pattern(form)
                    .captures_all(text.trim_ascii())
                    .is_some()
            };
            !matches(request.template()) && request.fallback.iter().any(matches)
        });
        if is_fallback {
            Standing::Accepted
        } else {
            Standing::Document
        }
    }
}

/// The values of a content that is a step of a request in several, before its last.
pub(crate) fn earlier_step(dialect: &Dialect, command: CommandKind, text: &[u8]) -> Option<Fields> {
    let steps = &dialect.request(command)?.steps;
    let (_, earlier) = steps.split_last()?;
    let mut earlier = earlier.iter();
    earlier.find_map(|step| dialect.request_pattern(&step.send).matches_all(text))
}

/// A command's kind and its values.
fn named(command: Command<'_>) -> (MessageKind, Fields) {
    let fields = Fields::new();
    match command {
        Command::Join { nick } => (
            MessageKind::Request(CommandKind::Join),
            fields.with("nick", nick),
        ),
        Command::Say { text, from } => {
            let fields = match from {
                Some(nick) => fields.with("nick", nick),
                None => fields,
            };
            (
                MessageKind::Request(CommandKind::Say),
                fields.with("text", text),
            )
        }
        Command::Tell { to, text } => (
            MessageKind::Request(CommandKind::Tell),
            fields.with("to", to).with("text", text),
        ),
        Command::List => (MessageKind::Request(CommandKind::List), fields),
        Command::Quit => (MessageKind::Request(CommandKind::Quit), fields),
        Command::Malformed { of } => (MessageKind::Malformed(of), fields),
        Command::Unknown { word } => (MessageKind::UnknownRequest, fields.with("word", word)),
    }
}

/// The bytes without the line terminators at their end.
pub(super) fn without_terminators(bytes: &[u8]) -> &[u8] {
    let is_terminator = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    let end = bytes
        .iter()
        .rposition(|byte| !is_terminator(byte))
        .map_or(0, |last| last + 1);
    &bytes[..end]
}

/// Whether the bytes end within a letter of UTF-8.
pub(super) fn ends_in_a_letter(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(4)..];
    match std::str::from_utf8(tail) {
        Ok(_) => false,
        // The tail may begin within a letter, too: only its last letter counts.
        Err(_) => tail
            .iter()
            .rposition(|byte| *byte >= 0xc0)
            .is_some_and(|lead| {
                std::str::from_utf8(&tail[lead..]).is_err_and(|error| error.error_len().is_none())
            }),
    }
}
