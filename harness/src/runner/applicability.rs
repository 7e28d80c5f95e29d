//! Why a scenario does not apply, in words.

use protocol::Dialect;

use crate::applies::{has, lacking};
use crate::report::Words;
use crate::scenario::{Feature, Scenario, Step};

/// What the dialect lacks of what the scenario needs.
pub fn lacks(dialect: &Dialect, scenario: &Scenario) -> Option<Words> {
    let lacking = lacking(scenario, dialect);
    lacking.first().map(|feature| words(dialect, feature))
}

/// Whether the dialect has what a step needs.
pub(super) fn can_express(dialect: &Dialect, step: &Step) -> bool {
    step.requires().iter().all(|feature| has(dialect, feature))
}

fn delimits(dialect: &Dialect) -> bool {
    dialect.is_delimited(protocol::message::Direction::ToServer)
}

fn words(dialect: &Dialect, feature: &Feature) -> Words {
    let [pt, en] = match feature {
        Feature::Framed | Feature::Terminator | Feature::CrLf if !delimits(dialect) => [
            "não marca onde uma mensagem termina (uma fraqueza do protocolo, não do servidor)"
                .to_owned(),
            "marks no end of a message (a weakness of the protocol, not of the server)".to_owned(),
        ],
        Feature::Dialect(name) => [
            format!("não é `{name}`, cujos bytes o cenário fala"),
            format!("is not `{name}`, whose bytes the scenario speaks"),
        ],
        Feature::Clients(most) => [
            format!("não permite {most} clientes ao mesmo tempo"),
            format!("does not allow {most} clients at a time"),
        ],
        Feature::NameOf(size) => [
            format!("não permite um apelido de {size} bytes"),
            format!("allows no nickname of {size} bytes"),
        ],
        Feature::MessageOf(size) => [
            format!("não permite um texto de {size} bytes"),
            format!("allows no text of {size} bytes"),
        ],
        _ => {
            use protocol::lang::Lang;
            let of = |lang| crate::dialects::feature_words(feature, lang);
            [
                format!("não tem isto: {}", of(Lang::PtBr)),
                format!("lacks this: {}", of(Lang::En)),
            ]
        }
    };
    Words {
        pt: format!("o dialeto `{}` {pt}", dialect.name),
        en: format!("the dialect `{}` {en}", dialect.name),
    }
}
