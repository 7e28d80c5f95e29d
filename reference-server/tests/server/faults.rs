//! Every fault shows: a tour through each dialect, first with the correct server, then with each fault that is wrong there.
//!
//! The correct server's run says what every client hears, and when. A faulty server must let some client hear something else;
//! the correct server, asked again, must not.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use protocol::Dialect;
use protocol::framing::{Decoded, Framing};
use protocol::message::{CommandKind, Direction, Fields, Phase, Reason};
use reference_server::{Fault, Options, Running, Server};

use crate::support::{Client, DEADLINE};

/// How long nothing may come before a step of the first run is over.
const QUIET: Duration = Duration::from_millis(150);

/// How long the later runs wait for what came in the first.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a part of a message stays alone.
const PART: Duration = Duration::from_millis(40);

const DIALECTS: [&str; 6] = ["unb", "ifsc", "redes2023", "eco", "sala", "unb-lf"];

/// One step; clients have numbers.
enum Act {
    Connect(usize),
    Send(usize, Vec<u8>),
    /// Sends, and waits only until the sender has heard something.
    SendQuickly(usize, Vec<u8>),
    /// Sends a part of a message, which nothing answers; the rest must not catch up with it.
    SendPart(usize, Vec<u8>),
    Finish(usize),
    Close(usize),
    Reset(usize),
}

/// The steps of a tour through one dialect.
struct Tour<'d> {
    dialect: &'d Dialect,
    acts: Vec<Act>,
    nicks: BTreeMap<usize, String>,
}

impl Tour<'_> {
    fn connect(&mut self, who: usize) {
        self.acts.push(Act::Connect(who));
    }

    fn send(&mut self, who: usize, phase: Phase, content: &[u8]) {
        let bytes = self.dialect.frame(Direction::ToServer, phase, content);
        self.acts.push(Act::Send(who, bytes));
    }

    fn join(&mut self, who: usize, nick: &str) {
        self.connect(who);
        self.name(who, nick);
    }

    fn name(&mut self, who: usize, nick: &str) {
        self.nicks.insert(who, nick.to_owned());
        let fields = Fields::new().with("nick", nick);
        if let Some(join) = self.dialect.render_request(CommandKind::Join, &fields) {
            self.send(who, Phase::Joining, &join);
        }
    }

    fn request(&self, who: usize, kind: CommandKind, to: &str, text: &[u8]) -> Option<Vec<u8>> {
        let nick = self.nicks.get(&who).cloned().unwrap_or_default();
        let fields = Fields::new()
            .with("nick", nick)
            .with("to", to)
            .with("text", text);
        self.dialect.render_request(kind, &fields)
    }

    fn ask(&mut self, who: usize, kind: CommandKind, to: &str, text: &[u8]) {
        if let Some(content) = self.request(who, kind, to, text) {
            self.send(who, Phase::Chatting, &content);
        }
    }

    fn say(&mut self, who: usize, text: &str) {
        self.ask(who, CommandKind::Say, "", text.as_bytes());
    }

    fn say_quickly(&mut self, who: usize, text: &str) {
        if let Some(bytes) = self.said(who, text) {
            self.acts.push(Act::SendQuickly(who, bytes));
        }
    }

    /// The bytes of a public message.
    fn said(&self, who: usize, text: &str) -> Option<Vec<u8>> {
        let content = self.request(who, CommandKind::Say, "", text.as_bytes())?;
        let framing = self.dialect.framing(Direction::ToServer, Phase::Chatting);
        Some(framing.encode(&content))
    }

    /// The literal with which a request begins.
    fn word(&self, kind: CommandKind) -> Vec<u8> {
        let request = self.dialect.request(kind);
        request.map_or_else(Vec::new, |request| {
            request.template().pattern().first_literal().to_vec()
        })
    }
}

fn tour(dialect: &Dialect) -> Vec<Act> {
    let mut tour = Tour {
        dialect,
        acts: Vec::new(),
        nicks: BTreeMap::new(),
    };
    names_and_texts(&mut tour);
    refusals(&mut tour);
    newcomers_and_departures(&mut tour);
    pieces(&mut tour);
    crowd_and_flood(&mut tour);
    tour.acts
}

fn names_and_texts(tour: &mut Tour<'_>) {
    tour.join(0, "ana");
    tour.connect(1);
    if tour.dialect.refuses(Reason::NameInUse) {
        tour.name(1, "ana");
    }
    if tour.dialect.refuses(Reason::NameBlank) {
        tour.name(1, "   ");
    }
    tour.name(1, "bia");
    tour.join(2, "caio");
    tour.ask(1, CommandKind::List, "", b"");
    tour.say(0, "Bom DIA: gente boa");
    tour.say(1, "oi");
    tour.say(2, "Olá, ção");
    tour.say(0, &"x".repeat(300));
    tour.say(0, "curta");
    let [quit, say] = [CommandKind::Quit, CommandKind::Say]
        .map(|kind| String::from_utf8_lossy(&tour.word(kind)).into_owned());
    tour.say(2, &format!("falei {quit} e {say} ontem"));
    tour.say_quickly(1, "um");
    tour.say(1, "dois");
    tour.say(1, "três");
}

