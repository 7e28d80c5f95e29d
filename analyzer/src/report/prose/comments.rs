//! What is said of single frames, for their comments in an annotated capture: messages, findings, the handshake.

use std::collections::BTreeMap;

use protocol::lang::Lang;

use super::super::page::{Line, Span};
use super::Words;
use crate::analysis::Analysis;
use crate::answers::answers;

/// Comments by frame, each a line of text.
#[must_use]
pub fn comments(analysis: &Analysis<'_>, lang: Lang) -> BTreeMap<u64, Vec<String>> {
    let words = Words { lang, analysis };
    let mut comments: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let Some(chat) = &analysis.choice.chat else {
        return comments;
    };
    let mut add = |frame: u64, comment: String| comments.entry(frame).or_default().push(comment);
    for connection in &answers(analysis, chat).connections {
        let handshake = connection.handshake;
        let steps = [
            (
                handshake.syn.map(|syn| syn.frame),
                [
                    "SYN: o cliente pede a conexão",
                    "SYN: the client asks for the connection",
                ],
            ),
            (
                handshake.syn_ack.map(|syn| syn.frame),
                ["SYN-ACK: o servidor aceita", "SYN-ACK: the server accepts"],
            ),
            (
                handshake.ack.map(|ack| ack.frame),
                ["ACK: a conexão está aberta", "ACK: the connection is open"],
            ),
        ];
        for (frame, sentence) in steps {
            if let Some(frame) = frame {
                add(frame, words.pick(sentence).to_owned());
            }
        }
    }
    for (_, message) in chat.messages() {
        add(
            message.first_frame(),
            format!("{}: {}", chat.dialect.name, words.kind(message.kind)),
        );
    }
    for finding in &chat.findings {
        let sentence = plain(&words.finding_line(chat, finding));
        for frame in &finding.frames {
            add(*frame, sentence.clone());
        }
    }
    comments
}

fn plain(line: &Line) -> String {
    line.iter()
        .map(|span| match span {
            Span::Text(words) | Span::Code(words) | Span::Strong(words) => words.as_str(),
        })
        .collect()
}
