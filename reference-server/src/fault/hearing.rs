//! How a faulty server finds messages in what arrives.

use protocol::framing::{Decoded, Framing, FramingError};

use super::Fault;

/// The next message, as a server with this fault finds it.
pub(crate) fn decode<'a>(
    fault: Option<Fault>,
    framing: &Framing,
    unread: &'a [u8],
    limit: usize,
) -> Decoded<'a> {
    let decoded = framing.decode(unread, limit);
    let Some(fault) = fault.filter(|_| framing.is_delimited() && !unread.is_empty()) else {
        return decoded;
    };
    match (fault, decoded) {
        (Fault::OneReadOneMessage, _) => Decoded::Message {
            content: without_frame(framing, unread),
            len: unread.len(),
        },
        (Fault::LosesGluedMessages, Decoded::Message { content, .. }) => Decoded::Message {
            content,
            len: unread.len(),
        },
        (Fault::HalfMessageCloses, Decoded::Incomplete) => BROKEN,
        (Fault::KeepsCarriageReturn, Decoded::Message { content, len }) => Decoded::Message {
            content: match unread.get(content.len()) {
                Some(b'\r') => unread.get(..=content.len()).unwrap_or(content),
                _ => content,
            },
            len,
        },
        (Fault::NeedsWholeHeader, Decoded::Incomplete) if unread.len() < framing.header_len() => {
            BROKEN
        }
        (Fault::BodyInOneRead, Decoded::Incomplete) if unread.len() > framing.header_len() => {
            Decoded::Message {
                content: unread.get(framing.header_len()..).unwrap_or_default(),
                len: unread.len(),
            }
        }
        (_, decoded) => decoded,
    }
}

/// What such a server takes for the end of the conversation.
const BROKEN: Decoded<'static> = Decoded::Invalid(FramingError::NotANumber);

/// A read without the header in front of it or the terminator behind it, if there is one.
fn without_frame<'a>(framing: &Framing, read: &'a [u8]) -> &'a [u8] {
    match framing.terminator() {
        Some(terminator) => {
            let written = terminator.written();
            read.strip_suffix(written).unwrap_or(read)
        }
        None => read.get(framing.header_len()..).unwrap_or(read),
    }
}

/// What a server that decodes each read alone keeps of it.
pub(crate) fn decodable(read: &[u8]) -> Vec<u8> {
    read.utf8_chunks()
        .flat_map(|chunk| chunk.valid().bytes())
        .collect()
}

/// A message in a buffer that still holds the end of a longer one.
pub(crate) fn in_stale_buffer(message: &[u8], buffer: &[u8]) -> Vec<u8> {
    let rest = buffer.get(message.len()..).unwrap_or_default();
    [message, rest].concat()
}
