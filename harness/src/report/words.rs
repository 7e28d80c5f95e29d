//! The fixed words of the reports, in Portuguese and in English. Each is a pair, so a missing translation does not compile.
//!
//! Knows no layout, no colour and no markup.

use std::fmt::Write as _;
use std::time::Duration;

use protocol::dialect::Level;
use protocol::lang::Lang;
use protocol::matching::Standing;
use protocol::quote::visible;

use super::{Because, Grade, Outcome, Report, Target};
use crate::transcript::{Happening, Helper, Player};
use crate::verdict::{Detail, FindingKind, Verdict, in_a_sentence};

/// A text in Portuguese and in English.
pub(crate) type Pair = [&'static str; 2];

pub(crate) const SCENARIO: Pair = ["cenário", "scenario"];
pub(crate) const VERDICT: Pair = ["veredito", "verdict"];
pub(crate) const LEVEL: Pair = ["nível", "level"];
pub(crate) const POINTS: Pair = ["pontos", "points"];
pub(crate) const DIALECT: Pair = ["dialeto", "dialect"];
pub(crate) const NOTES: Pair = ["Observações", "Notes"];
pub(crate) const WARNINGS: Pair = ["Avisos", "Warnings"];
pub(crate) const FAILURES: Pair = ["O que falhou, e por quê", "What failed, and why"];
pub(crate) const EACH_SCENARIO: Pair = ["Cada cenário", "Each scenario"];
pub(crate) const SERVER: Pair = ["servidor", "server"];
pub(crate) const WHERE_POINTS_WENT: Pair = ["Onde os pontos ficaram", "Where the points went"];
pub(crate) const NO_TOPIC: Pair = ["sem tópico", "no topic"];

pub(crate) const THE_DOCUMENT_SAYS: Pair = ["O que o documento diz", "What the document says"];
pub(crate) const WHAT_WAS_SENT: Pair = ["O que foi enviado, e por quem", "What was sent, by whom"];
pub(crate) const EXPECTED_AGAINST_RECEIVED: Pair =
    ["Esperado e recebido", "Expected against received"];
pub(crate) const ON_THE_WIRE: Pair = ["O que aconteceu na rede", "What happened on the wire"];
pub(crate) const WHY_USUALLY: Pair = ["Por que isso costuma acontecer", "Why this usually happens"];
pub(crate) const WHAT_TO_TRY: Pair = ["O que tentar", "What to try"];
pub(crate) const RUN_AGAIN: Pair = [
    "Para repetir só este cenário",
    "To run just this scenario again",
];
pub(crate) const SERVER_PRINTED: Pair = [
    "As últimas linhas que o servidor imprimiu",
    "The last lines that the server printed",
];
pub(crate) const ALSO_FOUND: Pair = ["Também encontrado", "Also found"];

pub(crate) const DOCUMENT_IS_SILENT: Pair = [
    "O documento não fala disto; é boa engenharia.",
    "The document is silent about this; it is good engineering.",
];
pub(crate) const NOTHING_WAS_SENT: Pair = [
    "Nada foi enviado antes disto.",
    "Nothing was sent before this.",
];
pub(crate) const NOTHING_HAPPENED: Pair =
    ["Nada aconteceu na rede.", "Nothing happened on the wire."];
pub(crate) const EXPECTED: Pair = ["esperado", "expected"];
pub(crate) const RECEIVED: Pair = ["recebido", "received"];
pub(crate) const ACCEPTED: Pair = ["aceito", "accepted"];
pub(crate) const TOLERATED: Pair = ["tolerado", "tolerated"];
pub(crate) const NOTHING: Pair = ["nada", "nothing"];
pub(crate) const ENDS_HERE: Pair = [
    "termina aqui; faltam bytes",
    "it ends here; bytes are missing",
];
pub(crate) const END_OF_SCENARIO: Pair = ["fim do cenário", "end of the scenario"];
pub(crate) const LINE: Pair = ["linha", "line"];
pub(crate) const PORT: Pair = ["porta", "port"];
pub(crate) const CLIENT: Pair = ["cliente", "client"];

pub(crate) const fn verdict(verdict: Verdict) -> Pair {
    match verdict {
        Verdict::Pass => ["passou", "pass"],
        Verdict::Warn => ["aviso", "warn"],
        Verdict::Fail => ["falhou", "fail"],
        Verdict::NotApplicable => ["não se aplica", "not applicable"],
        Verdict::Blocked => ["bloqueado", "blocked"],
        Verdict::Error => ["erro nosso", "our error"],
    }
}

/// A verdict after a number.
const fn counted(verdict: Verdict, count: usize) -> Pair {
    let is_one = count == 1;
    match verdict {
        Verdict::Pass if is_one => ["passou", "passed"],
        Verdict::Pass => ["passaram", "passed"],
        Verdict::Warn => ["com aviso", "with warnings"],
        Verdict::Fail if is_one => ["falhou", "failed"],
        Verdict::Fail => ["falharam", "failed"],
        Verdict::NotApplicable if is_one => ["não se aplica", "not applicable"],
        Verdict::NotApplicable => ["não se aplicam", "not applicable"],
        Verdict::Blocked if is_one => ["bloqueado", "blocked"],
        Verdict::Blocked => ["bloqueados", "blocked"],
        Verdict::Error if is_one => ["erro nosso", "error of ours"],
        Verdict::Error => ["erros nossos", "errors of ours"],
    }
}

/// One sign for each verdict, for readers who see no colour.
pub(crate) const fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Pass => '✓',
        Verdict::Warn => '!',
        Verdict::Fail => '✗',
        Verdict::NotApplicable => '–',
        Verdict::Blocked => '#',
        Verdict::Error => '?',
    }
}

