//! A: type and version of the application.

use protocol::quote::quote_capped;

use super::super::page::{Page, code, strong, text};
use super::Words;
use crate::answers::Answers;
use crate::choice::Chat;

/// Bytes of a message that are shown in a sentence.
pub(super) const SHOWN: usize = 160;

impl Words<'_> {
    pub(super) fn application(&self, page: &mut Page, chat: &Chat<'_>, answers: &Answers) {
        page.heading(self.pick([
            "A. É possível identificar a versão ou o tipo da aplicação no servidor? Onde?",
            "A. Can the version or type of the application on the server be identified? Where?",
        ]));
        let application = &answers.application;
        let Some(first) = &application.first else {
            self.answer(
                page,
                self.say(
                    [
                        "Não: o servidor não diz nada nesta captura.",
                        "No: the server says nothing in this capture.",
                    ],
                    [],
                ),
            );
            self.limit(page, self.say(
                [
                    "Capture de novo, começando antes de o cliente conectar e até ele receber uma resposta.",
                    "Capture again, beginning before the client connects and until it has got a reply.",
                ],
                [],
            ));
            return;
        };
        let answer = match &application.version {
            Some((version, _)) => self.say(
                [
                    "O tipo, sim: um chat que fala o protocolo {} («{}»). O servidor também escreve {}, que parece uma versão.",
                    "The type, yes: a chat that speaks the protocol {} («{}»). The server also writes {}, which reads like a version.",
                ],
                [strong(&chat.dialect.name), text(&chat.dialect.document), code(version)],
            ),
            None => self.say(
                [
                    "O tipo, sim: um chat que fala o protocolo {} («{}»). Nome e versão do programa, não: nada no arquivo os diz.",
                    "The type, yes: a chat that speaks the protocol {} («{}»). Name and version of the program, no: nothing in the file says them.",
                ],
                [strong(&chat.dialect.name), text(&chat.dialect.document)],
            ),
        };
        self.answer(page, answer);
        let frames = self.frames(&first.evidence.frames);
        self.justification(page, self.say(
            [
                "Nenhum campo dos cabeçalhos TCP ou IP identifica a aplicação; a porta é só uma convenção, e o nome que o Wireshark mostra na coluna Protocol pode vir dela. O que identifica é o payload: no {} o servidor diz {} ({}).",
                "No field of the TCP or IP headers identifies the application; the port is only a convention, and the name in Wireshark's Protocol column may come from it. What identifies it is the payload: in {} the server says {} ({}).",
            ],
            [text(frames), code(quote_capped(&first.text, SHOWN).lang(self.lang)), text(self.kind(first.kind))],
        ));
        self.evidence(
            page,
            [
                "o que o servidor diz primeiro,",
                "what the server says first,",
            ],
            &first.evidence,
        );
        if let Some((_, example)) = &application.version {
            self.evidence(
                page,
                ["o que parece uma versão,", "what reads like a version,"],
                &example.evidence,
            );
        }
    }
}
