//! Which scenarios of a suite are meant: `--filter must,!robustness`.

use protocol::dialect::Level;

use super::Scenario;

/// Selects scenarios by words. A word is an id or a part of one with `*`, a topic, a tag, a rule or a level; with `!` in
/// front it excludes. Selected is what any word means, or everything if no word selects, and no word excludes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

impl Filter {
    /// A filter of these words; each may hold several, separated by commas.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut filter = Self::default();
        let words = words
            .into_iter()
            .flat_map(|word| word.split(','))
            .map(str::trim);
        for word in words.filter(|word| !word.is_empty()) {
            match word.strip_prefix('!') {
                Some(word) => filter.unwanted.push(word.to_owned()),
                None => filter.wanted.push(word.to_owned()),
            }
        }
        filter
    }

    /// Whether the scenario is meant. Its level is given: the dialect may have changed it.
    pub fn selects(&self, scenario: &Scenario, level: Level) -> bool {
        let means = |word: &String| means(word, scenario, level);
        let is_wanted = self.wanted.is_empty() || self.wanted.iter().any(means);
        is_wanted && !self.unwanted.iter().any(means)
    }
}

fn means(word: &str, scenario: &Scenario, level: Level) -> bool {
    let topic = scenario.id.rsplit_once('/').map(|(topic, _)| topic);
    matches(word, &scenario.id)
        || topic == Some(word.trim_end_matches('/'))
        || scenario.tags.iter().any(|tag| tag == word)
        || scenario.rule.as_deref() == Some(word)
        || level.id() == word
}

/// Whether the text is what the pattern says, in which `*` is anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use protocol::diagnostic::Source;

    use super::super::parse_source;
    use super::*;

    #[track_caller]
    fn check(words: &str, selected: bool) {
        let text =
            "scenario \"x\"\n  rule broadcast\n  tags smoke\n\nana joins\nana hears nothing\n";
        let scenario = parse_source("basic/hello", &Source::new("hello.chat", text)).unwrap();
        assert_eq!(
            Filter::new([words]).selects(&scenario, Level::Should),
            selected,
            "{words}"
        );
    }

    #[test]
    fn a_word_is_an_id_a_topic_a_tag_a_rule_or_a_level() {
        for word in [
            "basic/hello",
            "basic",
            "basic/",
            "smoke",
            "broadcast",
            "should",
            "ba*lo",
            "*",
            "x, smoke",
            "",
        ] {
            check(word, true);
        }
        for word in [
            "basic/hell",
            "hello",
            "smok",
            "must",
            "*x*",
            "basic/hello*o",
        ] {
            check(word, false);
        }
    }

    #[test]
    fn a_word_with_an_exclamation_mark_excludes() {
        check("!must", true);
        check("basic,!smoke", false);
        check("!basic", false);
    }
}
