//! The connections to the server that is probed: bounded in time, in bytes, and in how many there are.
//!
//! A wait ends with the first bytes that come and the quiet after them; that a connection ends makes it no shorter for the others.
//! How long it lasts where nothing comes follows from how slowly this server has answered so far.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// Connections in all.
const MOST_CONNECTIONS: usize = 80;
/// The whole conversation.
const WHOLE: Duration = Duration::from_secs(60);
/// How long a connection may take, and a write.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer may take of a server that has answered nothing yet.
const FIRST_ANSWER: Duration = Duration::from_secs(2);
/// How long an answer may take in any case, beyond what the slowest one took three times.
const ANSWER: Duration = Duration::from_millis(250);
/// The least quiet after which an answer is over, and the longest that is waited for.
const QUIET: [Duration; 2] = [Duration::from_millis(60), Duration::from_millis(400)];
/// However a server trickles, one answer takes no longer.
const LONGEST: Duration = Duration::from_secs(6);
/// Bytes of one answer.
const MOST_BYTES: usize = 16 * 1024;

/// Makes connections and listens to them.
pub(super) struct Caller {
    address: SocketAddr,
    made: usize,
    began: Instant,
    slowest: Option<Duration>,
}

impl Caller {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            made: 0,
            began: Instant::now(),
            slowest: None,
        }
    }

    pub(super) const fn connections(&self) -> usize {
        self.made
    }

    pub(super) fn took(&self) -> Duration {
        self.began.elapsed()
    }

    /// The slowest answer so far; `None`: there was none.
    pub(super) const fn slowest(&self) -> Option<Duration> {
        self.slowest
    }

    /// Whether an answer took so long that another may have been missed.
    pub(super) fn is_slow(&self) -> bool {
        let [least, _] = QUIET;
        self.slowest.is_some_and(|slowest| slowest > least)
    }

    /// Whether time or connections are used up.
    pub(super) fn is_over(&self) -> bool {
        self.made >= MOST_CONNECTIONS || self.began.elapsed() >= WHOLE
    }

    /// Another connection, if there may be one.
    pub(super) async fn call(&mut self) -> std::io::Result<Line> {
        if self.is_over() {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        let attempt = timeout(PATIENCE, TcpStream::connect(self.address)).await;
        let stream = attempt.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))?;
        self.made += 1;
        stream.set_nodelay(true)?;
        Ok(Line {
            own: stream.local_addr()?,
            stream,
            is_closed: false,
            asked: None,
        })
    }

    /// What comes to one line until it is quiet.
    pub(super) async fn hear(&mut self, line: &mut Line) -> Vec<u8> {
        self.hear_all(&mut [line]).await.swap_remove(0)
    }

    /// What comes to each of these lines: until it is quiet at all of them, or nothing came to any.
    pub(super) async fn hear_all(&mut self, lines: &mut [&mut Line]) -> Vec<Vec<u8>> {
        self.listen(lines, false).await
    }

    /// The same, until each that was asked has answered, or has had the time for it.
    pub(super) async fn hear_each(&mut self, lines: &mut [&mut Line]) -> Vec<Vec<u8>> {
        self.listen(lines, true).await
    }

    async fn listen(&mut self, lines: &mut [&mut Line], is_for_each: bool) -> Vec<Vec<u8>> {
        let mut heard = vec![Vec::new(); lines.len()];
        let mut buffer = [0; 4096];
        let began = Instant::now();
        let end = (began + LONGEST).min(self.began + WHOLE);
        let in_time = began + self.patience();
        let mut until = in_time;
        while heard.iter().all(|heard| heard.len() < MOST_BYTES) {
            let Ok(Some((at, len))) = timeout_at(until.min(end), any(lines, &mut buffer)).await
            else {
                break;
            };
            heard[at].extend_from_slice(&buffer[..len]);
            let now = Instant::now();
            let asked = lines[at].asked.take();
            if len == 0 {
                continue;
            }
            if let Some(asked) = asked {
                self.slowest = self.slowest.max(Some(now - asked));
            }
            until = now + self.quiet();
            if is_for_each && lines.iter().any(|line| line.is_awaited()) {
                until = until.max(in_time);
            }
        }
        for line in lines {
            line.asked = None;
        }
        heard
    }

    fn patience(&self) -> Duration {
        self.slowest
            .map_or(FIRST_ANSWER, |slowest| slowest * 3 + ANSWER)
            .min(LONGEST)
    }

    fn quiet(&self) -> Duration {
        let [least, most] = QUIET;
        self.slowest
            .map_or(least, |slowest| (slowest * 2).clamp(least, most))
    }
}