fn refusals(tour: &mut Tour<'_>) {
    tour.ask(0, CommandKind::Tell, "bia", b"segredo");
    tour.ask(0, CommandKind::Tell, "davi", b"ninguem");
    if tour.dialect.refuses(Reason::UnknownCommand) {
        tour.send(0, Phase::Chatting, b"teste x");
    }
    if tour.dialect.refuses(Reason::Malformed) {
        tour.send(0, Phase::Chatting, b"sem-separador");
        let word = tour.word(CommandKind::Say);
        tour.send(0, Phase::Chatting, word.trim_ascii());
    }
    tour.say(0, "depois dos erros");
}

/// A client that never says its name.
const NEWCOMER: usize = 30;

fn newcomers_and_departures(tour: &mut Tour<'_>) {
    tour.connect(3);
    // This one stays: what it should not hear is heard however late it comes.
    tour.connect(NEWCOMER);
    tour.say(0, "para todos");
    tour.connect(4);
    tour.connect(5);
    tour.name(4, "davi");
    tour.name(5, "eva");
    tour.acts.push(Act::Close(3));
    tour.say(0, "três saiu");
    tour.ask(4, CommandKind::Quit, "", b"");
    tour.ask(0, CommandKind::List, "", b"");
    tour.join(6, "davi");
    tour.say(0, "davi voltou");
    tour.acts.push(Act::Close(5));
    tour.say(1, "eva saiu");
    tour.ask(0, CommandKind::List, "", b"");
    tour.join(7, "fabio");
    tour.acts.push(Act::Reset(7));
    tour.say(0, "fabio caiu");
    tour.join(8, "gilbertogomes");
    tour.acts.push(Act::Finish(8));
    tour.join(9, "hugo");
    tour.ask(9, CommandKind::Say, "", b"\xff\xfe");
    tour.say(9, "ainda aqui");
    tour.join(10, "iris");
    if tour.dialect.requests.any_case {
        let quit = tour.word(CommandKind::Quit);
        let other: Vec<u8> = quit.iter().map(|byte| byte ^ 0x20).collect();
        tour.send(10, Phase::Chatting, &other);
    }
}

/// Several messages at once, and messages in pieces, where the dialect shows where they end.
fn pieces(tour: &mut Tour<'_>) {
    let framing = tour
        .dialect
        .framing(Direction::ToServer, Phase::Chatting)
        .clone();
    if !framing.is_delimited() {
        return;
    }
    let bytes = |tour: &Tour<'_>, who, text| tour.said(who, text).unwrap_or_default();
    let glued = [bytes(tour, 0, "junto um"), bytes(tour, 0, "junto dois")].concat();
    tour.acts.push(Act::Send(0, glued));
    let accented = bytes(tour, 0, "metade ç fim");
    let cuts = [5, framing.header_len() + 3, accented.len() - 6];
    for cut in cuts.into_iter().filter(|cut| *cut > 0) {
        let (first, second) = accented.split_at(cut);
        tour.acts.push(Act::SendPart(0, first.to_vec()));
        tour.acts.push(Act::Send(0, second.to_vec()));
    }
    let split = bytes(tour, 0, "de ana");
    let (first, second) = split.split_at(split.len() - 4);
    tour.acts.push(Act::SendPart(0, first.to_vec()));
    tour.say(1, "de bia");
    tour.acts.push(Act::Send(0, second.to_vec()));
    if let Decoded::Message { content: b"x", .. } = framing.decode(b"x\r\n", 8) {
        let mut line = bytes(tour, 0, "com cr");
        line.insert(line.len() - 1, b'\r');
        tour.acts.push(Act::Send(0, line));
    }
    if matches!(framing, Framing::Header { .. }) {
        tour.connect(11);
        let header = format!("{:<64}", "abc").into_bytes();
        tour.acts.push(Act::Send(11, header));
        tour.say(0, "depois do cabeçalho");
    }
}

fn crowd_and_flood(tour: &mut Tour<'_>) {
    for who in 12..=FLOODER {
        tour.join(who, &format!("c{who}"));
    }
    let framing = tour.dialect.framing(Direction::ToServer, Phase::Chatting);
    let flood = match framing {
        Framing::Header { .. } => framing.encode(&[b'x'; 70_000]),
        _ => vec![b'x'; 70_000],
    };
    tour.acts.push(Act::Send(FLOODER, flood));
    tour.say(0, "fim");
}

