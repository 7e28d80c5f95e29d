//! What one client hears: bytes in whatever pieces they come, kept until they mean something.
//!
//! Knows no socket and no clock: whoever reads says when nothing more came for a while ([`Supply::Settled`]).

use protocol::decoration::Stripper;
use protocol::dialect::Decoration;
use protocol::matching::Supply;

use super::lexicon::{Heard, Lexicon};

/// One client's stream. See the module's documentation.
pub(super) struct Ear {
    stripper: Option<Stripper>,
    unread: Vec<u8>,
    /// Whether the last reply was taken for whole because nothing followed it for a while: its rest may still come.
    may_go_on: bool,
}

impl Ear {
    /// An ear from whose stream this decoration is taken away.
    pub(super) fn new(decoration: Decoration) -> Self {
        Self {
            stripper: (decoration != Decoration::default()).then(|| Stripper::new(decoration)),
            unread: Vec::new(),
            may_go_on: false,
        }
    }

    /// Whether something came that does not mean anything yet.
    pub(super) fn waits(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Forgets what came.
    pub(super) fn clear(&mut self) {
        self.unread.clear();
    }

    /// Hears bytes that just came.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        lexicon: &mut Lexicon<'_>,
        tell: &mut dyn FnMut(&Heard<'_>),
    ) {
        let may_go_on = &mut self.may_go_on;
        let mut tell = |heard: Heard<'_>| tell(&whole(heard, may_go_on));
        if self.unread.is_empty() && self.stripper.is_none() {
            // Nearly always: nothing is copied.
            let done = lexicon.read(bytes, Supply::Open, &mut tell);
            self.unread.extend_from_slice(&bytes[done..]);
            return;
        }
        match &mut self.stripper {
            Some(stripper) => stripper.strip(bytes, &mut self.unread),
            None => self.unread.extend_from_slice(bytes),
        }
        let done = lexicon.read(&self.unread, Supply::Open, &mut tell);
        self.unread.drain(..done);
    }

    /// What has been unread for a while, or is the last that comes, stands for itself.
    pub(super) fn settle(
        &mut self,
        supply: Supply,
        lexicon: &mut Lexicon<'_>,
        tell: &mut dyn FnMut(&Heard<'_>),
    ) {
        let may_go_on = &mut self.may_go_on;
        let mut tell = |heard: Heard<'_>| {
            let is_reply = heard == Heard::Acknowledged;
            tell(&whole(heard, may_go_on));
            *may_go_on |= is_reply;
        };
        let done = lexicon.read(&self.unread, supply, &mut tell);
        self.unread.drain(..done);
    }
}

/// What was heard; what nobody knows is the rest of a reply, where that may go on.
fn whole<'h>(heard: Heard<'h>, may_go_on: &mut bool) -> Heard<'h> {
    match heard {
        Heard::Strange(_) if std::mem::take(may_go_on) => Heard::Aside,
        // The line end within a reply may come alone.
        Heard::Blank => Heard::Blank,
        heard => {
            *may_go_on = false;
            heard
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::Dialect;
    use std::time::Duration;

    use super::super::crowd::{Crowd, Mark};
    use super::super::outcome::{Ending, Pace};
    use super::super::subject::Subject;
    use super::super::tally::Tally;
    use super::*;

    const CLIENTS: usize = 3;
    const ROUNDS: u32 = 4;

    /// What the first client of a correct `unb` server hears: who came, and each round its acknowledgement and two messages.
    fn stream(crowd: &Crowd, acknowledgement: &str) -> Vec<u8> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let mut stream = String::new();
        for number in 0..ROUNDS {
            stream.push_str(acknowledgement);
            for sender in 1..CLIENTS {
                let mark = Mark { sender, number };
                let nick = text(crowd.nick(sender));
                stream.push_str(&format!("[{nick}]: {}", text(crowd.text(mark))));
            }
        }
        stream.into_bytes()
    }

    /// The stream in pieces of this length, all read as soon as they come, or also looked at after each of them as what may
    /// stand for itself: nothing breaks.
    #[track_caller]
    fn is_understood(acknowledgement: &str, piece: usize, settles: bool) {
        let unb = Dialect::builtin("unb").expect("it is built in");
        let crowd = Crowd::new(CLIENTS, &(20..=60), 5);
        let pace = Pace::Open { rate: 100.0 };
        let subject = Subject::of(unb, CLIENTS, 0, None).expect("it can be loaded");
        let mut tally = Tally::new(subject, pace, crowd.clone(), Duration::from_secs(1));
        let mut lexicon = Lexicon::new(unb, crowd.clone());
        let mut ear = Ear::new(unb.decoration);
        for _ in 0..ROUNDS {
            for sender in 0..CLIENTS {
                tally.say(sender, Duration::ZERO);
            }
        }
        let mut tell = |heard: &Heard<'_>| tally.hear(0, heard, Duration::ZERO);
        for bytes in stream(&crowd, acknowledgement).chunks(piece) {
            ear.take(bytes, &mut lexicon, &mut tell);
            if settles {
                ear.settle(Supply::Settled, &mut lexicon, &mut tell);
            }
        }
        ear.settle(Supply::Closed, &mut lexicon, &mut tell);
        let counts = *tally.counts();
        // The others hear nothing here: only what this client hears can break something.
        let total = tally.finish(Ending::Interrupted, Duration::ZERO);
        let what = format!("{acknowledgement:?} in pieces of {piece}, settled: {settles}");
        assert_eq!(total.violations, [], "{what}");
        assert_eq!(counts.heard, u64::from(ROUNDS) * 2, "{what}");
        assert_eq!(counts.acknowledged, u64::from(ROUNDS), "{what}");
    }

    #[test]
    fn a_stream_is_understood_in_whatever_pieces_it_comes() {
        for acknowledgement in [
            "200 OK",
            "200 OK\nMensagem enviada com sucesso.",
            "200 OK\nEnviado a 3.",
        ] {
            for piece in [1, 2, 3, 7, 20, 1000] {
                for settles in [false, true] {
                    is_understood(acknowledgement, piece, settles);
                }
            }
        }
    }
}
