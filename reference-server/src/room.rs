//! The rules of a chat room: who is in it, what each command does, who hears of it.
//!
//! The room takes commands in meanings and answers with effects in meanings. It knows no sockets, no bytes of any wire and no
//! dialect; what a dialect decides reaches it as [`Rules`].

use std::sync::Arc;

use protocol::dialect::{AfterRefusal, NamedBy, Names, trimmed};
use protocol::message::{Command, CommandKind, Fields, NoticeKind, Reason, Recipients, ReplyKind};

use crate::fault::Fault;

/// One connection of the server, whether it has joined or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientId {
    /// Its place among the connections; places are used again.
    pub(crate) place: usize,
    /// Its number since the server began; numbers are not.
    pub(crate) number: u64,
}

/// What a dialect decides for the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    /// The rules for nicknames.
    pub(crate) names: Names,
    /// Who gets a public message; `None`: nobody does.
    pub(crate) delivered: Option<Recipients>,
    /// Who is told that somebody joined.
    pub(crate) joined: Option<Recipients>,
    /// Who is told that somebody left.
    pub(crate) left: Option<Recipients>,
    /// Who is told that somebody's connection was lost.
    pub(crate) lost: Option<Recipients>,
    /// The requests after which the list is said unasked, and to whom.
    pub(crate) pushed: Vec<CommandKind>,
    /// Who hears the list then.
    pub(crate) pushed_to: Recipients,
    /// What is obeyed of who has not joined.
    pub(crate) early: Vec<CommandKind>,
    /// Whether messages say members' numbers.
    pub(crate) shows_numbers: bool,
    /// Whether private messages go by number, not by name.
    pub(crate) tells_by_number: bool,
    /// Whether nobody may send a private message to itself.
    pub(crate) refuses_self: bool,
    /// Whether a newcomer is asked for its name.
    pub(crate) prompts: bool,
    /// The refusals of a name for which there are no words.
    pub(crate) wordless: Vec<Reason>,
}

/// What follows from a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Something is said.
    Say(Speech),
    /// A connection ends, once everything said to it is sent.
    Close(ClientId),
}

/// One thing said to one client or to many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Speech {
    /// Who hears it.
    pub(crate) to: To,
    /// What it is.
    pub(crate) kind: ReplyKind,
    /// Whose action caused it.
    pub(crate) about: ClientId,
    /// What it tells.
    pub(crate) fields: Fields,
}

/// Who hears something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// One client, a member or not.
    One(ClientId),
    /// Every member but one.
    Others(ClientId),
    /// Every member.
    Everyone,
}

/// How somebody leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// By saying so.
    Quit,
    /// By closing the connection.
    Closed,
    /// The connection broke, or the server had to end it.
    Lost,
}

/// Who is in the room. See the module's documentation.
#[derive(Debug)]
pub(crate) struct Room {
    rules: Rules,
    /// In the order in which they joined.
    members: Vec<Member>,
    /// Who joined so far.
    joined: u64,
    /// The last audience, until somebody comes or goes.
    audience: Option<(To, Arc<[ClientId]>)>,
    fault: Option<Fault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    id: ClientId,
    name: Vec<u8>,
    /// What tells it apart from all who ever joined: a number, from 1.
    number: u64,
    /// Gone, but not forgotten as it should be: only a faulty room has such members.
    is_ghost: bool,
}

impl Room {
    /// An empty room.
    pub(crate) fn new(rules: Rules, fault: Option<Fault>) -> Self {
        Self {
            rules,
            members: Vec::new(),
            joined: 0,
            audience: None,
            fault,
        }
    }

    /// Whether a client has joined.
    pub(crate) fn is_member(&self, id: ClientId) -> bool {
        self.member(id).is_some()
    }

    /// The members' names in the order in which they joined, each with its connection.
    pub(crate) fn names(&self) -> impl Iterator<Item = (ClientId, &[u8])> {
        self.members
            .iter()
            .filter(|member| !member.is_ghost)
            .map(|member| (member.id, &member.name[..]))
    }

