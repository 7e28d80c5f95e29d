//! The runner: plays scenarios against a server and judges it. Its verdicts must neither accuse a correct server nor pass a
//! broken one.
//!
//! One scenario after the other, each with clients and nicknames of its own. It produces a [`Report`] and tells a sink what goes
//! on; how either is shown or saved it does not know.

mod act;
mod applicability;
mod aside;
mod attune;
mod blocks;
mod crowd;
mod due;
mod evidence;
mod farewell;
mod finding;
mod hear;
mod held_up;
mod join;
mod judge;
mod listing;
mod nicks;
mod outcome;
mod pace;
mod post_mortem;
mod probe;
mod rest;
mod script;
mod silence;
mod stage;
mod trace;
mod unheard;
mod vocabulary;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use protocol::Dialect;
use protocol::dialect::Level;
use protocol::message::NoticeKind;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::event::{Event, Sink};
use crate::lesson::{Mishap, Server as Became};
use crate::report::{Because, Outcome, Remark, Report, Words};
use crate::scenario::{Action, CrowdVerb, Scenario, Step, Verb};
use crate::stop::Stop;
use crate::target::Server;
use crate::transcript::{ClientId, Transcript};
use crate::verdict::{Detail, Finding, Verdict};
pub use applicability::lacks;
use attune::{Attuning, Found};
pub(crate) use attune::{inquire, keep};
use judge::How;
use nicks::Nicks;
use pace::Pace;
use post_mortem::ShutOut;
use probe::Life;
use script::{About, failure};
use stage::{Lasting, Stage};
use unheard::Unheard;

/// How a client goes from its own side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Departure {
    Close,
    Reset,
    Finish,
}

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Stretches every wait.
    pub time_scale: f64,
    /// Whether warnings earn nothing.
    pub strict: bool,
    /// The first failure of this level, or of one that binds more, ends the run.
    pub fail_fast: Option<Level>,
    /// How often each scenario is run.
    pub repeat: u32,
    /// Whether to find out where the server's clients must end their messages, if nothing that the dialect says is answered.
    pub attunes: bool,
    /// What the report says of the run as it was asked for.
    pub remarks: Vec<Remark>,
    /// What decides the nicknames.
    pub seed: u64,
    /// Whether each scenario gets a server that was started for it alone, where the server is ours.
    pub fresh: bool,
    /// The wish that the run end early.
    pub stop: Stop,
    /// What follows the file in the command that runs a scenario again: ` --target 127.0.0.1:5000`.
    pub rerun: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            time_scale: 1.0,
            strict: false,
            fail_fast: None,
            repeat: 1,
            attunes: false,
            remarks: Vec::new(),
            seed: 0,
            fresh: false,
            stop: Stop::default(),
            rerun: String::new(),
        }
    }
}

/// Runs scenarios against a server. It always ends with a whole report.
pub async fn run(
    scenarios: &[&Scenario],
    dialect: &Dialect,
    server: &mut Server,
    options: &Options,
    sink: Sink<'_>,
) -> Report {
    let settle = dialect
        .start
        .settle
        .map(|millis| Duration::from_millis(millis.into()));
    let adapted = OnceCell::new();
    let lasting = Lasting {
        dialect,
        declared: dialect,
        attuning: Attuning::new(options.attunes),
        door: server.door(),
        pace: Pace::new(options.time_scale, settle),
        nicks: Nicks::new(options.seed, &dialect.names),
        is_ours_alone: server.is_ours(),
        surplus_terminators: false,
        last_departure: None,
        last_mishap: None,
        plain: BTreeSet::new(),
    };
    let run = Run {
        lasting,
        server,
        options,
        sink,
        began: SystemTime::now(),
        started: Instant::now(),
        told: Instant::now(),
        outcomes: Vec::new(),
        remarks: options.remarks.clone(),
        over: None,
        adapted: &adapted,
        guests: JoinSet::new(),
        used: false,
        served: false,
        clients: 0,
        shut_out: None,
        unheard: Unheard::default(),
    };
    run.whole(scenarios).await
}

