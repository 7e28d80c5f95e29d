//! A capture from its first frame to the choice of the chat: everything that reports show, and no word of how.

mod kept;

pub use kept::{Kept, KeptFrame};

use protocol::Dialect;

use crate::capture::Reader;
use crate::choice::{Choice, Tallied, Tally, Wish, choose};
use crate::survey::{Options, Survey, Surveyor};

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
    mut progress: impl FnMut(u64),
) -> Analysis<'d> {
    let mut tally = Tally::new(wish);
    let mut reported = 0;
    let mut surveyor = Surveyor::new(options);
    let mut frames = Kept::default();
    while let Some(batch) = reader.next_batch() {
        for frame in batch.iter() {
            surveyor.frame(&frame, &mut tally);
            frames.keep(&frame);
        }
        if reader.offset() - reported >= REPORTED {
            reported = reader.offset();
            progress(reported);
        }
    }
    let mut survey = surveyor.finish(&mut tally);
    let tally = tally.finish().filter(|_| survey.dropped() > 0);
    survey.capture.description = reader.description().clone();
    survey.capture.stopped = reader.stopped().cloned();
    let choice = choose(&survey, wish);
    Analysis {
        file,
        survey,
        choice,
        tally,
        frames,
    }
}

impl<'d> Analysis<'d> {
    /// The dialect that the chat speaks.
    #[must_use]
    pub fn dialect(&self) -> Option<&'d Dialect> {
        self.choice.chat.as_ref().map(|chat| chat.dialect)
    }
}
