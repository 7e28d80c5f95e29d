//! What a client does: it connects, asks, says, leaves. Each act makes things due to those whom the dialect tells of it.
//!
//! In a raw stream one write is one message only while the server has read the last: before the next act something must show
//! that it has.

use std::time::Duration;

use memchr::memmem;
use protocol::Dialect;
use protocol::framing::{Decoded, Framing as Ends};
use protocol::matching::{Supply, Variant};
use protocol::message::{Command, CommandKind, Direction, Fields, NoticeKind, Phase, Reason};
use tokio::time::Instant;

use super::due::{Due, DueState};
use super::judge::{Want, message_fields};
use super::stage::{Pending, Stage};
use crate::applies::wrong_content;
use crate::lesson::{Mishap, Sent};
use crate::scenario::{Framing, Split, Wrong};
use crate::transcript::ClientId;

impl Stage<'_, '_> {
    /// Waits until something shows that the last requests were read, where the dialect needs it.
    pub(super) async fn before_act(&mut self) {
        if self.at_once {
            return;
        }
        for index in 0..self.members.len() {
            self.await_read(ClientId(index)).await;
        }
    }

    /// The same whether or not the dialect needs it, and gives the effects of messages time to arrive: who comes or goes now must
    /// not change them.
    pub(super) async fn before_move(&mut self) {
        if self.at_once {
            return;
        }
        for index in 0..self.members.len() {
            self.await_sign(ClientId(index)).await;
        }
        let until = self.until(self.run.pace.settle());
        while self.has_due_messages() && Instant::now() < until {
            self.clients.pump(until).await;
        }
    }

    fn has_due_messages(&self) -> bool {
        let open = (0..self.members.len()).map(ClientId);
        open.filter(|id| {
            self.clients.connection(*id).is_open() && self.clients.connection(*id).reads()
        })
        .any(|id| {
            let mut dues = self.member(id).dues.iter();
            dues.any(|due| {
                due.is_coming()
                    && due.kind == NoticeKind::Delivered.into()
                    && !self.is_in_sight(id, due)
            })
        })
    }

    pub(super) async fn await_read(&mut self, id: ClientId) {
        if !self.to_server(id).is_delimited() {
            self.await_sign(id).await;
        }
    }

    /// Waits until something shows that the last request was read.
    async fn await_sign(&mut self, id: ClientId) {
        let Some(pending) = self.members[id.0].pending.take() else {
            return;
        };
        let has_effect = self.has_effect(pending.action);
        let until = match (has_effect, self.run.pace.acknowledges) {
            (true, true) => self.patience(),
            (true, false) => self.until(self.run.pace.settle() * 2),
            (false, _) => self.until(self.run.pace.quiet()),
        };
        loop {
            self.sift(id);
            if !self.clients.connection(id).is_open() || self.shows_read(id, pending, has_effect) {
                return;
            }
            if Instant::now() >= until {
                self.run.pace.acknowledges &= !has_effect || self.member(id).is_broken;
                return;
            }
            self.clients.pump(until).await;
        }
    }

    /// Sets aside whatever is known at the front.
    pub(super) fn sift(&mut self, id: ClientId) {
        let anything = Want {
            strict: false,
            ..Want::nothing()
        };
        self.attempt(id, &anything, Supply::Open);
    }

    fn has_effect(&self, action: u64) -> bool {
        let mut dues = self
            .members
            .iter()
            .flat_map(|member| member.dues_since(action));
        dues.any(|due| due.action == action)
    }

    fn shows_read(&self, id: ClientId, pending: Pending, has_effect: bool) -> bool {
        // Nobody can foresee what comes of bytes that are no text.
        let is_foreseen = has_effect && !self.member(id).is_broken;
        if !is_foreseen && self.clients.connection(id).kept() > pending.kept {
            return true;
        }
        self.members.iter().enumerate().any(|(index, member)| {
            let dues = member.dues_since(pending.action);
            let mut dues = dues.filter(|due| due.action == pending.action);
            dues.any(|due| !due.is_coming() || self.is_in_sight(ClientId(index), due))
        })
    }

