//! A capture read by two threads: each chunk of it by whoever comes first, and all seen by both, in their order.

use std::collections::VecDeque;
use std::iter;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::sorted::Sorted;
use crate::capture::{Batch, Chunk, Reader};

/// Most chunks that were read and not yet seen by both: enough that nobody waits, few enough to stay in the caches.
const AHEAD: usize = 6;

/// What both threads share.
pub(super) struct Relay {
    state: Mutex<State>,
    changed: Condvar,
    /// How many halves there are.
    halves: usize,
}

struct State {
    /// Absent while somebody reads.
    reader: Option<Box<Reader>>,
    has_ended: bool,
    /// What may be read into.
    free: Vec<Sheaf>,
    /// What each runner has not yet seen; none for one that is gone.
    unseen: [Option<VecDeque<Arc<Sheaf>>>; 2],
}

/// A chunk, its batches sorted.
struct Sheaf {
    chunk: Chunk,
    sorted: Vec<Sorted>,
}

/// One of two who read the capture, or the only one.
pub(super) struct Runner<'r> {
    relay: &'r Relay,
    which: usize,
}

/// What a runner does next.
enum Turn {
    Read(Box<Reader>, Sheaf),
    See(Arc<Sheaf>),
    Leave,
}

impl Relay {
    pub(super) fn new(reader: Reader, halves: usize) -> Self {
        let state = State {
            reader: Some(Box::new(reader)),
            has_ended: false,
            free: iter::repeat_with(Sheaf::new).take(AHEAD).collect(),
            unseen: [Some(VecDeque::new()), Some(VecDeque::new())],
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            halves,
        }
    }

    /// Both; one does all by itself where the other is dropped.
    pub(super) fn runners(&self) -> [Runner<'_>; 2] {
        [0, 1].map(|which| Runner { relay: self, which })
    }

    /// The reader, after the end; none if it was lost in a panic.
    pub(super) fn into_reader(self) -> Option<Box<Reader>> {
        let state = self.state.into_inner();
        state.unwrap_or_else(PoisonError::into_inner).reader
    }

    fn turn(&self, which: usize) -> Turn {
        let mut state = self.state();
        loop {
            if let Some(turn) = state.turn(which) {
                return turn;
            }
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Somebody has read and gives the reader back, and what was read, unless it was the end.
    fn read(&self, reader: Box<Reader>, sheaf: Option<Sheaf>) {
        let mut state = self.state();
        state.reader = Some(reader);
        state.has_ended |= sheaf.is_none();
        if let Some(sheaf) = sheaf.map(Arc::new) {
            let unseen = state.unseen.iter_mut().flatten();
            unseen.for_each(|unseen| unseen.push_back(Arc::clone(&sheaf)));
        }
        self.changed.notify_all();
    }

    /// Somebody has seen it; whoever is the last leaves it to be read into.
    fn seen(&self, sheaf: Arc<Sheaf>) {
        if let Some(sheaf) = Arc::into_inner(sheaf) {
            self.state().free.push(sheaf);
            self.changed.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What a runner can do now; none if it has to wait for the other.
    fn turn(&mut self, which: usize) -> Option<Turn> {
        if !self.has_ended && self.reader.is_some() && !self.free.is_empty() {
            let (reader, sheaf) = self.reader.take().zip(self.free.pop())?;
            return Some(Turn::Read(reader, sheaf));
        }
        match self.unseen[which].as_mut()?.pop_front() {
            Some(sheaf) => Some(Turn::See(sheaf)),
            None => self.has_ended.then_some(Turn::Leave),
        }
    }
}

impl Runner<'_> {
    /// Reads whenever it may, and shows every batch of the capture, and how many bytes were read before its chunk.
    pub(super) fn run(self, mut see: impl FnMut(Batch<'_>, &Sorted, u64)) {
        loop {
            match self.relay.turn(self.which) {
                Turn::Read(mut reader, mut sheaf) => {
                    let is_any = reader.next_chunk(&mut sheaf.chunk);
                    sheaf.sort(self.relay.halves);
                    self.relay.read(reader, is_any.then_some(sheaf));
                }
                Turn::See(sheaf) => {
                    sheaf.show(&mut see);
                    self.relay.seen(sheaf);
                }
                Turn::Leave => return,
            }
        }
    }
}

impl Drop for Runner<'_> {
    /// Nobody waits for one that is gone. What one that panics had in hand is lost, so the other has nothing left to do.
    fn drop(&mut self) {
        let mut state = self.relay.state();
        state.unseen[self.which] = None;
        state.has_ended |= thread::panicking();
        self.relay.changed.notify_all();
    }
}

impl Sheaf {
    fn new() -> Self {
        Self {
            chunk: Chunk::empty(),
            sorted: Vec::new(),
        }
    }

    fn sort(&mut self, halves: usize) {
        for (which, batch) in self.chunk.batches().enumerate() {
            if self.sorted.len() == which {
                self.sorted.push(Sorted::new());
            }
            self.sorted[which].sort(batch, halves);
        }
    }

    fn show(&self, see: &mut impl FnMut(Batch<'_>, &Sorted, u64)) {
        for (batch, sorted) in self.chunk.batches().zip(&self.sorted) {
            see(batch, sorted, self.chunk.offset());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::capture::read;

    const FRAMES: u64 = 30_000;

    /// A relay for a capture of many small frames: more chunks than may be ahead.
    fn relay() -> Relay {
        let header = *b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0";
        let frame = b"\0\0\0\0\0\0\0\0\x20\0\0\0\x20\0\0\0what has thirty-two bytes is so.";
        let frames = frame.repeat(FRAMES as usize);
        let bytes = [&header[..], &frames].concat();
        Relay::new(read(std::io::Cursor::new(bytes)).unwrap(), 2)
    }

    /// The numbers of the frames that a runner sees.
    fn run(runner: Runner<'_>) -> Vec<u64> {
        let mut seen = Vec::new();
        runner.run(|batch, _, _| seen.extend(batch.iter().map(|frame| frame.number)));
        seen
    }

    #[test]
    fn both_see_every_frame_in_its_order() {
        let relay = relay();
        let [first, second] = relay.runners();
        let (one, other) = thread::scope(|scope| {
            let second = scope.spawn(|| run(second));
            (run(first), second.join().unwrap())
        });
        assert!(one.iter().copied().eq(1..=FRAMES));
        assert!(one == other);
    }

    #[test]
    fn one_who_is_alone_sees_all() {
        let relay = relay();
        let [first, second] = relay.runners();
        drop(first);
        assert!(run(second).into_iter().eq(1..=FRAMES));
        assert!(relay.into_reader().unwrap().stopped().is_none());
    }

    #[test]
    fn one_whose_fellow_panics_does_not_wait() {
        let relay = relay();
        let [first, second] = relay.runners();
        let seen = thread::scope(|scope| {
            scope.spawn(|| {
                let panics = || second.run(|_, _, _| panic!("as the test wants it"));
                assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
            });
            run(first)
        });
        assert!(
            seen.into_iter()
                .zip(1..)
                .all(|(seen, number)| seen == number)
        );
    }
}
