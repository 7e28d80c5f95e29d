//! An observed session as a scenario for `harness`, in meanings: what was said and heard, not in which bytes.
//!
//! ```text
//! scenario "The session of seed_two_interfaces.pcapng"
//!   pt     "A sessão de seed_two_interfaces.pcapng"
//!   level  should
//!
//! igor joins
//! igor says "Bom dia!"
//! igor is acknowledged
//! ```
//!
//! What clients outside of the capture did is left out, and what cannot be said in meanings, too; each with a comment.

use std::collections::BTreeSet;

use protocol::lang::{Lang, Words};
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Reason, ReplyKind};
use protocol::quote::{quote, visible};
use protocol::words;

use crate::analysis::Analysis;
use crate::choice::{Chat, Member};
use crate::conversation::ConversationId;
use crate::dissect::{Message, MessageKind};

/// The scenario of a chat; its comments are in the reader's language.
#[must_use]
pub fn scenario(analysis: &Analysis<'_>, chat: &Chat<'_>, lang: Lang) -> String {
    let mut script = Script {
        cast: cast(chat),
        present: BTreeSet::new(),
        listed: BTreeSet::new(),
        said: Vec::new(),
        lines: Vec::new(),
        unacknowledged: Vec::new(),
        lang,
    };
    for (member, step) in steps(analysis, chat) {
        let Some(actor) = script.actor(member.id) else {
            continue;
        };
        match step {
            Step::Message(message) => script.message(analysis, member, &actor, message),
            Step::Closes => script.closes(&actor),
        }
    }
    let name = analysis.file.as_deref().unwrap_or("a capture");
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let [pt, title] = ["A sessão de", "The session of"]
        .map(|what| quote(format!("{what} {}", visible(name)).as_bytes()).to_string());
    let observed = words!(
        "Observado em uma captura, como o dialeto {} a lê.",
        "Observed in a capture, as the dialect {} reads it.",
        chat.dialect.name
    );
    format!(
        "# {}\nscenario {title}\n  pt     {pt}\n  level  should\n\n{}",
        observed.of(lang),
        script.lines.concat()
    )
}

/// What happens to one member, in the order of the capture.
enum Step<'a> {
    Message(&'a Message),
    /// The client closes without having said that it leaves.
    Closes,
}

fn steps<'a>(analysis: &Analysis<'_>, chat: &'a Chat<'_>) -> Vec<(&'a Member, Step<'a>)> {
    let mut steps: Vec<_> = chat
        .messages()
        .into_iter()
        .map(|(member, message)| (message.first_frame(), member, Step::Message(message)))
        .collect();
    for member in &chat.members {
        let all = &member.dialogue.messages;
        let quits = all
            .iter()
            .any(|one| one.kind == MessageKind::Request(CommandKind::Quit));
        let conversation = analysis.survey.conversation(member.id);
        let fin = conversation.and_then(|one| one.teardown.fin[one.client_side.index()]);
        if let Some(fin) = fin.filter(|_| !quits && !member.turned) {
            steps.push((fin.frame, member, Step::Closes));
        }
    }
    steps.sort_by_key(|(frame, ..)| *frame);
    steps
        .into_iter()
        .map(|(_, member, step)| (member, step))
        .collect()
}

/// One client's part in the script.
struct Actor {
    id: ConversationId,
    name: String,
    nick: Vec<u8>,
}

/// A name for each member: its own, as far as an actor may have it.
fn cast(chat: &Chat<'_>) -> Vec<Actor> {
    let mut taken = BTreeSet::new();
    let actor = |member: &Member| {
        let nick = member.dialogue.nick.clone().unwrap_or_default();
        let letters = nick
            .iter()
            .map(u8::to_ascii_lowercase)
            .filter(u8::is_ascii_alphanumeric);
        let mut name: String = letters.take(12).map(char::from).collect();
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || RESERVED.contains(&name.as_str())
        {
            name = format!("client{}", member.id.index() + 1);
        }
        while !taken.insert(name.clone()) {
            name.push('x');
        }
        Actor {
            id: member.id,
            name,
            nick,
        }
    };
    chat.members.iter().map(actor).collect()
}

