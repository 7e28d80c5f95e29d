//! The folder holds what the code writes, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use protocol::lang::Lang;

use super::{catalogue, reports, root};

/// Larger than this, a capture is no longer about one thing.
const MOST_BYTES: usize = 20_000;

#[test]
fn regenerating_gives_no_difference() {
    const HELP: &str = "run `cargo run -p analyzer --example make_captures`";
    let captures = catalogue::all();
    for capture in &captures {
        let found = fs::read(root().join(&capture.name)).unwrap_or_default();
        assert!(found == capture.bytes(), "{} differs: {HELP}", capture.name);
    }
    let table = fs::read_to_string(root().join("README.md")).expect("a table");
    assert!(
        table == catalogue::readme(&captures),
        "README.md differs: {HELP}"
    );
}

#[test]
fn the_folder_holds_no_other_captures() {
    let mut found = BTreeSet::new();
    files(&root(), "", &mut found);
    found.retain(|name| name.contains(".pcap"));
    let written = catalogue::all().into_iter().map(|capture| capture.name);
    let others: Vec<_> = found.difference(&written.collect()).cloned().collect();
    assert_eq!(others, Vec::<String>::new(), "written by no code");
}

#[test]
fn every_report_is_of_a_capture() {
    let mut found = BTreeSet::new();
    files(&root().join("reports"), "", &mut found);
    let written = catalogue::all().into_iter().flat_map(|capture| {
        let stem = capture.stem().to_owned();
        let pasted = reports::is_pasted(&stem);
        let forms = reports::FORMS.map(str::to_owned).into_iter();
        let markdown = Lang::ALL.map(|lang| format!("{lang}.md")).into_iter();
        forms
            .chain(markdown.filter(move |_| pasted))
            .map(move |form| format!("{stem}.{form}.snap"))
    });
    let others: Vec<_> = found.difference(&written.collect()).cloned().collect();
    assert_eq!(
        others,
        Vec::<String>::new(),
        "reports of captures that are gone"
    );
}

fn files(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            files(&path, &format!("{name}/"), found);
        } else {
            found.insert(name);
        }
    }
}

#[test]
fn each_capture_is_small_and_has_a_name_of_its_own() {
    let captures = catalogue::all();
    let names: BTreeSet<_> = captures.iter().map(|capture| &capture.name).collect();
    assert_eq!(names.len(), captures.len());
    for capture in &captures {
        assert!(capture.bytes().len() < MOST_BYTES, "{}", capture.name);
    }
}
