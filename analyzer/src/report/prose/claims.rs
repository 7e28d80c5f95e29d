//! A report's claims, judged, in words.

use protocol::lang::Lang;
use protocol::quote::visible;

use super::super::page::{Line, Page, Tone, code, strong, text};
use super::Words;
use crate::analysis::Analysis;
use crate::answers::claims::{Checked, Claim, Truth};

/// Each claim with what the capture says to it.
#[must_use]
pub fn claims(analysis: &Analysis<'_>, checked: &[Checked], lang: Lang) -> Page {
    let mut page = Page::default();
    let words = Words { lang, analysis };
    words.title(&mut page);
    page.heading(words.pick(["As afirmações do relatório", "The claims of the report"]));
    for one in checked {
        let tone = match one.truth {
            Truth::True => Tone::Good,
            Truth::False => Tone::Bad,
            Truth::Undecidable => Tone::Warning,
        };
        page.toned(tone, words.judged(one));
    }
    let count = |truth| checked.iter().filter(|one| one.truth == truth).count();
    page.paragraph(words.say(
        [
            "{} verdadeiras, {} falsas, {} não decidíveis por esta captura.",
            "{} true, {} false, {} not decidable from this capture.",
        ],
        [Truth::True, Truth::False, Truth::Undecidable].map(|truth| code(count(truth))),
    ));
    page
}

impl Words<'_> {
    fn judged(&self, one: &Checked) -> Line {
        let mut line = self.claim(&one.claim);
        let verdict = self.pick(match one.truth {
            Truth::True => ["verdadeiro", "true"],
            Truth::False => ["falso", "false"],
            Truth::Undecidable => ["não se pode decidir", "not decidable"],
        });
        line.extend([text(": "), strong(verdict), text(".")]);
        if !one.shown.is_empty() {
            line.extend(self.say(
                [" O arquivo mostra {}.", " The file shows {}."],
                [code(&one.shown)],
            ));
        }
        line
    }

    fn claim(&self, claim: &Claim) -> Line {
        match claim {
            Claim::Server(address) => self.say(
                ["O servidor é {}", "The server is {}"],
                [code(visible(address))],
            ),
            Claim::Transport(name) => self.say(
                ["O transporte é {}", "The transport is {}"],
                [code(visible(name))],
            ),
            Claim::Clients(count) => {
                self.say(["Há {} clientes", "There are {} clients"], [code(count)])
            }
            Claim::Client(address) => self.say(
                ["Há um cliente em {}", "There is a client at {}"],
                [code(visible(address))],
            ),
            Claim::Handshake(client, frames) => {
                let numbers: Vec<_> = frames.iter().map(u64::to_string).collect();
                self.say(
                    [
                        "O handshake de {} está nos quadros {}",
                        "The handshake of {} is in frames {}",
                    ],
                    [code(visible(client)), code(numbers.join(", "))],
                )
            }
            Claim::Layer(frame, layer) => self.say(
                ["O quadro {} tem a camada {}", "Frame {} has the layer {}"],
                [code(frame), code(visible(layer))],
            ),
            Claim::Length(frame, length) => self.say(
                ["O quadro {} tem {} bytes", "Frame {} has {} bytes"],
                [code(frame), code(length)],
            ),
        }
    }
}