/// Words that mean something else where an actor may stand.
const RESERVED: [&str; 9] = [
    "itself", "nobody", "everyone", "each", "the", "and", "all", "repeat", "together",
];

struct Script {
    cast: Vec<Actor>,
    /// Who has joined and not left.
    present: BTreeSet<String>,
    /// Who has asked for a list since it joined: of one that is pushed a scenario says nothing.
    listed: BTreeSet<String>,
    /// What was said to everyone so far: by whom, and the text.
    said: Vec<(String, Vec<u8>)>,
    lines: Vec<String>,
    /// Messages of each actor that nothing has acknowledged yet, as places in the lines.
    unacknowledged: Vec<(String, usize)>,
    lang: Lang,
}

impl Script {
    fn actor(&self, id: ConversationId) -> Option<String> {
        self.cast
            .iter()
            .find(|actor| actor.id == id)
            .map(|actor| actor.name.clone())
    }

    /// The actor with this nickname, if it is here.
    fn named(&self, nick: &[u8]) -> Option<String> {
        let known = self
            .cast
            .iter()
            .filter(|actor| !nick.is_empty() && actor.nick == nick);
        known
            .map(|actor| actor.name.clone())
            .find(|name| self.present.contains(name))
    }

    fn line(&mut self, line: &str) {
        self.lines.push(format!("{line}\n"));
    }

    fn comment(&mut self, words: &Words) {
        self.line(&format!("# {}", words.of(self.lang)));
    }

    /// Behind the message that it acknowledges: acknowledgements of several are told apart by their order alone.
    fn acknowledged(&mut self, actor: &str) {
        let line = format!("{actor} is acknowledged\n");
        match self.unacknowledged.iter().position(|(who, _)| who == actor) {
            Some(place) => {
                let (_, at) = self.unacknowledged.remove(place);
                self.lines.insert(at + 1, line);
                for (_, other) in &mut self.unacknowledged {
                    *other += usize::from(*other > at);
                }
            }
            None => self.lines.push(format!("# {line}")),
        }
    }

    fn message(
        &mut self,
        analysis: &Analysis<'_>,
        member: &Member,
        actor: &str,
        message: &Message,
    ) {
        let is_join = message.kind == MessageKind::Request(CommandKind::Join);
        let is_welcome = message.kind.is(NoticeKind::Welcome);
        let greets = matches!(message.kind, MessageKind::Reply(kind) if kind.is_unasked());
        if is_join {
            return;
        }
        if !self.present.contains(actor) && message.direction == Direction::ToServer || is_welcome {
            self.joins(actor);
        }
        if is_welcome || greets {
            return;
        }
        match message.kind {
            MessageKind::Reply(kind) => self.reply(actor, kind, message, analysis, member),
            kind => self.request(actor, kind, &message.fields),
        }
    }

    fn joins(&mut self, actor: &str) {
        if self.present.insert(actor.to_owned()) {
            self.listed.remove(actor);
            self.line(&format!("{actor} joins"));
        }
    }

    fn request(&mut self, actor: &str, kind: MessageKind, fields: &Fields) {
        let text = fields.get("text").unwrap_or_default();
        match kind {
            MessageKind::Request(CommandKind::Say) => {
                self.said.push((actor.to_owned(), text.to_vec()));
                self.unacknowledged
                    .push((actor.to_owned(), self.lines.len()));
                self.line(&format!("{actor} says {}", shown(text)));
            }
            MessageKind::Request(CommandKind::Tell) => {
                let to = fields.get("to").and_then(|to| self.named(to));
                let to = to.unwrap_or_else(|| "nobody".to_owned());
                let to = if to == actor { "itself" } else { &to };
                self.line(&format!("{actor} tells {to} {}", shown(text)));
            }
            MessageKind::Request(CommandKind::List) => {
                self.listed.insert(actor.to_owned());
                self.line(&format!("{actor} lists"));
            }
            MessageKind::Request(CommandKind::Quit) => {
                self.present.remove(actor);
                self.line(&format!("{actor} quits"));
            }
            MessageKind::Malformed(_) => self.line(&format!("{actor} sends a malformed command")),
            MessageKind::UnknownRequest => self.line(&format!("{actor} sends an unknown command")),
            _ => {}
        }
    }

