//! What kind of payload a conversation carries, by its first bytes.

/// What kind of payload a conversation carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Content {
    /// None at all.
    #[default]
    None,
    /// Something that may be a chat.
    Text,
    /// HTTP, WebSocket included: its first line says so.
    Http,
    /// TLS: encrypted.
    Tls,
    /// SSH: encrypted.
    Ssh,
    /// Bytes that are hardly text.
    Binary,
}

impl Content {
    /// How many of the first bytes it is told by, if they hold a line.
    pub(super) const TELLING: usize = 256;

    /// By the first bytes of each direction.
    #[must_use]
    pub fn of(to_server: &[u8], to_client: &[u8]) -> Self {
        let either = |is: fn(&[u8]) -> bool| is(to_server) || is(to_client);
        match () {
            () if to_server.is_empty() && to_client.is_empty() => Content::None,
            () if either(is_tls) => Content::Tls,
            () if either(|bytes| bytes.starts_with(b"SSH-")) => Content::Ssh,
            () if is_http_request(to_server) || to_client.starts_with(b"HTTP/") => Content::Http,
            () if either(is_binary) => Content::Binary,
            () => Content::Text,
        }
    }

    /// Whether nobody can read it without keys.
    #[must_use]
    pub fn is_encrypted(self) -> bool {
        matches!(self, Content::Tls | Content::Ssh)
    }
}

/// A record of TLS 1.x: type 20 to 23, major version 3 (RFC 8446 §5.1).
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [20..=23, 3, 0..=4, _, _, ..])
}

fn is_http_request(bytes: &[u8]) -> bool {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    line.trim_ascii_end().ends_with(b"HTTP/1.1") || line.trim_ascii_end().ends_with(b"HTTP/1.0")
}

/// More than a third of the first bytes are control characters that no text has.
fn is_binary(bytes: &[u8]) -> bool {
    let start = bytes.get(..Content::TELLING).unwrap_or(bytes);
    let odd = |byte: &&u8| matches!(byte, 0..=6 | 14..=26 | 28..=31 | 127);
    start.iter().filter(odd).count() * 3 > start.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_kind() {
        assert_eq!(Content::of(b"", b""), Content::None);
        assert_eq!(Content::of(b"", b"NICK"), Content::Text);
        assert_eq!(Content::of(b"\x16\x03\x01\x02\x00\x01", b""), Content::Tls);
        assert_eq!(Content::of(b"GET / HTTP/1.1\r\n", b""), Content::Http);
        assert_eq!(Content::of(b"", b"SSH-2.0-x"), Content::Ssh);
        assert_eq!(Content::of(b"\x00\x01\x02\x03", b""), Content::Binary);
        assert_eq!(Content::of("Olá, São João".as_bytes(), b""), Content::Text);
    }
}
