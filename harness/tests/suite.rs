//! The built-in scenarios as files: written well, each resting on something, each of use to some dialect.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use harness::applies::lacking;
use harness::scenario::{Feature, RULES, Reason, Suite, format, load, parse_source};
use protocol::Dialect;
use protocol::diagnostic::Source;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// The built-in dialects, and the delimited variant that is kept for what a raw stream cannot say.
fn dialects() -> impl Iterator<Item = &'static Dialect> {
    Dialect::builtins().iter().chain(Dialect::builtin("unb-lf"))
}

fn suite() -> Suite {
    load(&[scenarios()]).unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn the_suite_is_large_and_has_no_warnings() {
    let suite = suite();
    assert!(suite.warnings.is_empty(), "{}", suite.warnings);
    assert!(
        suite.scenarios.len() >= 80,
        "{} scenarios",
        suite.scenarios.len()
    );
}

#[test]
fn every_scenario_is_formatted() {
    for scenario in suite().scenarios {
        let source = &scenario.source;
        assert_eq!(
            format(source).as_deref(),
            Ok(source.text.as_str()),
            "run `harness fmt` on {}",
            scenario.id
        );
    }
}

#[test]
fn every_scenario_names_its_rule_and_the_passage_it_rests_on() {
    for scenario in suite().scenarios {
        let rule = scenario.rule.unwrap_or_default();
        assert!(
            RULES.contains(&rule.as_str()),
            "{}: rule `{rule}`",
            scenario.id
        );
        assert!(scenario.spec.is_some(), "{}: no passage", scenario.id);
    }
}

/// Windows takes such names for devices, whatever follows them, and cannot check a file out that bears one.
/// Source: Microsoft, «Naming Files, Paths, and Namespaces».
#[test]
fn every_scenario_has_a_name_that_every_system_allows() {
    let is_device = |name: &str| {
        let name = name.to_ascii_lowercase();
        let port = name
            .strip_prefix("com")
            .or_else(|| name.strip_prefix("lpt"));
        matches!(name.as_str(), "con" | "prn" | "aux" | "nul")
            || port.is_some_and(|number| number.len() == 1 && number.parse::<u8>().is_ok())
    };
    for scenario in suite().scenarios {
        let mut names = scenario.id.split(['/', '.']);
        assert!(!names.any(is_device), "{}", scenario.id);
    }
}

#[test]
fn every_rule_is_tested() {
    let tested: BTreeSet<String> = suite()
        .scenarios
        .into_iter()
        .filter_map(|scenario| scenario.rule)
        .collect();
    let untested: Vec<_> = RULES
        .iter()
        .filter(|rule| !tested.contains(**rule))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn every_scenario_applies_to_some_built_in_dialect() {
    for scenario in suite().scenarios {
        let applies = dialects().any(|dialect| lacking(&scenario, dialect).is_empty());
        assert!(applies, "{} applies to no dialect", scenario.id);
    }
}

/// What each dialect is held to, for a reader's eyes: a change of applicability or level shows here.
#[test]
fn each_dialect_is_held_to_these() {
    let suite = suite();
    let mut text = String::new();
    for dialect in dialects() {
        let applicable = suite
            .scenarios
            .iter()
            .filter(|scenario| lacking(scenario, dialect).is_empty());
        let level = |scenario: &harness::scenario::Scenario| match &scenario.rule {
            Some(rule) => dialect.level(rule, scenario.level),
            None => scenario.level,
        };
        let rows: Vec<String> = applicable
            .map(|scenario| format!("  {:<6} {}\n", level(scenario).id(), scenario.id))
            .collect();
        text.push_str(&format!(
            "{}: {} scenarios\n{}\n",
            dialect.name,
            rows.len(),
            rows.concat()
        ));
    }
    insta::assert_snapshot!(text);
}

fn reference() -> String {
    std::fs::read_to_string(scenarios().join("../docs/scenarios.md"))
        .expect("the reference of the language")
}

/// The code blocks of the reference that are marked as scenarios.
fn examples(reference: &str) -> Vec<String> {
    let blocks = reference.split("```chat\n").skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_example_of_the_reference_is_understood() {
    let examples = examples(&reference());
    assert!(examples.len() >= 6, "{} examples", examples.len());
    for example in examples {
        let has_header = ["scenario \"", "setup \""]
            .iter()
            .any(|word| example.contains(word));
        let text = if has_header {
            example
        } else {
            format!("scenario \"An example\"\n\n{example}")
        };
        let source = Source::new("docs/scenarios.md", text);
        format(&source).unwrap_or_else(|wrong| panic!("{wrong}"));
        if !source.text.starts_with("setup") {
            parse_source("docs/example", &source).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
}

#[test]
fn the_reference_has_every_rule_reason_and_feature() {
    let reference = reference();
    let reasons = Reason::ALL.iter().map(|reason| reason.id().to_owned());
    let features = Feature::all()
        .map(|feature| feature.to_string())
        .filter(|name| !name.contains(' '));
    let rules = RULES.iter().map(|rule| (*rule).to_owned());
    let missing: Vec<String> = reasons
        .chain(features)
        .chain(rules)
        .filter(|name| !reference.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The steps in the tables of the reference: what stands between backticks at the beginning of a row.
fn steps_of_the_tables(reference: &str) -> Vec<&str> {
    let rows = reference
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split('`').next());
    let subjects = [
        "ana ",
        "ana's ",
        "bia ",
        "caio ",
        "a crowd ",
        "each ",
        "everyone ",
        "the ",
    ];
    cells
        .filter(|cell| subjects.iter().any(|subject| cell.starts_with(subject)))
        .collect()
}

#[test]
fn every_step_of_the_reference_is_understood() {
    let reference = reference();
    let steps = steps_of_the_tables(&reference);
    assert!(steps.len() > 40, "{steps:?}");
    for step in steps {
        let source = Source::new(
            "docs/scenarios.md",
            format!("scenario \"A row\"\n\n{step}\n"),
        );
        format(&source).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
}