    fn reply(
        &mut self,
        actor: &str,
        kind: ReplyKind,
        message: &Message,
        analysis: &Analysis<'_>,
        member: &Member,
    ) {
        let text = message.fields.get("text").unwrap_or_default();
        let from = message.fields.get("from").and_then(|from| self.named(from));
        match kind {
            ReplyKind::Notice(NoticeKind::Said) => self.acknowledged(actor),
            ReplyKind::Notice(NoticeKind::Told) => {
                self.line(&format!("{actor} is acknowledged privately"));
            }
            ReplyKind::Notice(NoticeKind::Bye) => self.line(&format!("{actor} is told goodbye")),
            ReplyKind::Notice(NoticeKind::Delivered) => self.delivered(actor, from, text),
            ReplyKind::Notice(NoticeKind::Whispered) => {
                if let Some(from) = from {
                    self.line(&format!("{actor} hears {from} privately {}", shown(text)));
                }
            }
            ReplyKind::Notice(NoticeKind::Listing) => {
                let stream = member.stream(&analysis.survey, message.direction);
                self.listing(
                    actor,
                    stream
                        .map(|stream| message.text(stream))
                        .unwrap_or_default(),
                );
            }
            ReplyKind::Refused(reason) => self.refused(actor, reason),
            ReplyKind::Notice(_) => {}
        }
    }

    fn delivered(&mut self, actor: &str, from: Option<String>, text: &[u8]) {
        let from = from.filter(|from| {
            self.said
                .iter()
                .any(|(who, said)| who == from && said == text)
        });
        match from {
            Some(from) if from == actor => {
                self.line(&format!("{actor} hears itself {}", shown(text)));
            }
            Some(from) => self.line(&format!("{actor} hears {from} {}", shown(text))),
            None => {
                let heard = words!(
                    "{actor} ouviu {}, de ninguém que esteja nesta captura",
                    "{actor} heard {}, from nobody in this capture",
                    shown(text)
                );
                self.comment(&heard);
            }
        }
    }

    fn listing(&mut self, actor: &str, text: &[u8]) {
        let is_listed = |one: &&Actor| {
            !one.nick.is_empty()
                && self.present.contains(&one.name)
                && memchr::memmem::find(text, &one.nick).is_some()
        };
        let names: Vec<_> = self
            .cast
            .iter()
            .filter(is_listed)
            .map(|one| one.name.clone())
            .collect();
        if !names.is_empty() && self.listed.contains(actor) {
            self.line(&format!("{actor}'s list includes {}", names.join(", ")));
        }
    }

    fn refused(&mut self, actor: &str, reason: Reason) {
        match reason {
            Reason::UnknownCommand | Reason::Malformed | Reason::NoRecipient | Reason::ToSelf => {
                self.line(&format!("{actor} is refused {}", reason.id()));
            }
            // Names are fresh in each run: a refusal of one does not come again by itself.
            _ => self.comment(&words!(
                "{actor} foi recusado: {}",
                "{actor} was refused: {}",
                reason.id()
            )),
        }
    }

    fn closes(&mut self, actor: &str) {
        if self.present.remove(actor) {
            self.line(&format!("{actor} closes"));
        }
    }
}

/// A text as scenarios write it: a dollar that is meant stands twice.
fn shown(text: &[u8]) -> String {
    quote(text).to_string().replace('$', "$$")
}
