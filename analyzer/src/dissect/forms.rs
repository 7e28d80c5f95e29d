//! The forms of many messages, of which a content is one or none: told in a few comparisons.

use protocol::pattern::Pattern;
use protocol::template::Part;

use super::message::MessageKind;

/// Forms in the order in which they are tried.
pub(super) struct Forms {
    forms: Vec<Form>,
    /// By the first byte of a content, those that may be there; behind them those that an empty content may be.
    by_first: Vec<Box<[u16]>>,
}

struct Form {
    kind: MessageKind,
    pattern: Pattern,
    start: Edge,
    end: Edge,
    /// It begins with bytes of its own, not with a hole.
    is_worded: bool,
}

/// Up to eight bytes with which every content of a form begins or ends, as a number; in lower case, more or less.
struct Edge {
    bits: u64,
    mask: u64,
}

/// Sets the bit by which lower and upper case differ. Bytes that are equal but for their case are equal with it.
const FOLD: u64 = 0x2020_2020_2020_2020;

impl Forms {
    pub(super) fn new(forms: impl Iterator<Item = (MessageKind, Pattern)>) -> Self {
        let forms: Vec<Form> = forms
            .map(|(kind, pattern)| Form::new(kind, pattern))
            .collect();
        let may_begin =
            |first: u64, form: &Form| (first ^ form.start.bits) & form.start.mask & 0xff == 0;
        let those = |is_possible: &dyn Fn(&Form) -> bool| {
            let numbered = (0..u16::MAX).zip(&forms);
            numbered
                .filter(|(_, form)| is_possible(form))
                .map(|(at, _)| at)
                .collect()
        };
        let mut by_first: Vec<Box<[u16]>> = (0..=0xff_u64)
            .map(|first| those(&|form| may_begin(first | FOLD & 0xff, form)))
            .collect();
        by_first.push(those(&|form| form.start.mask == 0));
        Self { forms, by_first }
    }

    /// The first form that the whole content is; where `wordless` is not set, of those with bytes of their own in front.
    #[inline]
    pub(super) fn find(&self, content: &[u8], wordless: bool) -> Option<MessageKind> {
        let first = content.first().map_or(0x100, |first| usize::from(*first));
        let possible = self.by_first.get(first)?;
        let (start, end) = (first_eight(content), last_eight(content));
        let is_it = |form: &&Form| {
            form.start.is_in(start)
                && form.end.is_in(end)
                && (wordless || form.is_worded)
                && form.pattern.is_whole(content)
        };
        let forms = possible
            .iter()
            .filter_map(|at| self.forms.get(usize::from(*at)));
        forms.clone().find(is_it).map(|form| form.kind)
    }
}

impl Form {
    fn new(kind: MessageKind, pattern: Pattern) -> Self {
        let literal = |part: Option<&Part>| match part {
            Some(Part::Literal(literal)) => literal.clone(),
            _ => Vec::new(),
        };
        let (start, end) = (
            literal(pattern.parts().first()),
            literal(pattern.parts().last()),
        );
        // More blanks than it shows may follow a literal that ends with one.
        let end = if end.ends_with(b" ") { &[] } else { &end[..] };
        Self {
            kind,
            is_worded: !start.is_empty(),
            start: Edge {
                bits: first_eight(&start),
                mask: mask(start.len()),
            },
            end: Edge {
                bits: last_eight(end),
                mask: mask(end.len()).reverse_bits(),
            },
            pattern,
        }
    }
}

impl Edge {
    #[inline]
    fn is_in(&self, content: u64) -> bool {
        (content ^ self.bits) & self.mask == 0
    }
}

/// The lowest bytes of a number, as many as a literal has.
fn mask(length: usize) -> u64 {
    match length {
        0..8 => (1 << (8 * length)) - 1,
        _ => u64::MAX,
    }
}

/// The first bytes from the lowest up, folded.
#[inline]
fn first_eight(bytes: &[u8]) -> u64 {
    let eight = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut eight = [0; 8];
        eight
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        eight
    });
    u64::from_le_bytes(eight) | FOLD
}

/// The last bytes from the highest down, folded.
#[inline]
fn last_eight(bytes: &[u8]) -> u64 {
    let eight = bytes.last_chunk().copied().unwrap_or_else(|| {
        let mut eight = [0; 8];
        let pairs = eight.iter_mut().rev().zip(bytes.iter().rev());
        pairs.for_each(|(to, from)| *to = *from);
        eight
    });
    u64::from_le_bytes(eight) | FOLD
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::Dialect;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_trying_every_form_finds(
            words in prop::collection::vec("(200 OK|MSG |msg|LIST|QUIT |[a-z]{1,3}|\\[ana\\]: |\n|\u{e9}| entrou no chat!|[ .!]{1,2}){0,5}", 1..4),
            any_case: bool,
            wordless: bool,
        ) {
            for dialect in Dialect::builtins() {
                let replies = dialect.replies().flat_map(|reply| {
                    reply.forms.iter().map(|form| (MessageKind::Reply(reply.kind), form.template.pattern()))
                });
                let requests = dialect.requests().flat_map(|request| {
                    let kind = MessageKind::Request(request.kind);
                    request.forms().map(move |form| (kind, dialect.request_pattern(form)))
                });
                let all: Vec<_> = replies.chain(requests).map(|(kind, pattern)| (kind, pattern.any_case(any_case))).collect();
                let forms = Forms::new(all.iter().cloned());
                for content in &words {
                    let is_it = |(_, pattern): &&(MessageKind, Pattern)| {
                        (wordless || !pattern.first_literal().is_empty())
                            && pattern.captures_all(content.as_bytes()).is_some()
                    };
                    let slowly = all.iter().find(is_it).map(|(kind, _)| *kind);
                    prop_assert_eq!(forms.find(content.as_bytes(), wordless), slowly, "{} {:?}", dialect.name, content);
                }
            }
        }
    }
}
