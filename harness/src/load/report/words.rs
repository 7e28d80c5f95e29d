//! What all reports of a load say, in both languages.

use std::time::Duration;

use protocol::lang::Lang;
use protocol::quote::{quote_capped, visible};

use super::super::outcome::{Broken, Ending, Example, Outcome, Pace, Verdict, Violation};
use super::super::subject::Hearers;
use crate::stop::Why;

/// Bytes of a text that are shown.
const SHOWN: usize = 100;

pub(super) const LOAD: [&str; 2] = ["carga", "load"];
pub(super) const CLIENTS: [&str; 2] = ["clientes", "clients"];
pub(super) const DIALECT: [&str; 2] = ["dialeto", "dialect"];
pub(super) const PASSED: [&str; 2] = [
    "nada se perdeu, nada veio duas vezes, a ordem de cada remetente foi mantida",
    "nothing was lost, nothing came twice, each sender's order was kept",
];
pub(super) const INTERRUPTED: [&str; 2] = [
    "interrompida; até ali nada se perdeu, nada veio duas vezes, a ordem de cada remetente foi mantida",
    "interrupted; until then nothing was lost, nothing came twice, each sender's order was kept",
];
pub(super) const LATENCY: [&str; 2] = ["latência", "latency"];
pub(super) const MEAN: [&str; 2] = ["média", "mean"];
pub(super) const LONGEST: [&str; 2] = ["máxima", "longest"];
pub(super) const DELIVERY: [&str; 2] = ["até chegar a cada cliente", "until each client had it"];
pub(super) const ACKNOWLEDGEMENT: [&str; 2] = ["até ser confirmada", "until acknowledged"];
pub(super) const WAITED: [&str; 2] = ["dela, antes de ser enviada", "of it, before it was sent"];
pub(super) const FROM: [[&str; 2]; 2] = [
    [
        "contada do momento em que a mensagem devia ser enviada: quem atrasa paga por tudo o que esperou",
        "counted from when the message was due to be sent: whoever delays pays for all that waited",
    ],
    [
        "contada do envio da mensagem",
        "counted from when the message was sent",
    ],
];
pub(super) const WHY: [&str; 2] = ["por que costuma acontecer", "why this usually happens"];
pub(super) const TRY: [&str; 2] = ["o que tentar", "what to try"];
pub(super) const EXPECTED: [&str; 2] = ["enviado ", "sent    "];
pub(super) const FOUND: [&str; 2] = ["recebido", "received"];
pub(super) const PRINTED: [&str; 2] = [
    "as últimas linhas que o servidor imprimiu",
    "the last lines that the server printed",
];
pub(super) const OVER_TIME: [&str; 2] = ["ao longo do tempo", "over time"];
pub(super) const BY_SHARE: [&str; 2] = [
    "latência de entrega por percentil",
    "delivery latency by percentile",
];
pub(super) const PER_SECOND: [&str; 2] = ["entregas por segundo", "deliveries per second"];

/// `p99`; the last is the longest.
pub(super) fn percentile(share: f64, lang: Lang) -> String {
    match share {
        100.0 => lang.pick(LONGEST).to_owned(),
        share => lang.decimal(&format!("p{share}")),
    }
}

/// `1.667.235`, or `1,667,235`.
pub(super) fn grouped(number: u64, lang: Lang) -> String {
    let digits = number.to_string();
    let mark = lang.pick(['.', ',']);
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

/// In three digits, as they were measured: `250 µs`, `1.25 ms`, `310 ms`, `3.10 s`.
pub(super) fn time(time: Duration, lang: Lang) -> String {
    let seconds = time.as_secs_f64();
    let text = match seconds {
        s if s < 999.5e-6 => format!("{:.0} µs", s * 1e6),
        s if s < 9.995e-3 => format!("{:.2} ms", s * 1e3),
        s if s < 99.95e-3 => format!("{:.1} ms", s * 1e3),
        s if s < 999.5e-3 => format!("{:.0} ms", s * 1e3),
        s if s < 9.995 => format!("{s:.2} s"),
        s => format!("{s:.1} s"),
    };
    lang.decimal(&text)
}

/// A power of ten of a second: `100 µs`, `10 ms`, `1 s`.
pub(super) fn decade(time: Duration) -> String {
    let nanos = time.as_nanos();
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{} µs", nanos / 1_000),
        1_000_000..1_000_000_000 => format!("{} ms", nanos / 1_000_000),
        _ => format!("{} s", nanos / 1_000_000_000),
    }
}

