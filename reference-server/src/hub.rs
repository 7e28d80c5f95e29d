//! The server's state: the room, and the clients who are in it or at its door.
//!
//! The hub takes what a session heard to the room and carries out what the room decides: it has each thing said once, adds it
//! to the outboxes of all who hear it, and lets the room know of clients that were cut off. It never writes to a socket.

use std::sync::Arc;

use protocol::Dialect;
use protocol::dialect::{Form, RequestReader};
use protocol::message::{Command, Direction, Fields, NoticeKind, Phase};

use crate::clients::Clients;
use crate::fault::Fault;
use crate::fault::mischief::{self, Asked, Mischief};
use crate::outbox::{Parcel, Sent};
use crate::room::{ClientId, Departure, Effect, Room, Speech, To};
use crate::session::{Heard, Session};
use crate::voice;

/// The server's state. See the module's documentation.
#[derive(Debug)]
pub(crate) struct Hub {
    dialect: Arc<Dialect>,
    requests: Arc<RequestReader>,
    room: Room,
    clients: Clients,
    mischief: Option<Mischief>,
    /// What a faulty server says too late.
    late: Vec<Speech>,
    /// What a server with one buffer for all clients has not understood yet.
    leftover: Vec<u8>,
    /// Why nobody is served, for now or for ever.
    frozen: Option<Frozen>,
    is_dead: bool,
}

/// Why a faulty server serves nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frozen {
    /// It waits for a lock that it holds.
    ForEver,
    /// It waits for a client that does not read.
    Until(ClientId),
}

impl Hub {
    pub(crate) fn new(dialect: Arc<Dialect>, queue: usize, fault: Option<Fault>) -> Self {
        let rules = voice::rules(&dialect);
        let rules = match fault {
            Some(fault) => mischief::rules(fault, rules),
            None => rules,
        };
        Self {
            room: Room::new(rules, fault),
            mischief: fault.map(|fault| Mischief::new(fault, &dialect)),
            late: Vec::new(),
            leftover: Vec::new(),
            frozen: None,
            is_dead: false,
            requests: Arc::new(dialect.request_reader()),
            dialect,
            clients: Clients::new(queue),
        }
    }

    /// The connections.
    pub(crate) fn clients(&mut self) -> &mut Clients {
        &mut self.clients
    }

    /// Where a client stands; a client that is gone has no phase.
    pub(crate) fn phase(&self, id: ClientId) -> Option<Phase> {
        self.clients.get(id).map(|client| client.phase)
    }

    /// A client is connected and may be spoken to.
    pub(crate) fn greet(&mut self, id: ClientId) {
        let Some(client) = self.clients.get(id) else {
            return;
        };
        let address = client.address.to_string();
        if let Some(mischief) = &mut self.mischief {
            mischief.connect(id);
        }
        let mut effects = Vec::new();
        self.room.connect(id, &address, &mut effects);
        self.carry_out(effects);
        self.promote_members();
    }

    /// Obeys everything that arrived from a client; whether the conversation goes on.
    pub(crate) fn hear(&mut self, id: ClientId, session: &mut Session) -> bool {
        let (dialect, requests) = (Arc::clone(&self.dialect), Arc::clone(&self.requests));
        let shares_buffer = self.has_fault(Fault::SharesOneBuffer);
        if shares_buffer {
            session.receive_leftover(std::mem::take(&mut self.leftover));
        }
        while let Some(phase) = self.phase(id).filter(|_| !self.clients.is_closing(id)) {
            if self.is_frozen() || self.is_dead {
                return true;
            }
            let Some(heard) = session.next(&dialect, &requests, phase) else {
                if shares_buffer {
                    self.leftover = session.take_leftover();
                }
                return true;
            };
            let is_join = self.obey(id, heard);
            if is_join {
                self.promote_members();
                session.restart();
            }
        }
        false
    }

