//! Ports: which is free, and which is held although nobody listens.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::time::{Instant, sleep_until};

/// Servers get ports from here: below those that systems hand out to clients, which could be faster.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// The gap between two looks.
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// How long the system holds a port after a connection (`TIME_WAIT`), with some room.
const HELD: Duration = Duration::from_secs(70);

/// A port that nobody uses, and that this program has not given away lately.
///
/// # Errors
/// None is free.
pub(super) fn free() -> io::Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let chance = (RandomState::new().build_hasher().finish() % u64::from(COUNT)) as u16;
    // The first is taken by chance, so that several programs do not meet; the others follow.
    let _ = GIVEN.compare_exchange(0, chance, Ordering::Relaxed, Ordering::Relaxed);
    for _ in 0..COUNT {
        let port = FIRST + GIVEN.fetch_add(1, Ordering::Relaxed) % COUNT;
        if bind(port).is_ok() {
            return Ok(port);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// Binds like a program that sets no options.
fn bind(port: u16) -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())
}

/// Whether a port cannot be bound without `SO_REUSEADDR`, although nobody listens on it.
pub(super) fn is_held(port: u16) -> bool {
    let in_use = |error: io::Error| error.kind() == io::ErrorKind::AddrInUse;
    bind(port).is_err_and(in_use) && !is_taken(port)
}

#[cfg(target_os = "linux")]
pub(crate) use crate::keeper::is_taken;

/// Whether somebody listens on a port. Nobody is disturbed by the question.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_taken(port: u16) -> bool {
    let bound = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    port != 0 && bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

/// Waits until a port can be bound again. `false`: it is still held when it should not be.
pub(super) async fn wait_until_free(port: u16) -> bool {
    let until = Instant::now() + HELD;
    while is_held(port) {
        if Instant::now() >= until {
            return false;
        }
        sleep_until(Instant::now() + TRY_AGAIN).await;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_is_given_once() {
        let (first, second) = (free().expect("a port"), free().expect("a port"));
        assert_ne!(first, second);
    }

    #[test]
    fn a_port_is_taken_while_somebody_listens() {
        let listener = TcpListener::bind("0.0.0.0:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        assert!(is_taken(port) && !is_held(port));
        drop(listener);
        assert!(!is_taken(port) && !is_taken(0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_is_held_by_a_connection_that_the_server_ended() {
        use std::io::Read as _;
        use std::net::TcpStream;

        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).expect("it listens");
        let (server, _) = listener.accept().expect("a client");
        drop((server, listener));
        assert_eq!(client.read(&mut [0]).expect("an end"), 0);
        drop(client);
        assert!(is_held(address.port()));
    }
}
