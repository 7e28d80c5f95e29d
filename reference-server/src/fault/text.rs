//! What becomes of a text on its way through a faulty server.

use super::Fault;

/// Bytes of the buffer of a server that truncates.
const BUFFER: usize = 256;

/// The text as such a server passes it on; `None`: unchanged.
pub(super) fn changed(fault: Fault, text: &[u8]) -> Option<Vec<u8>> {
    Some(match fault {
        Fault::Truncates => text.get(..BUFFER)?.to_vec(),
        Fault::CutsLastByte => text.split_last()?.1.to_vec(),
        Fault::BytesLiteral => [b"b'", &*escaped(text), b"'"].concat(),
        Fault::AsciiOnly => String::from_utf8_lossy(text)
            .chars()
            .map(|c| if c.is_ascii() { c } else { '?' })
            .collect::<String>()
            .into_bytes(),
        Fault::Mojibake => text
            .iter()
            .map(|byte| char::from(*byte))
            .collect::<String>()
            .into_bytes(),
        Fault::FirstWordOnly => text
            .split(u8::is_ascii_whitespace)
            .find(|word| !word.is_empty())?
            .to_vec(),
        Fault::CutsAtColon => text.split(|byte| *byte == b':').next()?.to_vec(),
        Fault::Lowercases => String::from_utf8_lossy(text).to_lowercase().into_bytes(),
        _ => return None,
    })
}

/// A text without a word, wherever it stands.
pub(super) fn without(text: &[u8], word: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        match rest.strip_prefix(word).filter(|_| !word.is_empty()) {
            Some(behind) => rest = behind,
            None => {
                kept.push(*byte);
                rest = behind;
            }
        }
    }
    kept
}

/// As Python writes the inside of a bytes literal.
fn escaped(text: &[u8]) -> Vec<u8> {
    text.escape_ascii().to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_wrong_in_its_own_way() {
        #[track_caller]
        fn becomes(fault: Fault, text: &str, expected: &str) {
            let changed = changed(fault, text.as_bytes()).unwrap_or_else(|| text.into());
            assert_eq!(String::from_utf8_lossy(&changed), expected);
        }
        becomes(Fault::CutsLastByte, "oi", "o");
        becomes(Fault::BytesLiteral, "olá", "b'ol\\xc3\\xa1'");
        becomes(Fault::AsciiOnly, "olá", "ol?");
        becomes(Fault::Mojibake, "olá", "olÃ¡");
        becomes(Fault::FirstWordOnly, "bom dia", "bom");
        becomes(Fault::CutsAtColon, "às 10:30", "às 10");
        becomes(Fault::Lowercases, "Olá", "olá");
        becomes(Fault::Truncates, &"x".repeat(300), &"x".repeat(256));
        becomes(Fault::Truncates, "oi", "oi");
        becomes(Fault::NotRelayed, "oi", "oi");
        assert_eq!(without(b"a MSG b MSG c", b"MSG "), b"a b c");
    }
}
