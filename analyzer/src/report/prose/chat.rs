//! Which conversations are the chat, and why; or that there is none.

use super::super::page::{Block, Line, Page, Tone, cell, code, strong, text};
use super::{Words, count};
use crate::choice::{Chat, Content, Reason, Service};
use crate::ladder::ladder;

/// Lifelines of the ladder; a page has no room for more.
const COLUMNS: usize = 6;

/// Arrows of the ladder; of more, the first.
const RUNGS: usize = 120;

/// Servers that are listed; the others are counted.
const LISTED: usize = 20;

impl Words<'_> {
    pub(super) fn choice(&self, page: &mut Page) {
        page.heading(self.pick(["O chat", "The chat"]));
        match &self.analysis.choice.chat {
            Some(chat) => self.chosen(page, chat),
            None => self.no_chat(page),
        }
        self.services(page);
    }

    fn chosen(&self, page: &mut Page, chat: &Chat<'_>) {
        let clients = count(
            chat.members.len() as u64,
            self.lang.pick([
                ["conexão de cliente", "conexões de clientes"],
                ["client connection", "client connections"],
            ]),
        );
        page.paragraph(self.say(
            [
                "{} no servidor {}, protocolo {} («{}»).",
                "{} at the server {}, protocol {} («{}»).",
            ],
            [
                text(clients),
                code(endpoints(chat)),
                strong(&chat.dialect.name),
                text(&chat.dialect.document),
            ],
        ));
        let fit = chat.fit;
        let share = format!("{}%", fit.per_mille() / 10);
        let reason = match chat.reason {
            Reason::Content => self.say(
                [
                    "Motivo: o conteúdo. De {} mensagens examinadas, {} têm uma forma própria deste protocolo e {} não se explicam por ele (ajuste {}). A porta não decide.",
                    "Reason: the content. Of {} messages looked at, {} have a form of this protocol's own and {} are not explained by it (fit {}). The port decides nothing.",
                ],
                [code(fit.messages), code(fit.strong), code(fit.unexplained), code(share)],
            ),
            Reason::Given => self.say(
                ["Motivo: o dialeto foi dado com --dialect (ajuste {}).", "Reason: the dialect was given with --dialect (fit {})."],
                [code(share)],
            ),
        };
        page.paragraph(reason);
        let mut drawing = ladder(self.analysis, chat, COLUMNS);
        let too_many = drawing.rungs.len().saturating_sub(RUNGS);
        drawing.rungs.truncate(RUNGS);
        page.blocks.push(Block::Ladder(drawing));
        if too_many > 0 {
            page.paragraph(self.say(
                [
                    "O desenho mostra o começo; faltam {} setas.",
                    "The drawing shows the beginning; {} arrows are left out.",
                ],
                [code(too_many)],
            ));
        }
    }

    fn no_chat(&self, page: &mut Page) {
        page.toned(
            Tone::Warning,
            self.say(
                [
                    "{} O conteúdo de nenhuma conversa corresponde a um dialeto conhecido.",
                    "{} The content of no conversation fits a known dialect.",
                ],
                [strong(self.pick([
                    "Não há chat neste arquivo.",
                    "There is no chat in this file.",
                ]))],
            ),
        );
        self.udp(page);
        let services = &self.analysis.choice.services;
        let all = self.analysis.survey.conversations.len();
        if services.is_empty() && all > 0 {
            page.paragraph(self.say(
                [
                    "Nenhuma conversa do arquivo corresponde a --port, --client e --stream. Ele tem {} conversas TCP, numeradas a partir de 0: veja-as com --summary.",
                    "No conversation of the file is what --port, --client and --stream ask for. It has {} TCP conversations, numbered from 0: see them with --summary.",
                ],
                [code(all)],
            ));
            return;
        }
        if services.is_empty() {
            page.paragraph(self.say(
                [
                    "Não há nenhuma conversa TCP. Capture na interface por onde os clientes falam com o servidor (na mesma máquina: loopback), e comece antes de conectar.",
                    "There is no TCP conversation at all. Capture on the interface on which the clients talk to the server (on one host: loopback), and begin before they connect.",
                ],
                [],
            ));
            return;
        }
        if services.iter().any(|one| one.content.is_encrypted()) {
            page.paragraph(self.say(
                [
                    "Há payload cifrado: sem as chaves, só se veem endereços, portas e tamanhos.",
                    "Some payload is encrypted: without the keys only addresses, ports and sizes can be seen.",
                ],
                [],
            ));
        }
        page.paragraph(self.say(
            [
                "Se o chat está entre os servidores abaixo, indique a porta e o dialeto: {}.",
                "If the chat is among the servers below, name the port and the dialect: {}.",
            ],
            [code("analyzer FILE --port N --dialect NAME")],
        ));
    }

    /// Datagrams, where somebody may have taken them for the chat: the dialects speak over TCP.
    fn udp(&self, page: &mut Page) {
        let udp = &self.analysis.survey.udp;
        if udp.is_empty() {
            return;
        }
        page.paragraph(self.say(
            match udp.len() {
                1 => [
                    "Há {} conversa UDP. Os protocolos conhecidos usam TCP; em UDP não há conexão, nem handshake, nem ordem garantida.",
                    "There is {} UDP conversation. The known protocols use TCP; UDP has no connection, no handshake and no guaranteed order.",
                ],
                _ => [
                    "Há {} conversas UDP. Os protocolos conhecidos usam TCP; em UDP não há conexão, nem handshake, nem ordem garantida.",
                    "There are {} UDP conversations. The known protocols use TCP; UDP has no connection, no handshake and no guaranteed order.",
                ],
            },
            [code(udp.len())],
        ));
        let row = |one: &crate::conversation::UdpConversation| {
            vec![
                cell(one.ends[0]),
                cell(one.ends[1]),
                cell(format!("{} + {}", one.datagrams[0], one.datagrams[1])),
                cell(format!("{} + {}", one.bytes[0], one.bytes[1])),
            ]
        };
        let head = self.lang.pick([
            ["de", "para", "datagramas", "bytes"],
            ["from", "to", "datagrams", "bytes"],
        ]);
        page.table(&head, udp.iter().take(LISTED).map(row).collect());
    }

    /// The servers of the capture, where there are others than the chat's.
    fn services(&self, page: &mut Page) {
        let services = &self.analysis.choice.services;
        let chosen = self.analysis.choice.chat.as_ref();
        let is_other =
            |one: &&Service<'_>| chosen.is_none_or(|chat| !chat.servers.contains(&one.server));
        let others: Vec<_> = services.iter().filter(is_other).collect();
        if others.is_empty() {
            return;
        }
        if chosen.is_some() {
            page.paragraph(self.say(
                [
                    "Outros servidores no arquivo:",
                    "Other servers in the file:",
                ],
                [],
            ));
        }
        let row = |one: &&Service<'_>| -> Vec<Line> {
            let fits = match one.dialect {
                Some(dialect) => cell(&dialect.name),
                None => vec![text("–")],
            };
            vec![
                cell(one.server),
                cell(one.conversations),
                cell(one.spoke),
                vec![text(self.content(one.content))],
                fits,
            ]
        };
        let head = self.lang.pick([
            ["servidor", "conversas", "com dados", "conteúdo", "dialeto"],
            ["server", "conversations", "with data", "content", "dialect"],
        ]);
        page.table(&head, others.iter().take(LISTED).map(row).collect());
        if others.len() > LISTED {
            page.paragraph(self.say(
                ["… e mais {} servidores.", "… and {} more servers."],
                [code(others.len() - LISTED)],
            ));
        }
    }

    fn content(&self, content: Content) -> &'static str {
        self.lang.pick(match content {
            Content::None => ["nenhum", "none"],
            Content::Text => ["texto", "text"],
            Content::Http => ["HTTP", "HTTP"],
            Content::Tls => ["TLS (cifrado)", "TLS (encrypted)"],
            Content::Ssh => ["SSH (cifrado)", "SSH (encrypted)"],
            Content::Binary => ["binário", "binary"],
        })
    }
}

/// The server's addresses in one line.
pub(super) fn endpoints(chat: &Chat<'_>) -> String {
    let all: Vec<_> = chat.servers.iter().map(ToString::to_string).collect();
    all.join(", ")
}
