//! What an observed session becomes as a scenario.

mod support;

use analyzer::analysis::analyse;
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::scenario::scenario;
use analyzer::survey::Options;
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::lang::Lang;
use support::Sender::{Client, Server};

/// A list is sent to who joins, too.
const DIALECT: &str = r#"
name = "empurra"
extends = "unb"

[server.listing]
text = "200 OK - User List\nUsuários online: {names}"
after = ["join"]
"#;

const LIST: &[u8] = "200 OK - User List\nUsuários online: ana".as_bytes();

#[test]
fn of_a_list_that_nobody_asked_for_a_scenario_says_nothing() {
    let dialect = Dialect::parse(&Source::new("empurra.toml", DIALECT)).expect("a dialect");
    let bytes = support::session(
        dialect.port,
        &[
            (Server, b"NICK"),
            (Client, b"ana"),
            (Server, b"200 OK - Connected\nBem-vindo(a), ana."),
            (Server, LIST),
            (Client, b"LIST"),
            (Server, LIST),
        ],
    );
    let reader = capture::read(std::io::Cursor::new(bytes)).expect("a capture");
    let wish = Wish {
        given: true,
        ..Wish::any(std::slice::from_ref(&dialect))
    };
    let analysis = analyse(reader, None, Options::default(), wish);
    let chat = analysis.choice.chat.as_ref().expect("a chat");
    let script = scenario(&analysis, chat, Lang::En);
    let (_, steps) = script.split_once("level  should\n\n").expect("a head");
    assert_eq!(
        steps,
        "ana joins\nana lists\nana's list includes ana\nana closes\n"
    );
}
