//! The stage of one scenario: its clients, what is due to each of them, and when it must be over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use protocol::Dialect;
use protocol::matching::Standing;
use protocol::message::{Fields, NoticeKind, Phase, ReplyKind};
use tokio::time::Instant;

use super::attune::Attuning;
use super::due::{Due, DueState};
use super::evidence::{Retried, Spoken};
use super::held_up::OwnPace;
use super::nicks::Nicks;
use super::pace::Pace;
use super::rest::Claim;
use super::vocabulary::Vocabulary;
use crate::client::Clients;
use crate::lesson::{Mishap, Sent};
use crate::scenario::{Actor, Part, Text};
use crate::target::Door;
use crate::transcript::{ClientId, Player};
use crate::verdict::Detail;

/// What lasts longer than one scenario.
pub(super) struct Lasting<'r> {
    /// The dialect as it is spoken.
    pub(super) dialect: &'r Dialect,
    /// The dialect as it was given: what applies, and what is optional, never depends on the server.
    pub(super) declared: &'r Dialect,
    pub(super) attuning: Attuning,
    pub(super) door: Door,
    pub(super) pace: Pace,
    pub(super) nicks: Nicks,
    /// Whether nobody else talks to the server.
    pub(super) is_ours_alone: bool,
    /// Whether line terminators came that nobody asked for.
    pub(super) surplus_terminators: bool,
    /// Who left last, before this scenario.
    pub(super) last_departure: Option<Detail>,
    /// What has gone wrong with messages that were sent in one piece.
    pub(super) plain: BTreeSet<&'static str>,
    /// The last thing over which the server may have stumbled before this scenario.
    pub(super) last_mishap: Option<Mishap>,
}

/// The stage of one scenario. See the module's documentation.
pub(super) struct Stage<'s, 'r> {
    pub(super) run: &'s mut Lasting<'r>,
    pub(super) clients: Clients,
    pub(super) members: Vec<Member>,
    pub(super) vocabulary: Vocabulary<'r>,
    /// The connection that an actor has now.
    pub(super) actors: BTreeMap<Actor, ClientId>,
    /// The nickname of each actor.
    pub(super) nicks: BTreeMap<Actor, Vec<u8>>,
    pub(super) crowd: Vec<ClientId>,
    /// The actors that will stop reading.
    pub(super) will_stop_reading: BTreeSet<Actor>,
    /// How fast the server answered before a client stopped reading; none: all read.
    pub(super) own_pace: Option<OwnPace>,
    pub(super) captured: BTreeMap<String, Vec<u8>>,
    /// Actions so far.
    pub(super) actions: u64,
    pub(super) last_action: Instant,
    /// Who last said something, for the choice of a barrier.
    pub(super) last_speaker: Option<ClientId>,
    /// The last marked message of a barrier: who said it, and as which action.
    pub(super) last_mark: Option<(ClientId, u64)>,
    /// The last departure, in words for a lesson.
    pub(super) last_departure: Option<ClientId>,
    /// The last thing that servers stumble over.
    pub(super) mishap: Option<Mishap>,
    /// As which action it happened.
    pub(super) mishap_at: u64,
    /// What this server was waited for in vain in earlier scenarios, and never sent.
    pub(super) never_came: Vec<ReplyKind>,
    /// Whether anybody has left.
    pub(super) someone_left: bool,
    /// The last texts.
    pub(super) spoken: VecDeque<Spoken>,
    /// The last unknown command, and who sent it.
    pub(super) unknown: Option<(ClientId, Vec<u8>)>,
    /// Whether what a sender said after a loss was heard.
    pub(super) retried: Option<Retried>,
    /// Whether the scenario has failed, and what happens now only shows why.
    pub(super) is_post_mortem: bool,
    /// When the scenario must be over, unless it makes progress.
    pub(super) deadline: Instant,
    /// When it must be over in any case.
    pub(super) last_deadline: Instant,
    /// When the innermost `within` must be over.
    pub(super) within: Option<Instant>,
    /// Whether the actions of this block happen at once, so that none waits for another.
    pub(super) at_once: bool,
    /// Whether what is expected may come in any order.
    pub(super) any_order: bool,
}

