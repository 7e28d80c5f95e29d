use std::path::Path;

use protocol::Dialect;

use super::{Choice, Wish, choose};
use crate::capture;
use crate::survey::{Options, survey};

/// One line for the choice, and one for each member, in a capture of the collection beside the repository.
fn chosen(file: &str) -> Option<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    let path = folder.join(file);
    if !path.is_file() {
        eprintln!("SKIPPED: no {}", path.display());
        return None;
    }
    let survey = survey(capture::open(&path).unwrap(), Options::default());
    let Choice { chat, services } = choose(&survey, Wish::any(Dialect::builtins()));
    let Some(chat) = chat else {
        let contents = services
            .iter()
            .map(|one| format!("{} {:?}", one.server, one.content));
        return Some(
            std::iter::once("no chat".to_owned())
                .chain(contents)
                .collect(),
        );
    };
    let head = format!("{} at {:?}", chat.dialect.name, chat.servers);
    let member = |member: &super::Member| {
        let nick = member.dialogue.nick.as_deref().unwrap_or_default();
        let messages = member.dialogue.messages.len();
        format!(
            "{} {} {messages}",
            member.client,
            protocol::quote::quote(nick)
        )
    };
    Some(
        std::iter::once(head)
            .chain(chat.members.iter().map(member))
            .collect(),
    )
}

#[track_caller]
fn check(file: &str, expected: &[&str]) {
    if let Some(chosen) = chosen(file) {
        assert_eq!(chosen, expected, "{file}");
    }
}

#[test]
fn the_chat_of_the_document_is_found_with_both_clients() {
    check(
        "seed/seed_two_interfaces.pcapng",
        &[
            "unb at [192.168.0.88:55555]",
            "192.168.0.88:50797 \"igor\" 6",
            "192.168.0.20:53818 \"joao\" 10",
        ],
    );
}

#[test]
fn an_irc_session_is_no_chat_of_ours() {
    let file = "public/zeek+zeek__testing__btest__Traces__irc-basic.pcap";
    if let Some(chosen) = chosen(file) {
        assert_eq!(chosen[0], "no chat");
    }
}