/// The next bytes of any of the lines, or its end as no bytes; `None` once all are closed.
async fn any(lines: &mut [&mut Line], buffer: &mut [u8]) -> Option<(usize, usize)> {
    poll_fn(|context| {
        let mut is_open = false;
        for (at, line) in lines
            .iter_mut()
            .enumerate()
            .filter(|(_, line)| !line.is_closed)
        {
            let mut read = ReadBuf::new(buffer);
            match Pin::new(&mut line.stream).poll_read(context, &mut read) {
                Poll::Pending => is_open = true,
                Poll::Ready(result) => {
                    let len = read.filled().len();
                    line.is_closed = result.is_err() || len == 0;
                    return Poll::Ready(Some((at, len)));
                }
            }
        }
        match is_open {
            true => Poll::Pending,
            false => Poll::Ready(None),
        }
    })
    .await
}

/// One connection.
pub(super) struct Line {
    stream: TcpStream,
    own: SocketAddr,
    is_closed: bool,
    /// When something was sent that is not answered yet.
    asked: Option<Instant>,
}

impl Line {
    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether an answer may still come.
    const fn is_awaited(&self) -> bool {
        self.asked.is_some() && !self.is_closed
    }

    /// Our end of it.
    pub(super) const fn own(&self) -> SocketAddr {
        self.own
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        if self.is_closed {
            return;
        }
        let sent = timeout(PATIENCE, self.stream.write_all(bytes)).await;
        self.is_closed |= !matches!(sent, Ok(Ok(())));
        self.asked.get_or_insert_with(Instant::now);
    }

    /// Breaks it off: what follows is a reset (RFC 9293, section 3.5.2).
    pub(super) fn reset(self) {
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;
    use tokio::time::sleep;

    use super::*;

    /// A server that refuses the first client at once, in these words, and answers the second long after.
    async fn slow_to_answer(listener: TcpListener, refusal: &[u8]) {
        let (mut first, _) = listener.accept().await.expect("a client");
        let (mut second, _) = listener.accept().await.expect("another");
        first.read_u8().await.expect("it says something");
        first.write_all(refusal).await.expect("it is there");
        drop(first);
        second.read_u8().await.expect("it says something");
        sleep(QUIET[1]).await;
        second.write_all(b"yes").await.expect("it is there");
        // It stays until the client goes.
        let _ = second.read_u8().await;
    }

    #[track_caller]
    fn check(refusal: &'static [u8], is_for_each: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let heard = runtime.expect("a runtime").block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let mut caller = Caller::new(listener.local_addr().expect("an address"));
            let server = tokio::spawn(slow_to_answer(listener, refusal));
            let mut first = caller.call().await.expect("it listens");
            let mut second = caller.call().await.expect("it listens");
            first.send(b"a").await;
            second.send(b"b").await;
            let mut lines = [&mut first, &mut second];
            let heard = caller.listen(&mut lines, is_for_each).await;
            drop(second);
            server.await.expect("it ends");
            heard
        });
        assert_eq!(heard, [refusal, b"yes"]);
    }

    #[test]
    fn an_end_makes_the_wait_for_the_others_no_shorter() {
        check(b"", false);
    }

    #[test]
    fn each_that_was_asked_has_its_time() {
        check(b"no", true);
    }
}
