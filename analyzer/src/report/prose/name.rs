//! Names of things: kinds of messages, layers, openings, closings.

use protocol::message::{CommandKind, Direction};

use super::Words;
use crate::conversation::{Closing, EventKind, Opening};
use crate::dissect::MessageKind;
use crate::segment::LayerKind;

impl Words<'_> {
    pub(super) fn kind(&self, kind: MessageKind) -> &'static str {
        self.lang.pick(kind_words(kind))
    }

    pub(super) fn opening(&self, opening: Opening) -> &'static str {
        self.lang.pick(opening_words(opening))
    }

    pub(super) fn closing(&self, closing: Closing) -> &'static str {
        self.lang.pick(closing_words(closing))
    }

    pub(super) fn event(&self, event: EventKind) -> &'static str {
        self.lang.pick(event_words(event))
    }

    pub(super) fn layer(&self, kind: LayerKind) -> String {
        match layer_words(kind) {
            Some(words) => self.lang.pick(words).to_owned(),
            None => layer_name(kind),
        }
    }

    /// The same behind the client's port.
    pub(super) fn arrow(&self, direction: Direction) -> &'static str {
        self.lang.pick(match direction {
            Direction::ToServer => [" → servidor", " → server"],
            Direction::ToClient => [" ← servidor", " ← server"],
        })
    }

    /// `client → server`.
    pub(super) fn way(&self, direction: Direction) -> &'static str {
        self.lang.pick(match direction {
            Direction::ToServer => ["cliente → servidor", "client → server"],
            Direction::ToClient => ["servidor → cliente", "server → client"],
        })
    }
}

fn kind_words(kind: MessageKind) -> [&'static str; 2] {
    match kind {
        MessageKind::Request(CommandKind::Join) => ["entrada (apelido)", "joining (nickname)"],
        MessageKind::Request(CommandKind::Say) => ["mensagem pública", "public message"],
        MessageKind::Request(CommandKind::Tell) => ["mensagem privada", "private message"],
        MessageKind::Request(CommandKind::List) => ["pedido da lista", "request for the list"],
        MessageKind::Request(CommandKind::Quit) => ["saída", "leaving"],
        MessageKind::Malformed(_) => ["comando malformado", "malformed command"],
        MessageKind::UnknownRequest => ["comando desconhecido", "unknown command"],
        MessageKind::Unrecognised => ["bytes não reconhecidos", "unrecognised bytes"],
        MessageKind::Reply(kind) => kind.words(),
    }
}

fn opening_words(opening: Opening) -> [&'static str; 2] {
    match opening {
        Opening::Complete => [
            "handshake completo em três segmentos",
            "complete three-way handshake",
        ],
        Opening::AckNotCaptured => [
            "SYN e SYN-ACK; o ACK não está na captura",
            "SYN and SYN-ACK; the ACK is not in the capture",
        ],
        Opening::HalfOpen => [
            "SYN e SYN-ACK, sem resposta do cliente",
            "SYN and SYN-ACK, never answered by the client",
        ],
        Opening::Abandoned => [
            "SYN e SYN-ACK, e o cliente deu reset",
            "SYN and SYN-ACK, then a reset by the client",
        ],
        Opening::Simultaneous => ["abertura simultânea", "simultaneous open"],
        Opening::Split => ["handshake dividido em quatro", "split handshake"],
        Opening::Refused => ["recusada com reset", "refused with a reset"],
        Opening::Unanswered => ["SYN sem resposta", "SYN never answered"],
        Opening::SynAckNotCaptured => [
            "SYN; o SYN-ACK não está na captura",
            "SYN; the SYN-ACK is not in the capture",
        ],
        Opening::FromSynAck => [
            "a captura começa entre o SYN e o SYN-ACK",
            "the capture begins between SYN and SYN-ACK",
        ],
        Opening::Underway => [
            "a conexão já existia quando a captura começou",
            "the connection was under way when the capture began",
        ],
    }
}

fn closing_words(closing: Closing) -> [&'static str; 2] {
    match closing {
        Closing::Open => [
            "sem FIN nem RST na captura",
            "no FIN and no RST in the capture",
        ],
        Closing::HalfClosed(_) => [
            "um só FIN: a outra direção seguia aberta",
            "one FIN only: the other direction was still open",
        ],
        Closing::Fin(_) => ["FIN e ACK em cada direção", "FIN and ACK in each direction"],
        Closing::ThreeSegments(_) => ["FIN, FIN-ACK, ACK", "FIN, FIN-ACK, ACK"],
        Closing::Simultaneous => [
            "FIN dos dois lados ao mesmo tempo",
            "FIN from both sides at once",
        ],
        Closing::Reset(_) => ["RST", "RST"],
        Closing::ResetAfterFin(_) => ["RST depois de um FIN", "RST after a FIN"],
    }
}

