//! The watch on a server that we started: what clients that have left leave behind in it, and whether it rests while nobody is
//! connected. It costs no points: a protocol does not ask for it, good engineering does.
//!
//! ```text
//! the server keeps connections of clients that have left open: 4 sockets after the first scenario, 655 after the last; …
//! ```
//!
//! A correct server is late (a busy machine, a child that is waited for only when the next is born, a collector of garbage) and
//! has pools that grow. So a number counts only if it was there after each of the last scenarios, is more than the clients of one
//! scenario can account for, and is there when the server has had time; and what is done meanwhile counts only if it never stops.

#[cfg(not(target_os = "linux"))]
#[path = "watch/elsewhere.rs"]
mod sight;
#[cfg(target_os = "linux")]
mod sight;

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::report::{Belonging, Remark, Watched, Words};
use sight::{effort, look};

/// After each of so many scenarios something must have been there: the last of them.
const SCENARIOS: usize = 5;

/// How long a server may still be busy with clients that have left.
const PATIENCE: Duration = Duration::from_secs(5);

/// The gap between two looks at a server that should be at rest.
const SLICE: Duration = Duration::from_millis(50);

/// Who is at work for less than this part of a slice rests; who never rests is at work for more than that of all of them.
const RESTS: f64 = 0.5;
const NEVER_RESTS: f64 = 0.8;

/// What a server has at a moment.
#[derive(Debug, Clone, Copy, Default)]
struct Sight {
    connections: u32,
    threads: u32,
    zombies: u32,
}

impl Sight {
    const fn count(&self, what: Belonging) -> u32 {
        match what {
            Belonging::Connections => self.connections,
            Belonging::Threads => self.threads,
            Belonging::Zombies => self.zombies,
        }
    }
}

/// What its threads have done so far.
#[derive(Debug, Clone, Copy, Default)]
struct Effort {
    /// How long they ran, or waited for a processor, together.
    busy: Duration,
    /// Whether one does so now.
    is_at_work: bool,
}

/// What was seen when all clients of a scenario had left.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// How many clients had come and left.
    clients: u32,
    sight: Sight,
}

/// What was seen of a server, from its first scenario on. What clients that come and go do to it takes several of them to see.
#[derive(Debug, Default)]
pub(super) struct Watch {
    first: Option<Sample>,
    last: VecDeque<Sample>,
    found: Vec<Watched>,
    is_blind: bool,
}

impl Watch {
    /// From now on it is another process.
    pub(super) fn again(&mut self) {
        self.first = None;
        self.last.clear();
    }

    /// Looks at what came of this keeper when nobody is connected, after so many clients in all.
    pub(super) fn look(&mut self, keeper: Option<u32>, clients: u32) {
        let Some(sight) = keeper.and_then(look) else {
            self.is_blind |= !cfg!(target_os = "linux");
            return;
        };
        let sample = Sample { clients, sight };
        if self.first.is_none() {
            // Not before: many programs start threads and open files when they are first needed.
            self.first = Some(sample);
            return;
        }
        if self.last.len() == SCENARIOS {
            self.last.pop_front();
        }
        self.last.push_back(sample);
    }

    /// Looks for the last time, and takes its time with a server that is suspect.
    pub(super) async fn at_rest(&mut self, keeper: Option<u32>) {
        let Some(keeper) = keeper else { return };
        let Some(mut former) = effort(keeper) else {
            return;
        };
        let (began, at_first) = (Instant::now(), former.busy);
        let (mut since, mut has_rested) = (began, false);
        loop {
            sleep_until(since + SLICE).await;
            let now = Instant::now();
            let Some(effort) = effort(keeper) else {
                return;
            };
            has_rested |= rests(former, effort, now - since);
            if let (Some(last), Some(sight)) = (self.last.back_mut(), look(keeper)) {
                last.sight = sight;
            }
            let kept = self.kept();
            if has_rested && kept.is_empty() {
                return;
            }
            (former, since) = (effort, now);
            if now - began >= PATIENCE {
                let busy = effort.busy.saturating_sub(at_first);
                let watched = now - began;
                let never = !has_rested && busy >= watched.mul_f64(NEVER_RESTS);
                self.found = kept;
                self.found
                    .extend(never.then_some(Watched::Busy { busy, watched }));
                return;
            }
        }
    }

