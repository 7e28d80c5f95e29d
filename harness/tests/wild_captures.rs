//! A capture of each foreign server's wire transcript is dissected with the server's dialect: every byte is a message that the dialect
//! knows, and nothing is found against a server that does what its dialect says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::net::{Ipv4Addr, SocketAddrV4};

use analyzer::analysis::analyse;
use analyzer::capture;
use analyzer::choice::{Member, Wish};
use analyzer::dissect::{Message, MessageKind};
use analyzer::finding::Severity;
use analyzer::survey::Options;
use protocol::message::Direction;
use protocol::quote::quote;

#[path = "support/dialects.rs"]
mod dialects;
#[path = "support/pcap.rs"]
mod pcap;
mod support;
#[path = "support/transcript.rs"]
mod transcript;

use dialects::{dialect, files};
use pcap::{End, Pcap};
use support::servers;
use transcript::{bytes, transcript};

/// The transcript of a program, as somebody who captures it on the server's machine sees it.
fn captured(program: &str, port: u16) -> Vec<u8> {
    let source = fs::read_to_string(servers().join(format!("{program}.py"))).expect("readable");
    let mut file = Pcap::new();
    let mut clients = BTreeMap::new();
    let mut open = BTreeSet::new();
    let mut next_port = 50_001;
    for line in transcript(&source) {
        let (name, action) = line.split_once(' ').expect("a name and what it does");
        if action == "connects" {
            let mut ends = [next_port, port]
                .map(|port| End::new(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)));
            next_port += 1;
            let [client, server] = &mut ends;
            file.open(client, server);
            clients.insert(name, ends);
            open.insert(name);
            continue;
        }
        let [client, server] = clients.get_mut(name).expect("it connected");
        match action.split_once(' ') {
            Some((">", quoted)) => file.data(client, server, &bytes(quoted).expect("quoted")),
            Some(("<", "silence")) => {}
            Some(("<", "end")) => {
                file.close(server, client);
                open.remove(name);
            }
            Some(("<", quoted)) => {
                let any = quoted.replace('~', "1");
                file.data(server, client, &bytes(&any).expect("quoted"));
            }
            None if action == "closes" => {
                file.close(client, server);
                open.remove(name);
            }
            None if action == "resets" => {
                file.reset(client, server);
                open.remove(name);
            }
            _ => panic!("{program}: {line}"),
        }
    }
    // Whoever is still there leaves, so that the capture holds all of each connection.
    for name in open {
        let [client, server] = clients.get_mut(name).expect("it connected");
        file.close(client, server);
    }
    file.bytes().to_vec()
}

/// What is wrong with the dissection of one program's transcript.
fn complaints(program: &str) -> Vec<String> {
    let dialect = dialect(program);
    let reader = capture::read(Cursor::new(captured(program, dialect.port))).expect("a capture");
    let wish = Wish {
        given: true,
        ..Wish::any(std::slice::from_ref(&dialect))
    };
    let analysis = analyse(reader, None, Options::default(), wish);
    let chat = analysis.choice.chat.as_ref().expect("a chat");
    let shown = |member: &Member, message: &Message| {
        let stream = member.stream(&analysis.survey, message.direction);
        let text = stream.map_or(&b""[..], |stream| message.bytes(stream));
        let way = match message.direction {
            Direction::ToServer => '>',
            Direction::ToClient => '<',
        };
        format!("{way} {} as {}", quote(text), message.kind.id())
    };
    let mut complaints = Vec::new();
    for (member, message) in chat.messages() {
        if message.kind == MessageKind::Unrecognised {
            complaints.push(format!("{program} {}", shown(member, message)));
        }
    }
    for finding in &chat.findings {
        if finding.by == Direction::ToServer || finding.severity == Severity::Remark {
            continue;
        }
        let member = chat.member(finding.conversation).expect("its client");
        let about = finding
            .messages
            .iter()
            .filter_map(|at| member.dialogue.messages.get(*at));
        let about: Vec<_> = about.map(|message| shown(member, message)).collect();
        complaints.push(format!(
            "{program} {:?}: {}",
            finding.kind,
            about.join(", ")
        ));
    }
    complaints
}

/// What is rightly said: a client's header that is no length, a server that departs from its dialect on purpose.
const DESERVED: [&str; 7] = [
    "redes2023_ack > \"muito",
    "wild_length_both > \"not a size\"",
    // The document has no quotes around the name; the program prints Python's.
    "sala_program Tolerated: < \"b'ana' esta",
    "sala_program Tolerated: < \"b'bia' esta",
    // It stops answering everyone once somebody has left.
    "unb_authors NoReply: > \"LIST\"",
    "unb_authors NoReply: > \"caio\"",
    // A command more than the dialect has.
    "wild_prompt WrongReply: > \"help",
];

#[test]
fn every_message_of_every_transcript_is_dissected_and_no_server_is_accused() {
    let complaints: Vec<_> = files("py")
        .iter()
        .flat_map(|program| complaints(program))
        .collect();
    let is_deserved = |complaint: &&String| {
        DESERVED
            .iter()
            .any(|deserved| complaint.starts_with(deserved))
    };
    let unjust: Vec<_> = complaints
        .iter()
        .filter(|complaint| !is_deserved(complaint))
        .collect();
    assert!(unjust.is_empty(), "{unjust:#?}");
    for deserved in DESERVED {
        let is_said = complaints
            .iter()
            .any(|complaint| complaint.starts_with(deserved));
        assert!(is_said, "nobody says {deserved}");
    }
}
