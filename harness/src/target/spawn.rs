//! A server that we start: its process, its port, what it prints, and its end.

use std::collections::VecDeque;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep_until, timeout};

/// How long a program may take until it listens.
const START: Duration = Duration::from_secs(15);

/// How long it has to end by itself when asked to.
const GRACE: Duration = Duration::from_secs(2);

/// The gap between two tries to connect.
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// Bytes of output that are kept: the last ones.
const MAX_OUTPUT: usize = 64 * 1024;

/// Lines of output that a report shows.
const LAST_LINES: usize = 20;

/// Variables that a program under test inherits; everything else of our environment is kept from it.
const INHERITED: [&str; 12] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SystemRoot",
    "SYSTEMROOT",
    "PATHEXT",
    "JAVA_HOME",
    "VIRTUAL_ENV",
];

/// A program that was started, and is ended with this value.
#[derive(Debug)]
pub struct Spawned {
    command: String,
    fixed_port: u16,
    address: SocketAddr,
    child: Option<Child>,
    /// Some programs end when their standard input does.
    stdin: Option<ChildStdin>,
    output: Output,
}

/// Why a program could not be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpawnError {
    /// The command is empty, or its quotes are not closed.
    BadCommand,
    /// The system could not start it.
    NotStarted(String),
    /// It ended before it listened.
    Exited {
        /// `exited with status 1`, as the system says it.
        status: String,
        /// The last lines that it printed.
        output: String,
    },
    /// It runs and does not listen.
    NeverListened {
        /// The port on which it should.
        port: u16,
        /// The last lines that it printed.
        output: String,
    },
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |f: &mut fmt::Formatter<'_>, output: &str| {
            if output.is_empty() {
                return f.write_str("; it printed nothing");
            }
            f.write_str("; its last lines:")?;
            output.lines().try_for_each(|line| write!(f, "\n  {line}"))
        };
        match self {
            Self::BadCommand => f.write_str("the command is empty, or a quote in it is not closed"),
            Self::NotStarted(why) => write!(f, "the server cannot be started: {why}"),
            Self::Exited { status, output } => {
                write!(f, "the server ended before listening ({status})")?;
                lines(f, output)?;
                if output.contains("ddress already in use") || output.contains("EADDRINUSE") {
                    f.write_str(
                        "\nhelp: its port is still in use; set SO_REUSEADDR before bind, or take the port from the command line",
                    )?;
                }
                Ok(())
            }
            Self::NeverListened { port, output } => {
                write!(
                    f,
                    "the server did not listen on port {port} within {} s",
                    START.as_secs()
                )?;
                lines(f, output)
            }
        }
    }
}

impl std::error::Error for SpawnError {}

impl Spawned {
    /// Starts a command and waits until it listens. `{port}` in it stands for a free port; without it, the program is expected
    /// on `fixed_port`.
    ///
    /// # Errors
    /// It could not be started, ended, or never listened.
    pub async fn start(command: &str, fixed_port: u16) -> Result<Self, SpawnError> {
        let mut spawned = Self {
            command: command.to_owned(),
            fixed_port,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, fixed_port)),
            child: None,
            stdin: None,
            output: Output::default(),
        };
        spawned.restart().await?;
        Ok(spawned)
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The command as it was given.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The last lines that it printed.
    #[must_use]
    pub fn last_output(&self) -> String {
        self.output.last_lines()
    }

    /// Ends it, if it runs, and starts it again; on another port, where the port is ours to choose.
    ///
    /// # Errors
    /// It could not be started, ended, or never listened.
    pub async fn restart(&mut self) -> Result<(), SpawnError> {
        self.stop().await;
        let port = match self.command.contains("{port}") {
            true => free_port().map_err(|error| SpawnError::NotStarted(error.to_string()))?,
            false => self.fixed_port,
        };
        self.address.set_port(port);
        self.output = Output::default();
        let words = words(&self.command.replace("{port}", &port.to_string()))
            .ok_or(SpawnError::BadCommand)?;
        let (program, arguments) = words.split_first().ok_or(SpawnError::BadCommand)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(
                INHERITED
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .env("PORT", port.to_string())
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .spawn()
            .map_err(|error| SpawnError::NotStarted(format!("`{program}`: {error}")))?;
        self.stdin = child.stdin.take();
        self.output.follow(child.stdout.take());
        self.output.follow(child.stderr.take());
        self.child = Some(child);
        self.await_listening().await
    }

    async fn await_listening(&mut self) -> Result<(), SpawnError> {
        let until = Instant::now() + START;
        loop {
            if let Some(status) = self.exited() {
                // What it printed last may still be on its way to us.
                sleep_until(Instant::now() + TRY_AGAIN).await;
                return Err(SpawnError::Exited {
                    status,
                    output: self.output.last_lines(),
                });
            }
            if TcpStream::connect(self.address).await.is_ok() {
                return Ok(());
            }
            if Instant::now() >= until {
                let output = self.output.last_lines();
                self.stop().await;
                return Err(SpawnError::NeverListened {
                    port: self.address.port(),
                    output,
                });
            }
            sleep_until(Instant::now() + TRY_AGAIN).await;
        }
    }

    fn exited(&mut self) -> Option<String> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        Some(status.to_string())
    }

    /// Ends it: asks, waits, then insists. What it started itself ends with it.
    pub async fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        self.stdin = None;
        signal_group(&child, Signal::Term);
        if timeout(GRACE, child.wait()).await.is_err() {
            signal_group(&child, Signal::Kill);
            // It fails only for a process that has already ended.
            let _ = child.kill().await;
        }
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        if let Some(child) = &self.child {
            signal_group(child, Signal::Kill);
        }
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Term,
    Kill,
}

