//! A server that we start: its command, its port, what it prints, and its end.
//!
//! Where the system is a Unix, a [keeper](crate::keeper) stands between it and us. It refuses to know what the server says.

mod command;
mod environment;
mod error;
#[cfg(unix)]
mod kept;
#[cfg(not(unix))]
#[path = "spawn/plain.rs"]
mod kept;
mod notes;
mod output;
mod port;
mod turn;
mod watch;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use protocol::Dialect;
use protocol::os_error::os_error;
use tokio::time::Instant;

use crate::report::Remark;
pub use environment::INHERITED;
pub use error::SpawnError;
use kept::Kept;
use notes::Notes;
use output::Output;
pub(crate) use port::is_taken;
use port::{is_held, wait_until_free};
use turn::Turn;
use watch::Watch;

use super::Door;

/// How long a program may take until it listens, where nothing else is said.
pub const START: Duration = Duration::from_secs(15);

/// Bytes of memory that a program and all that it starts may use, where nothing else is said: a large program of a student's
/// needs a tenth of it.
pub const MEMORY: u64 = 1_000_000_000;

/// Seconds of processor time that a process may use, where nothing else is said.
pub const CPU: u64 = 600;

/// How long it has to end by itself when asked to.
const GRACE: Duration = Duration::from_secs(2);

/// The same, for one that did not end by itself before.
const SHORT_GRACE: Duration = Duration::from_millis(200);

/// How long a program that serves nobody any more may still be ending.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The gap between two looks at what nobody tells us of.
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// What to start, and what it may do.
#[derive(Debug, Clone)]
pub struct Spawn {
    /// The command. `{port}` in it stands for the port.
    pub command: String,
    /// The port: for `{port}`, which otherwise is a free one, or where a command without `{port}` listens.
    pub port: Option<u16>,
    /// The port where nothing else is said and the command has no `{port}`: the dialect's.
    pub usual_port: u16,
    /// Where it runs; nothing: where we do.
    pub cwd: Option<PathBuf>,
    /// Variables beside those that are [inherited](INHERITED).
    pub env: Vec<(String, String)>,
    /// Bytes of memory that it and all that it starts may use; nothing: no limit.
    pub memory: Option<u64>,
    /// Seconds of processor time that each process may use; nothing: no limit.
    pub cpu: Option<u64>,
    /// How long it may take until it listens.
    pub patience: Duration,
    /// Whether it gets a network of its own.
    pub isolate: bool,
    /// A line that it prints when it is ready.
    pub ready: Option<String>,
    /// Lines for its standard input; `{port}` in them stands for the port.
    pub answers: Vec<String>,
    /// The program that keeps it: this one, `harness`.
    pub keeper: PathBuf,
}

impl Spawn {
    /// A command for a server of this dialect, with the usual limits.
    #[must_use]
    pub fn new(command: &str, dialect: &Dialect) -> Self {
        Self {
            command: command.to_owned(),
            port: None,
            usual_port: dialect.port,
            cwd: None,
            env: Vec::new(),
            memory: Some(MEMORY),
            cpu: Some(CPU),
            patience: START,
            isolate: false,
            ready: dialect.start.ready.clone(),
            answers: dialect.start.answers.clone(),
            keeper: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("harness")),
        }
    }

    /// Whether several of these can run beside each other in one network.
    #[must_use]
    pub fn has_port_of_its_own(&self) -> bool {
        self.port.is_none() && self.mentions_port()
    }

    fn mentions_port(&self) -> bool {
        let holes = std::iter::once(&self.command).chain(&self.answers);
        holes.into_iter().any(|text| text.contains(command::PORT))
    }

    fn fixed_port(&self) -> Option<u16> {
        match self.has_port_of_its_own() {
            true => None,
            false => Some(self.port.unwrap_or(self.usual_port)),
        }
    }
}

/// Whether the system gives servers networks of their own.
#[must_use]
pub fn can_isolate(keeper: &std::path::Path) -> bool {
    kept::can_isolate(keeper)
}

/// A program that was started, and is ended with this value.
#[derive(Debug)]
pub struct Spawned {
    spawn: Spawn,
    door: Door,
    kept: Option<Kept>,
    output: Output,
    notes: Notes,
    watch: Watch,
    /// Held while the port is ours among all runs of the harness.
    turn: Option<Turn>,
}

impl Spawned {
    /// Starts a program and waits until it listens.
    ///
    /// # Errors
    /// It could not be started, ended, or never listened.
    pub async fn start(spawn: Spawn) -> Result<Self, SpawnError> {
        let mut spawned = Self {
            spawn,
            door: Door::at((Ipv4Addr::LOCALHOST, 0).into()),
            kept: None,
            output: Output::default(),
            notes: Notes::default(),
            watch: Watch::default(),
            turn: None,
        };
        spawned.begin().await?;
        Ok(spawned)
    }

