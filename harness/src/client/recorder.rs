//! Writes the transcript, within its caps.

use tokio::time::Instant;

use crate::transcript::{Client, ClientId, Entry, Happening, Transcript};

/// The most happenings kept of one scenario: the first and the last.
const MAX_ENTRIES: usize = 2000;

/// The most bytes kept of one scenario, of all clients together. A run of 160 scenarios then stays under 100 MB, whatever a server
/// sends.
const MAX_BYTES: usize = 256 * 1024;

/// The most bytes kept of one happening: more than any scenario sends at once.
const MAX_BYTES_OF_ONE: usize = 80 * 1024;

/// Of what is kept, so much is the beginning of the scenario; the rest is what happened last.
const BEGINNING: usize = MAX_ENTRIES / 4;

/// A transcript in the making.
pub(super) struct Recorder {
    pub(super) transcript: Transcript,
    pub(super) began: Instant,
    pub(super) line: Option<usize>,
    bytes: usize,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            transcript: Transcript::default(),
            began: Instant::now(),
            line: None,
            bytes: 0,
        }
    }

    pub(super) fn add(&mut self, client: Client) -> ClientId {
        self.transcript.clients.push(client);
        ClientId(self.transcript.clients.len() - 1)
    }

    pub(super) fn client(&mut self, id: ClientId) -> &mut Client {
        &mut self.transcript.clients[id.0]
    }

    pub(super) fn record(&mut self, client: ClientId, mut what: Happening) {
        if let Happening::Sent(bytes) | Happening::Received(bytes) = &mut what {
            let dropped = bytes.len().saturating_sub(MAX_BYTES_OF_ONE);
            self.transcript.bytes_dropped += dropped as u64;
            bytes.truncate(MAX_BYTES_OF_ONE);
            self.bytes += bytes.len();
        }
        while self.transcript.entries.len() >= MAX_ENTRIES || self.bytes > MAX_BYTES {
            if !self.drop_middle() {
                break;
            }
        }
        self.transcript.entries.push(Entry {
            at: self.began.elapsed(),
            client,
            what,
            line: self.line,
        });
    }
}

impl Recorder {
    /// Drops half of what stands between the beginning and the end. `false`: nothing does.
    fn drop_middle(&mut self) -> bool {
        let entries = &mut self.transcript.entries;
        let first = BEGINNING.min(entries.len() / 4);
        let after = entries.len() - (entries.len() - first) / 2;
        for entry in entries.drain(first..after) {
            self.transcript.entries_dropped += 1;
            if let Happening::Sent(bytes) | Happening::Received(bytes) = entry.what {
                self.bytes -= bytes.len();
                self.transcript.bytes_dropped += bytes.len() as u64;
            }
        }
        after > first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Player;

    fn recorder() -> (Recorder, ClientId) {
        let mut recorder = Recorder::new();
        let id = recorder.add(Client {
            player: Player::Actor("ana".to_owned()),
            nick: String::new(),
            local_port: None,
        });
        (recorder, id)
    }

    fn kept(transcript: &Transcript) -> u64 {
        let of = |entry: &Entry| match &entry.what {
            Happening::Sent(bytes) | Happening::Received(bytes) => bytes.len() as u64,
            _ => 0,
        };
        transcript.entries.iter().map(of).sum()
    }

    #[test]
    fn of_a_flood_the_beginning_and_the_end_are_kept_and_the_rest_is_counted() {
        let (mut recorder, id) = recorder();
        recorder.record(id, Happening::Connected);
        const EACH: usize = 3000;
        const TIMES: usize = 10_000;
        for _ in 0..TIMES {
            recorder.record(id, Happening::Received(vec![b'x'; EACH]));
            recorder.record(id, Happening::QuietFor(std::time::Duration::ZERO));
        }
        recorder.record(id, Happening::ServerClosed);
        let transcript = &recorder.transcript;
        assert_eq!(transcript.entries[0].what, Happening::Connected);
        let last = transcript.entries.last().expect("it is kept");
        assert_eq!(last.what, Happening::ServerClosed);
        assert!(kept(transcript) <= MAX_BYTES as u64);
        assert_eq!(
            kept(transcript) + transcript.bytes_dropped,
            (EACH * TIMES) as u64
        );
        assert!(transcript.entries.len() <= MAX_ENTRIES);
        assert_eq!(
            transcript.entries.len() as u64 + transcript.entries_dropped,
            2 * TIMES as u64 + 2
        );
        assert!(transcript.entries.is_sorted_by_key(|entry| entry.at));
    }

    #[test]
    fn one_huge_write_is_cut() {
        let (mut recorder, id) = recorder();
        for _ in 0..8 {
            recorder.record(id, Happening::Sent(vec![b'x'; 1 << 20]));
        }
        let transcript = &recorder.transcript;
        assert!(kept(transcript) <= MAX_BYTES as u64 && !transcript.entries.is_empty());
        assert_eq!(kept(transcript) + transcript.bytes_dropped, 8 << 20);
    }
}
