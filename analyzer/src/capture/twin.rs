//! One stream for two readers, each in a thread of its own.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How many reads the second reader may be behind.
const BEHIND: usize = 32;

/// What is read here is read by the second reader, too. Waits while that one is too far behind.
pub(super) struct First {
    source: Box<dyn Read + Send>,
    /// None once the stream has ended.
    read: Option<SyncSender<Vec<u8>>>,
    used: Receiver<Vec<u8>>,
}

/// Reads again what the first reader has read, and ends where that one does.
pub(super) struct Second {
    read: Receiver<Vec<u8>>,
    used: SyncSender<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
}

/// Two streams of the same bytes.
pub(super) fn twins(source: Box<dyn Read + Send>) -> (First, Second) {
    let (read, chunks) = sync_channel(BEHIND);
    let (used, free) = sync_channel(BEHIND + 1);
    let first = First {
        source,
        read: Some(read),
        used: free,
    };
    let second = Second {
        read: chunks,
        used,
        chunk: Vec::new(),
        at: 0,
    };
    (first, second)
}

impl Read for First {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(room);
        match &read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => self.read = None,
            Ok(count) => self.hand_on(room.get(..*count).unwrap_or_default()),
        }
        read
    }
}

impl First {
    fn hand_on(&mut self, bytes: &[u8]) {
        let Some(read) = &self.read else { return };
        let mut chunk = self.used.try_recv().unwrap_or_default();
        chunk.clear();
        chunk.extend_from_slice(bytes);
        if read.send(chunk).is_err() {
            // There is no second reader any more.
            self.read = None;
        }
    }
}

impl Read for Second {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            let Ok(next) = self.read.recv() else {
                return Ok(0);
            };
            let _ = self.used.try_send(std::mem::replace(&mut self.chunk, next));
            self.at = 0;
        }
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let count = rest.len().min(room.len());
        if let Some((to, from)) = room.get_mut(..count).zip(rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_read_the_same_whoever_waits_for_whom() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        let (mut first, mut second) = twins(Box::new(io::Cursor::new(bytes.clone())));
        let reader = std::thread::spawn(move || {
            let mut read = Vec::new();
            second.read_to_end(&mut read).map(|_| read)
        });
        let mut read = Vec::new();
        let mut room = [0; 70_000];
        while let Ok(count @ 1..) = first.read(&mut room) {
            read.extend_from_slice(&room[..count]);
        }
        drop(first);
        assert!(reader.join().unwrap().unwrap() == bytes);
        assert!(read == bytes);
    }

    #[test]
    fn one_whose_twin_is_gone_reads_on() {
        let (mut first, second) = twins(Box::new(io::repeat(7).take(1 << 20)));
        drop(second);
        let mut read = Vec::new();
        first.read_to_end(&mut read).unwrap();
        assert_eq!(read.len(), 1 << 20);
    }
}
