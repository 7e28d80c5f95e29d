//! What the command line means: a dialect, an address, and a server until Ctrl-C.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use protocol::Dialect;
use protocol::diagnostic::Diagnostic;
use protocol::lang::{Lang, Words};
use protocol::message::{ConsoleKind, Fields};
use protocol::os_error::os_error;
use protocol::quote::visible;
use protocol::words;
use reference_server::{Fault, Options, Pacing, Server};

/// The texts of the command line, each with its translation.
pub(crate) const PORTUGUESE: &str = include_str!("pt-BR.toml");

/// A correct chat server for any dialect.
#[derive(Debug, Parser)]
#[command(name = "reference-server", version)]
pub(crate) struct Args {
    /// The protocol to serve: the name of a built-in dialect (unb, ifsc, redes2023, eco, sala) or a path to a TOML file
    #[arg(long, default_value = "unb", value_name = "NAME|FILE")]
    dialect: String,

    /// Where to listen; without a port the dialect's, and port 0 takes a free one. A blank address means 127.0.0.1
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "ADDRESS[:PORT]"
    )]
    listen: String,

    /// Be wrong in one known way; `--list-faults` shows the names
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,

    /// List the faults, with the dialects in which each is wrong
    #[arg(long)]
    list_faults: bool,

    /// The language of that list and of errors; the environment's unless given
    #[arg(long, value_name = "pt-BR|en")]
    lang: Option<Lang>,

    /// Be slow but correct: think so long before reacting to a client
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    delay: Duration,

    /// Be correct, byte by byte
    #[arg(long, group = "pacing")]
    trickle: bool,

    /// Be correct, in two writes for what could go in one
    #[arg(long, group = "pacing")]
    split_writes: bool,

    /// Be correct, with one write for what would go in several
    #[arg(long, group = "pacing")]
    glue_writes: bool,
}

/// Exit codes, as the harness has them: 2 for what was asked, 3 for an address that cannot be had, 5 for our own fault.
const USAGE: u8 = 2;
const NO_ADDRESS: u8 = 3;
const OWN_FAULT: u8 = 5;