    /// Whether its bytes are somewhere in what is unread, behind those of earlier things that say the same.
    pub(super) fn is_in_sight(&self, id: ClientId, due: &Due) -> bool {
        let unread = self.clients.connection(id).unread();
        due.variants.iter().any(|variant| {
            let bytes = variant
                .pattern
                .is_literal()
                .then(|| variant.pattern.shown());
            let Some(bytes) = bytes.filter(|bytes| memmem::find(unread, bytes).is_some()) else {
                return false;
            };
            let says_the_same = |other: &&Due| {
                let mut variants = other.variants.iter();
                variants.any(|one| one.pattern.is_literal() && one.pattern.shown() == bytes)
            };
            let dues = self.member(id).dues.iter();
            let earlier = dues
                .filter(|other| other.is_coming() && other.action < due.action)
                .filter(says_the_same)
                .count();
            memmem::find_iter(unread, &bytes).nth(earlier).is_some()
        })
    }

    pub(super) fn to_server(&self, id: ClientId) -> &Ends {
        let phase = self.member(id).phase;
        self.run.dialect.framing(Direction::ToServer, phase)
    }

    /// Writes bytes; until something shows that they were read, the client is in doubt.
    pub(super) fn write(&mut self, id: ClientId, bytes: &[u8]) -> u64 {
        let action = self.new_action();
        let kept = self.clients.connection(id).kept();
        self.clients.send(id, bytes);
        self.members[id.0].kept_at_request = kept;
        self.members[id.0].pending = Some(Pending { action, kept });
        action
    }

    /// Makes a request of the dialect, in one write.
    pub(super) async fn request(
        &mut self,
        id: ClientId,
        kind: CommandKind,
        fields: &Fields,
    ) -> Option<u64> {
        self.before_act().await;
        let content = self.run.dialect.render_request(kind, fields)?;
        self.member_mut(id).sent = Sent::Whole;
        Some(self.request_bytes(id, &content))
    }

    /// Sends a content as one message, and notes what it makes due.
    pub(super) fn request_bytes(&mut self, id: ClientId, content: &[u8]) -> u64 {
        let phase = self.member(id).phase;
        let bytes = self.run.dialect.frame(Direction::ToServer, phase, content);
        let action = self.write(id, &bytes);
        self.note_effects(id, content);
        action
    }

    /// The values with which a client makes its requests.
    pub(super) fn own_fields(&self, id: ClientId) -> Fields {
        message_fields(&self.member(id).nick, b"")
    }

    /// A public message as the dialect writes it.
    pub(super) fn say_content(&self, id: ClientId, text: &[u8]) -> Vec<u8> {
        let fields = self.own_fields(id).with("text", text);
        self.run
            .dialect
            .render_request(CommandKind::Say, &fields)
            .unwrap_or_default()
    }

    /// Says something, cut and ended as the scenario wants it.
    pub(super) async fn say(
        &mut self,
        id: ClientId,
        text: &[u8],
        framing: &Framing,
        terminator: Option<&[u8]>,
    ) {
        self.before_act().await;
        let content = self.say_content(id, text);
        let phase = self.member(id).phase;
        let bytes = match terminator {
            Some(terminator) => [&content[..], terminator].concat(),
            None => self.run.dialect.frame(Direction::ToServer, phase, &content),
        };
        self.last_speaker = Some(id);
        let pieces: Vec<&[u8]> = match framing.split {
            None => vec![&bytes],
            Some(Split::Every(size)) => bytes.chunks(size.max(1)).collect(),
            Some(Split::After(at)) => {
                vec![&bytes[..at.min(bytes.len())], &bytes[at.min(bytes.len())..]]
            }
            Some(Split::Only(len)) => vec![&bytes[..len.min(bytes.len())]],
        };
        self.member_mut(id).sent = self.cut(id, &bytes, framing.split);
        self.write_pieces(id, &pieces, framing.pause).await;
        match (framing.split, terminator) {
            (Some(Split::Only(_)), _) | (_, Some([])) => self.break_off(id, Mishap::Unfinished),
            _ => self.note_effects(id, &content),
        }
    }

