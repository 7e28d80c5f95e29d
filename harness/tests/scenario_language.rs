//! The scenario language from outside: what is refused and how it is said, what is understood, and what `fmt` may change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness::scenario::{Action, Feature, Scenario, Step, Suite, format, load, parse_source};
use proptest::prelude::*;
use protocol::diagnostic::{Diagnostics, Source};
use protocol::lang::Lang;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Diagnostics in both languages, without the machine's own folders in them.
fn shown(diagnostics: &Diagnostics) -> String {
    let tests = tests().to_string_lossy().replace('\\', "/");
    let shown = [Lang::En, Lang::PtBr].map(|lang| diagnostics.render(lang, false));
    shown.join("\n").replace(&format!("{tests}/"), "")
}

/// What a scenario says, without where it is written.
fn meaning(scenario: &Scenario) -> String {
    fn meanings(steps: &[Step]) -> String {
        let step = |step: &Step| match &step.action {
            Action::Block {
                block,
                steps: inner,
            } => format!("{:?} {block:?} [{}]\n", step.level, meanings(inner)),
            action => format!("{:?} {:?} {action:?}\n", step.level, step.round),
        };
        steps.iter().map(step).collect()
    }
    let Scenario {
        id,
        title,
        level,
        points,
        spec,
        rule,
        tags,
        needs,
        actors,
        ..
    } = scenario;
    format!(
        "{id} {title} {level:?} {points} {spec:?} {rule:?} {tags:?} {needs:?} {actors:?}\n{}finally\n{}",
        meanings(&scenario.steps),
        meanings(&scenario.finally)
    )
}

fn parse(text: &str) -> Result<Scenario, Diagnostics> {
    parse_source("test/test", &Source::new("test.chat", text))
}

fn formatted(text: &str) -> Option<String> {
    format(&Source::new("test.chat", text)).ok()
}

#[test]
fn every_refused_file_is_explained() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(tests().join("refused"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let said = match load(std::slice::from_ref(&file)) {
            Err(diagnostics) => shown(&diagnostics),
            Ok(Suite { warnings, .. }) => format!("(usable)\n\n{}", shown(&warnings)),
        };
        insta::assert_snapshot!(format!("refused__{name}"), said);
    }
}

#[test]
fn what_is_no_scenario_file_gets_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("binary.chat"), b"scenario \"x\"\n\0\x01").unwrap();
    std::fs::write(path("latin1.chat"), b"scenario \"ol\xe1\"\n").unwrap();
    std::fs::write(path("huge.chat"), vec![b'#'; (1 << 20) + 1]).unwrap();
    std::fs::create_dir(path("empty")).unwrap();
    #[track_caller]
    fn check(path: &Path, why: &str) {
        let Err(diagnostics) = load(&[path.to_owned()]) else {
            panic!("{} is usable", path.display())
        };
        assert_eq!(diagnostics.len(), 1, "{diagnostics}");
        assert!(diagnostics.to_string().contains(why), "{diagnostics}");
    }
    check(&path("binary.chat"), "it is no text: it holds NUL bytes");
    check(&path("latin1.chat"), "it is no text: byte 12 is not UTF-8");
    check(&path("huge.chat"), "it is larger than 1024 KiB");
    check(&path("empty"), "no scenario in the folder");
    check(&path("missing.chat"), "no such file or folder");
}

