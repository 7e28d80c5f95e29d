//! A server with its [keeper](crate::keeper), from our side of the socket.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use protocol::os_error::os_error;
use protocol::words;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::environment::environment;
use super::error::{Ended, Silence, SpawnError};
use super::notes::Notes;
use super::output::Output;
use super::{Spawn, TRY_AGAIN};
use crate::keeper::wire::{self, End, How, Order, Stopped, Told, Trouble};
use crate::target::{Door, Sockets};

/// How long the keeper may need beyond the server's own time, on a machine that is busy with something else.
const KEEPER: Duration = Duration::from_secs(30);

/// A server that runs.
#[derive(Debug)]
pub(super) struct Kept {
    keeper: Child,
    line: Arc<UnixStream>,
    state: watch::Receiver<State>,
    sockets: Option<Arc<Sockets>>,
    memory: Option<u64>,
    cpu: Option<u64>,
}

/// What the keeper has told.
#[derive(Debug, Clone, Default)]
struct State {
    pid: Option<i32>,
    trouble: Option<Trouble>,
    address: Option<SocketAddr>,
    elsewhere: Vec<u16>,
    end: Option<End>,
    used_too_much_memory: bool,
    stopped: Option<Stopped>,
    /// Whether the keeper is gone.
    is_gone: bool,
}

