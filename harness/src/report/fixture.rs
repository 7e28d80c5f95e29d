//! A finished run that shows every variant of everything: each verdict, each kind of happening, and bytes that would do
//! harm in a terminal, HTML, Markdown, XML, a spreadsheet or a workflow log if a report let them through.

use std::time::Duration;

use protocol::dialect::Level;
use protocol::matching::Standing;

use super::{Because, Outcome, Passage, Remark, Report, Target, Words};
use crate::lesson::Lesson;
use crate::transcript::{Client, ClientId, Entry, Happening, Helper, Player, Transcript};
use crate::verdict::{Detail, ExpectedForm, Finding, FindingKind, StepAt, Verdict};

/// What a hostile server sends: it would clear the screen, run a script, start a formula, set a workflow's output, end a
/// CDATA section, turn text around, and is no UTF-8.
pub(crate) const HOSTILE: &[u8] = b"\x1b[2J\x1b]0;pwned\x07<script>alert(1)</script>\n=cmd()|'/C calc'!A0\n::set-output name=grade::100%\n]]>&amp;\xff\xfe\xe2\x80\xae```\n| a |";

/// The same in what a scenario's author could write.
const HOSTILE_TITLE: &str = "=1+1 <b>\"Hello\" & ]]> ::error::x%0A \u{1b}[31m\u{202e}| `#` \\";

pub(crate) static TRUNCATED: Lesson = Lesson {
    id: "truncated",
    what: [
        "{actor} recebeu a mensagem sem o fim: faltaram {missing} bytes.",
        "{actor} got the message without its end: {missing} bytes were missing.",
    ],
    why: [
        "O servidor lê com `recv(1024)` e repassa só o que coube na primeira leitura; o resto da mensagem fica no \
         socket, ou é lido como se fosse outra mensagem.",
        "The server reads with `recv(1024)` and passes on what fitted into the first read; the rest of the message stays \
         in the socket, or is read as if it were another message.",
    ],
    fix: [
        "Leia em um laço até o fim da mensagem, e só então a repasse a todos.",
        "Read in a loop until the message ends, and only then pass it on to everyone.",
    ],
};

static DEADLOCK: Lesson = Lesson {
    id: "deadlock-at-departure",
    what: [
        "Depois de {after}, o servidor não respondeu a mais ninguém.",
        "After {after}, the server answered nobody any more.",
    ],
    why: [
        "O `Lock` que protege a lista de clientes não é reentrante: quem remove o cliente já o segura quando chama o \
         `broadcast`, que o pede outra vez e espera para sempre.",
        "The `Lock` around the list of clients is not re-entrant: whoever removes the client already holds it when calling \
         `broadcast`, which asks for it again and waits for ever.",
    ],
    fix: [
        "Solte o lock antes de avisar os outros, ou use `RLock`.",
        "Let go of the lock before you tell the others, or use `RLock`.",
    ],
};

static ECHO: Lesson = Lesson {
    id: "echo-to-the-sender",
    what: [
        "{actor} recebeu algo que ninguém deveria ter enviado: {bytes}",
        "{actor} got something that nobody should have sent: {bytes}",
    ],
    why: [
        "O laço do `broadcast` envia a todos, também a quem enviou.",
        "The `broadcast` loop sends to everyone, the sender too.",
    ],
    fix: [
        "Pule, no laço, o socket de quem enviou.",
        "Skip the sender's own socket in the loop.",
    ],
};

static NOT_TO_THE_LETTER: Lesson = Lesson {
    id: "not-to-the-letter",
    what: [
        "A resposta está certa, mas não ao pé da letra.",
        "The answer is right, but not to the letter.",
    ],
    why: [
        "O texto foi escrito de memória.",
        "The text was written from memory.",
    ],
    fix: [
        "Compare o texto com o do documento, espaço por espaço.",
        "Compare the text with the document's, blank by blank.",
    ],
};

static CRASH: Lesson = Lesson {
    id: "crash",
    what: [
        "O servidor morreu enquanto {actor} esperava.",
        "The server died while {actor} was waiting.",
    ],
    why: [
        "Uma exceção que ninguém tratou encerrou o programa.",
        "An exception that nobody caught ended the program.",
    ],
    fix: [
        "Trate `UnicodeDecodeError` em volta de cada `decode`.",
        "Catch `UnicodeDecodeError` around each `decode`.",
    ],
};