    /// The names in the list that a client asks for.
    pub(crate) fn listed(&self, asker: ClientId, with_self: bool) -> Vec<&[u8]> {
        let with_self = with_self && self.fault != Some(Fault::ListLacksAsker);
        let with_ghosts = matches!(
            self.fault,
            Some(Fault::GhostAfterQuit | Fault::GhostAfterClose)
        );
        let mut names: Vec<_> = self
            .members
            .iter()
            .filter(|member| with_self || member.id != asker)
            .filter(|member| with_ghosts || !member.is_ghost)
            .filter(|member| !self.is_replaced(member))
            .map(|member| &member.name[..])
            .collect();
        if self.fault == Some(Fault::ListLacksLast) {
            names.pop();
        }
        names
    }

    /// The connections that hear something.
    pub(crate) fn hearers(&self, to: To) -> impl Iterator<Item = ClientId> {
        let one = match to {
            To::One(id) => Some(id),
            To::Others(_) | To::Everyone => None,
        };
        let stops =
            |member: &Member| member.is_ghost && self.fault == Some(Fault::DeadPeerSilencesOthers);
        let members = self
            .members
            .iter()
            .take_while(move |member| !stops(member))
            .filter(|member| !member.is_ghost && !self.is_replaced(member))
            .map(|member| member.id)
            .filter(move |id| match to {
                To::One(_) => false,
                To::Others(but) => *id != but,
                To::Everyone => true,
            });
        one.into_iter().chain(members)
    }

    /// The same, as a list that stays one and the same as long as nobody comes or goes and nothing is for others.
    pub(crate) fn audience(&mut self, to: To) -> Arc<[ClientId]> {
        match &self.audience {
            Some((last, audience)) if *last == to => Arc::clone(audience),
            _ => {
                let audience: Arc<[_]> = self.hearers(to).collect();
                self.audience = Some((to, Arc::clone(&audience)));
                audience
            }
        }
    }

    /// Whether a namesake took a member's place, in a room that lets it.
    fn is_replaced(&self, member: &Member) -> bool {
        self.fault == Some(Fault::NamesakeReplaces)
            && self
                .members
                .iter()
                .rev()
                .find(|other| other.name == member.name)
                .is_some_and(|last| last.id != member.id)
    }

    /// Somebody connected; `address` is its name where a dialect names clients by that.
    pub(crate) fn connect(&mut self, id: ClientId, address: &str, effects: &mut Vec<Effect>) {
        effects.push(say(To::One(id), NoticeKind::Greeting, id, Fields::new()));
        match self.rules.names.by {
            NamedBy::Client => {
                effects.push(say(To::One(id), NoticeKind::Prompt, id, Fields::new()));
            }
            NamedBy::Server => {
                let name = (self.joined + 1).to_string().into_bytes();
                self.admit(id, name, effects);
            }
            NamedBy::Address => self.admit(id, address.into(), effects),
            NamedBy::Nobody => self.admit(id, Vec::new(), effects),
        }
    }

    /// A client asked for something.
    pub(crate) fn obey(&mut self, id: ClientId, command: &Command<'_>, effects: &mut Vec<Effect>) {
        let Some(member) = self.member(id) else {
            return self.obey_newcomer(id, command, effects);
        };
        match *command {
            Command::Say { text, from } => self.say(member, from, text, effects),
            Command::Tell { to, text } => self.tell(member, to, text, effects),
            Command::List => {
                effects.push(say(
                    To::One(id),
                    NoticeKind::Listing,
                    id,
                    self.fields(member),
                ));
            }
            Command::Quit => {
                effects.push(say(To::One(id), NoticeKind::Bye, id, self.fields(member)));
                if self.rules.left == Some(Recipients::Everyone) {
                    effects.push(say(To::One(id), NoticeKind::Left, id, self.fields(member)));
                }
                effects.push(Effect::Close(id));
                self.leave(id, Departure::Quit, effects);
            }
            Command::Unknown { word } => {
                let fields = self.fields(member).with("command", word);
                effects.push(say(To::One(id), Reason::UnknownCommand, id, fields));
            }
            Command::Malformed { .. } | Command::Join { .. } => {
                effects.push(say(To::One(id), Reason::Malformed, id, self.fields(member)));
            }
        }
    }

    /// A request could not even be read; the client hears why.
    pub(crate) fn refuse(&self, id: ClientId, reason: Reason, effects: &mut Vec<Effect>) {
        let fields = self
            .member(id)
            .map_or_else(Fields::new, |member| self.fields(member));
        effects.push(say(To::One(id), reason, id, fields));
    }

