//! The ladder: what all clients did, in order, with the findings set among it. Built once from a transcript; each report draws
//! it in its own way.
//!
//! ```text
//!      ms line  ana   bia
//!     0.4    9  ─▶     │    "MSG Bom dia!"
//!     0.9    9  ◀─     │    "200 OK"
//!  2000.9   10   │     ✗    bia hears ana "Bom dia!"
//! ```
//!
//! It selects and orders; it does not judge.

use std::time::Duration;

use protocol::lang::Lang;
use protocol::quote::visible;

use super::words;
use crate::transcript::{Client, ClientId, Entry, Happening, Transcript};
use crate::verdict::Finding;

/// What happened, in order, and who took part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ladder<'a> {
    /// Those to whom something happened in these rows.
    pub(crate) lanes: Vec<&'a Client>,
    /// In order of time.
    pub(crate) rows: Vec<Row<'a>>,
    /// Rows before the first that is shown.
    pub(crate) earlier: usize,
    /// Rows after the last that is shown.
    pub(crate) later: usize,
    /// Happenings that the transcript itself did not keep.
    pub(crate) entries_dropped: u64,
    /// Bytes that the transcript itself did not keep.
    pub(crate) bytes_dropped: u64,
}

/// One rung.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row<'a> {
    /// Since the scenario began.
    pub(crate) at: Duration,
    /// The line of the scenario.
    pub(crate) line: Option<usize>,
    /// Whose, as a place in [`Ladder::lanes`]; none for a finding about nobody.
    pub(crate) lane: Option<usize>,
    /// What.
    pub(crate) what: What<'a>,
}

/// What a rung shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum What<'a> {
    /// Something that happened.
    Happened(&'a Happening),
    /// The request and the reply before it, so many times more.
    Repeated(usize),
    /// The step that found something wrong.
    Found(&'a Finding),
}

/// How many rows before and after the finding in question are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// Before it, itself included.
    pub(crate) before: usize,
    /// After it.
    pub(crate) after: usize,
}

/// What happened around one finding, with the outcome's other findings where they fall into it; without a finding, the beginning.
pub(crate) fn around<'a>(
    transcript: &'a Transcript,
    findings: &'a [Finding],
    center: Option<&Finding>,
    window: Window,
) -> Ladder<'a> {
    let all = folded(merged(transcript, findings));
    let center = all.iter().position(|(_, rung)| match rung {
        What::Found(finding) => center.is_some_and(|center| std::ptr::eq(*finding, center)),
        What::Happened(_) | What::Repeated(_) => false,
    });
    let (first, end) = match center {
        Some(at) => (
            (at + 1).saturating_sub(window.before),
            (at + 1).saturating_add(window.after),
        ),
        None => (0, window.before.saturating_add(window.after)),
    };
    let end = end.min(all.len());
    let shown = all.get(first..end).unwrap_or_default();
    let present = present(transcript, shown);
    let rows = shown.iter().map(|rung| row(rung, &present)).collect();
    Ladder {
        lanes: present.iter().map(|(_, client)| *client).collect(),
        rows,
        earlier: first,
        later: all.len() - end,
        entries_dropped: transcript.entries_dropped,
        bytes_dropped: transcript.bytes_dropped,
    }
}

type Rung<'a> = (Option<&'a Entry>, What<'a>);

/// Entries and findings in one sequence; a finding stands after everything that had happened by its time.
fn merged<'a>(transcript: &'a Transcript, findings: &'a [Finding]) -> Vec<Rung<'a>> {
    let mut waiting: Vec<&Finding> = findings.iter().collect();
    waiting.sort_by_key(|finding| finding.at);
    let mut waiting = waiting.into_iter().peekable();
    let mut all = Vec::with_capacity(transcript.entries.len() + findings.len());
    for entry in &transcript.entries {
        while let Some(finding) = waiting.next_if(|finding| finding.at < entry.at) {
            all.push((None, What::Found(finding)));
        }
        all.push((Some(entry), What::Happened(&entry.what)));
    }
    all.extend(waiting.map(|finding| (None, What::Found(finding))));
    all
}

