//! Where the bytes of a capture come from: a file, a pipe, a compressed stream. Gives plain bytes.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;

use super::description::Compression;
use super::twin::twins;
use super::zstd::ZstdReader;

/// How much compressed input is read at a time.
const CHUNK: usize = 64 * 1024;

/// A stream of plain bytes and how it was compressed.
pub(super) struct Source {
    pub(super) read: Bytes,
    pub(super) compression: Compression,
}

/// Plain bytes, in their order.
pub(super) enum Bytes {
    /// Of a file that is there in full.
    File(FileBytes),
    /// As they come.
    Stream(Box<dyn Read + Send>),
}

/// A file, read from a place of one's own: several may read one file, each by itself.
#[derive(Clone)]
pub(super) struct FileBytes {
    file: Arc<File>,
    at: u64,
    /// Where it ends for whoever reads it, though it may grow.
    end: u64,
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
        let read = Bytes::Stream(read);
        Ok(Self { read, compression })
    }

    /// The same for a file, which may be a pipe by its kind.
    pub(super) fn of_file(file: File) -> io::Result<Self> {
        if !file.metadata()?.is_file() {
            return Self::new(file);
        }
        let bytes = FileBytes {
            file: Arc::new(file),
            at: 0,
            end: u64::MAX,
        };
        match recognise(&magic(&mut bytes.clone())?) {
            compression @ Compression::None => Ok(Self {
                read: Bytes::File(bytes),
                compression,
            }),
            _ => Self::new(bytes),
        }
    }
}

impl Bytes {
    /// The same bytes once more, from here on. Of a stream whatever is read here is read there, too; of a file both read
    /// what is there by now.
    pub(super) fn twin(&mut self) -> io::Result<Self> {
        match self {
            Self::File(file) => {
                file.end = file.file.metadata()?.len();
                Ok(Self::File(file.clone()))
            }
            Self::Stream(stream) => {
                let (first, second) = twins(std::mem::replace(stream, Box::new(io::empty())));
                *stream = Box::new(first);
                Ok(Self::Stream(Box::new(second)))
            }
        }
    }
}

impl Read for Bytes {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(room),
            Self::Stream(stream) => stream.read(room),
        }
    }
}

impl Read for FileBytes {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(room.len());
        let count = read_at(
            &self.file,
            room.get_mut(..most).unwrap_or_default(),
            self.at,
        )?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, at)
}

#[cfg(windows)]
fn read_at(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, at)
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn twins_of_a_file_that_grows_read_the_same() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"no magic, just bytes").unwrap();
        let mut first = Source::of_file(file.reopen().unwrap()).unwrap().read;
        let mut start = [0; 3];
        first.read_exact(&mut start).unwrap();
        let mut second = first.twin().unwrap();
        file.write_all(b" and more").unwrap();
        for bytes in [&mut second, &mut first] {
            let mut rest = String::new();
            bytes.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "magic, just bytes");
        }
    }
}