    /// What a cut cuts.
    fn cut(&self, id: ClientId, bytes: &[u8], split: Option<Split>) -> Sent {
        let is_in_character = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        match split {
            None => Sent::Whole,
            Some(Split::Every(_) | Split::Only(_)) => Sent::InPieces,
            Some(Split::After(at)) if at < self.to_server(id).header_len() => Sent::WithHeaderCut,
            Some(Split::After(at)) if is_in_character(at) => Sent::WithCharacterCut,
            Some(Split::After(_)) => Sent::InPieces,
        }
    }

    /// Says several things in one write.
    pub(super) async fn say_in_one_write(&mut self, id: ClientId, texts: &[Vec<u8>]) {
        self.before_act().await;
        let contents: Vec<_> = texts
            .iter()
            .map(|text| self.say_content(id, text))
            .collect();
        let phase = self.member(id).phase;
        let frame = |content: &Vec<u8>| self.run.dialect.frame(Direction::ToServer, phase, content);
        let bytes: Vec<u8> = contents.iter().flat_map(frame).collect();
        self.member_mut(id).sent = Sent::Together;
        self.write(id, &bytes);
        for content in &contents {
            self.note_effects(id, content);
        }
    }

    /// Writes pieces, each in a write of its own.
    pub(super) async fn write_pieces(
        &mut self,
        id: ClientId,
        pieces: &[&[u8]],
        pause: Option<Duration>,
    ) {
        for (index, piece) in pieces.iter().filter(|piece| !piece.is_empty()).enumerate() {
            if index > 0 {
                let until = self.until(pause.unwrap_or_default());
                while self.clients.pump(until).await {}
                tokio::task::yield_now().await;
            }
            self.write(id, piece);
        }
    }

    /// Sends bytes as they are; what they mean to the dialect decides what they make due.
    pub(super) async fn send_raw(
        &mut self,
        id: ClientId,
        pieces: &[Vec<u8>],
        pause: Option<Duration>,
    ) {
        self.before_act().await;
        let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        self.write_pieces(id, &slices, pause).await;
        self.last_speaker = Some(id);
        let member = self.member_mut(id);
        member.is_wild = true;
        member.sent = match pieces.len() {
            1 => Sent::Whole,
            _ => Sent::InPieces,
        };
        let all = pieces.concat();
        let limit = self.run.dialect.limits.message;
        let ends = self.to_server(id).clone();
        let mut rest = &all[..];
        while !rest.is_empty() {
            match ends.decode(rest, limit) {
                Decoded::Message { content, len } if content.len() <= limit => {
                    self.note_effects(id, content);
                    rest = rest.get(len..).unwrap_or_default();
                }
                _ => {
                    let mishap = match std::str::from_utf8(rest) {
                        _ if rest.len() > limit => Mishap::TooLong,
                        Ok(_) => Mishap::Unfinished,
                        Err(_) => Mishap::InvalidBytes,
                    };
                    self.break_off(id, mishap);
                    return;
                }
            }
        }
    }

    /// Nobody can foresee what answers this client from here on.
    fn break_off(&mut self, id: ClientId, mishap: Mishap) {
        self.note_mishap(id, mishap);
        let member = self.member_mut(id);
        member.is_wild = true;
        member.is_broken = true;
        member.is_unfinished = mishap == Mishap::Unfinished;
    }

