//! One session: three clients go through everything once, and what the first two hear at each act is kept as it came.

use std::net::{Ipv4Addr, SocketAddr};

use protocol::framing::Framing;

use super::cast::{Cast, given};
use super::ends::Ends;
use super::line::{Caller, Line};
use super::replaced;
use super::words::Words;

/// What happened, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The first client connected.
    AnaConnects,
    /// It took a step of the registration that is not the last.
    AnaSteps,
    /// It registered.
    AnaJoins,
    /// It asked who is there, alone.
    ListsAlone,
    /// The second connected.
    BiaConnects,
    /// The second took a step of the registration that is not the last.
    BiaSteps,
    /// The second registered.
    BiaJoins,
    /// The third came.
    CaioJoins,
    /// The first said something to all.
    Says,
    /// It said the same once more: now nothing is left that waited for traffic.
    SaysAgain,
    /// It said something long and accented.
    SaysMore,
    /// It said something to the second.
    Tells,
    /// It said something to somebody who is not there.
    TellsNobody,
    /// It asked who is there.
    Lists,
    /// It sent what is no command.
    Strange,
    /// It sent the command of a message and no message.
    Malformed,
    /// The second left with a word.
    Quits,
    /// The second or the third left without one.
    Closes,
    /// The third broke off.
    Resets,
    /// The first said something when all had left.
    SaysAlone,
    /// Somebody with digits in the name registered; it counts as the second.
    DigitsJoin,
    /// Somebody came, and took the steps of a registration that are answered as usual; it counts as the second.
    Returns,
    /// Somebody asked for the name of the first, who was there; it counts as the second.
    AsksForTaken,
    /// The same asked for a name that is free: on that connection, or on another if it was closed.
    AsksForFree,
}

/// What the first two clients heard at an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What happened.
    pub act: Act,
    /// The first client's bytes.
    pub ana: Vec<u8>,
    /// The second's.
    pub bia: Vec<u8>,
}

/// A session as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who took part.
    pub cast: Cast,
    /// In the order in which it happened.
    pub heard: Vec<Heard>,
    /// Whether the server closed after the quit.
    pub closes: bool,
    /// Whether the server gave the names.
    pub is_given: bool,
    /// Whether it closed the connection of who asked for a name that is taken.
    pub shuts_out: bool,
}

impl Session {
    /// What was heard at an act.
    pub(super) fn at(&self, act: Act) -> impl Iterator<Item = &Heard> {
        self.heard.iter().filter(move |heard| heard.act == act)
    }

    /// Every piece that was heard.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.heard
            .iter()
            .flat_map(|heard| [&heard.ana[..], &heard.bia])
    }

    /// Every piece that was heard once clients were in: what asks for a name may end otherwise.
    pub(super) fn answers(&self) -> impl Iterator<Item = &[u8]> {
        use Act::{AnaConnects, AsksForFree, AsksForTaken, BiaConnects, CaioJoins, Returns};
        let asks = |act| {
            let are_asked = [AnaConnects, BiaConnects, CaioJoins, Returns];
            are_asked.contains(&act) || [AsksForTaken, AsksForFree].contains(&act)
        };
        let heard = self.heard.iter().filter(move |heard| !asks(heard.act));
        heard.flat_map(|heard| [&heard.ana[..], &heard.bia])
    }

    /// The session with each piece rewritten.
    pub(super) fn rewritten(mut self, rewrite: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        for heard in &mut self.heard {
            heard.ana = rewrite(&heard.ana);
            heard.bia = rewrite(&heard.bia);
        }
        self
    }
}

/// How the third client goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    Closes,
    Resets,
}

/// What a session needs to know.
pub(super) struct Script<'a> {
    pub(super) words: &'a Words,
    pub(super) ends: &'a Ends,
    /// Whether the server says something at connect.
    pub(super) greets: bool,
    pub(super) departure: Departure,
}