    /// Somebody is gone; nothing happens for one who never joined, or left before.
    pub(crate) fn leave(&mut self, id: ClientId, departure: Departure, effects: &mut Vec<Effect>) {
        let Some(place) = self
            .members
            .iter()
            .position(|member| member.id == id && !member.is_ghost)
        else {
            return;
        };
        let member = self.remove(place, departure);
        let (kind, recipients) = match (departure, self.rules.lost) {
            (Departure::Lost, Some(lost)) => (NoticeKind::Lost, Some(lost)),
            _ => (NoticeKind::Left, self.rules.left),
        };
        self.announce(kind, recipients, id, &self.fields(&member), effects);
        self.push_list(CommandKind::Quit, id, effects);
    }

    /// Says that somebody has left who never gave a name; only a faulty room does.
    pub(crate) fn tell_of_the_unnamed(&self, id: ClientId, effects: &mut Vec<Effect>) {
        let fields = nick(b"None");
        self.announce(NoticeKind::Left, self.rules.left, id, &fields, effects);
    }

    /// Says the list to those who did not ask, where the dialect pushes it after such a request.
    fn push_list(&self, after: CommandKind, id: ClientId, effects: &mut Vec<Effect>) {
        if self.rules.pushed.contains(&after) {
            let recipients = Some(self.rules.pushed_to);
            self.announce(NoticeKind::Listing, recipients, id, &Fields::new(), effects);
        }
    }

    /// Forgets a member; a faulty room may not.
    fn remove(&mut self, place: usize, departure: Departure) -> Member {
        self.audience = None;
        let haunts = match self.fault {
            Some(Fault::GhostAfterQuit | Fault::NameNeverFreed) => true,
            Some(Fault::GhostAfterClose | Fault::DeadPeerSilencesOthers) => {
                departure != Departure::Quit
            }
            _ => false,
        };
        match self.members.get_mut(place) {
            Some(member) if haunts => {
                member.is_ghost = true;
                member.clone()
            }
            _ => self.members.remove(place),
        }
    }

    fn obey_newcomer(&mut self, id: ClientId, command: &Command<'_>, effects: &mut Vec<Effect>) {
        match *command {
            Command::Join { nick: sent } => match self.judge_name(sent) {
                Ok(name) => self.admit(id, name, effects),
                Err(reason) => self.refuse_name(id, sent, reason, effects),
            },
            Command::List if self.rules.early.contains(&CommandKind::List) => {
                effects.push(say(To::One(id), NoticeKind::Listing, id, Fields::new()));
            }
            Command::Quit if self.rules.early.contains(&CommandKind::Quit) => {
                effects.push(say(To::One(id), NoticeKind::Bye, id, Fields::new()));
                effects.push(Effect::Close(id));
            }
            Command::Unknown { word } => {
                let fields = Fields::new().with("command", word);
                effects.push(say(To::One(id), Reason::NotJoined, id, fields));
            }
            _ => effects.push(say(To::One(id), Reason::NotJoined, id, Fields::new())),
        }
    }

    /// The name that somebody gets who sent this, or why none.
    fn judge_name(&self, sent: &[u8]) -> Result<Vec<u8>, Reason> {
        let rules = &self.rules.names;
        // What a dialect has no words to refuse is not refused.
        let with_blanks = self.rules.wordless.contains(&Reason::NameInvalid);
        let name = rules.judge(sent, with_blanks)?;
        if rules.unique && self.named(name).is_some() {
            Err(Reason::NameInUse)
        } else {
            Ok(name.to_vec())
        }
    }

    fn refuse_name(&self, id: ClientId, sent: &[u8], reason: Reason, effects: &mut Vec<Effect>) {
        effects.push(say(To::One(id), reason, id, nick(trimmed(sent))));
        // Who hears nothing would wait for ever.
        let after = match self.rules.names.after_refusal {
            AfterRefusal::Retry if !self.rules.wordless.contains(&reason) => AfterRefusal::Retry,
            AfterRefusal::Retry | AfterRefusal::Prompt if self.rules.prompts => {
                AfterRefusal::Prompt
            }
            AfterRefusal::Prompt => AfterRefusal::Retry,
            AfterRefusal::Retry | AfterRefusal::Close => AfterRefusal::Close,
        };
        match after {
            AfterRefusal::Retry => {}
            AfterRefusal::Prompt => {
                effects.push(say(To::One(id), NoticeKind::Prompt, id, Fields::new()));
            }
            AfterRefusal::Close => effects.push(Effect::Close(id)),
        }
    }

