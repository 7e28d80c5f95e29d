//! Kinds of dialogue, in the words of any dialect, as long as one likes. What a dialect has no words for is left out of them.

use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::dialect::Form;
use protocol::matching::Standing;
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase, Reason, ReplyKind};

use super::file::Event;

/// Dialects of a kind that no built-in one is of.
const OWN: [(&str, &str); 2] = [
    ("colours.toml", include_str!("colours.toml")),
    ("lines.toml", include_str!("lines.toml")),
];

/// The dialects in which they are held.
pub(crate) fn dialects() -> impl Iterator<Item = Dialect> {
    let own = OWN.map(|(name, text)| Dialect::parse(&Source::new(name, text)).expect("a dialect"));
    Dialect::builtins().iter().cloned().chain(own)
}

/// One kind of dialogue.
pub(crate) struct Kind {
    /// What is said in it.
    pub(crate) name: &'static str,
    /// Says it, with so many messages.
    say: fn(&mut Chat<'_>, usize),
}

impl Kind {
    /// What is seen of it on the wire, each event with the number of its client.
    pub(crate) fn events(&self, dialect: &Dialect, messages: usize) -> Vec<(usize, Event)> {
        let mut chat = Chat {
            dialect,
            messages: 0,
            events: Vec::new(),
        };
        (self.say)(&mut chat, messages);
        chat.events
    }
}

/// All of them.
pub(crate) const KINDS: &[Kind] = &[
    kind("ordinary chat", |chat, messages| {
        let ends = chat.with_members(4);
        chat.until(messages, |chat, turn| {
            chat.talk(turn % 4, 4, &format!("number {turn}"));
        });
        chat.close(ends);
    }),
    kind("one speaks, many listen", |chat, messages| {
        let ends = chat.with_members(16);
        chat.until(messages, |chat, turn| {
            chat.talk(0, 16, &format!("number {turn}"));
        });
        chat.close(ends);
    }),
    kind("every request listed", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, _| {
            chat.request(0, CommandKind::List, &Fields::new());
            let names = Fields::new().with("names", "c0, c1");
            chat.reply(0, NoticeKind::Listing, &names);
        });
        chat.close(ends);
    }),
    kind("every reply in a tolerated form", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
            chat.tolerated(0, NoticeKind::Said);
        });
        chat.close(ends);
    }),
    kind("a surplus terminator each", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn}\n");
            chat.say(0, &text);
            chat.acknowledge(0, &text);
        });
        chat.close(ends);
    }),
    kind("no terminator at all", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            let said = Fields::new().with("text", format!("number {turn}"));
            chat.bare_request(0, CommandKind::Say, &said);
        });
        chat.close(ends);
    }),
    kind("unknown text of the server", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.server(0, format!("<<{turn}>>\n").as_bytes());
        });
        chat.close(ends);
    }),
    kind("unknown text after each request", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
            chat.server(0, format!("<<{turn}>>\n").as_bytes());
        });
        chat.close(ends);
    }),
    kind("binary of the server", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            let noise = (0..40).map(|at| (turn * 131 + at * 89) as u8 | 0x80);
            chat.server(0, &noise.collect::<Vec<u8>>());
        });
        chat.close(ends);
    }),
    kind("unknown text, byte by byte", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.server(0, &[b"<=>!"[turn % 4]]);
        });
        chat.close(ends);
    }),
    kind("half a message while its client asks", |chat, messages| {
        let ends = chat.with_members(1);
        let long = "so on and so forth ".repeat(messages / 38 + 1);
        let said = Fields::new().with("from", "c1").with("text", long);
        let copy = chat.dialect.render(NoticeKind::Delivered, &said);
        let half = copy.unwrap_or_default();
        let mut half = half.chunks(1).cycle();
        chat.until(messages, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
            chat.server(0, half.next().unwrap_or(b"x"));
        });
        chat.close(ends);
    }),
    kind("unasked replies", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.acknowledge(0, &format!("number {turn}"));
        });
        chat.close(ends);
    }),
    kind("unanswered requests", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
        });
        chat.close(ends);
    }),
    kind("requests answered at last", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages / 2, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
        });
        for turn in 0..messages / 2 {
            chat.acknowledge(0, &format!("number {turn}"));
            chat.echo(0, &format!("number {turn}"));
        }
        chat.close(ends);
    }),
    kind("replies answered from behind", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages / 2, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
        });
        for turn in (0..messages / 2).rev() {
            chat.acknowledge(0, &format!("number {turn}"));
            chat.echo(0, &format!("number {turn}"));
        }
        chat.close(ends);
    }),
    kind("unanswered requests, refused", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
            chat.reply(0, Reason::Malformed, &Fields::new());
        });
        chat.close(ends);
    }),
    kind("unanswered requests, copied elsewhere", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.say(0, &format!("number {turn}"));
            chat.server(0, format!("<<c0 number {turn}>>\n").as_bytes());
        });
        chat.close(ends);
    }),
    kind("requests behind a FIN", |chat, messages| {
        chat.with_members(1);
        chat.finish(0, Direction::ToServer);
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn}");
            chat.say(0, &text);
            chat.acknowledge(0, &text);
            chat.echo(0, &text);
        });
    }),
    kind("a frame lost after each message", |chat, messages| {
        let ends = chat.with_members(2);
        chat.until(messages, |chat, turn| {
            chat.talk(0, 2, &format!("number {turn}"));
            chat.lose(0, Direction::ToServer);
            chat.lose(1, Direction::ToClient);
        });
        chat.close(ends);
    }),
    kind(
        "a frame lost in front of nothing known",
        |chat, messages| {
            let ends = chat.with_members(1);
            chat.until(messages, |chat, turn| {
                chat.lose(0, Direction::ToClient);
                chat.server(0, format!("<<{turn}>>\n").as_bytes());
            });
            chat.close(ends);
        },
    ),
    kind("every copy delivered twice", |chat, messages| {
        let ends = chat.with_members(2);
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn}");
            chat.talk(0, 2, &text);
            chat.hear(1, 0, &text);
        });
        chat.close(ends);
    }),
    kind("the same text again and again", |chat, messages| {
        let ends = chat.with_members(3);
        chat.until(messages, |chat, turn| chat.talk(turn % 2, 3, "oi"));
        chat.close(ends);
    }),
    kind("copies that never come", |chat, messages| {
        let ends = chat.with_members(3);
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn}");
            chat.say(0, &text);
            chat.acknowledge(0, &text);
            chat.echo(0, &text);
            chat.reply(1, NoticeKind::Joined, &Fields::new().with("nick", "c9"));
        });
        chat.close(ends);
    }),
    kind("copies of what nobody said", |chat, messages| {
        let ends = chat.with_members(2);
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn}");
            chat.hear(0, 1, &text);
            chat.hear(1, 0, &text);
        });
        chat.close(ends);
    }),
    kind("one's own copies where there are none", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn}");
            chat.say(0, &text);
            chat.acknowledge(0, &text);
            chat.hear(0, 0, &text);
        });
        chat.close(ends);
    }),
    kind("notices of a name with blanks", |chat, messages| {
        chat.join(0, "ana maria");
        chat.until(messages, |chat, turn| {
            chat.notice(0, NoticeKind::Joined, &format!("ana maria {turn}"));
        });
        chat.close(1);
    }),
    kind("prompts", |chat, messages| {
        chat.join(0, "ana");
        chat.until(messages, |chat, _| {
            chat.reply(0, NoticeKind::Prompt, &Fields::new());
        });
        chat.close(1);
    }),
    kind("names refused with a prompt", |chat, messages| {
        chat.open(0);
        chat.until(messages, |chat, turn| {
            chat.reply(0, NoticeKind::Prompt, &Fields::new());
            let name = Fields::new().with("nick", format!("c{turn}"));
            chat.request(0, CommandKind::Join, &name);
        });
        chat.close(1);
    }),
    kind("refusals", |chat, messages| {
        let ends = chat.with_members(1);
        chat.until(messages, |chat, turn| {
            chat.client(0, format!("xyzzy {turn}").as_bytes());
            chat.reply(
                0,
                Reason::UnknownCommand,
                &Fields::new().with("command", "xyzzy"),
            );
            chat.reply(0, Reason::Malformed, &Fields::new());
        });
        chat.close(ends);
    }),
    kind("commands before joining", |chat, messages| {
        chat.open(0);
        chat.until(messages, |chat, _| {
            chat.request(0, CommandKind::List, &Fields::new());
        });
        chat.close(1);
    }),
    kind("requests after quitting", |chat, messages| {
        let ends = chat.with_members(1);
        chat.request(0, CommandKind::Quit, &Fields::new());
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn}");
            chat.say(0, &text);
            chat.acknowledge(0, &text);
        });
        chat.close(ends);
    }),
    kind("texts that are no UTF-8, handed on", |chat, messages| {
        let ends = chat.with_members(2);
        chat.until(messages, |chat, turn| {
            let text = [format!("number {turn} ").as_bytes(), &[0xff, 0xe9]].concat();
            let said = chat.spoken(0).with("text", text.clone());
            chat.request(0, CommandKind::Say, &said);
            let copy = Fields::new().with("from", "c0").with("text", text);
            chat.reply(1, NoticeKind::Delivered, &copy);
        });
        chat.close(ends);
    }),
    kind("many conversations under one name", |chat, messages| {
        chat.until(messages, |chat, turn| {
            chat.join(turn, "ana");
            let text = format!("number {turn}");
            chat.say(turn, &text);
            chat.acknowledge(turn, &text);
            chat.echo(turn, &text);
            chat.finish(turn, Direction::ToServer);
            chat.finish(turn, Direction::ToClient);
        });
    }),
    kind("many silent refusals of a name", |chat, messages| {
        chat.join(0, "ana");
        chat.until(messages, |chat, turn| {
            let client = turn + 1;
            chat.open(client);
            chat.reply(client, NoticeKind::Prompt, &Fields::new());
            let name = Fields::new().with("nick", "ana");
            chat.request(client, CommandKind::Join, &name);
            chat.finish(client, Direction::ToClient);
            chat.finish(client, Direction::ToServer);
        });
    }),
    kind("many members, each says little", |chat, messages| {
        let members = messages / 16 + 1;
        let ends = chat.with_members(members);
        chat.until(messages, |chat, turn| {
            chat.talk(turn % members, members.min(8), &format!("number {turn}"));
        });
        chat.close(ends);
    }),
    kind("large segments", |chat, messages| {
        let ends = chat.with_members(2);
        let begin = chat.events.len();
        chat.until(messages, |chat, turn| {
            chat.talk(0, 2, &format!("number {turn}"));
        });
        chat.cut(begin, 1400);
        chat.close(ends);
    }),
    kind("byte by byte", |chat, messages| {
        let ends = chat.with_members(2);
        let begin = chat.events.len();
        chat.until(messages / 8, |chat, turn| {
            chat.talk(0, 2, &format!("number {turn}"));
        });
        chat.cut(begin, 1);
        chat.close(ends);
    }),
    kind("many texts, answered as one", |chat, messages| {
        let ends = chat.with_members(1);
        let mut texts = String::new();
        chat.until(messages, |chat, turn| {
            let text = format!("number {turn} ");
            chat.say(0, &text);
            texts += &text;
            if turn % 8 == 7 {
                chat.acknowledge(0, &std::mem::take(&mut texts));
            }
        });
        chat.close(ends);
    }),
];