/// Plays it; what time or connections did not allow is missing at its end.
pub(super) async fn play(caller: &mut Caller, script: &Script<'_>, cast: Cast) -> Session {
    let mut session = Session {
        cast,
        heard: Vec::new(),
        closes: false,
        is_given: false,
        shuts_out: false,
    };
    // What cannot be had ends the session.
    let _ = acts(caller, script, &mut session).await;
    session
}

async fn acts(caller: &mut Caller, script: &Script<'_>, session: &mut Session) -> Option<()> {
    let words = script.words;
    let ana = caller.call().await.ok()?;
    let mut stage = Stage {
        caller,
        script,
        session,
        ana,
        bia: None,
        caio: None,
    };
    stage.connected(Act::AnaConnects).await;
    stage.joins(Who::Ana).await;
    if let Some(list) = words.list() {
        stage.does(Act::ListsAlone, list).await;
    }
    stage.bia = stage.caller.call().await.ok();
    stage.bia.as_ref()?;
    stage.connected(Act::BiaConnects).await;
    stage.names_given();
    stage.joins(Who::Bia).await;
    stage.third().await;

    let Cast {
        ana,
        bia,
        nobody,
        text,
        ..
    } = stage.session.cast.clone();
    stage.does(Act::Says, words.say(&ana, &text)).await;
    let is_answered = stage
        .session
        .at(Act::Says)
        .any(|heard| !heard.ana.is_empty() || !heard.bia.is_empty());
    if !is_answered {
        return None;
    }
    stage.does(Act::SaysAgain, words.say(&ana, &text)).await;
    if !matches!(script.ends.chatting, Framing::Fixed { .. }) {
        stage.does(Act::SaysMore, words.say(&ana, MORE)).await;
    }
    if let Some(tell) = words.tell(&ana, &bia, &text) {
        stage.does(Act::Tells, tell).await;
    }
    if let Some(tell) = words.tell(&ana, &nobody, &text) {
        stage.does(Act::TellsNobody, tell).await;
    }
    if let Some(list) = words.list() {
        stage.does(Act::Lists, list).await;
    }
    if let Some(command) = words.command() {
        let strange = stage.session.cast.command.clone().into_bytes();
        stage.does(Act::Strange, strange).await;
        stage.does(Act::Malformed, command).await;
    }
    stage.leaves().await;
    if words.has_join() && script.departure == Departure::Resets {
        stage.digits().await;
    }
    if words.has_join() {
        stage.namesake().await;
    }
    Some(())
}

/// A name of this kind that the server gives to nobody for long: a number, or an address.
fn nobody_like(given: &str) -> String {
    const FAR: u64 = 100_000;
    match given.parse::<u64>() {
        Ok(number) => number.saturating_add(FAR).to_string(),
        Err(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 1)).to_string(),
    }
}

/// A name with digits, as long as those that scenarios use.
pub(super) const DIGITS: &str = "prb7xk9zq";

/// The beginning of a longer text.
pub(super) const ACCENTS: &str = "olá, São João";

/// A text that is neither short nor ASCII alone.
pub(super) const MORE: &str = "olá, São João: muitas palavras, uma atrás da outra, para ver se um texto mais longo, com acentos, \
chega inteiro; e ainda mais algumas, até que sejam quatrocentos bytes: um, dois, três, quatro, cinco, seis, sete, oito, nove, dez, \
onze, doze, treze, catorze, quinze, dezesseis, dezessete, dezoito, dezenove, vinte, vinte e um, vinte e dois, vinte e três, fim kxqzw";

/// Whether two answers are the same but for their numbers, which may be of the moment.
fn is_alike(one: &[u8], other: &[u8]) -> bool {
    let words = |bytes: &[u8]| -> Vec<u8> {
        let words = bytes.iter().filter(|byte| !byte.is_ascii_digit());
        words.copied().collect()
    };
    words(one) == words(other)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Ana,
    Bia,
}

