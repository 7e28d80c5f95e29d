//! A student's stated answers, each held to the capture: true, false, or not decidable from it.
//!
//! ```toml
//! server = "192.168.0.88:55555"
//! transport = "TCP"
//!
//! [[client]]
//! address = "192.168.0.88:50797"
//! handshake = [1, 2, 3]
//!
//! [[frame]]
//! number = 10
//! layers = ["ethernet", "ipv4", "tcp", "fcs"]
//! ```

use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};
use protocol::toml_words::toml_words;
use serde::Deserialize;

use crate::analysis::Analysis;
use crate::capture::LinkType;
use crate::conversation::Conversation;
use crate::segment::{Endpoint, LayerKind, Layers, layers};

/// What was claimed; every part may be left out.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// The server's address, with or without its port.
    pub server: Option<String>,
    /// `TCP` or `UDP`.
    pub transport: Option<String>,
    /// How many clients there are.
    pub clients: Option<usize>,
    /// What is said of each client.
    pub client: Vec<ClientClaim>,
    /// What is said of single frames.
    pub frame: Vec<FrameClaim>,
}

/// What is said of one client.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ClientClaim {
    /// Its address, with or without its port.
    pub address: String,
    /// The frames of SYN, SYN-ACK and ACK.
    #[serde(default)]
    pub handshake: Option<Vec<u64>>,
}

/// What is said of one frame.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct FrameClaim {
    /// Its number.
    pub number: u64,
    /// Layers that it has: `ethernet`, `null`, `ipv4`, `ipv6`, `tcp`, `udp`, `payload`, `fcs`.
    #[serde(default)]
    pub layers: Vec<String>,
    /// How many bytes it has.
    #[serde(default)]
    pub length: Option<usize>,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// The capture shows it.
    True,
    /// The capture shows otherwise.
    False,
    /// The capture cannot show it.
    Undecidable,
}

/// What is claimed, in no language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Where the server is.
    Server(String),
    /// Which transport is used.
    Transport(String),
    /// How many clients there are.
    Clients(usize),
    /// There is a client at this address.
    Client(String),
    /// The frames of that client's handshake.
    Handshake(String, Vec<u64>),
    /// A frame has a layer.
    Layer(u64, String),
    /// A frame has so many bytes.
    Length(u64, usize),
}

/// A claim, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was claimed.
    pub claim: Claim,
    /// What became of it.
    pub truth: Truth,
    /// What the capture shows instead or as proof; empty where it shows nothing.
    pub shown: String,
}

/// Reads claims.
///
/// # Errors
/// Where the text is no TOML or says something that cannot be claimed.
pub fn parse(source: &Arc<Source>) -> Result<Claims, Diagnostics> {
    toml::from_str(&source.text).map_err(|error| {
        let mistake = Diagnostic::error(toml_words(error.message()));
        mistake.at(source, error.span().unwrap_or_default()).into()
    })
}

/// Holds each claim to the capture, in the order in which they are written down.
#[must_use]
pub fn check(analysis: &Analysis<'_>, claims: &Claims) -> Vec<Checked> {
    let judge = Judge { analysis };
    let mut checked = Vec::new();
    checked.extend(claims.server.as_deref().map(|server| judge.server(server)));
    checked.extend(
        claims
            .transport
            .as_deref()
            .map(|transport| judge.transport(transport)),
    );
    checked.extend(claims.clients.map(|count| judge.clients(count)));
    for client in &claims.client {
        checked.push(judge.client(&client.address));
        let handshake = client.handshake.as_ref();
        checked.extend(handshake.map(|frames| judge.handshake(&client.address, frames)));
    }
    for frame in &claims.frame {
        checked.extend(
            frame
                .layers
                .iter()
                .map(|layer| judge.layer(frame.number, layer)),
        );
        checked.extend(
            frame
                .length
                .map(|length| judge.length(frame.number, length)),
        );
    }
    checked
}

struct Judge<'a> {
    analysis: &'a Analysis<'a>,
}

