//! Zstandard, block by block, so that a stream cut short still gives all its whole blocks.
//!
//! The decoder holds back a window of output until a frame ends; where the input ends first, this reader ends the
//! frame in its stead. Formats: RFC 8878 §3.1.

use std::io::{self, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// An empty last block, and bytes for the checksum that may follow it.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
/// No block is larger (RFC 8878 §3.1.1.2.4).
const LONGEST_BLOCK: usize = 128 * 1024;

/// Decompresses all frames of a stream, one after another.
pub(super) struct ZstdReader<R> {
    source: R,
    decoder: FrameDecoder,
    block: Vec<u8>,
    in_frame: bool,
    failure: Option<io::Error>,
}

impl<R: Read> ZstdReader<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            block: Vec::new(),
            in_frame: false,
            failure: None,
        }
    }

    /// Enters the next frame; `false` at the end of the stream.
    fn begin_frame(&mut self) -> io::Result<bool> {
        let mut first = [0];
        if self.source.read(&mut first)? == 0 {
            return Ok(false);
        }
        match self.decoder.reset((&first[..]).chain(&mut self.source)) {
            Ok(()) => self.in_frame = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                io::copy(
                    &mut (&mut self.source).take(u64::from(length)),
                    &mut io::sink(),
                )?;
            }
            Err(error) => return Err(damaged(error)),
        }
        Ok(true)
    }

    fn next_block(&mut self) -> io::Result<()> {
        self.read_block()?;
        self.decode_block()
    }

    /// Reads one whole block, with its header and the frame's checksum if it is the last.
    fn read_block(&mut self) -> io::Result<()> {
        let mut header = [0; 4];
        self.source.read_exact(&mut header[..3])?;
        let fields = u32::from_le_bytes(header);
        let length = match (fields >> 1) & 3 {
            1 => 1,
            _ => (fields >> 3) as usize,
        };
        if length > LONGEST_BLOCK {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a block is too long",
            ));
        }
        self.block.clear();
        self.block.extend_from_slice(&header[..3]);
        self.block.resize(3 + length, 0);
        self.source.read_exact(&mut self.block[3..])
    }

    fn decode_block(&mut self) -> io::Result<()> {
        let input = self.block.as_slice().chain(&mut self.source);
        self.decoder
            .decode_blocks(input, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(damaged)?;
        Ok(())
    }

    /// Ends the frame in place of the missing input, so that what was decoded can be had.
    fn give_up(&mut self, failure: io::Error) {
        self.failure = Some(failure);
        let strategy = BlockDecodingStrategy::UptoBlocks(1);
        self.in_frame = self.in_frame
            && self
                .decoder
                .decode_blocks(&LAST_BLOCK[..], strategy)
                .is_ok();
    }
}

impl<R: Read> Read for ZstdReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.in_frame && self.decoder.can_collect() > 0 {
                return self.decoder.read(out);
            }
            if let Some(failure) = &self.failure {
                return Err(io::Error::new(failure.kind(), failure.to_string()));
            }
            if self.in_frame && self.decoder.is_finished() {
                self.in_frame = false;
            }
            let step = if self.in_frame {
                self.next_block().map(|()| true)
            } else {
                self.begin_frame()
            };
            match step {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(failure) => self.give_up(failure),
            }
        }
    }
}

fn damaged(error: FrameDecoderError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}
