//! How connections begin and end.

use super::connection::Connection;
use super::script::{ACK, FIN, RST, SYN, Side};
use Side::{Client, Server};

/// How a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// SYN, SYN-ACK, ACK.
    ThreeWay,
    /// The same, but each of the three may be missing from the capture.
    Gappy,
    /// SYN and SYN-ACK are sent several times.
    Repeated,
    /// Both send a SYN and answer the other's.
    Simultaneous,
    /// The server acknowledges the SYN and sends its own SYN after.
    Split,
    /// The SYN carries data (RFC 7413), which the server may not take.
    FastOpen,
    /// The capture began later.
    Underway,
    /// Nobody answers.
    Unanswered,
    /// Nobody listens; the client tries again with the same number.
    Refused,
    /// The client does not answer the SYN-ACK.
    HalfOpen,
    /// The client resets in answer to the SYN-ACK.
    Abandoned,
}

impl Opening {
    pub(crate) const ALL: [Self; 11] = [
        Self::ThreeWay,
        Self::Gappy,
        Self::Repeated,
        Self::Simultaneous,
        Self::Split,
        Self::FastOpen,
        Self::Underway,
        Self::Unanswered,
        Self::Refused,
        Self::HalfOpen,
        Self::Abandoned,
    ];

    /// Whether the capture shows that a connection begins.
    pub(crate) fn is_seen(self) -> bool {
        !matches!(self, Self::Gappy | Self::Underway)
    }
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// The capture ends first.
    Open,
    /// FIN and ACK in each direction.
    Fin(Side),
    /// The second FIN acknowledges the first.
    ThreeSegments(Side),
    /// Both send a FIN before they see the other's.
    Simultaneous,
    /// One side goes on talking after the other's FIN.
    HalfClose(Side),
    Reset(Side),
    /// A reset answers a FIN.
    ResetAfterFin(Side),
}

impl Closing {
    /// Those after which its ports may be used again.
    pub(crate) const ALL: [Self; 12] = [
        Self::Open,
        Self::Fin(Client),
        Self::Fin(Server),
        Self::ThreeSegments(Client),
        Self::ThreeSegments(Server),
        Self::Simultaneous,
        Self::HalfClose(Client),
        Self::HalfClose(Server),
        Self::Reset(Client),
        Self::Reset(Server),
        Self::ResetAfterFin(Client),
        Self::ResetAfterFin(Server),
    ];
}

impl Connection<'_> {
    /// Whether the connection stands now.
    pub(crate) fn open(&mut self, opening: Opening) -> bool {
        match opening {
            Opening::ThreeWay => self.three_way(&[true; 3]),
            Opening::Gappy => {
                let shown = [(); 3].map(|()| self.chance.percent(50));
                self.three_way(&shown);
            }
            Opening::Underway => self.three_way(&[false; 3]),
            Opening::Repeated => self.repeated(),
            Opening::Simultaneous => self.both(),
            Opening::Split => self.split(),
            Opening::FastOpen => self.fast(),
            Opening::Unanswered => self.knock(|_| {}),
            Opening::Refused => self.knock(Self::refuse),
            Opening::HalfOpen => self.half_open(false),
            Opening::Abandoned => self.half_open(true),
        }
        !matches!(
            opening,
            Opening::Unanswered | Opening::Refused | Opening::HalfOpen | Opening::Abandoned
        )
    }

    fn step(&mut self, side: Side, flags: u8, shown: bool) {
        let sent = self.peer(side).sent;
        let position = if flags & SYN != 0 { 0 } else { sent };
        let sight = self.draft(side, flags, position, 0);
        self.arrive(&sight);
        if flags & SYN != 0 {
            self.peer(side).sent = sent.max(1);
        }
        if shown {
            self.see(sight);
        }
    }

    fn three_way(&mut self, shown: &[bool; 3]) {
        self.step(Client, SYN, shown[0]);
        self.step(Server, SYN | ACK, shown[1]);
        self.step(Client, ACK, shown[2]);
    }

    fn repeated(&mut self) {
        for _ in 0..1 + self.chance.below(3) {
            self.step(Client, SYN, true);
        }
        for _ in 0..1 + self.chance.below(3) {
            self.step(Server, SYN | ACK, true);
        }
        self.step(Client, ACK, true);
    }

    fn both(&mut self) {
        self.step(Client, SYN, true);
        self.step(Server, SYN, true);
        self.step(Client, SYN | ACK, true);
        self.step(Server, SYN | ACK, true);
    }

    fn split(&mut self) {
        self.step(Client, SYN, true);
        let acknowledgement = self.draft(Server, ACK, 0, 0);
        self.see(acknowledgement);
        self.step(Server, SYN, true);
        self.step(Client, SYN | ACK, true);
        self.step(Server, ACK, true);
    }

    fn fast(&mut self) {
        let length = 1 + self.chance.below(40);
        self.write(Client, length);
        let syn = self.draft(Client, SYN, 0, 1 + length as u64);
        self.peer(Client).sent = 1 + length as u64;
        match self.chance.percent(50) {
            true => self.arrive(&syn),
            false => self.peer(Server).take(0, 1),
        }
        self.see(syn);
        self.step(Server, SYN | ACK, true);
        self.step(Client, ACK, true);
        self.recover(Client);
    }

    fn knock(&mut self, answer: fn(&mut Self)) {
        for _ in 0..1 + self.chance.below(4) {
            self.step(Client, SYN, true);
            answer(self);
        }
    }

    /// RFC 9293 §3.5.2: a reset with sequence number 0 that acknowledges the SYN.
    fn refuse(&mut self) {
        let mut reset = self.draft(Server, RST | ACK, 0, 0);
        reset.segment.seq = 0;
        self.see(reset);
    }

    fn half_open(&mut self, is_abandoned: bool) {
        self.step(Client, SYN, true);
        for _ in 0..1 + self.chance.below(3) {
            self.step(Server, SYN | ACK, true);
        }
        if is_abandoned {
            self.reset(Client);
        }
    }

    pub(crate) fn close(&mut self, closing: Closing) {
        match closing {
            Closing::Open => {}
            Closing::Fin(first) => {
                self.fin(first);
                self.acknowledge(first.other());
                self.fin(first.other());
                self.acknowledge(first);
            }
            Closing::ThreeSegments(first) => {
                self.fin(first);
                self.fin(first.other());
                self.acknowledge(first);
            }
            Closing::Simultaneous => self.close_both(),
            Closing::HalfClose(first) => {
                self.fin(first);
                self.acknowledge(first.other());
                let segments = 1 + self.chance.below(4);
                self.flight(first.other(), segments);
                self.fin(first.other());
                self.acknowledge(first);
            }
            Closing::Reset(first) => self.reset(first),
            Closing::ResetAfterFin(first) => {
                self.fin(first);
                self.reset(first.other());
            }
        }
    }

    fn close_both(&mut self) {
        let fins = [Client, Server].map(|side| {
            let at = self.peer(side).sent;
            self.draft(side, FIN | ACK, at, at)
        });
        for fin in fins {
            let side = fin.segment.side;
            self.peer(side).sent += 1;
            self.pass(fin);
        }
        self.acknowledge(Client);
        self.acknowledge(Server);
    }
}
