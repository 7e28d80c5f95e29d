//! The segments that begin and end a connection.

use super::Judge;
use crate::conversation::event::EventKind;
use crate::conversation::opening::{Mark, Syn};
use crate::conversation::sequence::before;
use crate::conversation::state::Bit;
use crate::conversation::{Basis, Side};

impl Judge<'_, '_> {
    pub(super) fn opening(&mut self) {
        let segment = self.segment;
        if !self.hot.has(Bit::SentSyn, self.side) {
            self.hot.set(Bit::Base, self.side, true);
            self.hot.base[self.me()] = segment.seq;
        }
        self.note_base(segment.seq);
        if segment.flags.ack() {
            self.syn_ack(Syn::of(segment));
        } else {
            self.syn(Syn::of(segment));
        }
        self.hot.set(Bit::SentSyn, self.side, true);
    }

    fn syn(&mut self, syn: Syn) {
        let handshake = &mut self.cold.handshake;
        match handshake.syn {
            None => {
                handshake.syn = Some(syn);
                self.hot.client_is_second = self.side == Side::Second;
                self.cold.basis = Basis::Syn;
            }
            Some(first) if self.hot.client() == self.side => {
                self.note(EventKind::SynRepeated, Some(first.frame));
            }
            Some(_) => match handshake.server_syn {
                None => handshake.server_syn = Some(Mark::of(self.segment)),
                Some(first) => self.note(EventKind::SynRepeated, Some(first.frame)),
            },
        }
    }

    fn syn_ack(&mut self, syn: Syn) {
        if self.cold.basis == Basis::SpokeFirst {
            self.cold.basis = Basis::SynAck;
            self.hot.client_is_second = self.side == Side::First;
        }
        let from_server = self.hot.client() != self.side || self.cold.talks_to_itself();
        let handshake = &mut self.cold.handshake;
        if !from_server {
            handshake
                .client_syn_ack
                .get_or_insert(Mark::of(self.segment));
            return;
        }
        match handshake.syn_ack {
            None => {
                handshake.syn_ack = Some(syn);
                self.hot.awaits_ack = handshake.syn.is_some();
            }
            Some(first) if first.isn == syn.isn => {
                self.note(EventKind::SynAckRepeated, Some(first.frame));
            }
            Some(first) => self.note(EventKind::SynAckDiffers, Some(first.frame)),
        }
    }

    pub(super) fn third_step(&mut self) {
        let segment = self.segment;
        let handshake = &mut self.cold.handshake;
        if !segment.flags.ack() || segment.flags.rst() {
            return;
        }
        let (Some(syn), Some(syn_ack)) = (handshake.syn, handshake.syn_ack) else {
            return;
        };
        let greeted = syn_ack.isn.wrapping_add(1);
        let answers = segment.ack == greeted || segment.ack == greeted.wrapping_add(syn_ack.data);
        if self.side == self.hot.client() && syn.frame < syn_ack.frame && answers {
            handshake.ack = Some(Mark::of(segment));
            self.hot.awaits_ack = false;
        }
    }

    pub(super) fn reset(&mut self) {
        let mark = Mark::of(self.segment);
        let teardown = &mut self.cold.teardown;
        teardown.rst.get_or_insert((self.side, mark));
        teardown.rst_count = teardown.rst_count.saturating_add(1);
        let handshake = &self.cold.handshake;
        let refuses = handshake.syn.is_some()
            && handshake.syn_ack.is_none()
            && self.side != self.hot.client()
            && !self.hot.has(Bit::Spoke, self.side);
        if refuses {
            self.cold.refusals = self.cold.refusals.saturating_add(1);
        }
    }

    pub(super) fn finish(&mut self) {
        let mark = Mark::of(self.segment);
        let end = self.end();
        let (me, peer) = (self.me(), self.peer());
        let acks_peer =
            self.segment.flags.ack() && !before(self.segment.ack, self.cold.teardown.fin_end[peer]);
        let teardown = &mut self.cold.teardown;
        if let Some(first) = teardown.fin[me] {
            self.note(EventKind::FinRepeated, Some(first.frame));
            return;
        }
        teardown.fin[me] = Some(mark);
        teardown.fin_end[me] = end;
        teardown.crossed = teardown.fin[peer].is_some() && !acks_peer;
        self.hot.set(Bit::SentFin, self.side, true);
    }
}
