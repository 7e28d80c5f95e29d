//! What a program prints: the last of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes of output that are kept: the last ones.
const MAX_OUTPUT: usize = 64 * 1024;

/// Lines of output that a report shows, and bytes of each.
const LAST_LINES: usize = 20;
const MAX_LINE: usize = 500;

/// How long the last of the output may be on its way after the end of the program.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// How long a program that listens may hold back the line that says that it is ready: when its output is a pipe, C keeps it.
const HELD_BACK: Duration = Duration::from_secs(3);

/// The output of one program. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Output {
    kept: Arc<Mutex<VecDeque<u8>>>,
    /// What changes when something was printed or a stream ended.
    news: Arc<watch::Sender<News>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct News {
    /// Streams that are still open.
    open: usize,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            kept: Arc::default(),
            news: Arc::new(watch::Sender::new(News::default())),
        }
    }
}

impl Output {
    /// Keeps what a stream brings, in the background.
    pub(super) fn follow(&self, stream: Option<impl AsyncRead + Unpin + Send + 'static>) {
        let Some(mut stream) = stream else {
            return;
        };
        self.news.send_modify(|news| news.open += 1);
        let output = self.clone();
        tokio::spawn(async move {
            let mut bytes = vec![0; MAX_OUTPUT];
            while let Ok(len @ 1..) = stream.read(&mut bytes).await {
                output.keep(&bytes[..len]);
            }
            output.news.send_modify(|news| news.open -= 1);
        });
    }

    fn keep(&self, bytes: &[u8]) {
        let mut kept = self.kept();
        let surplus = (kept.len() + bytes.len()).saturating_sub(MAX_OUTPUT);
        let old = surplus.min(kept.len());
        kept.drain(..old);
        kept.extend(&bytes[surplus - old..]);
        drop(kept);
        self.news.send_modify(|_| {});
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After the end of the program: waits until all that it printed has arrived.
    pub(super) async fn settle(&self) {
        let mut news = self.news.subscribe();
        // What a process that it left behind still prints is not waited for.
        let _ = timeout(ON_ITS_WAY, news.wait_for(|news| news.open == 0)).await;
    }

    /// Waits until a line was printed, or until that time; or until it seems to be held back.
    pub(super) async fn wait_for(&self, line: &str, until: Instant) {
        let mut news = self.news.subscribe();
        let printed = news.wait_for(|news| news.open == 0 || self.text().contains(line));
        let until = until.min(Instant::now() + HELD_BACK);
        // It listens: that is as good a sign.
        let _ = timeout_at(until, printed).await;
    }

    fn text(&self) -> String {
        let bytes: Vec<u8> = self.kept().iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(super) fn last_lines(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        let first = lines.len().saturating_sub(LAST_LINES);
        let shown: Vec<String> = lines[first..].iter().map(|line| shortened(line)).collect();
        shown.join("\n")
    }
}

/// A line, without its middle if it is long.
fn shortened(line: &str) -> String {
    if line.len() <= MAX_LINE {
        return line.to_owned();
    }
    let start = line.floor_char_boundary(MAX_LINE / 2);
    let end = line.ceil_char_boundary(line.len() - MAX_LINE / 2);
    format!("{} … {}", &line[..start], &line[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_is_kept() {
        let output = Output::default();
        output.keep(&vec![b'a'; MAX_OUTPUT - 1]);
        output.keep(b"\nlast\n");
        assert_eq!(output.kept().len(), MAX_OUTPUT);
        assert!(output.last_lines().ends_with("\nlast"));
        output.keep(&vec![b'b'; 3 * MAX_OUTPUT]);
        assert_eq!(output.kept().len(), MAX_OUTPUT);
        assert!(output.last_lines().len() < 2 * MAX_LINE);
        output.keep(&b"x\n".repeat(100));
        assert_eq!(output.last_lines().lines().count(), LAST_LINES);
    }

    #[tokio::test]
    async fn a_line_is_waited_for_and_the_end_too() {
        let output = Output::default();
        let (ours, mut theirs) = tokio::io::duplex(64);
        output.follow(Some(ours));
        let far = Instant::now() + Duration::from_secs(60);
        let print = async {
            use tokio::io::AsyncWriteExt as _;
            theirs
                .write_all(b"starting\nready at 5")
                .await
                .expect("it is read");
            theirs.write_all(b"000\n").await.expect("it is read");
            drop(theirs);
        };
        tokio::join!(output.wait_for("ready at 5000", far), print);
        output.settle().await;
        assert_eq!(output.last_lines(), "starting\nready at 5000");
    }
}