/// One client, as the stage knows it.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) player: Player,
    pub(super) nick: Vec<u8>,
    pub(super) phase: Phase,
    /// The name under which it last asked to join.
    pub(super) asked_as: Vec<u8>,
    /// The identifier that the welcome gave it beside its name; empty: none.
    pub(super) number: Vec<u8>,
    /// Whether it is in the chat.
    pub(super) is_in: bool,
    /// Whether it said goodbye, closed or finished: that the server closes is then right.
    pub(super) has_left: bool,
    /// Whether it sent bytes of its own making: what is left over on its connection is not judged.
    pub(super) is_wild: bool,
    /// Whether it sent what is no whole message, too long, or no text: nothing more can be asked of its connection.
    pub(super) is_broken: bool,
    /// Whether it sent the beginning of a message and never its end.
    pub(super) is_unfinished: bool,
    /// Whether what no step claims is skipped.
    pub(super) ignores: bool,
    /// Whether it was ever let in by a server that said so.
    pub(super) was_served: bool,
    /// The last thing that it did over which servers stumble.
    pub(super) mishap: Option<Mishap>,
    /// How it sent what it said last.
    pub(super) sent: Sent,
    /// Whether it said goodbye in other letters.
    pub(super) quit_in_capitals: bool,
    /// Whether it was refused a name, and not let in since.
    pub(super) was_refused: bool,
    /// Whether it was ever refused what it asked for.
    pub(super) met_refusal: bool,
    /// The action after which it was let in.
    pub(super) joined_at: Option<u64>,
    /// Whether others were joining at the same time.
    pub(super) joined_beside: bool,
    /// Whether it is the harness's own, to ask for signs of life.
    pub(super) is_helper: bool,
    pub(super) dues: Vec<Due>,
    /// Dues that were left when claimed ones were last forgotten.
    kept_dues: usize,
    /// What came unasked.
    pub(super) notices: Vec<(ReplyKind, Fields)>,
    /// Messages that were set aside since the last that was wanted.
    pub(super) set_aside: usize,
    /// The last message, while it may still go on.
    pub(super) claim: Option<Claim>,
    /// How good the form of the last message was.
    pub(super) last_standing: Option<Standing>,
    /// The content of the last list.
    pub(super) list: Option<Vec<u8>>,
    /// Its last request, while nothing shows that it was read.
    pub(super) pending: Option<Pending>,
    /// Bytes that had arrived when it last asked for something.
    pub(super) kept_at_request: u64,
}

/// A request of which nothing shows yet that it was read.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    pub(super) action: u64,
    /// Bytes that had arrived before.
    pub(super) kept: u64,
}

/// The most that came unasked and is remembered of one client: more than any crowd brings.
const MOST_NOTICES: usize = 16 * 1024;

/// Things due to one client at which those that steps have claimed are forgotten, and how many of the last are kept.
const MOST_DUES: (usize, usize) = (512, 128);

impl Member {
    /// Remembers what came unasked; of a flood, what came last.
    pub(super) fn note(&mut self, kind: ReplyKind, fields: Fields) {
        if self.notices.len() >= MOST_NOTICES {
            self.notices.drain(..MOST_NOTICES / 2);
        }
        self.notices.push((kind, fields));
    }

    /// Forgets what steps claimed long ago, so that a long scenario costs no more for each step than a short one.
    fn forget_claimed(&mut self) {
        if self.claimed_since_cleanup() < MOST_DUES.0 {
            return;
        }
        let recent = self.dues.len() - MOST_DUES.1;
        let mut index = 0;
        self.dues.retain(|due| {
            index += 1;
            index > recent || !matches!(due.state, DueState::Claimed)
        });
        self.kept_dues = self.dues.len();
    }

    fn claimed_since_cleanup(&self) -> usize {
        self.dues.len() - self.kept_dues.min(self.dues.len())
    }

    /// What this action and later ones make due, the last first.
    pub(super) fn dues_since(&self, action: u64) -> impl Iterator<Item = &Due> {
        let dues = self.dues.iter().rev();
        dues.take_while(move |due| due.action >= action)
    }
}

impl<'s, 'r> Stage<'s, 'r> {
    pub(super) fn new(run: &'s mut Lasting<'r>, actors: &[Actor]) -> Self {
        let now = Instant::now();
        let deadline = now + run.pace.scenario();
        let last_deadline = now + run.pace.longest_scenario();
        let mut vocabulary = Vocabulary::new(run.dialect);
        for nick in run.nicks.literal() {
            vocabulary.know(nick);
        }
        let mut nicks = BTreeMap::new();
        for actor in actors {
            let nick = run.nicks.fresh(actor.name());
            vocabulary.know(&nick);
            nicks.insert(actor.clone(), nick);
        }
        Self {
            clients: Clients::new(run.dialect.decoration),
            never_came: run.pace.never_came(),
            run,
            members: Vec::new(),
            vocabulary,
            actors: BTreeMap::new(),
            nicks,
            crowd: Vec::new(),
            will_stop_reading: BTreeSet::new(),
            own_pace: None,
            captured: BTreeMap::new(),
            actions: 0,
            last_action: now,
            last_speaker: None,
            last_mark: None,
            last_departure: None,
            mishap: None,
            mishap_at: 0,
            someone_left: false,
            spoken: VecDeque::new(),
            unknown: None,
            retried: None,
            is_post_mortem: false,
            deadline,
            last_deadline,
            within: None,
            at_once: false,
            any_order: false,
        }
    }

    /// The client of an actor: the one that it has, or a new one that is not connected.
    pub(super) fn client(&mut self, actor: &Actor) -> ClientId {
        if let Some(id) = self.actors.get(actor) {
            return *id;
        }
        let nick = self.nicks.get(actor).cloned().unwrap_or_default();
        let id = self.add(Player::Actor(actor.name().to_owned()), nick);
        self.actors.insert(actor.clone(), id);
        if self.will_stop_reading.contains(actor) {
            self.clients.make_narrow(id);
        }
        id
    }