/// A run under way.
struct Run<'r, 's> {
    lasting: Lasting<'r>,
    server: &'s mut Server,
    options: &'s Options,
    sink: Sink<'s>,
    began: SystemTime,
    started: Instant,
    /// When the report so far was last told.
    told: Instant,
    outcomes: Vec<Outcome>,
    remarks: Vec<Remark>,
    /// Why nothing is played any more.
    over: Option<Because>,
    /// The dialect as this server wants it spoken, where that was found out.
    adapted: &'r OnceCell<Dialect>,
    /// The clients with which it was found out.
    guests: JoinSet<()>,
    /// Whether a scenario was played since the server was started.
    used: bool,
    /// Whether anybody was ever served.
    served: bool,
    /// How many clients have come and left.
    clients: u32,
    /// What became of the server when it left somebody waiting at its door: it need not be found out again each time.
    shut_out: Option<ShutOut>,
    /// The last servers in a row from which nobody heard anything.
    unheard: Unheard,
}

/// One scenario, played once.
struct Played {
    verdict: Verdict,
    findings: Vec<Finding>,
    transcript: Transcript,
    life: Life,
    /// Whether the server was dead before it began.
    found_it_dead: bool,
    last_departure: Option<Detail>,
    /// The last thing over which the server may have stumbled: nothing shows that it did not.
    last_mishap: Option<Mishap>,
    /// Another framing that the server wants: the scenario must be played again.
    found: Option<Found>,
}

impl Played {
    /// There was no server to play on.
    fn nothing() -> Self {
        Self {
            verdict: Verdict::Blocked,
            findings: Vec::new(),
            transcript: Transcript::default(),
            life: Life::Refuses,
            found_it_dead: true,
            last_departure: None,
            last_mishap: None,
            found: None,
        }
    }
}

impl Options {
    /// Whether the run ends with this outcome.
    pub(crate) fn are_over_with(&self, outcome: &Outcome) -> bool {
        self.fail_fast
            .is_some_and(|weakest| outcome.level <= weakest && outcome.has_failed(self.strict))
    }
}

