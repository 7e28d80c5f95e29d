use std::path::Path;

use protocol::Dialect;

use super::{Choice, Member, Wish, choose};
use crate::capture;
use crate::survey::{Options, survey};

/// One line for the choice, and one for each member.
fn chosen(path: &Path) -> Vec<String> {
    let survey = survey(capture::open(path).unwrap(), Options::default());
    let Choice { chat, services } = choose(&survey, Wish::any(Dialect::builtins()), 1);
    let Some(chat) = chat else {
        let contents = services
            .iter()
            .map(|one| format!("{} {:?}", one.server, one.content));
        return std::iter::once("no chat".to_owned())
            .chain(contents)
            .collect();
    };
    let head = format!("{} at {:?}", chat.dialect.name, chat.servers);
    let member = |member: &Member| {
        let nick = member.dialogue.nick.as_deref().unwrap_or_default();
        let messages = member.dialogue.messages.len();
        format!(
            "{} {} {messages}",
            member.client,
            protocol::quote::quote(nick)
        )
    };
    std::iter::once(head)
        .chain(chat.members.iter().map(member))
        .collect()
}

#[test]
fn the_chat_of_the_document_is_found_with_both_clients() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    assert_eq!(
        chosen(&data.join("seed/seed_two_interfaces.pcapng")),
        [
            "unb at [192.168.0.88:55555]",
            "192.168.0.88:50797 \"igor\" 6",
            "192.168.0.20:53818 \"joao\" 10",
        ]
    );
}
