//! Reads a capture from its first frame to its last, or to the first place that cannot be read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::buffer::Buffer;
use super::description::{Compression, Description};
use super::pcap::{self, Pcap};
use super::pcapng::{self, Pcapng};
use super::record::{Halt, Record, Records};
use super::source::Source;
use super::stop::{LooksLike, OpenError, StopReason, Stopped};
use super::{Frame, LinkType, Time};

/// A capture being read. Frames are borrowed from its buffer: nothing is copied and nothing allocated per frame.
pub struct Reader {
    buffer: Buffer,
    container: Container,
    description: Description,
    records: Records,
    /// How many of the records were handed on.
    given: usize,
    /// Bytes of the window that the records span.
    spanned: usize,
    /// Frames in batches before this one.
    before: u64,
    finished: bool,
    stopped: Option<Stopped>,
}

enum Container {
    Empty,
    Pcap(Pcap),
    Pcapng(Box<Pcapng>),
}

/// Opens a capture file, whatever its name says.
///
/// # Errors
/// If the file cannot be read or is no capture. A damaged capture is none of these: see [`Reader::stopped`].
pub fn open(path: &Path) -> Result<Reader, OpenError> {
    let unreadable = |error| OpenError::Unreadable {
        path: Some(path.to_owned()),
        error,
    };
    let source = File::open(path).and_then(Source::of_file);
    start(source.map_err(unreadable)?).map_err(|error| match error {
        OpenError::Unreadable { error, .. } => unreadable(error),
        other => other,
    })
}

/// Reads a capture from standard input, as it grows.
///
/// # Errors
/// As [`open`].
pub fn stdin() -> Result<Reader, OpenError> {
    read(io::stdin())
}

/// Reads a capture from any stream, as it grows.
///
/// # Errors
/// As [`open`].
pub fn read(stream: impl Read + Send + 'static) -> Result<Reader, OpenError> {
    let unreadable = |error| OpenError::Unreadable { path: None, error };
    start(Source::new(stream).map_err(unreadable)?)
}

/// Finds out what the bytes are.
fn start(source: Source) -> Result<Reader, OpenError> {
    let unreadable = |error| OpenError::Unreadable { path: None, error };
    let compression = source.compression;
    let mut buffer = Buffer::new(source.read);
    let mut description = Description {
        compression,
        ..Description::default()
    };
    let end = read_start(&mut buffer);
    let start = buffer.window();
    let container = match end {
        _ if pcap::recognise(start) => Pcap::new(start, &mut description).map(Container::Pcap),
        _ if pcapng::recognise(start) => {
            Pcapng::new(&mut description).map(|one| Container::Pcapng(Box::new(one)))
        }
        Ok(()) if start.is_empty() => Some(Container::Empty),
        Err(error) if compression == Compression::None => return Err(unreadable(error)),
        _ => None,
    };
    let Some(container) = container else {
        return Err(OpenError::NotACapture(looks_like(start, compression)));
    };
    if let Container::Pcap(_) = container {
        buffer.consume(pcap::HEADER);
    }
    Ok(Reader {
        buffer,
        container,
        description,
        records: Records::EMPTY,
        given: 0,
        spanned: 0,
        before: 0,
        finished: false,
        stopped: None,
    })
}

/// Reads until the kind of file can be told and a pcap header is whole.
fn read_start(buffer: &mut Buffer) -> io::Result<()> {
    while buffer.window().len() < pcap::HEADER && buffer.refill()? {}
    Ok(())
}

fn looks_like(start: &[u8], compression: Compression) -> LooksLike {
    const ENOUGH: usize = 512;
    match compression {
        _ if pcap::recognise(start) => LooksLike::CutHeader,
        Compression::None => LooksLike::from_start(start.get(..ENOUGH).unwrap_or(start)),
        _ if start.is_empty() => LooksLike::DamagedCompression,
        _ => LooksLike::from_start(start.get(..ENOUGH).unwrap_or(start)),
    }
}

impl Reader {
    /// A second reader of the same capture, for another thread. Of a stream it reads what this one reads, and never by
    /// itself. None once a frame was handed out.
    pub fn twin(&mut self) -> Option<Self> {
        let is_untouched = self.before == 0 && self.records.as_slice().is_empty() && !self.finished;
        let mut description = self.description.clone();
        let container = match &self.container {
            _ if !is_untouched => None,
            Container::Empty => Some(Container::Empty),
            Container::Pcap(pcap) => Some(Container::Pcap(*pcap)),
            Container::Pcapng(_) => {
                Pcapng::new(&mut description).map(|one| Container::Pcapng(Box::new(one)))
            }
        }?;
        Some(Self {
            buffer: self.buffer.twin().ok()?,
            container,
            description,
            records: Records::EMPTY,
            stopped: None,
            ..*self
        })
    }