    /// Where clients connect.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// The command as it was given.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.spawn.command
    }

    /// The last lines that it printed; if it is gone, with its last words.
    pub async fn last_output(&mut self, is_gone: bool) -> String {
        if is_gone
            && let Some(kept) = &mut self.kept
            && kept.end_by_itself(LAST_WORDS).await
        {
            self.output.settle().await;
        }
        self.output.last_lines()
    }

    /// What is to be said of how it started, ran and ended, so far.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        [self.notes.remarks(), self.watch.remarks()].concat()
    }

    /// Looks at what it has while nobody is connected, after so many clients in all.
    pub fn look(&mut self, clients: u32) {
        let keeper = self.kept.as_ref().and_then(Kept::keeper);
        self.watch.look(keeper, clients);
    }

    /// Looks for the last time, while nobody is connected: moments, or seconds where something is suspect.
    pub async fn look_at_rest(&mut self) {
        let keeper = self.kept.as_ref().and_then(Kept::keeper);
        self.watch.at_rest(keeper).await;
    }

    /// Ends it, if it runs, and starts it again; on another port, where the port is ours to choose.
    ///
    /// # Errors
    /// It could not be started, ended, or never listened.
    pub async fn restart(&mut self) -> Result<(), SpawnError> {
        self.stop().await;
        self.watch.again();
        let begun = self.begin().await;
        if let Err(error) = &begun {
            self.notes.not_again(error);
        }
        begun
    }

    async fn begin(&mut self) -> Result<(), SpawnError> {
        match self.spawn.fixed_port() {
            Some(port) if !self.spawn.isolate => self.begin_at(port).await,
            Some(_) => self.begin_once().await,
            None => self.begin_somewhere().await,
        }
    }

    /// At a port that we chose: that somebody else was faster is nobody's fault.
    async fn begin_somewhere(&mut self) -> Result<(), SpawnError> {
        const TRIES: usize = 3;
        for _ in 1..TRIES {
            match self.begin_once().await {
                Err(error) if error.says_in_use() => {}
                result => return result,
            }
        }
        self.begin_once().await
    }

    /// At a port of the network that all share.
    async fn begin_at(&mut self, port: u16) -> Result<(), SpawnError> {
        if self.turn.is_none() {
            self.turn = Turn::take(port);
            if self.turn.is_none() {
                // Another run has a server on this port.
                if self.isolate() {
                    return self.begin_once().await;
                }
                self.turn = Turn::wait_for(port).await;
            }
        }
        match self.begin_once().await {
            Err(SpawnError::PortTaken { .. }) if self.isolate() => self.begin_once().await,
            Err(error) if is_held(port) => {
                // Nobody listens, and yet the port cannot be bound: connections of before hold it for a while.
                self.notes.port_held();
                match self.isolate() || wait_until_free(port).await {
                    true => self.begin_once().await,
                    false => Err(error),
                }
            }
            result => result,
        }
    }

    /// From now on it has a network of its own, where every port is free. `false`: the system gives none.
    fn isolate(&mut self) -> bool {
        self.spawn.isolate = can_isolate(&self.spawn.keeper);
        self.spawn.isolate
    }

    async fn begin_once(&mut self) -> Result<(), SpawnError> {
        let port = match self.spawn.fixed_port() {
            Some(port) => port,
            None => port::free().map_err(|error| SpawnError::NotStarted(os_error(&error)))?,
        };
        if self.spawn.isolate {
            self.notes.isolated();
        }
        let words = command::words(&command::with_port(&self.spawn.command, port))
            .filter(|words| !words.is_empty())
            .ok_or(SpawnError::BadCommand)?;
        if let Some(cwd) = self.spawn.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return Err(SpawnError::NoDirectory(cwd.display().to_string()));
        }
        self.output = Output::default();
        let until = Instant::now() + self.spawn.patience;
        let mut kept = Kept::start(&self.spawn, &words, port, &self.output).await?;
        for answer in &self.spawn.answers {
            kept.answer(&command::with_port(answer, port)).await;
        }
        let listening = kept.listening(port, until).await;
        match listening {
            Ok(address) => {
                self.door = kept.door(address);
                if let Some(line) = &self.spawn.ready {
                    self.output.wait_for(line, until).await;
                }
                self.kept = Some(kept);
                Ok(())
            }
            Err(silence) => {
                self.output.settle().await;
                let output = self.output.last_lines();
                kept.stop(GRACE, &mut self.notes).await;
                Err(silence.with_output(output, self.spawn.patience))
            }
        }
    }

    /// Ends it: asks, waits, then insists. What it started itself ends with it.
    pub async fn stop(&mut self) {
        let Some(mut kept) = self.kept.take() else {
            return;
        };
        let grace = match self.notes.ignores_requests() {
            true => SHORT_GRACE,
            false => GRACE,
        };
        kept.stop(grace, &mut self.notes).await;
    }
}