/// Whoever floods; how often it is answered depends on how its bytes are read.
const FLOODER: usize = 22;

/// What one client hears, the end of the connection as a mark.
const END: &[u8] = b"<end>";

type Heard = BTreeMap<usize, Vec<u8>>;

/// What every client heard after each step, and at last.
struct Guide {
    lengths: Vec<BTreeMap<usize, usize>>,
    last: Heard,
}

/// The clients of one run.
struct Run {
    address: SocketAddr,
    streams: BTreeMap<usize, TcpStream>,
    heard: Heard,
    sender: Sender<(usize, Vec<u8>)>,
    events: Receiver<(usize, Vec<u8>)>,
}

impl Run {
    fn new(address: SocketAddr) -> Self {
        let (sender, events) = channel();
        Self {
            address,
            streams: BTreeMap::new(),
            heard: Heard::new(),
            sender,
            events,
        }
    }

    fn act(&mut self, act: &Act) {
        // A faulty server may be gone: that shows in what is heard.
        match act {
            Act::Connect(who) => self.connect(*who),
            Act::Send(who, bytes) | Act::SendPart(who, bytes) | Act::SendQuickly(who, bytes) => {
                if let Some(mut stream) = self.streams.get(who) {
                    let _ = stream.write_all(bytes);
                }
            }
            Act::Finish(who) => {
                if let Some(stream) = self.streams.get(who) {
                    let _ = stream.shutdown(Shutdown::Write);
                }
            }
            Act::Close(who) => self.close(*who),
            Act::Reset(who) => {
                if let Some(stream) = self.streams.get(who) {
                    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
                }
                self.close(*who);
            }
        }
    }

    fn connect(&mut self, who: usize) {
        let Ok(stream) = TcpStream::connect(self.address) else {
            self.heard.insert(who, END.to_vec());
            return;
        };
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        // A descriptor of the reader's own would keep the socket open: it polls the same one through the address.
        let mut reader = stream.try_clone().unwrap();
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            loop {
                let event = match reader.read(&mut part) {
                    Ok(0) | Err(_) => END.to_vec(),
                    Ok(read) => part[..read].to_vec(),
                };
                let ends = event == END;
                if sender.send((who, event)).is_err() || ends {
                    return;
                }
            }
        });
        self.streams.insert(who, stream);
    }

    /// Closes; the reader's descriptor is woken up by closing the reading side first.
    fn close(&mut self, who: usize) {
        if let Some(stream) = self.streams.remove(&who) {
            let _ = stream.shutdown(Shutdown::Read);
            self.heard.remove(&who);
        }
    }

    /// Takes in what comes until `is_done`, or until nothing came for a while; whether it was done.
    fn listen(&mut self, quiet: Duration, is_done: impl Fn(&Heard) -> bool) -> bool {
        let mut deadline = Instant::now() + quiet;
        while !is_done(&self.heard) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok((who, bytes)) => {
                    if self.streams.contains_key(&who) && who != FLOODER {
                        self.heard.entry(who).or_default().extend(bytes);
                    }
                    deadline = Instant::now() + quiet;
                }
                Err(_) => return false,
            }
        }
        true
    }
}

/// The correct server's run.
fn guide(address: SocketAddr, acts: &[Act]) -> Guide {
    let mut run = Run::new(address);
    let mut lengths = Vec::new();
    let mut last = Heard::new();
    for act in acts {
        let before = run.heard.clone();
        run.act(act);
        if let Act::SendQuickly(who, _) = act {
            run.listen(PATIENCE, |heard| heard.get(who) != before.get(who));
            lengths.push(BTreeMap::new());
            continue;
        }
        run.listen(QUIET, |_| false);
        lengths.push(run.heard.iter().map(|(who, h)| (*who, h.len())).collect());
        last.extend(run.heard.clone());
    }
    Guide { lengths, last }
}

/// Two runs of the correct server that agree. On a busy machine an answer may come when its step is over in one of them; each
/// step is as long as in the slower one.
fn agreed_guide(dialect: &Dialect, acts: &[Act]) -> Guide {
    let run = || {
        let server = serve(dialect, None);
        guide(server.local_addr(), acts)
    };
    let both = || {
        std::thread::scope(|scope| {
            let other = scope.spawn(run);
            (run(), other.join().unwrap())
        })
    };
    let agreed = (0..5)
        .map(|_| both())
        .find(|(one, other)| one.last == other.last);
    let (mut guide, other) = agreed.expect("two runs of the correct server agree");
    for (lengths, other) in guide.lengths.iter_mut().zip(other.lengths) {
        for (who, len) in other {
            let slower = lengths.entry(who).or_default();
            *slower = len.max(*slower);
        }
    }
    guide
}

