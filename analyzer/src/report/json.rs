//! The JSON report, for programs. Its form is `docs/analyzer.schema.json`; a change that breaks readers raises
//! [`VERSION`]. The types here mirror that form and nothing else uses them.
//!
//! ```json
//! { "version": 1,
//!   "conversations": [
//!     { "client": "192.168.0.88:50797", "server": "192.168.0.88:55555",
//!       "handshake": { "syn": 1, "syn_ack": 2, "ack": 3 },
//!       "client_to_server": { "bytes": 16, "missing": 0, "sha256": "c0955eea1339bb44…" } } ] }
//! ```

mod capture;
mod chat;
mod claims;
mod conversation;
mod names;

pub use claims::claims;

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::analysis::Analysis;
use crate::capture::Time;
use crate::conversation::attempts;

/// Version of the form.
pub const VERSION: u32 = 1;

/// Everything that was found, as JSON. Hashes are there if the survey was asked for them.
pub fn render(analysis: &Analysis<'_>) -> String {
    let mut text = Vec::new();
    // Memory takes everything.
    let _ = write(analysis, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// The same, written bit by bit: of the conversations only one at a time is held as JSON holds it.
pub fn write(analysis: &Analysis<'_>, output: &mut impl Write) -> io::Result<()> {
    let survey = &analysis.survey;
    let conversations = || {
        let conversations = survey.conversations.iter();
        conversations.map(|one| conversation::Tcp::of(one, survey))
    };
    let document = Document {
        version: VERSION,
        capture: capture::Capture::of(&survey.capture),
        conversations: Listed(conversations),
        udp_conversations: Listed(|| survey.udp.iter().map(conversation::Udp::of)),
        failed_connects: attempts(&survey.conversations)
            .iter()
            .map(conversation::FailedConnect::of)
            .collect(),
        chat: chat::Chat::of(analysis),
    };
    serde_json::to_writer_pretty(&mut *output, &document)?;
    output.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a, C: Serialize, U: Serialize> {
    version: u32,
    capture: capture::Capture<'a>,
    conversations: C,
    udp_conversations: U,
    failed_connects: Vec<conversation::FailedConnect>,
    chat: Option<chat::Chat>,
}

/// A list of which each element is made when it is written.
struct Listed<F>(F);

impl<F, I> Serialize for Listed<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// Seconds since 1970 with nine decimals, as a text: a JSON number would lose the last of them.
fn seconds(time: Time) -> String {
    const NANOSECONDS: u64 = 1_000_000_000;
    let sign = if time < 0 { "-" } else { "" };
    let absolute = time.unsigned_abs();
    format!(
        "{sign}{}.{:09}",
        absolute / NANOSECONDS,
        absolute % NANOSECONDS
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_nanoseconds() {
        assert_eq!(seconds(1_762_000_000_100_000_001), "1762000000.100000001");
        assert_eq!(seconds(-1_500_000_000), "-1.500000000");
    }
}
