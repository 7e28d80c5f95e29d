//! A student's claims about the document's own capture, which lies beside the repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CLAIMS: &str = r#"
server = "192.168.0.88:55555"
transport = "TCP"
clients = 2

[[client]]
address = "192.168.0.88:50797"
handshake = [1, 2, 3]

[[client]]
address = "192.168.0.20"
handshake = [4, 5, 6]

[[frame]]
number = 10
layers = ["ethernet", "ipv4", "tcp", "fcs", "aura"]
length = 56
"#;

fn run(capture: &Path, claims: &str, lang: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.toml");
    std::fs::write(&path, claims).expect("a file");
    Command::new(env!("CARGO_BIN_EXE_analyzer"))
        .arg(capture)
        .arg("--claims")
        .arg(path)
        .args(["--lang", lang, "--format", "markdown"])
        .output()
        .expect("the program runs")
}

fn seed() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/captures/seed/seed_loopback.pcapng");
    if !path.is_file() {
        eprintln!("SKIPPED: no {}", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_documents_claim_of_an_ethernet_header_is_false() {
    let Some(capture) = seed() else { return };
    for lang in ["pt-BR", "en"] {
        let output = run(&capture, CLAIMS, lang);
        assert_eq!(output.status.code(), Some(0));
        insta::assert_snapshot!(
            format!("claims-{lang}"),
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn a_claim_that_does_not_exist_is_refused_with_its_line() {
    let Some(capture) = seed() else { return };
    let output = run(&capture, "colour = \"blue\"\n", "en");
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        words.contains("colour") && words.contains("line 1"),
        "{words}"
    );
}