    /// What a message makes due to whom.
    fn note_effects(&mut self, id: ClientId, content: &[u8]) {
        let dialect: &Dialect = self.run.dialect;
        let phase = self.member(id).phase;
        if phase == Phase::Joining {
            if let Command::Join { nick } = dialect.read_request(phase, content) {
                self.vocabulary.know(nick);
                self.run.nicks.was_asked(nick);
            }
            return;
        }
        if content.len() > dialect.limits.message {
            self.break_off(id, Mishap::TooLong);
        } else if std::str::from_utf8(content).is_err() {
            self.break_off(id, Mishap::InvalidBytes);
        }
        let nick = self.member(id).nick.clone();
        match dialect.read_request(phase, content) {
            Command::Say { text, .. } => {
                let fields = message_fields(&nick, text);
                self.note_said(id, text, false);
                for other in self.others_in(id) {
                    self.owe(other, id, NoticeKind::Delivered, &fields);
                }
                if self.at_once {
                    self.owe_who_comes_in(id, &fields);
                }
                if dialect.echoes() {
                    self.owe(id, id, NoticeKind::Delivered, &fields);
                }
                self.owe(id, id, NoticeKind::Said, &fields);
            }
            Command::Tell { to, text } => {
                let fields = message_fields(&nick, text).with("to", to);
                self.note_said(id, text, true);
                let recipient = self.all_in().find(|other| {
                    let member = self.member(*other);
                    member.nick == to || (!member.number.is_empty() && member.number == to)
                });
                match recipient {
                    Some(recipient) => {
                        self.owe(recipient, id, NoticeKind::Whispered, &fields);
                        self.owe(id, id, NoticeKind::Told, &fields);
                    }
                    None => self.owe(id, id, Reason::NoRecipient, &fields),
                }
            }
            Command::List => self.owe(id, id, NoticeKind::Listing, &Fields::new()),
            Command::Quit => {
                self.owe(id, id, NoticeKind::Bye, &Fields::new().with("nick", nick));
                self.note_mishap(id, Mishap::Goodbye);
                self.member_mut(id).has_left = true;
            }
            Command::Unknown { word } => {
                let fields = Fields::new().with("command", word).with("word", word);
                if !self.is_post_mortem {
                    self.unknown = Some((id, word.to_vec()));
                }
                self.note_mishap(id, Mishap::UnknownCommand);
                self.owe(id, id, Reason::UnknownCommand, &fields);
            }
            Command::Malformed { .. } => {
                self.note_mishap(id, Mishap::MalformedCommand);
                self.owe(id, id, Reason::Malformed, &Fields::new());
            }
            Command::Join { .. } => {}
        }
    }

    /// Who asks to join while somebody speaks may hear it, even before the welcome; no step claims it.
    fn owe_who_comes_in(&mut self, from: ClientId, fields: &Fields) {
        for id in (0..self.members.len()).map(ClientId) {
            let member = self.member(id);
            let has_asked = member.phase == Phase::Joining && !member.asked_as.is_empty();
            if has_asked && self.clients.connection(id).is_open() {
                self.owe(id, from, NoticeKind::Delivered, fields);
                let dues = self.members[id.0].dues.iter_mut();
                dues.filter(|due| due.from == from)
                    .for_each(|due| due.is_barrier = true);
            }
        }
    }

    /// Says goodbye, and waits until something shows that the server has understood.
    pub(super) async fn quit(&mut self, id: ClientId, capitals: bool) {
        self.before_move().await;
        let dialect: &Dialect = self.run.dialect;
        let Some(request) = dialect.request(CommandKind::Quit) else {
            return;
        };
        self.last_departure = Some(id);
        self.member_mut(id).quit_in_capitals = capitals;
        let fields = self.own_fields(id);
        for step in &request.steps[..request.steps.len() - 1] {
            let phase = self.member(id).phase;
            let content = step.send.render(&fields);
            self.write(id, &dialect.frame(Direction::ToServer, phase, &content));
            let variants = dialect.step_expectation(step, &fields, phase);
            if self.at_once {
                self.owe_step(id, variants);
            } else {
                // What does not come is judged by what the last step brings.
                drop(self.step_reply(id, variants).await);
            }
        }
        let forms: Vec<_> = request.forms().map(|form| form.render(&fields)).collect();
        let share = self.run.pace.patience() / u32::try_from(forms.len()).unwrap_or(1);
        for form in forms {
            let content = if capitals { other_case(&form) } else { form };
            self.request_bytes(id, &content);
            let member = self.member_mut(id);
            member.has_left = true;
            member.is_in = false;
            if self.at_once || self.await_end(id, share).await {
                return;
            }
        }
    }

