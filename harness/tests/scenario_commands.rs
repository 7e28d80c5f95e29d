//! `check`, `list` and `fmt` on real files.

use std::path::{Path, PathBuf};

use harness::cli::check::{Check, check};
use harness::cli::fmt::{Fmt, fmt};
use harness::cli::list::{List, list};
use protocol::lang::Lang;

const TIDY: &str = "scenario \"It is tidy\"\n  level  should\n  points 5\n  rule   joining\n\nana joins\nana hears nothing\n";
const UNTIDY: &str =
    "scenario \"It is not\"\n\n\nana   joins # in a hurry\nana hears nothing\nbia joins\n";

fn suite() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder of our own");
    let topic = folder.path().join("basic");
    std::fs::create_dir(&topic).expect("a folder of our own");
    std::fs::write(topic.join("tidy.chat"), TIDY).expect("a folder of our own");
    std::fs::write(topic.join("untidy.chat"), UNTIDY).expect("a folder of our own");
    folder
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    vec![folder.to_owned()]
}

#[test]
fn check_counts_and_warns() {
    let folder = suite();
    let answer = check(
        &Check {
            paths: paths(folder.path()),
            strict: false,
            lang: Some(Lang::En),
        },
        false,
    );
    assert_eq!(
        (answer.out.as_str(), answer.code),
        ("2 scenarios, 1 warning\n", 0)
    );
    assert!(
        answer
            .err
            .contains("warning: `bia` joins and is never heard of again"),
        "{}",
        answer.err
    );
    assert_eq!(
        check(
            &Check {
                paths: paths(folder.path()),
                strict: true,
                lang: Some(Lang::En),
            },
            false
        )
        .code,
        1
    );
    assert_eq!(
        check(
            &Check {
                paths: paths(&folder.path().join("none")),
                strict: false,
                lang: Some(Lang::En),
            },
            false
        )
        .code,
        2
    );
}

#[test]
fn list_shows_what_is_selected() {
    let folder = suite();
    let ask = |filter: &str, ids| List {
        paths: paths(folder.path()),
        filter: vec![filter.to_owned()],
        ids,
        lang: Some(Lang::En),
    };
    let all = list(&ask("", false), false);
    assert_eq!(
        all.out,
        "basic/tidy    should  5  joining  It is tidy\nbasic/untidy  must    1  -        It is not\n"
    );
    assert_eq!(list(&ask("must", true), false).out, "basic/untidy\n");
    assert_eq!(list(&ask("nothing-of-the-kind", true), false).code, 4);
}

#[test]
fn fmt_rewrites_what_is_untidy_and_nothing_else() {
    let folder = suite();
    let ask = |check| Fmt {
        paths: paths(folder.path()),
        check,
        lang: Some(Lang::En),
    };
    let file = folder.path().join("basic/untidy.chat");
    let would = fmt(&ask(true), None, false);
    assert_eq!((would.out.lines().count(), would.code), (1, 1));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), UNTIDY);
    assert_eq!(fmt(&ask(false), None, false).out.lines().count(), 1);
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "scenario \"It is not\"\n\nana joins  # in a hurry\nana hears nothing\nbia joins\n"
    );
    assert_eq!(fmt(&ask(true), None, false), Default::default());
}

#[test]
fn fmt_leaves_every_file_alone_if_one_is_wrong() {
    let folder = suite();
    std::fs::write(
        folder.path().join("basic/wrong.chat"),
        "scenario \"x\"\n\nana jions\n",
    )
    .unwrap();
    let answer = fmt(
        &Fmt {
            paths: paths(folder.path()),
            check: false,
            lang: Some(Lang::En),
        },
        None,
        false,
    );
    assert_eq!(answer.code, 2);
    assert!(
        answer.err.contains("did you mean `joins`?"),
        "{}",
        answer.err
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("basic/untidy.chat")).unwrap(),
        UNTIDY
    );
}

#[test]
fn fmt_filters_the_standard_input() {
    let ask = Fmt {
        paths: vec!["-".into()],
        check: false,
        lang: Some(Lang::En),
    };
    assert_eq!(
        fmt(&ask, Some("scenario  \"x\"\n\nana joins"), false).out,
        "scenario \"x\"\n\nana joins\n"
    );
}
