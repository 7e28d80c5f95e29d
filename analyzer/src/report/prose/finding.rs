//! E: what was not as the document says.

use protocol::message::Direction;
use protocol::quote::quote_capped;

use super::super::page::{Block, Line, Page, Span, Tone, code, text};
use super::{Words, count};
use crate::answers::Evidence;
use crate::choice::Chat;
use crate::finding::{Finding, FindingKind, Severity};
use crate::segment::{self, Packet};

/// Findings that are told; the others are counted.
const TOLD: usize = 30;

/// Bytes of a message that are shown.
const SHOWN: usize = 80;

impl Words<'_> {
    pub(super) fn findings(&self, page: &mut Page, chat: &Chat<'_>) {
        if chat.findings.is_empty() {
            page.toned(
                Tone::Good,
                self.say(["Nada a apontar.", "Nothing to point out."], []),
            );
            return;
        }
        page.paragraph(self.say(["O que há a apontar:", "What there is to point out:"], []));
        let mut worst_first: Vec<_> = chat.findings.iter().collect();
        worst_first.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        for finding in worst_first.iter().take(TOLD) {
            self.finding(page, chat, finding);
        }
        if worst_first.len() > TOLD {
            page.paragraph(self.say(
                ["… e mais {} pontos.", "… and {} more points."],
                [code(worst_first.len() - TOLD)],
            ));
        }
    }

    fn finding(&self, page: &mut Page, chat: &Chat<'_>, finding: &Finding) {
        let tone = match finding.severity {
            Severity::Remark => Tone::Plain,
            Severity::Warning => Tone::Warning,
            Severity::Fault => Tone::Bad,
        };
        page.toned(tone, self.finding_line(chat, finding));
        if let Some(member) = chat.member(finding.conversation) {
            let evidence =
                Evidence::of(member.client, member.server, finding.frames.iter().copied());
            let label = self.frames(&finding.frames);
            page.blocks.push(Block::Filter(label, evidence.filter));
        }
    }

    /// How much it weighs, what it is, and what the document says.
    pub(super) fn finding_line(&self, chat: &Chat<'_>, finding: &Finding) -> Line {
        let mut line = vec![text(self.severity(finding.severity)), text(": ")];
        line.extend(self.what(chat, finding));
        line.extend(self.broken_rule(chat, finding));
        line
    }

    fn severity(&self, severity: Severity) -> &'static str {
        self.lang.pick(match severity {
            Severity::Remark => ["Observação", "Remark"],
            Severity::Warning => ["Ressalva", "Reservation"],
            Severity::Fault => ["Falha", "Fault"],
        })
    }

    /// What happened, with the bytes of the messages.
    fn what(&self, chat: &Chat<'_>, finding: &Finding) -> Line {
        let member = chat.member(finding.conversation);
        let shown: Vec<_> = finding
            .messages
            .iter()
            .filter_map(|at| {
                let member = member?;
                let message = member.dialogue.messages.get(*at)?;
                let stream = member.stream(&self.analysis.survey, message.direction)?;
                let bytes = match finding.kind {
                    FindingKind::SurplusTerminator => message.bytes(stream),
                    _ => message.text(stream),
                };
                Some(code(quote_capped(bytes, SHOWN).lang(self.lang)))
            })
            .collect();
        let shown = match finding.kind {
            FindingKind::AfterClosing if shown.is_empty() => self.payloads(&finding.frames),
            _ => shown,
        };
        let by = self.lang.pick(match finding.by {
            Direction::ToServer => ["cliente", "client"],
            Direction::ToClient => ["servidor", "server"],
        });
        let more = shown.len().saturating_sub(1);
        let mut line = vec![text(by), text(" · ")];
        line.extend(self.say(sentence(finding.kind), shown));
        if finding.kind.is_habit() && more > 0 {
            let times = count(
                more as u64,
                self.lang
                    .pick([["vez", "vezes"], ["time more", "times more"]]),
            );
            line.extend(self.say([" (e mais {})", " (and {})"], [text(times)]));
        }
        line
    }

    /// What these frames carry, for bytes that no stream took.
    fn payloads(&self, frames: &[u64]) -> Vec<Span> {
        let payload = |number: &u64| {
            let kept = self.analysis.frames.get(*number)?;
            match segment::read(&kept.frame) {
                Packet::Tcp(segment) => Some(code(
                    quote_capped(segment.payload, SHOWN)
                        .lang(self.lang)
                        .to_string(),
                )),
                _ => None,
            }
        };
        let mut shown: Vec<_> = frames.iter().filter_map(payload).collect();
        if shown.is_empty() {
            shown.push(text(self.frames(frames)));
        }
        shown
    }

    fn broken_rule(&self, chat: &Chat<'_>, finding: &Finding) -> Line {
        let Some(rule) = finding.rule.and_then(|id| chat.dialect.rule(id)) else {
            return Line::new();
        };
        let words = self.lang.pick([rule.pt.as_str(), rule.en.as_str()]);
        let place = format!(
            "{}{}{}",
            chat.dialect.document,
            if rule.section.is_empty() { "" } else { ", " },
            rule.section
        );
        vec![text(format!(" ({place}: {words})"))]
    }
}