    /// The reply to a step of a goodbye, which nothing waits for.
    fn owe_step(&mut self, id: ClientId, variants: Vec<Variant>) {
        if variants.is_empty() {
            return;
        }
        let action = self.actions;
        self.members[id.0].dues.push(Due {
            action,
            from: id,
            kind: NoticeKind::Bye.into(),
            fields: Fields::new(),
            variants: variants.into(),
            is_own: false,
            is_barrier: true,
            state: DueState::Coming,
        });
    }

    /// Waits until the server ends a connection, or at least replies and then stays quiet: `false` if it does nothing.
    async fn await_end(&mut self, id: ClientId, patience: Duration) -> bool {
        let until = self.until(patience);
        let kept = self.clients.connection(id).kept();
        while self.clients.connection(id).is_open() && Instant::now() < until {
            self.clients.pump(until).await;
            self.sift(id);
            if self.closes_itself(id) {
                self.clients.close(id);
            }
        }
        let connection = self.clients.connection(id);
        let is_done = !connection.is_open() || connection.kept() > kept;
        if is_done {
            self.made_progress();
        }
        is_done
    }

    /// Whether it is for the client to close, who has asked to leave and has been told goodbye.
    pub(super) fn closes_itself(&self, id: ClientId) -> bool {
        let bye = self.run.dialect.reply(NoticeKind::Bye);
        let member = self.member(id);
        let is_told = |due: &Due| due.kind == NoticeKind::Bye.into() && !due.is_coming();
        member.has_left && bye.is_some_and(|bye| !bye.closes) && member.dues.iter().any(is_told)
    }

    /// Leaves as the dialect does.
    pub(super) async fn leave(&mut self, id: ClientId) {
        if self.run.dialect.request(CommandKind::Quit).is_some() && self.member(id).is_in {
            self.quit(id, false).await;
            return;
        }
        self.go(id, super::Departure::Close).await;
    }

    /// Ends the connection from our side.
    pub(super) async fn go(&mut self, id: ClientId, how: super::Departure) {
        self.before_move().await;
        self.new_action();
        self.last_departure = Some(id);
        match how {
            super::Departure::Close => self.clients.close(id),
            super::Departure::Reset => self.clients.reset(id),
            super::Departure::Finish => self.clients.finish(id),
        }
        if !self.member(id).has_left {
            let has_word = self.run.dialect.request(CommandKind::Quit).is_some();
            let mishap = match how {
                super::Departure::Close if !has_word => Mishap::Goodbye,
                super::Departure::Close | super::Departure::Reset => Mishap::Departure,
                super::Departure::Finish => Mishap::HalfClose,
            };
            self.note_mishap(id, mishap);
        }
        let member = self.member_mut(id);
        member.has_left = true;
        member.is_in = false;
        member.pending = None;
    }

    /// Sends something that the dialect calls an error.
    pub(super) async fn send_wrong(&mut self, id: ClientId, wrong: Wrong) {
        self.before_act().await;
        match wrong {
            Wrong::UnknownCommand | Wrong::MalformedCommand => {
                if let Some(content) = wrong_content(self.run.dialect, wrong) {
                    self.request_bytes(id, &content);
                }
            }
            Wrong::HeaderNotANumber => self.send_header(id, "abc", Mishap::BadHeader),
            Wrong::HeaderNegative => self.send_header(id, "-5", Mishap::BadHeader),
            Wrong::HeaderOf(length) => {
                let is_too_long = length > self.run.dialect.limits.message as u64;
                let mishap = match is_too_long {
                    true => Mishap::TooLong,
                    false => Mishap::Unfinished,
                };
                self.send_header(id, &length.to_string(), mishap);
            }
        }
    }

    fn send_header(&mut self, id: ClientId, number: &str, mishap: Mishap) {
        let Ends::Header { width, pad, .. } = *self.to_server(id) else {
            return;
        };
        let mut header = number.as_bytes().to_vec();
        header.resize(width.max(header.len()), pad);
        self.write(id, &header);
        self.break_off(id, mishap);
    }
}

/// The same letters in capitals; capitals in small letters where there are only capitals.
fn other_case(bytes: &[u8]) -> Vec<u8> {
    let upper = bytes.to_ascii_uppercase();
    if upper == bytes {
        bytes.to_ascii_lowercase()
    } else {
        upper
    }
}
