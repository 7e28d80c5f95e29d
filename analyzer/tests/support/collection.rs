//! Captures whose truth tshark told: those of `tests/data`, and where it is there, the collection beside the repository.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// Each file with what tshark said of it.
pub(crate) fn truths<T: DeserializeOwned>() -> Vec<(PathBuf, T)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut truths = lines(&root.join("tests/data"), |_| true);
    let beside = root.join("../../shared/captures");
    match beside.is_dir() {
        true => truths.extend(lines(&beside, |line| line.contains("\"public/"))),
        false => eprintln!("SKIPPED: no public captures at {}", beside.display()),
    }
    truths
}

fn lines<T: DeserializeOwned>(folder: &Path, wanted: fn(&str) -> bool) -> Vec<(PathBuf, T)> {
    let lines = std::fs::read_to_string(folder.join("truth.jsonl")).expect("a line for each file");
    let truths = lines.lines().filter(|line| wanted(line)).map(|line| {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let file = value["file"].as_str().expect("a name");
        (
            folder.join(file),
            serde_json::from_value(value.clone()).expect("a truth"),
        )
    });
    truths.collect()
}
