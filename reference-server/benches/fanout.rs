//! Broadcast fan-out: how many messages per second reach all clients of a chat room.
//!
//! ```text
//! cargo bench -p reference-server --bench fanout -- [--clients 100] [--seconds 1] [--rounds 7]
//! cargo bench -p reference-server --bench fanout -- --grow [--clients 100] [--seconds 1] [--rounds 5]
//! ```
//!
//! The same load goes to the reference server, to a naive threaded Python server and, where it is installed, to ngircd: four
//! senders with 1024 messages under way between them, then with 128, then one message at a time. A message is under way until
//! every client has it. All servers run at once and are loaded in turns, each round beginning with another one, so that what else
//! the machine does falls upon all of them; the median of the rounds counts, and a ratio is the median of the rounds' ratios. With
//! `--grow`, the reference server alone, with 1, 2, 4 and 8 times as many clients, in turns too. The ratios of one run can be
//! compared; the figures of two machines cannot.
//!
//! All clients are one thread, the same for all servers. It sleeps while nothing arrives, reads with one call what there is, and
//! counts the messages by a byte that only they have, so that the servers are what is measured.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run says where it stopped"
)]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::time::timeout;

const SENDERS: usize = 4;

/// How many messages are under way, of how many senders.
const LOADS: [(usize, usize); 3] = [(1024, SENDERS), (128, SENDERS), (1, 1)];

/// How long a server may be quiet before the run is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The text of every message; with the name in front a line has 53 bytes.
const TEXT: &str = "the quick brown fox jumps over a lazy dog .^";

/// One of the servers that are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Peer {
    Reference,
    Naive,
    Ngircd,
}

impl Peer {
    const ALL: [Self; 3] = [Self::Reference, Self::Naive, Self::Ngircd];

    fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference-server",
            Self::Naive => "naive threaded Python",
            Self::Ngircd => "ngircd",
        }
    }

    /// What a client sends first.
    fn registration(self, who: usize) -> String {
        match self {
            Self::Reference | Self::Naive => format!("c{who:04}\n"),
            Self::Ngircd => format!("NICK c{who:04}\r\nUSER c 0 * :c\r\nJOIN #bench\r\n"),
        }
    }

    /// What ends the answer to it.
    fn welcome(self) -> &'static str {
        match self {
            Self::Reference | Self::Naive => "welcome\n",
            Self::Ngircd => " 366 ",
        }
    }

    fn message(self, who: usize) -> String {
        match self {
            Self::Reference | Self::Naive => format!("c{who:04}: {TEXT}\n"),
            Self::Ngircd => format!("PRIVMSG #bench :{TEXT}\r\n"),
        }
    }

    /// Whether senders get their own messages.
    fn echoes(self) -> bool {
        self != Self::Ngircd
    }

    /// Starts it; `None` where it is not installed.
    fn start(self) -> Option<Started> {
        match self {
            Self::Reference => {
                let dialect = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/fanout.toml");
                let mut command = Command::new(env!("CARGO_BIN_EXE_reference-server"));
                command.args(["--dialect", dialect, "--listen", "127.0.0.1:0"]);
                Started::printing(command)
            }
            Self::Naive => {
                let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/naive_server.py");
                let mut command = Command::new("python3");
                command.arg(script);
                Started::printing(command)
            }
            Self::Ngircd => Started::ngircd(),
        }
    }
}

/// A server's process; killed at the end.
struct Started {
    child: Child,
    address: SocketAddr,
    file: Option<std::path::PathBuf>,
}