/// The run.
pub(crate) fn report() -> Report {
    Report {
        version: "0.1.0".to_owned(),
        began: "2026-11-20T19:30:00Z".to_owned(),
        target: Target::Attached {
            address: "127.0.0.1:55555".to_owned(),
        },
        dialect: "unb".to_owned(),
        dialect_title: Words {
            pt: "UnB: códigos de status como os do HTTP".to_owned(),
            en: "UnB: status codes in the manner of HTTP".to_owned(),
        },
        strict: false,
        outcomes: vec![
            passed(),
            warned(),
            truncated(),
            echoed(),
            hung(),
            not_applicable(),
            not_applicable_either(
                "framing/glue",
                "Two messages in one segment are two messages",
            ),
            not_applicable_either(
                "framing/pieces",
                "A message that comes byte by byte is one message",
            ),
            crashed(),
            blocked(),
            errored(),
        ],
        not_run: 2,
        remarks: vec![
            Remark::warning(words(
                "O servidor termina suas mensagens com \\n, que o documento não pede.",
                "The server ends its messages with \\n, which the document does not ask for.",
            )),
            Remark::note(words(
                "O silêncio foi provado por LIST, não pelo relógio.",
                "Silence was proved by LIST, not by the clock.",
            )),
        ],
        elapsed: ms(3456.7),
    }
}

fn words(pt: &str, en: &str) -> Words {
    Words {
        pt: pt.to_owned(),
        en: en.to_owned(),
    }
}

fn ms(ms: f64) -> Duration {
    Duration::from_secs_f64(ms / 1000.0)
}

/// An outcome that passed, to be changed.
/// A title in both languages; most have only one here.
fn titled(title: &str) -> Words {
    let pt = match title {
        "A client joins and is welcomed" => "Um cliente entra e recebe as boas-vindas",
        "The list holds who has joined" => "A lista tem quem entrou",
        same => same,
    };
    Words {
        pt: pt.to_owned(),
        en: title.to_owned(),
    }
}

fn outcome(id: &str, title: &str, line: usize) -> Outcome {
    Outcome {
        id: id.to_owned(),
        title: titled(title),
        file: format!("scenarios/{id}.chat"),
        line,
        level: Level::Must,
        points: 10,
        verdict: Verdict::Pass,
        because: None,
        rule: None,
        passage: Passage {
            spec: "UnB, §2.2, Mensagem".to_owned(),
            quote: Some("a mensagem é enviada a todos os outros clientes".to_owned()),
            says: words(
                "O texto chega inteiro a todos os outros, uma vez, como «[nome]: texto».",
                "The text reaches everyone else whole, once, as «[name]: text».",
            ),
        },
        findings: Vec::new(),
        transcript: conversation(),
        started: ms(0.0),
        elapsed: ms(12.3),
        repeated: None,
        rerun: format!("harness run scenarios/{id}.chat --target 127.0.0.1:55555"),
    }
}

fn finding(kind: FindingKind, lesson: &'static Lesson) -> Finding {
    Finding {
        kind,
        is_warning: false,
        at: ms(3.0),
        step: Some(StepAt {
            file: "scenarios/basic/broadcast.chat".to_owned(),
            line: 12,
            text: "bia hears ana \"Bom dia!\"".to_owned(),
        }),
        client: Some(ClientId(1)),
        expected: Vec::new(),
        nearest: 0,
        received: Vec::new(),
        differs_at: None,
        waited: Duration::ZERO,
        lesson,
        details: Vec::new(),
        server_output: None,
    }
}

fn form(bytes: &str, standing: Standing) -> ExpectedForm {
    ExpectedForm {
        bytes: bytes.as_bytes().to_vec(),
        standing,
    }
}

