//! A capture from its first frame to the choice of the chat: everything that reports show, and no word of how.

mod kept;

pub use kept::{Kept, KeptFrame};

use protocol::Dialect;

use crate::capture::{Batch, Reader};
use crate::choice::{Choice, Tallied, Tally, Wish, choose, together};
use crate::survey::{Options, Survey, pass};

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
    reader: Reader,
    file: Option<String>,
    options: Options,
    wish: Wish<'d>,
    mut progress: impl FnMut(u64),
) -> Analysis<'d> {
    let mut frames = Kept::default();
    let mut reported = 0;
    let mut watch = |batch: Batch<'_>, read: u64| {
        frames.keep(batch);
        if read - reported >= REPORTED {
            reported = read;
            progress(read);
        }
    };
    let listen = || Tally::new(wish);
    let (survey, heard) = pass(reader, options, listen, Tally::finish, &mut watch);
    let tally = (survey.dropped() > 0).then(|| together(heard)).flatten();
    let choice = choose(&survey, wish, options.threads);
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
