//! A line for each conversation: for captures with more of them than a report can tell.

use super::super::page::{Line, Page, cell, code, text};
use super::Words;
use crate::analysis::Analysis;
use crate::conversation::{Conversation, Direction};
use protocol::lang::Lang;

/// Conversations that are listed; the others are counted.
const LISTED: usize = 5000;

/// The capture, the chat, and every conversation in a line.
#[must_use]
pub fn summary(analysis: &Analysis<'_>, lang: Lang) -> Page {
    let mut page = Page::default();
    let words = Words { lang, analysis };
    words.title(&mut page);
    words.capture(&mut page);
    words.conversations(&mut page);
    page
}

impl Words<'_> {
    fn conversations(&self, page: &mut Page) {
        let all = &self.analysis.survey.conversations;
        page.heading(self.pick(["As conversas TCP", "The TCP conversations"]));
        let head = self.lang.pick([
            [
                "nº",
                "cliente",
                "servidor",
                "quadros",
                "bytes →",
                "bytes ←",
                "abertura",
                "fim",
                "dialeto",
            ],
            [
                "no.",
                "client",
                "server",
                "frames",
                "bytes →",
                "bytes ←",
                "opening",
                "end",
                "dialect",
            ],
        ]);
        page.table(
            &head,
            all.iter()
                .take(LISTED)
                .map(|one| self.conversation(one))
                .collect(),
        );
        if all.len() > LISTED {
            page.paragraph(self.say(
                ["… e mais {} conversas.", "… and {} more conversations."],
                [code(all.len() - LISTED)],
            ));
        }
    }

    fn conversation(&self, one: &Conversation) -> Vec<Line> {
        let bytes = |direction| self.analysis.survey.amount(one.id, direction).bytes;
        let services = &self.analysis.choice.services;
        let service = services
            .iter()
            .find(|service| service.server == one.server || service.server == one.client);
        let dialect = service.and_then(|service| service.dialect);
        vec![
            cell(one.id.index()),
            cell(one.client),
            cell(one.server),
            cell(one.frame_count()),
            cell(bytes(Direction::ToServer)),
            cell(bytes(Direction::ToClient)),
            vec![text(self.opening_word(one.opening))],
            vec![text(self.closing_word(one.teardown.closing()))],
            vec![text(dialect.map_or("–", |dialect| dialect.name.as_str()))],
        ]
    }

    fn opening_word(&self, opening: crate::conversation::Opening) -> &'static str {
        use crate::conversation::Opening as O;
        self.lang.pick(match opening {
            O::Complete => ["completa", "complete"],
            O::AckNotCaptured | O::SynAckNotCaptured | O::FromSynAck => ["em parte", "in part"],
            O::HalfOpen => ["meio aberta", "half-open"],
            O::Abandoned => ["abandonada", "abandoned"],
            O::Simultaneous => ["simultânea", "simultaneous"],
            O::Split => ["dividida", "split"],
            O::Refused => ["recusada", "refused"],
            O::Unanswered => ["sem resposta", "unanswered"],
            O::Underway => ["já aberta", "under way"],
        })
    }

    fn closing_word(&self, closing: crate::conversation::Closing) -> &'static str {
        use crate::conversation::Closing as C;
        self.lang.pick(match closing {
            C::Open => ["–", "–"],
            C::HalfClosed(_) => ["um FIN", "one FIN"],
            C::Fin(_) | C::ThreeSegments(_) | C::Simultaneous => ["FIN", "FIN"],
            C::Reset(_) => ["RST", "RST"],
            C::ResetAfterFin(_) => ["FIN, RST", "FIN, RST"],
        })
    }
}