fn conversation() -> Transcript {
    let sent = |bytes: &str| Happening::Sent(bytes.as_bytes().to_vec());
    let received = |bytes: &str| Happening::Received(bytes.as_bytes().to_vec());
    let client = |actor: &str, nick: &str, port| Client {
        player: Player::Actor(actor.to_owned()),
        nick: nick.to_owned(),
        local_port: Some(port),
    };
    let entry = |at, client, line, what| Entry {
        at: ms(at),
        client: ClientId(client),
        what,
        line: Some(line),
    };
    Transcript {
        clients: vec![
            client("ana", "anak3f7q", 50797),
            client("bia", "biax2p9w", 50799),
            client("caio", "caiom4t8", 50801),
        ],
        entries: vec![
            entry(0.1, 0, 7, Happening::Connected),
            entry(0.3, 0, 7, received("NICK")),
            entry(0.4, 0, 7, sent("anak3f7q")),
            entry(
                0.6,
                0,
                7,
                received("200 OK - Connected\nBem-vindo(a), anak3f7q."),
            ),
            entry(0.7, 1, 8, Happening::Connected),
            entry(0.9, 1, 8, received("NICK")),
            entry(1.0, 1, 8, sent("biax2p9w")),
            entry(
                1.1,
                1,
                8,
                received("200 OK - Connected\nBem-vindo(a), biax2p9w."),
            ),
            entry(1.2, 0, 8, received("biax2p9w entrou no chat!")),
            entry(1.4, 2, 9, Happening::Connected),
            entry(1.6, 2, 9, sent("caiom4t8")),
            entry(2.1, 0, 11, sent("MSG Bom dia, João! 漢字")),
            entry(
                2.4,
                0,
                11,
                received("200 OK\nMensagem enviada com sucesso."),
            ),
            entry(2.5, 1, 11, received("[anak3f7q]: Bom dia, Jo")),
            entry(8.0, 2, 13, Happening::QuietFor(ms(250.0))),
            entry(8.1, 2, 14, Happening::StoppedReading),
            entry(8.2, 2, 14, Happening::ReadsAgain),
            entry(8.3, 0, 15, Happening::Finished),
            entry(8.4, 0, 15, Happening::ServerClosed),
            entry(8.5, 1, 16, Happening::Reset),
            entry(8.6, 2, 17, Happening::ServerReset),
            entry(8.7, 0, 17, Happening::Closed),
        ],
        bytes_dropped: 0,
        entries_dropped: 0,
    }
}

fn passed() -> Outcome {
    Outcome {
        repeated: Some((3, 3)),
        ..outcome("basic/join", "A client joins and is welcomed", 4)
    }
}

fn warned() -> Outcome {
    let mut finding = finding(FindingKind::Mismatch, &NOT_TO_THE_LETTER);
    finding.is_warning = true;
    finding.expected = vec![
        form("[anak3f7q]: Bom dia!", Standing::Document),
        form("[anak3f7q] Bom dia!", Standing::Tolerated),
    ];
    finding.received = b"[anak3f7q] Bom dia!".to_vec();
    finding.differs_at = Some(10);
    Outcome {
        verdict: Verdict::Warn,
        level: Level::Should,
        points: 5,
        findings: vec![finding],
        ..outcome(
            "basic/delivery-form",
            "A delivery has the document's form",
            3,
        )
    }
}

fn truncated() -> Outcome {
    let mut decisive = finding(FindingKind::Mismatch, &TRUNCATED);
    decisive.expected = vec![
        form("[anak3f7q]: Bom dia, João! 漢字", Standing::Document),
        form("[anak3f7q]: Bom dia, João! 漢字\n", Standing::Accepted),
        form("anak3f7q: Bom dia, João! 漢字", Standing::Tolerated),
    ];
    decisive.received = b"[anak3f7q]: Bom dia, Jo".to_vec();
    decisive.differs_at = Some(23);
    decisive.waited = ms(2000.0);
    decisive.details = vec![("missing", Detail::Text("12".to_owned()))];
    let mut second = finding(FindingKind::UnexpectedData, &ECHO);
    second.step = None;
    second.at = ms(9000.0);
    second.received = HOSTILE.to_vec();
    second.details = vec![(
        "bytes",
        Detail::Text(protocol::quote::quote_capped(HOSTILE, 20).to_string()),
    )];
    Outcome {
        verdict: Verdict::Fail,
        findings: vec![decisive, second],
        elapsed: ms(2012.3),
        ..outcome(
            "basic/broadcast",
            "A message reaches everyone else, once",
            4,
        )
    }
}