/// The same request with the same reply over and over, as a step makes it that waits for a list to change, is shown once.
fn folded(all: Vec<Rung<'_>>) -> Vec<Rung<'_>> {
    let mut folded = Vec::with_capacity(all.len());
    let mut rest = &all[..];
    while let Some(first) = rest.first() {
        let times = repetitions(rest);
        if times < FEWEST_FOLDED {
            folded.push(*first);
            rest = &rest[1..];
            continue;
        }
        let (run, after) = rest.split_at(2 * (times + 1));
        let last = run.last().and_then(|(entry, _)| *entry);
        folded.extend([run[0], run[1], (last, What::Repeated(times))]);
        rest = after;
    }
    folded
}

/// So often the same again is shown once.
const FEWEST_FOLDED: usize = 2;

/// How often a request and its reply, the first two of these, come again right after.
fn repetitions(rungs: &[Rung<'_>]) -> usize {
    let [(Some(sent), _), (Some(received), _), rest @ ..] = rungs else {
        return 0;
    };
    let is_exchange = matches!(
        (&sent.what, &received.what),
        (Happening::Sent(_), Happening::Received(_))
    );
    if !is_exchange || sent.client != received.client {
        return 0;
    }
    let is_same = |rung: &Rung<'_>, other: &Entry| {
        rung.0.is_some_and(|entry| {
            (entry.client, entry.line, &entry.what) == (other.client, other.line, &other.what)
        })
    };
    let pairs = rest.chunks_exact(2);
    let same = pairs.take_while(|pair| is_same(&pair[0], sent) && is_same(&pair[1], received));
    same.count()
}

/// The clients of these rungs, in the order of the transcript.
fn present<'a>(transcript: &'a Transcript, rungs: &[Rung<'a>]) -> Vec<(ClientId, &'a Client)> {
    let mut ids: Vec<ClientId> = rungs.iter().filter_map(client_of).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = |id: ClientId| Some((id, transcript.clients.get(id.0)?));
    ids.into_iter().filter_map(known).collect()
}

fn client_of((entry, what): &Rung<'_>) -> Option<ClientId> {
    match (entry, what) {
        (Some(entry), _) => Some(entry.client),
        (None, What::Found(finding)) => finding.client,
        (None, What::Happened(_) | What::Repeated(_)) => None,
    }
}

fn row<'a>(rung: &Rung<'a>, present: &[(ClientId, &Client)]) -> Row<'a> {
    let client = client_of(rung);
    let lane = present.iter().position(|(id, _)| Some(*id) == client);
    let (entry, what) = *rung;
    let (at, line) = match (entry, what) {
        (Some(entry), _) => (entry.at, entry.line),
        (None, What::Found(finding)) => (finding.at, finding.step.as_ref().map(|step| step.line)),
        (None, What::Happened(_) | What::Repeated(_)) => (Duration::ZERO, None),
    };
    Row {
        at,
        line,
        lane,
        what,
    }
}

impl Row<'_> {
    /// The bytes that went over the wire, if any did.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self.what {
            What::Happened(Happening::Sent(bytes) | Happening::Received(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// What is said of it where there are no bytes; safe to show.
    pub(crate) fn words(&self, lang: Lang) -> String {
        match self.what {
            What::Happened(happening) => words::happening(happening, lang),
            What::Repeated(times) => words::repeated_exchange(times, lang),
            What::Found(finding) => step_text(finding, lang),
        }
    }

    /// Two signs, the client on the left and the server on the right.
    pub(crate) fn sign(&self) -> &'static str {
        match self.what {
            What::Found(finding) if finding.is_warning => "!",
            What::Found(_) => "✗",
            What::Repeated(_) => "⋮",
            What::Happened(happening) => match happening {
                Happening::Connected => "●",
                Happening::Sent(_) => "─▶",
                Happening::Received(_) => "◀─",
                Happening::Finished => "─┤",
                Happening::Closed | Happening::ServerClosed => "○",
                Happening::Reset | Happening::ServerReset => "×",
                Happening::StoppedReading => "‖",
                Happening::ReadsAgain => "▷",
                Happening::QuietFor(_) => "…",
            },
        }
    }
}

/// The step as written, or that it was the end; safe to show.
pub(crate) fn step_text(finding: &Finding, lang: Lang) -> String {
    match &finding.step {
        Some(step) => visible(&step.text),
        None => lang.pick(words::END_OF_SCENARIO).to_owned(),
    }
}

/// `ana (anak3f, port 50797)`: who a client is; safe to show.
pub(crate) fn who(client: &Client, lang: Lang) -> String {
    let port = client
        .local_port
        .map(|port| format!("{} {port}", lang.pick(words::PORT)));
    let nick = Some(visible(&client.nick)).filter(|nick| !nick.is_empty());
    let known: Vec<String> = nick.into_iter().chain(port).collect();
    let actor = words::lane(&client.player, lang);
    match known.as_slice() {
        [] => actor,
        known => format!("{actor} ({})", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Player;

    #[test]
    fn the_same_exchange_over_and_over_is_shown_once_and_counted() {
        let entry = |what| Entry {
            at: Duration::ZERO,
            client: ClientId(0),
            what,
            line: Some(12),
        };
        let sent = || entry(Happening::Sent(b"LIST".to_vec()));
        let received = |list: &str| entry(Happening::Received(list.as_bytes().to_vec()));
        let mut entries = vec![entry(Happening::Connected)];
        for list in ["ana, bia", "ana, bia", "ana, bia", "ana"] {
            entries.extend([sent(), received(list)]);
        }
        let transcript = Transcript {
            clients: vec![Client {
                player: Player::Actor("ana".to_owned()),
                nick: String::new(),
                local_port: None,
            }],
            entries,
            ..Transcript::default()
        };
        let window = Window {
            before: 20,
            after: 20,
        };
        let ladder = around(&transcript, &[], None, window);
        let rows: Vec<_> = ladder
            .rows
            .iter()
            .map(|row| match row.what {
                What::Repeated(times) => format!("{times} more"),
                _ => row.sign().to_owned(),
            })
            .collect();
        assert_eq!(rows, ["●", "─▶", "◀─", "2 more", "─▶", "◀─"]);
    }
}
