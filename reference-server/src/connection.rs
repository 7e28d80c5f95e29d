//! One connection: reads what the client sends until it goes, or until the server has said its last word.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use protocol::message::ConsoleKind;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::timeout;

use crate::fault::Fault;
use crate::flusher;
use crate::room::{ClientId, Departure};
use crate::session::Session;
use crate::shared::Shared;

/// How long a closing connection may take to send what waits and to see the client close.
const LINGER: Duration = Duration::from_secs(2);

/// The most bytes of one read.
const READ: usize = 16 * 1024;

/// Bytes said in a turn from which on they are flushed before it ends: it bounds the memory of a turn, and what was just said is
/// still in the processor's cache when the system copies it.
const MOST_UNSENT: usize = 128 * 1024;

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The client closed its side.
    Finished,
    /// The server closes.
    Dismissed,
    /// The connection broke.
    Broken,
}

/// Serves one client until its end.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    id: ClientId,
    mut reader: OwnedReadHalf,
    address: SocketAddr,
) {
    shared.until_ready().await;
    shared.with(|hub| hub.greet(id));
    let ending = converse(&shared, id, &mut reader).await;
    let departure = match ending {
        Ending::Broken => Departure::Lost,
        Ending::Finished | Ending::Dismissed => Departure::Closed,
    };
    shared.until_ready().await;
    shared.with(|hub| hub.leave(id, departure));
    if shared.fault == Some(Fault::SocketNeverClosed) && ending == Ending::Finished {
        std::future::pending::<()>().await;
    }
    if ending == Ending::Broken {
        shared.show(ConsoleKind::Broken, address);
    } else {
        // Too slow a client is left to itself.
        let _ = timeout(LINGER, part(&shared, id, &mut reader, ending)).await;
    }
    shared.with(|hub| hub.clients().remove(id));
}

async fn converse(shared: &Arc<Shared>, id: ClientId, reader: &mut OwnedReadHalf) -> Ending {
    let mut session = Session::new(shared.fault);
    loop {
        let Some(phase) = shared.hub().phase(id) else {
            return Ending::Broken;
        };
        let appetite = session.appetite(&shared.dialect, phase);
        match read(shared, reader, &mut session, appetite).await {
            Ok(0) if shared.fault == Some(Fault::IgnoresEmptyReads) => {
                tokio::task::yield_now().await;
                continue;
            }
            Ok(0) if was_reset(shared, id) => return Ending::Broken,
            Ok(0) => return Ending::Finished,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::TimedOut => return Ending::Dismissed,
            Err(_) => return Ending::Broken,
        }
        shared.until_ready().await;
        let (goes_on, unsent) =
            shared.with(|hub| (hub.hear(id, &mut session), hub.clients().unsent()));
        if unsent > MOST_UNSENT {
            flusher::flush(shared);
            // Whom that could not send everything must be waited for.
            shared.work.notify_one();
        }
        if !goes_on {
            return Ending::Dismissed;
        }
    }
}

fn was_reset(shared: &Shared, id: ClientId) -> bool {
    let mut hub = shared.hub();
    let client = hub.clients().get(id);
    client.is_some_and(|client| client.outbox.was_reset())
}

/// Waits for bytes and gives them to the session; 0 at the end of the stream.
async fn read(
    shared: &Shared,
    reader: &mut OwnedReadHalf,
    session: &mut Session,
    appetite: usize,
) -> io::Result<usize> {
    // The bytes lie on the stack for as long as one call lasts: a client that is silent costs no buffer.
    let receive = poll_fn(|context| {
        let mut scratch = [MaybeUninit::uninit(); READ];
        let part = scratch.get_mut(..appetite.min(READ)).unwrap_or_default();
        let mut part = ReadBuf::uninit(part);
        ready!(Pin::new(&mut *reader).poll_read(context, &mut part))?;
        session.receive(part.filled(), appetite);
        Poll::Ready(Ok(part.filled().len()))
    });
    match shared.dialect.limits.idle {
        Some(seconds) => timeout(Duration::from_secs(seconds.into()), receive)
            .await
            .map_err(|_| ErrorKind::TimedOut)?,
        None => receive.await,
    }
}

/// Sends what waits, closes the write side, and reads what the client still sends: a connection that is closed with unread
/// input is reset, and the last reply may be lost with it.
async fn part(shared: &Shared, id: ClientId, reader: &mut OwnedReadHalf, ending: Ending) {
    let closed = match shared.hub().clients().get(id) {
        Some(client) if !client.outbox.is_closed() => Some(client.outbox.closed()),
        _ => None,
    };
    if let Some(closed) = closed {
        closed.notified().await;
    }
    let mut rest = Session::default();
    while ending == Ending::Dismissed
        && read(shared, reader, &mut rest, READ)
            .await
            .is_ok_and(|read| read > 0)
    {
        rest = Session::default();
    }
}