/// Serves until Ctrl-C.
pub(crate) fn run(args: &Args) -> ExitCode {
    let done = match args.list_faults {
        true => list_faults(args),
        false => serve(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("{}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

struct Failure {
    code: u8,
    message: String,
}

fn failure(code: u8, message: impl Into<String>) -> Failure {
    Failure {
        code,
        message: message.into(),
    }
}

fn serve(args: &Args) -> Result<(), Failure> {
    let dialect = dialect(args)?;
    let address = address(&args.listen, dialect.port).ok_or_else(|| {
        let otherwise = words!(
            "`{}` não é um endereço\nescreva-o como `127.0.0.1:{}`",
            "`{}` is no address\nwrite it as `127.0.0.1:{}`",
            visible(&args.listen),
            dialect.port
        );
        let own = dialect.console(ConsoleKind::BadAddress, &Fields::new());
        failure(USAGE, own.as_deref().unwrap_or(otherwise.of(lang(args))))
    })?;
    let server = bind(&dialect, address, options(args)?, lang(args))?;
    // Who reads it may be gone already; the server serves all the same.
    let _ = writeln!(
        io::stdout(),
        "listening on {} (dialect {})",
        server.local_addr(),
        dialect.name
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| own_fault(&error, lang(args)))?;
    runtime
        .block_on(server.serve(interrupted()))
        .map_err(|error| own_fault(&error, lang(args)))
}

fn own_fault(error: &io::Error, lang: Lang) -> Failure {
    let what = lang.pick(["não foi possível servir", "cannot serve"]);
    failure(OWN_FAULT, format!("{what}: {}", os_error(error).of(lang)))
}

/// The language that was asked for, or the one that the environment asks for.
fn lang(args: &Args) -> Lang {
    args.lang
        .unwrap_or_else(|| Lang::detect(|name| std::env::var(name).ok()))
}

fn options(args: &Args) -> Result<Options, Failure> {
    let fault = args.fault.as_deref().map(|name| {
        Fault::from_id(name).ok_or_else(|| {
            let ids = Fault::ALL.iter().map(|fault| fault.id());
            let none = words!(
                "não há um defeito `{}`",
                "there is no fault `{}`",
                visible(name)
            );
            let unknown = Diagnostic::error(none)
                .help([
                    "`--list-faults` mostra todos",
                    "`--list-faults` shows them all",
                ])
                .did_you_mean(name, ids);
            failure(USAGE, unknown.render(lang(args), true))
        })
    });
    let pacing = match () {
        () if args.trickle => Pacing::Trickle,
        () if args.split_writes => Pacing::Split,
        () if args.glue_writes => Pacing::Glue,
        () => Pacing::AtOnce,
    };
    Ok(Options {
        console: Some(|line| {
            // Who reads it may be gone already; the server serves all the same.
            let _ = writeln!(io::stdout(), "{line}");
        }),
        fault: fault.transpose()?,
        delay: args.delay,
        pacing,
        ..Options::default()
    })
}

/// One line for each fault: its name, what it does, and where it is wrong.
fn list_faults(args: &Args) -> Result<(), Failure> {
    let lang = lang(args);
    let mut list = String::new();
    let mut group = None;
    for fault in Fault::ALL {
        if group.replace(fault.group()) != Some(fault.group()) {
            let blank = if list.is_empty() { "" } else { "\n" };
            list += &format!("{blank}{}\n", fault.group().id());
        }
        let dialects: Vec<_> = Dialect::builtin_names()
            .chain(["unb-lf"])
            .filter(|name| Dialect::builtin(name).is_some_and(|d| fault.is_wrong_in(d)))
            .collect();
        list += &format!(
            "  {:<32} {} ({})\n",
            fault.id(),
            fault.what(lang),
            dialects.join(", ")
        );
    }
    // A closed pipe is no error: who reads it has seen enough.
    match io::stdout()
        .write_all(list.as_bytes())
        .and_then(|()| io::stdout().flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let what = lang.pick([
                "a lista não pôde ser escrita",
                "the list could not be written",
            ]);
            Err(failure(
                OWN_FAULT,
                format!("{what}: {}", os_error(&error).of(lang)),
            ))
        }
        _ => Ok(()),
    }
}

/// `1500ms`, `1.5s` or `2s`.
fn duration(text: &str) -> Result<Duration, Words> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
        .filter(|duration| *duration <= LONGEST_DELAY)
        .ok_or_else(|| {
            Words::from([
                "esperava-se um tempo de até um minuto, como `1500ms` ou `2s`",
                "expected a time up to a minute, as in `1500ms` or `2s`",
            ])
        })
}

/// The slowest that a server may be.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

fn bind(
    dialect: &Arc<Dialect>,
    address: SocketAddr,
    options: Options,
    lang: Lang,
) -> Result<Server, Failure> {
    Server::bind(Arc::clone(dialect), address, options).map_err(|error| {
        let is_not_ours = error.kind() == io::ErrorKind::AddrNotAvailable;
        let own = dialect.console(ConsoleKind::BadAddress, &Fields::new());
        let message = match own.filter(|_| is_not_ours) {
            Some(own) => own,
            None => {
                let what = words!(
                    "não foi possível escutar em {address}",
                    "cannot listen on {address}"
                );
                format!("{}: {}", what.of(lang), os_error(&error).of(lang))
            }
        };
        failure(NO_ADDRESS, message)
    })
}

/// Ends at Ctrl-C, or at the system's polite request to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where there are no signals, only the end of the process ends the server.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A built-in dialect, or the one of a file.
fn dialect(args: &Args) -> Result<Arc<Dialect>, Failure> {
    let found = Dialect::named(&args.dialect, |path| fs::File::open(path));
    found
        .map(Arc::new)
        .map_err(|mistakes| failure(USAGE, mistakes.render(lang(args), true).trim_end()))
}

/// `127.0.0.1:5000`, `:5000`, `5000`, `::1`, nothing at all: what is left out is 127.0.0.1 and the dialect's port.
fn address(text: &str, default_port: u16) -> Option<SocketAddr> {
    const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let text = text.trim();
    let host = |host: &str| match host.trim() {
        "" => Some(LOCAL),
        "localhost" => Some(LOCAL),
        host => host.parse().ok(),
    };
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address);
    }
    if let Some(host) = host(text) {
        return Some(SocketAddr::new(host, default_port));
    }
    let (address, port) = text.rsplit_once(':').unwrap_or(("", text));
    Some(SocketAddr::new(host(address)?, port.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_text_stands_beside_its_translation() {
        let texts = usage::Texts::new(PORTUGUESE);
        assert_eq!(texts.differences(&Args::command()), [""; 0]);
    }

    #[test]
    fn a_delay_has_a_unit() {
        assert_eq!(duration("1500ms"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        for wrong in ["", "x", "-1s", "1e99s", "nan", "61s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_an_address_leaves_out_is_filled_in() {
        #[track_caller]
        fn means(text: &str, expected: Option<&str>) {
            let found = address(text, 55_555).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected);
        }
        means("", Some("127.0.0.1:55555"));
        means("   ", Some("127.0.0.1:55555"));
        means("0.0.0.0", Some("0.0.0.0:55555"));
        means("127.0.0.1:0", Some("127.0.0.1:0"));
        means(":8080", Some("127.0.0.1:8080"));
        means("8080", Some("127.0.0.1:8080"));
        means("localhost:1", Some("127.0.0.1:1"));
        means("[::1]:5", Some("[::1]:5"));
        means("::1", Some("[::1]:55555"));
        means("999.0.0.1:5", None);
        means("127.0.0.1:70000", None);
        means("example", None);
    }
}