impl Started {
    /// A program that prints where it listens.
    fn printing(mut command: Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?)
            .read_line(&mut line)
            .ok()?;
        let address = line.split_whitespace().nth(2)?.parse().ok()?;
        Some(Self {
            child,
            address,
            file: None,
        })
    }

    fn ngircd() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .ok()?
            .local_addr()
            .ok()?
            .port();
        let file = std::env::temp_dir().join(format!("fanout-ngircd-{}.conf", std::process::id()));
        let settings = format!(
            "[Global]\nName = bench.local\nInfo = bench\nListen = 127.0.0.1\nPorts = {port}\n\
             [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\nMaxNickLength = 16\n\
             [Options]\nDNS = no\nIdent = no\nPAM = no\n"
        );
        std::fs::write(&file, settings).ok()?;
        let child = Command::new("ngircd")
            .arg("-n")
            .arg("-f")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let started = Self {
            child,
            address: ([127, 0, 0, 1], port).into(),
            file: Some(file),
        };
        started.listens().then_some(started)
    }

    /// Waits until it listens.
    fn listens(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if std::net::TcpStream::connect(self.address).is_ok() {
                return true;
            }
            std::thread::yield_now();
        }
        false
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already, and its file be gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(file) = &self.file {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// What one client has.
#[derive(Default)]
struct Heard {
    /// Messages so far.
    messages: Cell<u64>,
    /// How many are waited for.
    goal: Cell<u64>,
}

/// What all clients have.
#[derive(Default)]
struct Progress {
    heard: Vec<Heard>,
    /// How many clients have less than is waited for.
    behind: Cell<usize>,
    /// Tells that none is behind any more.
    complete: Notify,
}

impl Progress {
    /// A client got more messages.
    fn add(&self, who: usize, messages: u64) {
        let heard = &self.heard[who];
        let before = heard.messages.replace(heard.messages.get() + messages);
        if before < heard.goal.get() && before + messages >= heard.goal.get() {
            self.behind.set(self.behind.get() - 1);
            if self.behind.get() == 0 {
                self.complete.notify_one();
            }
        }
    }

    /// Waits until every client has as many messages as its goal is.
    async fn reach(&self, goals: impl Iterator<Item = u64>) {
        let mut behind = 0;
        for (heard, goal) in self.heard.iter().zip(goals) {
            heard.goal.set(goal);
            behind += usize::from(heard.messages.get() < goal);
        }
        self.behind.set(behind);
        while self.behind.get() > 0 {
            let waited = timeout(PATIENCE, self.complete.notified()).await;
            assert!(
                waited.is_ok(),
                "{} clients lack messages",
                self.behind.get()
            );
        }
    }
}

/// The clients' side of a run.
struct Load {
    peer: Peer,
    writers: Vec<OwnedWriteHalf>,
    progress: Rc<Progress>,
}

impl Load {
    async fn connect(peer: Peer, address: SocketAddr, clients: usize) -> Self {
        let mut writers = Vec::new();
        let mut readers = Vec::new();
        for who in 0..clients {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (reader, mut writer) = stream.into_split();
            writer
                .write_all(peer.registration(who).as_bytes())
                .await
                .unwrap();
            welcomed(peer, &reader).await;
            writers.push(writer);
            readers.push(reader);
        }
        let progress = Rc::new(Progress {
            heard: (0..clients).map(|_| Heard::default()).collect(),
            ..Progress::default()
        });
        for (who, reader) in readers.into_iter().enumerate() {
            let progress = Rc::clone(&progress);
            tokio::task::spawn_local(async move { count(reader, who, &progress).await });
        }
        Self {
            peer,
            writers,
            progress,
        }
    }

    /// Keeps `window` messages under way for a while; deliveries per second, and the times from sending to the last delivery.
    async fn run(&mut self, senders: usize, window: usize, time: Duration) -> (f64, Vec<Duration>) {
        let started = Instant::now();
        let base = self.messages();
        let mut sent = vec![0_u64; senders];
        let mut times = Vec::new();
        loop {
            let is_over = started.elapsed() >= time;
            let total: u64 = sent.iter().sum();
            let under_way = total - self.done(&base, &sent);
            let each = ((window - under_way as usize) / senders).max(1);
            let sent_at = Instant::now();
            for (who, sent) in sent.iter_mut().enumerate().filter(|_| !is_over) {
                let messages = self.peer.message(who).repeat(each);
                self.writers[who]
                    .write_all(messages.as_bytes())
                    .await
                    .unwrap();
                *sent += each as u64;
            }
            // When it is over all must arrive, and before that enough for more than half of the window to be free.
            let total: u64 = sent.iter().sum();
            let enough = match is_over {
                true => total,
                false => total.saturating_sub(window as u64 / 2),
            };
            let goals = base.iter().enumerate();
            let goals = goals.map(|(who, base)| base + enough.saturating_sub(self.own(who, &sent)));
            self.progress.reach(goals).await;
            if is_over {
                break;
            }
            if window == 1 {
                times.push(sent_at.elapsed());
            }
        }
        let deliveries: u64 = self.messages().iter().sum::<u64>() - base.iter().sum::<u64>();
        (deliveries as f64 / started.elapsed().as_secs_f64(), times)
    }

    /// The messages that each client has, its own too where the server sends them.
    fn messages(&self) -> Vec<u64> {
        let heard = self.progress.heard.iter();
        heard.map(|heard| heard.messages.get()).collect()
    }

    /// The messages of a client that it has without being sent them.
    fn own(&self, who: usize, sent: &[u64]) -> u64 {
        match self.peer.echoes() {
            true => 0,
            false => sent.get(who).copied().unwrap_or(0),
        }
    }

    /// Messages that every client has.
    fn done(&self, base: &[u64], sent: &[u64]) -> u64 {
        let clients = self.messages().into_iter().zip(base).enumerate();
        clients
            .map(|(who, (now, before))| now - before + self.own(who, sent))
            .min()
            .unwrap_or(0)
    }
}

/// Reads until a client is in the room.
async fn welcomed(peer: Peer, reader: &OwnedReadHalf) {
    let mut got = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&got).contains(peer.welcome()) {
        timeout(PATIENCE, reader.readable()).await.unwrap().unwrap();
        if let Ok(read) = reader.try_read(&mut part) {
            assert!(
                read > 0,
                "{} closed: {}",
                peer.name(),
                String::from_utf8_lossy(&got)
            );
            got.extend_from_slice(&part[..read]);
        }
    }
}

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 256 * 1024]);
}