/// Where a run departs from the guide: the step, and the client.
fn departure(address: SocketAddr, acts: &[Act], guide: &Guide) -> Option<String> {
    let mut run = Run::new(address);
    for (step, (act, lengths)) in acts.iter().zip(&guide.lengths).enumerate() {
        let before = run.heard.clone();
        run.act(act);
        if let Act::SendQuickly(who, _) = act {
            run.listen(PATIENCE, |heard| heard.get(who) != before.get(who));
            continue;
        }
        if let Act::SendPart(..) = act {
            run.listen(PART, |heard| strange(heard, guide).is_some());
        }
        let has_all = |heard: &Heard| {
            lengths
                .iter()
                .all(|(who, len)| heard.get(who).is_some_and(|heard| heard.len() >= *len))
        };
        let is_complete = run.listen(PATIENCE, |heard| {
            has_all(heard) || strange(heard, guide).is_some()
        });
        if let Some((who, heard)) = strange(&run.heard, guide) {
            return Some(format!(
                "step {step}, client {who}: {}",
                heard.escape_ascii()
            ));
        }
        if !is_complete {
            return Some(format!("step {step}: something is missing"));
        }
    }
    run.listen(QUIET, |heard| strange(heard, guide).is_some())
        .then(|| "at the end".to_owned())
}

/// A client that heard what it should not.
fn strange<'h>(heard: &'h Heard, guide: &Guide) -> Option<(&'h usize, &'h Vec<u8>)> {
    heard.iter().find(|(who, heard)| {
        let expected = guide.last.get(who);
        !expected.is_some_and(|expected| expected.starts_with(heard))
    })
}

fn serve(dialect: &Dialect, fault: Option<Fault>) -> Running {
    let options = Options {
        fault,
        ..Options::default()
    };
    let server = Server::bind(dialect.clone(), ([127, 0, 0, 1], 0).into(), options);
    server.unwrap().start().unwrap()
}

/// The faults that do not show in a dialect though they are wrong there.
fn unseen(name: &str) -> Vec<String> {
    let dialect = Dialect::builtin(name).unwrap();
    let acts = tour(dialect);
    let guide = agreed_guide(dialect, &acts);
    let mut unseen = Vec::new();
    let server = serve(dialect, None);
    if let Some(departure) = departure(server.local_addr(), &acts, &guide) {
        unseen.push(format!("{name}: the correct server differs: {departure}"));
    }
    drop(server);
    let faults: Vec<Fault> = Fault::ALL
        .iter()
        .copied()
        .filter(|fault| fault.is_wrong_in(dialect) && *fault != Fault::BlocksOnSlowReader)
        .collect();
    let shows = |fault: Fault| {
        let server = serve(dialect, Some(fault));
        departure(server.local_addr(), &acts, &guide).is_some()
    };
    let hidden: Vec<Fault> = std::thread::scope(|scope| {
        let runs: Vec<_> = faults
            .chunks(faults.len().div_ceil(AT_ONCE))
            .map(|some| scope.spawn(|| some.iter().copied().filter(|f| !shows(*f)).collect()))
            .collect();
        let found: Vec<Vec<Fault>> = runs.into_iter().map(|run| run.join().unwrap()).collect();
        found.concat()
    });
    unseen.extend(
        hidden
            .iter()
            .map(|fault| format!("{name}: {} does not show", fault.id())),
    );
    unseen
}

/// Faulty servers of one dialect at a time; they wait more than they work.
const AT_ONCE: usize = 8;

#[test]
fn every_fault_shows_in_every_dialect_in_which_it_is_wrong() {
    let unseen: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = DIALECTS
            .map(|name| scope.spawn(move || unseen(name)))
            .into();
        runs.into_iter()
            .flat_map(|run| run.join().unwrap())
            .collect()
    });
    assert_eq!(unseen, Vec::<String>::new());
}

#[test]
fn a_server_that_blocks_on_a_slow_reader_serves_nobody_meanwhile() {
    let dialect = Dialect::builtin("unb-lf").unwrap();
    let server = serve(dialect, Some(Fault::BlocksOnSlowReader));
    let join = |nick: &str| {
        let mut client = Client::connect(server.local_addr());
        client.ask(
            format!("{nick}\n"),
            format!("NICK\n200 OK - Connected: bem-vindo(a), {nick}.\n"),
        );
        client
    };
    let stalled = join("ana");
    let mut bia = join("bia");
    bia.stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let lines = format!("MSG {}\n", "x".repeat(900)).repeat(32);
    let is_stuck = (0..1_000).any(|_| {
        bia.send(&lines);
        (0..32).any(|_| bia.try_line().is_none())
    });
    assert!(is_stuck, "29 MB reach a client that does not read");
    drop(stalled);
}
