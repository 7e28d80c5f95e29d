//! The whole report of the document's own captures, in both languages and forms; and every display filter in it, held to
//! tshark, where it is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use analyzer::analysis::{Analysis, analyse};
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::report::page::{Block, Page};
use analyzer::report::{html, markdown, prose, terminal};
use analyzer::survey::Options;
use protocol::Dialect;
use protocol::lang::Lang;

const SEEDS: [&str; 2] = ["seed_loopback.pcapng", "seed_two_interfaces.pcapng"];

fn seed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/seed")
        .join(name)
}

fn analysis(path: &Path, name: &str) -> Analysis<'static> {
    let reader = capture::open(path).expect("a capture");
    let wish = Wish::any(Dialect::builtins());
    analyse(reader, Some(name.to_owned()), Options::default(), wish)
}

fn pages(name: &str) -> [(Lang, Page); 2] {
    let analysis = analysis(&seed(name), name);
    Lang::ALL.map(|lang| (lang, prose::report(&analysis, lang)))
}

#[test]
fn a_link_type_that_is_not_read_is_named_with_its_frames() {
    const BLUETOOTH: u32 = 187;
    let header = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, BLUETOOTH];
    let record = [1, 0, 4, 4, 0xcc03_4118_u32];
    let words = header.into_iter().chain(record).chain(record);
    let bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    let reader = capture::read(std::io::Cursor::new(bytes)).expect("a capture");
    let wish = Wish::any(Dialect::builtins());
    let analysis = analyse(reader, None, Options::default(), wish);
    let said = Lang::ALL.map(|lang| markdown::render(&prose::report(&analysis, lang), lang));
    let expected = [
        "187` (Bluetooth HCI) não lido: 2 quadros",
        "187` (Bluetooth HCI) not read: 2 frames",
    ];
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_a_capture_says_of_its_own_absences_is_told() {
    let said = [
        (
            "82_ng_isb_drops.pcapng",
            ["perdeu `17` quadros", "lost `17` frames"],
        ),
        (
            "81_ng_comments.pcapng",
            [
                "filtro de captura `tcp port 55555`",
                "capture filter `tcp port 55555`",
            ],
        ),
    ];
    for (name, expected) in said {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/synth");
        let analysis = analysis(&path.join(name), name);
        for (lang, expected) in Lang::ALL.into_iter().zip(expected) {
            let said = markdown::render(&prose::report(&analysis, lang), lang);
            assert!(said.contains(expected), "{name}: {said}");
        }
    }
}

#[test]
fn the_report_in_markdown() {
    for name in SEEDS {
        for (lang, page) in pages(name) {
            let snapshot = format!("{}-{lang}-markdown", name.trim_end_matches(".pcapng"));
            insta::assert_snapshot!(snapshot, markdown::render(&page, lang));
        }
    }
}

#[test]
fn the_report_in_html() {
    for (lang, page) in pages(SEEDS[0]) {
        let html = html::render(&page, lang);
        for outside in ["http://", "https://", "<script", "src="] {
            assert!(
                !html.contains(outside),
                "the page is whole in itself: {outside}"
            );
        }
        let body = html.split("<body>").nth(1).expect("a body");
        insta::assert_snapshot!(
            format!("seed_loopback-{lang}-html"),
            body.replace("><", ">\n<")
        );
    }
}

#[test]
fn the_report_at_a_terminal() {
    for name in SEEDS {
        for (lang, page) in pages(name) {
            let snapshot = format!("{}-{lang}-terminal", name.trim_end_matches(".pcapng"));
            let options = terminal::Options {
                width: terminal::DEFAULT_WIDTH,
                colour: false,
            };
            insta::assert_snapshot!(snapshot, terminal::render(&page, options));
        }
    }
}

#[test]
fn colours_add_nothing_but_colours() {
    for (_, page) in pages(SEEDS[0]) {
        let shown = |colour| terminal::render(&page, terminal::Options { width: 80, colour });
        let coloured = shown(true);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(
            anstream::adapter::strip_str(&coloured).to_string(),
            shown(false)
        );
    }
}

fn has_tshark() -> bool {
    let found = Command::new("tshark").arg("-v").output().is_ok();
    if !found {
        eprintln!("SKIPPED: tshark is not installed");
    }
    found
}

/// The frames that a filter names in its own set.
fn named(filter: &str) -> Vec<u64> {
    let set = filter.split(['{', '}']).nth(1).expect("a set of frames");
    let mut frames = Vec::new();
    for member in set.split(", ") {
        let (first, last) = member.split_once("..").unwrap_or((member, member));
        let number = |text: &str| text.parse::<u64>().expect("a number");
        frames.extend(number(first)..=number(last));
    }
    frames
}

fn selected(path: &Path, filter: &str) -> Vec<u64> {
    let output = Command::new("tshark")
        .args([
            "-n",
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-Y",
            filter,
            "-r",
        ])
        .arg(path)
        .output()
        .expect("tshark runs");
    assert!(output.status.success(), "tshark refuses `{filter}`");
    let numbers = String::from_utf8_lossy(&output.stdout);
    numbers
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect()
}

#[test]
fn every_filter_selects_exactly_the_frames_that_it_names() {
    if !has_tshark() {
        return;
    }
    for name in SEEDS {
        let path = seed(name);
        let page = prose::report(&analysis(&path, name), Lang::En);
        let filters = page.blocks.iter().filter_map(|block| match block {
            Block::Filter(_, filter) => Some(filter.to_string()),
            _ => None,
        });
        let mut filters: Vec<_> = filters.collect();
        filters.sort();
        filters.dedup();
        assert!(filters.len() > 3);
        for filter in filters {
            assert_eq!(selected(&path, &filter), named(&filter), "{filter}");
        }
    }
}
