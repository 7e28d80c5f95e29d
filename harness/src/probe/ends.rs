//! Where messages end: found out for clients by what a server answers to, and for the server by what all that it says has in common.

use protocol::framing::{Align, Decoded, Framing, Terminator};

use super::cast::Names;
use super::holds;
use super::line::{Caller, Line};

/// Where messages end in this server's protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// Clients' until they are in.
    pub joining: Framing,
    /// Clients' from then on.
    pub chatting: Framing,
    /// The server's.
    pub server: Framing,
}

/// The framing in a dialect file.
pub(super) fn toml(framing: &Framing) -> String {
    match framing {
        Framing::Raw => "\"raw\"".to_owned(),
        Framing::Delimited(terminator) => match terminator.written() {
            b"\r\n" => "\"crlf\"".to_owned(),
            b"\0" => "\"nul\"".to_owned(),
            b"\n\0" => "\"lf+nul\"".to_owned(),
            b"\r" => "\"cr\"".to_owned(),
            _ => "\"lf\"".to_owned(),
        },
        Framing::Header { width, pad, align } => {
            let align = match align {
                Align::Left => "left",
                Align::Right => "right",
            };
            let pad = char::from(*pad);
            format!("{{ header = {width}, pad = \"{pad}\", align = \"{align}\" }}")
        }
        Framing::Fixed { size, .. } => format!("{{ fixed = {size} }}"),
    }
}

/// Messages that end with these bytes.
pub(super) fn delimited(end: &[u8]) -> Framing {
    Framing::Delimited(Terminator::new(end.to_vec(), Vec::new()))
}

const fn header(width: usize, pad: u8, align: Align) -> Framing {
    Framing::Header { width, pad, align }
}

/// What the first clients learnt. They stay connected to the end: some servers die of a client that leaves at once.
pub(super) struct Knock {
    /// What the server says before it is asked.
    pub(super) greeting: Vec<u8>,
    /// What it said to the first message that it answered.
    pub(super) answer: Vec<u8>,
    /// How that message ended; `None`: nothing was answered.
    pub(super) framing: Option<Framing>,
    /// Whether it closed the first connection by itself.
    pub(super) is_closed: bool,
    lines: Vec<Line>,
}

impl Knock {
    /// Waits until the first clients hear nothing more of who has just left.
    pub(super) async fn settle(&mut self, caller: &mut Caller) {
        let mut lines: Vec<_> = self.lines.iter_mut().collect();
        caller.hear_all(&mut lines).await;
    }
}

/// Finds out where clients' messages end: a bare name is sent, then a line feed after it; only where both stay silent the other ends
/// are tried, each by a client of its own, all at once.
pub(super) async fn knock(caller: &mut Caller, names: &mut Names) -> std::io::Result<Knock> {
    let name = names.next();
    let mut first = caller.call().await?;
    let greeting = caller.hear(&mut first).await;
    let mut knock = Knock {
        framing: framed(&greeting),
        greeting,
        answer: Vec::new(),
        is_closed: first.is_closed(),
        lines: Vec::new(),
    };
    if let Some(framing) = &knock.framing {
        first.send(&framing.encode(name.as_bytes())).await;
        knock.answer = caller.hear(&mut first).await;
    } else if !first.is_closed() {
        first.send(name.as_bytes()).await;
        knock.answer = caller.hear(&mut first).await;
        if !knock.answer.is_empty() {
            knock.framing = Some(Framing::Raw);
        } else if let Some((framing, answer)) =
            by_other_ends(caller, names, &mut first, &mut knock).await
        {
            knock.framing = Some(framing);
            knock.answer = answer;
        }
        knock.is_closed = first.is_closed() && knock.framing.is_none();
    }
    knock.lines.push(first);
    Ok(knock)
}