    /// Obeys one thing that a client said; whether it was a registration.
    fn obey(&mut self, id: ClientId, heard: Heard<'_>) -> bool {
        let mut effects = Vec::new();
        let is_join = matches!(heard, Heard::Command(Command::Join { .. }));
        match heard {
            Heard::Command(command) => self.ask_room(id, command, &mut effects),
            Heard::Step { nick, reply } => self.answer_step(id, nick, reply),
            Heard::Refused(reason) => self.room.refuse(id, reason, &mut effects),
            Heard::Broken(reason) => {
                self.room.refuse(id, reason, &mut effects);
                effects.push(Effect::Close(id));
                self.room.leave(id, Departure::Closed, &mut effects);
            }
            Heard::Fatal => self.is_dead = true,
        }
        self.carry_out(effects);
        if !self.clients.is_closing(id) {
            self.say_ready(id);
        }
        is_join
    }

    fn ask_room(&mut self, id: ClientId, command: Command<'_>, effects: &mut Vec<Effect>) {
        let is_quit = command == Command::Quit;
        let asked = match &self.mischief {
            Some(mischief) => mischief.request(&self.room, id, command),
            None => Asked::Obey(id, command),
        };
        match asked {
            Asked::Obey(id, command) => self.room.obey(id, &command, effects),
            Asked::Die => self.is_dead = true,
        }
        if is_quit && self.has_fault(Fault::DeadlockAtDeparture) {
            // The reply was sent before the lock was taken again; nothing follows.
            effects.truncate(1);
            self.frozen = Some(Frozen::ForEver);
        }
    }

    /// A client is gone: the others hear of it, and nothing more is added to its outbox.
    pub(crate) fn leave(&mut self, id: ClientId, departure: Departure) {
        let has_joined = self.room.is_member(id);
        let mut effects = vec![Effect::Close(id)];
        match self.mischief.as_ref().map(|mischief| mischief.fault) {
            Some(Fault::DeadlockAtDeparture) if has_joined => {
                self.frozen = Some(Frozen::ForEver);
                return;
            }
            Some(Fault::DiesOfClosing) if departure == Departure::Closed => {
                self.is_dead |= !self.clients.is_closing(id);
            }
            Some(Fault::DiesOfReset) if departure == Departure::Lost => self.is_dead = true,
            Some(Fault::DiesBeforeName) if !has_joined => self.is_dead |= self.is_newcomer(id),
            Some(Fault::TellsOfTheUnnamed) if self.is_newcomer(id) => {
                self.room.tell_of_the_unnamed(id, &mut effects);
            }
            Some(Fault::SocketNeverClosed) => effects.clear(),
            _ => {}
        }
        self.room.leave(id, departure, &mut effects);
        self.carry_out(effects);
    }