/// Each of these would take years or all memory if it were written out.
#[test]
fn nothing_small_grows_without_bound() {
    #[track_caller]
    fn check(text: &str, why: &str) {
        let wrong = parse(text).expect_err("too much").to_string();
        assert!(wrong.contains(why), "{wrong}");
    }
    let everyone = vec!["ana"; 60].join(", ");
    check(
        &format!("scenario \"x\"\n\n{everyone} join\n"),
        "more than 50 actors",
    );
    let nested = (0..10).fold(String::new(), |text, depth| {
        format!("{text}{}repeat 1000 times:\n", "  ".repeat(depth))
    });
    check(
        &format!(
            "scenario \"x\"\n\n{nested}{}include \"y\"\n",
            "  ".repeat(10)
        ),
        "more than 10000 steps",
    );
    check(
        "scenario \"x\"\n\nana joins\nrepeat 100 times:\n  ana says 16000000 bytes of \"x\"\n",
        "more than 64 MiB of text",
    );
    let (long, often) = ("x".repeat(100_000), "$a".repeat(10_000));
    check(
        &format!("scenario \"x\"\n  with a \"{long}\"\n\nana joins\nana says \"{often}\"\n"),
        "more than 64 MiB of text",
    );
    check(
        &format!("scenario \"x\"\n  with a \"{long}\"\n\nana joins\nana expects \"{often}\"\n"),
        "more than 64 MiB of text",
    );
    let lines = "ana x\n".repeat(150_000);
    check(&format!("scenario \"x\"\n\n{lines}"), "unknown verb `x`");
}

#[test]
fn an_id_is_the_folder_and_the_name_whatever_path_led_there() {
    let folder = tempfile::tempdir().unwrap();
    let topic = folder.path().join("basic");
    std::fs::create_dir(&topic).unwrap();
    std::fs::write(
        topic.join("hello.chat"),
        "scenario \"x\"\n\nana joins\nana hears nothing\n",
    )
    .unwrap();
    std::fs::write(
        topic.join("b.chat"),
        "scenario \"y\"\n\nana joins\nana hears nothing\n",
    )
    .unwrap();
    let ids = |paths: &[PathBuf]| -> Vec<String> {
        load(paths)
            .unwrap()
            .scenarios
            .into_iter()
            .map(|scenario| scenario.id)
            .collect()
    };
    assert_eq!(ids(&[folder.path().to_owned()]), ["basic/b", "basic/hello"]);
    assert_eq!(
        ids(&[
            topic.join("hello.chat"),
            topic.join("./hello.chat"),
            topic.clone()
        ]),
        ["basic/b", "basic/hello"]
    );

    let other = folder.path().join("more/basic");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(
        other.join("hello.chat"),
        "scenario \"x\"\n\nana joins\nana hears nothing\n",
    )
    .unwrap();
    let twice = load(&[folder.path().to_owned()]).unwrap_err().to_string();
    assert!(
        twice.contains("two scenarios have the id `basic/hello`"),
        "{twice}"
    );
}

/// Every construct of the language at least once.
const EVERYTHING: &str = include_str!("everything.chat");

#[test]
fn every_construct_is_understood() {
    let source = Source::new("everything.chat", EVERYTHING);
    let scenario =
        parse_source("test/everything", &source).unwrap_or_else(|wrong| panic!("{wrong}"));
    insta::assert_snapshot!(meaning(&scenario));
    let needs: Vec<String> = scenario.requires().iter().map(Feature::to_string).collect();
    insta::assert_snapshot!("what_everything_requires", needs.join("\n"));
}