    /// What is there of clients that have left.
    fn kept(&self) -> Vec<Watched> {
        let Some(first) = self.first.filter(|_| self.last.len() == SCENARIOS) else {
            return Vec::new();
        };
        let (before_last, last) = (self.last[SCENARIOS - 2], self.last[SCENARIOS - 1]);
        let of_last = last.clients.saturating_sub(before_last.clients);
        let kept = |what: &Belonging| {
            let before = first.sight.count(*what);
            let all = self.last.iter().map(|sample| sample.sight.count(*what));
            let always = all.min()?.saturating_sub(before);
            let after = last.sight.count(*what);
            let is_much = always >= much(*what) && after - before > of_last;
            is_much.then_some(Watched::Kept {
                what: *what,
                before,
                after,
                clients: last.clients.saturating_sub(first.clients),
            })
        };
        Belonging::ALL.iter().filter_map(kept).collect()
    }

    /// What is to be said of it.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        let found = self.found.iter().map(|watched| Remark {
            watched: Some(*watched),
            ..Remark::warning(words(*watched))
        });
        found.chain(self.is_blind.then(blind)).collect()
    }
}

/// So many more than at first are no chance. Pools of threads grow with each task up to their size, 200 in some programs.
const fn much(what: Belonging) -> u32 {
    match what {
        Belonging::Connections | Belonging::Zombies => 8,
        Belonging::Threads => 256,
    }
}

/// Whether a server had nothing to do for a part of this time.
fn rests(before: Effort, after: Effort, time: Duration) -> bool {
    !after.is_at_work && after.busy.saturating_sub(before.busy) < time.mul_f64(RESTS)
}

fn blind() -> Remark {
    Remark::note(Words {
        pt: "as conexões, as threads e o processador do servidor não foram observados: só o Linux os mostra"
            .to_owned(),
        en: "the server's connections, threads and processor time were not watched: only Linux shows them"
            .to_owned(),
    })
}

fn words(watched: Watched) -> Words {
    let (what, before, after, clients) = match watched {
        Watched::Busy { busy, watched } => return busy_words(busy, watched),
        Watched::Kept {
            what,
            before,
            after,
            clients,
        } => (what, before, after, clients),
    };
    let [[pt, en], [pt_advice, en_advice]] = advice(what);
    Words {
        pt: format!(
            "{pt}: {before} depois do primeiro cenário, {after} depois do último; entre um e outro, {clients} clientes chegaram e \
             saíram. Tente: {pt_advice}"
        ),
        en: format!(
            "{en}: {before} after the first scenario, {after} after the last; between them {clients} clients came and left. Try: \
             {en_advice}"
        ),
    }
}

