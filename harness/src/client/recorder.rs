//! Writes the transcript, within its caps.

use tokio::time::Instant;

use crate::transcript::{Client, ClientId, Entry, Happening, Transcript};

/// The most happenings kept of one scenario.
const MAX_ENTRIES: usize = 20_000;

/// The most bytes kept of one scenario, of all clients together.
const MAX_BYTES: usize = 2 * 1024 * 1024;

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
        if self.transcript.entries.len() >= MAX_ENTRIES {
            self.transcript.entries_dropped += 1;
            return;
        }
        if let Happening::Sent(bytes) | Happening::Received(bytes) = &mut what {
            let room = MAX_BYTES - self.bytes;
            let dropped = bytes.len().saturating_sub(room);
            self.transcript.bytes_dropped += dropped as u64;
            bytes.truncate(room);
            self.bytes += bytes.len();
        }
        self.transcript.entries.push(Entry {
            at: self.began.elapsed(),
            client,
            what,
            line: self.line,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_counted() {
        let mut recorder = Recorder::new();
        let id = recorder.add(Client {
            actor: "ana".to_owned(),
            nick: String::new(),
            local_port: None,
        });
        for _ in 0..5 {
            recorder.record(id, Happening::Received(vec![b'x'; MAX_BYTES / 4]));
        }
        assert_eq!(recorder.transcript.bytes_dropped, MAX_BYTES as u64 / 4);
        for _ in 0..MAX_ENTRIES {
            recorder.record(id, Happening::Connected);
        }
        assert_eq!(recorder.transcript.entries.len(), MAX_ENTRIES);
        assert_eq!(recorder.transcript.entries_dropped, 5);
    }
}
