//! The load itself: all clients' sockets, the schedule, and the account that is kept of what they hear.
//!
//! One task does it all: it reads whatever arrived anywhere, tells the account, and sends what is due. A thread of its own beats
//! the time, since the event loop's timers are too coarse for it. Every wait has a deadline, whatever the server does.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use protocol::Dialect;
use protocol::matching::Supply;
use protocol::message::{CommandKind, Direction, Phase};
use protocol::template::Template;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::crowd::Mark;
use super::ear::Ear;
use super::join::{Refusal, join};
use super::lexicon::{Lexicon, Request};
use super::mute::Mute;
use super::outcome::{Ending, Pace};
use super::subject::{Hearers, Subject};
use super::tally::Tally;
use crate::stop::Stop;
use crate::target::Door;

/// Bytes of one read.
const READ: usize = 256 * 1024;

/// A client whose socket takes nothing has at most so many bytes waiting.
const MOST_PENDING: usize = 64 * 1024;

/// How often the state of things is looked at.
const TICK: Duration = Duration::from_millis(20);

/// How long is read and written without a look at the timers.
const TURN: Duration = Duration::from_millis(2);

/// After so long without bytes, what a client has unread stands for itself; a dialect may say more.
const SETTLE: Duration = Duration::from_millis(50);

/// How long nothing may come before the load begins, and at most.
const CALM: Duration = Duration::from_millis(100);
const MOST_CALM: Duration = Duration::from_secs(5);

/// How long is listened after everything came: what comes twice may come late.
const AFTER: Duration = Duration::from_millis(250);

/// The longest time for what is under way at the end, beside the patience.
const DRAIN: Duration = Duration::from_secs(60);

/// The shortest time between two beats.
const BEAT: Duration = Duration::from_micros(100);

/// What the load is given.
pub(super) struct Orders<'d> {
    pub(super) dialect: &'d Dialect,
    pub(super) subject: Subject,
    pub(super) pace: Pace,
    pub(super) length: Duration,
    pub(super) patience: Duration,
    /// How many come in besides and read nothing.
    pub(super) stalled: usize,
    pub(super) stop: Stop,
}

/// One client's connection.
struct Seat {
    stream: TcpStream,
    ear: Ear,
    /// When its last bytes came.
    heard_at: Duration,
    /// Whether what is unread was looked at since.
    is_settled: bool,
    pending: Vec<u8>,
    is_blocked: bool,
    request: Request,
    /// Messages that are due and not yet sent.
    backlog: u64,
}

/// All clients of a run. See the module's documentation.
pub(super) struct Drive<'d> {
    orders: Orders<'d>,
    seats: Vec<Seat>,
    /// Those who read nothing.
    mutes: Vec<Mute>,
    lexicon: Lexicon<'d>,
    tally: Tally,
    scratch: Vec<u8>,
    epoch: Instant,
    settle: Duration,
    /// Since when nothing comes; time in which we ourselves stood still does not count.
    quiet_since: Duration,
    /// Messages that were due by the schedule.
    issued: u64,
    is_sending: bool,
}

/// Who could not come in, and why.
pub(super) struct Turned {
    pub(super) who: usize,
    pub(super) refusal: Refusal,
}

/// How a load ended, when the last message was sent, and when the last byte was heard.
pub(super) struct Ended {
    pub(super) ending: Ending,
    pub(super) sending: Duration,
    pub(super) elapsed: Duration,
    /// Whether the server surely felt those who read nothing.
    pub(super) stalled_felt: bool,
    pub(super) tally: Tally,
}

