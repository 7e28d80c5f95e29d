//! What a faulty server does with requests and with what follows from them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use protocol::Dialect;
use protocol::dialect::AfterRefusal;
use protocol::message::{Command, CommandKind, NoticeKind, Reason, Recipients, ReplyKind};

use super::{Fault, text};
use crate::room::{ClientId, Effect, Room, Rules, Speech, To};

/// The dialect as a server with this fault understands it.
pub(crate) fn dialect(fault: Fault, dialect: Arc<Dialect>) -> Arc<Dialect> {
    let mut dialect = dialect;
    match fault {
        Fault::KeepsCarriageReturn => Arc::make_mut(&mut dialect).requests.strip = false,
        Fault::QuitNeedsExactCase => Arc::make_mut(&mut dialect).requests.any_case = false,
        _ => {}
    }
    dialect
}

/// The room's rules as a server with this fault has them.
pub(crate) fn rules(fault: Fault, mut rules: Rules) -> Rules {
    match fault {
        Fault::EchoesToSender => rules.delivered = Some(Recipients::Everyone),
        Fault::NoEcho => rules.delivered = Some(Recipients::Others),
        Fault::CutsNames => (rules.names.max, rules.names.cut) = (10, true),
        Fault::AcceptsNameInUse | Fault::NamesakeReplaces => rules.names.unique = false,
        Fault::RefusalCloses => rules.names.after_refusal = AfterRefusal::Close,
        _ => {}
    }
    rules
}

/// What becomes of a request.
pub(crate) enum Asked<'a> {
    /// It is obeyed as if this client had asked this.
    Obey(ClientId, Command<'a>),
    /// The server dies of it.
    Die,
}

/// A fault at work, with what it remembers. See the module's documentation.
#[derive(Debug)]
pub(crate) struct Mischief {
    pub(crate) fault: Fault,
    /// The words of a quit.
    quit: Vec<u8>,
    /// The words in front of a public message.
    say: Vec<u8>,
    /// Public messages so far.
    said: u64,
    /// Those who have said something.
    spoken: HashSet<u64>,
    /// Who connected last.
    connected: Option<ClientId>,
    /// Who joined last.
    joined: Option<ClientId>,
}

impl Mischief {
    pub(crate) fn new(fault: Fault, dialect: &Dialect) -> Self {
        let words = |kind| {
            dialect.request(kind).map_or_else(Vec::new, |request| {
                request.template().pattern().first_literal().to_vec()
            })
        };
        Self {
            fault,
            quit: words(CommandKind::Quit),
            say: words(CommandKind::Say),
            said: 0,
            spoken: HashSet::new(),
            connected: None,
            joined: None,
        }
    }

    /// Somebody connected. The last is who was accepted last, whichever task begins first.
    pub(crate) fn connect(&mut self, id: ClientId) {
        if self.connected.is_none_or(|last| last.number < id.number) {
            self.connected = Some(id);
        }
    }