/// Counts the messages that a client gets. A read that leaves room has taken all there was: none is spent on finding nothing.
async fn count(mut reader: OwnedReadHalf, who: usize, progress: &Progress) {
    loop {
        let read = poll_fn(|context| {
            SCRATCH.with_borrow_mut(|scratch| {
                let mut part = ReadBuf::new(scratch);
                ready!(Pin::new(&mut reader).poll_read(context, &mut part))?;
                Poll::Ready(io::Result::Ok((part.filled().len(), carets(part.filled()))))
            })
        });
        match read.await {
            Ok((0, _)) | Err(_) => return,
            Ok((_, messages)) => progress.add(who, messages),
        }
    }
}

/// Each message has one caret, and nothing else has any. Counted in bytes as long as they suffice, many at a time: the client must
/// not be what is measured.
fn carets(bytes: &[u8]) -> u64 {
    let few = |bytes: &[u8]| -> u8 { bytes.iter().map(|byte| u8::from(*byte == b'^')).sum() };
    bytes.chunks(255).map(|bytes| u64::from(few(bytes))).sum()
}

/// One server under load, and what each round gave.
struct Measured {
    server: Started,
    load: Load,
    /// For each load, each round's deliveries per second.
    rates: [Vec<f64>; LOADS.len()],
    /// For each load, the processor time of one delivery in each round, in seconds.
    costs: [Vec<f64>; LOADS.len()],
    /// From sending to the last delivery, one at a time.
    times: Vec<Duration>,
}

impl Measured {
    async fn prepare(peer: Peer, clients: usize) -> Option<Self> {
        let server = peer.start()?;
        let mut load = Load::connect(peer, server.address, clients).await;
        for (window, senders) in LOADS {
            load.run(senders, window, Duration::from_millis(200)).await;
        }
        Some(Self {
            server,
            load,
            rates: Default::default(),
            costs: Default::default(),
            times: Vec::new(),
        })
    }

    async fn round(&mut self, which: usize, time: Duration) {
        let (window, senders) = LOADS[which];
        let before = processor_time(&self.server.child);
        let began = Instant::now();
        let (rate, times) = self.load.run(senders, window, time).await;
        let deliveries = rate * began.elapsed().as_secs_f64();
        let spent = processor_time(&self.server.child).zip(before);
        self.rates[which].push(rate);
        self.costs[which].extend(spent.map(|(after, before)| (after - before) / deliveries));
        self.times.extend(times);
    }
}

