//! Writes pcapng: one section, its interfaces, then frames with their comments (draft-ietf-opsawg-pcapng).
//!
//! Times have nanoseconds. Knows nothing of what frames carry.

use std::io::{self, Write};

use crate::capture::{Frame, Interface, LinkType};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const COMMENT: u16 = 1;
const NAME: u16 = 2;
const DESCRIPTION: u16 = 3;
const RESOLUTION: u16 = 9;
const APPLICATION: u16 = 4;

/// A link type that is nobody's, for what is no frame but is counted like one.
const USER: LinkType = LinkType(147);

/// A pcapng file being written.
pub(super) struct Writer<W> {
    output: W,
    interfaces: u32,
}

impl<W: Write> Writer<W> {
    /// Writes the section's header and its interfaces, and one interface more for blocks that are no frames.
    ///
    /// # Errors
    /// If writing fails.
    pub(super) fn new(output: W, interfaces: &[Interface]) -> io::Result<Self> {
        let mut writer = Self {
            output,
            interfaces: u32::try_from(interfaces.len()).unwrap_or(u32::MAX),
        };
        writer.section()?;
        for one in interfaces {
            writer.interface(one)?;
        }
        writer.interface(&Interface::new(USER, 0))?;
        Ok(writer)
    }

    fn section(&mut self) -> io::Result<()> {
        let mut body = Vec::new();
        body.extend(0x1a2b_3c4d_u32.to_le_bytes());
        body.extend(1_u16.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        body.extend(u64::MAX.to_le_bytes());
        option(
            &mut body,
            APPLICATION,
            concat!("analyzer ", env!("CARGO_PKG_VERSION")).as_bytes(),
        );
        end(&mut body);
        self.block(SECTION, &body)
    }

    fn interface(&mut self, one: &Interface) -> io::Result<()> {
        let mut body = Vec::new();
        let link = if one.link == LinkType::NO_FRAME {
            USER
        } else {
            one.link
        };
        body.extend(link.0.to_le_bytes());
        body.extend(0_u16.to_le_bytes());
        body.extend(one.snap_length.to_le_bytes());
        for (code, text) in [(NAME, &one.name), (DESCRIPTION, &one.description)] {
            if let Some(text) = text {
                option(&mut body, code, text.as_bytes());
            }
        }
        for comment in &one.comments {
            option(&mut body, COMMENT, comment.as_bytes());
        }
        option(&mut body, RESOLUTION, &[9]);
        end(&mut body);
        self.block(INTERFACE, &body)
    }

    /// Writes a frame with the comments that it has and these.
    ///
    /// # Errors
    /// If writing fails.
    pub(super) fn frame(
        &mut self,
        frame: &Frame<'_>,
        bytes: &[u8],
        comments: &[String],
    ) -> io::Result<()> {
        let interface = frame.interface.min(self.interfaces);
        let time = u64::try_from(frame.time.unwrap_or_default()).unwrap_or_default();
        let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut body = Vec::with_capacity(bytes.len() + 64);
        for word in [interface, (time >> 32) as u32, time as u32, captured] {
            body.extend(word.to_le_bytes());
        }
        body.extend(frame.original_length.max(captured).to_le_bytes());
        body.extend_from_slice(bytes);
        pad(&mut body);
        let own: Vec<&[u8]> = frame.comments().collect();
        let all = own
            .into_iter()
            .chain(comments.iter().map(|comment| comment.as_bytes()));
        let before = body.len();
        all.for_each(|comment| option(&mut body, COMMENT, comment));
        if body.len() > before {
            end(&mut body);
        }
        self.block(ENHANCED_PACKET, &body)
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 12).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.output.write_all(&kind.to_le_bytes())?;
        self.output.write_all(&length.to_le_bytes())?;
        self.output.write_all(body)?;
        self.output.write_all(&length.to_le_bytes())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// If writing fails.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Adds an option; one that is too long for its length field is cut at the end of a character.
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let longest = usize::from(u16::MAX);
    let mut value = value.get(..longest.min(value.len())).unwrap_or_default();
    while value.len() == longest
        && std::str::from_utf8(value).is_err_and(|error| error.error_len().is_none())
    {
        value = &value[..value.len() - 1];
    }
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend_from_slice(value);
    pad(body);
}

fn end(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture;

    #[test]
    fn what_is_written_can_be_read_again() {
        let mut interface = Interface::new(LinkType::NULL, 65_535);
        interface.name = Some("lo".to_owned());
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file, &[interface]).unwrap();
        let frame = Frame::new(
            1,
            Some(1_762_000_000_123_456_789),
            LinkType::NULL,
            b"\x02\0\0\0E",
        );
        writer
            .frame(&frame, frame.bytes, &["olá".to_owned(), "two".to_owned()])
            .unwrap();
        writer.frame(&frame, b"x", &[]).unwrap();
        writer.finish().unwrap();
        let mut reader = capture::read(std::io::Cursor::new(file)).unwrap();
        let read = reader.next().unwrap();
        assert_eq!(read.time, frame.time);
        assert_eq!(read.bytes, frame.bytes);
        assert_eq!(
            read.comments().collect::<Vec<_>>(),
            ["olá".as_bytes(), b"two"]
        );
        assert_eq!(reader.next().unwrap().bytes, b"x");
        assert!(reader.next().is_none());
        assert_eq!(reader.stopped(), None);
        assert_eq!(
            reader.description().interfaces[0].name.as_deref(),
            Some("lo")
        );
    }
}