/// A sentence for each kind; the messages fill its gaps.
fn sentence(kind: FindingKind) -> [&'static str; 2] {
    match kind {
        FindingKind::Unrecognised => [
            "{} não é nenhuma mensagem do protocolo.",
            "{} is no message of the protocol.",
        ],
        FindingKind::Tolerated => [
            "{} é aceitável, mas o documento escreve de outra forma.",
            "{} will do, but the document writes it otherwise.",
        ],
        FindingKind::SurplusTerminator => [
            "{} traz um fim de linha que o protocolo não tem.",
            "{} has a line terminator that the protocol does not.",
        ],
        FindingKind::MissingTerminator => [
            "{} não traz o fim de linha que o protocolo exige.",
            "{} lacks the line terminator that the protocol demands.",
        ],
        FindingKind::BrokenFrame => [
            "{} não começa com um tamanho válido, ou está cortada.",
            "{} does not begin with a valid length, or was cut short.",
        ],
        FindingKind::WrongEncoding => [
            "{} não está na codificação do protocolo.",
            "{} is not in the protocol's encoding.",
        ],
        FindingKind::BeyondAscii => [
            "{} tem caracteres além do ASCII.",
            "{} has characters beyond ASCII.",
        ],
        FindingKind::TooLong => [
            "{} passa do tamanho máximo de uma mensagem.",
            "{} is longer than a message may be.",
        ],
        FindingKind::BeforeJoining => [
            "{} é um comando de quem já entrou, e o cliente ainda não entrou.",
            "{} is a command of members, and the client has not joined yet.",
        ],
        FindingKind::AfterQuit => [
            "depois de {} o cliente ainda envia {}.",
            "after {} the client still sends {}.",
        ],
        FindingKind::NoReply => ["a {} ninguém responde.", "{} is never answered."],
        FindingKind::NoReplySeen => [
            "a resposta a {} não está nesta captura; não se pode dizer se houve.",
            "the reply to {} is not in this capture; whether there was one cannot be said.",
        ],
        FindingKind::UnaskedReply => [
            "{} responde a nada que esteja na captura.",
            "{} answers nothing that is in the capture.",
        ],
        FindingKind::WrongReply => [
            "a {} responde com {}, que não é a resposta prevista.",
            "{} is answered with {}, which is not the reply foreseen.",
        ],
        FindingKind::Echoed => [
            "{} volta para quem a enviou.",
            "{} comes back to its own sender.",
        ],
        FindingKind::ListLacksSelf => [
            "{} não tem o nome de quem pediu a lista.",
            "{} lacks the name of the one who asked.",
        ],
        FindingKind::NeverSent => [
            "{} tem um texto que o seu autor nunca enviou: tudo o que ele enviou está nesta captura.",
            "{} has a text that its author never sent: all that was sent under that name is in this capture.",
        ],
        FindingKind::DeliveredTwice => [
            "{} chega mais vezes do que foi enviada.",
            "{} arrives more often than it was sent.",
        ],
        FindingKind::NotDelivered => [
            "{} não chega a todos os que estão no chat.",
            "{} does not reach everyone who is in the chat.",
        ],
        FindingKind::AfterClosing => [
            "{} vai depois do próprio FIN: quem fecha a sua direção não fala mais, e ninguém lê o que ainda envia.",
            "{} goes behind its own FIN: who closes a direction says nothing more in it, and nobody reads what still comes.",
        ],
        FindingKind::Hasty => [
            "{} foi enviada antes da resposta à anterior: sem delimitador o servidor pode ter lido as duas como uma só, e não responde a esta.",
            "{} was sent before the one in front was answered: without a delimiter the server may have read both as one, and this one has no reply.",
        ],
        FindingKind::NeverPrompted => [
            "este cliente se conecta, espera e não recebe nada; a outros o servidor fala primeiro.",
            "this client connects, waits, and is told nothing; to others the server speaks first.",
        ],
        FindingKind::DeliveredUnsaid => [
            "{} foi entregue, e nenhum cliente desta captura a enviou: talvez a captura não tenha tudo.",
            "{} was delivered, and no client of this capture sent it: the capture may not hold everything.",
        ],
    }
}
