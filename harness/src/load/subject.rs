//! What load can check in a dialect, and what it cannot: decided once, before anything is sent.
//!
//! Knows no socket. Everything else under `load` asks here who must hear a message and by what it shows that it was read.

use std::fmt;
use std::ops::RangeInclusive;

use protocol::Dialect;
use protocol::dialect::NamedBy;
use protocol::framing::Framing;
use protocol::lang::Lang;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Recipients};
use protocol::template::Template;

use super::crowd::{Crowd, LEAST, Mark, NICK};

/// Who must get each message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearers {
    /// Every other client.
    Others,
    /// Every client, the sender too.
    Everyone,
    /// The sender alone, as the reply: an echo.
    Oneself,
}

/// What load checks in one dialect. See the module's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Who must get each message.
    pub hearers: Hearers,
    /// Whether each message is acknowledged to its sender, beside being delivered.
    pub acknowledged: bool,
    /// Whether a client's stream shows where its messages end. Else one read is one message, so that a client sends its next
    /// message only when a sign shows that the last was read.
    pub delimited: bool,
}

/// Why a dialect cannot be loaded so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing can be said to everyone or to the server.
    NothingToSay,
    /// Neither a delivery nor a reply follows a message.
    NothingComesBack,
    /// What follows a message does not show its text.
    TextNotShown,
    /// Nicknames of so many bytes are too short to number clients.
    ShortNames(usize),
    /// So many clients are needed to hear each other.
    TooFewClients,
    /// The dialect allows so many clients.
    TooManyClients(u32),
    /// A text may have so many bytes in this dialect.
    Size(RangeInclusive<usize>),
    /// Without end marks only one message of a client can be under way.
    Window,
}

impl Subject {
    /// What a dialect lets be checked with so many clients, and so many `beside` them.
    ///
    /// # Errors
    /// It cannot be loaded, or not so.
    pub fn of(
        dialect: &Dialect,
        clients: usize,
        beside: usize,
        window: Option<usize>,
    ) -> Result<Self, Unfit> {
        let say = dialect
            .request(CommandKind::Say)
            .filter(|say| say.template().has("text"))
            .ok_or(Unfit::NothingToSay)?;
        let delivered = dialect.reply(NoticeKind::Delivered);
        let said = dialect.reply(NoticeKind::Said);
        let carrier = delivered.or(said).ok_or(Unfit::NothingComesBack)?;
        if !carrier.forms.iter().any(|form| form.template.has("text")) {
            return Err(Unfit::TextNotShown);
        }
        let hearers = match delivered.map(|reply| reply.to) {
            Some(Recipients::Others) => Hearers::Others,
            Some(Recipients::Everyone) => Hearers::Everyone,
            Some(Recipients::Actor) | None => Hearers::Oneself,
        };
        if hearers == Hearers::Others && clients < 2 {
            return Err(Unfit::TooFewClients);
        }
        if let Some(most) = dialect
            .limits
            .clients
            .filter(|most| (*most as usize) < clients + beside)
        {
            return Err(Unfit::TooManyClients(most));
        }
        let needs_names = dialect.names.by == NamedBy::Client
            && (say.template().has("nick") || dialect.request(CommandKind::Join).is_some());
        if needs_names && dialect.names.max < NICK {
            return Err(Unfit::ShortNames(dialect.names.max));
        }
        let delimited = dialect.is_delimited(Direction::ToServer);
        if !delimited && window.is_some_and(|window| window > 1) {
            return Err(Unfit::Window);
        }
        Ok(Self {
            hearers,
            acknowledged: delivered.is_some() && said.is_some_and(|said| !said.optional),
            delimited,
        })
    }

    /// How many clients must get one message of so many.
    #[must_use]
    pub const fn hearers_among(self, clients: usize) -> usize {
        match self.hearers {
            Hearers::Others => clients - 1,
            Hearers::Everyone => clients,
            Hearers::Oneself => 1,
        }
    }