    /// A new client that is not connected.
    pub(super) fn add(&mut self, player: Player, nick: Vec<u8>) -> ClientId {
        let shown = match self.run.dialect.has_names() {
            true => &nick[..],
            false => &[],
        };
        let id = self.clients.add(player.clone(), shown);
        self.members.push(Member {
            player,
            nick,
            phase: Phase::Joining,
            asked_as: Vec::new(),
            number: Vec::new(),
            is_in: false,
            has_left: false,
            is_wild: false,
            is_broken: false,
            is_unfinished: false,
            ignores: false,
            was_served: false,
            mishap: None,
            sent: Sent::Whole,
            quit_in_capitals: false,
            was_refused: false,
            met_refusal: false,
            joined_at: None,
            joined_beside: self.at_once,
            is_helper: false,
            dues: Vec::new(),
            kept_dues: 0,
            notices: Vec::new(),
            set_aside: 0,
            claim: None,
            last_standing: None,
            list: None,
            pending: None,
            kept_at_request: 0,
        });
        id
    }

    pub(super) fn member(&self, id: ClientId) -> &Member {
        &self.members[id.0]
    }

    pub(super) fn member_mut(&mut self, id: ClientId) -> &mut Member {
        &mut self.members[id.0]
    }

    /// Whether the server has served anybody yet.
    pub(super) fn was_anybody_served(&self) -> bool {
        self.members.iter().any(|member| member.was_served)
    }

    /// Every client but `id` that is in the chat and connected.
    pub(super) fn others_in(&self, id: ClientId) -> Vec<ClientId> {
        self.all_in().filter(|other| *other != id).collect()
    }

    /// Every client that is in the chat and connected.
    pub(super) fn all_in(&self) -> impl Iterator<Item = ClientId> + '_ {
        (0..self.members.len()).map(ClientId).filter(|id| {
            let connection = self.clients.connection(*id);
            self.member(*id).is_in && connection.is_open()
        })
    }

    /// Until when an expectation that begins now waits.
    pub(super) fn patience(&self) -> Instant {
        self.until(self.run.pace.patience())
    }

    /// So long from now, but not beyond the scenario's own time.
    pub(super) fn until(&self, wait: Duration) -> Instant {
        let until = (Instant::now() + wait).min(self.deadline);
        self.within.map_or(until, |within| until.min(within))
    }

    /// What was wanted came: a long scenario on a busy machine gets more time.
    pub(super) fn made_progress(&mut self) {
        let more = Instant::now() + self.run.pace.scenario() / 2;
        self.deadline = self.deadline.max(more.min(self.last_deadline));
    }

    /// Whether the scenario's own time is up.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// The number of a new action.
    pub(super) fn new_action(&mut self) -> u64 {
        self.actions += 1;
        self.last_action = Instant::now();
        self.actions
    }

    /// The bytes of a text.
    pub(super) fn text(&self, text: &Text, member: Option<usize>) -> Vec<u8> {
        let value = |part: &Part| self.value(part, member);
        text.bytes(value).unwrap_or_default()
    }

    /// What only the run knows.
    pub(super) fn value(&self, part: &Part, member: Option<usize>) -> Option<Vec<u8>> {
        match part {
            Part::NickOf(actor) => Some(self.nick_of(actor)),
            Part::Captured(name) => self.captured.get(name).cloned(),
            Part::Member => member.map(|number| number.to_string().into_bytes()),
            _ => None,
        }
    }

    /// The nickname of an actor, as the server knows it.
    pub(super) fn nick_of(&self, actor: &Actor) -> Vec<u8> {
        match self.actors.get(actor) {
            Some(id) => self.member(*id).nick.clone(),
            None => self.nicks.get(actor).cloned().unwrap_or_default(),
        }
    }

    /// The identifier that the server gave an actor beside its name; empty: none.
    pub(super) fn number_of(&self, actor: &Actor) -> Vec<u8> {
        let member = self.actors.get(actor).map(|id| self.member(*id));
        member
            .map(|member| member.number.clone())
            .unwrap_or_default()
    }

    /// Notes that an action makes something due to a client, if the dialect has such a message.
    pub(super) fn owe(
        &mut self,
        to: ClientId,
        from: ClientId,
        kind: impl Into<ReplyKind>,
        fields: &Fields,
    ) {
        let kind = kind.into();
        if self.run.dialect.reply(kind).is_none() {
            return;
        }
        let action = self.actions;
        let member = &mut self.members[to.0];
        member.forget_claimed();
        let variants = self.run.dialect.expectation(kind, fields, member.phase);
        member.dues.push(Due {
            action,
            from,
            kind,
            fields: fields.clone(),
            variants: variants.into(),
            is_own: to == from && kind == NoticeKind::Delivered.into(),
            is_barrier: false,
            state: DueState::Coming,
        });
    }
}
