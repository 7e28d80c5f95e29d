//! What an action makes due on each connection: its acknowledgement, the copies of a message, the reply to a request.
//!
//! What has come before its step asks for it waits here. Between connections there is no order but cause; on one connection the
//! effects of one sender's actions come in the order of the actions.

use std::rc::Rc;

use protocol::matching::{Standing, Variant};
use protocol::message::{Fields, NoticeKind, ReplyKind};

use crate::transcript::ClientId;
use crate::verdict::ExpectedForm;

/// Something that an action causes on one connection.
#[derive(Clone)]
pub(super) struct Due {
    /// The action's number.
    pub(super) action: u64,
    /// Who acted.
    pub(super) from: ClientId,
    /// What it is.
    pub(super) kind: ReplyKind,
    /// Its known values.
    pub(super) fields: Fields,
    /// Its forms.
    pub(super) variants: Rc<[Variant]>,
    /// Whether it is the client's own copy of what it said.
    pub(super) is_own: bool,
    /// Whether it is traffic of a barrier, which no step will claim.
    pub(super) is_barrier: bool,
    /// Whether it has come, and whether a step claimed it.
    pub(super) state: DueState,
}

/// How far a due thing has come.
#[derive(Clone)]
pub(super) enum DueState {
    /// Not yet.
    Coming,
    /// It came before a step asked for it.
    Arrived(Arrival),
    /// A step claimed it.
    Claimed,
}

/// A message that came.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    /// Its content.
    pub(super) bytes: Vec<u8>,
    /// The values of its free holes.
    pub(super) fields: Fields,
    /// How good its form was.
    pub(super) standing: Option<Standing>,
    /// All its forms, where its own was only tolerated.
    pub(super) expected: Vec<ExpectedForm>,
}

impl Due {
    /// Whether it is still to come.
    pub(super) const fn is_coming(&self) -> bool {
        matches!(self.state, DueState::Coming)
    }

    /// Whether it came and no step has claimed it.
    pub(super) const fn has_arrived(&self) -> bool {
        matches!(self.state, DueState::Arrived(_))
    }

    /// Whether a client that hears nothing may have it all the same: replies to its own requests, its own copy of what it said,
    /// and traffic of barriers.
    pub(super) fn is_no_surprise(&self) -> bool {
        let is_reply = matches!(
            self.kind,
            ReplyKind::Notice(
                NoticeKind::Said
                    | NoticeKind::Told
                    | NoticeKind::Welcome
                    | NoticeKind::Listing
                    | NoticeKind::Bye
            )
        );
        self.is_barrier || self.is_own || is_reply
    }

    /// Takes what arrived, if it did, and claims it.
    pub(super) fn claim(&mut self) -> Option<Arrival> {
        match std::mem::replace(&mut self.state, DueState::Claimed) {
            DueState::Arrived(arrival) => Some(arrival),
            state => {
                self.state = state;
                None
            }
        }
    }
}