    /// Whether a fault keeps the server from serving anybody, for now or for ever.
    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Whether a fault killed the server.
    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead
    }

    /// Whether the server takes another connection now.
    pub(crate) fn accepts(&self) -> bool {
        match self.mischief.as_ref().map(|mischief| mischief.fault) {
            Some(Fault::OneClientAtATime) => self.clients.count() == 0,
            Some(Fault::NameInAcceptLoop) => self.clients.in_phase(Phase::Joining).next().is_none(),
            _ => true,
        }
    }

    /// What a faulty server says too late.
    pub(crate) fn take_late(&mut self) -> Vec<Speech> {
        std::mem::take(&mut self.late)
    }

    fn has_fault(&self, fault: Fault) -> bool {
        self.mischief
            .as_ref()
            .is_some_and(|mischief| mischief.fault == fault)
    }

    fn is_newcomer(&self, id: ClientId) -> bool {
        self.phase(id) == Some(Phase::Joining) && !self.clients.is_closing(id)
    }

    /// Whoever has joined is a newcomer no more.
    fn promote_members(&mut self) {
        for (id, _) in self.room.names() {
            if let Some(client) = self.clients.get_mut(id) {
                client.phase = Phase::Chatting;
            }
        }
    }

    /// What the flusher brings back.
    pub(crate) fn give_back(&mut self, id: ClientId, parcel: Parcel, sent: Sent) {
        if sent == Sent::Some && self.has_fault(Fault::BlocksOnSlowReader) {
            self.frozen = Some(Frozen::Until(id));
        }
        self.clients.give_back(id, parcel, sent);
        self.carry_out(Vec::new());
    }

    /// An outbox may be flushed again.
    pub(crate) fn unblock(&mut self, id: ClientId) {
        if self.frozen == Some(Frozen::Until(id)) {
            self.frozen = None;
        }
        self.clients.unblock(id);
    }

    /// Carries out what the room decided, and what follows for clients that do not read.
    fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut effects = effects;
        loop {
            if let Some(mischief) = &mut self.mischief {
                let late = mischief.effects(&self.room, &mut effects);
                self.late.extend(late);
            }
            for effect in effects {
                match effect {
                    Effect::Say(speech) => self.say(&speech),
                    Effect::Close(id) => self.clients.close(id),
                }
            }
            let Some(id) = self.clients.cut_off_next() else {
                return;
            };
            effects = Vec::new();
            self.room.leave(id, Departure::Lost, &mut effects);
        }
    }

    /// Has everything that was said in the outboxes, and cuts off those for whom it was too much.
    pub(crate) fn settle(&mut self) {
        while self.clients.settle() {
            self.carry_out(Vec::new());
        }
    }

    /// Has something said once, for everyone who hears it.
    pub(crate) fn say(&mut self, speech: &Speech) {
        let about = self.clients.get(speech.about);
        let address = about.map(|client| client.address);
        let hearer = match speech.to {
            To::One(id) => self.phase(id),
            To::Others(_) | To::Everyone => None,
        };
        let spoken = voice::speak(&self.dialect, &self.room, speech, address, hearer);
        let Some(spoken) = spoken else {
            return;
        };
        let bytes = match &self.mischief {
            Some(mischief) => mischief.frame(&spoken.bytes, spoken.terminator),
            None => (&spoken.bytes[..]).into(),
        };
        let closes = spoken.closes && !self.has_fault(Fault::QuitDoesNotClose);
        let message = self.clients.write(&bytes);
        match speech.to {
            To::One(id) => self.clients.push(id, message.clone()),
            to => {
                let hearers = self.room.audience(to);
                self.clients.push_all(hearers, message.clone());
            }
        }
        for id in self.eavesdroppers(speech) {
            self.clients.push(id, message.clone());
        }
        if closes {
            self.clients.close(speech.about);
        }
    }

    /// Newcomers who hear it too: the dialect means it, or a fault does.
    fn eavesdroppers(&self, speech: &Speech) -> Vec<ClientId> {
        let is_fault = speech.kind == NoticeKind::Delivered.into()
            && self.has_fault(Fault::DeliversToNewcomers);
        let reply = self.dialect.reply(speech.kind);
        let is_meant =
            reply.is_some_and(|reply| reply.newcomers) && !matches!(speech.to, To::One(_));
        match is_fault || is_meant {
            true => self.clients.in_phase(Phase::Joining).collect(),
            false => Vec::new(),
        }
    }

    fn say_ready(&mut self, id: ClientId) {
        if self.dialect.reply(NoticeKind::Ready).is_some() {
            self.say(&Speech {
                to: To::One(id),
                kind: NoticeKind::Ready.into(),
                about: id,
                fields: Fields::new(),
            });
        }
    }

    /// The reply to one step of a request.
    fn answer_step(&mut self, id: ClientId, nick: &[u8], reply: &[Form]) {
        let Some(form) = reply.first() else {
            return;
        };
        let content = form.template.render(&Fields::new().with("nick", nick));
        let phase = self.phase(id).unwrap_or(Phase::Joining);
        let bytes = self.dialect.frame(Direction::ToClient, phase, &content);
        let message = self.clients.write(&bytes);
        self.clients.push(id, message);
    }
}
