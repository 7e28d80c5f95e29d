//! What `harness dialect check` says of a dialect that loads.
//!
//! ```text
//! course: Networks I, 2026 (Handout), port 7000
//!
//! Clients send, before they are in the chat
//!   client.join           "HELLO ana\n"
//! …
//! Told apart with care
//!   client.say reads everything that client.list is; client.list is tried first
//!
//! Silence is proved by a request for the list (`barrier = "list"`).
//! 14 messages, all read back as they were sent.
//! ```

use std::fmt::Write as _;

use protocol::Dialect;
use protocol::dialect::{Barrier, Overlap, OverlapKind};
use protocol::framing::Framing;
use protocol::lang::Lang;
use protocol::message::{Direction, Phase};
use protocol::quote::{quote_capped, visible};

use super::selfplay::{How, Misread, Play, play};

/// Bytes of a message that are shown.
const SHOWN: usize = 96;

/// A dialect, played against itself and looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked<'d> {
    dialect: &'d Dialect,
    plays: Vec<Play>,
    overlaps: Vec<Overlap>,
}

impl<'d> Checked<'d> {
    /// Plays the dialect.
    #[must_use]
    pub fn new(dialect: &'d Dialect) -> Self {
        Self {
            dialect,
            plays: play(dialect),
            overlaps: dialect.overlaps(),
        }
    }

    /// Whether every message is read back as it was sent.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.plays.iter().all(|play| play.misread.is_none())
    }

    /// All of it, for a reader.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let mut text = heading(self.dialect, lang);
        for (direction, phase, title) in GROUPS {
            let plays = self.plays.iter();
            let group: Vec<_> = plays
                .filter(|play| play.direction == direction && play.phase == phase)
                .collect();
            if !group.is_empty() {
                let _ = write!(text, "\n{}\n", lang.pick(title));
                group
                    .iter()
                    .for_each(|play| text.push_str(&line(play, lang)));
            }
        }
        if !self.overlaps.is_empty() {
            let _ = write!(
                text,
                "\n{}\n",
                lang.pick(["Parecidas no fio", "Alike on the wire"])
            );
            for overlap in &self.overlaps {
                let _ = writeln!(text, "  {}", alike(overlap, lang));
            }
        }
        if *self.dialect.framing(Direction::ToServer, Phase::Chatting) == Framing::Raw {
            let _ = write!(
                text,
                "\n{}\n",
                lang.pick([
                    "Nada marca onde termina a mensagem de um cliente (`raw`): um send é uma mensagem.\n\
                     Se no seu protocolo é a quebra de linha, escreva `client = \"lf\"` em `[framing]`.",
                    "Nothing marks where a client's message ends (`raw`): one send is one message.\n\
                     If line feeds end yours, write `client = \"lf\"` in `[framing]`.",
                ])
            );
        }
        let _ = write!(
            text,
            "\n{}\n{}\n",
            silence(self.dialect.barrier, lang),
            self.verdict(lang)
        );
        text
    }

    fn verdict(&self, lang: Lang) -> String {
        let count = self.plays.len();
        let misread = self.plays.iter().filter(|play| play.misread.is_some());
        match misread.count() {
            0 => lang.pick([
                format!("{count} mensagens, todas lidas de volta como foram enviadas."),
                format!("{count} messages, all read back as they were sent."),
            ]),
            wrong => lang.pick([
                format!("{count} mensagens; {wrong} não voltam como foram enviadas."),
                format!("{count} messages; {wrong} do not come back as they were sent."),
            ]),
        }
    }
}

/// `course: Networks I, 2026 (Handout), port 7000`
pub(super) fn heading(dialect: &Dialect, lang: Lang) -> String {
    let title = dialect.title.of(lang);
    let title = match title.is_empty() {
        true => String::new(),
        false => format!(" {}", visible(title)),
    };
    format!(
        "{}:{title} ({}), {} {}\n",
        visible(&dialect.name),
        visible(&dialect.document),
        lang.pick(["porta", "port"]),
        dialect.port
    )
}

const GROUPS: [(Direction, Phase, [&str; 2]); 4] = [
    (
        Direction::ToServer,
        Phase::Joining,
        [
            "Clientes enviam, antes de entrar",
            "Clients send, before they are in",
        ],
    ),
    (
        Direction::ToServer,
        Phase::Chatting,
        [
            "Clientes enviam, dentro do chat",
            "Clients send, once they are in",
        ],
    ),
    (
        Direction::ToClient,
        Phase::Joining,
        [
            "O servidor envia a quem entra",
            "The server sends to those who join",
        ],
    ),
    (
        Direction::ToClient,
        Phase::Chatting,
        [
            "O servidor envia a quem está dentro",
            "The server sends to those who are in",
        ],
    ),
];

