//! `harness probe` against every foreign server and every reference server: it comes to an end, and what it drafts is a dialect that
//! loads and reads back what it says.

use std::net::SocketAddr;
use std::time::Duration;

use harness::dialects::check::Checked;
use harness::probe::{draft, probe};
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::lang::Lang;
use reference_server::{Options, Server};

#[path = "support/dialects.rs"]
#[expect(dead_code, reason = "each test uses a part of it")]
mod dialects;
mod support;

/// Several times what all that a probe may ask takes: one that takes longer never ends.
const NEVER: Duration = Duration::from_secs(600);

/// Probes one server, and says what is wrong with what comes of it.
fn drafted(address: SocketAddr) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let probed = runtime.block_on(async { tokio::time::timeout(NEVER, probe(address)).await });
    let findings = match probed {
        Ok(findings) => findings.map_err(|error| error.to_string())?,
        Err(_) => return Err("the probe never ended".to_owned()),
    };
    let text = draft(&findings, "found", address.port(), Lang::En);
    let dialect = Dialect::parse(&Source::new("found.toml", text.clone()))
        .map_err(|mistakes| format!("{}\n{text}", mistakes.render(false)))?;
    let checked = Checked::new(&dialect);
    match checked.is_sound() {
        true => Ok(()),
        false => Err(format!("{}\n{text}", checked.render(Lang::En))),
    }
}

fn foreign(program: &str) -> Result<(), String> {
    match support::PythonServer::start(&format!("{program}.py")) {
        Some(server) => drafted(server.address()),
        None => Ok(()),
    }
}

fn reference(dialect: &'static Dialect) -> Result<(), String> {
    let server = Server::bind(
        dialect.clone(),
        ([127, 0, 0, 1], 0).into(),
        Options::default(),
    )
    .and_then(Server::start)
    .map_err(|error| error.to_string())?;
    drafted(server.local_addr())
}

#[test]
fn every_server_becomes_a_dialect() {
    // All at once: a probe hardly does anything but wait.
    let results: Vec<(String, Result<(), String>)> = std::thread::scope(|scope| {
        let foreign = dialects::files("py").into_iter().map(|program| {
            scope.spawn(move || {
                let result = foreign(&program);
                (program, result)
            })
        });
        let references = Dialect::builtins().iter().map(|dialect| {
            scope.spawn(move || (format!("reference of {}", dialect.name), reference(dialect)))
        });
        let players: Vec<_> = foreign.chain(references).collect();
        let results = players.into_iter().map(|player| player.join());
        results
            .map(|result| result.expect("nobody panics"))
            .collect()
    });
    let wrong: Vec<_> = results
        .iter()
        .filter_map(|(name, result)| Some(format!("{name}: {}", result.as_ref().err()?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(
        results.len() > Dialect::builtins().len(),
        "no foreign server"
    );
}