/// What happened, up to the numbers, and what to try.
const fn advice(what: Belonging) -> [[&'static str; 2]; 2] {
    match what {
        Belonging::Connections => [
            [
                "conexões de clientes que já saíram continuam abertas no servidor; sockets abertos",
                "connections of clients that have left stay open in the server; open sockets",
            ],
            [
                "quando recv devolve vazio ou falha, termine o laço desse cliente e chame close na conexão (em Python: with, ou \
                 finally); senão os descritores acabam («Too many open files») e ninguém mais entra",
                "when recv returns nothing or fails, end that client's loop and call close on the connection (in Python: with, or \
                 finally); otherwise descriptors run out («Too many open files») and nobody gets in any more",
            ],
        ],
        Belonging::Threads => [
            [
                "threads de clientes que já saíram não terminam; threads vivas",
                "threads of clients that have left do not end; living threads",
            ],
            [
                "quando o cliente sai, faça todas as suas threads terminarem, também a que espera em uma fila, em um lock ou em recv; \
                 só um pool de threads maior ainda teria a mesma aparência",
                "when the client leaves, make all its threads end, also one that waits for a queue, for a lock or in recv; only a \
                 still larger pool of threads would look the same",
            ],
        ],
        Belonging::Zombies => [
            [
                "o servidor não espera pelos processos filhos que terminam; zumbis",
                "the server does not wait for its child processes that end; zombies",
            ],
            [
                "chame waitpid para cada filho (por exemplo ao receber SIGCHLD); senão o sistema deixa de criar processos",
                "call waitpid for each child (at SIGCHLD, for example); otherwise the system creates no more processes",
            ],
        ],
    }
}

fn busy_words(busy: Duration, watched: Duration) -> Words {
    // Several threads together may do more.
    let [busy, watched] = [busy.min(watched), watched].map(|time| time.as_secs_f64().round());
    Words {
        pt: format!(
            "sem ninguém conectado, o servidor não descansa: trabalhou {busy} de {watched} s. Um laço nunca espera: accept ou recv \
             sem bloqueio, select com tempo 0, ou recv que devolve vazio sem parar depois que um cliente saiu. Tente: espere em \
             accept, recv ou select com bloqueio, e termine o laço do cliente quando recv devolve vazio"
        ),
        en: format!(
            "with nobody connected, the server does not rest: it worked for {busy} of {watched} s. A loop never waits: accept or recv \
             without blocking, select with a time of 0, or recv that returns nothing again and again after a client has left. Try: \
             wait in a blocking accept, recv or select, and end a client's loop when recv returns nothing"
        ),
    }
}

#[cfg(test)]
mod tests {
    use protocol::lang::Lang;

    use super::*;

    /// A scenario: how many clients it had, and what is in sight after it.
    type Left = (u32, [u32; 3]);

    /// What is found after these scenarios.
    fn kept(scenarios: &[Left]) -> Vec<Belonging> {
        let mut watch = Watch::default();
        let mut clients = 0;
        for (more, [connections, threads, zombies]) in scenarios {
            clients += more;
            let sight = Sight {
                connections: *connections,
                threads: *threads,
                zombies: *zombies,
            };
            let sample = Sample { clients, sight };
            match watch.first {
                None => watch.first = Some(sample),
                Some(_) => watch.last.push_back(sample),
            }
            if watch.last.len() > SCENARIOS {
                watch.last.pop_front();
            }
        }
        let found = watch.kept().into_iter();
        found
            .filter_map(|watched| match watched {
                Watched::Kept { what, .. } => Some(what),
                Watched::Busy { .. } => None,
            })
            .collect()
    }

    /// Scenarios of four clients each, after which this is in sight.
    fn fours(sight: impl Fn(u32) -> [u32; 3]) -> Vec<Left> {
        (1..=100).map(|turn| (4, sight(turn * 4))).collect()
    }

    #[test]
    fn what_grows_with_every_client_and_never_comes_back_is_found() {
        let leaks = fours(|clients| [1 + clients, 1 + clients, clients]);
        assert_eq!(kept(&leaks), Belonging::ALL);
        let one_in_twenty = fours(|clients| [1 + clients / 20, 1, 0]);
        assert_eq!(kept(&one_in_twenty), [Belonging::Connections]);
    }

    #[test]
    fn servers_that_are_late_or_have_pools_are_not_accused() {
        let servers: [(&str, Vec<Left>); 6] = [
            ("at rest", fours(|_| [1, 1, 0])),
            (
                "a pool of 200 and workers with sockets",
                fours(|clients| [if clients > 4 { 12 } else { 5 }, 9 + clients.min(200), 0]),
            ),
            (
                "a crowd whose threads wait for more",
                fours(|clients| [1, if clients > 300 { 220 } else { 4 }, 0]),
            ),
            (
                "each scenario's are let go in the next",
                (0..20).map(|_| (50, [51, 51, 50])).collect(),
            ),
            (
                "garbage is collected soon",
                fours(|clients| [1 + clients % 16, 20, clients % 16]),
            ),
            (
                "too few scenarios",
                fours(|n| [n * 9, n * 9, n * 9])[..5].to_vec(),
            ),
        ];
        for (name, scenarios) in servers {
            assert_eq!(kept(&scenarios), [], "{name}");
        }
    }

    #[test]
    fn another_process_begins_anew() {
        let mut watch = Watch::default();
        let sight = Sight {
            connections: 900,
            threads: 900,
            zombies: 900,
        };
        watch.first = Some(Sample {
            clients: 1,
            sight: Sight::default(),
        });
        watch.last = (2..7).map(|clients| Sample { clients, sight }).collect();
        assert_eq!(watch.kept().len(), Belonging::ALL.len());
        watch.again();
        assert_eq!(watch.kept(), []);
    }

    #[test]
    fn who_waits_for_a_processor_does_not_rest() {
        let effort = |busy, is_at_work| Effort {
            busy: Duration::from_millis(busy),
            is_at_work,
        };
        let rests = |busy: u64, is_at_work| {
            let time = Duration::from_millis(50);
            rests(effort(100, true), effort(100 + busy, is_at_work), time)
        };
        assert!(rests(0, false) && rests(20, false));
        assert!(!rests(0, true) && !rests(45, false) && !rests(400, false));
    }

    #[test]
    fn each_thing_is_said_with_its_numbers() {
        let kept = Belonging::ALL.map(|what| Watched::Kept {
            what,
            before: 3,
            after: 662,
            clients: 659,
        });
        let busy = Watched::Busy {
            busy: Duration::from_millis(4970),
            watched: Duration::from_millis(5030),
        };
        let watch = Watch {
            found: kept.into_iter().chain([busy]).collect(),
            is_blind: true,
            ..Watch::default()
        };
        let remarks = watch.remarks();
        let texts = Lang::ALL.map(|lang| {
            let texts: Vec<_> = remarks.iter().map(|remark| remark.words.of(lang)).collect();
            texts.join("\n")
        });
        insta::assert_snapshot!(texts.join("\n\n"));
    }
}