fn line(play: &Play, lang: Lang) -> String {
    let shown = quote_capped(&play.example, SHOWN).lang(lang);
    let mut line = format!("  {:<24}{shown}\n", play.key);
    if let Some(Misread { bytes, how }) = &play.misread {
        let (bytes, how) = (
            quote_capped(bytes, SHOWN).lang(lang),
            how_misread(how, lang),
        );
        let _ = write!(line, "    ^ {bytes}\n      {how}\n");
    }
    line
}

fn how_misread(how: &How, lang: Lang) -> String {
    match how {
        How::NotFramed => lang.pick([
            "não chega inteira: o enquadramento a corta, ou ela é vazia".to_owned(),
            "does not arrive whole: the framing cuts it, or it is empty".to_owned(),
        ]),
        How::Unread => lang.pick([
            "ninguém a reconhece".to_owned(),
            "nobody recognises it".to_owned(),
        ]),
        How::TakenFor(other) => lang.pick([
            format!("é tomada por `{other}`"),
            format!("is taken for `{other}`"),
        ]),
        How::Changed(hole, came) => {
            let came = quote_capped(came, SHOWN).lang(lang);
            lang.pick([
                format!("`{{{hole}}}` volta como {came}"),
                format!("`{{{hole}}}` comes back as {came}"),
            ])
        }
    }
}

fn alike(overlap: &Overlap, lang: Lang) -> String {
    let (first, second) = (&overlap.first, &overlap.second);
    match &overlap.kind {
        OverlapKind::Same => lang.pick([
            format!("{first} e {second} são iguais; o pedido, ou `before`, as distingue"),
            format!(
                "{first} and {second} are the same; the request, or `before`, tells them apart"
            ),
        ]),
        OverlapKind::Contained => lang.pick([
            format!("{second} leria também {first}, que é tentada antes"),
            format!("{second} would read {first} too, which is tried first"),
        ]),
        OverlapKind::Partial(example) => {
            let example = quote_capped(example, SHOWN / 2).lang(lang);
            lang.pick([
                format!("{first} e {second}: {example} pode ser as duas"),
                format!("{first} and {second}: {example} may be both"),
            ])
        }
    }
}

fn silence(barrier: Barrier, lang: Lang) -> &'static str {
    lang.pick(match barrier {
        Barrier::List => [
            "O silêncio se prova com um pedido da lista (`barrier = \"list\"`).",
            "Silence is proved by a request for the list (`barrier = \"list\"`).",
        ],
        Barrier::Unknown => [
            "O silêncio se prova com um comando desconhecido (`barrier = \"unknown\"`).",
            "Silence is proved by an unknown command (`barrier = \"unknown\"`).",
        ],
        Barrier::Say => [
            "O silêncio se prova com uma mensagem pública (`barrier = \"say\"`).",
            "Silence is proved by a public message (`barrier = \"say\"`).",
        ],
        Barrier::Quiet => [
            "O silêncio de um cliente sozinho só se prova esperando: nada que ele peça é respondido.",
            "The silence of a lone client is proved by waiting only: nothing it asks is answered.",
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::diagnostic::Source;

    #[test]
    fn every_built_in_dialect_reads_back_what_it_says() {
        for dialect in Dialect::builtins().iter().chain(Dialect::builtin("unb-lf")) {
            let checked = Checked::new(dialect);
            assert!(checked.is_sound(), "{}", checked.render(Lang::En));
        }
    }

    #[test]
    fn what_is_shown_of_a_sound_dialect() {
        let ifsc = Dialect::builtin("ifsc").unwrap();
        insta::assert_snapshot!(Checked::new(ifsc).render(Lang::PtBr));
        let file = super::super::template::template("course", Lang::En);
        let course = Dialect::parse(&Source::new("course.toml", file)).unwrap();
        insta::assert_snapshot!(Checked::new(&course).render(Lang::En));
    }

    #[test]
    fn what_is_misread_is_shown_with_its_bytes() {
        let file = r#"
            name = "odd"
            port = 7000
            [client]
            join = "{nick}"
            say = "{text}"
            tell = "{to}: {text}"
            quit = ""
            [server]
            welcome = "hi"
            delivered = "{text} said {from}"
            whispered = "{from:text} {text}"
        "#;
        let odd = Dialect::parse(&Source::new("odd.toml", file)).unwrap();
        let checked = Checked::new(&odd);
        assert!(!checked.is_sound());
        insta::assert_snapshot!(checked.render(Lang::En));
    }
}