#[test]
fn a_setup_brings_its_steps_its_parameters_and_its_teardown() {
    let folder = tests().join("including");
    let suite = load(&[folder]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let meanings: Vec<String> = suite.scenarios.iter().map(meaning).collect();
    insta::assert_snapshot!(meanings.join("\n"));
}

#[test]
fn the_formatter_lines_verbs_up_and_keeps_comments() {
    let untidy = "# top\nscenario   \"T\"   # title\n   level must\n   points   3\n\n\n\n  # of ana\nana joins\ncaio   joins # late\n\n\n\
        together :\n     ana says \"a\"\n     # and\n     caio says  \"b\"\n\nana , caio   quit\n# end";
    insta::assert_snapshot!(formatted(untidy).unwrap());
}

/// A line of a scenario that may stand anywhere.
fn step() -> impl Strategy<Value = String> {
    let actor = prop_oneof![Just("ana"), Just("bia"), Just("caio")];
    let rest = prop_oneof![
        Just("joins".to_owned()),
        Just("hears nothing".to_owned()),
        Just("tells bia \"x # y\"".to_owned()),
        Just("is refused name-in-use".to_owned()),
        Just("says 10 bytes of \"x\"".to_owned()),
        "[a-z \\\\$]{0,6}"
            .prop_map(|text| format!("says \"{}\"", text.replace('\\', "\\\\").replace('$', "$$"))),
    ];
    (actor, rest).prop_map(|(actor, rest)| format!("{actor} {rest}"))
}

/// Lines with blanks, comments and blocks, all valid.
fn body() -> impl Strategy<Value = String> {
    let comment = prop_oneof![
        Just(String::new()),
        "[ -~é]{0,8}".prop_map(|text| format!("  # {text}"))
    ];
    let line = (step(), comment, 0_usize..4, any::<bool>(), 2_usize..5).prop_map(|(step, comment, blanks, block, indent)| {
        let gap = "\n".repeat(blanks);
        let step = step.replacen(' ', &" ".repeat(blanks + 1), 1);
        if block {
            format!("{gap}# of the block\ntogether:{comment}\n{0}{step}\n{0}# inside\n{0}{step}{comment}\n", " ".repeat(indent))
        } else {
            format!("{gap}{step}{comment}\n")
        }
    });
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
}

fn comments(text: &str) -> Vec<String> {
    let mut comments: Vec<String> = text
        .lines()
        .filter_map(|line| {
            line.rsplit_once('#')
                .map(|(_, tail)| tail.trim().to_owned())
        })
        .collect();
    comments.sort();
    comments
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn formatting_changes_nothing_that_matters(body in body()) {
        let opening = "scenario \"T\"\n\nana joins\nbia joins\ncaio joins\n";
        let text = format!("{opening}{body}");
        let once = formatted(&text).expect("a valid file");
        prop_assert!(formatted(&once).is_some_and(|twice| twice == once), "{}", once);
        prop_assert_eq!(comments(&text), comments(&once));
        let (before, after) = (parse(&text), parse(&once));
        prop_assert_eq!(before.is_ok(), after.is_ok());
        if let (Ok(before), Ok(after)) = (before, after) {
            prop_assert_eq!(meaning(&before), meaning(&after));
        }
    }

    #[test]
    fn any_text_is_understood_or_refused(text in "(?s).{0,300}") {
        let _ = parse(&text);
        let _ = formatted(&text);
    }

    #[test]
    fn any_words_of_the_language_are_understood_or_refused(
        words in proptest::collection::vec(
            prop_oneof![
                Just("ana"), Just("\n"), Just("\n  "), Just(" "), Just("says"), Just("\"$x {\""), Just(":"), Just(","), Just("is"),
                Just("repeat"), Just("9"), Just("times"), Just("scenario"), Just("finally"), Just("include"), Just("with"), Just("$i"),
                Just("each"), Just("a"), Just("crowd"), Just("of"), Just("sends"), Just("\\u{"), Just("\""), Just("bytes"), Just("one"),
                Just("should"), Just("'s"), Just("list"), Just("expects"), Just("level"), Just("\t"), Just("é"),
            ],
            0..40,
        ),
    ) {
        let text = format!("scenario \"T\"\n{}", words.join(" "));
        let _ = parse(&text);
        if let Some(once) = formatted(&text) {
            prop_assert!(formatted(&once).is_some_and(|twice| twice == once), "{}", once);
        }
    }

    #[test]
    fn any_bytes_in_a_file_are_understood_or_refused(bytes: Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.chat");
        std::fs::write(&file, &bytes).unwrap();
        let _ = load(&[file]);
    }
}

#[test]
fn the_meaning_survives_formatting_of_every_construct() {
    let once = formatted(EVERYTHING).unwrap();
    assert_eq!(formatted(&once).as_deref(), Some(once.as_str()));
    let source: Arc<Source> = Source::new("everything.chat", once);
    let again = parse_source("test/everything", &source).unwrap();
    let before = parse_source(
        "test/everything",
        &Source::new("everything.chat", EVERYTHING),
    )
    .unwrap();
    assert_eq!(meaning(&before), meaning(&again));
}
