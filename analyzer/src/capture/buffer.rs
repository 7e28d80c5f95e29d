//! One reusable buffer over a stream: large reads, no copies but the carry of a record cut by the end of a read.

use std::io::{self, Read};

use super::source::Bytes;

/// Bytes asked for at a time: enough to amortise the system call, little enough to leave the second-level cache to the
/// conversations.
const CHUNK: usize = 64 * 1024;

/// A window onto a stream that slides forward.
pub(super) struct Buffer {
    source: Bytes,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes of the stream before the window.
    offset: u64,
}

impl Buffer {
    pub(super) fn new(source: Bytes) -> Self {
        Self {
            source,
            bytes: vec![0; CHUNK],
            start: 0,
            end: 0,
            offset: 0,
        }
    }

    /// A second buffer over the same bytes, from here on.
    pub(super) fn twin(&mut self) -> io::Result<Self> {
        Ok(Self {
            source: self.source.twin()?,
            bytes: self.bytes.clone(),
            ..*self
        })
    }

    /// What was read and not yet consumed.
    #[inline]
    pub(super) fn window(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Bytes of the stream before the window.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Moves the start of the window forward.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads once more, after the window; `false` at the end of the stream. The buffer grows only as bytes arrive,
    /// never by what a length in the file promises.
    pub(super) fn refill(&mut self) -> io::Result<bool> {
        self.make_room();
        loop {
            let room = self.bytes.get_mut(self.end..).unwrap_or_default();
            match self.source.read(room) {
                Ok(count) => {
                    self.end += count.min(room.len());
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn make_room(&mut self) {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_longer_than_the_buffer_makes_it_grow() {
        let mut buffer = Buffer::new(Bytes::Stream(Box::new(
            io::repeat(7).take(3 * CHUNK as u64),
        )));
        while buffer.refill().unwrap() {}
        assert_eq!(buffer.window().len(), 3 * CHUNK);
        buffer.consume(5);
        assert_eq!((buffer.window().len(), buffer.offset()), (3 * CHUNK - 5, 5));
    }
}
