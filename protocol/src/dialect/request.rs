//! Reading a client's request, as a server of the dialect does.

use std::cmp::Reverse;

use super::{Dialect, Request};
use crate::message::{Command, CommandKind, Phase, Reason};
use crate::pattern::Pattern;
use crate::template::{Part, Template};

/// Reads the requests of one dialect's clients with forms worked out once: for whoever reads many.
#[derive(Debug, Clone)]
pub struct RequestReader {
    /// What members may ask, in the order in which it is tried.
    known: Vec<(CommandKind, Pattern)>,
    /// The same with blanks in names, whatever the dialect says of names.
    with_blanks: Vec<(CommandKind, Pattern)>,
}

impl RequestReader {
    /// The same as the dialect's own `read_request`.
    #[must_use]
    pub fn read<'a>(&self, dialect: &Dialect, phase: Phase, content: &'a [u8]) -> Command<'a> {
        if phase == Phase::Joining {
            return dialect.read_join(content);
        }
        let stripped = match dialect.requests.strip {
            true => trim(content),
            false => content,
        };
        let mut known = self.known.iter();
        known
            .find_map(|(kind, pattern)| understood(*kind, pattern, stripped))
            .unwrap_or_else(|| dialect.read_unknown(stripped))
    }

    /// What a member whose name has blanks may have asked: `Ana Maria: oi`. For servers that let such names in because they
    /// have no words to refuse them.
    #[must_use]
    pub fn read_with_blanks<'a>(&self, content: &'a [u8]) -> Option<Command<'a>> {
        let mut known = self.with_blanks.iter();
        known.find_map(|(kind, pattern)| understood(*kind, pattern, content))
    }
}

impl Dialect {
    /// What reads many requests of this dialect's clients.
    #[must_use]
    pub fn request_reader(&self) -> RequestReader {
        let mut known = Vec::new();
        for request in self.by_precedence() {
            let pattern = |template| (request.kind, self.request_pattern(template));
            known.extend(request.forms().map(pattern));
        }
        let with_blanks =
            |(kind, pattern): &(_, Pattern)| (*kind, pattern.clone().blanks_in_names(true));
        RequestReader {
            with_blanks: known.iter().map(with_blanks).collect(),
            known,
        }
    }

    /// What a client asks with this content, in this phase.
    #[must_use]
    pub fn read_request<'a>(&self, phase: Phase, content: &'a [u8]) -> Command<'a> {
        let stripped = if self.requests.strip {
            trim(content)
        } else {
            content
        };
        match phase {
            Phase::Joining => self.read_join(content),
            Phase::Chatting => self
                .read_known(stripped)
                .unwrap_or_else(|| self.read_unknown(stripped)),
        }
    }

    /// What recognises a request of a client.
    #[must_use]
    pub fn request_pattern(&self, template: &Template) -> Pattern {
        let pattern = template
            .pattern()
            .any_case(self.requests.any_case)
            .blank_runs(self.requests.blank_runs);
        self.with_its_names(pattern)
    }

    /// A registration: its last step, as it was sent; a name is judged by the room, which knows the members.
    fn read_join<'a>(&self, content: &'a [u8]) -> Command<'a> {
        let Some(request) = self.request(CommandKind::Join) else {
            return self.read_unknown(content);
        };
        for template in request.forms() {
            if let [Part::Hole { .. }] = template.parts() {
                return Command::Join { nick: content };
            }
            let pattern = self.request_pattern(template).blanks_in_names(true);
            let stripped = if self.requests.strip {
                trim(content)
            } else {
                content
            };
            // The last step of a registration need not say the name again.
            if let Some(found) = pattern.captures_all(stripped) {
                let nick = found.span(&pattern, "nick");
                return Command::Join {
                    nick: nick.map_or(&[][..], |nick| &stripped[nick]),
                };
            }
        }
        self.read_unknown(content)
    }

    fn read_known<'a>(&self, content: &'a [u8]) -> Option<Command<'a>> {
        self.by_precedence().into_iter().find_map(|request| {
            let mut possible = request
                .forms()
                .filter(|template| self.may_begin(template, content));
            possible.find_map(|template| {
                understood(request.kind, &self.request_pattern(template), content)
            })
        })
    }

    /// Whether a content begins with the literal with which a request does: told without building its pattern.
    fn may_begin(&self, template: &Template, content: &[u8]) -> bool {
        let Some(Part::Literal(literal)) = template.parts().first() else {
            return true;
        };
        content
            .get(..literal.len())
            .is_some_and(|start| match self.requests.any_case {
                true => start.eq_ignore_ascii_case(literal),
                false => start == &**literal,
            })
    }

    /// The requests of a member, those first that would be hidden by others: declared, exact, more literal bytes.
    pub fn by_precedence(&self) -> Vec<&Request> {
        let mut requests: Vec<_> = self
            .requests()
            .filter(|request| request.kind != CommandKind::Join)
            .collect();
        requests.sort_by_key(|request| {
            let holes = request.template().holes().count();
            (
                Reverse(!request.before.is_empty()),
                holes > 0,
                Reverse(literal_len(request.template())),
                holes,
            )
        });
        requests
    }

    /// A known word without what it needs, or nothing that is known.
    fn read_unknown<'a>(&self, content: &'a [u8]) -> Command<'a> {
        let word = first_word(content);
        let same = |a: &[u8]| a == word || (self.requests.any_case && a.eq_ignore_ascii_case(word));
        let of = self.by_precedence().into_iter().find(|request| {
            request
                .forms()
                .any(|template| match template.parts().first() {
                    Some(Part::Literal(literal)) => {
                        !first_word(literal).is_empty() && same(first_word(literal))
                    }
                    _ => false,
                })
        });
        match of {
            Some(request) => Command::Malformed {
                of: Some(request.kind),
            },
            None if !self.refuses(Reason::UnknownCommand) => Command::Malformed { of: None },
            None => Command::Unknown { word },
        }
    }
}

/// What a content asks, if it is such a request.
fn understood<'a>(kind: CommandKind, pattern: &Pattern, content: &'a [u8]) -> Option<Command<'a>> {
    let found = pattern.captures_all(content)?;
    let value = |name: &str| {
        found
            .span(pattern, name)
            .map_or(&[][..], |span| &content[span])
    };
    Some(match kind {
        CommandKind::Join => return None,
        CommandKind::Say => Command::Say {
            text: value("text"),
            from: found.span(pattern, "nick").map(|span| &content[span]),
        },
        CommandKind::Tell => Command::Tell {
            to: match value("to") {
                [] => value("id"),
                to => to,
            },
            text: value("text"),
        },
        CommandKind::List => Command::List,
        CommandKind::Quit => Command::Quit,
    })
}

fn literal_len(template: &Template) -> usize {
    template
        .parts()
        .iter()
        .map(|part| {
            if let Part::Literal(literal) = part {
                literal.len()
            } else {
                0
            }
        })
        .sum()
}

/// The bytes without blanks, line terminators and NUL around them.
#[must_use]
fn trim(bytes: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let start = bytes
        .iter()
        .position(|byte| !is_blank(byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|byte| !is_blank(byte))
        .map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// The first word of a request.
fn first_word(bytes: &[u8]) -> &[u8] {
    trim(bytes)
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default()
}
