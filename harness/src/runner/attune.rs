//! Finding out where a server's clients must end their messages, when nothing that the dialect says was answered.
//!
//! Asked only after a scenario in which nobody answered, so a server that keeps to the dialect never meets it. A message goes out
//! as the dialect says it; where that stays silent, a line end follows on the same connection. What answers only then is tried
//! again with a longer silence first, so that a slow server is not mistaken for one that reads lines, and then with the message and
//! its line end in one write. Only a server that does the same each time is believed, and at the least answer to the
//! message alone nothing changes.

use std::time::Duration;

use protocol::Dialect;
use protocol::framing::{Framing, Terminator};
use protocol::matching::Supply;
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::nicks::Nicks;
use super::script::{About, Failure};
use super::stage::Stage;
use crate::client::Clients;
use crate::hearing::Hearing;
use crate::report::{Remark, Words};
use crate::target::Door;
use crate::transcript::{ClientId, Helper, Player};

/// Silence that is believed to be one, at first.
const PAUSE: Duration = Duration::from_secs(2);

/// How long an answer to a whole message may take, at least.
const ANSWER: Duration = Duration::from_secs(5);

/// Quiet after which what came is read.
const GAP: Duration = Duration::from_millis(100);

/// Messages of one connection that are looked at each time: an answer does not stand behind more.
const MOST_HEARD: usize = 1024;

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    Lf,
    CrLf,
}

impl LineEnd {
    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }

    const fn shown(self) -> &'static str {
        match self {
            Self::Lf => "\\n (LF)",
            Self::CrLf => "\\r\\n (CR LF)",
        }
    }

    fn framing(self) -> Framing {
        Framing::Delimited(Terminator::new(self.bytes().to_vec(), Vec::new()))
    }
}

/// What a run knows of how its messages are answered.
#[derive(Debug, Default)]
pub(super) struct Attuning {
    /// Whether it may be found out.
    is_wanted: bool,
    /// The phases in which something was answered as the dialect says it.
    answered: [bool; 2],
    /// The phases in which it was tried to find out.
    tried: [bool; 2],
    /// Whether the server then sent anything at all.
    pub(super) has_heard: bool,
}

/// A framing that was found out. Its clients stay in the chat to the end of the run: a server that dies of a departure shall die
/// in a scenario, which can say so.
pub(crate) struct Found {
    joining: Option<LineEnd>,
    chatting: Option<LineEnd>,
    pub(crate) guests: Vec<Clients>,
}

impl Found {
    /// The dialect as this server wants it spoken.
    pub(crate) fn adapted(&self, dialect: &Dialect) -> Dialect {
        let ends = [
            (Phase::Joining, self.joining),
            (Phase::Chatting, self.chatting),
        ];
        ends.into_iter()
            .fold(dialect.clone(), |dialect, (phase, end)| match end {
                Some(end) => dialect.with_client_framing(phase, end.framing()),
                None => dialect,
            })
    }

    /// What the reader is told.
    pub(crate) fn remark(&self, dialect: &Dialect) -> Remark {
        let name = &dialect.name;
        let end = self
            .joining
            .or(self.chatting)
            .unwrap_or(LineEnd::Lf)
            .shown();
        let [when_pt, when_en] = match (self.joining, self.chatting) {
            (Some(_), None) if dialect.request(CommandKind::Say).is_some() => {
                [", na entrada,", ", in a registration,"]
            }
            (None, Some(_)) if dialect.request(CommandKind::Join).is_some() => {
                [", depois da entrada,", ", after the registration,"]
            }
            _ => ["", ""],
        };
        Remark::warning(Words {
            pt: format!(
                "o servidor{when_pt} só responde a mensagens terminadas por {end}, o que o dialeto `{name}` não diz: os clientes \
                     passaram a terminá-las assim"
            ),
            en: format!(
                "the server{when_en} answers only messages that end with {end}, which the dialect `{name}` does not say: the \
                     clients now end them so"
            ),
        })
    }
}

/// Keeps clients connected, and reads what comes to them.
pub(crate) fn keep(guests: &mut JoinSet<()>, mut clients: Clients) {
    const FOR_EVER: Duration = Duration::from_secs(24 * 3600);
    guests.spawn(async move {
        while clients.pump(Instant::now() + FOR_EVER).await {
            clients.forget_unread();
        }
    });
}

impl Attuning {
    pub(super) fn new(is_wanted: bool) -> Self {
        Self {
            is_wanted,
            ..Self::default()
        }
    }
}