/// Signals the program and all that it started.
#[cfg(target_os = "linux")]
fn signal_group(child: &Child, signal: Signal) {
    use rustix::process::{Pid, Signal as Sent, kill_process_group};
    let group = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    let signal = match signal {
        Signal::Term => Sent::TERM,
        Signal::Kill => Sent::KILL,
    };
    if let Some(group) = group {
        // It fails only for a group that has already ended.
        let _ = kill_process_group(group, signal);
    }
}

/// Elsewhere the process alone is ended, by whoever waits for it.
#[cfg(not(target_os = "linux"))]
fn signal_group(_: &Child, _: Signal) {}

fn free_port() -> std::io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()
        .map(|address| address.port())
}

/// What a program prints: the last of it.
#[derive(Debug, Clone, Default)]
struct Output(Arc<Mutex<VecDeque<u8>>>);

impl Output {
    /// Keeps what a stream brings, in the background.
    fn follow(&self, stream: Option<impl AsyncRead + Unpin + Send + 'static>) {
        let Some(mut stream) = stream else {
            return;
        };
        let kept = Arc::clone(&self.0);
        tokio::spawn(async move {
            let mut bytes = vec![0; 8192];
            while let Ok(len @ 1..) = stream.read(&mut bytes).await {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&bytes[..len]);
                let surplus = kept.len().saturating_sub(MAX_OUTPUT);
                kept.drain(..surplus);
            }
        });
    }

    fn last_lines(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let first = lines.len().saturating_sub(LAST_LINES);
        lines[first..].join("\n")
    }
}

/// The words of a command, as a shell would split them: blanks separate, quotes hold together, a backslash escapes. Nothing
/// else is special. `None`: a quote is not closed.
fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') if cfg!(unix) => {
                word.get_or_insert_default().push(chars.next()?);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_like_in_a_shell() {
        #[track_caller]
        fn check(command: &str, expected: Option<&[&str]>) {
            let expected =
                expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
            assert_eq!(words(command), expected, "{command}");
        }
        check(
            "python3 server.py 5000",
            Some(&["python3", "server.py", "5000"]),
        );
        check("'my server' \"a b\" ''", Some(&["my server", "a b", ""]));
        check("a'b c'd", Some(&["ab cd"]));
        check("  ", Some(&[]));
        check("python3 'x", None);
    }

    #[tokio::test]
    async fn a_program_that_ends_before_listening_says_why() {
        let program = if cfg!(windows) {
            "cmd /c echo oops"
        } else {
            "sh -c 'echo oops; exit 3'"
        };
        match Spawned::start(program, 1).await {
            Err(error @ SpawnError::Exited { .. }) => {
                let text = error.to_string();
                assert!(
                    text.contains("ended before listening") && text.contains("oops"),
                    "{text}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
