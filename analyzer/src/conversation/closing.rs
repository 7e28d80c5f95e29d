//! How a conversation ended (RFC 9293 §3.6).

use super::Side;
use super::opening::Mark;

/// How the conversation ended, decided once all of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closing {
    /// No FIN and no RST in the capture.
    Open,
    /// One FIN only; the other direction was still open when the capture ended.
    HalfClosed(Side),
    /// FIN and ACK in each direction; the side that closed first.
    Fin(Side),
    /// The second FIN came with the acknowledgement of the first: FIN, FIN-ACK, ACK.
    ThreeSegments(Side),
    /// Both sent their FIN before they had seen the other's.
    Simultaneous,
    /// A reset without any FIN before it; who sent it.
    Reset(Side),
    /// A reset after a FIN; who sent the reset.
    ResetAfterFin(Side),
}

/// The segments that end a connection, as far as the capture holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Teardown {
    /// The first FIN of each side.
    pub fin: [Option<Mark>; 2],
    /// The first acknowledgement of each side's FIN.
    pub fin_acked: [Option<Mark>; 2],
    /// The first reset, and who sent it.
    pub rst: Option<(Side, Mark)>,
    /// How many resets there were.
    pub rst_count: u32,
    /// Whether a side went on sending data after it had acknowledged the other's FIN (half-close).
    pub half_close: [bool; 2],
    /// The sequence number behind each FIN.
    pub(super) fin_end: [u32; 2],
    /// A second FIN was sent by someone who had not yet seen the first.
    pub(super) crossed: bool,
}

impl Teardown {
    /// Which kind of end it was.
    pub fn closing(&self) -> Closing {
        let fins = Side::BOTH.map(|side| self.fin[side.index()].map(|mark| mark.frame));
        let first = match fins {
            [Some(a), Some(b)] if b < a => Some(Side::Second),
            [Some(_), _] => Some(Side::First),
            [None, Some(_)] => Some(Side::Second),
            [None, None] => None,
        };
        match (self.rst, first) {
            (Some((who, _)), None) => Closing::Reset(who),
            (Some((who, _)), Some(_)) => Closing::ResetAfterFin(who),
            (None, None) => Closing::Open,
            (None, Some(first)) => self.by_fin(first, fins),
        }
    }

    fn by_fin(&self, first: Side, fins: [Option<u64>; 2]) -> Closing {
        let second_fin = fins[first.other().index()];
        let first_acked = self.fin_acked[first.index()].map(|mark| mark.frame);
        if second_fin.is_none() {
            Closing::HalfClosed(first)
        } else if self.crossed {
            Closing::Simultaneous
        } else if second_fin == first_acked {
            Closing::ThreeSegments(first)
        } else {
            Closing::Fin(first)
        }
    }
}