/// The end that a server wants which has not answered a bare name, and what it answers to it. It may answer nobody and only repeat
/// to the others what one says: the first client listens, too.
async fn by_other_ends(
    caller: &mut Caller,
    names: &mut Names,
    first: &mut Line,
    knock: &mut Knock,
) -> Option<(Framing, Vec<u8>)> {
    let greets = !knock.greeting.is_empty();
    let (mut second, name) = (caller.call().await.ok()?, names.next());
    // A server that does not greet may be slow to take a client in: the others are there in time.
    let mut others = match greets {
        true => {
            caller.hear_all(&mut [first, &mut second]).await;
            Vec::new()
        }
        false => lines(caller).await,
    };
    first.send(b"\n").await;
    second.send(name.as_bytes()).await;
    let mut heard = caller.hear_all(&mut [first, &mut second]).await;
    if !heard[0].is_empty() && !holds(&heard[0], &name) {
        // It may be a notice that the second came; what the second said follows it.
        let more = caller.hear_all(&mut [first, &mut second]).await;
        heard[0].extend_from_slice(&more[0]);
    }
    if holds(&heard[0], &name) {
        return Some((Framing::Raw, heard.swap_remove(0)));
    }
    if !heard[0].is_empty() {
        knock.lines.push(second);
        return Some((delimited(b"\n"), heard.swap_remove(0)));
    }
    if greets {
        others = lines(caller).await;
        let all = others.iter_mut().map(|(_, line)| line);
        let mut all: Vec<_> = [&mut *first, &mut second].into_iter().chain(all).collect();
        caller.hear_all(&mut all).await;
    }
    second.send(b"\n").await;
    for (framing, line) in &mut others {
        line.send(&framing.encode(names.next().as_bytes())).await;
    }
    let all = others.iter_mut().map(|(_, line)| line);
    let mut all: Vec<_> = [first, &mut second].into_iter().chain(all).collect();
    // What refuses the wrong ends may be faster than what answers the right one.
    let mut heard = caller.hear_each(&mut all).await;
    if holds(&heard[0], &name) {
        return Some((delimited(b"\n"), heard.swap_remove(0)));
    }
    if !heard[1].is_empty() {
        return Some((delimited(b"\n"), heard.swap_remove(1)));
    }
    let answered = others.into_iter().zip(heard.into_iter().skip(2));
    let (lines, mut found): (Vec<_>, Vec<_>) = answered
        .map(|((framing, line), answer)| {
            let framing = match framing {
                Framing::Fixed { .. } => fixed(&answer),
                framing => (!answer.is_empty()).then_some(framing),
            };
            (line, framing.map(|framing| (framing, answer)))
        })
        .unzip();
    knock.lines.extend(lines);
    found.iter_mut().find_map(Option::take)
}

/// A line for each further end.
async fn lines(caller: &mut Caller) -> Vec<(Framing, Line)> {
    let tried = [
        // Whoever waits for the first byte of CR LF alone answers both.
        delimited(b"\r"),
        delimited(b"\r\n"),
        delimited(b"\0"),
        Framing::Fixed { size: 1024, pad: 0 },
        header(64, b' ', Align::Left),
        header(10, b'0', Align::Right),
        header(10, b' ', Align::Left),
    ];
    let mut lines = Vec::new();
    for framing in tried {
        let Ok(line) = caller.call().await else {
            break;
        };
        lines.push((framing, line));
    }
    lines
}

/// The size of frames that are filled up with NUL: where, behind such a filling, the next begins.
fn fixed(bytes: &[u8]) -> Option<Framing> {
    let starts = (1..bytes.len()).filter(|at| bytes[at - 1] == 0 && bytes[*at] != 0);
    let size = starts.fold(bytes.len(), gcd);
    let is_one = (16..=1024).contains(&size) && bytes.last() == Some(&0);
    is_one.then_some(Framing::Fixed { size, pad: 0 })
}

fn gcd(a: usize, b: usize) -> usize {
    match b {
        0 => a,
        _ => gcd(b, a % b),
    }
}