fn event_words(event: EventKind) -> [&'static str; 2] {
    match event {
        EventKind::SynRepeated => ["SYN repetido", "repeated SYN"],
        EventKind::SynAckRepeated => ["SYN-ACK repetido", "repeated SYN-ACK"],
        EventKind::SynAckDiffers => [
            "SYN-ACK com outro número inicial",
            "SYN-ACK with another initial number",
        ],
        EventKind::FinRepeated => ["FIN repetido", "repeated FIN"],
        EventKind::Retransmission => ["retransmissão", "retransmission"],
        EventKind::CapturedTwice => ["quadro capturado duas vezes", "frame captured twice"],
        EventKind::Gap => ["bytes que faltam", "missing bytes"],
        EventKind::OutOfOrder => ["fora de ordem", "out of order"],
        EventKind::GapFilled => ["lacuna preenchida", "gap filled"],
        EventKind::LostAcknowledged => [
            "perdido pela captura, não pela rede",
            "lost by the capture, not by the network",
        ],
        EventKind::AckOfUnseen => [
            "ACK de bytes que a captura não tem",
            "ACK of bytes that the capture lacks",
        ],
        EventKind::Overlap => ["sobreposição", "overlap"],
        EventKind::DuplicateAck => ["ACK duplicado", "duplicate ACK"],
        EventKind::ZeroWindow => ["janela zero", "zero window"],
        EventKind::WindowOpened => ["janela reaberta", "window opened"],
        EventKind::ZeroWindowProbe => ["sonda de janela zero", "zero-window probe"],
        EventKind::KeepAlive => ["keep-alive", "keep-alive"],
        EventKind::KeepAliveAck => ["resposta ao keep-alive", "answer to a keep-alive"],
        EventKind::Wrapped => [
            "números de sequência deram a volta",
            "sequence numbers wrapped",
        ],
        EventKind::DataAfterFin => ["dados depois do FIN", "data after FIN"],
    }
}

/// What has a name of its own in each language.
fn layer_words(kind: LayerKind) -> Option<[&'static str; 2]> {
    Some(match kind {
        LayerKind::Null => [
            "Null/Loopback (família de endereços)",
            "Null/Loopback (address family)",
        ],
        LayerKind::Loop => [
            "Loopback (família de endereços)",
            "Loopback (address family)",
        ],
        LayerKind::Payload => ["Payload (aplicação)", "Payload (application)"],
        LayerKind::Trailer => [
            "Bytes depois do pacote IP (enchimento)",
            "Bytes after the IP packet (padding)",
        ],
        LayerKind::Unread => ["Não lido", "Not read"],
        LayerKind::Fragment => ["Fragmento IP", "IP fragment"],
        _ => return None,
    })
}

fn layer_name(kind: LayerKind) -> String {
    let name = match kind {
        LayerKind::Ethernet => "Ethernet II",
        LayerKind::Vlan => "VLAN (802.1Q)",
        LayerKind::LinuxCooked => "Linux cooked (SLL)",
        LayerKind::LinuxCooked2 => "Linux cooked (SLL2)",
        LayerKind::Radiotap => "Radiotap",
        LayerKind::Wifi => "IEEE 802.11",
        LayerKind::Subframe => "A-MSDU",
        LayerKind::Llc => "LLC",
        LayerKind::Ppp => "PPP",
        LayerKind::Pppoe => "PPPoE",
        LayerKind::Mpls => "MPLS",
        LayerKind::Gre => "GRE",
        LayerKind::EtherIp => "EtherIP",
        LayerKind::Vxlan => "VXLAN",
        LayerKind::Geneve => "Geneve",
        LayerKind::Ipv4 => "IPv4",
        LayerKind::Ipv6 => "IPv6",
        LayerKind::Tcp => "TCP",
        LayerKind::Udp => "UDP",
        LayerKind::Icmp => "ICMP",
        LayerKind::Tag => "Tag",
        LayerKind::L2tp => "L2TP",
        LayerKind::Gtp => "GTP",
        LayerKind::Teredo => "Teredo",
        LayerKind::Extension(number) => return format!("IPv6 extension {number}"),
        LayerKind::Link(link) => return link.to_string(),
        LayerKind::Null
        | LayerKind::Loop
        | LayerKind::Payload
        | LayerKind::Trailer
        | LayerKind::Unread
        | LayerKind::Fragment => "",
    };
    name.to_owned()
}
