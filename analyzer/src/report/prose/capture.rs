//! The file: what it holds, and where reading stopped.

use protocol::quote::visible;

use super::super::page::{Line, Page, Tone, code, text};
use super::{Words, count, seconds};
use crate::capture::{Interface, LinkType, StopReason};
use crate::conversation::EventKind;
use crate::segment::Unread;

impl Words<'_> {
    pub(super) fn capture(&self, page: &mut Page) {
        let facts = &self.analysis.survey.capture;
        page.heading(self.pick(["A captura", "The capture"]));
        let frames = count(
            facts.frames,
            self.lang.pick([["quadro", "quadros"], ["frame", "frames"]]),
        );
        let span = facts.latest.zip(facts.earliest);
        let span = span.and_then(|(latest, earliest)| latest.checked_sub(earliest));
        let tcp = count(
            facts.tcp,
            self.lang.pick([
                ["segmento TCP", "segmentos TCP"],
                ["TCP segment", "TCP segments"],
            ]),
        );
        let udp = count(
            facts.udp,
            self.lang.pick([
                ["datagrama UDP", "datagramas UDP"],
                ["UDP datagram", "UDP datagrams"],
            ]),
        );
        page.paragraph(self.say(
            ["{} em {} s: {}, {}.", "{} in {} s: {}, {}."],
            [
                text(frames),
                code(seconds(span.unwrap_or_default())),
                text(tcp),
                text(udp),
            ],
        ));
        let interfaces = &facts.description.interfaces;
        page.list(
            interfaces
                .iter()
                .enumerate()
                .map(|(at, one)| self.interface(at, one))
                .collect(),
        );
        self.losses(page);
        self.rest(page);
        self.stopped(page);
    }

    fn interface(&self, at: usize, one: &Interface) -> Line {
        let mut line = self.say(
            [
                "Interface {}: tipo de enlace {}",
                "Interface {}: link type {}",
            ],
            [code(at), code(one.link)],
        );
        if let Some(name) = one.name.as_deref().or(one.description.as_deref()) {
            line.extend([text(", "), code(visible(name))]);
        }
        if let Some(filter) = &one.filter {
            line.extend(self.say(
                [
                    ", filtro de captura {} (o que ele exclui não está no arquivo)",
                    ", capture filter {} (what it excludes is not in the file)",
                ],
                [code(visible(filter))],
            ));
        }
        line
    }

    fn losses(&self, page: &mut Page) {
        let facts = &self.analysis.survey.capture;
        let lost = facts.description.frames_lost();
        if lost > 0 {
            page.toned(
                Tone::Warning,
                self.say(
                    [
                        "A própria captura diz que perdeu {} quadros.",
                        "The capture itself says that it lost {} frames.",
                    ],
                    [code(lost)],
                ),
            );
        }
        let unread: u64 = facts.unread.values().sum();
        if unread > 0 {
            page.paragraph(self.say(
                [
                    "Em {} quadros não há TCP nem UDP legível.",
                    "In {} frames there is no TCP or UDP that can be read.",
                ],
                [code(unread)],
            ));
        }
        for (reason, frames) in &facts.unread {
            if let Unread::LinkType(link) = reason {
                self.unread_link(page, *link, *frames);
            }
        }
    }

    /// Frames in which nothing is looked for, because nothing is known of what they begin with.
    fn unread_link(&self, page: &mut Page, link: LinkType, frames: u64) {
        let name = link
            .name()
            .map_or_else(String::new, |name| format!(" ({name})"));
        page.toned(
            Tone::Warning,
            self.say(
                [
                    "Tipo de enlace {}{} não lido: {}. O que levam não está neste relatório.",
                    "Link type {}{} not read: {}. What they carry is not in this report.",
                ],
                [
                    code(link.0),
                    text(name),
                    text(count(
                        frames,
                        self.lang.pick([["quadro", "quadros"], ["frame", "frames"]]),
                    )),
                ],
            ),
        );
    }

    /// What is in the file and not told one by one, and how to see it.
    fn rest(&self, page: &mut Page) {
        let rest = &self.analysis.survey.rest;
        if rest.conversations > 0 {
            page.paragraph(self.say(
                [
                    "As primeiras {} conversas TCP são contadas uma a uma; das outras {} ({} quadros) ficam as somas: {} com os três passos da abertura, {} que não se abriram, {} fechadas com FIN, {} com RST; {} retransmissões, {} segmentos fora de ordem, {} lacunas. Para ver uma delas por inteiro: {}.",
                    "The first {} TCP conversations are told one by one; of the other {} ({} frames) there are the sums: {} with all three steps of the handshake, {} that never opened, {} closed with FIN, {} with RST; {} retransmissions, {} segments out of order, {} gaps. To see one of them in full: {}.",
                ],
                [
                    code(self.analysis.survey.conversations.len()),
                    code(rest.conversations),
                    code(rest.frames),
                    code(rest.complete),
                    code(rest.failed),
                    code(rest.closed),
                    code(rest.reset),
                    code(rest.total(EventKind::Retransmission)),
                    code(rest.total(EventKind::OutOfOrder)),
                    code(rest.total(EventKind::Gap)),
                    code("--stream N"),
                ],
            ));
        }
        if rest.left_open > 0 {
            page.paragraph(self.say(
                [
                    "{} delas foram contadas antes de acabar, porque havia conversas abertas demais ao mesmo tempo; o que veio depois de uma delas conta como outra.",
                    "{} of them were counted before they ended, because too many were open at a time; what came of one later counts as another.",
                ],
                [code(rest.left_open)],
            ));
        }
        let dropped = self.analysis.survey.dropped();
        if dropped > 0 {
            page.paragraph(self.say(
                [
                    "De {} bytes de payload não se guardou o conteúdo; {} muda o limite.",
                    "The content of {} bytes of payload was not kept; {} changes the limit.",
                ],
                [code(dropped), code("--max-payload MIB")],
            ));
        }
    }

    fn stopped(&self, page: &mut Page) {
        let Some(stopped) = &self.analysis.survey.capture.stopped else {
            return;
        };
        page.toned(Tone::Bad, self.say(
            [
                "A leitura parou depois do quadro {} (byte {}): {}. Tudo o que vem antes está neste relatório.",
                "Reading stopped after frame {} (byte {}): {}. Everything before it is in this report.",
            ],
            [code(stopped.frames), code(stopped.offset), text(self.reason(&stopped.reason))],
        ));
    }

    fn reason(&self, reason: &StopReason) -> String {
        let english = reason.to_string();
        let portuguese = match reason {
            StopReason::Cut { expected, found } => format!(
                "o arquivo está cortado: há {found} de {expected} bytes do próximo registro"
            ),
            StopReason::CutCompressed => "os dados comprimidos terminam antes da hora".to_owned(),
            StopReason::DamagedCompressed(_) => "os dados comprimidos estão danificados".to_owned(),
            StopReason::Unreadable(words) => format!("a leitura falhou: {}", visible(words)),
            StopReason::FrameTooLong(length) => {
                format!("um quadro diz ter {length} bytes, mais do que qualquer quadro tem")
            }
            StopReason::BlockTooLong(length) => {
                format!("um bloco diz ter {length} bytes, mais do que qualquer bloco tem")
            }
            StopReason::BlockTooShort(length) => format!("um bloco diz ter só {length} bytes"),
            StopReason::BlockNotAligned(length) => {
                format!("o tamanho de bloco {length} não é múltiplo de 4")
            }
            StopReason::BlockLengthsDiffer(first, last) => {
                format!("um bloco tem tamanho {first} no início e {last} no fim")
            }
            StopReason::FrameExceedsBlock(length) => {
                format!("um quadro de {length} bytes não cabe no seu bloco")
            }
            StopReason::UnknownInterface { named, known } => {
                format!("um quadro indica a interface {named}, e o arquivo descreve {known}")
            }
            StopReason::UnknownByteOrder(mark) => {
                format!("uma seção começa com {mark:#010x}, que não é ordem de bytes")
            }
            StopReason::UnknownVersion(major, minor) => {
                format!("a versão {major}.{minor} do formato é desconhecida")
            }
        };
        self.lang.pick([portuguese, visible(&english)])
    }
}