pub(super) fn rate(rate: f64, lang: Lang) -> String {
    match rate {
        rate if rate < 10.0 => lang.decimal(&format!("{rate:.1}")),
        rate => grouped(rate.round() as u64, lang),
    }
}

/// How the messages came to be sent.
pub(super) fn pace(outcome: &Outcome, lang: Lang) -> String {
    let size = match (*outcome.size.start(), *outcome.size.end()) {
        (least, most) if least == most => format!("{least}"),
        (least, most) => format!("{least}–{most}"),
    };
    let length = time(outcome.length, lang);
    match outcome.pace {
        Pace::Open { rate: per_second } => {
            let per_second = rate(per_second, lang);
            lang.pick([
                format!("{per_second} mensagens/s de {size} bytes, em horários marcados, por {length}"),
                format!("{per_second} messages/s of {size} bytes, at scheduled times, for {length}"),
            ])
        }
        Pace::Closed { window } => lang.pick([
            format!("mensagens de {size} bytes, {window} de cada cliente a caminho, tão rápido quanto o servidor entrega, por {length}"),
            format!("messages of {size} bytes, {window} of each client under way, as fast as the server delivers, for {length}"),
        ]),
    }
}

/// What was checked.
pub(super) fn checked(outcome: &Outcome, lang: Lang) -> String {
    let subject = outcome.subject;
    let hearers = lang.pick(match subject.hearers {
        Hearers::Others => [
            "cada mensagem deve chegar uma vez a todos os outros clientes",
            "each message must reach every other client once",
        ],
        Hearers::Everyone => [
            "cada mensagem deve chegar uma vez a todos os clientes, também ao remetente",
            "each message must reach every client once, its sender too",
        ],
        Hearers::Oneself => [
            "cada mensagem deve ser respondida uma vez ao remetente, e a mais ninguém",
            "each message must be answered to its sender once, and to nobody else",
        ],
    });
    let acknowledged = match subject.acknowledged {
        true => lang.pick([
            " e ser confirmada ao remetente",
            " and be acknowledged to its sender",
        ]),
        false => "",
    };
    let raw = match subject.delimited {
        true => "",
        false => lang.pick([
            "; o protocolo não marca o fim das mensagens, por isso cada cliente espera um sinal de que a última foi lida",
            "; the protocol does not mark where messages end, so each client waits for a sign that its last one was read",
        ]),
    };
    format!("{hearers}{acknowledged}{raw}")
}

/// The lines of numbers: what, how many, per second.
pub(super) fn numbers(outcome: &Outcome, lang: Lang) -> Vec<(&'static str, String, String)> {
    let counts = &outcome.counts;
    let per_second = |per_second: f64| format!("{}/s", rate(per_second, lang));
    let mut rows = vec![
        (
            lang.pick(["mensagens enviadas", "messages sent"]),
            of(counts.sent, counts.due, lang),
            per_second(outcome.sent_rate()),
        ),
        (
            lang.pick([
                "entregas conferidas, byte a byte",
                "deliveries checked, byte by byte",
            ]),
            of(counts.heard, counts.expected, lang),
            per_second(outcome.heard_rate()),
        ),
    ];
    if outcome.subject.acknowledged {
        rows.push((
            lang.pick(["confirmações", "acknowledgements"]),
            of(counts.acknowledged, counts.sent, lang),
            String::new(),
        ));
    }
    rows
}

fn of(count: u64, all: u64, lang: Lang) -> String {
    match count == all {
        true => grouped(count, lang),
        false => format!(
            "{} {} {}",
            grouped(count, lang),
            lang.pick(["de", "of"]),
            grouped(all, lang)
        ),
    }
}