/// Asked of a process of its own, since only one with a single thread can try. It takes milliseconds.
pub(super) fn can_isolate(keeper: &Path) -> bool {
    let probe = std::process::Command::new(keeper)
        .args(["keep", "--probe"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    probe.is_ok_and(|status| status.success())
}

impl Kept {
    /// Starts it; it need not listen yet.
    pub(super) async fn start(
        spawn: &Spawn,
        words: &[String],
        port: u16,
        output: &Output,
    ) -> Result<Self, SpawnError> {
        let failed = |error: io::Error| SpawnError::NotStarted(os_error(&error));
        let (ours, theirs) = StdUnixStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let line = Arc::new(UnixStream::from_std(ours).map_err(failed)?);
        let mut command = Command::new(&spawn.keeper);
        command.arg("keep").arg("--port").arg(port.to_string());
        if spawn.isolate {
            command.arg("--isolate");
        }
        for (name, limit) in [("--memory", spawn.memory), ("--cpu", spawn.cpu)] {
            if let Some(limit) = limit {
                command.arg(name).arg(limit.to_string());
            }
        }
        command
            .arg("--")
            .args(words)
            .env_clear()
            .envs(environment(port, &spawn.env))
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // What the terminal sends to our group is not meant for it: we end it in order.
            .process_group(0);
        if let Some(cwd) = &spawn.cwd {
            command.current_dir(cwd);
        }
        let mut keeper = command.spawn().map_err(failed)?;
        // Our copies of what the keeper holds must go, or its end is never seen.
        drop(command);
        output.follow(keeper.stdout.take());
        output.follow(keeper.stderr.take());
        let (state, watched) = watch::channel(State::default());
        let (answers, asked) = mpsc::unbounded_channel();
        tokio::spawn(listen(Arc::clone(&line), state, answers));
        let sockets = spawn.isolate.then(|| {
            Arc::new(Sockets {
                line: Arc::clone(&line),
                answers: Mutex::new(asked),
            })
        });
        let mut kept = Self {
            keeper,
            line,
            state: watched,
            sockets,
            memory: spawn.memory,
            cpu: spawn.cpu,
        };
        kept.begun(words, port).await?;
        Ok(kept)
    }

    async fn begun(&mut self, words: &[String], port: u16) -> Result<(), SpawnError> {
        let begun = |state: &State| state.pid.is_some() || state.trouble.is_some();
        let state = self.state_when(Instant::now() + KEEPER, begun).await;
        let program = words.first().map_or("", String::as_str);
        match state.trouble {
            _ if state.pid.is_some() => Ok(()),
            Some(Trouble::PortTaken) => Err(SpawnError::PortTaken { port }),
            Some(Trouble::NoCommand) => Err(SpawnError::BadCommand),
            Some(Trouble::NoProgram(why)) => Err(SpawnError::no_program(
                program,
                &io::Error::from_raw_os_error(why),
            )),
            Some(Trouble::NoNamespace(why)) => Err(SpawnError::NotStarted(words!(
                "não há uma rede só para ele: {why}",
                "no network of its own: {why}"
            ))),
            None => {
                let why = [
                    "o processo que o guarda não começou",
                    "its keeper did not start",
                ];
                Err(SpawnError::NotStarted(why.into()))
            }
        }
    }

    /// What the keeper has told when it is so, when it is gone, or at that time.
    async fn state_when(&mut self, until: Instant, is_so: impl Fn(&State) -> bool) -> State {
        let told = self.state.wait_for(|state| is_so(state) || state.is_gone);
        // If it takes too long, what is known is the answer.
        drop(timeout_at(until, told).await);
        self.state.borrow().clone()
    }

    /// A line for its standard input.
    pub(super) async fn answer(&self, line: &str) {
        say(&self.line, &Order::Answer(format!("{line}\n"))).await;
    }

    /// Waits until it listens: where.
    pub(super) async fn listening(
        &mut self,
        port: u16,
        until: Instant,
    ) -> Result<SocketAddr, Silence> {
        loop {
            let told = |state: &State| state.address.is_some() || state.end.is_some();
            let look = match cfg!(target_os = "linux") {
                true => until,
                false => until.min(Instant::now() + TRY_AGAIN),
            };
            let state = self.state_when(look, told).await;
            if let Some(ended) = self.ended(&state) {
                return Err(Silence::Ended(ended));
            }
            if let Some(address) = state.address {
                return Ok(address);
            }
            if state.is_gone {
                return Err(Silence::Ended(Ended::Unknown));
            }
            if !cfg!(target_os = "linux")
                && let Some(address) = accepts(port).await
            {
                return Ok(address);
            }
            if Instant::now() >= until {
                let elsewhere = state.elsewhere;
                return Err(Silence::Never { port, elsewhere });
            }
        }
    }

    /// The way to an address in its network.
    pub(super) fn door(&self, address: SocketAddr) -> Door {
        Door {
            address,
            through: self.sockets.clone(),
        }
    }

    /// The process of which all of its processes came.
    pub(super) fn keeper(&self) -> Option<u32> {
        self.keeper.id()
    }

    /// Waits a while for it to end by itself: whether it did.
    pub(super) async fn end_by_itself(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let state = self.state_when(until, |state| state.end.is_some()).await;
        state.end.is_some() || state.is_gone
    }

    /// Ends it, and takes note of how it went.
    pub(super) async fn stop(&mut self, grace: Duration, notes: &mut Notes) {
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        say(&self.line, &Order::Stop { grace_ms }).await;
        let until = Instant::now() + grace + KEEPER;
        let state = self
            .state_when(until, |state| state.stopped.is_some())
            .await;
        match state.stopped.clone() {
            Some(Stopped { how, left }) => {
                match (how, self.ended(&state)) {
                    (How::ByItself, Some(ended)) => notes.ended(ended),
                    (How::Killed, _) => notes.ignored_request(),
                    _ => {}
                }
                notes.left_behind(left);
            }
            None => self.end_group(),
        }
        if timeout(KEEPER, self.keeper.wait()).await.is_err() {
            // It fails only for a process that has already ended.
            let _ = self.keeper.kill().await;
        }
    }

    /// How it ended, if it did.
    fn ended(&self, state: &State) -> Option<Ended> {
        const SIGXCPU: i32 = 24;
        Some(match (state.end?, self.memory, self.cpu) {
            (_, Some(memory), _) if state.used_too_much_memory => Ended::Memory(memory),
            (End::Signal(SIGXCPU), _, Some(cpu)) => Ended::Time(cpu),
            (End::Signal(signal), _, _) => Ended::Signal(signal),
            (End::Status(status), _, _) => Ended::Status(status),
        })
    }

    /// Ends the server without its keeper.
    fn end_group(&self) {
        let group = self.state.borrow().pid.and_then(Pid::from_raw);
        if let Some(group) = group {
            // It fails only for a group that has already ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // The keeper sees the end of the line, and ends the server. It fails only where the keeper has gone before.
        let _ = rustix::net::shutdown(&*self.line, rustix::net::Shutdown::Both);
    }
}

/// Where somebody accepts connections on this port.
async fn accepts(port: u16) -> Option<SocketAddr> {
    for address in [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ] {
        if TcpStream::connect(address).await.is_ok() {
            return Some(address);
        }
    }
    sleep_until(Instant::now() + TRY_AGAIN).await;
    None
}

/// Whoever does not listen any more is gone, and that is seen elsewhere.
async fn say(line: &UnixStream, order: &Order) {
    let Ok(mut text) = serde_json::to_vec(order) else {
        return;
    };
    text.push(b'\n');
    let mut rest = text.as_slice();
    while !rest.is_empty() && line.writable().await.is_ok() {
        match line.try_write(rest) {
            Ok(len) => rest = &rest[len..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Takes note of what the keeper tells, until it is gone.
async fn listen(
    line: Arc<UnixStream>,
    state: watch::Sender<State>,
    answers: mpsc::UnboundedSender<io::Result<OwnedFd>>,
) {
    let mut text = Vec::new();
    let mut sockets = Vec::new();
    while let Ok(bytes) = wire::receive(&line, &mut sockets).await {
        if bytes.is_empty() {
            break;
        }
        text.extend(bytes);
        while let Some(end) = memchr::memchr(b'\n', &text) {
            let told = serde_json::from_slice(&text[..end]);
            text.drain(..=end);
            let Ok(told) = told else { continue };
            take_in(told, &state, &mut sockets, &answers);
        }
    }
    state.send_modify(|state| state.is_gone = true);
}

fn take_in(
    told: Told,
    state: &watch::Sender<State>,
    sockets: &mut Vec<OwnedFd>,
    answers: &mpsc::UnboundedSender<io::Result<OwnedFd>>,
) {
    let answer = |answer| {
        // Nobody asks any more.
        let _ = answers.send(answer);
    };
    match told {
        Told::Socket if sockets.is_empty() => answer(Err(io::ErrorKind::InvalidData.into())),
        Told::Socket => answer(Ok(sockets.remove(0))),
        Told::NoSocket { why } => answer(Err(io::Error::other(why))),
        Told::Started { pid } => state.send_modify(|state| state.pid = Some(pid)),
        Told::NotStarted(trouble) => state.send_modify(|state| state.trouble = Some(trouble)),
        Told::Listening { address } => state.send_modify(|state| state.address = Some(address)),
        Told::Elsewhere { ports } => state.send_modify(|state| state.elsewhere = ports),
        Told::TooMuchMemory => state.send_modify(|state| state.used_too_much_memory = true),
        Told::Ended(end) => state.send_modify(|state| state.end = Some(end)),
        Told::Stopped(stopped) => state.send_modify(|state| state.stopped = Some(stopped)),
    }
}

impl Sockets {
    /// Asks the keeper for a socket in the server's network.
    pub(in crate::target) async fn socket(&self, v6: bool) -> io::Result<OwnedFd> {
        // One at a time, so that each gets the answer to its own question.
        let mut answers = self.answers.lock().await;
        say(&self.line, &Order::Socket { v6 }).await;
        let answer = timeout(KEEPER, answers.recv()).await;
        let answer = answer.map_err(|_| io::ErrorKind::TimedOut)?;
        answer.ok_or(io::ErrorKind::ConnectionRefused)?
    }
}