pub(crate) const fn level(level: Level) -> Pair {
    match level {
        Level::Must => ["obrigatório", "must"],
        Level::Should => ["recomendado", "should"],
        Level::May => ["opcional", "may"],
    }
}

pub(crate) const fn kind(kind: FindingKind) -> Pair {
    match kind {
        FindingKind::Mismatch => ["outros bytes que os esperados", "other bytes than expected"],
        FindingKind::Timeout => ["não chegou a tempo", "it did not come in time"],
        FindingKind::UnexpectedData => ["algo que ninguém esperava", "something nobody expected"],
        FindingKind::Disconnected => [
            "o servidor encerrou a conexão",
            "the server ended the connection",
        ],
        FindingKind::StillConnected => [
            "o servidor deixou a conexão aberta",
            "the server left the connection open",
        ],
        FindingKind::ServerCrashed => ["o servidor morreu", "the server died"],
        FindingKind::TargetUnreachable => [
            "não foi possível chegar ao servidor",
            "the server could not be reached",
        ],
        FindingKind::Deadline => ["o tempo do cenário acabou", "the scenario's time was up"],
    }
}

pub(crate) const fn standing(standing: Standing) -> Pair {
    match standing {
        Standing::Document => EXPECTED,
        Standing::Accepted => ACCEPTED,
        Standing::Tolerated => TOLERATED,
    }
}

/// What a happening without bytes is called.
pub(crate) fn happening(what: &Happening, lang: Lang) -> String {
    let pair = match what {
        Happening::Connected => ["conecta", "connects"],
        Happening::Sent(_) => ["envia", "sends"],
        Happening::Received(_) => ["recebe", "receives"],
        Happening::Finished => ["não enviará mais (FIN)", "will send no more (FIN)"],
        Happening::Closed => ["fecha", "closes"],
        Happening::Reset => ["aborta a conexão (RST)", "aborts the connection (RST)"],
        Happening::ServerClosed => ["o servidor fecha (FIN)", "the server closes (FIN)"],
        Happening::ServerReset => ["o servidor aborta (RST)", "the server aborts (RST)"],
        Happening::StoppedReading => ["para de ler", "stops reading"],
        Happening::ReadsAgain => ["volta a ler", "reads again"],
        Happening::QuietFor(time) => {
            let quiet = lang.pick(["silêncio por", "quiet for"]);
            return format!("{quiet} {}", seconds(*time, lang));
        }
    };
    lang.pick(pair).to_owned()
}

/// The request and the reply before it, over and over.
pub(crate) fn repeated_exchange(times: usize, lang: Lang) -> String {
    match lang {
        Lang::PtBr => format!("o mesmo mais {times} vezes"),
        Lang::En => format!("the same {times} times more"),
    }
}

/// What a client is called above its lane, where there is little room: `ana`, `crowd 3`, `alive?`; safe to show.
pub(crate) fn lane(player: &Player, lang: Lang) -> String {
    match player {
        Player::Actor(name) => visible(name),
        Player::OfCrowd(number) => format!("{} {number}", lang.pick(["multidão", "crowd"])),
        Player::Helper(helper) => lang.pick(helper_names(*helper)).to_owned(),
    }
}

const fn helper_names(helper: Helper) -> Pair {
    match helper {
        Helper::Alive => ["vivo?", "alive?"],
        Helper::OneOfTwo => ["1 de 2", "1 of 2"],
        Helper::Newcomer => ["novo", "new"],
        Helper::SecondNewcomer => ["novo 2", "new 2"],
        Helper::Attuning => ["ajuste", "tuning"],
    }
}