/// What a reader must know beside the numbers.
pub(super) fn remarks(outcome: &Outcome, lang: Lang) -> Vec<String> {
    let mut remarks: Vec<_> = outcome
        .remarks
        .iter()
        .map(|remark| visible(remark.words.of(lang)))
        .collect();
    if let Some(Why::Signal(signal)) = outcome.interrupted {
        let (name, elapsed) = (signal.name(), time(outcome.sending, lang));
        let joined = grouped(outcome.counts.joined as u64, lang);
        remarks.push(lang.pick([
            format!("a carga foi interrompida ({name}) depois de {elapsed}, com {joined} clientes dentro; o que estava a caminho não conta como perdido"),
            format!("the load was interrupted ({name}) after {elapsed}, with {joined} clients in; what was under way does not count as lost"),
        ]));
    }
    if outcome.stalled > 0 && outcome.passed() {
        let stalled = grouped(outcome.stalled as u64, lang);
        remarks.push(lang.pick(match outcome.stalled_felt {
            true => [
                format!("clientes que entraram e não leram nada: {stalled}; o que deixaram de ler encheu os buffers do sistema"),
                format!("clients that came in and read nothing: {stalled}; what they left unread filled the system's buffers"),
            ],
            false => [
                format!("clientes que entraram e não leram nada: {stalled}, mas o servidor mal os sentiu: o que deixaram de ler coube nos buffers do sistema (uns 4 MB por conexão). Envie mais: `--rate`, `--size`, `--for`, `--window`"),
                format!("clients that came in and read nothing: {stalled}, but the server hardly felt them: what they left unread fitted into the system's buffers (some 4 MB a connection). Send more: `--rate`, `--size`, `--for`, `--window`"),
            ],
        }));
    }
    if outcome.ending != Ending::NotJoined && !outcome.kept_up() {
        let (sent, due) = (outcome.counts.sent, outcome.counts.due);
        let share = sent as f64 / due.max(1) as f64 * 100.0;
        let share = lang.decimal(&format!("{share:.1}"));
        remarks.push(lang.pick([
            format!("o servidor não acompanhou: só {share} % do que estava marcado pôde ser enviado; as latências contam a espera de cada mensagem enviada"),
            format!("the server did not keep up: only {share} % of what was due could be sent; the latencies count what each message that was sent had waited"),
        ]));
    }
    if outcome.counts.anonymous > 0 {
        let count = grouped(outcome.counts.anonymous, lang);
        remarks.push(lang.pick([
            format!("{count} respostas não mostram o texto: conferido foi só o seu número, não a ordem nem a qual mensagem respondem"),
            format!("{count} replies do not show the text: only their number was checked, not the order nor which message they answer"),
        ]));
    }
    remarks
}

/// The verdict in one line.
pub(super) fn verdict(outcome: &Outcome, lang: Lang) -> String {
    match outcome.verdict() {
        Verdict::Pass => return lang.pick(PASSED).to_owned(),
        Verdict::Interrupted => return lang.pick(INTERRUPTED).to_owned(),
        Verdict::Fail => {}
    }
    let names = outcome.violations.iter();
    let names: Vec<_> = names
        .map(|violation| headline(outcome, violation, lang))
        .collect();
    names.join("; ")
}

/// `mensagens se perderam: 330 de 9.900 entregas`.
pub(super) fn headline(outcome: &Outcome, violation: &Violation, lang: Lang) -> String {
    let title = lang.pick(super::lesson::lesson(violation.broken, outcome.stalled > 0).title);
    let count = grouped(violation.count, lang);
    let expected = grouped(outcome.counts.expected, lang);
    let clients = grouped(outcome.clients as u64, lang);
    let what = match violation.broken {
        Broken::NotLetIn | Broken::Closed => lang.pick([
            format!("{count} de {clients} clientes"),
            format!("{count} of {clients} clients"),
        ]),
        Broken::Silent | Broken::Unfinished => lang.pick([
            format!("{count} entregas e confirmações faltavam"),
            format!("{count} deliveries and acknowledgements were still to come"),
        ]),
        Broken::Lost => lang.pick([
            format!("{count} de {expected} entregas"),
            format!("{count} of {expected} deliveries"),
        ]),
        _ if violation.count == 1 => lang.pick(["uma vez", "once"]).to_owned(),
        _ => lang.pick([format!("{count} vezes"), format!("{count} times")]),
    };
    format!("{title}: {what}")
}

