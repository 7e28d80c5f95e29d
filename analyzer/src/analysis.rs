//! A capture from its first frame to the choice of the chat: everything that reports show, and no word of how.

mod kept;

pub use kept::{Kept, KeptFrame};

use std::thread;

use protocol::Dialect;

use crate::capture::Reader;
use crate::choice::{Choice, Tallied, Tally, Wish, choose};
use crate::survey::{Flowed, Flows, Onward, Options, Survey, Surveyor, relay};

/// How many bytes are read before that is said again.
const REPORTED: u64 = 8 << 20;

/// What was found in one capture.
#[derive(Clone, Debug)]
pub struct Analysis<'d> {
    /// The file's name, if it has one; hostile until escaped.
    pub file: Option<String>,
    /// What it holds.
    pub survey: Survey,
    /// Which of it is the chat.
    pub choice: Choice<'d>,
    /// What was said in all conversations, where the payload is too much to be kept.
    pub tally: Option<Tallied<'d>>,
    /// The bytes of its frames, as many as were kept.
    pub frames: Kept,
}

/// Reads a capture to its end and finds the chat in it.
#[must_use]
pub fn analyse<'d>(
    reader: Reader,
    file: Option<String>,
    options: Options,
    wish: Wish<'d>,
) -> Analysis<'d> {
    analyse_with(reader, file, options, wish, |_| ())
}

/// The same, and says now and then how many bytes were read.
#[must_use]
pub fn analyse_with<'d>(
    mut reader: Reader,
    file: Option<String>,
    options: Options,
    wish: Wish<'d>,
    progress: impl FnMut(u64),
) -> Analysis<'d> {
    let mut reading = Reading {
        surveyor: Surveyor::new(options),
        frames: Kept::default(),
        progress,
    };
    let (flowed, tally) = reading.whole(&mut reader, options, wish);
    let survey = reading.surveyor.finish(&reader, flowed);
    let tally = tally.filter(|_| survey.dropped() > 0);
    let choice = choose(&survey, wish);
    Analysis {
        file,
        survey,
        choice,
        tally,
        frames: reading.frames,
    }
}

/// A capture that is being read.
struct Reading<P> {
    surveyor: Surveyor,
    frames: Kept,
    progress: P,
}

/// What was said, and how many messages of each kind that was.
type Heard<'d> = (Flowed, Option<Tallied<'d>>);

impl<P: FnMut(u64)> Reading<P> {
    /// Reads all of it, and has what was said put in order: by another thread, where there may be one.
    fn whole<'d>(&mut self, reader: &mut Reader, options: Options, wish: Wish<'d>) -> Heard<'d> {
        let alone = |reading: &mut Self, reader| {
            let mut flows = Flows::new(options, Tally::new(wish));
            reading.read(reader, &mut flows);
            heard(flows)
        };
        if options.threads < 2 {
            return alone(self, reader);
        }
        thread::scope(|scope| {
            let (mut entrance, exit) = relay();
            let listen = move || {
                let mut flows = Flows::new(options, Tally::new(wish));
                exit.pass_to(&mut flows);
                heard(flows)
            };
            let Ok(listener) = thread::Builder::new().spawn_scoped(scope, listen) else {
                return alone(self, reader);
            };
            self.read(reader, &mut entrance);
            drop(entrance);
            let heard = listener.join();
            heard.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn read(&mut self, reader: &mut Reader, onward: &mut impl Onward) {
        let mut reported = 0;
        while let Some(batch) = reader.next_batch() {
            self.surveyor.batch(batch, onward);
            self.frames.keep(batch);
            if reader.offset() - reported >= REPORTED {
                reported = reader.offset();
                (self.progress)(reported);
            }
        }
    }
}

fn heard<'d>(flows: Flows<Tally<'d>>) -> Heard<'d> {
    let (flowed, tally) = flows.finish();
    (flowed, tally.finish())
}

impl<'d> Analysis<'d> {
    /// The dialect that the chat speaks.
    #[must_use]
    pub fn dialect(&self) -> Option<&'d Dialect> {
        self.choice.chat.as_ref().map(|chat| chat.dialect)
    }
}
