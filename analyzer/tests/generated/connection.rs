//! One connection from its opening to its end, disturbed as its [`Mood`] will have it, and which of its segments a capture sees.

use super::chance::Chance;
use super::peer::Peer;
use super::script::{ACK, FIN, PSH, RST, SYN, Segment, Side};
use Side::{Client, Server};

/// How much goes wrong, in percent of the segments.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mood {
    /// Lost on the way to the place of capture.
    pub(crate) lost_before: usize,
    /// Captured, and lost behind it.
    pub(crate) lost_after: usize,
    /// They arrive, and the capture lacks them.
    pub(crate) unseen: usize,
    /// Seen twice, the second time with another IP identification.
    pub(crate) doubled: usize,
    /// Flights whose segments overtake each other.
    pub(crate) mixed: usize,
    /// Retransmissions that begin and end elsewhere than what they repeat.
    pub(crate) cut_anew: usize,
    /// Retransmissions of what was seen whose bytes differ.
    pub(crate) differing: usize,
}

/// A segment that the capture sees.
pub(crate) struct Sight {
    pub(crate) segment: Segment,
    /// Where it begins in its sender's stream.
    pub(crate) position: u64,
    /// What it acknowledges, as a position of the other stream.
    pub(crate) ack: Option<u64>,
    /// What its sender's program wrote there, whatever the segment says.
    pub(crate) data: Vec<u8>,
    /// Milliseconds before it.
    pub(crate) wait: u64,
}

/// A connection being made up.
pub(crate) struct Connection<'c> {
    pub(super) chance: &'c mut Chance,
    mood: Mood,
    pub(super) peers: [Peer; 2],
    /// Which positions of each side's stream were seen.
    seen: [Vec<bool>; 2],
    sights: Vec<Sight>,
}

impl<'c> Connection<'c> {
    /// The `place`-th between its two ends: no other has its initial sequence numbers.
    pub(crate) fn new(chance: &'c mut Chance, mood: Mood, place: usize) -> Self {
        let peers = [(); 2].map(|()| {
            let near_the_end = chance.percent(25);
            let most = if near_the_end { 300 } else { 1 << 28 };
            let number = u32::MAX - (place << 28) as u32 - chance.below(most) as u32;
            Peer::new(number)
        });
        Self {
            chance,
            mood,
            peers,
            seen: Default::default(),
            sights: Vec::new(),
        }
    }

    /// What the capture sees of it, in order.
    pub(crate) fn sights(self) -> Vec<Sight> {
        self.sights
    }

    pub(super) fn peer(&mut self, side: Side) -> &mut Peer {
        &mut self.peers[side as usize]
    }

    /// What a side would send at a position of its stream, up to another.
    pub(super) fn draft(&self, side: Side, flags: u8, from: u64, to: u64) -> Sight {
        let (mine, theirs) = (
            &self.peers[side as usize],
            &self.peers[side.other() as usize],
        );
        let first = from + u64::from(flags & SYN != 0);
        let data = match first < to {
            true => mine.bytes(first, to).to_vec(),
            false => Vec::new(),
        };
        let ack = (flags & ACK != 0).then(|| mine.wants());
        Sight {
            segment: Segment {
                side,
                flags,
                seq: mine.number(from),
                ack: theirs.number(ack.unwrap_or(0)),
                window: mine.window,
                options: Vec::new(),
                data: data.clone(),
            },
            position: from,
            ack,
            data,
            wait: 0,
        }
    }

    /// The capture sees it.
    pub(super) fn see(&mut self, sight: Sight) {
        let seen = &mut self.seen[sight.segment.side as usize];
        let first = (sight.position + u64::from(sight.segment.flags & SYN != 0)) as usize;
        let end = first + sight.data.len();
        if seen.len() < end {
            seen.resize(end, false);
        }
        seen[first..end].fill(true);
        self.sights.push(sight);
    }

    /// The other end gets it.
    pub(super) fn arrive(&mut self, sight: &Sight) {
        let marks = SYN | FIN;
        let length =
            sight.data.len() as u64 + u64::from((sight.segment.flags & marks).count_ones());
        let receiver = self.peer(sight.segment.side.other());
        receiver.take(sight.position, sight.position + length);
    }

    pub(super) fn pass(&mut self, sight: Sight) {
        self.arrive(&sight);
        self.see(sight);
    }

    /// Sent, and then as the mood will have it.
    fn send(&mut self, sight: Sight) {
        let Mood {
            lost_before,
            lost_after,
            unseen,
            doubled,
            ..
        } = self.mood;
        let fate = self.chance.below(100);
        if fate < lost_before {
            return;
        }
        if fate < lost_before + lost_after {
            return self.see(sight);
        }
        self.arrive(&sight);
        if fate < lost_before + lost_after + unseen {
            return;
        }
        if self.chance.percent(doubled) {
            let again = self.draft_again(&sight);
            self.see(again);
        }
        self.see(sight);
    }

    fn draft_again(&self, sight: &Sight) -> Sight {
        Sight {
            segment: sight.segment.clone(),
            data: sight.data.clone(),
            ..*sight
        }
    }

    /// Whether the capture is to miss this one.
    pub(super) fn misses(&mut self) -> bool {
        let unseen = self.mood.unseen;
        self.chance.percent(unseen)
    }

