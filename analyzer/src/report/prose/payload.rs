//! E: does the payload correspond to the protocol?

use protocol::quote::quote_capped;

use super::super::page::{Page, Tone, code, strong, text};
use super::Words;
use super::application::SHOWN;
use crate::answers::{Answers, Example, Verdict};
use crate::choice::Chat;
use crate::finding::{Severity, rule_of};

impl Words<'_> {
    pub(super) fn payload(&self, page: &mut Page, chat: &Chat<'_>, answers: &Answers) {
        page.heading(self.pick([
            "E. O payload corresponde ao que o protocolo espera?",
            "E. Does the payload correspond to what the protocol expects?",
        ]));
        let payload = &answers.payload;
        self.answer(page, self.verdict(payload.verdict, chat));
        if payload.verdict == Verdict::NoPayload {
            self.limit(
                page,
                self.say(
                    [
                        "Nenhum segmento traz dados. Capture enquanto os clientes conversam.",
                        "No segment carries data. Capture while the clients are talking.",
                    ],
                    [],
                ),
            );
            return;
        }
        self.examples(page, payload.request.as_ref(), payload.reply.as_ref());
        self.passage(page, chat, payload.request.as_ref());
        self.messages(page, chat);
        self.findings(page, chat);
    }

    fn verdict(&self, verdict: Verdict, chat: &Chat<'_>) -> Vec<super::Span> {
        let count = |severity| {
            chat.findings
                .iter()
                .filter(|one| one.severity == severity)
                .count()
        };
        match verdict {
            Verdict::Conforms => self.say(
                [
                    "{} Cada mensagem tem a forma que «{}» descreve, e cada pedido tem a sua resposta.",
                    "{} Each message has the form that «{}» describes, and each request its reply.",
                ],
                [strong(self.pick(["Sim.", "Yes."])), text(&chat.dialect.document)],
            ),
            Verdict::ConformsWithWarnings => self.say(
                match count(Severity::Warning) {
                    1 => [
                        "{} Nada contradiz «{}», mas há {} ponto que não está ao pé da letra.",
                        "{} Nothing is against «{}», but {} point is not to the letter.",
                    ],
                    _ => [
                        "{} Nada contradiz «{}», mas há {} pontos que não estão ao pé da letra.",
                        "{} Nothing is against «{}», but {} points are not to the letter.",
                    ],
                },
                [strong(self.pick(["Sim, com ressalvas.", "Yes, with reservations."])), text(&chat.dialect.document), code(count(Severity::Warning))],
            ),
            Verdict::Departs => self.say(
                match count(Severity::Fault) {
                    1 => [
                        "{} Há {} ponto contra «{}», mostrado abaixo.",
                        "{} {} point is against «{}»; it is shown below.",
                    ],
                    _ => [
                        "{} Há {} pontos contra «{}», listados abaixo.",
                        "{} {} points are against «{}»; they are listed below.",
                    ],
                },
                [strong(self.pick(["Não em tudo.", "Not in everything."])), code(count(Severity::Fault)), text(&chat.dialect.document)],
            ),
            Verdict::NoPayload => self.say(
                ["{} Não há payload nesta captura.", "{} There is no payload in this capture."],
                [strong(self.pick(["Não se pode dizer.", "It cannot be said."]))],
            ),
        }
    }

    fn examples(&self, page: &mut Page, request: Option<&Example>, reply: Option<&Example>) {
        if let Some(request) = request {
            self.justification(
                page,
                self.say(
                    [
                        "Um pedido, no {}: o cliente {} envia {} ({}, {} bytes).",
                        "A request, in {}: the client {} sends {} ({}, {} bytes).",
                    ],
                    [
                        text(self.frames(&request.evidence.frames)),
                        code(request.client),
                        code(quote_capped(&request.text, SHOWN).lang(self.lang)),
                        text(self.kind(request.kind)),
                        code(request.text.len()),
                    ],
                ),
            );
            self.evidence(page, ["o pedido,", "the request,"], &request.evidence);
        }
        match reply {
            Some(reply) => {
                page.paragraph(self.say(
                    [
                        "Sua resposta, no {}: {} ({}, {} bytes).",
                        "Its reply, in {}: {} ({}, {} bytes).",
                    ],
                    [
                        text(self.frames(&reply.evidence.frames)),
                        code(quote_capped(&reply.text, SHOWN).lang(self.lang)),
                        text(self.kind(reply.kind)),
                        code(reply.text.len()),
                    ],
                ));
                self.evidence(page, ["a resposta,", "the reply,"], &reply.evidence);
            }
            None if request.is_some() => page.paragraph(self.say(
                [
                    "Nenhum pedido tem resposta nesta captura.",
                    "No request has a reply in this capture.",
                ],
                [],
            )),
            None => page.toned(
                Tone::Warning,
                self.say(
                    [
                        "Nenhum cliente envia dados nesta captura.",
                        "No client sends data in this capture.",
                    ],
                    [],
                ),
            ),
        }
    }

    /// What the document says of the request.
    fn passage(&self, page: &mut Page, chat: &Chat<'_>, request: Option<&Example>) {
        let rule = request.and_then(|request| chat.dialect.rule(rule_of(request.kind)?));
        let Some(rule) = rule else { return };
        let words = self.lang.pick([rule.pt.as_str(), rule.en.as_str()]);
        let place = match rule.section.as_str() {
            "" => format!("«{}»", chat.dialect.document),
            section => format!("«{}», {section}", chat.dialect.document),
        };
        page.paragraph(self.say(
            [
                "O que o documento diz ({}): {}",
                "What the document says ({}): {}",
            ],
            [text(place), text(words)],
        ));
    }
}