impl Judge<'_> {
    fn server(&self, claimed: &str) -> Checked {
        let claim = Claim::Server(claimed.to_owned());
        match &self.analysis.choice.chat {
            None => undecidable(claim),
            Some(chat) => {
                let shown: Vec<_> = chat.servers.iter().map(ToString::to_string).collect();
                let is = chat.servers.iter().any(|server| names(claimed, *server));
                decided(claim, is, shown.join(", "))
            }
        }
    }

    fn transport(&self, claimed: &str) -> Checked {
        let claim = Claim::Transport(claimed.to_owned());
        match &self.analysis.choice.chat {
            None => undecidable(claim),
            // Every conversation that is looked at for a chat is one of TCP.
            Some(_) => decided(
                claim,
                claimed.trim().eq_ignore_ascii_case("tcp"),
                "TCP".to_owned(),
            ),
        }
    }

    fn clients(&self, claimed: usize) -> Checked {
        let claim = Claim::Clients(claimed);
        match &self.analysis.choice.chat {
            None => undecidable(claim),
            Some(chat) => decided(
                claim,
                chat.members.len() == claimed,
                chat.members.len().to_string(),
            ),
        }
    }

    fn client(&self, claimed: &str) -> Checked {
        let claim = Claim::Client(claimed.to_owned());
        match &self.analysis.choice.chat {
            None => undecidable(claim),
            Some(chat) => {
                let shown: Vec<_> = chat
                    .members
                    .iter()
                    .map(|member| member.client.to_string())
                    .collect();
                let is = chat
                    .members
                    .iter()
                    .any(|member| names(claimed, member.client));
                decided(claim, is, shown.join(", "))
            }
        }
    }

    fn handshake(&self, client: &str, claimed: &[u64]) -> Checked {
        let claim = Claim::Handshake(client.to_owned(), claimed.to_vec());
        let chat = self.analysis.choice.chat.as_ref();
        let members = chat.map(|chat| chat.members.as_slice()).unwrap_or_default();
        let of_client = members.iter().filter(|member| names(client, member.client));
        let known: Vec<_> = of_client
            .filter_map(|member| self.analysis.survey.conversation(member.id))
            .map(handshake_frames)
            .collect();
        let whole: Vec<_> = known.iter().filter(|frames| frames.len() == 3).collect();
        let shown: Vec<_> = known
            .iter()
            .filter(|frames| !frames.is_empty())
            .map(|frames| listed(frames))
            .collect();
        match whole.iter().any(|frames| frames.as_slice() == claimed) {
            true => decided(claim, true, listed(claimed)),
            // A handshake that is not all there may have been as claimed.
            false if whole.is_empty() => Checked {
                shown: shown.join("; "),
                ..undecidable(claim)
            },
            false => decided(claim, false, shown.join("; ")),
        }
    }

    fn layer(&self, number: u64, claimed: &str) -> Checked {
        let claim = Claim::Layer(number, claimed.to_owned());
        let Some(kept) = self.analysis.frames.get(number) else {
            return undecidable(claim);
        };
        let found = layers(&kept.frame);
        let shown: Vec<_> = found.layers.iter().map(|layer| name(layer.kind)).collect();
        match has(&found, kept.frame.link, claimed) {
            Some(is) => decided(claim, is, shown.join(" › ")),
            None => Checked {
                shown: shown.join(" › "),
                ..undecidable(claim)
            },
        }
    }

    fn length(&self, number: u64, claimed: usize) -> Checked {
        let claim = Claim::Length(number, claimed);
        match self.analysis.frames.get(number) {
            None => undecidable(claim),
            Some(kept) => decided(
                claim,
                kept.frame.bytes.len() == claimed,
                kept.frame.bytes.len().to_string(),
            ),
        }
    }
}

fn handshake_frames(one: &Conversation) -> Vec<u64> {
    let handshake = &one.handshake;
    let syns = [handshake.syn, handshake.syn_ack]
        .into_iter()
        .flatten()
        .map(|syn| syn.frame);
    syns.chain(handshake.ack.map(|ack| ack.frame)).collect()
}

fn listed(frames: &[u64]) -> String {
    let numbers: Vec<_> = frames.iter().map(u64::to_string).collect();
    numbers.join(", ")
}

fn decided(claim: Claim, is: bool, shown: String) -> Checked {
    let truth = if is { Truth::True } else { Truth::False };
    Checked {
        claim,
        truth,
        shown,
    }
}

fn undecidable(claim: Claim) -> Checked {
    Checked {
        claim,
        truth: Truth::Undecidable,
        shown: String::new(),
    }
}

/// Whether a text means this endpoint: with its port, or its address alone.
fn names(claimed: &str, endpoint: Endpoint) -> bool {
    let claimed = claimed.trim();
    claimed == endpoint.to_string() || claimed.parse() == Ok(endpoint.ip())
}

/// Whether a frame has a layer; `None` for a layer of which nothing is known.
fn has(found: &Layers, link: LinkType, claimed: &str) -> Option<bool> {
    let any = |kinds: &[LayerKind]| found.layers.iter().any(|layer| kinds.contains(&layer.kind));
    Some(match claimed.trim().to_lowercase().as_str() {
        "ethernet" | "eth" | "ethernet ii" => any(&[LayerKind::Ethernet]),
        "null" | "loopback" | "null/loopback" => any(&[LayerKind::Null, LayerKind::Loop]),
        "vlan" => any(&[LayerKind::Vlan]),
        "ip" => any(&[LayerKind::Ipv4, LayerKind::Ipv6]),
        "ipv4" => any(&[LayerKind::Ipv4]),
        "ipv6" => any(&[LayerKind::Ipv6]),
        "tcp" => any(&[LayerKind::Tcp]),
        "udp" => any(&[LayerKind::Udp]),
        "payload" | "data" => any(&[LayerKind::Payload]),
        // Behind an Ethernet frame there may be one; elsewhere there is none.
        "fcs" | "frame check sequence" if link == LinkType::ETHERNET => {
            return no_trailer(found);
        }
        "fcs" | "frame check sequence" => false,
        _ => return None,
    })
}

/// Without bytes behind the packet there is no check sequence; with some, they may be one or padding.
fn no_trailer(found: &Layers) -> Option<bool> {
    let has_trailer = found
        .layers
        .iter()
        .any(|layer| layer.kind == LayerKind::Trailer);
    (!has_trailer).then_some(false)
}

fn name(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Null | LayerKind::Loop => "null",
        LayerKind::Ethernet => "ethernet",
        LayerKind::Vlan => "vlan",
        LayerKind::LinuxCooked | LayerKind::LinuxCooked2 => "sll",
        LayerKind::Ipv4 => "ipv4",
        LayerKind::Ipv6 => "ipv6",
        LayerKind::Tcp => "tcp",
        LayerKind::Udp => "udp",
        LayerKind::Payload => "payload",
        LayerKind::Trailer => "trailer",
        _ => "…",
    }
}
