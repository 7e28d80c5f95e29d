//! F: how the payload is wrapped, layer by layer.

use protocol::quote::quote_capped;

use super::super::page::{self, Block, Line, Page, code, strong, text};
use super::Words;
use super::application::SHOWN;
use crate::answers::{Absent, Answers, Encapsulation, LayerShown};
use crate::segment::LayerKind;

impl Words<'_> {
    pub(super) fn encapsulation(&self, page: &mut Page, answers: &Answers) {
        page.heading(self.pick([
            "F. Como o payload está encapsulado, camada por camada?",
            "F. How is the payload encapsulated, layer by layer?",
        ]));
        if answers.encapsulation.is_empty() {
            self.answer(
                page,
                self.say(
                    [
                        "Não há nenhum quadro com payload para mostrar.",
                        "There is no frame with payload to show.",
                    ],
                    [],
                ),
            );
            return;
        }
        for one in &answers.encapsulation {
            self.wrapped(page, one);
        }
        if answers
            .encapsulation
            .iter()
            .any(|one| one.absent.contains(&Absent::EthernetOnLoopback))
        {
            self.limit(page, self.say(
                [
                    "Para ver um cabeçalho Ethernet, capture na interface Ethernet ou Wi-Fi, com o cliente em outra máquina. O FCS não aparece nem ali: a placa de rede o confere e descarta.",
                    "To see an Ethernet header, capture on the Ethernet or Wi-Fi interface, with the client on another host. The FCS does not show even there: the network card checks and drops it.",
                ],
                [],
            ));
        }
    }

    fn wrapped(&self, page: &mut Page, one: &Encapsulation) {
        let chain: Vec<_> = one
            .layers
            .iter()
            .map(|layer| format!("{} ({})", self.short(layer.kind), layer.range.len()))
            .collect();
        self.answer(
            page,
            self.say(
                [
                    "No quadro {}, de {} bytes, de fora para dentro: {}.",
                    "In frame {}, of {} bytes, from the outside in: {}.",
                ],
                [code(one.frame), code(one.length), strong(chain.join(" › "))],
            ),
        );
        let headers: usize = one
            .layers
            .iter()
            .filter(|layer| !matches!(layer.kind, LayerKind::Payload | LayerKind::Trailer))
            .map(|layer| layer.range.len())
            .sum();
        let payload = one
            .layers
            .iter()
            .find(|layer| layer.kind == LayerKind::Payload);
        if let Some(payload) = payload {
            self.justification(page, self.say(
                [
                    "Cada camada leva a seguinte como dados: {} bytes de cabeçalhos para {} bytes da aplicação, {}. O tamanho total no cabeçalho IP é o que diz onde o payload acaba.",
                    "Each layer carries the next as its data: {} bytes of headers for {} bytes of the application, {}. The total length in the IP header says where the payload ends.",
                ],
                [code(headers), code(payload.bytes.len()), code(quote_capped(&payload.bytes, SHOWN).lang(self.lang))],
            ));
        }
        page.list(
            one.absent
                .iter()
                .map(|absent| self.absent(*absent))
                .collect(),
        );
        self.evidence(page, ["", ""], &one.evidence);
        let layers = one
            .layers
            .iter()
            .map(|layer| self.layer_view(layer))
            .collect();
        page.blocks.push(Block::Layers(layers));
        self.checksums(page, one);
    }

    /// The name of a layer in a chain.
    fn short(&self, kind: LayerKind) -> String {
        match kind {
            LayerKind::Null | LayerKind::Loop => "Null/Loopback".to_owned(),
            LayerKind::Payload => "payload".to_owned(),
            LayerKind::Trailer => self.pick(["enchimento", "padding"]).to_owned(),
            kind => self.layer(kind),
        }
    }

    fn layer_view(&self, layer: &LayerShown) -> page::Layer {
        let last = layer.range.end.saturating_sub(1);
        let title = format!(
            "{} · bytes {}–{last} ({})",
            self.layer(layer.kind),
            layer.range.start,
            layer.range.len()
        );
        page::Layer {
            kind: layer.kind,
            title,
            range: layer.range.clone(),
            bytes: layer.bytes.clone(),
            facts: layer
                .facts
                .iter()
                .map(|fact| (fact.field.to_owned(), fact.value.clone()))
                .collect(),
        }
    }

    fn absent(&self, absent: Absent) -> Line {
        self.say(
            match absent {
                Absent::LinkLayer => ["Não há camada de enlace no arquivo: o quadro começa no IP.", "There is no link layer in the file: the frame begins with IP."],
                Absent::EthernetOnLoopback => ["Não há cabeçalho Ethernet: é uma interface de loopback, e só 4 bytes (a família de endereços) vêm antes do IP.", "There is no Ethernet header: it is a loopback interface, and only 4 bytes (the address family) come before IP."],
                Absent::EthernetOnAny => ["Não há cabeçalho Ethernet: a captura no dispositivo «any» do Linux o troca pelo seu próprio.", "There is no Ethernet header: a capture on Linux's «any» device replaces it with its own."],
                Absent::FrameCheckSequence => ["Não há FCS (a verificação no fim do quadro) no arquivo.", "There is no FCS (the check at the end of the frame) in the file."],
                Absent::Rest => ["O fim do quadro não está no arquivo: a captura guardou menos bytes do que passaram.", "The end of the frame is not in the file: the capture kept fewer bytes than there were."],
            },
            [],
        )
    }

    /// A checksum of zero is no fault.
    fn checksums(&self, page: &mut Page, one: &Encapsulation) {
        let is_zero = |layer: &&LayerShown| {
            layer
                .facts
                .iter()
                .any(|fact| fact.field.ends_with(".checksum") && fact.value == "0x0000")
        };
        let names: Vec<_> = one
            .layers
            .iter()
            .filter(is_zero)
            .map(|layer| self.short(layer.kind))
            .collect();
        if !names.is_empty() {
            page.paragraph(self.say(
                [
                    "A soma de verificação de {} é 0: não foi preenchida pelo sistema (offload), o que não é erro.",
                    "The checksum of {} is 0: the system did not fill it in (offload), which is no fault.",
                ],
                [text(names.join(", "))],
            ));
        }
    }
}