impl<'r> Run<'r, '_> {
    async fn whole(mut self, scenarios: &[&Scenario]) -> Report {
        (self.sink)(&Event::RunStarted {
            scenarios: scenarios.len(),
        });
        let mut not_run = 0;
        for (index, scenario) in scenarios.iter().enumerate() {
            (self.sink)(&Event::ScenarioStarted {
                id: &scenario.id,
                title: &scenario.title,
            });
            let stop = self.options.stop.clone();
            let outcome = tokio::select! {
                biased;
                () = stop.requested() => {
                    not_run = u32::try_from(scenarios.len() - index).unwrap_or(u32::MAX);
                    break;
                }
                outcome = self.scenario(scenario) => outcome,
            };
            (self.sink)(&Event::ScenarioFinished { outcome: &outcome });
            let is_last = self.options.are_over_with(&outcome);
            self.outcomes.push(outcome);
            self.tell_so_far(scenarios.len() - index - 1);
            if is_last {
                not_run = u32::try_from(scenarios.len() - index - 1).unwrap_or(u32::MAX);
                break;
            }
        }
        if not_run == 0 && self.used && self.over.is_none() {
            self.outlived().await;
        }
        let stop = self.options.stop.clone();
        tokio::select! {
            biased;
            () = stop.requested() => {}
            () = self.server.look_at_rest() => {}
        }
        if self.lasting.surplus_terminators {
            self.remark(surplus_terminators());
        }
        (self.sink)(&Event::RunFinished);
        self.report(not_run)
    }

    /// The report, as if the run ended here.
    fn report(&mut self, not_run: u32) -> Report {
        Report {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            began: rfc3339(self.began),
            target: self.server.target(),
            dialect: self.lasting.dialect.name.clone(),
            dialect_title: self.lasting.dialect.title.clone(),
            strict: self.options.strict,
            outcomes: std::mem::take(&mut self.outcomes),
            not_run,
            remarks: self.remarks.clone(),
            elapsed: self.started.elapsed(),
        }
    }

    /// Tells the report so far, if the last is old.
    fn tell_so_far(&mut self, to_run: usize) {
        const EVERY: Duration = Duration::from_secs(2);
        if self.told.elapsed() < EVERY {
            return;
        }
        self.told = Instant::now();
        let report = self.report(u32::try_from(to_run).unwrap_or(u32::MAX));
        (self.sink)(&Event::SoFar { report: &report });
        self.outcomes = report.outcomes;
    }

    fn remark(&mut self, remark: Remark) {
        (self.sink)(&Event::Remarked { remark: &remark });
        self.remarks.push(remark);
    }

    async fn scenario(&mut self, scenario: &Scenario) -> Outcome {
        let started = Instant::now();
        let mut outcome = outcome::blank(scenario, self.lasting.dialect, self.options);
        outcome.started = self.started.elapsed();
        if let Some(words) = applicability::lacks(self.lasting.declared, scenario) {
            outcome.verdict = Verdict::NotApplicable;
            outcome.because = Some(Because::DialectLacks(words));
            return outcome;
        }
        if self.over.is_some() {
            outcome.verdict = Verdict::Blocked;
            outcome.because.clone_from(&self.over);
            return outcome;
        }
        let times = self.options.repeat.max(1);
        let mut passed = 0;
        for round in 0..times {
            let played = self.play_fairly(scenario, round > 0).await;
            let is_good = matches!(played.verdict, Verdict::Pass | Verdict::Warn);
            passed += u32::from(is_good);
            if outcome.verdict == Verdict::Pass || !is_good {
                outcome.verdict = played.verdict;
                outcome.findings = played.findings;
                outcome.transcript = played.transcript;
            }
            if played.verdict == Verdict::Blocked {
                outcome.because.clone_from(&self.over);
            }
            if self.over.is_some() {
                break;
            }
        }
        outcome.repeated = (times > 1).then_some((passed, times));
        outcome.elapsed = started.elapsed();
        outcome
    }

    /// Plays a scenario; where the server was dead before it began, that is not this scenario's fault. `again`: it was just played.
    async fn play_fairly(&mut self, scenario: &Scenario, again: bool) -> Played {
        let asks_first =
            self.is_fresh_each_time() || !shows_life_first(scenario, self.lasting.dialect);
        let mut is_proven = false;
        if self.used && asks_first {
            let outlived = again
                || self.outlived().await.is_none_or(|outlived| {
                    is_proven = outlived;
                    outlived
                });
            if (self.is_fresh_each_time() || !outlived) && !self.restart().await {
                let last = self.last_played().unwrap_or_default();
                self.over = Some(Because::ServerDiedIn(last));
                return Played::nothing();
            }
        }
        let was_used = self.used;
        let mut played = self.play(scenario).await;
        if let Some(found) = played.found.take() {
            self.adapt(found).await;
            played = self.play(scenario).await;
        }
        if played.found_it_dead && was_used && !again && !is_proven {
            let former = self.last_played();
            if let Some(finding) = played.findings.first().cloned() {
                self.blame_former(finding, played.transcript.clone());
            }
            if self.has_another().await {
                played = self.play(scenario).await;
            } else if let Some(former) = former {
                self.over = Some(self.no_more(played.life, former));
                played.verdict = Verdict::Blocked;
                played.findings.clear();
                return played;
            }
        }
        self.lasting
            .last_departure
            .clone_from(&played.last_departure);
        self.lasting.last_mishap = played.last_mishap;
        if played.verdict == Verdict::Fail
            && (self.unheard.is_enough() || matches!(played.life, Life::Refuses | Life::Mute))
            && !self.has_another().await
        {
            self.over = Some(self.no_more(played.life, scenario.id.clone()));
        }
        played
    }

    /// Whether the next scenario has a server, after one in which it served nobody any more: a new one where it is ours, or the
    /// same, if it serves again now that the clients have left.
    async fn has_another(&mut self) -> bool {
        if self.unheard.is_enough() {
            return false;
        }
        self.restart().await || (self.served && self.serves_again().await)
    }

    /// Why nothing is played any more, when it came to this in that scenario.
    fn no_more(&self, life: Life, scenario: String) -> Because {
        match life {
            Life::Refuses if !self.unheard.is_enough() => Because::ServerDiedIn(scenario),
            _ => {
                let unheard = self.unheard.because();
                unheard.unwrap_or(Because::ServesNobodySince(scenario))
            }
        }
    }

    /// Whether the server serves a new client now.
    async fn serves_again(&mut self) -> bool {
        let mut stage = Stage::new(&mut self.lasting, &[]);
        let serves = stage.life().await == Life::Serves;
        stage.farewell().await;
        serves
    }

    fn is_fresh_each_time(&self) -> bool {
        self.options.fresh && self.server.is_ours()
    }

    /// Whether the server still serves after the clients of the last scenario have left. Where it does not, that scenario fails.
    /// Nothing: there was no reason to ask.
    async fn outlived(&mut self) -> Option<bool> {
        let last = self.last_outcome().map(|outcome| outcome.verdict);
        if !self.served || !matches!(last, Some(Verdict::Pass | Verdict::Warn)) {
            return None;
        }
        let mut stage = Stage::new(&mut self.lasting, &[]);
        let (id, asked) = stage.ask_for_life().await;
        let became = match probe::life(&asked) {
            Life::Serves | Life::Closes => {
                stage.at_once = true;
                stage.quit(id, false).await;
                stage.farewell().await;
                // Whatever happens next, no former departure is the cause.
                self.lasting.last_departure = None;
                self.clients = self.clients.saturating_add(1);
                self.lasting.last_mishap = None;
                return Some(true);
            }
            Life::Refuses => Became::Gone,
            Life::Mute => Became::Mute,
        };
        let Err(miss) = asked else {
            return Some(true);
        };
        let finding = stage.finding(&failure(About::Serving, id, miss), became);
        let transcript = stage.clients.into_transcript();
        self.blame_former(finding, transcript);
        Some(false)
    }

    /// Goes on as the server wants it, and says so.
    async fn adapt(&mut self, found: Found) {
        let declared = self.lasting.declared;
        self.lasting.dialect = self.adapted.get_or_init(|| found.adapted(declared));
        self.lasting.pace.hope_again();
        self.shut_out = None;
        self.remark(found.remark(declared));
        if !self.restart().await {
            for guests in found.guests {
                attune::keep(&mut self.guests, guests);
            }
        }
    }

    /// Starts the server again, if it is ours. `false`: it cannot be.
    async fn restart(&mut self) -> bool {
        if !self.server.restart().await {
            return false;
        }
        self.lasting.door = self.server.door();
        self.lasting.last_departure = None;
        self.lasting.last_mishap = None;
        self.used = false;
        (self.sink)(&Event::ServerRestarted);
        true
    }

    /// The last scenario that was played.
    fn last_outcome(&mut self) -> Option<&mut Outcome> {
        let mut outcomes = self.outcomes.iter_mut().rev();
        outcomes.find(|outcome| {
            matches!(
                outcome.verdict,
                Verdict::Pass | Verdict::Warn | Verdict::Fail
            )
        })
    }

    fn last_played(&mut self) -> Option<String> {
        self.last_outcome().map(|outcome| outcome.id.clone())
    }

    /// The server died when the clients of the former scenario left: that is where it is told.
    fn blame_former(&mut self, mut finding: Finding, transcript: Transcript) {
        let Some(outcome) = self.last_outcome() else {
            return;
        };
        if outcome.verdict == Verdict::Fail {
            return;
        }
        finding.step = None;
        let (offset, after) = outcome.transcript.append(transcript);
        finding.client = finding.client.map(|id| ClientId(id.0 + offset));
        finding.at += after;
        outcome.verdict = Verdict::Fail;
        outcome.findings.insert(0, finding);
        let remark = died_between(&outcome.id);
        self.remark(remark);
    }

    /// Plays a scenario once.
    async fn play(&mut self, scenario: &Scenario) -> Played {
        let is_fresh = !std::mem::replace(&mut self.used, true);
        let mut stage = Stage::new(&mut self.lasting, &scenario.actors);
        stage.will_stop_reading = scenario.who_stop_reading();
        let mut warnings = Vec::new();
        let mut failed = stage.steps(&scenario.steps, &mut warnings).await.err();
        if failed.is_none() {
            failed = stage.left_overs().await.err();
        }
        let mut became = Became::Serves;
        let mut life = Life::Serves;
        stage.note_answers();
        let found = match &failed {
            Some(failure) => stage.attune(failure).await,
            None => None,
        };
        if let Some(failure) = &failed
            && found.is_none()
        {
            let serves_nobody = !self.served && !stage.was_anybody_served();
            let is_shut_out = failure.about == About::Joining
                && failure.miss.how == How::Late
                && (serves_nobody || stage.is_in_order());
            let known = self.shut_out.filter(|_| is_shut_out);
            (life, became) = match known.and_then(|known| known.when(serves_nobody)) {
                Some(known) => known,
                None => stage.post_mortem(failure).await,
            };
            self.shut_out = is_shut_out.then(|| ShutOut::again(known, life, became));
            self.unheard = match failure.about {
                About::Joining if serves_nobody => self.unheard.after(
                    &stage,
                    is_fresh && shows_life_first(scenario, stage.run.dialect),
                ),
                _ => Unheard::default(),
            };
        }
        let seen = failed.iter().map(|failure| (failure, became));
        let seen = seen.chain(warnings.iter().map(|warning| (warning, Became::Serves)));
        let mut findings: Vec<Finding> = seen
            .map(|(failure, became)| stage.finding(failure, became))
            .collect();
        if let Some((failure, finding)) = failed.as_ref().zip(findings.first()) {
            stage.note_plain(failure, finding);
        }
        let mut ignored = Vec::new();
        if became == Became::Serves
            && let Err(late) = stage.steps(&scenario.finally, &mut ignored).await
            && failed.is_none()
        {
            findings.insert(0, stage.finding(&late, became));
            failed = Some(late);
        }
        let last_mishap = stage.mishap.filter(|_| !stage.is_past_its_mishap());
        stage.farewell().await;
        if let Some(finding) = findings.first_mut().filter(|_| failed.is_some()) {
            let output = self.server.last_output(life == Life::Refuses).await;
            finding.server_output =
                output.filter(|_| matches!(became, Became::Gone | Became::Mute));
        }
        let verdict = match (&failed, findings.is_empty()) {
            (Some(_), _) => Verdict::Fail,
            (None, false) => Verdict::Warn,
            (None, true) => Verdict::Pass,
        };
        if failed.is_none() {
            self.unheard = Unheard::default();
        }
        let was_served = stage.was_anybody_served();
        self.served |= was_served;
        let found_it_dead = life != Life::Serves && !was_served;
        let last = stage
            .last_departure
            .or_else(|| stage.members.len().checked_sub(1).map(ClientId));
        let last_departure =
            last.map(|id| Detail::PlayerIn(stage.member(id).player.clone(), scenario.id.clone()));
        let transcript = stage.clients.into_transcript();
        self.clients = self.clients.saturating_add(transcript.connected());
        self.server.look(self.clients);
        Played {
            verdict,
            findings,
            transcript,
            life,
            found_it_dead,
            last_departure,
            last_mishap,
            found,
        }
    }
}

