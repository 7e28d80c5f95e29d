//! Reports that do not fit: one clear error for each, the documented exit code, and whatever was there before stays as it was.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn scenarios(which: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scenarios")
        .join(which)
}

#[track_caller]
fn is_told(output: &Output, what: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    let told = format!("harness: {what}: no space left on the disk\n");
    assert_eq!((&*err, output.status.code()), (&*told, Some(5)));
}

fn harness(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.arg("run").arg(scenarios("basic/welcome.chat"));
    command.args(["--lang", "en"]).args(arguments);
    // An error about the output is told in the language of the environment.
    command.env("LC_ALL", "en_US.UTF-8");
    command
}

#[test]
fn a_standard_output_that_takes_nothing_is_our_fault() {
    let full = || {
        Stdio::from(
            File::options()
                .write(true)
                .open("/dev/full")
                .expect("Linux"),
        )
    };
    for arguments in [&[][..], &["--format", "json"], &["--exit-zero"]] {
        let output = harness(arguments).stdout(full()).output();
        is_told(&output.expect("it runs"), "the output could not be written");
    }
}

#[test]
fn a_file_that_takes_nothing_is_our_fault() {
    let output = harness(&["--format", "junit=/dev/full"]).output();
    let what = "the report could not be written to /dev/full";
    is_told(&output.expect("it runs"), what);
}

#[test]
fn a_report_for_which_there_is_no_room_leaves_the_former_one_whole() {
    let folder = tempfile::tempdir().expect("a folder of our own");
    // A disk of two pages, which nobody else sees: the first report fits, the second does not.
    let script = r#"
        mount -t tmpfs -o size=8k none "$1" || exit 77
        json="json=$1/report.json"
        "$2" run "$3/basic/welcome.chat" --format "$json" || exit 78
        cp "$1/report.json" "$1/../$4"
        "$2" run "$3/basic" --lang en --format "$json" --format "csv=$1/grades.csv"
        code=$?
        cmp "$1/report.json" "$1/../$4" >&2
        rm "$1/../$4"
        ls -A "$1"
        exit $code"#;
    let name = folder.path().file_name().expect("a name").to_string_lossy();
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
        ])
        .arg(folder.path())
        .arg(env!("CARGO_BIN_EXE_harness"))
        .arg(scenarios(""))
        .arg(format!("{name}.copy"))
        .output();
    let output = match output {
        Ok(output) if output.status.code() != Some(77) && !cannot(&output) => output,
        _ => {
            eprintln!("SKIPPED: the system gives no mount namespace");
            return;
        }
    };
    let path = folder.path().join("report.json");
    let what = format!("the report could not be written to {}", path.display());
    is_told(&output, &what);
    // Nothing is left beside them.
    let left = String::from_utf8_lossy(&output.stdout);
    assert_eq!(left, "grades.csv\nreport.json\n");
}

/// Whether there was no namespace to begin with.
fn cannot(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).starts_with("unshare:")
}
