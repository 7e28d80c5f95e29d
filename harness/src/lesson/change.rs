//! What became of a text on its way: a pure comparison of the text that was sent with the one that came.

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It lacks its last byte.
    LastByteCut,
    /// Only the first so many bytes of a long text came.
    CutAt(usize),
    /// Only its first word came.
    FirstWordOnly,
    /// Only what stands before its first colon came.
    CutAtColon,
    /// It came as a program shows bytes: `b'…'`.
    BytesLiteral,
    /// Characters beyond ASCII came out as something else.
    Encoding,
    /// Characters beyond ASCII are missing.
    CharactersLost,
    /// The command came with it.
    CommandKept,
    /// The word of the command, where it stood in it, did not come.
    CommandRemoved,
    /// The blanks between its words came as one each.
    BlanksMerged,
    /// It came in small letters.
    Lowercased,
    /// The carriage return that the client sent came with it.
    CarriageReturnKept,
    /// The end of an earlier, longer text hangs on it.
    StaleTail,
    /// The next message hangs on it.
    Merged,
    /// The text is right, its sender is another.
    OtherSender,
    /// The name in it was changed.
    NameAltered,
}

/// What is known beside the two texts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// What stands before the text in a request: `MSG `.
    pub command: &'a [u8],
    /// Texts that were sent before.
    pub earlier: &'a [&'a [u8]],
    /// Texts that were sent after it.
    pub later: &'a [&'a [u8]],
}

/// So much of a text agreed that it was cut, not split.
const LONG: usize = 200;

/// What became of a text; `None`: nothing that tells its cause.
#[must_use]
pub fn change(sent: &[u8], came: &[u8], context: &Context<'_>) -> Option<Change> {
    if sent == came || sent.is_empty() {
        return None;
    }
    if let Some(rest) = came.strip_prefix(sent) {
        return hangs_on(rest, context);
    }
    if is_literal(sent, came) {
        return Some(Change::BytesLiteral);
    }
    if !context.command.is_empty() && came == [context.command, sent].concat() {
        return Some(Change::CommandKept);
    }
    if !came.is_empty() && sent.starts_with(came) {
        return cut(sent, came);
    }
    if came == without(sent, context.command) || came == without(sent, context.command.trim_ascii())
    {
        return Some(Change::CommandRemoved);
    }
    if came == with_single_blanks(sent) {
        return Some(Change::BlanksMerged);
    }
    if String::from_utf8_lossy(sent).to_lowercase().as_bytes() == came
        || sent.to_ascii_lowercase() == came
    {
        return Some(Change::Lowercased);
    }
    let ascii = |bytes: &[u8]| {
        bytes
            .iter()
            .copied()
            .filter(u8::is_ascii)
            .collect::<Vec<_>>()
    };
    if !sent.is_ascii() && ascii(sent) == came {
        return Some(Change::CharactersLost);
    }
    let same = sent.iter().zip(came).take_while(|(a, b)| a == b).count();
    if sent.get(same).is_some_and(|byte| !byte.is_ascii()) {
        return Some(Change::Encoding);
    }
    (same >= LONG).then_some(Change::CutAt(same))
}

fn hangs_on(rest: &[u8], context: &Context<'_>) -> Option<Change> {
    if rest == b"\r" || rest.starts_with(b"\r") {
        return Some(Change::CarriageReturnKept);
    }
    let is_tail = |text: &&[u8]| text.len() > rest.len() && text.ends_with(rest);
    if context.earlier.iter().any(is_tail) {
        return Some(Change::StaleTail);
    }
    // Behind its command: without it, it is a delivery of its own.
    let holds = |text: &&[u8]| {
        let request = [context.command, *text].concat();
        !text.is_empty() && memchr::memmem::find(rest, &request).is_some()
    };
    context.later.iter().any(holds).then_some(Change::Merged)
}

fn cut(sent: &[u8], came: &[u8]) -> Option<Change> {
    if sent.len() == came.len() + 1 {
        return Some(Change::LastByteCut);
    }
    if came.len() >= LONG {
        return Some(Change::CutAt(came.len()));
    }
    match sent.get(came.len()) {
        Some(byte) if byte.is_ascii_whitespace() && !came.contains(&b' ') => {
            Some(Change::FirstWordOnly)
        }
        Some(b':') => Some(Change::CutAtColon),
        _ => None,
    }
}