/// Asks a server with which nothing is played: one that never answered anything of this phase.
pub(crate) async fn inquire(
    dialect: &Dialect,
    door: &Door,
    seed: u64,
    phase: Phase,
) -> Option<Found> {
    let mut nicks = Nicks::new(seed, &dialect.names);
    Inquiry::new(dialect, door, &mut nicks, 1.0)
        .found(phase)
        .await
}

impl Stage<'_, '_> {
    /// Remembers what was answered as the dialect says it.
    pub(super) fn note_answers(&mut self) {
        let answered = &mut self.run.attuning.answered;
        let welcome = NoticeKind::Welcome.into();
        for member in &self.members {
            answered[0] |= member.phase == Phase::Chatting;
            let mut dues = member.dues.iter();
            answered[1] |= dues.any(|due| due.kind != welcome && !due.is_coming());
        }
    }

    /// The phase in which the run has never had an answer, if this scenario asked for one.
    fn unanswered(&self) -> Option<Phase> {
        let attuning = &self.run.attuning;
        let dialect = self.run.dialect;
        let has_asked = |phase| {
            let mut members = self.members.iter().enumerate();
            members.any(|(index, member)| {
                let connection = self.clients.connection(ClientId(index));
                member.phase == phase && connection.last_sent().is_some()
            })
        };
        let is_shown = dialect.request(CommandKind::Join).is_some()
            && dialect
                .reply(NoticeKind::Welcome)
                .is_some_and(|welcome| !welcome.optional);
        let phase = match is_shown && !attuning.answered[0] {
            true => Phase::Joining,
            false => Phase::Chatting,
        };
        let index = phase as usize;
        let is_open = !attuning.answered[index] && !attuning.tried[index];
        (attuning.is_wanted && is_open && has_asked(phase)).then_some(phase)
    }

    /// After a failure: whether the server wants another framing than the dialect's.
    pub(super) async fn attune(&mut self, failure: &Failure) -> Option<Found> {
        let phase = self.unanswered()?;
        if phase == Phase::Chatting && failure.about == About::Joining {
            // Who is not let in shows nothing of where the messages of those inside end.
            return None;
        }
        self.run.attuning.tried[phase as usize] = true;
        let mut found = self.inquire(phase).await;
        if found.is_none() && self.all_have_spoken() {
            // It may have waited for the rest of a line from one of the clients of the scenario.
            self.farewell().await;
            found = self.inquire(phase).await;
        }
        let found = found?;
        let end = found
            .joining
            .or(found.chatting)
            .map_or(&b""[..], LineEnd::bytes);
        for id in (0..self.members.len()).map(ClientId) {
            if self.clients.connection(id).is_open() {
                self.clients.send(id, end);
            }
        }
        Some(found)
    }

    /// Whether some client is connected, and none of them blocks the server by saying or reading nothing.
    fn all_have_spoken(&self) -> bool {
        let ids = (0..self.members.len()).map(ClientId);
        let mut open = ids
            .map(|id| self.clients.connection(id))
            .filter(|connection| connection.is_open())
            .peekable();
        open.peek().is_some()
            && open.all(|connection| connection.reads() && connection.last_sent().is_some())
    }

    async fn inquire(&mut self, phase: Phase) -> Option<Found> {
        let scale = self.run.pace.scale();
        let run = &mut *self.run;
        let mut inquiry = Inquiry::new(run.dialect, &run.door, &mut run.nicks, scale);
        let found = inquiry.found(phase).await;
        run.attuning.has_heard |= inquiry.has_heard;
        found
    }
}

/// Leaves as politely as silence allows.
async fn part(mut guest: Clients) {
    let ids: Vec<_> = guest.ids().collect();
    for id in &ids {
        guest.finish(*id);
    }
    let until = Instant::now() + GAP;
    while ids.iter().any(|id| guest.connection(*id).is_open()) && guest.pump(until).await {}
    for id in ids {
        guest.close(id);
    }
}

/// What became of a message whose line end came late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Late {
    /// It was answered before.
    Before,
    /// It was answered so long after its line end.
    After(Duration),
    /// It was never answered.
    Never,
}

/// Talking to the server.
struct Inquiry<'i> {
    dialect: &'i Dialect,
    door: Door,
    nicks: &'i mut Nicks,
    pause: Duration,
    answer: Duration,
    /// Where messages of clients that join end.
    joining: Framing,
    /// Whoever was let in stays until the end.
    guests: Vec<Clients>,
    /// Whether anything came to anybody.
    has_heard: bool,
}

