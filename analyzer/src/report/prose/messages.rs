//! E: every message, in the order of the capture.

use protocol::message::Direction;
use protocol::quote::quote_capped;

use super::super::page::{Page, cell, code, text};
use super::Words;
use crate::choice::Chat;

/// Messages that are listed; the others are counted.
const LISTED: usize = 100;

/// Bytes of each message that are shown.
const SHOWN: usize = 60;

impl Words<'_> {
    pub(super) fn messages(&self, page: &mut Page, chat: &Chat<'_>) {
        let all = chat.messages();
        page.paragraph(self.say(
            [
                "As mensagens, na ordem da captura:",
                "The messages, in the order of the capture:",
            ],
            [],
        ));
        let several = chat.members.len() > 1;
        let row = |(member, message): &(&crate::choice::Member, &crate::dissect::Message)| {
            let stream = member.stream(&self.analysis.survey, message.direction);
            let bytes = stream
                .map(|stream| message.text(stream))
                .unwrap_or_default();
            let numbers: Vec<_> = message.frames.iter().take(3).map(u64::to_string).collect();
            let way = match several {
                false => vec![text(self.way(message.direction))],
                true => vec![
                    code(format!(":{}", member.client.port())),
                    text(self.arrow(message.direction)),
                ],
            };
            vec![
                cell(numbers.join(", ")),
                self.since_start(message.time),
                way,
                vec![text(self.kind(message.kind))],
                cell(quote_capped(bytes, SHOWN).lang(self.lang)),
            ]
        };
        let head = self.lang.pick([
            ["quadro", "tempo (s)", "direção", "mensagem", "conteúdo"],
            ["frame", "time (s)", "direction", "message", "content"],
        ]);
        page.table(&head, all.iter().take(LISTED).map(row).collect());
        if all.len() > LISTED {
            page.paragraph(self.say(
                ["… e mais {} mensagens.", "… and {} more messages."],
                [code(all.len() - LISTED)],
            ));
        }
        self.tally(page);
    }

    /// The messages of the whole capture by kind, where it is too large to tell them.
    fn tally(&self, page: &mut Page) {
        let Some(tally) = &self.analysis.tally else {
            return;
        };
        page.paragraph(self.say(
            [
                "As mensagens de todas as conversas TCP do arquivo, contadas segmento a segmento pelo protocolo {}:",
                "The messages of all TCP conversations of the file, counted segment by segment by the protocol {}:",
            ],
            [code(&tally.dialect.name)],
        ));
        let ways = [Direction::ToServer, Direction::ToClient];
        let rows = ways.into_iter().flat_map(|direction| {
            let counts = tally.counts[direction as usize].iter();
            counts.map(move |(kind, count)| {
                vec![vec![text(self.way(direction))], cell(kind), cell(count)]
            })
        });
        let head = self.lang.pick([
            ["direção", "mensagem", "quantas"],
            ["direction", "message", "how many"],
        ]);
        page.table(&head, rows.collect());
    }
}
