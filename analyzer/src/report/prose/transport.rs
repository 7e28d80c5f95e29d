//! C: the transport protocol, and how it shows.

use super::super::page::{Line, Page, cell, code, strong, text};
use super::{Words, seconds};
use crate::answers::{Answers, Connection};
use crate::conversation::{Basis, Closing, Opening, Syn};

/// Connections that are told one by one; of the others the evidence is enough.
const TOLD: usize = 8;

impl Words<'_> {
    pub(super) fn transport(&self, page: &mut Page, answers: &Answers) {
        page.heading(self.pick([
            "C. Qual é o protocolo de transporte, TCP ou UDP, e como se vê isso?",
            "C. What is the transport protocol, TCP or UDP, and how does it show?",
        ]));
        self.answer(page, self.say(["{}.", "{}."], [strong("TCP")]));
        self.justification(page, self.say(
            [
                "O campo de protocolo do cabeçalho IP é 6 ({}), e o cabeçalho seguinte tem flags e números de sequência e de confirmação, que o UDP não tem. A conexão se abre com três segmentos (SYN, SYN-ACK, ACK); cada ACK é o número do próximo byte esperado, e o SYN conta como um byte.",
                "The protocol field of the IP header is 6 ({}), and the header behind it has flags, sequence and acknowledgement numbers, which UDP lacks. The connection opens with three segments (SYN, SYN-ACK, ACK); each ACK is the number of the next byte expected, and the SYN counts as one byte.",
            ],
            [code("ip.proto == 6")],
        ));
        for connection in answers.connections.iter().take(TOLD) {
            self.connection(page, connection);
        }
        if answers.connections.len() > TOLD {
            page.paragraph(self.say(
                ["… e mais {} conexões.", "… and {} more connections."],
                [code(answers.connections.len() - TOLD)],
            ));
        }
        let no_syn = answers
            .connections
            .iter()
            .any(|one| one.handshake.syn.is_none());
        if no_syn {
            self.limit(page, self.say(
                [
                    "Falta o início de pelo menos uma conexão: comece a captura antes de conectar o cliente.",
                    "The beginning of at least one connection is missing: begin the capture before the client connects.",
                ],
                [],
            ));
        }
    }

    fn connection(&self, page: &mut Page, one: &Connection) {
        page.paragraph(self.say(
            ["Conexão {} → {}: {}.", "Connection {} → {}: {}."],
            [
                code(one.client),
                code(one.server),
                text(self.opening(one.opening)),
            ],
        ));
        self.handshake(page, one);
        let mut items = Vec::new();
        if let Some(rtt) = one
            .handshake
            .rtt()
            .filter(|_| one.opening == Opening::Complete)
        {
            items.push(self.say(
                [
                    "Do SYN ao ACK passaram {} s (ida e volta).",
                    "From SYN to ACK {} s passed (round trip).",
                ],
                [code(seconds(rtt))],
            ));
        }
        items.extend(self.assumption(one));
        items.extend(self.fast_open(one));
        items.push(self.ending(one));
        items.extend(self.half_close(one));
        items.extend(self.differing(one));
        items.extend(self.troubles(one));
        page.list(items);
        if let Some(evidence) = &one.opened {
            self.evidence(page, ["abertura,", "opening,"], evidence);
        }
        if let Some(evidence) = &one.ended {
            self.evidence(page, ["encerramento,", "teardown,"], evidence);
        }
    }

    fn handshake(&self, page: &mut Page, one: &Connection) {
        let handshake = &one.handshake;
        let syn = |syn: &Syn, flags: &str, ack: Option<u32>| -> Vec<Line> {
            vec![
                cell(syn.frame),
                self.since_start(syn.time),
                cell(flags),
                cell(syn.isn),
                ack.map_or_else(|| vec![text("–")], cell),
                cell(options(syn)),
            ]
        };
        let mut rows = Vec::new();
        rows.extend(handshake.syn.as_ref().map(|one| syn(one, "SYN", None)));
        let client_isn = handshake.syn.map(|syn| syn.isn.wrapping_add(1));
        rows.extend(
            handshake
                .syn_ack
                .as_ref()
                .map(|one| syn(one, "SYN, ACK", client_isn)),
        );
        if let (Some(ack), Some(seq), Some(server)) = (handshake.ack, client_isn, handshake.syn_ack)
        {
            rows.push(vec![
                cell(ack.frame),
                self.since_start(ack.time),
                cell("ACK"),
                cell(seq),
                cell(server.isn.wrapping_add(1)),
                vec![text("–")],
            ]);
        }
        let head = self.lang.pick([
            ["quadro", "tempo (s)", "flags", "seq", "ack", "opções TCP"],
            ["frame", "time (s)", "flags", "seq", "ack", "TCP options"],
        ]);
        page.table(&head, rows);
    }

    fn assumption(&self, one: &Connection) -> Option<Line> {
        match (one.turned, one.basis) {
            (true, _) => Some(self.say(
                [
                    "Quem é o cliente é uma suposição: a abertura não está na captura, e o que foi dito combina com esta leitura.",
                    "Who is the client is an assumption: the opening is not in the capture, and what was said fits this reading.",
                ],
                [],
            )),
            (false, Basis::SpokeFirst) => Some(self.say(
                [
                    "Quem é o cliente é uma suposição: a abertura não está na captura, e este lado aparece primeiro.",
                    "Who is the client is an assumption: the opening is not in the capture, and this side is seen first.",
                ],
                [],
            )),
            _ => None,
        }
    }

    fn ending(&self, one: &Connection) -> Line {
        let who = one.closed_by_client.map(|by_client| {
            self.pick(if by_client {
                ["cliente", "client"]
            } else {
                ["servidor", "server"]
            })
        });
        match who {
            Some(who) => self.say(
                match one.closing {
                    Closing::Reset(_) | Closing::ResetAfterFin(_) => [
                        "Encerramento: {}; quem enviou o RST foi o {}.",
                        "Teardown: {}; the RST was sent by the {}.",
                    ],
                    _ => [
                        "Encerramento: {}; quem começou foi o {}.",
                        "Teardown: {}; begun by the {}.",
                    ],
                },
                [text(self.closing(one.closing)), text(who)],
            ),
            None => self.say(
                ["Encerramento: {}.", "Teardown: {}."],
                [text(self.closing(one.closing))],
            ),
        }
    }

    fn fast_open(&self, one: &Connection) -> Option<Line> {
        one.handshake.fast_open().then(|| {
            self.say(
                [
                    "O SYN já trouxe dados (TCP Fast Open, RFC 7413).",
                    "The SYN brought data already (TCP Fast Open, RFC 7413).",
                ],
                [],
            )
        })
    }

    fn half_close(&self, one: &Connection) -> Option<Line> {
        one.half_close.then(|| {
            self.say(
                [
                    "Fechamento parcial (half-close): depois do FIN de um lado, o outro continuou a enviar.",
                    "Half-close: after one side's FIN the other went on sending.",
                ],
                [],
            )
        })
    }

    fn differing(&self, one: &Connection) -> Option<Line> {
        (one.differing > 0).then(|| {
            self.say(
                [
                    "Bytes que vieram de novo com outro conteúdo: {}×. Valem os primeiros que chegaram.",
                    "Bytes that came again with other content: {}×. Those that came first stand.",
                ],
                [code(one.differing)],
            )
        })
    }

    fn troubles(&self, one: &Connection) -> Option<Line> {
        let told: Vec<_> = one
            .troubles
            .iter()
            .map(|(kind, count)| format!("{} ({count}×)", self.event(*kind)))
            .collect();
        (!told.is_empty()).then(|| {
            self.say(
                ["No caminho: {}.", "On the way: {}."],
                [text(told.join(", "))],
            )
        })
    }
}

/// `MSS 65495, WS 8, SACK`.
fn options(syn: &Syn) -> String {
    let mut options = Vec::new();
    options.extend(syn.mss.map(|mss| format!("MSS {mss}")));
    options.extend(syn.window_scale.map(|shift| format!("WS {shift}")));
    if syn.sack {
        options.push("SACK".to_owned());
    }
    if syn.timestamps.is_some() {
        options.push("TS".to_owned());
    }
    match options.is_empty() {
        true => "–".to_owned(),
        false => options.join(", "),
    }
}
