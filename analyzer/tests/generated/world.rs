//! A capture made up from a seed: connections, one after the other on the same ports or at the same time on others, as
//! one file of some form, with what a reader must find in it.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::chance::Chance;
use super::connection::{Connection, Mood, Sight};
use super::phases::{Closing, Opening};
use super::script::{ACK, Capture, Link, Network, RST, SYN, Session, Side, Tape};
use super::truth::{Conversation, Recorded, Told};

/// A capture and what it holds.
pub(crate) struct World {
    pub(crate) capture: Vec<u8>,
    /// In the order of first frames.
    pub(crate) told: Vec<Told>,
    /// Of each frame only the beginning was recorded.
    pub(crate) snapped: bool,
    pub(crate) about: String,
}

/// What a capture is made up of.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'a> {
    /// At most so many.
    pub(crate) connections: usize,
    /// How they may begin.
    pub(crate) openings: &'a [Opening],
}

/// Connections between the same two ends, one after the other.
struct Chain {
    interface: usize,
    network: Network,
    client: (IpAddr, u16),
    server: (IpAddr, u16),
    sights: VecDeque<(usize, Sight)>,
}

const V4: [Network; 5] = [
    Network::V4,
    Network::V4Options,
    Network::V4Fragments,
    Network::V4FragmentsReversed,
    Network::V4Offloaded,
];
const V6: [Network; 3] = [Network::V6, Network::V6Extensions, Network::V6Fragments];
const LINKS: [Link; 16] = [
    Link::Ethernet,
    Link::EthernetPadded,
    Link::Vlan,
    Link::QinQ,
    Link::Gre,
    Link::Pppoe,
    Link::NullLittle,
    Link::NullBig,
    Link::Loop,
    Link::Ppp,
    Link::RawIp,
    Link::Ipv4,
    Link::Ipv6,
    Link::Sll,
    Link::Sll2,
    Link::Wifi,
];

/// Enough for every header of IPv4 and a few bytes.
const SNAP_LENGTH: usize = 140;

impl World {
    /// The capture of a seed.
    pub(crate) fn new(seed: u64, plan: Plan<'_>) -> Self {
        let mut chance = Chance::new(seed);
        let is_classic = chance.percent(50);
        let links: Vec<Link> = match is_classic {
            true => vec![chance.pick(&LINKS)],
            false => (0..1 + chance.below(3))
                .map(|_| chance.pick(&LINKS))
                .collect(),
        };
        let mut tape = Tape::with_interfaces(&links);
        let disturbance = chance.below(10);
        let (twice, snapped) = (disturbance == 0, disturbance == 1);
        if twice {
            tape = tape.twice();
        }
        if snapped {
            tape = tape.snapped(SNAP_LENGTH);
        }
        let mood = mood(&mut chance, snapped);
        let whole = twice || snapped;
        let chains = chains(&mut chance, &links, mood, whole, plan);
        let told = record(&mut chance, &tape, chains, twice);
        let form = chance.percent(50);
        let of = match (is_classic, form) {
            (true, true) => Capture::pcap,
            (true, false) => Capture::pcap_big_endian,
            (false, true) => Capture::pcapng,
            (false, false) => Capture::pcapng_big_endian,
        };
        Self {
            capture: of("generated", "made up", tape).bytes(),
            told,
            snapped,
            about: format!("seed {seed}: {links:?}, twice {twice}, snapped {snapped}, {mood:?}"),
        }
    }
}

fn mood(chance: &mut Chance, snapped: bool) -> Mood {
    let mut some = |most: usize| match chance.percent(50) {
        true => chance.below(most),
        false => 0,
    };
    Mood {
        lost_before: some(15),
        lost_after: some(15),
        unseen: some(15),
        doubled: some(20),
        mixed: some(80),
        // What one packet was cut in may stand whole in another.
        cut_anew: if snapped { 0 } else { some(80) },
        differing: some(80),
    }
}

fn chains(
    chance: &mut Chance,
    links: &[Link],
    mood: Mood,
    whole: bool,
    plan: Plan<'_>,
) -> Vec<Chain> {
    let count = 1 + chance.below(plan.connections);
    let mut left = count;
    let mut chains = Vec::new();
    while left > 0 {
        let length = match chance.percent(25) {
            true => (2 + chance.below(3)).min(left),
            false => 1,
        };
        left -= length;
        chains.push(chain(
            chance,
            links,
            mood,
            whole,
            plan.openings,
            chains.len(),
            length,
        ));
    }
    chains
}

