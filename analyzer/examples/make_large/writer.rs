//! Capture files, written record by record without allocating.

use std::io::{self, Write};

use crate::Format;

/// Writes frames to a capture file and counts bytes.
pub(crate) struct CaptureWriter<W> {
    output: W,
    format: Format,
    pub(crate) bytes: u64,
    pub(crate) frames: u64,
}

const ETHERNET: u8 = 1;
const SNAP_LENGTH: u32 = 262_144;

impl<W: Write> CaptureWriter<W> {
    /// Begins the file.
    pub(crate) fn new(output: W, format: Format) -> io::Result<Self> {
        let mut writer = Self {
            output,
            format,
            bytes: 0,
            frames: 0,
        };
        match format {
            Format::Pcap => writer.pcap_header()?,
            Format::Pcapng => writer.pcapng_header()?,
        }
        Ok(writer)
    }

    fn pcap_header(&mut self) -> io::Result<()> {
        self.put(&0xa1b2_c3d4_u32.to_le_bytes())?;
        self.put(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        self.put(&SNAP_LENGTH.to_le_bytes())?;
        self.put(&[ETHERNET, 0, 0, 0])
    }

    fn pcapng_header(&mut self) -> io::Result<()> {
        self.put(b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0")?;
        self.put(&[1, 0, 0, 0, 20, 0, 0, 0, ETHERNET, 0, 0, 0])?;
        self.put(&SNAP_LENGTH.to_le_bytes())?;
        self.put(&[20, 0, 0, 0])
    }

    /// Writes one frame, seen at so many microseconds since 1970.
    pub(crate) fn frame(&mut self, microseconds: u64, frame: &[u8]) -> io::Result<()> {
        self.frames += 1;
        match self.format {
            Format::Pcap => self.pcap_record(microseconds, frame),
            Format::Pcapng => self.pcapng_block(microseconds, frame),
        }
    }

    fn pcap_record(&mut self, microseconds: u64, frame: &[u8]) -> io::Result<()> {
        let length = frame.len() as u32;
        let seconds = (microseconds / 1_000_000) as u32;
        let fraction = (microseconds % 1_000_000) as u32;
        self.words([seconds, fraction, length, length])?;
        self.put(frame)
    }

    fn pcapng_block(&mut self, microseconds: u64, frame: &[u8]) -> io::Result<()> {
        const FRAME_BLOCK: u32 = 6;
        const AROUND: u32 = 32;
        let length = frame.len() as u32;
        let padding = length.next_multiple_of(4) - length;
        let total = AROUND + length + padding;
        let high = (microseconds >> 32) as u32;
        self.words([
            FRAME_BLOCK,
            total,
            0,
            high,
            microseconds as u32,
            length,
            length,
        ])?;
        self.put(frame)?;
        self.put(&[0; 3][..padding as usize])?;
        self.words([total])
    }

    fn words<const N: usize>(&mut self, words: [u32; N]) -> io::Result<()> {
        words
            .iter()
            .try_for_each(|word| self.put(&word.to_le_bytes()))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.output.write_all(bytes)
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.output.flush()
    }
}
