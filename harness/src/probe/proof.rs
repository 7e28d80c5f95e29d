//! Whether a draft reads the sessions that it was made from: every byte that was heard must be a message that it knows.

use protocol::Dialect;
use protocol::matching::Supply;
use protocol::message::{CommandKind, NoticeKind, Phase};

use super::Findings;
use super::session::{Act, Heard, Session};
use crate::hearing::Hearing;

/// The requests after which something came that the dialect does not know.
pub(super) fn unproved(findings: &Findings, dialect: &Dialect) -> Vec<CommandKind> {
    let mut unproved: Vec<CommandKind> = Vec::new();
    for session in &findings.sessions {
        for heard in session
            .heard
            .iter()
            .filter(|heard| !is_read(dialect, session, heard))
        {
            let kinds = doubted(heard.act, dialect);
            unproved.extend(
                kinds
                    .iter()
                    .filter(|kind| dialect.request(**kind).is_some()),
            );
        }
    }
    unproved
}

/// What an act that cannot be read casts doubt on.
fn doubted(act: Act, dialect: &Dialect) -> &'static [CommandKind] {
    use CommandKind::{Join, List, Quit, Say, Tell};
    let has = |kind| dialect.request(kind).is_some();
    match act {
        Act::Tells => &[Tell],
        Act::Lists | Act::ListsAlone => &[List],
        Act::Quits if has(Quit) => &[Quit],
        Act::Says | Act::SaysAgain | Act::SaysAlone => &[Say],
        // What a long text does is the limits' matter, and a wrong answer to a mistake is not in the file.
        Act::SaysMore | Act::TellsNobody | Act::Strange | Act::Malformed => &[],
        // So are those names that a server takes, and what is told of who asks for one that is taken.
        Act::DigitsJoin | Act::Returns | Act::AsksForTaken | Act::AsksForFree => &[],
        Act::Quits | Act::Closes | Act::Resets => &[Say, Tell, List],
        Act::AnaConnects
        | Act::AnaSteps
        | Act::AnaJoins
        | Act::BiaConnects
        | Act::BiaSteps
        | Act::BiaJoins
        | Act::CaioJoins => &[Join, Say, Tell, List, Quit],
    }
}

fn is_read(dialect: &Dialect, session: &Session, heard: &Heard) -> bool {
    let phase = match heard.act {
        Act::AnaConnects | Act::AnaSteps | Act::AnaJoins => [Phase::Joining, Phase::Joining],
        Act::BiaConnects | Act::BiaSteps | Act::BiaJoins => [Phase::Chatting, Phase::Joining],
        _ => [Phase::Chatting, Phase::Chatting],
    };
    let must_deliver = matches!(heard.act, Act::Says | Act::SaysAgain)
        && dialect.request(CommandKind::Say).is_some()
        && !heard.bia.is_empty();
    let ana = kinds(dialect, phase[0], &heard.ana, None);
    let bia = kinds(
        dialect,
        phase[1],
        &heard.bia,
        must_deliver.then_some(&session.cast.text),
    );
    ana && bia
}

/// Whether all of it is known, and holds a delivery of this text.
fn kinds(dialect: &Dialect, phase: Phase, bytes: &[u8], text: Option<&String>) -> bool {
    let mut hearing = Hearing::new(dialect);
    hearing.receive(bytes);
    let mut is_delivered = text.is_none();
    while let Some(heard) = hearing.next(phase, Supply::Settled) {
        if !heard.is_known {
            return false;
        }
        is_delivered |= heard.kind == Some(NoticeKind::Delivered.into())
            && heard.fields.get("text") == text.map(String::as_bytes);
    }
    is_delivered
}