/// What a client is called in a sentence.
pub(crate) fn player(player: &Player, lang: Lang) -> String {
    match player {
        Player::Actor(name) => name.clone(),
        Player::OfCrowd(number) => match lang {
            Lang::PtBr => format!("cliente {number} da multidão"),
            Lang::En => format!("client {number} of the crowd"),
        },
        Player::Helper(_) => lang.pick(["um cliente novo", "a new client"]).to_owned(),
    }
}

/// A value in a sentence.
pub(crate) fn detail(detail: &Detail, lang: Lang) -> String {
    match detail {
        Detail::Text(text) => text.clone(),
        Detail::Bytes(bytes) => in_a_sentence(bytes).lang(lang).to_string(),
        Detail::Player(client) => player(client, lang),
        Detail::PlayerIn(client, scenario) => {
            let of = lang.pick(["em", "in"]);
            format!("{} ({of} {scenario})", player(client, lang))
        }
        Detail::Reply(kind) => lang.pick(kind.words()).to_owned(),
        Detail::Seconds(_) => lang.decimal(&detail.to_string()),
    }
}

/// Why an outcome has no verdict of its own, as a sentence; safe to show.
pub(crate) fn because(because: &Because, lang: Lang) -> String {
    match because {
        Because::DialectLacks(words) => visible(words.of(lang)),
        Because::ServerDiedIn(id) if id.is_empty() => lang
            .pick([
                "não foi possível chegar ao servidor",
                "the server could not be reached",
            ])
            .to_owned(),
        Because::ServerDiedIn(id) => {
            let died = lang.pick(["o servidor morreu antes, em", "the server died earlier, in"]);
            format!("{died} {}", visible(id))
        }
        Because::ServesNobodySince(id) => {
            let mute = lang.pick([
                "o servidor não atendeu mais ninguém desde",
                "the server has served nobody any more since",
            ]);
            format!("{mute} {}", visible(id))
        }
        Because::NeverHeard {
            servers,
            clients,
            waited,
        } => never_heard(*servers, *clients, *waited, lang),
        Because::OurFault(what) => {
            let ours = lang.pick([
                "a culpa é do harness, não do servidor",
                "the harness is to blame, not the server",
            ]);
            format!("{ours}: {}", visible(what))
        }
    }
}

/// What was tried with servers from which nobody heard anything.
fn never_heard(servers: u32, clients: usize, waited: Duration, lang: Lang) -> String {
    let tried = match (clients, lang) {
        (1, Lang::PtBr) => "1 cliente tentou entrar".to_owned(),
        (1, Lang::En) => "1 client tried to join".to_owned(),
        (_, Lang::PtBr) => format!("{clients} clientes tentaram entrar"),
        (_, Lang::En) => format!("{clients} clients tried to join"),
    };
    let waited = waited.as_secs();
    match (servers, lang) {
        (1, Lang::PtBr) => {
            format!("o servidor nunca enviou um byte sequer a ninguém: {tried}, em {waited} s")
        }
        (1, Lang::En) => {
            format!("the server never sent a single byte to anybody: {tried}, in {waited} s")
        }
        (_, Lang::PtBr) => format!(
            "iniciado {servers} vezes, o servidor nunca enviou um byte sequer a ninguém: {tried}, em {waited} s"
        ),
        (_, Lang::En) => format!(
            "started {servers} times, the server never sent a single byte to anybody: {tried}, in {waited} s"
        ),
    }
}

/// What was graded; safe to show.
pub(crate) fn target(target: &Target, lang: Lang) -> String {
    match target {
        Target::Embedded => lang
            .pick([
                "servidor de referência embutido",
                "embedded reference server",
            ])
            .to_owned(),
        Target::Attached { address } => visible(address),
        Target::Spawned { command } => visible(command),
    }
}

/// `1 scenario`, `12 scenarios`.
pub(crate) fn scenarios(count: usize, lang: Lang) -> String {
    let noun = match count {
        1 => SCENARIO,
        _ => ["cenários", "scenarios"],
    };
    format!("{count} {}", lang.pick(noun))
}

/// `10 scenarios: 7 pass, 2 fail, 1 blocked`.
pub(crate) fn tally(report: &Report, lang: Lang) -> String {
    let counts: Vec<String> = report
        .counts()
        .into_iter()
        .map(|(of, count)| format!("{count} {}", lang.pick(counted(of, count))))
        .collect();
    let mut text = scenarios(report.outcomes.len(), lang);
    if !counts.is_empty() {
        let _ = write!(text, ": {}", counts.join(", "));
    }
    if report.not_run > 0 {
        let not_run = lang.pick(["não executados", "not run"]);
        let _ = write!(text, ", {} {not_run}", report.not_run);
    }
    text
}