    /// Whether one client must get what another says.
    #[must_use]
    pub const fn must_hear(self, hearer: usize, sender: usize) -> bool {
        match self.hearers {
            Hearers::Others => hearer != sender,
            Hearers::Everyone => true,
            Hearers::Oneself => hearer == sender,
        }
    }
}

/// The texts that fit a dialect, in bytes: not so long that a message exceeds its limit.
///
/// # Errors
/// None of the wanted size fits.
pub fn fitting_size(dialect: &Dialect, wanted: &RangeInclusive<usize>) -> Result<(), Unfit> {
    let crowd = Crowd::new(1, &(LEAST..=LEAST), 0);
    let mark = Mark {
        sender: 0,
        number: 0,
    };
    let fields = message_fields(&crowd.nick(0), &crowd.text(mark));
    let extra = |content: Vec<u8>| content.len() - LEAST;
    let say = dialect.request(CommandKind::Say);
    let mut most = say.map_or(usize::MAX, |say| {
        let content = say.template().render(&fields);
        let framing = dialect.framing(Direction::ToServer, Phase::Chatting);
        limit(dialect, framing).saturating_sub(extra(content))
    });
    for kind in [NoticeKind::Delivered, NoticeKind::Said] {
        let forms = dialect.reply(kind).map_or(&[][..], |reply| &reply.forms);
        let shows_text = |template: &&Template| template.has("text");
        let Some(template) = forms.iter().map(|form| &form.template).find(shows_text) else {
            continue;
        };
        if let Framing::Fixed { size, .. } = dialect.reply_framing(kind, Phase::Chatting) {
            most = most.min(size.saturating_sub(extra(template.render(&fields))));
        }
    }
    match *wanted.start() >= LEAST && *wanted.end() <= most && wanted.start() <= wanted.end() {
        true => Ok(()),
        false => Err(Unfit::Size(LEAST..=most)),
    }
}

fn limit(dialect: &Dialect, framing: &Framing) -> usize {
    match framing {
        Framing::Fixed { size, .. } => dialect.limits.message.min(*size),
        _ => dialect.limits.message,
    }
}

/// The values of a public message's holes.
pub(super) fn message_fields(nick: &[u8], text: &[u8]) -> protocol::message::Fields {
    protocol::message::Fields::new()
        .with("from", nick)
        .with("nick", nick)
        .with("text", text)
}

impl Unfit {
    /// Why, in one language; with what to try.
    #[must_use]
    pub fn told(&self, dialect: &str, lang: Lang) -> String {
        let pair = match self {
            Self::NothingToSay => [
                format!(
                    "o dialeto `{dialect}` não tem mensagem pública (`[client] say` com `{{text}}`): não há o que enviar sob carga"
                ),
                format!(
                    "the dialect `{dialect}` has no public message (`[client] say` with `{{text}}`): there is nothing to send under load"
                ),
            ],
            Self::NothingComesBack => [
                format!(
                    "no dialeto `{dialect}` nada responde a uma mensagem (`[server.delivered]` ou `[server.said]`): não há o que conferir"
                ),
                format!(
                    "in the dialect `{dialect}` nothing follows a message (`[server.delivered]` or `[server.said]`): there is nothing to check"
                ),
            ],
            Self::TextNotShown => [
                format!(
                    "no dialeto `{dialect}` a entrega não mostra o texto (`{{text}}`): não se vê qual mensagem chegou"
                ),
                format!(
                    "in the dialect `{dialect}` a delivery does not show the text (`{{text}}`): nobody can see which message arrived"
                ),
            ],
            Self::ShortNames(max) => [
                format!(
                    "o dialeto `{dialect}` só permite apelidos de {max} bytes; a carga precisa de {NICK} para numerar os clientes"
                ),
                format!(
                    "the dialect `{dialect}` allows nicknames of {max} bytes only; load needs {NICK} to number its clients"
                ),
            ],
            Self::TooFewClients => [
                format!(
                    "no dialeto `{dialect}` quem envia não ouve a própria mensagem: são precisos pelo menos 2 clientes (`--clients 2`)"
                ),
                format!(
                    "in the dialect `{dialect}` a sender does not hear its own message: at least 2 clients are needed (`--clients 2`)"
                ),
            ],
            Self::TooManyClients(most) => [
                format!(
                    "o dialeto `{dialect}` permite {most} clientes ao mesmo tempo; tente `--clients {most}`"
                ),
                format!(
                    "the dialect `{dialect}` allows {most} clients at a time; try `--clients {most}`"
                ),
            ],
            Self::Size(fits) => [
                format!(
                    "no dialeto `{dialect}` um texto pode ter de {} a {} bytes (`--size`)",
                    fits.start(),
                    fits.end()
                ),
                format!(
                    "in the dialect `{dialect}` a text may have {} to {} bytes (`--size`)",
                    fits.start(),
                    fits.end()
                ),
            ],
            Self::Window => [
                format!(
                    "o dialeto `{dialect}` não marca o fim das mensagens: cada cliente só pode ter uma a caminho (`--window 1`)"
                ),
                format!(
                    "the dialect `{dialect}` does not mark where messages end: each client can have only one under way (`--window 1`)"
                ),
            ],
        };
        lang.pick(pair)
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told("?", Lang::En))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::diagnostic::Source;

