//! The dialect of each foreign server of `tests/servers`.

use std::collections::BTreeSet;
use std::fs;

use protocol::Dialect;
use protocol::diagnostic::Source;

use crate::support::servers;

/// The programs that speak a built-in dialect.
const BUILT_IN: [(&str, &str); 6] = [
    ("eco_threads", "eco"),
    ("ifsc_program", "ifsc"),
    ("redes2023_ack", "redes2023"),
    ("sala_program", "sala"),
    ("unb_authors", "unb"),
    ("unb_document", "unb"),
];

/// The names of the files that end so, without that end.
pub(crate) fn files(extension: &str) -> BTreeSet<String> {
    fs::read_dir(servers())
        .expect("readable")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            path.file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

#[track_caller]
pub(crate) fn dialect(program: &str) -> Dialect {
    if let Some((_, name)) = BUILT_IN.iter().find(|(known, _)| *known == program) {
        return Dialect::builtin(name).expect("a built-in dialect").clone();
    }
    let path = servers().join(format!("{program}.toml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{program} has no dialect"));
    match Dialect::parse(&Source::new(format!("{program}.toml"), text)) {
        Ok(dialect) => dialect,
        Err(mistakes) => panic!("{mistakes}"),
    }
}
