//! Captures made up from seeds, of which the maker knows everything: how many connections there are, who opened them,
//! which frames are their handshakes, and which bytes each side wrote. The analyzer must find just that; and where it is
//! installed, so must tshark.
//!
//! `GENERATED_SEED=7 cargo test -p analyzer --test generated` tries one seed.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "not every word of the scripts is needed here"
)]

mod chance;
mod connection;
#[path = "../support/follow.rs"]
mod follow;
mod peer;
mod phases;
#[path = "../../examples/make_captures/catalogue/script/mod.rs"]
mod script;
mod truth;
mod tshark;
mod world;

use std::io::Cursor;
use std::ops::Range;

use analyzer::capture;
use analyzer::conversation::Direction;
use analyzer::survey::{Options, survey};

use phases::Opening;
use truth::{Said, Told};
use world::{Plan, World};

/// How many complaints are shown.
const SHOWN: usize = 20;

#[test]
fn what_was_made_up_is_found() {
    check(0..400, against_the_maker);
}

#[test]
#[ignore = "takes minutes"]
fn what_was_made_up_is_found_many_times() {
    check(400..20_000, against_the_maker);
}

#[test]
fn tshark_finds_the_same() {
    check(0..5, against_tshark);
}

#[test]
#[ignore = "takes minutes"]
fn tshark_finds_the_same_many_times() {
    check(5..1000, against_tshark);
}

#[track_caller]
fn check(seeds: Range<u64>, complaints: fn(u64) -> Vec<String>) {
    let alone = std::env::var("GENERATED_SEED").ok();
    let alone = alone.map(|seed| seed.parse::<u64>().expect("a number"));
    let seeds = alone.map_or(seeds, |seed| seed..seed + 1);
    let wrong: Vec<String> = seeds.flat_map(complaints).collect();
    let shown = wrong[..wrong.len().min(SHOWN)].join("\n");
    assert!(wrong.is_empty(), "{} complaints:\n{shown}", wrong.len());
}

fn against_the_maker(seed: u64) -> Vec<String> {
    let plan = Plan {
        connections: 12,
        openings: &Opening::ALL,
    };
    let world = World::new(seed, plan);
    let threads = 1 + (seed % 2) as usize;
    differences(
        &world,
        &found(&world.capture, threads),
        &world.told,
        "the maker",
    )
}

/// tshark takes a handshake in four for two connections.
fn against_tshark(seed: u64) -> Vec<String> {
    let plan = Plan {
        connections: 60,
        openings: &Opening::ALL.map(|one| match one {
            Opening::Split => Opening::Simultaneous,
            other => other,
        }),
    };
    let world = World::new(seed, plan);
    let ours = found(&world.capture, 1);
    match tshark::told(&world.capture, ours.len()) {
        Ok(None) => Vec::new(),
        Ok(Some(mut theirs)) => {
            if world.snapped {
                without_missing(&ours, &mut theirs);
            }
            differences(&world, &ours, &theirs, "tshark")
        }
        Err(error) => vec![format!("{}: {error}", world.about)],
    }
}

/// How long packets were that are not whole tshark does not count.
fn without_missing(ours: &[Told], theirs: &mut [Told]) {
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (ours, theirs) in ours.said.iter().zip(&mut theirs.said) {
            theirs.missing = ours.missing;
        }
    }
}

fn differences(world: &World, ours: &[Told], theirs: &[Told], who: &str) -> Vec<String> {
    let about = &world.about;
    if ours.len() != theirs.len() {
        let (we, they) = (ours.len(), theirs.len());
        return vec![format!("{about}: {we} conversations, {they} says {who}")];
    }
    let pairs = ours
        .iter()
        .zip(theirs)
        .filter(|(ours, theirs)| ours != theirs);
    let words =
        pairs.map(|(ours, theirs)| format!("{about}:\n  {ours:?}\n  {theirs:?} says {who}"));
    words.collect()
}

/// What the analyzer finds.
fn found(capture: &[u8], threads: usize) -> Vec<Told> {
    let reader = capture::read(Cursor::new(capture.to_vec())).expect("a capture");
    let survey = survey(
        reader,
        Options {
            threads,
            ..Options::default()
        },
    );
    let told = survey.conversations.iter().map(|one| {
        let handshake = one.handshake;
        let said = |direction| {
            let stream = survey.stream(one.id, direction).expect("kept");
            Said {
                bytes: stream.bytes.clone(),
                missing: stream.missing,
            }
        };
        Told {
            client: one.client.to_string(),
            server: one.server.to_string(),
            handshake: [
                handshake.syn.map(|syn| syn.frame),
                handshake.syn_ack.map(|syn| syn.frame),
                handshake.ack.map(|mark| mark.frame),
            ],
            said: Direction::BOTH.map(said),
        }
    });
    told.collect()
}