    /// What becomes of a request.
    pub(crate) fn request<'a>(&self, room: &Room, id: ClientId, command: Command<'a>) -> Asked<'a> {
        let asked = match (self.fault, command) {
            (Fault::AcceptsBlankName, Command::Join { nick }) if nick.trim_ascii().is_empty() => {
                Command::Join { nick: b"?" }
            }
            (Fault::JoinsThroughGlobal, command @ Command::Join { .. }) => {
                let newcomer = self.connected.filter(|last| !room.is_member(*last));
                return Asked::Obey(newcomer.unwrap_or(id), command);
            }
            (Fault::QuitWordAnywhere, Command::Say { text, .. } | Command::Tell { text, .. })
                if contains(text, &self.quit) =>
            {
                Command::Quit
            }
            (Fault::UnknownIsChat, Command::Unknown { word }) if room.is_member(id) => {
                Command::Say {
                    text: word,
                    from: None,
                }
            }
            (
                Fault::AcceptsEmptyMessage,
                Command::Malformed {
                    of: Some(CommandKind::Say),
                },
            ) => Command::Say {
                text: b"",
                from: None,
            },
            (Fault::DiesWithoutArgument, Command::Malformed { .. }) => return Asked::Die,
            (_, command) => command,
        };
        Asked::Obey(id, asked)
    }

    /// What becomes of what the room decided. What is returned is said later.
    pub(crate) fn effects(&mut self, room: &Room, effects: &mut Vec<Effect>) -> Vec<Speech> {
        for effect in effects.iter() {
            if let Effect::Say(speech) = effect
                && speech.kind == NoticeKind::Welcome.into()
            {
                self.joined = Some(speech.about);
            }
        }
        match self.fault {
            Fault::Reorders => return self.late(effects),
            Fault::DropsEveryThird => {
                self.said += u64::from(has(effects, NoticeKind::Delivered));
                if self.said.is_multiple_of(3) {
                    drop_all(effects, &[NoticeKind::Delivered]);
                }
            }
            Fault::SwallowsFirstMessage => {
                if let Some(speaker) = about(effects, NoticeKind::Delivered)
                    && self.spoken.insert(speaker.number)
                {
                    drop_all(effects, &[NoticeKind::Delivered]);
                }
            }
            Fault::OneWordVanishes if is_one_word(effects) => {
                drop_all(effects, &[NoticeKind::Delivered, NoticeKind::Said]);
            }
            Fault::QuitDoesNotClose if has(effects, NoticeKind::Bye) => {
                effects.retain(|effect| !matches!(effect, Effect::Close(_)));
            }
            Fault::UnknownCloses => {
                effects.extend(about(effects, Reason::UnknownCommand).map(Effect::Close));
            }
            Fault::NotRelayed => drop_all(effects, &[NoticeKind::Delivered]),
            Fault::DuplicatesDelivery => double(effects, NoticeKind::Delivered),
            // Who is refused a name is asked at another place.
            Fault::PromptsTwice if !has_refusal(effects) => double(effects, NoticeKind::Prompt),
            Fault::LeaveNoticeTwice => double(effects, NoticeKind::Left),
            Fault::QuitWithoutReply => drop_all(effects, &[NoticeKind::Bye]),
            Fault::NoJoinNotice => drop_all(effects, &[NoticeKind::Joined]),
            Fault::NoPresentNotice => drop_all(effects, &[NoticeKind::Present]),
            Fault::NoLeaveNotice => drop_all(effects, &[NoticeKind::Left, NoticeKind::Lost]),
            Fault::NoAcknowledgement => drop_all(effects, &[NoticeKind::Said]),
            Fault::NoWelcome => drop_all(effects, &[NoticeKind::Welcome]),
            Fault::SilentOnUnknown => drop_all(effects, &[Reason::UnknownCommand]),
            Fault::SilentOnNoRecipient => drop_all(effects, &[Reason::NoRecipient]),
            _ => {
                for effect in effects {
                    if let Effect::Say(speech) = effect {
                        self.distort(room, speech);
                    }
                }
            }
        }
        Vec::new()
    }

    /// Every second public message, which will come after the next one.
    fn late(&mut self, effects: &mut Vec<Effect>) -> Vec<Speech> {
        self.said += u64::from(has(effects, NoticeKind::Delivered));
        if self.said.is_multiple_of(2) {
            return Vec::new();
        }
        let is_delivery = |effect: &mut Effect| is(effect, NoticeKind::Delivered.into());
        effects
            .extract_if(.., is_delivery)
            .filter_map(|effect| match effect {
                Effect::Say(speech) => Some(speech),
                Effect::Close(_) => None,
            })
            .collect()
    }

    /// One thing said, to the wrong client or with the wrong words.
    fn distort(&self, room: &Room, speech: &mut Speech) {
        let ReplyKind::Notice(notice) = speech.kind else {
            return self.distort_refusal(speech);
        };
        match (self.fault, notice) {
            (Fault::OnlyTheLastHears, NoticeKind::Delivered) => {
                speech.to = self.joined.map_or(speech.to, To::One);
            }
            (Fault::AnswersWrongClient, _) if is_answer(speech.kind) => self.misdirect(speech),
            (Fault::LeaksPrivate, NoticeKind::Whispered)
            | (Fault::RelaysToEveryone, NoticeKind::Said)
            | (Fault::ListToEveryone, NoticeKind::Listing) => speech.to = To::Everyone,
            (Fault::PrivateToSender, NoticeKind::Whispered) => speech.to = To::One(speech.about),
            (Fault::WrongSender, NoticeKind::Delivered) => {
                if let Some((_, name)) = room.names().last() {
                    speech.fields.set("from", name);
                }
            }
            (Fault::KeepsCommandWord, NoticeKind::Delivered) => {
                let text = speech.fields.get("text").unwrap_or_default();
                let text = [&self.say[..], text].concat();
                speech.fields.set("text", text);
            }
            (Fault::RemovesCommandWord, NoticeKind::Delivered) => {
                let text = speech.fields.get("text").unwrap_or_default();
                let text = text::without(text, &self.say);
                speech.fields.set("text", text);
            }
            (Fault::WrongAcknowledgement, NoticeKind::Said) => {
                speech.kind = NoticeKind::Welcome.into();
            }
            (fault, NoticeKind::Delivered | NoticeKind::Whispered | NoticeKind::Said) => {
                let changed = speech
                    .fields
                    .get("text")
                    .and_then(|text| text::changed(fault, text));
                if let Some(text) = changed {
                    speech.fields.set("text", text);
                }
            }
            _ => {}
        }
    }

    fn distort_refusal(&self, speech: &mut Speech) {
        speech.kind = match (self.fault, speech.kind) {
            (Fault::WrongStatus, ReplyKind::Refused(Reason::UnknownCommand)) => {
                Reason::Malformed.into()
            }
            (Fault::WrongStatus, ReplyKind::Refused(Reason::Malformed)) => {
                Reason::UnknownCommand.into()
            }
            (Fault::AcknowledgesNobody, ReplyKind::Refused(Reason::NoRecipient)) => {
                NoticeKind::Told.into()
            }
            (Fault::AnswersWrongClient, kind) if is_answer(kind) => {
                self.misdirect(speech);
                kind
            }
            (_, kind) => kind,
        };
    }

    fn misdirect(&self, speech: &mut Speech) {
        speech.to = self.connected.map_or(speech.to, To::One);
    }

    /// The bytes of a message, as such a server sends them.
    pub(crate) fn frame<'a>(&self, framed: &'a [u8], terminator: Option<&[u8]>) -> Cow<'a, [u8]> {
        match (self.fault, terminator) {
            (Fault::NoTerminator, Some(end)) => framed.strip_suffix(end).unwrap_or(framed).into(),
            _ => framed.into(),
        }
    }
}

