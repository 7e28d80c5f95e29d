//! `harness probe` against every foreign server and every reference server: it comes to an end, what it drafts is a dialect that loads
//! and reads back what it says, and the suite in that dialect accuses nobody of what a correct server must do.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use harness::dialects::check::Checked;
use harness::probe::{Findings, draft, probe};

use harness::runner::{self, Options as Run};
use harness::scenario::{self, Scenario};
use harness::target;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::dialect::Level;
use protocol::lang::Lang;
use protocol::message::CommandKind;
use reference_server::{Options, Server};

#[path = "support/dialects.rs"]
#[expect(dead_code, reason = "each test uses a part of it")]
mod dialects;
mod support;

/// Several times what all that a probe may ask takes: one that takes longer never ends.
const NEVER: Duration = Duration::from_secs(600);

/// What is found of a server.
#[derive(Clone, Copy)]
enum Found {
    /// A built-in dialect, with nothing or something that differs.
    Fits(&'static str),
    /// Its own words, for these requests.
    Speaks(&'static [CommandKind]),
}

use CommandKind::{Join, List, Quit, Say, Tell};
use Found::{Fits, Speaks};

/// Each foreign server: what is found, and the scenarios that it fails by what it really does.
const FOREIGN: [(&str, Found, &[&str]); 26] = [
    ("eco_threads", Fits("eco"), &[]),
    ("ifsc_program", Fits("ifsc"), &[]),
    // It answers a header or half a body that comes alone.
    (
        "redes2023_ack",
        Fits("redes2023"),
        &["framing/answered-byte", "header/"],
    ),
    // It lets nobody in while somebody has not named himself.
    ("sala_program", Fits("sala"), &[""]),
    // It hangs at the first departure.
    ("unb_authors", Fits("unb"), &[""]),
    ("unb_document", Fits("unb"), &[]),
    ("unb_lf", Fits("unb"), &[]),
    ("wild_address", Speaks(&[Say, List]), &[]),
    ("wild_banner", Speaks(&[Join, Say, Tell, List, Quit]), &[]),
    ("wild_bench", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_circuit", Speaks(&[Join, Say, Tell, List, Quit]), &[]),
    ("wild_colours", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_fixed_frames", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_identity", Speaks(&[Say, Tell, List]), &[]),
    ("wild_length_both", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_list_lines", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_lobby", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_nul_end", Speaks(&[Join, Say, Tell, List, Quit]), &[]),
    ("wild_numbers", Speaks(&[Join, Say, Quit]), &[]),
    ("wild_patio", Speaks(&[Join, Say, Tell, Quit]), &[]),
    ("wild_prompt", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_reaper", Speaks(&[Join, Say, List]), &[]),
    ("wild_secret", Speaks(&[Join, Say, Tell]), &[]),
    ("wild_teletype", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_timestamps", Speaks(&[Join, Say, List, Quit]), &[]),
    ("wild_two_steps", Speaks(&[Join, Say, Quit]), &[]),
];

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime")
}

fn found(address: SocketAddr) -> Result<Findings, String> {
    match runtime().block_on(async { tokio::time::timeout(NEVER, probe(address)).await }) {
        Ok(findings) => findings.map_err(|error| error.to_string()),
        Err(_) => Err("the probe never ended".to_owned()),
    }
}

/// What is wrong with a server's draft.
fn wrong(address: SocketAddr, expected: Found, fails: &[&str]) -> Result<(), String> {
    let findings = found(address)?;
    let text = draft(&findings, "found", address.port(), Lang::En);
    let dialect = Dialect::parse(&Source::new("found.toml", text.clone()))
        .map_err(|mistakes| format!("{}\n{text}", mistakes))?;
    let checked = Checked::new(&dialect);
    if !checked.is_sound() {
        return Err(format!("{}\n{text}", checked.render(Lang::En)));
    }
    let fit = findings.fit.map(|fit| fit.name);
    let is_as_expected = match expected {
        Fits(name) => fit == Some(name),
        Speaks(kinds) => {
            fit.is_none()
                && dialect
                    .requests()
                    .map(|request| request.kind)
                    .eq(kinds.iter().copied())
        }
    };
    if !is_as_expected {
        return Err(format!("fits {fit:?}\n{text}"));
    }
    match fails {
        [""] => Ok(()),
        _ => accused(address, &dialect, fails).map_err(|why| format!("{why}\n{text}")),
    }
}

/// The suite's `must` scenarios in this dialect, but for those that the server fails by what it really does.
fn accused(address: SocketAddr, dialect: &Dialect, fails: &[&str]) -> Result<(), String> {
    let suite = scenario::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")])
        .map_err(|wrong| wrong.to_string())?;
    let is_played = |scenario: &&Scenario| {
        scenario.level == Level::Must && !fails.iter().any(|fails| scenario.id.starts_with(fails))
    };
    let scenarios: Vec<&Scenario> = suite.scenarios.iter().filter(is_played).collect();
    let mut server =
        target::Server::attach(&address.to_string()).map_err(|error| error.to_string())?;
    let options = Run {
        time_scale: 2.0,
        ..Run::default()
    };
    let report = runtime().block_on(runner::run(
        &scenarios,
        dialect,
        &mut server,
        &options,
        &mut |_| {},
    ));
    let musts = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.level == Level::Must);
    let bad: Vec<_> = musts
        .clone()
        .filter(|outcome| {
            !matches!(
                outcome.verdict,
                Verdict::Pass | Verdict::Warn | Verdict::NotApplicable
            )
        })
        .map(|outcome| {
            format!(
                "{}: {:?}",
                outcome.id,
                outcome.findings.first().map(|finding| finding.lesson.id)
            )
        })
        .collect();
    let passed = musts
        .filter(|outcome| outcome.verdict == Verdict::Pass)
        .count();
    match (bad.is_empty(), passed) {
        (true, 1..) => Ok(()),
        (true, _) => Err("nothing applies".to_owned()),
        _ => Err(bad.join("\n")),
    }
}

fn foreign(program: &str, expected: Found, fails: &[&str]) -> Result<(), String> {
    match support::ForeignServer::start(&format!("{program}.py")) {
        Some(server) => wrong(server.address(), expected, fails),
        None => Ok(()),
    }
}

fn reference(dialect: &'static Dialect, delay: Duration) -> Result<(), String> {
    let options = Options {
        delay,
        ..Options::default()
    };
    let server = Server::bind(dialect.clone(), ([127, 0, 0, 1], 0).into(), options)
        .and_then(Server::start)
        .map_err(|error| error.to_string())?;
    let name = Dialect::builtin_names().find(|name| *name == dialect.name);
    let fails: &[&str] = if delay.is_zero() { &[] } else { &[""] };
    wrong(server.local_addr(), Fits(name.unwrap_or_default()), fails)
}

#[test]
fn every_server_has_its_place_in_the_table() {
    let table = FOREIGN.iter().map(|(program, ..)| (*program).to_owned());
    assert_eq!(
        table.collect::<std::collections::BTreeSet<_>>(),
        dialects::files("py")
    );
}

#[test]
fn every_foreign_server_becomes_a_dialect_that_accuses_nobody() {
    all_of_them(FOREIGN.into_iter().map(|(program, expected, fails)| {
        (program.to_owned(), move || {
            foreign(program, expected, fails)
        })
    }));
}

#[test]
fn every_reference_server_is_recognised_fast_or_slow() {
    let delays = [Duration::ZERO, Duration::from_millis(1500)];
    let servers = Dialect::builtins()
        .iter()
        .flat_map(|dialect| delays.map(|delay| (dialect, delay)));
    all_of_them(servers.map(|(dialect, delay)| {
        (format!("{} after {delay:?}", dialect.name), move || {
            reference(dialect, delay)
        })
    }));
}

/// All at once: a probe hardly does anything but wait.
fn all_of_them<P: FnOnce() -> Result<(), String> + Send>(
    players: impl Iterator<Item = (String, P)>,
) {
    let wrong: Vec<_> = std::thread::scope(|scope| {
        let players: Vec<_> = players
            .map(|(name, player)| (name, scope.spawn(player)))
            .collect();
        let results = players
            .into_iter()
            .map(|(name, player)| (name, player.join()));
        results
            .filter_map(|(name, result)| match result {
                Ok(Ok(())) => None,
                Ok(Err(why)) => Some(format!("{name}: {why}")),
                Err(_) => Some(format!("{name}: panicked")),
            })
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
