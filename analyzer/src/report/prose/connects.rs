//! Connects that came to nothing: each client and server once, however often it was tried.
//!
//! ```text
//! 192.168.0.20 tried 3 times to connect to 192.168.0.88:8888 and was refused (RST): no program listens on that port.
//! ```

use super::super::page::{Page, Span, Tone, code};
use super::Words;
use crate::answers::Evidence;
use crate::conversation::{Attempts, Conversation, Opening, attempts};
use crate::wireshark::Filter;

/// Findings that are told; the others are counted.
const TOLD: usize = 8;

impl Words<'_> {
    pub(super) fn connects(&self, page: &mut Page) {
        let all = &self.analysis.survey.conversations;
        let failed = attempts(all);
        for one in failed.iter().take(TOLD) {
            self.failed(page, one);
        }
        if failed.len() > TOLD {
            page.paragraph(self.say(
                [
                    "… e mais {} tentativas de conexão sem sucesso.",
                    "… and {} more connects that came to nothing.",
                ],
                [code(failed.len() - TOLD)],
            ));
        }
        let unfinished = all.iter().filter(|one| is_unfinished(one));
        for one in unfinished.take(TOLD) {
            self.unfinished(page, one);
        }
    }

    fn failed(&self, page: &mut Page, one: &Attempts) {
        let sentence = match (one.outcome, one.tries) {
            (Opening::Refused, 1) => [
                "{} tentou {} vez conectar-se a {} e foi recusado (RST): nenhum programa escuta nessa porta.",
                "{} tried {} time to connect to {} and was refused (RST): no program listens on that port.",
            ],
            (Opening::Refused, _) => [
                "{} tentou {} vezes conectar-se a {} e foi recusado (RST): nenhum programa escuta nessa porta.",
                "{} tried {} times to connect to {} and was refused (RST): no program listens on that port.",
            ],
            _ => [
                "{} enviou {} SYN a {} e nada respondeu: o host está desligado ou inacessível, ou um firewall descarta os segmentos.",
                "{} sent {} SYN to {} and nothing answered: the host is off or cannot be reached, or a firewall drops the segments.",
            ],
        };
        let spans = [code(one.client), code(one.tries), code(one.server)];
        let frames = [one.first_frame, one.last_frame];
        let evidence = Evidence::new(Filter::server(one.server), frames);
        self.told(page, sentence, spans, &evidence);
    }

    fn unfinished(&self, page: &mut Page, one: &Conversation) {
        let sentence = match one.opening {
            Opening::HalfOpen => [
                "{} enviou um SYN a {} e nunca respondeu ao SYN-ACK: a conexão ficou meio aberta.",
                "{} sent a SYN to {} and never answered the SYN-ACK: the connection stayed half-open.",
            ],
            _ => [
                "{} enviou um SYN a {} e respondeu ao SYN-ACK com RST, como faz quem só testa se a porta está aberta.",
                "{} sent a SYN to {} and answered the SYN-ACK with RST, as one does who only tests whether the port is open.",
            ],
        };
        let spans = [code(one.client), code(one.server)];
        let frames = [one.first.frame, one.last.frame];
        let evidence = Evidence::of(one.client, one.server, frames);
        self.told(page, sentence, spans, &evidence);
    }

    fn told<const N: usize>(
        &self,
        page: &mut Page,
        sentence: [&str; 2],
        spans: [Span; N],
        evidence: &Evidence,
    ) {
        page.toned(Tone::Warning, self.say(sentence, spans));
        self.evidence(
            page,
            ["do primeiro ao último,", "first and last,"],
            evidence,
        );
    }
}

fn is_unfinished(one: &Conversation) -> bool {
    matches!(one.opening, Opening::HalfOpen | Opening::Abandoned)
}
