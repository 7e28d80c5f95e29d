//! Writes the captures of `captures/`, the same bytes each time, and the table that describes them:
//!
//! ```text
//! cargo run -p analyzer --example make_captures
//! ```
//!
//! Each capture is a few lines in a file of `catalogue/`, in the words of `catalogue/script/`. A test regenerates all
//! of them in memory and compares them with the folder.

mod catalogue;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

/// Write the captures that the analyzer is tested with.
#[derive(Parser)]
struct Arguments {
    /// The folder to write into
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../captures"))]
    folder: PathBuf,
}

fn main() -> ExitCode {
    let folder = Arguments::parse().folder;
    match write(&folder) {
        Ok(count) => {
            eprintln!("{count} captures in `{}`", folder.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: cannot write to `{}`: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<usize> {
    let captures = catalogue::all();
    for capture in &captures {
        let path = folder.join(&capture.name);
        if let Some(topic) = path.parent() {
            fs::create_dir_all(topic)?;
        }
        fs::write(path, capture.bytes())?;
    }
    fs::write(folder.join("README.md"), catalogue::readme(&captures))?;
    Ok(captures.len())
}
