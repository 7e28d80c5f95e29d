//! A server without a keeper, where the system is no Unix: it is ended with us, and what it started is not known.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep_until};

use super::environment::environment;
use super::error::{Ended, Silence, SpawnError};
use super::notes::Notes;
use super::output::Output;
use super::{Spawn, TRY_AGAIN};
use crate::target::Door;

/// A server that runs.
#[derive(Debug)]
pub(super) struct Kept {
    child: Mutex<Child>,
    /// Some programs end when their standard input does.
    stdin: Option<ChildStdin>,
}

pub(super) fn can_isolate(_: &Path) -> bool {
    false
}

impl Kept {
    /// Starts it; it need not listen yet.
    pub(super) async fn start(
        spawn: &Spawn,
        words: &[String],
        port: u16,
        output: &Output,
    ) -> Result<Self, SpawnError> {
        if spawn
            .fixed_port()
            .is_some_and(|_| crate::target::is_taken(port))
        {
            return Err(SpawnError::PortTaken { port });
        }
        let (program, arguments) = words.split_first().ok_or(SpawnError::BadCommand)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(environment(port, &spawn.env))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(cwd) = &spawn.cwd {
            command.current_dir(cwd);
        }
        let mut child = command
            .spawn()
            .map_err(|error| SpawnError::no_program(program, &error))?;
        output.follow(child.stdout.take());
        output.follow(child.stderr.take());
        let stdin = child.stdin.take();
        Ok(Self {
            child: Mutex::new(child),
            stdin,
        })
    }

    /// A line for its standard input.
    pub(super) async fn answer(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            // It fails only for a program that has closed it, which then does not want it.
            let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
        }
    }

    /// Waits until it listens: where.
    pub(super) async fn listening(
        &mut self,
        port: u16,
        until: Instant,
    ) -> Result<SocketAddr, Silence> {
        loop {
            if let Some(ended) = self.ended() {
                return Err(Silence::Ended(ended));
            }
            for address in [
                SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
            ] {
                if TcpStream::connect(address).await.is_ok() {
                    return Ok(address);
                }
            }
            if Instant::now() >= until {
                let elsewhere = Vec::new();
                return Err(Silence::Never { port, elsewhere });
            }
            sleep_until(Instant::now() + TRY_AGAIN).await;
        }
    }

    /// The way to an address.
    pub(super) fn door(&self, address: SocketAddr) -> Door {
        Door::at(address)
    }

    /// The process of which all of its processes came: there is none.
    pub(super) const fn keeper(&self) -> Option<u32> {
        None
    }

    /// Waits a while for it to end by itself: whether it did.
    pub(super) async fn end_by_itself(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while self.ended().is_none() && Instant::now() < until {
            sleep_until(Instant::now() + TRY_AGAIN).await;
        }
        self.ended().is_some()
    }

    fn ended(&self) -> Option<Ended> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let status = child.try_wait().ok()??;
        Some(status.code().map_or(Ended::Unknown, Ended::Status))
    }

    /// Ends it. There is no signal by which to ask.
    pub(super) async fn stop(&mut self, _: Duration, notes: &mut Notes) {
        self.stdin = None;
        if let Some(ended) = self.ended() {
            notes.ended(ended);
        }
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It fails only for a process that has already ended.
        let _ = child.kill().await;
    }
}