/// The middle one.
fn median<T: Copy + PartialOrd>(values: &[T]) -> T {
    let mut values = values.to_vec();
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

/// How many times as fast the first was, round by round.
fn ratio(first: &[f64], other: &[f64]) -> f64 {
    let ratios: Vec<f64> = first.iter().zip(other).map(|(a, b)| a / b).collect();
    median(&ratios)
}

/// All servers, in turns.
async fn compare(clients: usize, rounds: u64, time: Duration) {
    println!(
        "{clients} clients, {} bytes a message; deliveries per second: the median of {rounds} rounds, and how many times as fast \
         the reference server is",
        TEXT.len() + 9
    );
    let mut servers = Vec::new();
    for peer in Peer::ALL {
        match Measured::prepare(peer, clients).await {
            Some(measured) => servers.push(measured),
            None => println!("{:<24}not installed", peer.name()),
        }
    }
    for round in 0..rounds as usize {
        for which in 0..LOADS.len() {
            for turn in 0..servers.len() {
                let turn = (round + turn) % servers.len();
                servers[turn].round(which, time).await;
            }
        }
    }
    println!(
        "{:<24}{:>24}{:>24}{:>24}{:>12}",
        "", "1024 under way", "128 under way", "one at a time", "median"
    );
    let Some(first) = servers.first() else {
        return;
    };
    for server in &servers {
        print!("{:<24}", server.load.peer.name());
        for which in 0..LOADS.len() {
            let rate = median(&server.rates[which]);
            let times = ratio(&first.rates[which], &server.rates[which]);
            print!("{rate:>14.0}{times:>8.1} x");
        }
        println!("{:>9} µs", median(&server.times).as_micros());
    }
    println!("processor time of the server for one delivery");
    for server in servers.iter().filter(|server| !server.costs[0].is_empty()) {
        print!("{:<24}", server.load.peer.name());
        for costs in &server.costs {
            print!("{:>21.0} ns", median(costs) * 1e9);
        }
        println!();
    }
}

/// The reference server with more and more clients: a message costs in proportion to those who hear it.
async fn grow(clients: usize, rounds: u64, time: Duration) {
    println!("128 messages under way; the median of {rounds} rounds");
    let mut sizes = Vec::new();
    for factor in [1, 2, 4, 8] {
        let clients = clients * factor;
        match Measured::prepare(Peer::Reference, clients).await {
            Some(measured) => sizes.push((clients, measured)),
            None => return,
        }
    }
    for _ in 0..rounds {
        for (_, measured) in &mut sizes {
            measured.round(1, time).await;
        }
    }
    println!(
        "{:>8}{:>16}{:>18}{:>24}{:>14}",
        "clients", "deliveries/s", "ns per delivery", "its processor time", "peak memory"
    );
    for (clients, measured) in &sizes {
        let rate = median(&measured.rates[1]);
        let cost = match measured.costs[1].as_slice() {
            [] => "?".to_owned(),
            costs => format!("{:.0} ns", median(costs) * 1e9),
        };
        let memory = peak_memory(&measured.server.child).unwrap_or_default();
        println!(
            "{clients:>8}{rate:>16.0}{:>18.0}{cost:>24}{memory:>14}",
            1e9 / rate
        );
    }
}

/// The processor time that a process has used, in seconds; only Linux tells.
fn processor_time(child: &Child) -> Option<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

/// The most memory that a process had, as the system writes it; only Linux tells.
fn peak_memory(child: &Child) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: u64| {
        let place = arguments.iter().position(|argument| argument == name);
        let value = place.and_then(|place| arguments.get(place + 1));
        value.map_or(default, |value| value.parse().unwrap())
    };
    let clients = number("--clients", 100).max(SENDERS as u64 + 1) as usize;
    let time = Duration::from_secs(number("--seconds", 1).max(1));
    let rounds = number("--rounds", 7).max(1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        match arguments.iter().any(|argument| argument == "--grow") {
            true => grow(clients, rounds, time).await,
            false => compare(clients, rounds, time).await,
        }
    });
}