/// Whether a name came as another, of which no more than letters, their case or decoration was lost or added: cut, in small
/// letters, without accents, as `b'ana'`.
#[must_use]
pub fn is_altered(name: &[u8], came: &[u8]) -> bool {
    let plain = |name: &[u8]| {
        let letters = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
        letters.map(u8::to_ascii_lowercase).collect::<Vec<_>>()
    };
    let (name, came) = (plain(name), plain(came));
    let holds = |long: &[u8], short: &[u8]| {
        let mut rest = long.iter();
        short.iter().all(|letter| rest.any(|other| other == letter))
    };
    !came.is_empty() && (holds(&name, &came) || holds(&came, &name))
}

/// A text without a word, wherever it stands.
fn without(text: &[u8], word: &[u8]) -> Vec<u8> {
    let mut rest = text;
    let mut kept = Vec::new();
    while !word.is_empty()
        && let Some(at) = memchr::memmem::find(rest, word)
    {
        kept.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + word.len()..).unwrap_or_default();
    }
    kept.extend_from_slice(rest);
    kept
}

/// The words of a text, one blank between two of them.
fn with_single_blanks(text: &[u8]) -> Vec<u8> {
    let words = text.split(u8::is_ascii_whitespace);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(&b' ')
}

/// Whether a program's own rendering of bytes came: `b'oi'`, `ol\xc3\xa1`.
fn is_literal(sent: &[u8], came: &[u8]) -> bool {
    let marks: [&[u8]; 3] = [b"b'", b"b\"", b"\\x"];
    let has = |text: &[u8], mark: &[u8]| memchr::memmem::find(text, mark).is_some();
    marks.iter().any(|mark| has(came, mark) && !has(sent, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_changed_is_told_from_another() {
        for (name, came) in [
            ("mariaaparecida", "mariaapar"),
            ("João", "Joo"),
            ("João", "joão"),
            ("João", "JoÃ£o"),
            ("ana_2-b", "ana2b"),
            ("ana", "b'ana'"),
        ] {
            assert!(is_altered(name.as_bytes(), came.as_bytes()), "{came}");
        }
        for (name, came) in [("anak3x9", "biaq7d2"), ("ana", ""), ("ana", "bia")] {
            assert!(!is_altered(name.as_bytes(), came.as_bytes()), "{came}");
        }
    }

    #[test]
    fn each_change_is_told_from_the_others() {
        #[track_caller]
        fn check(sent: &str, came: &str, expected: Option<Change>) {
            let context = Context {
                command: b"MSG ",
                earlier: &[b"uma bem comprida"],
                later: &[b"segunda"],
            };
            let seen = change(sent.as_bytes(), came.as_bytes(), &context);
            assert_eq!(seen, expected, "{sent:?} {came:?}");
        }
        check("oi", "oi", None);
        check("bom dia", "bom di", Some(Change::LastByteCut));
        check("bom dia a todos", "bom", Some(Change::FirstWordOnly));
        check("hora: 10:30", "hora", Some(Change::CutAtColon));
        check("olá", "b'ol\\xc3\\xa1'", Some(Change::BytesLiteral));
        check("olá", "ol?", Some(Change::Encoding));
        check("olá", "olÃ¡", Some(Change::Encoding));
        check("ação", "ao", Some(Change::CharactersLost));
        check("oi", "MSG oi", Some(Change::CommandKept));
        check("a MSG b MSG c", "a b c", Some(Change::CommandRemoved));
        check("a MSG b", "a  b", Some(Change::CommandRemoved));
        check(
            "um  dois   tres",
            "um dois tres",
            Some(Change::BlanksMerged),
        );
        check("Bom Dia", "bom dia", Some(Change::Lowercased));
        check("Olá", "olá", Some(Change::Lowercased));
        check("oi", "oi\r", Some(Change::CarriageReturnKept));
        check("curta", "curtacomprida", Some(Change::StaleTail));
        check("primeira", "primeira\nMSG segunda", Some(Change::Merged));
        check("primeira", "primeira[bia]: segunda", None);
        check("curta", "curta e mais", None);
        check("bom dia", "boa noite", None);
        check(&"x".repeat(900), &"x".repeat(256), Some(Change::CutAt(256)));
    }
}