/// The clients of one try: the one who speaks, then the one who may hear it.
struct Party<'i> {
    dialect: &'i Dialect,
    clients: Clients,
    hearings: Vec<Hearing<'i>>,
    speaker_nick: Vec<u8>,
}

impl<'i> Inquiry<'i> {
    fn new(dialect: &'i Dialect, door: &Door, nicks: &'i mut Nicks, scale: f64) -> Self {
        let scale = scale.max(0.25);
        Self {
            dialect,
            door: door.clone(),
            nicks,
            pause: PAUSE.mul_f64(scale),
            answer: ANSWER.mul_f64(scale.max(1.0)),
            joining: dialect.framing(Direction::ToServer, Phase::Joining).clone(),
            guests: Vec::new(),
            has_heard: false,
        }
    }

    /// What the server wants in this phase; those who asked have left where it is nothing.
    async fn found(&mut self, phase: Phase) -> Option<Found> {
        let found = self.whole(phase).await;
        let guests = std::mem::take(&mut self.guests);
        let mut heard = guests
            .iter()
            .flat_map(|guest| guest.ids().map(|id| guest.connection(id)));
        self.has_heard |= heard.any(|connection| connection.last_arrival().is_some());
        match found {
            Some((joining, chatting)) => Some(Found {
                joining,
                chatting,
                guests,
            }),
            None => {
                for guest in guests {
                    part(guest).await;
                }
                None
            }
        }
    }

    /// The line ends of both phases; `None`: nothing was found, or nothing needs to change.
    async fn whole(&mut self, phase: Phase) -> Option<(Option<LineEnd>, Option<LineEnd>)> {
        if phase == Phase::Chatting {
            let chatting = self.line_end(Phase::Chatting).await?;
            return Some((None, Some(chatting)));
        }
        let joining = self.line_end(Phase::Joining).await?;
        self.joining = joining.framing();
        let chatting = match self.dialect.request(CommandKind::Say) {
            Some(_) => self.line_end(Phase::Chatting).await,
            None => None,
        };
        Some((Some(joining), chatting))
    }

    async fn line_end(&mut self, phase: Phase) -> Option<LineEnd> {
        let declared = self.dialect.framing(Direction::ToServer, phase);
        if declared.is_framed() {
            return None;
        }
        // CR LF ends a line for those too who need only LF.
        let Late::After(took) = self.late(phase, self.pause, LineEnd::CrLf).await? else {
            return None;
        };
        let pause = self.pause * 2 + took * 4;
        self.answer = self.answer.max(took * 4);
        let (end, took) = match self.late(phase, pause, LineEnd::Lf).await? {
            Late::Before => return None,
            Late::After(took) => (LineEnd::Lf, took),
            Late::Never => (LineEnd::CrLf, took),
        };
        let is_declared = declared
            .terminator()
            .is_some_and(|declared| declared.written() == end.bytes());
        let whole = self.at_once(phase, end).await?;
        let is_prompt = whole < pause * 3 / 4 + took;
        (is_prompt && !is_declared).then_some(end)
    }

    /// Sends a message, and its line end after a pause.
    async fn late(&mut self, phase: Phase, pause: Duration, end: LineEnd) -> Option<Late> {
        let mut party = self.party(phase).await?;
        let content = self.content(&party, phase);
        let declared = self
            .dialect
            .framing(Direction::ToServer, phase)
            .encode(&content);
        party.send(&declared);
        let late = match party.answer(phase, pause).await {
            Some(_) => Late::Before,
            None => {
                party.send(end.bytes());
                match party.answer(phase, self.answer).await {
                    Some(took) => Late::After(took),
                    None if end == LineEnd::Lf => {
                        // One who needs both bytes is let in, rather than left in mid-line.
                        party.send(LineEnd::CrLf.bytes());
                        party.answer(phase, self.answer).await;
                        Late::Never
                    }
                    None => Late::Never,
                }
            }
        };
        self.finish_registration(&mut party, phase, end).await;
        self.guests.push(party.clients);
        Some(late)
    }

    /// Sends a message and its line end in one write; how long its answer took.
    async fn at_once(&mut self, phase: Phase, end: LineEnd) -> Option<Duration> {
        let mut party = self.party(phase).await?;
        let content = self.content(&party, phase);
        party.send(&end.framing().encode(&content));
        let took = party.answer(phase, self.answer).await;
        self.finish_registration(&mut party, phase, end).await;
        self.guests.push(party.clients);
        took
    }