/// The length header with which these bytes are whole messages and nothing else.
pub(super) fn framed(bytes: &[u8]) -> Option<Framing> {
    let kinds = [
        (b'0', Align::Right),
        (b' ', Align::Left),
        (b' ', Align::Right),
    ];
    let headers = (2..=64).flat_map(|width| kinds.map(|(pad, align)| header(width, pad, align)));
    headers.into_iter().find(|framing| {
        contents(framing, bytes).is_some_and(|all| is_encoded(framing, &all, bytes))
    })
}

/// Whether these contents are written so, padding included.
fn is_encoded(framing: &Framing, contents: &[&[u8]], bytes: &[u8]) -> bool {
    let encoded: Vec<u8> = contents
        .iter()
        .flat_map(|content| framing.encode(content))
        .collect();
    !contents.is_empty() && contents.iter().all(|content| !content.is_empty()) && encoded == bytes
}

/// The contents of whole messages; `None`: something else is there, too.
fn contents<'b>(framing: &Framing, mut bytes: &'b [u8]) -> Option<Vec<&'b [u8]>> {
    let mut contents = Vec::new();
    while !bytes.is_empty() {
        let Decoded::Message { content, len } = framing.decode(bytes, usize::MAX) else {
            return None;
        };
        contents.push(content);
        bytes = &bytes[len..];
    }
    Some(contents)
}

/// Where messages of the server end: what nearly all that came has in common. What asks for something (`Name: `, `> `) often has no end.
pub(super) fn server<'b>(samples: impl Iterator<Item = &'b [u8]>, client: &Framing) -> Framing {
    let samples: Vec<_> = samples.filter(|bytes| !bytes.is_empty()).collect();
    let all = |framing: &Framing| {
        samples
            .iter()
            .all(|bytes| contents(framing, bytes).is_some())
    };
    if samples.is_empty() {
        return Framing::Raw;
    }
    if client.is_framed() && all(client) {
        return client.clone();
    }
    if let Some(framing) = samples.iter().find_map(|bytes| framed(bytes)).filter(all) {
        return framing;
    }
    let ends: [&[u8]; 5] = [b"\n\0", b"\r\n", b"\n", b"\0", b"\r"];
    let ended = |end: &&&[u8]| samples.iter().filter(|bytes| bytes.ends_with(end)).count();
    let end = ends.iter().find(|end| ended(end) == samples.len());
    end.map_or(Framing::Raw, |end| delimited(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_length_in_front_is_a_header() {
        let found = |bytes: &[u8]| framed(bytes).map(|framing| toml(&framing));
        let ten = "{ header = 10, pad = \"0\", align = \"right\" }";
        assert_eq!(found(b"0000000010your name?").as_deref(), Some(ten));
        assert_eq!(found(b"0000000002hi0000000003you").as_deref(), Some(ten));
        let four = "{ header = 4, pad = \" \", align = \"left\" }";
        assert_eq!(found(b"5   hello").as_deref(), Some(four));
        for none in [&b"2 online"[..], b"10 users", b"", b"NICK", b"200 OK"] {
            assert_eq!(found(none), None);
        }
    }

    #[test]
    fn frames_of_one_size_begin_behind_their_padding() {
        let frame = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.resize(64, 0);
            bytes
        };
        let two = [frame("Ejoin first"), frame("E")].concat();
        assert_eq!(fixed(&two), Some(Framing::Fixed { size: 64, pad: 0 }));
        assert_eq!(fixed(b"no frame"), None);
    }

    proptest! {
        #[test]
        fn a_header_is_read_back(width in 2_usize..=64, texts in proptest::collection::vec("[a-z]{1,40}", 1..4)) {
            let framing = header(width, b'0', Align::Right);
            let bytes: Vec<u8> = texts.iter().flat_map(|text| framing.encode(text.as_bytes())).collect();
            prop_assert!(framed(&bytes).is_some());
        }

        #[test]
        fn any_bytes_at_all_have_an_end_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (framed(&bytes), fixed(&bytes));
            let _ = server([&bytes[..]].into_iter(), &Framing::Raw);
        }
    }
}
