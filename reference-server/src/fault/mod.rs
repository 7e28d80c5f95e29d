//! Named deliberate bugs: a server that is wrong in one known way.
//!
//! Each fault is one that students' servers really have, seen from inside the server: its cause, not how it shows. A fault knows
//! nothing of whoever may look for it. `needs` says in which dialects it is wrong at all.
//!
//! What the faults do stands at four points: what the session hears (`hearing`), what the room is asked and answers
//! (`mischief`), what becomes of a text (`text`), and a few lines where the server itself goes wrong (`Fault` in `hub`,
//! `connection` and `server`).

pub(crate) mod hearing;
pub(crate) mod mischief;
mod needs;
mod table;
mod text;

use protocol::Dialect;
use protocol::lang::Lang;

pub use table::Fault;

/// What a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where messages end, and which bytes are texts.
    Framing,
    /// Who gets what.
    Delivery,
    /// Nicknames.
    Names,
    /// The list of members.
    Lists,
    /// Leaving and closing.
    Closing,
    /// Refusals and acknowledgements.
    Errors,
    /// Several clients at once.
    Concurrency,
    /// Clients that are unlucky or hostile.
    Robustness,
}

impl Group {
    /// Its name: `framing`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Framing => "framing",
            Self::Delivery => "delivery",
            Self::Names => "names",
            Self::Lists => "lists",
            Self::Closing => "closing",
            Self::Errors => "errors",
            Self::Concurrency => "concurrency",
            Self::Robustness => "robustness",
        }
    }
}

/// What is known of a fault.
struct Row {
    id: &'static str,
    group: Group,
    cause: &'static str,
    needs: fn(&Dialect) -> bool,
    what: [&'static str; 2],
}

impl Fault {
    /// Its name: `echoes-to-the-sender`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// The fault of a name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.id() == id)
    }

    /// What it is about.
    #[must_use]
    pub fn group(self) -> Group {
        self.row().group
    }

    /// The mistake behind it, as lessons name it; several faults may have one cause.
    #[must_use]
    pub fn cause(self) -> &'static str {
        self.row().cause
    }

    /// What such a server does wrong, in one line.
    #[must_use]
    pub fn what(self, lang: Lang) -> &'static str {
        lang.pick(self.row().what)
    }

    /// Whether a server of this dialect with this fault breaks the protocol, or what good engineering demands of it.
    #[must_use]
    pub fn is_wrong_in(self, dialect: &Dialect) -> bool {
        (self.row().needs)(dialect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_described_once_and_wrong_somewhere() {
        let dialects: Vec<&Dialect> = ["unb", "ifsc", "redes2023", "eco", "sala", "unb-lf"]
            .into_iter()
            .filter_map(Dialect::builtin)
            .collect();
        for fault in Fault::ALL {
            assert_eq!(Fault::from_id(fault.id()), Some(*fault));
            assert!(!fault.what(Lang::PtBr).is_empty() && !fault.what(Lang::En).is_empty());
            assert!(
                dialects.iter().any(|dialect| fault.is_wrong_in(dialect)),
                "{} is wrong nowhere",
                fault.id()
            );
        }
        assert!(Fault::ALL.len() >= 40);
    }

    #[test]
    fn where_each_fault_is_wrong() {
        let mut table = String::new();
        for fault in Fault::ALL {
            let dialects: Vec<_> = ["unb", "ifsc", "redes2023", "eco", "sala", "unb-lf"]
                .into_iter()
                .filter(|name| fault.is_wrong_in(Dialect::builtin(name).unwrap()))
                .collect();
            table += &format!(
                "{:<12} {:<32} {:<28} {}\n",
                fault.group().id(),
                fault.id(),
                fault.cause(),
                dialects.join(" ")
            );
        }
        insta::assert_snapshot!(table);
    }
}