const fn kind(name: &'static str, say: fn(&mut Chat<'_>, usize)) -> Kind {
    Kind { name, say }
}

/// A chat, and what was seen of it so far.
struct Chat<'d> {
    dialect: &'d Dialect,
    /// How many messages there are so far.
    messages: usize,
    events: Vec<(usize, Event)>,
}

impl Chat<'_> {
    /// Takes turns, counted from 0, until there are so many messages; a turn in which nothing can be said counts as one.
    fn until(&mut self, messages: usize, turn: impl FnMut(&mut Self, usize)) {
        let mut turn = turn;
        for number in 0.. {
            let before = self.messages;
            if before >= messages {
                return;
            }
            turn(self, number);
            self.messages = self.messages.max(before + 1);
        }
    }

    /// So many clients are in the chat, called `c0` and so on.
    fn with_members(&mut self, members: usize) -> usize {
        for client in 0..members {
            self.join(client, &format!("c{client}"));
        }
        self.messages = 0;
        members
    }

    fn open(&mut self, client: usize) {
        self.events.push((client, Event::Opened));
    }

    fn join(&mut self, client: usize, name: &str) {
        self.open(client);
        let name = Fields::new().with("nick", name);
        self.early(client, NoticeKind::Prompt, &name);
        if let Some(join) = self.dialect.render_request(CommandKind::Join, &name) {
            let join = self
                .dialect
                .frame(Direction::ToServer, Phase::Joining, &join);
            self.push(client, Direction::ToServer, join);
        }
        self.early(client, NoticeKind::Welcome, &name);
    }

    /// The clients close first, and then the server.
    fn close(&mut self, members: usize) {
        for client in 0..members {
            self.finish(client, Direction::ToServer);
            self.finish(client, Direction::ToClient);
        }
    }

    fn finish(&mut self, client: usize, direction: Direction) {
        self.events.push((client, Event::Finished(direction)));
    }

    /// A client says something, and all of so many members get what they must.
    fn talk(&mut self, client: usize, members: usize, text: &str) {
        self.say(client, text);
        self.acknowledge(client, text);
        self.echo(client, text);
        for other in (0..members).filter(|other| *other != client) {
            self.hear(other, client, text);
        }
    }

    fn spoken(&self, client: usize) -> Fields {
        Fields::new().with("nick", format!("c{client}"))
    }

    fn say(&mut self, client: usize, text: &str) {
        let said = self.spoken(client).with("text", text);
        self.request(client, CommandKind::Say, &said);
    }

    fn acknowledge(&mut self, client: usize, text: &str) {
        let said = Fields::new().with("text", text);
        self.reply(client, NoticeKind::Said, &said);
    }

    /// The author's own copy, in dialects that have one.
    fn echo(&mut self, client: usize, text: &str) {
        if self.dialect.echoes() {
            self.hear(client, client, text);
        }
    }

    fn hear(&mut self, client: usize, from: usize, text: &str) {
        let said = Fields::new()
            .with("from", format!("c{from}"))
            .with("text", text);
        self.reply(client, NoticeKind::Delivered, &said);
    }

    fn notice(&mut self, client: usize, kind: NoticeKind, name: &str) {
        self.reply(client, kind, &Fields::new().with("nick", name));
    }

    fn request(&mut self, client: usize, kind: CommandKind, fields: &Fields) {
        if let Some(content) = self.dialect.render_request(kind, fields) {
            self.client(client, &content);
        }
    }

    /// The same without what must end it.
    fn bare_request(&mut self, client: usize, kind: CommandKind, fields: &Fields) {
        if let Some(content) = self.dialect.render_request(kind, fields) {
            self.push(client, Direction::ToServer, content);
        }
    }

    fn reply(&mut self, client: usize, kind: impl Into<ReplyKind>, fields: &Fields) {
        self.reply_in(client, kind.into(), fields, Phase::Chatting);
    }

    /// The same to who has not joined.
    fn early(&mut self, client: usize, kind: NoticeKind, fields: &Fields) {
        self.reply_in(client, kind.into(), fields, Phase::Joining);
    }

    fn reply_in(&mut self, client: usize, kind: ReplyKind, fields: &Fields, phase: Phase) {
        if let Some(content) = self.dialect.render(kind, fields) {
            let framing = self.dialect.reply_framing(kind, phase);
            self.push(client, Direction::ToClient, framing.encode(&content));
        }
    }

    /// A reply in the first form that is no more than tolerated.
    fn tolerated(&mut self, client: usize, kind: NoticeKind) {
        let forms = self.dialect.reply(kind).map_or(&[][..], |one| &one.forms);
        let is_tolerated = |form: &&Form| form.standing == Standing::Tolerated;
        if let Some(form) = forms.iter().find(is_tolerated) {
            let content = form.template.render(&Fields::new().with("rest", "well"));
            self.server(client, &content);
        }
    }

    fn client(&mut self, client: usize, content: &[u8]) {
        let framed = self
            .dialect
            .frame(Direction::ToServer, Phase::Chatting, content);
        self.push(client, Direction::ToServer, framed);
    }

    fn server(&mut self, client: usize, content: &[u8]) {
        let framed = self
            .dialect
            .frame(Direction::ToClient, Phase::Chatting, content);
        self.push(client, Direction::ToClient, framed);
    }

    fn lose(&mut self, client: usize, direction: Direction) {
        let lost = Event::Lost(direction, b"nobody saw this".to_vec());
        self.events.push((client, lost));
    }

    /// Where the dialect strips colours, the server colours what it says.
    fn push(&mut self, client: usize, direction: Direction, bytes: Vec<u8>) {
        let is_coloured = self.dialect.decoration.ansi && direction == Direction::ToClient;
        let bytes = match is_coloured {
            true => [b"\x1b[32m", &bytes[..], b"\x1b[0m"].concat(),
            false => bytes,
        };
        self.messages += 1;
        self.events.push((client, Event::Said(direction, bytes)));
    }

    /// What was said from an event on in segments of this length, each direction by itself, where the other direction is silent for as
    /// long.
    fn cut(&mut self, begin: usize, length: usize) {
        let said = self.events.split_off(begin);
        let mut kept: Vec<((usize, Direction), Vec<u8>)> = Vec::new();
        for (client, event) in said {
            let Event::Said(direction, bytes) = event else {
                continue;
            };
            let place = kept
                .iter()
                .position(|(whose, _)| *whose == (client, direction));
            let place = place.unwrap_or_else(|| {
                kept.push(((client, direction), Vec::new()));
                kept.len() - 1
            });
            let waiting = &mut kept[place].1;
            waiting.extend(bytes);
            while waiting.len() >= length {
                let rest = waiting.split_off(length);
                let full = std::mem::replace(waiting, rest);
                self.events.push((client, Event::Said(direction, full)));
            }
        }
        for ((client, direction), rest) in kept.into_iter().filter(|(_, rest)| !rest.is_empty()) {
            self.events.push((client, Event::Said(direction, rest)));
        }
    }
}