/// `83/100 points`, and why it is not the last word.
pub(crate) fn grade(grade: Grade, lang: Lang) -> String {
    let points = lang.pick(POINTS);
    let mut text = format!("{}/{} {points}", grade.earned, grade.possible);
    if grade.incomplete {
        text.push_str(lang.pick([
            " (incompleto: algo não pôde ser julgado)",
            " (incomplete: something could not be judged)",
        ]));
    }
    text
}

/// How many of something were left out, by the report's own cap.
pub(crate) fn left_out(count: u64, what: Pair, lang: Lang) -> String {
    format!("… {}: {count}", lang.pick(what))
}

pub(crate) const EARLIER_EVENTS: Pair = [
    "eventos anteriores não mostrados",
    "earlier events not shown",
];
pub(crate) const LATER_EVENTS: Pair = [
    "eventos posteriores não mostrados",
    "later events not shown",
];
pub(crate) const EVENTS_NOT_KEPT: Pair = [
    "eventos além do limite do que se guarda",
    "events beyond the limit of what is kept",
];
pub(crate) const BYTES_NOT_KEPT: Pair = [
    "bytes além do limite do que se guarda",
    "bytes beyond the limit of what is kept",
];
pub(crate) const CLIENTS: Pair = ["outros clientes", "other clients"];
pub(crate) const REMARKS: Pair = ["outras observações", "other notes"];
pub(crate) const SCENARIOS: Pair = ["cenários não mostrados", "scenarios not shown"];
pub(crate) const FORMS: Pair = ["outras formas aceitas", "other accepted forms"];
pub(crate) const EXPLANATIONS: Pair = [
    "cenários que falharam sem explicação aqui",
    "failed scenarios not explained here",
];
pub(crate) const WARNED: Pair = [
    "cenários com aviso sem explicação aqui",
    "scenarios with warnings not explained here",
];
pub(crate) const FINDINGS: Pair = ["outros achados", "other findings"];
pub(crate) const OUTPUT_LINES: Pair =
    ["linhas anteriores não mostradas", "earlier lines not shown"];

/// The points of an outcome: `5/10`, or a dash where none are at stake because it does not apply.
pub(crate) fn points(outcome: &Outcome, strict: bool) -> String {
    match outcome.verdict {
        Verdict::NotApplicable => "–".to_owned(),
        _ => format!("{}/{}", outcome.earned(strict), outcome.points),
    }
}

/// How many of how many repetitions passed.
pub(crate) fn repeated((passed, of): (u32, u32), lang: Lang) -> String {
    match lang {
        Lang::PtBr => format!("passou em {passed} de {of} repetições"),
        Lang::En => format!("passed {passed} of {of} repetitions"),
    }
}

/// After how long of waiting.
pub(crate) fn waited(time: Duration, lang: Lang) -> String {
    match lang {
        Lang::PtBr => format!("esperou {}", seconds(time, lang)),
        Lang::En => format!("waited {}", seconds(time, lang)),
    }
}

/// A duration for people: `12.4 ms`, `2.50 s`; `2,50 s` in Portuguese.
pub(crate) fn seconds(time: Duration, lang: Lang) -> String {
    match time < Duration::from_secs(1) {
        true => format!("{} ms", millis(time, lang)),
        false => lang.decimal(&format!("{:.2} s", time.as_secs_f64())),
    }
}

/// Milliseconds for people, to a tenth: `12.4`.
pub(crate) fn millis(time: Duration, lang: Lang) -> String {
    lang.decimal(&format!("{:.1}", time.as_secs_f64() * 1000.0))
}

/// A count of bytes: `1 byte`, `12 bytes`. The same in both languages.
pub(crate) fn bytes(count: usize) -> String {
    match count {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_nothing_was_played_says_what_was_tried() {
        let of = |servers, clients| Because::NeverHeard {
            servers,
            clients,
            waited: Duration::from_millis(46_700),
        };
        let said = [(3, 5), (1, 1)].map(|(servers, clients)| {
            Lang::ALL
                .map(|lang| because(&of(servers, clients), lang))
                .join("\n")
        });
        insta::assert_snapshot!(said.join("\n"), @r"
        iniciado 3 vezes, o servidor nunca enviou um byte sequer a ninguém: 5 clientes tentaram entrar, em 46 s
        started 3 times, the server never sent a single byte to anybody: 5 clients tried to join, in 46 s
        o servidor nunca enviou um byte sequer a ninguém: 1 cliente tentou entrar, em 46 s
        the server never sent a single byte to anybody: 1 client tried to join, in 46 s
        ");
    }
}