    /// What the file says about itself, as far as it was read.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Why reading ended before the end of the file, once it has ended.
    pub fn stopped(&self) -> Option<&Stopped> {
        self.stopped.as_ref()
    }

    /// Bytes read so far, counted after decompression: how far a progress bar is in an uncompressed file.
    pub fn offset(&self) -> u64 {
        self.buffer.offset()
    }

    /// The next frame; none at the end.
    #[expect(
        clippy::should_implement_trait,
        reason = "a frame borrows from the reader, which no iterator allows"
    )]
    pub fn next(&mut self) -> Option<Frame<'_>> {
        if self.given == self.records.as_slice().len() {
            self.fill();
        }
        let record = self.records.as_slice().get(self.given)?;
        self.given += 1;
        Some(record.frame(self.buffer.window(), self.before + self.given as u64))
    }

    /// The next few frames; none at the end. Of a stream that grows, those that are there: it never waits for more
    /// while there is one.
    pub fn next_batch(&mut self) -> Option<Batch<'_>> {
        if self.given == self.records.as_slice().len() {
            self.fill();
        }
        let records = self
            .records
            .as_slice()
            .get(self.given..)
            .filter(|records| !records.is_empty())?;
        let first = self.before + self.given as u64 + 1;
        self.given += records.len();
        Some(Batch {
            window: self.buffer.window(),
            records,
            first,
        })
    }

    /// Finds the next frames, reading only if there is none in the window.
    fn fill(&mut self) {
        self.before += self.records.as_slice().len() as u64;
        self.given = 0;
        self.records.clear();
        self.buffer.consume(std::mem::take(&mut self.spanned));
        while !self.finished {
            let halt = self.scan();
            if !self.records.as_slice().is_empty() {
                return;
            }
            if let Some(halt) = halt {
                self.overcome(halt);
            }
        }
    }

    /// Walks the window until the records are full or it cannot go on.
    fn scan(&mut self) -> Option<Halt> {
        let Self {
            buffer,
            container,
            records,
            spanned,
            description,
            ..
        } = self;
        let window = buffer.window();
        match container {
            Container::Pcap(pcap) => pcap.scan(window, spanned, records),
            Container::Pcapng(pcapng) => pcapng.scan(window, spanned, records, description),
            Container::Empty => Some(Halt::Incomplete(0)),
        }
    }

    /// Reads on, or ends.
    #[cold]
    fn overcome(&mut self, halt: Halt) {
        self.buffer.consume(std::mem::take(&mut self.spanned));
        let reason = match halt {
            Halt::Stop(reason) => Some(reason),
            Halt::Incomplete(expected) => match self.buffer.refill() {
                Ok(true) => return,
                Ok(false) => self.cut(expected),
                Err(error) => Some(self.broken(&error)),
            },
        };
        self.finished = true;
        let (frames, offset) = (self.before, self.buffer.offset());
        self.stopped = reason.map(|reason| Stopped {
            frames,
            offset,
            reason,
        });
    }

    /// The file has ended: within a record, or where it should.
    fn cut(&self, expected: u64) -> Option<StopReason> {
        let found = self.buffer.window().len() as u64;
        (found > 0).then_some(StopReason::Cut { expected, found })
    }

    fn broken(&self, error: &io::Error) -> StopReason {
        match (self.description.compression, error.kind()) {
            (Compression::None, _) => StopReason::Unreadable(error.to_string()),
            (_, io::ErrorKind::UnexpectedEof) => StopReason::CutCompressed,
            _ => StopReason::DamagedCompressed(error.to_string()),
        }
    }
}

/// A few successive frames.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    window: &'a [u8],
    records: &'a [Record],
    first: u64,
}

impl<'a> Batch<'a> {
    /// No batch has more frames.
    pub const MOST: usize = Records::CAPACITY;

    /// One of the frames, counted from 0.
    #[inline]
    pub fn get(self, index: usize) -> Option<Frame<'a>> {
        let record = self.records.get(index)?;
        Some(record.frame(self.window, self.first + index as u64))
    }

    /// How many frames.
    #[inline]
    pub fn count(self) -> usize {
        self.records.len()
    }

    /// What the first byte of each frame begins, and its bytes.
    #[inline]
    pub fn bytes(self) -> impl Iterator<Item = (LinkType, &'a [u8])> {
        let records = self.records.iter();
        records.map(move |record| (record.link, record.bytes(self.window)))
    }

    /// When each frame was seen.
    #[inline]
    pub fn times(self) -> impl Iterator<Item = Option<Time>> {
        self.records.iter().map(|record| record.time)
    }

    /// The frames, in the order of the file.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Frame<'a>> {
        let Self {
            window,
            records,
            first,
        } = self;
        records
            .iter()
            .enumerate()
            .map(move |(index, record)| record.frame(window, first + index as u64))
    }
}
