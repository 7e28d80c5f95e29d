//! Writes the outboxes to the sockets, once per turn of the event loop.
//!
//! Readers run first and add to the outboxes; then every outbox that has something is written with one call. No lock is held
//! while writing, and nobody waits: what a socket does not take stays in its outbox until the socket is writable again.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::clients::Blocked;
use crate::outbox::{Parcel, Sent};
use crate::server::Pacing;
use crate::shared::Shared;

/// How long a paced server pauses between two pieces.
const PAUSE: Duration = Duration::from_millis(1);

/// How long a server that glues waits for what may come.
const GLUE: Duration = Duration::from_millis(20);

/// Flushes as often as there is something to flush, for ever.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut blocked = JoinSet::new();
    loop {
        shared.work.notified().await;
        match shared.pacing {
            Pacing::Glue => sleep(GLUE).await,
            // Whoever else is ready now may still add to the outboxes.
            _ => tokio::task::yield_now().await,
        }
        flush(&shared);
        for waiting in shared.hub().clients().take_blocked() {
            blocked.spawn(wait(Arc::clone(&shared), waiting));
        }
        while blocked.try_join_next().is_some() {}
    }
}

/// Writes everything that waits, as far as the sockets take it.
pub(crate) fn flush(shared: &Arc<Shared>) {
    let (mut parcels, log) = shared.hub().clients().take_parcels();
    let sent: Vec<Sent> = parcels
        .iter_mut()
        .map(|(_, parcel)| match shared.pacing {
            Pacing::AtOnce => send_at_once(parcel, &log),
            pacing => {
                parcel.detach(&log);
                send_piece(parcel, piece(parcel, pacing))
            }
        })
        .collect();
    shared.with(|hub| {
        for ((id, parcel), sent) in parcels.into_iter().zip(sent) {
            hub.give_back(id, parcel, sent);
        }
        hub.clients().give_back_log(log);
    });
}

/// How much of a parcel a server with this pacing sends in one piece.
fn piece(parcel: &Parcel, pacing: Pacing) -> usize {
    let len = parcel.bytes.len();
    match pacing {
        Pacing::Trickle => len.min(1),
        Pacing::Split if !parcel.is_split => len.div_ceil(2),
        Pacing::Split | Pacing::AtOnce | Pacing::Glue => len,
    }
}

/// Sends everything. Most often that is one part of the log, which then is copied by the system alone.
fn send_at_once(parcel: &mut Parcel, log: &[u8]) -> Sent {
    if let ([], [part]) = (&parcel.bytes[..], &parcel.parts[..]) {
        let whole = log.get(part.clone()).unwrap_or_default();
        match parcel.writer.try_write(whole) {
            Ok(written) if written == whole.len() => {
                parcel.parts.clear();
                return Sent::All;
            }
            Ok(written) => {
                let rest = whole.get(written..).unwrap_or_default();
                parcel.bytes.extend_from_slice(rest);
                parcel.parts.clear();
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Sent::Reset,
            // It is met again below.
            Err(_) => {}
        }
    }
    parcel.detach(log);
    let all = parcel.bytes.len();
    send_piece(parcel, all)
}

/// Sends the first bytes of a parcel that has no parts.
fn send_piece(parcel: &mut Parcel, most: usize) -> Sent {
    let mut done = 0;
    let sent = loop {
        let rest = parcel.bytes.get(done..most).unwrap_or_default();
        if rest.is_empty() {
            break match most < parcel.bytes.len() {
                true => Sent::Paced,
                false => Sent::All,
            };
        }
        match parcel.writer.try_write(rest) {
            Ok(0) => break Sent::Broken,
            Ok(written) => done += written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break Sent::Some,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break Sent::Reset,
            Err(_) => break Sent::Broken,
        }
    };
    parcel.bytes.drain(..done);
    sent
}

async fn wait(shared: Arc<Shared>, waiting: Blocked) {
    match waiting.writer {
        Some(writer) => {
            tokio::select! {
                // A broken connection is noticed by the next write.
                _ = writer.writable() => {}
                () = waiting.gone.notified() => return,
            }
        }
        None => sleep(PAUSE).await,
    }
    shared.with(|hub| hub.unblock(waiting.id));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_write_tells_that_the_client_has_aborted_the_connection() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let client = TcpStream::connect(listener.local_addr().unwrap());
            let (client, accepted) = tokio::join!(client, listener.accept());
            let client = client.unwrap();
            let (_reader, writer) = accepted.unwrap().0.into_split();
            client.set_zero_linger().unwrap();
            drop(client);
            let mut parcel = Parcel {
                bytes: Vec::new(),
                parts: Vec::new(),
                writer: Arc::new(writer),
                is_split: false,
            };
            let sent = loop {
                parcel.writer.writable().await.unwrap();
                parcel.parts.push(0..5);
                match send_at_once(&mut parcel, b"hello") {
                    // The abort is still under way.
                    Sent::All | Sent::Some => tokio::task::yield_now().await,
                    sent => break sent,
                }
            };
            assert_eq!(sent, Sent::Reset);
        });
    }
}
