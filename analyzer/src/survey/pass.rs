//! The pass over a capture, by one thread or by two.

use std::thread;

use super::half::{self, Half};
use super::merge::merge;
use super::relay::{Relay, Runner};
use super::surveyor::{Seen, Surveyor};
use super::{Options, Survey};
use crate::capture::{Batch, Reader};
use crate::stream::Sink;

/// Reads a capture to its end. What was said goes to a sink for each half of the conversations, which `listen` makes and
/// `heard` asks at the end; `watch` sees every frame, and how many bytes were read.
pub fn pass<S: Sink, T: Send>(
    reader: Reader,
    options: Options,
    listen: impl Fn() -> S + Sync,
    heard: impl Fn(S) -> T + Sync,
    watch: &mut impl FnMut(Batch<'_>, u64),
) -> (Survey, Vec<T>) {
    let (halves, listen, heard) = (half::count(&options), &listen, &heard);
    let surveyor = move |mine: [bool; 2]| {
        let half = |is_mine: bool| is_mine.then(|| Half::new(options, listen()));
        Surveyor::new(mine.map(half), halves)
    };
    let relay = Relay::new(reader, halves);
    let [first, second] = relay.runners();
    let seen = thread::scope(|scope| {
        let second = (halves.min(options.threads) > 1).then(|| {
            let second = move || look(second, surveyor([false, true]), heard, &mut |_, _| ());
            thread::Builder::new().spawn_scoped(scope, second)
        });
        let second = second.and_then(Result::ok);
        let mine = [true, halves > 1 && second.is_none()];
        let mut seen = vec![look(first, surveyor(mine), heard, watch)];
        if let Some(second) = second.map(thread::ScopedJoinHandle::join) {
            seen.push(second.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        seen
    });
    let (mut survey, heard) = merge(seen, options.conversations);
    if let Some(reader) = relay.into_reader() {
        survey.capture.description = reader.description().clone();
        survey.capture.stopped = reader.stopped().cloned();
    }
    (survey, heard)
}

/// Looks at all frames for some of the halves.
fn look<S: Sink, T>(
    runner: Runner<'_>,
    mut surveyor: Surveyor<S>,
    heard: &impl Fn(S) -> T,
    watch: &mut impl FnMut(Batch<'_>, u64),
) -> Seen<T> {
    runner.run(|batch, sorted, before| {
        surveyor.batch(batch, sorted);
        watch(batch, before);
    });
    surveyor.finish(heard)
}