    fn admit(&mut self, id: ClientId, name: Vec<u8>, effects: &mut Vec<Effect>) {
        self.joined += 1;
        let member = Member {
            id,
            name,
            number: self.joined,
            is_ghost: false,
        };
        let fields = self.fields(&member);
        effects.push(say(To::One(id), NoticeKind::Welcome, id, fields.clone()));
        for other in self.members.iter().filter(|member| !member.is_ghost) {
            effects.push(say(
                To::One(id),
                NoticeKind::Present,
                id,
                self.fields(other),
            ));
        }
        self.members.push(member);
        self.audience = None;
        self.announce(NoticeKind::Joined, self.rules.joined, id, &fields, effects);
        self.push_list(CommandKind::Join, id, effects);
    }

    fn say(&self, member: &Member, from: Option<&[u8]>, text: &[u8], effects: &mut Vec<Effect>) {
        let id = member.id;
        let from = from.unwrap_or(&member.name);
        let mut fields = Fields::new().with("from", from).with("text", text);
        if self.rules.shows_numbers {
            fields.set("id", member.number.to_string());
        }
        self.announce(
            NoticeKind::Delivered,
            self.rules.delivered,
            id,
            &fields,
            effects,
        );
        let fields = fields.with("nick", from);
        effects.push(say(To::One(id), NoticeKind::Said, id, fields));
        self.push_list(CommandKind::Say, id, effects);
    }

    fn tell(&self, member: &Member, to: &[u8], text: &[u8], effects: &mut Vec<Effect>) {
        let id = member.id;
        let to = trimmed(to);
        let mut fields = Fields::new()
            .with("from", &member.name[..])
            .with("nick", &member.name[..])
            .with("to", to)
            .with("text", text);
        if self.rules.shows_numbers {
            fields.set("id", member.number.to_string());
        }
        let recipient = match self.rules.tells_by_number {
            true => self.numbered(to),
            false => self.named(to),
        };
        match recipient {
            Some(recipient) if recipient.id == id && self.rules.refuses_self => {
                effects.push(say(To::One(id), Reason::ToSelf, id, fields));
            }
            Some(recipient) => {
                let hearer = To::One(recipient.id);
                effects.push(say(hearer, NoticeKind::Whispered, id, fields.clone()));
                effects.push(say(To::One(id), NoticeKind::Told, id, fields));
            }
            None => effects.push(say(To::One(id), Reason::NoRecipient, id, fields)),
        }
    }

    /// What a message may say of a member.
    fn fields(&self, member: &Member) -> Fields {
        let fields = nick(&member.name);
        match self.rules.shows_numbers {
            true => fields.with("id", member.number.to_string()),
            false => fields,
        }
    }

    /// Tells those whom the rules name.
    fn announce(
        &self,
        kind: NoticeKind,
        recipients: Option<Recipients>,
        about: ClientId,
        fields: &Fields,
        effects: &mut Vec<Effect>,
    ) {
        let to = match recipients {
            None => return,
            Some(Recipients::Actor) => To::One(about),
            Some(Recipients::Others) => To::Others(about),
            Some(Recipients::Everyone) => To::Everyone,
        };
        effects.push(say(to, kind, about, fields.clone()));
    }

    fn member(&self, id: ClientId) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.id == id && !member.is_ghost)
    }

    fn numbered(&self, number: &[u8]) -> Option<&Member> {
        let mut members = self.members.iter();
        members.find(|member| !member.is_ghost && member.number.to_string().as_bytes() == number)
    }

    fn named(&self, name: &[u8]) -> Option<&Member> {
        let with_ghosts = self.fault == Some(Fault::NameNeverFreed);
        self.members
            .iter()
            .filter(|member| with_ghosts || !member.is_ghost)
            .find(|member| self.rules.names.are_same(&member.name, name))
    }
}

fn say(to: To, kind: impl Into<ReplyKind>, about: ClientId, fields: Fields) -> Effect {
    Effect::Say(Speech {
        to,
        kind: kind.into(),
        about,
        fields,
    })
}

fn nick(name: &[u8]) -> Fields {
    Fields::new().with("nick", name)
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
