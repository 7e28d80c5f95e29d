//! `harness dialect` on real files.

use std::fs;
use std::path::Path;

use harness::cli::Answer;
use harness::cli::dialect::{Check, New, Show, check, load, new, show};
use protocol::lang::Lang;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder of our own")
}

fn new_in(file: &Path) -> Answer {
    new(&New {
        file: file.to_owned(),
        lang: Some(Lang::En),
    })
}

fn checked(dialect: &str) -> Answer {
    let arguments = Check {
        dialect: dialect.to_owned(),
        lang: Some(Lang::En),
    };
    check(&arguments, false)
}

#[test]
fn a_new_dialect_is_written_once_checked_and_shown() {
    let folder = folder();
    let file = folder.path().join("redes-2.toml");
    let path = file.to_str().unwrap();
    assert_eq!(new_in(&file).code, 0);
    assert_eq!(load(path).unwrap().name, "redes-2");
    let answer = checked(path);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    let shown = show(
        &Show {
            dialect: path.to_owned(),
            scenarios: Vec::new(),
            lang: Some(Lang::En),
        },
        false,
    );
    assert!(
        shown.out.starts_with("redes-2: Networks I"),
        "{}",
        shown.out
    );

    fs::write(&file, "# mine\n").unwrap();
    assert_eq!(new_in(&file).code, 2);
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
}

#[test]
fn all_mistakes_of_a_dialect_are_shown_at_once() {
    let folder = folder();
    let file = folder.path().join("wrong.toml");
    fs::write(
        &file,
        "name = \"x\"\n[client]\nsya = \"{text}\"\nsay = \"{tetx}\"\n",
    )
    .unwrap();
    let answer = checked(file.to_str().unwrap());
    assert_eq!(answer.code, 2);
    for mistake in ["lacks `port`", "no key `sya`", "did you mean `{text}`"] {
        assert!(answer.err.contains(mistake), "{mistake}\n{}", answer.err);
    }
}

#[test]
fn what_is_no_dialect_is_said_with_what_to_try() {
    let answer = checked("umb");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("did you mean `unb`?"), "{}", answer.err);
    assert!(checked("nobody.toml").err.contains("cannot read"));
    let folder = folder();
    assert_eq!(checked(folder.path().to_str().unwrap()).code, 2);
    let file = folder.path().join("binary.toml");
    fs::write(&file, [0xff, 0xfe, 0]).unwrap();
    assert!(checked(file.to_str().unwrap()).err.contains("no UTF-8"));
}