fn echoed() -> Outcome {
    let mut decisive = finding(FindingKind::UnexpectedData, &ECHO);
    decisive.received = HOSTILE.to_vec();
    decisive.differs_at = Some(0);
    decisive.details = vec![(
        "bytes",
        Detail::Text(String::from_utf8_lossy(HOSTILE).into_owned()),
    )];
    let mut outcome = outcome("hostile/</td>|escape", HOSTILE_TITLE, 4);
    outcome.verdict = Verdict::Fail;
    outcome.findings = vec![decisive];
    outcome.level = Level::Should;
    outcome.passage = Passage::default();
    outcome.transcript.entries_dropped = 7;
    outcome.transcript.bytes_dropped = 1_048_576;
    let flood = HOSTILE.repeat(10);
    outcome
        .transcript
        .entries
        .extend((0_u32..100).map(|at| Entry {
            at: ms(10.0 + f64::from(at)),
            client: ClientId(1),
            what: Happening::Received(flood.clone()),
            line: None,
        }));
    outcome
}

fn hung() -> Outcome {
    let mut decisive = finding(FindingKind::Timeout, &DEADLOCK);
    decisive.step = Some(StepAt {
        file: "scenarios/quit/others-go-on.chat".to_owned(),
        line: 14,
        text: "caio lists".to_owned(),
    });
    decisive.client = Some(ClientId(2));
    decisive.at = ms(5008.9);
    decisive.expected = vec![form("200 OK - User List{rest}", Standing::Document)];
    decisive.waited = ms(5000.0);
    decisive.details = vec![(
        "after",
        Detail::PlayerIn(Player::OfCrowd(3), "basic/crowd".to_owned()),
    )];
    Outcome {
        verdict: Verdict::Fail,
        findings: vec![decisive],
        transcript: with_a_helper(),
        elapsed: ms(5010.0),
        points: 20,
        ..outcome(
            "quit/others-go-on",
            "The others go on after somebody quits",
            6,
        )
    }
}

fn with_a_helper() -> Transcript {
    let mut transcript = conversation();
    transcript.clients.push(Client {
        player: Player::Helper(Helper::Alive),
        nick: "zx4k9p2q".to_owned(),
        local_port: Some(50803),
    });
    transcript.entries.push(Entry {
        at: ms(5009.0),
        client: ClientId(3),
        what: Happening::Connected,
        line: None,
    });
    transcript
}

fn not_applicable() -> Outcome {
    Outcome {
        verdict: Verdict::NotApplicable,
        because: Some(Because::DialectLacks(words(
            "o dialeto não delimita mensagens",
            "the dialect does not delimit messages",
        ))),
        transcript: Transcript::default(),
        elapsed: Duration::ZERO,
        ..outcome(
            "framing/split",
            "A message split at every byte is one message",
            4,
        )
    }
}

fn not_applicable_either(id: &str, title: &str) -> Outcome {
    Outcome {
        because: Some(Because::DialectLacks(words(
            "o dialeto não conhece o fim de uma mensagem",
            "the dialect knows no end of a message",
        ))),
        id: id.to_owned(),
        title: titled(title),
        ..not_applicable()
    }
}

fn crashed() -> Outcome {
    let mut decisive = finding(FindingKind::ServerCrashed, &CRASH);
    decisive.server_output = Some(format!(
        "{}Traceback (most recent call last):\n  File \"server.py\", line 42, in handle\nUnicodeDecodeError: \u{1b}[31m'utf-8' codec can't decode byte 0xff",
        "listening\n".repeat(12)
    ));
    Outcome {
        verdict: Verdict::Fail,
        findings: vec![decisive],
        repeated: Some((1, 3)),
        ..outcome("encoding/invalid", "Invalid UTF-8 kills nobody", 4)
    }
}

fn blocked() -> Outcome {
    Outcome {
        verdict: Verdict::Blocked,
        because: Some(Because::ServerDiedIn("encoding/invalid".to_owned())),
        transcript: Transcript::default(),
        ..outcome("list/after-join", "The list holds who has joined", 4)
    }
}

fn errored() -> Outcome {
    Outcome {
        verdict: Verdict::Error,
        because: Some(Because::OurFault("too many open files".to_owned())),
        level: Level::May,
        points: 1,
        transcript: Transcript::default(),
        ..outcome("alone", "A hundred clients at once", 4)
    }
}

/// A run of two scenarios with a few bytes, for formats that are too long to read with the whole one.
pub(crate) fn short_report() -> Report {
    let mut failed = truncated();
    failed.findings.truncate(1);
    failed
        .transcript
        .entries
        .retain(|entry| entry.line == Some(11));
    let mut report = report();
    report.outcomes = vec![not_applicable(), failed];
    report.not_run = 0;
    report.remarks.truncate(1);
    report
}
