//! What was said, said otherwise: names become other names of the same length, texts lose their letters, and the words of the
//! protocol stay.

use rustc_hash::FxHashMap;

use protocol::message::Direction;

use crate::analysis::Analysis;
use crate::choice::Member;
use crate::dissect::{Message, MessageKind};
use crate::segment::{Endpoint, Segment};
use crate::stream::Stream;

/// Holes that hold a name.
const NAMES: [&str; 3] = ["nick", "from", "to"];

/// A segment, by its ends and its place in the sequence: a retransmission says what was said before.
type Place = (Endpoint, Endpoint, u32, usize);

/// The payload of the chat's frames, made anonymous.
#[derive(Default)]
pub(super) struct Speech {
    /// By frame, sender and receiver, where the frame brought these bytes first: a frame may hold several segments.
    by_frame: FxHashMap<(u64, Endpoint, Endpoint), Vec<u8>>,
    said: FxHashMap<Place, Vec<u8>>,
}

impl Speech {
    pub(super) fn of(analysis: &Analysis<'_>) -> Self {
        let mut speech = Self::default();
        let Some(chat) = &analysis.choice.chat else {
            return speech;
        };
        let names = Names::of(chat.members.iter());
        for member in &chat.members {
            for direction in [Direction::ToServer, Direction::ToClient] {
                let Some(stream) = member.stream(&analysis.survey, direction) else {
                    continue;
                };
                let (sender, receiver) = match direction {
                    Direction::ToServer => (member.client, member.server),
                    Direction::ToClient => (member.server, member.client),
                };
                let bytes = retold(stream, member, direction, &names);
                for piece in &stream.pieces {
                    let part = bytes.get(piece.offset..piece.offset + piece.length);
                    let place = (piece.frame, sender, receiver);
                    let of_frame = speech.by_frame.entry(place).or_default();
                    of_frame.extend_from_slice(part.unwrap_or_default());
                }
            }
        }
        speech
    }

    /// The payload of a segment, as long as it was. What is not the chat's is blanked.
    pub(super) fn payload(&mut self, segment: &Segment<'_>) -> Vec<u8> {
        let length = segment.payload.len();
        let place = (segment.source, segment.destination, segment.seq, length);
        let of_frame = (segment.frame, segment.source, segment.destination);
        let first = self.by_frame.get_mut(&of_frame);
        let first = first.filter(|bytes| bytes.len() >= length);
        let told = match (first, self.said.get(&place)) {
            (Some(first), _) => first.drain(..length).collect(),
            (None, Some(said)) => said.clone(),
            (None, None) => vec![b'x'; length],
        };
        self.said.insert(place, told.clone());
        told
    }
}

/// The bytes of one direction, told otherwise.
fn retold(stream: &Stream, member: &Member, direction: Direction, names: &Names) -> Vec<u8> {
    let mut bytes = stream.bytes.clone();
    let messages = member.dialogue.messages.iter();
    for message in messages.filter(|message| message.direction == direction) {
        if let Some(content) = bytes.get_mut(message.content.clone()) {
            retell(content, message, names);
        }
    }
    bytes
}

fn retell(content: &mut [u8], message: &Message, names: &Names) {
    match message.kind {
        MessageKind::Unrecognised | MessageKind::UnknownRequest | MessageKind::Malformed(None) => {
            return names.mask(content);
        }
        // Its first word is the protocol's; what follows may be anything.
        MessageKind::Malformed(Some(_)) => {
            let word = content.iter().position(u8::is_ascii_whitespace);
            let rest = content.get_mut(word.unwrap_or(content.len())..);
            return names.mask(rest.unwrap_or_default());
        }
        MessageKind::Request(_) | MessageKind::Reply(_) => {}
    }
    let mut from = 0;
    for (name, value) in message.fields.iter().filter(|(_, value)| !value.is_empty()) {
        let rest = content.get(from..).unwrap_or_default();
        let Some(at) = memchr::memmem::find(rest, value) else {
            continue;
        };
        let range = from + at..from + at + value.len();
        from = range.end;
        if let Some(place) = content.get_mut(range) {
            match NAMES.contains(&name) && names.replace(place) {
                true => {}
                false => names.mask(place),
            }
        }
    }
}

/// Names and what they were replaced by.
struct Names(Vec<(Vec<u8>, Vec<u8>)>);

impl Names {
    fn of<'m>(members: impl Iterator<Item = &'m Member>) -> Self {
        let mut names = Self(Vec::new());
        for member in members {
            let of_messages = member
                .dialogue
                .messages
                .iter()
                .flat_map(|message| NAMES.iter().filter_map(|name| message.fields.get(name)));
            for name in member
                .dialogue
                .nick
                .as_deref()
                .into_iter()
                .chain(of_messages)
            {
                names.add(name);
            }
        }
        // A name within another is looked for after it.
        names
            .0
            .sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names
    }

    fn add(&mut self, name: &[u8]) {
        if name.is_empty() || self.0.iter().any(|(known, _)| known == name) {
            return;
        }
        let mut number = self.0.len();
        let stand_in: Vec<u8> = (0..name.len())
            .map(|_| {
                let letter = b'a' + (number % 26) as u8;
                number /= 26;
                letter
            })
            .collect();
        self.0.push((name.to_vec(), stand_in));
    }

    /// Replaces a whole name; `false` if it is none.
    fn replace(&self, place: &mut [u8]) -> bool {
        let Some((_, stand_in)) = self.0.iter().find(|(name, _)| name == place) else {
            return false;
        };
        place.copy_from_slice(stand_in);
        true
    }

    /// Blanks letters and digits, but for names, which are replaced.
    fn mask(&self, place: &mut [u8]) {
        let original = place.to_vec();
        mask(place);
        for (name, stand_in) in self.0.iter().filter(|(name, _)| name.len() > 1) {
            for at in memchr::memmem::find_iter(&original, name) {
                if let Some(found) = place.get_mut(at..at + name.len()) {
                    found.copy_from_slice(stand_in);
                }
            }
        }
    }
}

/// Blanks letters and digits; a character of several bytes becomes another of as many, so that UTF-8 stays what it was.
fn mask(place: &mut [u8]) {
    let original = place.to_vec();
    let mut at = 0;
    for chunk in original.utf8_chunks() {
        for c in chunk.valid().chars() {
            let stand_in = match c {
                'a'..='z' => 'x',
                'A'..='Z' => 'X',
                '0'..='9' => '0',
                c if c.is_ascii() => c,
                c => ['ã', '…', '🙂'][c.len_utf8() - 2],
            };
            stand_in.encode_utf8(&mut place[at..at + c.len_utf8()]);
            at += c.len_utf8();
        }
        at += chunk.invalid().len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_text_is_as_long_and_as_much_utf8_as_before() {
        for text in ["Olá, São João! 42 🎉 …".as_bytes(), b"a\xff\xfeb\xc3"] {
            let mut masked = text.to_vec();
            mask(&mut masked);
            assert_eq!(masked.len(), text.len());
            assert_eq!(
                std::str::from_utf8(&masked).is_ok(),
                std::str::from_utf8(text).is_ok()
            );
        }
        let mut text = "Olá 7!".as_bytes().to_vec();
        mask(&mut text);
        assert_eq!(text, "Xxã 0!".as_bytes());
    }

    #[test]
    fn names_are_replaced_within_texts_too() {
        let mut names = Names(Vec::new());
        names.add(b"igor");
        names.add(b"joao");
        let mut text = b"igor, joao e ana".to_vec();
        names.mask(&mut text);
        assert_eq!(text, b"aaaa, baaa x xxx");
    }
}