    fn subject(name: &str, clients: usize, window: Option<usize>) -> Result<Subject, Unfit> {
        Subject::of(Dialect::builtin(name).unwrap(), clients, 0, window)
    }

    #[test]
    fn every_built_in_dialect_can_be_loaded() {
        let expected = [
            ("unb", Hearers::Others, true, false),
            ("unb-lf", Hearers::Others, true, true),
            ("ifsc", Hearers::Everyone, false, false),
            ("sala", Hearers::Everyone, false, false),
            ("eco", Hearers::Oneself, false, false),
            ("redes2023", Hearers::Oneself, false, true),
        ];
        for (name, hearers, acknowledged, delimited) in expected {
            let is = Subject {
                hearers,
                acknowledged,
                delimited,
            };
            assert_eq!(subject(name, 2, None), Ok(is), "{name}");
            assert_eq!(
                fitting_size(Dialect::builtin(name).unwrap(), &(20..=900)),
                Ok(())
            );
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_its_reason() {
        assert_eq!(subject("unb", 1, None), Err(Unfit::TooFewClients));
        assert_eq!(subject("unb", 2, Some(2)), Err(Unfit::Window));
        assert!(subject("unb-lf", 2, Some(2)).is_ok() && subject("eco", 1, Some(1)).is_ok());
        let unb = Dialect::builtin("unb").unwrap();
        assert_eq!(fitting_size(unb, &(20..=1021)), Err(Unfit::Size(17..=1020)));
        assert_eq!(fitting_size(unb, &(5..=20)), Err(Unfit::Size(17..=1020)));
        #[track_caller]
        fn refused(file: &str, expected: &Unfit) {
            let source = format!("name = \"x\"\nport = 1\n{file}");
            let dialect = Dialect::parse(&Source::new("x", source)).unwrap();
            let refused = Subject::of(&dialect, 3, 0, None).unwrap_err();
            assert_eq!(refused, *expected);
            for lang in Lang::ALL {
                assert!(refused.told("x", lang).contains("`x`"));
            }
        }
        refused(
            "[client]\nquit = \"q\"\n[server]\nbye = \"b\"",
            &Unfit::NothingToSay,
        );
        refused("[client]\nsay = \"{text}\"", &Unfit::NothingComesBack);
        refused(
            "[client]\nsay = \"{text}\"\n[server]\nsaid = \"ok\"",
            &Unfit::TextNotShown,
        );
        refused(
            "[limits]\nclients = 2\n[client]\nsay = \"{text}\"\n[server]\nsaid = \"{text}\"",
            &Unfit::TooManyClients(2),
        );
    }
}
