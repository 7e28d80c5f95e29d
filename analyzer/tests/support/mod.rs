//! Captures made on the spot: one client's session as a pcap of raw IPv4.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test uses what it needs"
)]

use etherparse::PacketBuilder;

/// Who sends a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Client,
    Server,
}

const CLIENT: ([u8; 4], u16) = ([192, 0, 2, 20], 50_001);
const SERVER: [u8; 4] = [192, 0, 2, 1];

/// A pcap of a handshake, these segments each in a frame of its own, and a teardown by the client. The first segment is frame 4.
pub(crate) fn session(port: u16, segments: &[(Sender, &[u8])]) -> Vec<u8> {
    let pushed: Vec<_> = segments
        .iter()
        .map(|(from, bytes)| (*from, "PA", *bytes))
        .collect();
    session_with_flags(port, &pushed)
}

/// The same, with the flags of each segment: `P` and `A`.
pub(crate) fn session_with_flags(port: u16, segments: &[(Sender, &str, &[u8])]) -> Vec<u8> {
    let mut file = Pcap::new();
    let mut next = [1000_u32, 5000];
    file.segment(Sender::Client, port, next, "S", b"");
    next[0] += 1;
    file.segment(Sender::Server, port, next, "SA", b"");
    next[1] += 1;
    file.segment(Sender::Client, port, next, "A", b"");
    for (from, flags, bytes) in segments {
        file.segment(*from, port, next, flags, bytes);
        next[*from as usize] += bytes.len() as u32;
    }
    file.segment(Sender::Client, port, next, "FA", b"");
    next[0] += 1;
    file.segment(Sender::Server, port, next, "FA", b"");
    next[1] += 1;
    file.segment(Sender::Client, port, next, "A", b"");
    file.bytes
}

struct Pcap {
    bytes: Vec<u8>,
    micros: u32,
}

impl Pcap {
    fn new() -> Self {
        let words = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101];
        Self {
            bytes: words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            micros: 0,
        }
    }

    fn segment(&mut self, from: Sender, port: u16, next: [u32; 2], flags: &str, payload: &[u8]) {
        let (source, destination) = match from {
            Sender::Client => (CLIENT, (SERVER, port)),
            Sender::Server => ((SERVER, port), CLIENT),
        };
        let (seq, ack) = match from {
            Sender::Client => (next[0], next[1]),
            Sender::Server => (next[1], next[0]),
        };
        let mut tcp = PacketBuilder::ipv4(source.0, destination.0, 64).tcp(
            source.1,
            destination.1,
            seq,
            64_240,
        );
        for flag in flags.chars() {
            tcp = match flag {
                'S' => tcp.syn(),
                'F' => tcp.fin(),
                'P' => tcp.psh(),
                _ => tcp.ack(ack),
            };
        }
        let mut packet = Vec::new();
        tcp.write(&mut packet, payload).expect("a packet");
        self.micros += 1500;
        let length = packet.len() as u32;
        for word in [1_700_000_000, self.micros, length, length] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend(packet);
    }
}

/// A good session of each dialect.
pub(crate) fn good(dialect: &str) -> Vec<(Sender, Vec<u8>)> {
    use Sender::{Client as C, Server as S};
    let header = |body: &str| format!("{:<64}{body}", body.len());
    let said: Vec<(Sender, String)> = match dialect {
        "unb" => vec![
            (S, "NICK".into()),
            (C, "ana".into()),
            (S, "200 OK - Connected\nBem-vindo(a), ana.".into()),
            (S, "bia entrou no chat!".into()),
            (C, "MSG Olá, São João!".into()),
            (S, "200 OK\nMensagem enviada com sucesso.[bia]: oi, ana".into()),
            (C, "LIST".into()),
            (S, "200 OK - User List\nUsuários online: ana, bia".into()),
            (C, "teste x".into()),
            (S, "404 Not Found\nComando desconhecido: TESTE".into()),
            (C, "MSG".into()),
            (S, "400 Bad Request\nFormato: MSG <mensagem>".into()),
            (S, "[bia] saiu do chat.".into()),
            (C, "quit".into()),
            (S, "200 OK - Disconnecting\nSessão encerrada.".into()),
        ],
        "ifsc" => vec![
            (S, "Digite seu apelido".into()),
            (C, "ana".into()),
            (S, "Erro 01: Esse apelido já está em uso".into()),
            (S, "Digite seu apelido".into()),
            (C, "bia".into()),
            (S, "Bem Vindo bia! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos".into()),
            (S, "ana Está online \n".into()),
            (C, ":bom dia".into()),
            (S, "bia: :bom dia".into()),
            (C, "ana:oi".into()),
            (S, "Mensagem Enviada".into()),
            (S, "Mensagem recebida de ana: oi, bia".into()),
            (C, "caio:oi".into()),
            (S, "Erro 02: Destino de mensagem privada não existe".into()),
            (C, "{quit}".into()),
            (S, "{quit}".into()),
        ],
        "redes2023" => vec![
            (C, header("oi")),
            (S, "Msg received".into()),
            (C, format!("{}{}", header("um"), header("dois"))),
            (S, "Msg received".into()),
            (C, header(":D")),
        ],
        "eco" => vec![
            (C, "oi".into()),
            (S, "Servidor recebeu: oi".into()),
            (C, "Sair".into()),
            (S, "Conexão encerrada.".into()),
        ],
        _ => vec![
            (S, "alias?".into()),
            (C, "ana".into()),
            (S, "ana esta conectado ao chat".into()),
            (S, "Voce esta conectado ao servidor!".into()),
            (C, "ana: oi".into()),
            (S, "ana: oi".into()),
            (S, "bia esta conectado ao chat".into()),
            (S, "bia: olá".into()),
            (S, "bia acabou de sair do chat!".into()),
        ],
    };
    said.into_iter()
        .map(|(from, text)| (from, text.into_bytes()))
        .collect()
}

/// The capture of a good session at the dialect's port.
pub(crate) fn good_capture(dialect: &str, port: u16) -> Vec<u8> {
    let said = good(dialect);
    let segments: Vec<_> = said.iter().map(|(from, bytes)| (*from, &**bytes)).collect();
    session(port, &segments)
}

/// Whether tshark is there; says so if not.
pub(crate) fn has_tshark() -> bool {
    let found = std::process::Command::new("tshark")
        .arg("-v")
        .output()
        .is_ok();
    if !found {
        eprintln!("SKIPPED: tshark is not installed");
    }
    found
}
