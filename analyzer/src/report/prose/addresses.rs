//! B and D: addresses and ports.

use protocol::quote::quote_capped;

use super::super::page::{Line, Page, cell, code, joined, strong, text};
use super::Words;
use crate::answers::{Answers, Client, Evidence};
use crate::wireshark::Filter;

/// The ports that IANA leaves to clients (RFC 6335 §6); Linux begins at 32768.
const DYNAMIC: u16 = 49152;
const LINUX_DYNAMIC: u16 = 32768;

impl Words<'_> {
    pub(super) fn addresses(&self, page: &mut Page, answers: &Answers) {
        page.heading(self.pick([
            "B. Quais são os endereços IP dos clientes e do servidor?",
            "B. What are the IP addresses of the clients and of the server?",
        ]));
        let mut servers: Vec<_> = answers
            .servers
            .iter()
            .map(|server| server.ip().to_string())
            .collect();
        servers.dedup();
        let servers = servers.into_iter().map(|ip| vec![strong(ip)]);
        let mut line = self.say(["Servidor: ", "Server: "], []);
        line.extend(joined(servers, ", "));
        line.push(text(". "));
        let clients = answers.clients.iter().map(|one| self.client_address(one));
        line.extend(joined(clients, "; "));
        line.push(text("."));
        self.answer(page, line);
        self.justification(page, self.say(
            [
                "São os campos de origem e destino do cabeçalho IP ({} e {}). O primeiro segmento de cada cliente tem o endereço dele na origem e o do servidor no destino; nas respostas, o contrário.",
                "They are the source and destination fields of the IP header ({} and {}). Each client's first segment has its address as source and the server's as destination; the replies, the other way round.",
            ],
            [code("ip.src"), code("ip.dst")],
        ));
        if let Some(evidence) = first_frames(answers) {
            self.evidence(
                page,
                [
                    "o primeiro segmento de cada cliente,",
                    "each client's first segment,",
                ],
                &evidence,
            );
        }
        if answers.clients.len() == 1 {
            self.limit(page, self.say(
                [
                    "Há um só cliente neste arquivo. Se havia outros, falaram com o servidor por outra interface: capture em todas ao mesmo tempo (loopback para clientes na máquina do servidor; Ethernet ou Wi-Fi para os demais).",
                    "There is one client in this file. If there were others, they reached the server by another interface: capture on all of them at once (loopback for clients on the server's host; Ethernet or Wi-Fi for the others).",
                ],
                [],
            ));
        }
    }

    fn client_address(&self, one: &Client) -> Line {
        let who = self.who(one);
        let ip = code(one.client.ip());
        let mut line = who;
        line.extend([text(": "), ip]);
        if one.on_servers_host {
            line.extend(self.say(
                [
                    " (na própria máquina do servidor)",
                    " (on the server's own host)",
                ],
                [],
            ));
        }
        line
    }

    /// `Client "igor"`.
    fn who(&self, one: &Client) -> Line {
        let mut line = self.say(["Cliente", "Client"], []);
        if let Some(nick) = &one.nick {
            line.extend([text(" "), code(quote_capped(nick, 32).lang(self.lang))]);
        }
        line
    }

    pub(super) fn ports(&self, page: &mut Page, answers: &Answers) {
        page.heading(self.pick([
            "D. Qual é a porta de destino dos clientes, e qual é a porta de origem de cada um?",
            "D. What is the clients' destination port, and what is each one's source port?",
        ]));
        let mut ports: Vec<_> = answers
            .servers
            .iter()
            .map(|server| server.port().to_string())
            .collect();
        ports.dedup();
        let mut line = self.say(
            [
                "Porta de destino (a porta conhecida do servidor): {}. Portas de origem: ",
                "Destination port (the server's known port): {}. Source ports: ",
            ],
            [strong(ports.join(", "))],
        );
        let clients = answers.clients.iter().map(|one| {
            let mut line = self.who(one);
            line.extend([text(": "), strong(one.client.port())]);
            line
        });
        line.extend(joined(clients, "; "));
        line.push(text("."));
        self.answer(page, line);
        self.justification(page, self.say(
            [
                "São os campos {} e {} do cabeçalho TCP. A porta do servidor é a mesma em todas as conexões; a de cada cliente é efêmera: o sistema operacional a escolhe ao conectar{}. Por isso vários clientes na mesma máquina se distinguem só por ela.",
                "They are the fields {} and {} of the TCP header. The server's port is the same in all connections; each client's is ephemeral: the operating system picks it at connect{}. That is how several clients on one host are told apart.",
            ],
            [code("tcp.srcport"), code("tcp.dstport"), text(self.range(answers))],
        ));
        let rows = answers.clients.iter().map(|one| {
            let nick = one.nick.as_ref().map_or_else(
                || "–".to_owned(),
                |nick| quote_capped(nick, 32).lang(self.lang).to_string(),
            );
            let frame = one
                .evidence
                .as_ref()
                .and_then(|evidence| evidence.frames.first());
            vec![
                cell(nick),
                cell(one.client),
                cell(one.server),
                cell(frame.map_or_else(|| "–".to_owned(), u64::to_string)),
            ]
        });
        let head = self.lang.pick([
            ["cliente", "origem", "destino", "1º quadro"],
            ["client", "source", "destination", "1st frame"],
        ]);
        page.table(&head, rows.collect());
        if let Some(evidence) = first_frames(answers) {
            self.evidence(
                page,
                ["as portas de cada cliente,", "each client's ports,"],
                &evidence,
            );
        }
    }

    /// Where the clients' ports lie, if that is one range.
    fn range(&self, answers: &Answers) -> &'static str {
        let lowest = answers.clients.iter().map(|one| one.client.port()).min();
        self.lang.pick(match lowest {
            Some(DYNAMIC..) => [
                " (aqui, da faixa dinâmica 49152–65535)",
                " (here, from the dynamic range 49152–65535)",
            ],
            Some(LINUX_DYNAMIC..) => [
                " (aqui, da faixa 32768–60999 do Linux)",
                " (here, from Linux's range 32768–60999)",
            ],
            _ => ["", ""],
        })
    }
}

/// The first frame of each client, with one filter for all.
fn first_frames(answers: &Answers) -> Option<Evidence> {
    let frames: Vec<u64> = answers
        .clients
        .iter()
        .filter_map(|one| one.evidence.as_ref())
        .flat_map(|evidence| evidence.frames.iter().copied())
        .collect();
    let server = answers.servers.first()?;
    let filter = match answers.servers.as_slice() {
        [server] => Filter::server(*server),
        _ => Filter::port(server.port()),
    };
    (!frames.is_empty()).then(|| Evidence::new(filter, frames))
}