/// One case, in one sentence.
pub(super) fn example(broken: Broken, example: &Example, lang: Lang) -> String {
    let at = time(example.at, lang);
    let hearer = example.hearer.as_deref().unwrap_or("?");
    let sender = example.sender.as_deref().unwrap_or("?");
    let number = example.number.unwrap_or(0);
    let why = match &example.why {
        Some(why) => format!(" ({why})"),
        None => String::new(),
    };
    lang.pick(match broken {
        Broken::NotLetIn => [
            format!("{hearer}, o {number}º cliente, não entrou{why}; depois dele ninguém mais tentou"),
            format!("{hearer}, client number {number}, did not get in{why}; nobody tried after it"),
        ],
        Broken::Closed => [
            format!("aos {at} a conexão de {hearer} foi fechada{why}"),
            format!("at {at} the connection of {hearer} was closed{why}"),
        ],
        Broken::Silent | Broken::Unfinished => [
            format!("a última mensagem chegou aos {at}"),
            format!("the last message came at {at}"),
        ],
        Broken::Lost => {
            let (lacking, all) = example.lacking.unwrap_or_default();
            let count = example.count.unwrap_or(1);
            let lacks = lacks(count);
            let count = grouped(count, lang);
            [
                format!("a mensagem {number} de {sender} não chegou a {hearer}: falta a {lacking} dos {all} que deviam recebê-la; a {hearer} {lacks} {count} de {sender}"),
                format!("message {number} of {sender} never reached {hearer}: {lacking} of the {all} who should have it lack it; {hearer} lacks {count} of {sender}"),
            ]
        }
        Broken::Twice => [
            format!("aos {at} {hearer} recebeu outra vez a mensagem {number} de {sender}"),
            format!("at {at} {hearer} got message {number} of {sender} once more"),
        ],
        Broken::Order => [
            format!("aos {at} {hearer} recebeu a mensagem {number} de {sender} depois de uma mais nova"),
            format!("at {at} {hearer} got message {number} of {sender} after a newer one"),
        ],
        Broken::Altered => [
            format!("aos {at} {hearer} recebeu a mensagem {number} de {sender} alterada"),
            format!("at {at} {hearer} got message {number} of {sender} altered"),
        ],
        Broken::WrongSender => [
            format!("aos {at} {hearer} recebeu a mensagem {number} de {sender} com outro nome"),
            format!("at {at} {hearer} got message {number} of {sender} under another name"),
        ],
        Broken::WrongHearer => [
            format!("aos {at} {hearer} recebeu a mensagem {number} de {sender}, que não era para ele"),
            format!("at {at} {hearer} got message {number} of {sender}, which was not for it"),
        ],
        Broken::Unacknowledged => {
            let count = example.count.unwrap_or(1);
            let (lacks, is_one) = (lacks(count), count == 1);
            let count = grouped(count, lang);
            let (pt, en) = match is_one {
                true => ("confirmação", "acknowledgement"),
                false => ("confirmações", "acknowledgements"),
            };
            [
                format!("a {sender} {lacks} {count} {pt}"),
                format!("{sender} lacks {count} {en}"),
            ]
        }
        Broken::AcknowledgedTwice => [
            format!("aos {at} {hearer} recebeu uma resposta a mais"),
            format!("at {at} {hearer} got a reply too many"),
        ],
        Broken::Refused => [
            format!("aos {at} {hearer} recebeu uma recusa"),
            format!("at {at} {hearer} got a refusal"),
        ],
        Broken::Strange => [
            format!("aos {at} {hearer} recebeu bytes desconhecidos"),
            format!("at {at} {hearer} got unknown bytes"),
        ],
    })
}

/// In Portuguese the verb goes with what is lacking.
const fn lacks(count: u64) -> &'static str {
    match count {
        1 => "falta",
        _ => "faltam",
    }
}

/// Bytes as a person can read them, in quotes.
pub(super) fn shown(bytes: &[u8], lang: Lang) -> String {
    quote_capped(bytes, SHOWN).lang(lang).to_string()
}

/// Whether the bytes that were sent help to understand a case.
pub(super) const fn shows_sent(broken: Broken) -> bool {
    matches!(broken, Broken::Altered | Broken::Lost)
}
