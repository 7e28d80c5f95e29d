//! Segments on their way from one thread to another, many at a time.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{Flows, Onward};
use crate::capture::Time;
use crate::conversation::Step;
use crate::segment::{Flags, Segment};
use crate::stream::{Arrival, Sink};

/// Segments that travel together: enough to make the handing over cheap, few enough to stay in the cache.
const SEGMENTS: usize = 1024;

/// So much payload travels together at least before it is handed over, in bytes.
const PAYLOAD: usize = 64 << 10;

/// Loads that may be on their way.
const LOADS: usize = 4;

/// Segments whose memory is looked at before the first of them has its turn.
const AHEAD: usize = 32;

/// Where segments are put in.
pub struct Entrance {
    load: Load,
    full: SyncSender<Load>,
    empty: Receiver<Load>,
}

/// Where they come out, in the same order.
pub struct Exit {
    full: Receiver<Load>,
    empty: SyncSender<Load>,
}

/// Some segments with their payload.
#[derive(Default)]
struct Load {
    segments: Vec<Carried>,
    payload: Vec<u8>,
}

/// A segment whose payload lies in its load, behind that of the one before it.
struct Carried {
    step: Step,
    seq: u32,
    ack: u32,
    missing: u32,
    length: u32,
    frame: u64,
    time: Option<Time>,
    flags: Flags,
}

/// Both ends of a way between two threads. Whoever puts in waits while too much is on its way.
pub fn relay() -> (Entrance, Exit) {
    let (full, filled) = sync_channel(LOADS);
    let (empty, emptied) = sync_channel(LOADS + 2);
    let entrance = Entrance {
        load: Load::default(),
        full,
        empty: emptied,
    };
    let exit = Exit {
        full: filled,
        empty,
    };
    (entrance, exit)
}

impl Onward for Entrance {
    #[inline]
    fn segment(&mut self, step: Step, segment: &Segment<'_>) {
        self.load.put(step, segment);
        if self.load.is_full() {
            self.hand_over();
        }
    }
}

impl Entrance {
    #[cold]
    fn hand_over(&mut self) {
        let mut next = self.empty.try_recv().unwrap_or_default();
        next.segments.clear();
        next.payload.clear();
        // Nobody takes it only if the other thread has panicked, which shows when it is joined.
        let _ = self.full.send(std::mem::replace(&mut self.load, next));
    }
}

/// What was put in last is handed over, too.
impl Drop for Entrance {
    fn drop(&mut self) {
        self.hand_over();
    }
}

impl Exit {
    /// Hands on everything that is put in, until there is no entrance any more.
    pub fn pass_to(self, flows: &mut Flows<impl Sink>) {
        while let Ok(load) = self.full.recv() {
            load.pass_to(flows);
            let _ = self.empty.try_send(load);
        }
    }
}

impl Load {
    #[inline]
    fn put(&mut self, step: Step, segment: &Segment<'_>) {
        self.payload.extend_from_slice(segment.payload);
        self.segments.push(Carried {
            step,
            seq: segment.seq,
            ack: segment.ack,
            missing: segment.missing,
            length: segment.payload.len() as u32,
            frame: segment.frame,
            time: segment.time,
            flags: segment.flags,
        });
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.segments.len() >= SEGMENTS || self.payload.len() >= PAYLOAD
    }

    fn pass_to(&self, flows: &mut Flows<impl Sink>) {
        let mut payload = &self.payload[..];
        for segments in self.segments.chunks(AHEAD) {
            for one in segments {
                flows.warm(one.step.conversation);
            }
            for one in segments {
                let (mine, rest) = payload.split_at(one.length as usize);
                payload = rest;
                flows.arrival(one.step, one.arrival(mine));
            }
        }
    }
}

impl Carried {
    #[inline]
    fn arrival<'a>(&self, payload: &'a [u8]) -> Arrival<'a> {
        Arrival {
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            missing: self.missing,
            frame: self.frame,
            time: self.time,
            payload,
        }
    }
}
