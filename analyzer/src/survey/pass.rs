//! The pass over a capture, by one thread or by two.

use std::thread;

use super::half::{self, Half};
use super::merge::merge;
use super::surveyor::{Seen, Surveyor};
use super::{Options, Survey};
use crate::capture::{Batch, Reader};
use crate::stream::Sink;

/// Reads a capture to its end. What was said goes to a sink for each half of the conversations, which `listen` makes and
/// `heard` asks at the end; `watch` sees every frame, and how many bytes were read.
pub fn pass<S: Sink, T: Send>(
    mut reader: Reader,
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
    let twin = match halves.min(options.threads) {
        2 => reader.twin(),
        _ => None,
    };
    let (seen, description, stopped) = thread::scope(move |scope| {
        let second = twin.and_then(|mut twin| {
            let second = move || read(&mut twin, surveyor([false, true]), heard, &mut |_, _| ());
            thread::Builder::new().spawn_scoped(scope, second).ok()
        });
        let mine = [true, halves > 1 && second.is_none()];
        let mut seen = vec![read(&mut reader, surveyor(mine), heard, watch)];
        let (description, stopped) = (reader.description().clone(), reader.stopped().cloned());
        // Whoever reads the same waits for nothing more.
        drop(reader);
        if let Some(second) = second.map(thread::ScopedJoinHandle::join) {
            seen.push(second.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (seen, description, stopped)
    });
    let (mut survey, heard) = merge(seen, options.conversations);
    survey.capture.description = description;
    survey.capture.stopped = stopped;
    (survey, heard)
}

/// Reads to the end for some of the halves.
fn read<S: Sink, T>(
    reader: &mut Reader,
    mut surveyor: Surveyor<S>,
    heard: &impl Fn(S) -> T,
    watch: &mut impl FnMut(Batch<'_>, u64),
) -> Seen<T> {
    let mut before = 0;
    while let Some(batch) = reader.next_batch() {
        surveyor.batch(batch);
        watch(batch, before);
        before = reader.offset();
    }
    surveyor.finish(heard)
}
