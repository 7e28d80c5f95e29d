//! What in a server's words is of the moment, and would be another at the next: times of day and numbers.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::cast::Cast;

/// A template with holes for the first time of day and the first numbers in it.
///
/// Three digits in front of a line are a reply's code (as in RFC 959, section 4.2), which stays.
pub(super) fn generalised(template: &str) -> String {
    let bytes = template.as_bytes();
    let mut general = String::with_capacity(template.len());
    let mut written = 0;
    let mut at = 0;
    let mut taken: Vec<&str> = Vec::new();
    while at < bytes.len() {
        // A letter in front of all may be the kind of a frame: `L2 ana bia`.
        let is_kind = at == 1 && bytes[0].is_ascii_uppercase();
        let is_inside =
            at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80) && !is_kind;
        let time = (!is_inside).then(|| time_len(&bytes[at..])).flatten();
        let (hole, len) = match time {
            Some(len) => ("time", len),
            None => {
                let digits = digits(&bytes[at..]);
                let next = bytes.get(at + digits);
                let is_word = is_inside
                    || next.is_some_and(|next| next.is_ascii_alphanumeric() || *next >= 0x80);
                let is_first = at == 0 || bytes[at - 1] == b'\n';
                let is_code = is_first && digits == 3;
                let is_number = digits > 0 && !is_word && !is_code;
                let is_id = at > 0 && bytes[at - 1] == b'#';
                match is_number {
                    true => (if is_id { "id:int" } else { "count" }, digits),
                    false => ("", digits.max(1)),
                }
            }
        };
        if !hole.is_empty() && !taken.contains(&hole) {
            taken.push(hole);
            // Brackets are the server's own words: the more it says of them, the better a message is told from the next.
            let brackets = usize::from(hole == "time" && bytes[at] == b'[');
            let _ = write!(general, "{}{{{hole}}}", &template[written..at + brackets]);
            written = at + len - brackets;
        }
        at += len;
    }
    general.push_str(&template[written..]);
    general
}

/// The text with holes for network addresses that are not the names of clients: `127.0.0.1:55412`, `('127.0.0.1', 55994)`.
pub(super) fn addressless(text: &str, cast: &Cast) -> String {
    let mut general = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match address_len(&text.as_bytes()[at..]) {
            Some(len)
                if ![&cast.ana, &cast.bia, &cast.caio]
                    .iter()
                    .any(|name| **name == text[at..at + len]) =>
            {
                general.push_str("{address}");
                at += len;
            }
            len => {
                let next = text[at..].chars().next().map_or(1, char::len_utf8);
                let len = len.unwrap_or(next);
                general.push_str(&text[at..at + len]);
                at += len;
            }
        }
    }
    general
}

/// The length of an IPv4 address and port in front.
fn address_len(bytes: &[u8]) -> Option<usize> {
    let (open, between, close): (&[u8], &[u8], &[u8]) = match bytes.starts_with(b"('") {
        true => (b"('", b"', ", b")"),
        false => (b"", b":", b""),
    };
    let rest = bytes.strip_prefix(open)?;
    let ip = rest
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    let is_ip = std::str::from_utf8(&rest[..ip]).is_ok_and(|ip| ip.parse::<Ipv4Addr>().is_ok());
    let rest = is_ip.then(|| rest[ip..].strip_prefix(between))??;
    let port = digits(rest);
    let is_whole = (1..=5).contains(&port) && rest[port..].starts_with(close);
    is_whole.then_some(open.len() + ip + between.len() + port + close.len())
}

fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// The length of a time of day in front: `20:39`, `20:39:02`, with a date of numbers before it, in square brackets or without.
fn time_len(bytes: &[u8]) -> Option<usize> {
    let is_bracketed = bytes.first() == Some(&b'[');
    let start = usize::from(is_bracketed);
    let is_named = bytes.get(start).is_some_and(u8::is_ascii_uppercase);
    let mut at = start + date_len(&bytes[start..]).unwrap_or(0);
    let hours = digits(&bytes[at..]);
    at += hours;
    let minutes = sixtieth(&bytes[at..])?;
    at += minutes;
    at += sixtieth(&bytes[at..]).unwrap_or(0);
    let is_year = is_named && bytes.get(at) == Some(&b' ') && digits(&bytes[at + 1..]) == 4;
    at += if is_year { 5 } else { 0 };
    let is_whole = match is_bracketed {
        true => bytes.get(at) == Some(&b']'),
        false => !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric),
    };
    (matches!(hours, 1 | 2) && is_whole).then_some(at + start)
}

/// A colon and two digits.
fn sixtieth(bytes: &[u8]) -> Option<usize> {
    let is_one = bytes.first() == Some(&b':') && digits(&bytes[1..]) == 2;
    is_one.then_some(3)
}

/// The length of a date of three numbers, and the blank or `T` behind it; or of a weekday, a month and a day, as C prints them.
fn date_len(bytes: &[u8]) -> Option<usize> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    if bytes.len() > 11 && MONTHS.chunks(3).any(|month| bytes[4..7] == *month) && bytes[10] == b' '
    {
        return Some(11);
    }
    let mut at = 0;
    for ends in [b"-/.", b"-/.", b" T "] {
        let len = digits(&bytes[at..]);
        at += len;
        let end = bytes.get(at)?;
        if !(1..=4).contains(&len) || !ends.contains(end) {
            return None;
        }
        at += 1;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(template: &str, expected: &str) {
        assert_eq!(generalised(template), expected);
    }

    #[test]
    fn times_are_of_the_moment() {
        check(
            "[2026-11-21 14:21:01] {nick} entered",
            "[{time}] {nick} entered",
        );
        check("sent at 14:21", "sent at {time}");
        check("{from} (9:05): {text}", "{from} ({time}): {text}");
        check("[12:00 {nick}]", "[{time} {nick}]");
        check("[Sat Nov 21 20:19:47 2026] {from}", "[{time}] {from}");
        check("at Sat Nov  1 20:19:47 2026.", "at {time}.");
        check("14:20 #3 {from}: {text}", "{time} #{id:int} {from}: {text}");
    }

    #[test]
    fn numbers_are_of_the_moment() {
        check("OK 1", "OK {count}");
        check("L2 {names}", "L{count} {names}");
        check("3 online, 3 of 10", "{count} online, 3 of 10");
        check("250 ok\n250 3", "250 ok\n250 {count}");
        check("{nick} (#4) left", "{nick} (#{id:int}) left");
    }

    #[test]
    fn codes_and_parts_of_words_stay() {
        for same in ["250 {nick}", "utf8 v2 1º 2nd", "{{quit}}", ""] {
            check(same, same);
        }
    }

    #[test]
    fn addresses_that_are_nobodys_names_are_of_the_moment() {
        let cast = Cast {
            ana: "127.0.0.1:7".to_owned(),
            bia: "probeab".to_owned(),
            caio: "probeac".to_owned(),
            nobody: "probead".to_owned(),
            dora: "probeae".to_owned(),
            eva: "probeaf".to_owned(),
            text: "oi".to_owned(),
            command: "XYZZY".to_owned(),
        };
        let found = addressless("('127.0.0.1', 40001) 127.0.0.1:7 10.0.0.1:8! 1.2: é", &cast);
        assert_eq!(found, "{address} 127.0.0.1:7 {address}! 1.2: é");
    }

    proptest! {
        #[test]
        fn nothing_but_holes_is_added(text in "([a-z #:.\\[\\]/-]|[0-9]{1,4}|é){0,24}") {
            let general = generalised(&text);
            let rests = general.split("{time}").flat_map(|part| part.split("{count}"));
            let mut from = 0;
            for rest in rests.flat_map(|part| part.split("{id:int}")) {
                let found = text[from..].find(rest);
                prop_assert!(found.is_some(), "{general}");
                from += found.unwrap_or(0) + rest.len();
            }
        }
    }
}