    /// A bare acknowledgement of what has arrived.
    pub(super) fn acknowledge(&mut self, side: Side) {
        if !self.misses() {
            let at = self.peers[side as usize].sent;
            let ack = self.draft(side, ACK, at, at);
            self.see(ack);
        }
    }

    /// The program of a side writes something, and its TCP sends it in so many segments.
    pub(crate) fn flight(&mut self, side: Side, segments: usize) {
        let mut flight: Vec<Sight> = (0..segments).map(|_| self.next_segment(side)).collect();
        if self.chance.percent(self.mood.mixed) {
            for _ in 0..segments {
                let (one, other) = (self.chance.below(segments), self.chance.below(segments));
                flight.swap(one, other);
            }
        }
        for sight in flight {
            self.send(sight);
            if self.chance.percent(30) {
                self.acknowledge(side.other());
            }
        }
        self.acknowledge(side.other());
        self.recover(side);
    }

    fn next_segment(&mut self, side: Side) -> Sight {
        let length = 1 + self.chance.below(60);
        self.write(side, length);
        let from = self.peers[side as usize].sent;
        let to = from + length as u64;
        self.peer(side).sent = to;
        let push = self.chance.pick(&[0, PSH]);
        self.draft(side, ACK | push, from, to)
    }

    pub(super) fn write(&mut self, side: Side, length: usize) {
        let bytes: Vec<u8> = (0..length).map(|_| self.chance.number() as u8).collect();
        self.peer(side).wrote.extend(bytes);
    }

    /// Sends again what the other end lacks, until it lacks nothing.
    pub(super) fn recover(&mut self, side: Side) {
        for attempt in 0_u64.. {
            let wants = self.peers[side.other() as usize].wants();
            let sent = self.peers[side as usize].sent;
            if wants >= sent {
                return;
            }
            let again = self.again(side, wants, sent, 200 << attempt.min(4));
            match attempt > 8 {
                true => self.pass(again),
                false => self.send(again),
            }
            self.acknowledge(side.other());
        }
    }

    fn again(&mut self, side: Side, wants: u64, sent: u64, wait: u64) -> Sight {
        let (mut from, mut to) = (wants, sent.min(wants + 60));
        if self.chance.percent(self.mood.cut_anew) {
            from -= self.chance.below(20).min(from as usize - 1) as u64;
            to = sent.min(wants + 1 + self.chance.below(120) as u64);
        }
        let mut sight = self.draft(side, ACK | PSH, from, to);
        sight.wait = wait;
        let was_seen = self.seen[side as usize].get(from as usize..to as usize);
        if was_seen.is_some_and(|seen| seen.iter().all(|seen| *seen))
            && self.chance.percent(self.mood.differing)
        {
            sight.segment.data.iter_mut().for_each(|byte| *byte ^= 0x20);
        }
        sight
    }

    /// Asks whether the other end is still there: one number below what it expects, with or without a byte that means nothing.
    ///
    /// Not as the first that is seen of a side: whether its number then is one too low tshark and we decide differently.
    pub(crate) fn keep_alive(&mut self, side: Side) {
        if self.sights.iter().all(|one| one.segment.side != side) {
            return;
        }
        let sent = self.peers[side as usize].sent;
        let last_was_seen = self.seen[side as usize].get(sent as usize - 1);
        let mut sight = self.draft(side, ACK, sent - 1, 0);
        if last_was_seen == Some(&true) && self.chance.percent(50) {
            sight.segment.data = vec![0];
        }
        sight.wait = 2000;
        self.see(sight);
        self.acknowledge(side.other());
    }

    /// The other end takes nothing for a while; what is sent all the same it refuses.
    pub(crate) fn full(&mut self, side: Side) {
        let reader = side.other();
        self.peer(reader).window = 0;
        self.acknowledge(reader);
        if self.chance.percent(50) {
            self.keep_alive(side);
        } else {
            self.write(side, 1);
            let sent = self.peers[side as usize].sent;
            let mut probe = self.draft(side, ACK, sent, sent + 1);
            probe.wait = 500;
            self.see(probe);
            self.acknowledge(reader);
            self.peer(side).sent = sent + 1;
        }
        self.peer(reader).window = 64_240;
        self.acknowledge(reader);
        self.recover(side);
    }

    /// One side has nothing more to say.
    pub(crate) fn fin(&mut self, side: Side) {
        let at = self.peers[side as usize].sent;
        let fin = self.draft(side, FIN | ACK, at, at);
        self.peer(side).fin = Some(at);
        self.peer(side).sent = at + 1;
        self.arrive(&fin);
        if self.chance.percent(self.mood.doubled) {
            let mut again = self.draft_again(&fin);
            again.wait = 300;
            self.see(again);
        }
        if !self.misses() {
            self.see(fin);
        }
    }

    /// One side ends it at once.
    pub(crate) fn reset(&mut self, side: Side) {
        let at = self.peers[side as usize].sent;
        let flags = self.chance.pick(&[RST, RST | ACK]);
        let reset = self.draft(side, flags, at, at);
        if !self.misses() {
            self.see(reset);
        }
    }

    /// Some talk in both directions.
    pub(crate) fn talk(&mut self, turns: usize) {
        for _ in 0..turns {
            let side = self.chance.pick(&[Client, Server]);
            match self.chance.below(12) {
                0 if self.peers[side as usize].sent > 1 => self.keep_alive(side),
                1 => self.full(side),
                _ => {
                    let segments = 1 + self.chance.below(5);
                    self.flight(side, segments);
                }
            }
        }
    }
}
