//! The examples in `docs/dialects.md` are dialects that load.

use protocol::Dialect;
use protocol::diagnostic::Source;

/// A whole dialect stands for itself; a part of one stands in a dialect that is otherwise small.
fn whole(example: &str) -> String {
    if example.contains("name = \"") && example.contains("\n[client]")
        || example.contains("extends")
    {
        return example.to_owned();
    }
    let client = if example.contains("[client") {
        ""
    } else {
        "[client]\nsay = \"{text}\"\n"
    };
    format!("name = \"example\"\nport = 7000\n{client}{example}")
}

#[test]
fn every_example_in_the_reference_loads() {
    let docs = include_str!("../../docs/dialects.md");
    let examples: Vec<_> = docs
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() > 15, "found {} examples", examples.len());
    for example in examples {
        if let Err(mistakes) = Dialect::parse(&Source::new("docs/dialects.md", whole(example))) {
            panic!("{mistakes}");
        }
    }
}
