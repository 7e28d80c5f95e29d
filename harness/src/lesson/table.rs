//! The table of lessons. Each row says what happened, why it usually happens and what to try, in Portuguese and in English.

use super::Lesson;

mod closing;
mod delivery;
mod framing;
mod general;
mod server;

/// Every lesson; the first is the most general.
pub fn lessons() -> impl Iterator<Item = &'static Lesson> {
    let tables = [
        general::ROWS,
        framing::ROWS,
        delivery::ROWS,
        closing::ROWS,
        server::ROWS,
    ];
    tables.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The places that a finding can fill.
    const PLACES: [&str; 8] = [
        "{actor}",
        "{from}",
        "{who}",
        "{after}",
        "{came}",
        "{at}",
        "{seconds}",
        "{bytes}",
    ];

    #[test]
    fn what_is_called_vague_is_in_the_table() {
        let vague = lessons().filter(|lesson| lesson.is_vague());
        assert_eq!(vague.count(), crate::lesson::VAGUE.len());
    }

    #[test]
    fn every_row_is_complete_and_names_only_places_that_can_be_filled() {
        let ids: BTreeSet<_> = lessons().map(|lesson| lesson.id).collect();
        assert_eq!(ids.len(), lessons().count());
        for lesson in lessons() {
            for text in [lesson.what, lesson.why, lesson.fix].concat() {
                let mut rest = text.to_owned();
                for place in PLACES {
                    rest = rest.replace(place, "");
                }
                assert!(!text.is_empty() && !rest.contains(['{', '}']), "{text}");
            }
        }
    }
}