    /// What is sent: the first message of a registration, or something for everyone.
    fn content(&self, party: &Party<'_>, phase: Phase) -> Vec<u8> {
        let fields = Fields::new()
            .with("nick", party.speaker_nick.clone())
            .with("text", &b"ola mundo"[..]);
        let kind = match phase {
            Phase::Joining => CommandKind::Join,
            Phase::Chatting => CommandKind::Say,
        };
        let request = self.dialect.request(kind);
        request.map_or_else(Vec::new, |request| request.steps[0].send.render(&fields))
    }

    /// The further steps of a registration whose first was the message.
    async fn finish_registration(&self, party: &mut Party<'_>, phase: Phase, end: LineEnd) {
        let Some(request) = self
            .dialect
            .request(CommandKind::Join)
            .filter(|_| phase == Phase::Joining)
        else {
            return;
        };
        let fields = Fields::new().with("nick", party.speaker_nick.clone());
        for step in request.steps.iter().skip(1) {
            party.send(&end.framing().encode(&step.send.render(&fields)));
            party.answer(Phase::Joining, self.pause).await;
        }
    }

    /// New clients, connected and, for the phase after it, registered.
    async fn party(&mut self, phase: Phase) -> Option<Party<'i>> {
        let mut party = Party {
            dialect: self.dialect,
            clients: Clients::new(self.dialect.decoration),
            hearings: Vec::new(),
            speaker_nick: Vec::new(),
        };
        let has_listener = phase == Phase::Chatting && self.dialect.broadcasts();
        for number in 0..=usize::from(has_listener) {
            let nick = self.nicks.fresh("z");
            let id = party.clients.add(Player::Helper(Helper::Attuning), &nick);
            party.hearings.push(Hearing::new(self.dialect));
            let until = Instant::now() + self.answer;
            party.clients.connect(id, &self.door, until).await.ok()?;
            party.quiet(Phase::Joining, self.answer).await;
            if phase == Phase::Chatting {
                self.register(&mut party, id, &nick).await;
            }
            if number == 0 {
                party.speaker_nick = nick;
            }
        }
        Some(party)
    }

    async fn register(&self, party: &mut Party<'_>, id: ClientId, nick: &[u8]) {
        let Some(request) = self.dialect.request(CommandKind::Join) else {
            return;
        };
        let fields = Fields::new().with("nick", nick);
        for step in &request.steps {
            let bytes = self.joining.encode(&step.send.render(&fields));
            party.clients.send(id, &bytes);
            party.answer(Phase::Joining, self.answer).await;
        }
        party.quiet(Phase::Chatting, self.answer).await;
    }
}

impl Party<'_> {
    fn send(&mut self, bytes: &[u8]) {
        self.clients.send(ClientId(0), bytes);
    }

    /// Lets what was not asked for pass.
    async fn quiet(&mut self, phase: Phase, most: Duration) {
        let until = Instant::now() + most;
        while Instant::now() < until && self.clients.pump((Instant::now() + GAP).min(until)).await {
        }
        self.is_answered(phase, until);
    }

    /// How long it took until something came that answers: no notice that comes unasked.
    async fn answer(&mut self, phase: Phase, within: Duration) -> Option<Duration> {
        let began = Instant::now();
        let until = began + within;
        loop {
            let came = self.clients.pump(until).await;
            let took = began.elapsed();
            while came && Instant::now() < until && self.clients.pump(Instant::now() + GAP).await {}
            if self.is_answered(phase, until) {
                return Some(took);
            }
            // A flood comes for ever.
            if !came || Instant::now() >= until {
                return None;
            }
        }
    }

    /// Whether anything answers in what has come. Where the time was up before it paused, its last message may go on.
    fn is_answered(&mut self, phase: Phase, until: Instant) -> bool {
        let now = Instant::now();
        let mut is_answered = false;
        for (index, hearing) in self.hearings.iter_mut().enumerate() {
            let connection = self.clients.connection(ClientId(index));
            is_answered |= !connection.is_open();
            let has_paused = connection
                .last_arrival()
                .is_none_or(|last| last + GAP <= now);
            let supply = match has_paused || now < until {
                true => Supply::Settled,
                false => Supply::Open,
            };
            hearing.receive(connection.unread());
            for heard in std::iter::from_fn(|| hearing.next(phase, supply)).take(MOST_HEARD) {
                is_answered |= !heard.is_unasked(self.dialect);
            }
            if supply == Supply::Settled {
                hearing.forget();
            }
        }
        self.clients.forget_unread();
        is_answered
    }
}