/// Whether it answers what a member asked.
fn is_answer(kind: ReplyKind) -> bool {
    matches!(
        kind,
        ReplyKind::Notice(NoticeKind::Said | NoticeKind::Told | NoticeKind::Listing)
            | ReplyKind::Refused(Reason::UnknownCommand | Reason::Malformed | Reason::NoRecipient)
    )
}

fn is(effect: &Effect, kind: ReplyKind) -> bool {
    matches!(effect, Effect::Say(speech) if speech.kind == kind)
}

fn has(effects: &[Effect], kind: NoticeKind) -> bool {
    effects.iter().any(|effect| is(effect, kind.into()))
}

fn has_refusal(effects: &[Effect]) -> bool {
    let mut effects = effects.iter();
    effects.any(
        |effect| matches!(effect, Effect::Say(speech) if matches!(speech.kind, ReplyKind::Refused(_))),
    )
}

/// Whose action something of a kind is about.
fn about(effects: &[Effect], kind: impl Into<ReplyKind>) -> Option<ClientId> {
    let kind = kind.into();
    effects.iter().find_map(|effect| match effect {
        Effect::Say(speech) if speech.kind == kind => Some(speech.about),
        _ => None,
    })
}

fn drop_all<K: Copy + Into<ReplyKind>>(effects: &mut Vec<Effect>, kinds: &[K]) {
    effects.retain(|effect| !kinds.iter().any(|kind| is(effect, (*kind).into())));
}

fn double(effects: &mut Vec<Effect>, kind: NoticeKind) {
    let again: Vec<_> = effects
        .iter()
        .filter(|effect| is(effect, kind.into()))
        .cloned()
        .collect();
    effects.extend(again);
}

/// Whether a public message of one word was said.
fn is_one_word(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| match effect {
        Effect::Say(speech) if speech.kind == NoticeKind::Delivered.into() => {
            let text = speech.fields.get("text").unwrap_or_default();
            !text.trim_ascii().contains(&b' ')
        }
        _ => false,
    })
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    !word.is_empty()
        && text
            .windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word))
}