/// Whether a scenario begins with a client that is welcomed: what the server suffers later is then of the scenario's own making.
fn shows_life_first(scenario: &Scenario, dialect: &Dialect) -> bool {
    fn joins(step: &Step) -> bool {
        match &step.action {
            Action::Do { verb, .. } => matches!(verb, Verb::Join(_)),
            Action::Crowd { verb, .. } => matches!(verb, CrowdVerb::Join),
            Action::Block { steps, .. } => steps.first().is_some_and(joins),
            Action::ServerStillServes => true,
        }
    }
    let is_welcomed = dialect
        .reply(NoticeKind::Welcome)
        .is_some_and(|welcome| !welcome.optional);
    is_welcomed && scenario.steps.first().is_some_and(joins)
}

fn surplus_terminators() -> Remark {
    Remark::warning(Words {
            pt: "o servidor termina mensagens com uma quebra de linha ou um NUL, que o protocolo não tem"
                .to_owned(),
            en: "the server ends messages with a line terminator or a NUL, which the protocol does not have"
                .to_owned(),
        })
}

fn died_between(former: &str) -> Remark {
    Remark::warning(Words {
        pt: format!(
            "depois que os clientes do cenário {former} saíram, o servidor não atendia mais ninguém; por isso esse cenário falhou"
        ),
        en: format!(
            "after the clients of scenario {former} had left, the server served nobody any more; that scenario has failed for it"
        ),
    })
}

/// The time as RFC 3339 writes it, in UTC, to the second.
fn rfc3339(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_time_is_written_as_rfc_3339_writes_it() {
        let at = |seconds| rfc3339(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_795_214_669), "2026-11-20T22:44:29Z");
    }
}
