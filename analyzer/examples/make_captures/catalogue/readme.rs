//! The table of all captures, as Markdown.

use std::fmt::Write;

use super::Capture;

const INTRODUCTION: &str = "\
# Captures

Small captures, each about one thing, written by
`cargo run -p analyzer --example make_captures`; this table is written with them.
The same code writes the same bytes: a test compares them with this folder.
Every checksum is right, but in `ip/offload.pcap`, and the addresses and names are invented.
What the analyzer says of each is in `reports/`, as a snapshot in both languages with a summary of the JSON.
";

/// The table, topic by topic.
pub(crate) fn readme(captures: &[Capture]) -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut topic = "";
    for capture in captures {
        if capture.topic() != topic {
            topic = capture.topic();
            text += "\n";
            writeln!(
                text,
                "## {topic}\n\n| capture | frames | what it shows | report |\n|---|---|---|---|"
            )
            .expect("a string takes all");
        }
        let (name, stem) = (&capture.name, capture.stem());
        let reports = format!("[pt](reports/{stem}.pt-BR.snap) [en](reports/{stem}.en.snap)");
        let (frames, about) = (capture.frames(), capture.about);
        writeln!(
            text,
            "| [{name}]({name}) | {frames} | {about} | {reports} |"
        )
        .expect("a string takes all");
    }
    text
}