fn chain(
    chance: &mut Chance,
    links: &[Link],
    mood: Mood,
    whole: bool,
    openings: &[Opening],
    number: usize,
    length: usize,
) -> Chain {
    let interface = chance.below(links.len());
    let network = match (links[interface], whole) {
        (Link::Ipv6, true) => Network::V6,
        (Link::Ipv6, false) => chance.pick(&V6),
        (_, true) => Network::V4,
        (Link::Gre | Link::Pppoe | Link::Ipv4, false) => chance.pick(&V4),
        _ => match chance.percent(25) {
            true => chance.pick(&V6),
            false => chance.pick(&V4),
        },
    };
    let mut sights = VecDeque::new();
    for place in 0..length {
        let shown = connection(chance, mood, openings, place);
        // Of a connection of which only one side was seen, nobody can tell where the next on its ports begins.
        let is_told = [Side::Client, Side::Server]
            .iter()
            .all(|side| shown.iter().any(|one| one.segment.side == *side));
        if is_told || length == 1 {
            sights.extend(shown.into_iter().map(|one| (place, one)));
        }
    }
    let server_host = 1 + chance.below(3) as u8;
    // A client may sit on the server's own host.
    let client_host = 1 + chance.below(6) as u8;
    Chain {
        interface,
        network,
        client: (network.host(client_host), 40_000 + number as u16),
        server: (
            network.host(server_host),
            chance.pick(&[43, 8080, 5001, 55_555]),
        ),
        sights,
    }
}

/// Ports are used again only by what shows that it begins.
fn connection(chance: &mut Chance, mood: Mood, openings: &[Opening], place: usize) -> Vec<Sight> {
    let opening = loop {
        let opening = chance.pick(openings);
        if place == 0 || opening.is_seen() {
            break opening;
        }
    };
    let closing = chance.pick(&Closing::ALL);
    let turns = chance.below(6);
    let mut connection = Connection::new(chance, mood, place);
    if connection.open(opening) {
        connection.talk(turns);
        connection.close(closing);
    }
    connection.sights()
}

/// Records all chains, interleaved, and what a reader must find.
fn record(chance: &mut Chance, tape: &Tape, mut chains: Vec<Chain>, twice: bool) -> Vec<Told> {
    let mut found: Vec<((usize, usize), Conversation)> = Vec::new();
    let mut open: Vec<usize> = (0..chains.len()).collect();
    while !open.is_empty() {
        let at = chance.below(open.len());
        let index = open[at];
        for _ in 0..1 + chance.below(4) {
            let Some((place, sight)) = chains[index].sights.pop_front() else {
                open.swap_remove(at);
                break;
            };
            let (frame, kept) = show(tape, &chains[index], &sight, twice);
            let known = found.iter().position(|(key, _)| *key == (index, place));
            let known = known.unwrap_or_else(|| {
                found.push(((index, place), Conversation::default()));
                found.len() - 1
            });
            found[known].1.recorded(&recorded(&sight, frame, kept));
        }
    }
    let told = found.into_iter().filter_map(|((index, _), mut one)| {
        let [client, server] = &mut one.heard;
        match (client.is_heard(), server.is_heard()) {
            (true, false) => client.all(),
            (false, true) => server.all(),
            _ => {}
        }
        let chain = &chains[index];
        one.told(end(chain.client), end(chain.server))
    });
    told.collect()
}

fn end((ip, port): (IpAddr, u16)) -> String {
    std::net::SocketAddr::new(ip, port).to_string()
}

/// The number of the frame that completes it, and how much of its data was recorded.
fn show(tape: &Tape, chain: &Chain, sight: &Sight, twice: bool) -> (u64, usize) {
    tape.wait(sight.wait);
    Session::new(tape, chain.client.1, chain.server.1)
        .over(chain.network)
        .between(chain.client.0, chain.server.0)
        .on(chain.interface)
        .repeat(&sight.segment);
    let frames = tape.frames();
    let frame = frames.len() - usize::from(twice);
    let cut = frames
        .last()
        .map_or(0, |last| last.length - last.bytes.len());
    (frame as u64, sight.data.len().saturating_sub(cut))
}

fn recorded(sight: &Sight, frame: u64, kept: usize) -> Recorded<'_> {
    let flags = sight.segment.flags;
    Recorded {
        side: sight.segment.side,
        frame,
        position: sight.position,
        syn: flags & SYN != 0,
        rst: flags & RST != 0,
        ack: sight.ack.filter(|_| flags & ACK != 0),
        data: &sight.data,
        kept,
    }
}