struct Stage<'a> {
    caller: &'a mut Caller,
    script: &'a Script<'a>,
    session: &'a mut Session,
    ana: Line,
    bia: Option<Line>,
    /// What it hears is read, so that its end is an end, and not kept.
    caio: Option<Line>,
}

impl Stage<'_> {
    /// What the clients hear now.
    async fn hear(&mut self, act: Act) {
        let has_bia = self.bia.is_some();
        let lines = std::iter::once(&mut self.ana)
            .chain(&mut self.bia)
            .chain(&mut self.caio);
        let mut heard = self
            .caller
            .hear_all(&mut lines.collect::<Vec<_>>())
            .await
            .into_iter();
        let ana = heard.next().unwrap_or_default();
        let bia = heard.next().filter(|_| has_bia).unwrap_or_default();
        self.session.heard.push(Heard { act, ana, bia });
    }

    async fn connected(&mut self, act: Act) {
        if self.script.greets {
            self.hear(act).await;
        }
    }

    fn line(&mut self, who: Who) -> &mut Line {
        match (who, &mut self.bia) {
            (Who::Bia, Some(bia)) => bia,
            _ => &mut self.ana,
        }
    }

    async fn joins(&mut self, who: Who) {
        let cast = &self.session.cast;
        let (name, acts) = match who {
            Who::Ana => (&cast.ana, [Act::AnaSteps, Act::AnaJoins]),
            Who::Bia => (&cast.bia, [Act::BiaSteps, Act::BiaJoins]),
        };
        let steps = self.script.words.join(name);
        let last = steps.len().saturating_sub(1);
        for (at, step) in steps.into_iter().enumerate() {
            let bytes = self.script.ends.joining.encode(&step);
            self.line(who).send(&bytes).await;
            self.hear(acts[usize::from(at == last)]).await;
        }
    }

    /// Somebody else comes; what those who are there hear of it is kept.
    async fn third(&mut self) {
        let Ok(caio) = self.caller.call().await else {
            return;
        };
        if self.session.is_given {
            let next = self
                .session
                .cast
                .bia
                .parse::<u64>()
                .map(|number| (number + 1).to_string());
            self.session.cast.caio = next.unwrap_or_else(|_| caio.own().to_string());
        }
        self.caio = Some(caio);
        self.connected(Act::CaioJoins).await;
        for step in self.script.words.join(&self.session.cast.caio) {
            let bytes = self.script.ends.joining.encode(&step);
            if let Some(caio) = &mut self.caio {
                caio.send(&bytes).await;
            }
            self.hear(Act::CaioJoins).await;
        }
        if !self.script.greets && !self.script.words.has_join() {
            self.hear(Act::CaioJoins).await;
        }
    }

    /// Whether a name may have digits.
    async fn digits(&mut self) {
        self.bia = self.caller.call().await.ok();
        let greets = self.script.greets;
        if greets {
            self.hear(Act::CaioJoins).await;
        }
        let steps = self.script.words.join(DIGITS);
        let last = steps.len().saturating_sub(1);
        for (at, step) in steps.into_iter().enumerate() {
            let bytes = self.script.ends.joining.encode(&step);
            self.line(Who::Bia).send(&bytes).await;
            self.hear(if at == last {
                Act::DigitsJoin
            } else {
                Act::CaioJoins
            })
            .await;
        }
    }

    /// Somebody asks for the name of the first, who is there with another, and then for one that is free.
    async fn namesake(&mut self) -> Option<()> {
        let Cast { ana, dora, eva, .. } = self.session.cast.clone();
        self.comes(&dora, Act::Returns).await?;
        self.caio = self.bia.take();
        self.comes(&ana, Act::AsksForTaken).await?;
        // A refusal may come in two parts, and an end after it.
        self.hear(Act::AsksForTaken).await;
        self.session.shuts_out = self.bia.as_ref().is_some_and(Line::is_closed);
        if self.ana.is_closed() {
            return None;
        }
        match self.session.shuts_out {
            true => self.comes(&eva, Act::AsksForFree).await,
            false => self.registers(&eva, Act::AsksForFree).await,
        }
    }

    /// Another client in the place of the second connects and registers.
    async fn comes(&mut self, name: &str, act: Act) -> Option<()> {
        self.bia = Some(self.caller.call().await.ok()?);
        self.connected(Act::Returns).await;
        self.registers(name, act).await
    }

    /// The client in the place of the second registers; a step that is answered otherwise than the first client's is the last.
    async fn registers(&mut self, name: &str, act: Act) -> Option<()> {
        let usual: Vec<_> = self
            .session
            .at(Act::AnaSteps)
            .map(|heard| replaced(&heard.ana, &self.session.cast.ana, name))
            .collect();
        for (at, step) in self.script.words.join(name).into_iter().enumerate() {
            let bytes = self.script.ends.joining.encode(&step);
            self.line(Who::Bia).send(&bytes).await;
            self.hear(Act::Returns).await;
            let heard = self.session.heard.last_mut()?;
            if usual
                .get(at)
                .is_none_or(|usual| !is_alike(usual, &heard.bia))
            {
                heard.act = act;
                break;
            }
        }
        Some(())
    }

    /// Where nobody registers, the server may have given names.
    fn names_given(&mut self) {
        if self.script.words.has_join() {
            return;
        }
        let greetings: Vec<_> = [(Act::AnaConnects, 0), (Act::BiaConnects, 1)]
            .into_iter()
            .filter_map(|(act, at)| {
                let heard = self.session.at(act).next()?;
                Some(if at == 0 {
                    heard.ana.clone()
                } else {
                    heard.bia.clone()
                })
            })
            .collect();
        let own: Vec<_> = std::iter::once(&self.ana)
            .chain(&self.bia)
            .map(Line::own)
            .collect();
        if let Some(names) = given(&greetings, &own)
            && let [ana, bia] = &names[..]
        {
            self.session.is_given = true;
            self.session.cast.ana.clone_from(ana);
            self.session.cast.bia.clone_from(bia);
            self.session.cast.nobody = nobody_like(bia);
        }
    }

    /// The first client sends something.
    async fn does(&mut self, act: Act, content: Vec<u8>) {
        self.ana
            .send(&self.script.ends.chatting.encode(&content))
            .await;
        self.hear(act).await;
    }

    /// The second goes, with a word if there is one, then the third; where nobody was told, it may come with the next traffic.
    async fn leaves(&mut self) {
        let before = self.session.heard.len();
        let quits = self.script.words.quit(&self.session.cast.bia);
        let act = match quits.is_empty() {
            true => Act::Closes,
            false => Act::Quits,
        };
        let last = quits.len();
        for (at, quit) in quits.into_iter().enumerate() {
            let bytes = self.script.ends.chatting.encode(&quit);
            self.line(Who::Bia).send(&bytes).await;
            if at + 1 < last {
                self.hear(act).await;
            }
        }
        match act {
            Act::Quits => {
                self.hear(act).await;
                self.session.closes = self.bia.as_ref().is_some_and(Line::is_closed);
                self.bia = None;
            }
            _ => {
                self.bia = None;
                self.hear(act).await;
            }
        }
        if let Some(caio) = self.caio.take() {
            let act = match self.script.departure {
                Departure::Closes => Act::Closes,
                Departure::Resets => Act::Resets,
            };
            match self.script.departure {
                Departure::Closes => drop(caio),
                Departure::Resets => caio.reset(),
            }
            self.hear(act).await;
        }
        let is_told = self.session.heard[before..]
            .iter()
            .any(|heard| !heard.ana.is_empty());
        if !is_told
            && self
                .session
                .at(Act::Says)
                .any(|heard| !heard.ana.is_empty())
        {
            let say = self
                .script
                .words
                .say(&self.session.cast.ana, &self.session.cast.text);
            self.does(Act::SaysAlone, say).await;
        }
    }
}