impl<'d> Drive<'d> {
    /// Lets all clients come in, one after the other, and waits until the server has told everybody.
    ///
    /// # Errors
    /// One was not let in.
    pub(super) async fn prepare(
        orders: Orders<'d>,
        lexicon: Lexicon<'d>,
        tally: Tally,
        door: &Door,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, Turned> {
        let dialect = orders.dialect;
        let mut seats = Vec::new();
        for who in 0..lexicon.crowd().count() {
            let nick = lexicon.crowd().nick(who);
            let stream = come_in(&orders, door, &nick, who).await?;
            seats.push(Seat {
                stream,
                ear: Ear::new(dialect.decoration),
                heard_at: Duration::ZERO,
                is_settled: true,
                pending: Vec::new(),
                is_blocked: false,
                request: request(dialect, &nick),
                backlog: 0,
            });
            progress(who + 1);
        }
        let mut mutes = Vec::new();
        for number in 0..orders.stalled {
            let who = seats.len() + number;
            let nick = lexicon.crowd().nick(who);
            let stream = come_in(&orders, door, &nick, who).await?;
            let mut says = Vec::new();
            if orders.subject.hearers == Hearers::Oneself {
                let mark = Mark {
                    sender: who,
                    number: 0,
                };
                request(dialect, &nick).write(lexicon.crowd(), mark, &mut says);
            }
            mutes.push(Mute::new(stream, says));
        }
        let settle = dialect
            .start
            .settle
            .map(|ms| Duration::from_millis(ms.into()));
        let mut drive = Self {
            orders,
            seats,
            mutes,
            lexicon,
            tally,
            scratch: vec![0; READ],
            epoch: Instant::now(),
            settle: settle.unwrap_or(SETTLE).max(SETTLE),
            quiet_since: Duration::ZERO,
            issued: 0,
            is_sending: false,
        };
        drive.calm_down().await;
        Ok(drive)
    }

    /// Reads and drops what the server says of those who came in, until it says nothing more.
    async fn calm_down(&mut self) {
        let until = self.now() + MOST_CALM.max(self.settle * 4);
        let calm = CALM.max(self.settle);
        let mut quiet_since = self.now();
        while self.now() < until
            && self.now() < quiet_since + calm
            && self.orders.stop.why().is_none()
        {
            let some = tokio::time::timeout(calm, poll_fn(|context| self.poll_dropping(context)));
            if matches!(some.await, Ok(true)) {
                quiet_since = self.now();
            }
            tokio::task::yield_now().await;
        }
    }

    fn poll_dropping(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let mut heard = false;
        for who in 0..self.seats.len() {
            if !self.tally.is_open(who) {
                continue;
            }
            // Once each: a server that never stops talking must not keep us here.
            match self.poll_read(who, context) {
                Poll::Ready(Ok(1..)) => heard = true,
                Poll::Ready(end) => self.closed(who, end.err()),
                Poll::Pending => {}
            }
        }
        match heard || self.tally.is_deserted() {
            true => Poll::Ready(heard),
            false => Poll::Pending,
        }
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Sends and hears until the end.
    pub(super) async fn run(mut self) -> Ended {
        self.epoch = Instant::now();
        self.quiet_since = Duration::ZERO;
        self.is_sending = true;
        for seat in &mut self.seats {
            seat.heard_at = Duration::ZERO;
            seat.ear.clear();
        }
        let metronome = Metronome::start(self.epoch, self.orders.pace);
        let mut tick = tokio::time::interval(TICK);
        let mut watch = Watch::new(self.orders.patience, self.orders.length);
        let mut yielded_at = self.now();
        let ending = loop {
            self.feed();
            if self.now() > yielded_at + TURN {
                // Where there is always something to read, timers would never be looked at.
                tokio::task::yield_now().await;
                yielded_at = self.now();
            }
            tokio::select! {
                () = tokio::task::unconstrained(poll_fn(|context| self.poll(context))) => {}
                () = metronome.beat.notified(), if self.is_sending => {}
                _ = tick.tick() => {
                    // What has arrived by now is heard before anybody is accused.
                    let _ = tokio::task::unconstrained(poll_fn(|context| {
                        Poll::Ready(self.poll(context))
                    }))
                    .await;
                    self.settle();
                    self.mutes.iter_mut().for_each(Mute::pour);
                    let now = self.now();
                    self.tally.turn(now);
                    if self.orders.stop.why().is_some() {
                        watch.stopped.get_or_insert(now);
                        break Ending::Interrupted;
                    }
                    if let Some(ending) = watch.look(&mut self, now) {
                        break ending;
                    }
                }
            }
        };
        self.hear_the_rest();
        let length = self.orders.length;
        let each = self.tally.counts().bytes_heard / self.seats.len().max(1) as u64;
        Ended {
            stalled_felt: self.mutes.iter().all(|mute| mute.is_felt(each)),
            ending,
            sending: watch.stopped.unwrap_or_else(|| self.now()).min(length),
            elapsed: self.tally.heard_at(),
            tally: self.tally,
        }
    }

    /// Sends what is due and may be sent.
    fn feed(&mut self) {
        let mut ready = Vec::new();
        self.tally.take_ready(&mut ready);
        let now = self.now();
        if self.is_sending {
            match self.orders.pace {
                Pace::Open { rate } => self.issue(rate, now, &mut ready),
                Pace::Closed { .. } if self.issued == 0 => {
                    self.issued = 1;
                    ready.extend(0..self.seats.len());
                }
                Pace::Closed { .. } => {}
            }
        }
        for who in ready {
            self.say(who);
        }
        self.is_sending &= now < self.orders.length;
    }

    /// What has become due by the schedule.
    fn issue(&mut self, rate: f64, now: Duration, ready: &mut Vec<usize>) {
        let until = now.min(self.orders.length);
        let due = (until.as_secs_f64() * rate) as u64 + u64::from(until < self.orders.length);
        while self.issued < due {
            let who = (self.issued % self.seats.len() as u64) as usize;
            self.seats[who].backlog += 1;
            self.issued += 1;
            self.tally.counts().due += 1;
            ready.push(who);
        }
    }

    fn say(&mut self, who: usize) {
        let now = self.now();
        let is_open_loop = matches!(self.orders.pace, Pace::Open { .. });
        let seat = &mut self.seats[who];
        let before = seat.pending.len();
        while self.is_sending
            && (!is_open_loop || seat.backlog > 0)
            && seat.pending.len() < MOST_PENDING
            && self.tally.may_say(who)
        {
            if self.tally.is_idle() {
                // Silence counts from when there is something to hear.
                self.quiet_since = self.quiet_since.max(now);
            }
            let mark = self.tally.say(who, now);
            seat.request
                .write(self.lexicon.crowd(), mark, &mut seat.pending);
            seat.backlog = seat.backlog.saturating_sub(1);
        }
        if seat.pending.len() > before && !seat.is_blocked {
            self.flush(who);
        }
    }

    /// Whoever waits for a sign goes on without it; when all was sent, each client says one thing more.
    fn go_on_unread(&mut self) {
        self.tally.go_on_unread();
        if self.is_sending {
            return;
        }
        let now = self.now();
        for who in 0..self.seats.len() {
            let seat = &mut self.seats[who];
            if self.tally.may_say(who) && seat.pending.is_empty() {
                let mark = self.tally.ask(who, now);
                seat.request
                    .write(self.lexicon.crowd(), mark, &mut seat.pending);
                self.flush(who);
            }
        }
    }

    fn flush(&mut self, who: usize) {
        let seat = &mut self.seats[who];
        let mut done = 0;
        let error = loop {
            if done == seat.pending.len() {
                seat.is_blocked = false;
                break None;
            }
            match seat.stream.try_write(&seat.pending[done..]) {
                Ok(written) => done += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    seat.is_blocked = true;
                    break None;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
        };
        seat.pending.drain(..done);
        self.tally.counts().bytes_sent += done as u64;
        if let Some(error) = error {
            self.closed(who, Some(error));
        }
    }

    /// Reads and writes wherever that is possible; ready once anything was.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut happened = false;
        for who in 0..self.seats.len() {
            if !self.tally.is_open(who) {
                continue;
            }
            happened |= self.poll_hear(who, context);
            let seat = &self.seats[who];
            if seat.is_blocked && seat.stream.poll_write_ready(context).is_ready() {
                self.flush(who);
                self.say(who);
                happened = true;
                // It may be blocked again: then it must be woken again.
                if self.seats[who].is_blocked {
                    context.waker().wake_by_ref();
                }
            }
        }
        match happened {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    /// Hears what came for one client; not all at once, so that the others are not kept waiting.
    fn poll_hear(&mut self, who: usize, context: &mut Context<'_>) -> bool {
        match self.poll_read(who, context) {
            Poll::Pending => return false,
            Poll::Ready(Ok(len @ 1..)) => self.take(who, len),
            Poll::Ready(end) => self.closed(who, end.err()),
        }
        true
    }

    fn poll_read(&mut self, who: usize, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(&mut self.scratch);
        let stream = Pin::new(&mut self.seats[who].stream);
        stream
            .poll_read(context, &mut buffer)
            .map_ok(|()| buffer.filled().len())
    }

    /// Hears the bytes that were just read.
    fn take(&mut self, who: usize, len: usize) {
        let now = self.now();
        let before = self.tally.progress();
        self.take_at(who, len, now);
        // Bytes alone are no progress: a server may say anything for ever.
        if self.tally.progress() > before {
            self.quiet_since = now;
        }
    }

    fn take_at(&mut self, who: usize, len: usize, now: Duration) {
        let (seat, tally) = (&mut self.seats[who], &mut self.tally);
        (seat.heard_at, seat.is_settled) = (now, false);
        tally.counts().bytes_heard += len as u64;
        seat.ear
            .take(&self.scratch[..len], &mut self.lexicon, &mut |heard| {
                tally.hear(who, heard, now);
            });
    }

    /// What a client has had unread for a while stands for itself.
    fn settle(&mut self) {
        let now = self.now();
        for who in 0..self.seats.len() {
            let seat = &self.seats[who];
            let rests = now.saturating_sub(seat.heard_at) >= self.settle;
            if rests && !seat.is_settled && seat.ear.waits() {
                let (at, before) = (seat.heard_at, self.tally.progress());
                self.hear_unread(who, Supply::Settled);
                if self.tally.progress() > before {
                    self.quiet_since = self.quiet_since.max(at);
                }
                self.seats[who].is_settled = true;
            }
        }
    }

    fn hear_unread(&mut self, who: usize, supply: Supply) {
        let (seat, tally) = (&mut self.seats[who], &mut self.tally);
        let at = seat.heard_at;
        seat.ear.settle(supply, &mut self.lexicon, &mut |heard| {
            tally.hear(who, heard, at);
        });
    }

    fn hear_the_rest(&mut self) {
        for who in 0..self.seats.len() {
            if self.tally.is_open(who) {
                self.hear_unread(who, Supply::Closed);
            }
        }
    }

    fn closed(&mut self, who: usize, error: Option<io::Error>) {
        self.hear_unread(who, Supply::Closed);
        let (now, seat) = (self.now(), &mut self.seats[who]);
        (seat.pending, seat.is_blocked, seat.backlog) = (Vec::new(), false, 0);
        self.tally
            .closed(who, error.map(|error| error.to_string()), now);
    }
}

/// What a client says something with.
fn request(dialect: &Dialect, nick: &[u8]) -> Request {
    let framing = dialect.framing(Direction::ToServer, Phase::Chatting);
    let say = dialect.request(CommandKind::Say).map(|say| say.template());
    Request::new(say.unwrap_or(&Template::empty()), nick, framing)
}

/// Lets one client in, unless the load is ended meanwhile.
async fn come_in(
    orders: &Orders<'_>,
    door: &Door,
    nick: &[u8],
    who: usize,
) -> Result<TcpStream, Turned> {
    let joined = tokio::select! {
        biased;
        () = orders.stop.requested() => Err(Refusal::Stopped),
        joined = join(orders.dialect, door, nick, orders.patience) => joined,
    };
    joined.map_err(|refusal| Turned { who, refusal })
}

/// Watches for the end of a run.
struct Watch {
    patience: Duration,
    length: Duration,
    /// When the last message was sent.
    stopped: Option<Duration>,
    /// Since when nothing is under way.
    complete: Option<Duration>,
    /// When those who wait for a sign went on without it.
    went_on: Option<Duration>,
    /// What had come by then.
    progress: u64,
    looked_at: Duration,
    /// For how long we ourselves stood still.
    excused: Duration,
}

impl Watch {
    const fn new(patience: Duration, length: Duration) -> Self {
        Self {
            patience,
            length,
            stopped: None,
            complete: None,
            went_on: None,
            progress: 0,
            looked_at: Duration::ZERO,
            excused: Duration::ZERO,
        }
    }

    /// Whether the run is over, and how.
    fn look(&mut self, drive: &mut Drive<'_>, now: Duration) -> Option<Ending> {
        let gap = now.saturating_sub(self.looked_at);
        if gap > TICK * 5 && self.excused < self.patience * 2 {
            // This machine is busy, and perhaps the server had no more time than we had.
            self.excused += gap;
            drive.quiet_since = (drive.quiet_since + gap).min(now);
            self.went_on = self.went_on.map(|went_on| (went_on + gap).min(now));
        }
        self.looked_at = now;
        if drive.tally.is_deserted() {
            self.stopped.get_or_insert(now);
            return Some(Ending::AllClosed);
        }
        if !drive.is_sending {
            self.stopped.get_or_insert(now);
        }
        let outstanding = drive.tally.outstanding();
        if outstanding == 0 {
            if drive.is_sending {
                return None;
            }
            let complete = *self.complete.get_or_insert(now);
            return (now >= complete.max(drive.quiet_since) + AFTER
                || now >= complete + self.patience)
                .then_some(Ending::Complete);
        }
        self.complete = None;
        if let Some(ending) = self.after_going_on(drive, now) {
            return Some(ending);
        }
        if self.went_on.is_none() && now >= drive.quiet_since + self.patience {
            (self.went_on, self.progress) = (Some(now), drive.tally.progress());
            drive.go_on_unread();
        }
        (now >= self.length + DRAIN + self.patience * 2).then_some(Ending::Deadline)
    }

    /// Nothing came for a long time though something should have. Then everybody says one thing more: a server that answers that
    /// has lost what is missing, and one that does not has stopped.
    fn after_going_on(&mut self, drive: &Drive<'_>, now: Duration) -> Option<Ending> {
        let went_on = self.went_on?;
        if drive.tally.progress() == self.progress {
            let silent = now.saturating_sub(drive.tally.heard_at());
            return (now >= went_on + self.patience).then_some(Ending::Silent(silent));
        }
        if drive.is_sending {
            self.went_on = None;
            return None;
        }
        (now >= drive.quiet_since + AFTER * 4).then_some(Ending::Complete)
    }
}

/// A thread that tells when messages are due; it ends with this value.
struct Metronome {
    beat: Arc<Notify>,
    _stop: mpsc::Sender<()>,
}

impl Metronome {
    fn start(epoch: Instant, pace: Pace) -> Self {
        let beat = Arc::new(Notify::new());
        let (stop, stopped) = mpsc::channel();
        if let Pace::Open { rate } = pace {
            let beat = Arc::clone(&beat);
            let every = Duration::from_secs_f64(1.0 / rate).max(BEAT).as_secs_f64();
            // Without a thread the ticks beat the time: coarser, and shown as such by what the load waited itself.
            let _ = std::thread::Builder::new()
                .name("metronome".to_owned())
                .spawn(move || {
                    loop {
                        let now = epoch.elapsed().as_secs_f64();
                        let next = Duration::from_secs_f64(((now / every).floor() + 1.0) * every);
                        let rest = next.saturating_sub(epoch.elapsed());
                        match stopped.recv_timeout(rest) {
                            Err(RecvTimeoutError::Timeout) => beat.notify_one(),
                            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                        }
                    }
                });
        }
        Self { beat, _stop: stop }
    }
}
