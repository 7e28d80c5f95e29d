//! The kinds of dialogue of the benchmark, short, with some of their segments lost, said again, or in another order: each byte is in one
//! message, and all of it can be told.

#[path = "../benches/dialogues/file.rs"]
mod file;
#[path = "../benches/dialogues/kinds.rs"]
mod kinds;

use std::io::Cursor;

use analyzer::analysis::{Analysis, analyse};
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::report::{json, markdown, prose};
use analyzer::survey::Options;
use file::Event;
use kinds::{KINDS, dialects};
use proptest::prelude::*;
use protocol::Dialect;
use protocol::lang::Lang;
use protocol::message::Direction;

/// What may happen to a segment.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Lost,
    Again,
    Late,
    Never,
}

fn harm() -> impl Strategy<Value = Harm> {
    use Harm::{Again, Late, Lost, Never};
    prop::sample::select(vec![Lost, Again, Late, Never])
}

fn harmed(events: &mut Vec<(usize, Event)>, at: usize, harm: Harm) {
    match (harm, &events[at]) {
        (Harm::Lost, (client, Event::Said(direction, bytes))) => {
            events[at] = (*client, Event::Lost(*direction, bytes.clone()));
        }
        (Harm::Again, one) => events.insert(at, one.clone()),
        (Harm::Late, _) => {
            let next = (at + 1).min(events.len() - 1);
            events.swap(at, next);
        }
        (Harm::Lost | Harm::Never, _) => drop(events.remove(at)),
    }
}

fn analysed(dialect: &Dialect, file: Vec<u8>) -> Analysis<'_> {
    let wish = Wish {
        given: true,
        ..Wish::any(std::slice::from_ref(dialect))
    };
    let reader = capture::read(Cursor::new(file)).expect("a capture");
    analyse(reader, None, Options::default(), wish)
}

/// The messages of each direction follow each other from the first byte to the last.
#[track_caller]
fn check(about: &str, analysis: &Analysis<'_>) {
    let members = analysis.choice.chat.iter().flat_map(|chat| &chat.members);
    for member in members {
        for direction in [Direction::ToServer, Direction::ToClient] {
            let messages = member.dialogue.messages.iter();
            let messages = messages.filter(|one| one.direction == direction);
            let mut end = 0;
            for message in messages {
                assert_eq!(message.range.start, end, "{about}: {message:?}");
                end = message.range.end;
            }
            let stream = member.stream(&analysis.survey, direction);
            let length = stream.map_or(0, |stream| stream.bytes.len());
            assert_eq!(end, length, "{about}");
        }
    }
    let told = markdown::render(&prose::report(analysis, Lang::En), Lang::En);
    assert!(!told.is_empty() && !json::render(analysis).is_empty());
}

#[test]
fn every_kind_of_dialogue_is_read_to_its_end() {
    for dialect in dialects() {
        for kind in KINDS {
            let events = kind.events(&dialect, 60);
            let analysis = analysed(&dialect, file::pcap(dialect.port, &events));
            check(kind.name, &analysis);
        }
    }
}

proptest! {
    #[test]
    fn so_is_what_a_capture_has_left_of_it(
        dialect in prop::sample::select(dialects().collect::<Vec<_>>()),
        kind in 0..KINDS.len(),
        messages in 1usize..60,
        harms in prop::collection::vec((any::<prop::sample::Index>(), harm()), 1..8),
    ) {
        let mut events = KINDS[kind].events(&dialect, messages);
        for (place, harm) in &harms {
            if !events.is_empty() {
                let at = place.index(events.len());
                harmed(&mut events, at, *harm);
            }
        }
        check(KINDS[kind].name, &analysed(&dialect, file::pcap(dialect.port, &events)));
    }
}
