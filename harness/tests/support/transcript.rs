//! The transcript in the comment at the top of each foreign server, as text and as bytes.

/// The lines of the comment, without its marks.
pub(crate) fn transcript(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .skip_while(|line| !line.starts_with("# Wire transcript"))
        .skip(1)
        .map_while(|line| line.strip_prefix("#   "))
}

/// The bytes that a quoted string of a transcript stands for.
pub(crate) fn bytes(quoted: &str) -> Result<Vec<u8>, String> {
    let mut rest = quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .ok_or("bytes are quoted")?
        .as_bytes();
    let mut bytes = Vec::new();
    while let Some((byte, after)) = one_byte(rest)? {
        let (times, after) = repetition(after);
        bytes.resize(bytes.len() + times, byte);
        rest = after;
    }
    Ok(bytes)
}

fn one_byte(text: &[u8]) -> Result<Option<(u8, &[u8])>, String> {
    Ok(match text {
        [] => None,
        [b'\\', b'x', high, low, rest @ ..] => {
            let digits = [*high, *low];
            let digits = str::from_utf8(&digits).map_err(|error| error.to_string())?;
            let byte = u8::from_str_radix(digits, 16).map_err(|error| error.to_string())?;
            Some((byte, rest))
        }
        [b'\\', b'n', rest @ ..] => Some((b'\n', rest)),
        [b'\\', b'r', rest @ ..] => Some((b'\r', rest)),
        [b'\\', b'0', rest @ ..] => Some((0, rest)),
        [b'\\', b'\\', rest @ ..] => Some((b'\\', rest)),
        [b'\\', ..] => return Err("no such escape".to_owned()),
        [byte, rest @ ..] => Some((*byte, rest)),
    })
}

/// `*60` says how often the byte before it stands there; without it, once.
fn repetition(text: &[u8]) -> (usize, &[u8]) {
    let digits = text.strip_prefix(b"*").map_or(0, |after| {
        after
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    });
    let times = text
        .get(1..=digits)
        .and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
    match times {
        Some(times) => (times, &text[1 + digits..]),
        None => (1, text),
    }
}
