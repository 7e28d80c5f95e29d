//! What is to be said at the end about how servers started, ran and ended: each thing once, however often it happened.

use std::collections::BTreeSet;

use protocol::lang::Lang;

use super::error::{Ended, SpawnError};
use crate::report::{Remark, Words};

/// Names of processes that are told; beyond, nobody reads on.
const MOST_NAMES: usize = 5;

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Notes {
    isolated: bool,
    left: usize,
    names: BTreeSet<String>,
    ignored: usize,
    ended: Vec<Ended>,
    port_held: bool,
    not_again: Option<SpawnError>,
}

impl Notes {
    /// It ran in a network of its own.
    pub(super) fn isolated(&mut self) {
        self.isolated = true;
    }

    /// Processes were alive when the server had ended.
    #[cfg_attr(not(unix), allow(dead_code, reason = "it is known on Unix only"))]
    pub(super) fn left_behind(&mut self, names: Vec<String>) {
        self.left += names.len();
        self.names.extend(names);
    }

    /// It did not end when it was asked to.
    #[cfg_attr(not(unix), allow(dead_code, reason = "elsewhere nobody can ask"))]
    pub(super) fn ignored_request(&mut self) {
        self.ignored += 1;
    }

    /// Whether it did not end when it was asked to, before.
    pub(super) const fn ignores_requests(&self) -> bool {
        self.ignored > 0
    }

    /// It ended before it was asked to.
    pub(super) fn ended(&mut self, how: Ended) {
        if !self.ended.contains(&how) {
            self.ended.push(how);
        }
    }

    /// Its port could not be bound although nobody listened.
    pub(super) fn port_held(&mut self) {
        self.port_held = true;
    }

    /// It could not be started again.
    pub(super) fn not_again(&mut self, error: &SpawnError) {
        self.not_again = Some(error.clone());
    }

    pub(super) fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut warn = |pt: String, en: String| {
            remarks.push(Remark::warning(Words { pt, en }));
        };
        for how in &self.ended {
            let ended = how.words();
            let [pt, en] = match how {
                Ended::Time(_) => [
                    "; um laço que lê de uma conexão que já terminou gasta todo o processador",
                    "; a loop that reads from a connection that has ended uses all of it",
                ],
                _ => ["", ""],
            };
            warn(
                format!("durante a execução, o servidor {}{pt}", ended.pt),
                format!("during the run, the server {}{en}", ended.en),
            );
        }
        if self.ignored > 0 {
            warn(
                "o servidor não terminou quando recebeu SIGTERM; foi encerrado com SIGKILL"
                    .to_owned(),
                "the server did not end at SIGTERM; it was ended by SIGKILL".to_owned(),
            );
        }
        if self.left > 0 {
            let names: Vec<_> = self
                .names
                .iter()
                .take(MOST_NAMES)
                .map(String::as_str)
                .collect();
            let names = names.join(", ");
            let more = if self.names.len() > MOST_NAMES {
                ", …"
            } else {
                ""
            };
            let [pt, en] = match self.left {
                1 => ["deixou 1 processo vivo", "left 1 process alive"],
                _ => ["deixou processos vivos", "left processes alive"],
            };
            let count = match self.left {
                1 => String::new(),
                count => format!("{count}: "),
            };
            warn(
                format!("ao terminar, o servidor {pt} ({count}{names}{more}); foram encerrados"),
                format!("when it ended, the server {en} ({count}{names}{more}); they were ended"),
            );
        }
        if self.port_held {
            warn(
                "a porta do servidor ficou presa por conexões anteriores, e foi preciso esperar: chame setsockopt com SO_REUSEADDR antes de bind".to_owned(),
                "the server's port was held by earlier connections and had to be waited for: set SO_REUSEADDR with setsockopt before bind".to_owned(),
            );
        }
        if let Some(error) = &self.not_again {
            warn(
                format!(
                    "o servidor não pôde ser iniciado de novo: {}",
                    error.text(Lang::PtBr)
                ),
                format!(
                    "the server could not be started again: {}",
                    error.text(Lang::En)
                ),
            );
        }
        if self.isolated {
            remarks.push(Remark::note(Words {
                    pt: "o servidor rodou numa rede só dele: nada de fora o alcança, e nenhuma captura de fora o vê".to_owned(),
                    en: "the server ran in a network of its own: nothing outside reaches it, and no capture outside sees it".to_owned(),
                }));
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_said_once() {
        let mut notes = Notes::default();
        assert!(notes.remarks().is_empty());
        notes.isolated();
        notes.ended(Ended::Signal(11));
        notes.ended(Ended::Signal(11));
        notes.ended(Ended::Memory(512_000_000));
        notes.ended(Ended::Time(600));
        notes.ignored_request();
        notes.left_behind(vec!["python3".to_owned()]);
        notes.left_behind(vec!["sleep".to_owned(), "python3".to_owned()]);
        notes.port_held();
        notes.not_again(&SpawnError::PortTaken { port: 5000 });
        let remarks = notes.remarks();
        let texts = Lang::ALL.map(|lang| {
            let texts: Vec<_> = remarks.iter().map(|remark| remark.words.of(lang)).collect();
            texts.join("\n")
        });
        insta::assert_snapshot!(texts.join("\n\n"));
    }
}
