//! Where the bytes of a capture come from: a file, a pipe, a compressed stream. Gives plain bytes.

use std::io::{self, BufReader, Cursor, Read};

use super::description::Compression;
use super::zstd::ZstdReader;

/// How much compressed input is read at a time.
const CHUNK: usize = 64 * 1024;

/// A stream of plain bytes and how it was compressed.
pub(super) struct Source {
    pub(super) read: Box<dyn Read + Send>,
    pub(super) compression: Compression,
}

impl Source {
    /// Looks at the first bytes, whatever the name of the file, and decompresses if they ask for it.
    pub(super) fn new(mut read: impl Read + Send + 'static) -> io::Result<Self> {
        let magic = magic(&mut read)?;
        let compression = recognise(&magic);
        let whole = Cursor::new(magic).chain(read);
        let read: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(whole),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(whole))),
            Compression::Zstd => Box::new(ZstdReader::new(buffered(whole))),
            Compression::Lz4 => Box::new(AllFrames(lz4_flex::frame::FrameDecoder::new(buffered(
                whole,
            )))),
        };
        Ok(Self { read, compression })
    }
}

fn magic(read: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(4);
    read.take(4).read_to_end(&mut magic)?;
    Ok(magic)
}

fn buffered<R: Read>(read: R) -> BufReader<R> {
    BufReader::with_capacity(CHUNK, read)
}

fn recognise(magic: &[u8]) -> Compression {
    match magic {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Compression::Zstd,
        [0x04, 0x22, 0x4d, 0x18] => Compression::Lz4,
        _ => Compression::None,
    }
}

/// Reads all LZ4 frames of a stream: the decoder ends at the end of each, and goes on when asked again.
struct AllFrames<R>(R);

impl<R: Read> Read for AllFrames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.0.read(out)? {
            0 => self.0.read(out),
            count => Ok(count),
        }
    }
}
