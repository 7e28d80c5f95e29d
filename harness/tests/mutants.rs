//! A server with one small mistake is caught by the scenario that is about it, and the explanation names the cause.

mod support;

use std::path::PathBuf;
use std::process::Command;

use harness::report::{Outcome, Report};
use harness::runner::{self, Options};
use harness::scenario;
use harness::target::Server;
use harness::verdict::Verdict;
use protocol::Dialect;
use serde_json::Value;
use support::ForeignServer;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn mutants() -> PathBuf {
    here().join("tests/independent/mutants.py")
}

async fn play(ids: &[&str], dialect: &Dialect, server: &mut Server) -> Report {
    let suite =
        scenario::load(&[here().join("../scenarios")]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let one = |id: &&str| {
        let mut scenarios = suite.scenarios.iter();
        scenarios.find(|scenario| scenario.id == *id).expect(id)
    };
    let scenarios: Vec<_> = ids.iter().map(one).collect();
    runner::run(
        &scenarios,
        dialect,
        server,
        &Options::default(),
        &mut |_| {},
    )
    .await
}

fn on_a_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}

fn told(outcome: &Outcome) -> (&str, Verdict, &str) {
    let finding = outcome.findings.first();
    let lesson = finding.map_or("", |finding| finding.lesson.id);
    (&outcome.id, outcome.verdict, lesson)
}

/// The scenario fails on the server with this mistake, and is explained by that lesson.
#[track_caller]
fn is_caught(dialect: &str, mistake: &str, id: &str, lesson: &str) {
    let Some(foreign) = ForeignServer::start_at(&mutants(), &[dialect, mistake]) else {
        return;
    };
    let mut server = Server::attach(&foreign.address().to_string()).expect("it listens");
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    // Somebody comes and goes before, as in a whole run.
    let ids = ["basic/joining", id];
    let report = on_a_runtime(play(&ids, dialect, &mut server));
    let told: Vec<_> = report.outcomes.iter().map(told).collect();
    assert_eq!(told[1], (id, Verdict::Fail, lesson), "{mistake}: {told:?}");
    assert_eq!(told[0].1, Verdict::Pass, "{mistake}: {told:?}");
}

macro_rules! caught {
    ($($name:ident: $dialect:literal $mistake:literal by $id:literal as $lesson:literal;)*) => {
        $(
            #[test]
            fn $name() {
                is_caught($dialect, $mistake, $id, $lesson);
            }
        )*
    };
}

caught! {
    the_newest_hears_nothing: "unb" "skips-newest" by "basic/broadcast" as "not-delivered";
    the_oldest_of_five_hears_nothing: "unb" "skips-oldest-of-five" by "basic/five-in-the-room" as "not-delivered";
    only_thirty_two_hear: "unb" "thirty-two-hear" by "robustness/hundred-hear" as "not-delivered";
    the_third_hears_twice: "ifsc" "third-hears-twice" by "basic/everyone-speaks" as "duplicate";
    a_long_message_comes_back: "unb" "long-ones-come-back" by "size/large" as "echo-to-oneself";
    a_blank_name_kills: "unb" "dies-of-blank-name" by "names/blank" as "crash";
    an_emoji_kills: "unb" "dies-of-emoji" by "encoding/emoji" as "crash";
    the_sixty_fifth_client_kills: "unb" "dies-of-the-65th" by "robustness/hundred-clients" as "crash";
    a_message_is_cut: "unb" "cuts-at-512" by "size/large" as "truncated";
    an_unknown_command_is_malformed: "unb" "unknown-is-400" by "errors/unknown-command" as "wrong-reply";
    an_empty_message_is_unknown: "unb" "empty-is-404" by "errors/malformed" as "wrong-reply";
    an_error_stays: "unb" "one-error-too-many" by "errors/goes-on-unknown" as "unasked-error";
    the_same_again_is_dropped: "unb" "drops-the-same-again" by "basic/same-again" as "lost-message";
    only_two_are_listed: "unb" "lists-two" by "list/who-is-here" as "missing-in-list";
    a_goodbye_ends_nothing: "unb" "quit-stays" by "quit/disconnected" as "stays-open";
    a_goodbye_ends_another: "unb" "quit-ends-another" by "quit/others-go-on" as "closed";
    a_second_try_is_not_checked: "unb" "second-try-is-not-checked" by "names/in-use-twice" as "accepted-instead-of-refused";
    who_resets_stays_in_the_list: "unb" "forgets-none-that-reset" by "list/after-reset" as "ghost-in-list";
    sockets_are_never_closed: "unb" "closes-nothing" by "leaving/closed-on-both-sides" as "socket-leak";
    twenty_are_too_many: "unb" "twenty-at-most" by "robustness/hundred-clients" as "too-few-clients";
    everyone_waits_for_one_who_does_not_read: "unb" "waits-at-each-message" by "robustness/never-reads" as "blocked-by-slow-reader";
    who_asked_for_the_unknown_is_deaf: "unb" "after-unknown-is-deaf" by "errors/goes-on-unknown" as "silenced-by-refusal";
    who_asked_for_the_unknown_is_mute: "unb" "after-unknown-is-mute" by "errors/goes-on-unknown" as "silenced-by-refusal";
    who_asked_wrongly_is_deaf: "unb" "after-malformed-is-deaf" by "errors/goes-on-malformed" as "silenced-by-refusal";
    who_was_refused_a_name_is_deaf: "unb" "after-refused-name-is-deaf" by "names/in-use-try-again" as "silenced-by-refusal";
    who_was_refused_takes_the_holder_along: "unb" "leaves-by-name" by "recovery/after-refused-name" as "removed-by-name";
    who_comes_back_is_deaf: "unb" "a-name-of-the-past-hears-nothing" by "names/free-after-close" as "broadcast-poisoned";
    the_list_is_that_of_before: "unb" "lists-of-before" by "list/after-quit" as "ghost-in-list";
    a_reset_frees_no_name: "unb" "reset-frees-no-name" by "names/free-after-reset" as "name-not-freed";
    closing_frees_no_name: "ifsc" "closing-frees-no-name" by "names/free-after-close" as "name-not-freed";
    a_beginning_of_a_name_is_taken: "unb" "longer-names-hold-shorter" by "names/one-begins-another" as "refused-instead-of-served";
    an_address_is_never_forgotten: "ifsc" "keeps-the-first-address" by "private/to-a-name-again-taken" as "private-not-delivered";
    addresses_shift_after_a_departure: "ifsc" "addresses-by-place" by "private/after-a-departure" as "wrong-recipient";
    who_is_gone_is_acknowledged: "ifsc" "acknowledges-the-gone" by "private/to-who-has-closed" as "accepted-instead-of-refused";
    who_has_left_is_presented: "ifsc" "presents-who-has-left" by "notices/who-was-there" as "notice-of-who-left";
    who_is_there_is_presented_twice: "ifsc" "presents-twice" by "notices/who-is-there-once" as "notice-doubled";
    a_private_message_goes_by_a_beginning: "ifsc" "takes-a-beginning" by "private/name-begins-another" as "wrong-recipient";
    nobody_is_told_of: "ifsc" "nobody-is-acknowledged" by "private/no-recipient" as "accepted-instead-of-refused";
    nobody_ends_the_connection: "ifsc" "nobody-ends-it" by "private/no-recipient-goes-on" as "closed";
    nobody_is_everyone: "ifsc" "nobody-is-everyone" by "private/no-recipient" as "accepted-instead-of-refused";
    the_recipient_signs: "ifsc" "signed-by-its-recipient" by "private/delivered" as "shared-variable";
    the_recipient_is_acknowledged: "ifsc" "recipient-is-acknowledged" by "private/acknowledged" as "shared-variable";
    a_private_message_is_public_too: "ifsc" "private-is-public-too" by "private/nobody-else" as "private-leak";
    a_private_message_ends_at_a_colon: "ifsc" "private-to-the-colon" by "private/colon" as "split-on-separator";
}

/// What `harness run` reports of the server with this mistake, which it starts: nobody else can be in it.
fn report_of_a_started_one(mistake: &str, ids: &[&str], more: &[&str], status: i32) -> Value {
    let python = support::python().expect("it just ran");
    let command = format!("{python} {} {{port}} unb {mistake}", mutants().display());
    let done = Command::new(env!("CARGO_BIN_EXE_harness"))
        .arg("run")
        .args(ids.iter().map(|id| format!("scenarios/{id}.chat")))
        .args(["--format", "json", "--spawn", &command])
        .args(more)
        .current_dir(here().join(".."))
        .output()
        .expect("the harness starts");
    assert_eq!(done.status.code(), Some(status), "{done:?}");
    serde_json::from_slice(&done.stdout).expect("a report")
}

/// Who is in a list twice shows only where nobody else can be in it.
#[test]
fn who_is_listed_twice_is_told() {
    if support::python().is_none() {
        eprintln!("SKIPPED: mutants.py needs Python 3");
        return;
    }
    for (mistake, id) in [
        ("lists-the-first-twice", "list/exactly"),
        ("listed-again-for-each-time", "list/name-again-taken"),
    ] {
        let report = report_of_a_started_one(mistake, &["basic/joining", id], &[], 0);
        let outcome = &report["outcomes"][1];
        assert_eq!(outcome["verdict"], "fail", "{mistake}: {outcome}");
        let lesson = &outcome["findings"][0]["lesson"]["id"];
        assert_eq!(lesson, "twice-in-list", "{mistake}");
    }
}

/// A server that dies when the last client has left has failed the scenario after which it did, whoever started it.
#[test]
fn a_server_that_dies_of_the_last_departure_fails_that_scenario_attached_or_started() {
    let arguments = ["unb", "dies-with-the-last"];
    let Some(foreign) = ForeignServer::start_at(&mutants(), &arguments) else {
        return;
    };
    let dialect = Dialect::builtin("unb").expect("a built-in dialect");
    // On a busy machine it may notice a last departure only when the next client is in, and then need not die; not each time.
    let ids = [
        "basic/broadcast",
        "basic/no-echo",
        "basic/alone",
        "basic/colon",
        "basic/one-word",
        "basic/who-said-it",
    ];
    on_a_runtime(async {
        let mut attached = Server::attach(&foreign.address().to_string()).expect("it listens");
        let report = play(&ids, dialect, &mut attached).await;
        let outcomes: Vec<_> = report.outcomes.iter().map(told).collect();
        let died = outcomes
            .iter()
            .position(|(_, verdict, _)| *verdict == Verdict::Fail);
        let died = died.unwrap_or_else(|| panic!("{outcomes:?}"));
        assert_eq!(outcomes[died].2, "dies-of-a-disconnect");
        let mut later = outcomes[died + 1..].iter();
        assert!(later.all(|(_, verdict, _)| *verdict == Verdict::Blocked));
    });

    for more in [&[][..], &["--fresh"]] {
        let report = report_of_a_started_one("dies-with-the-last", &ids, more, 1);
        let outcomes = report["outcomes"].as_array().expect("outcomes");
        let failed = outcomes
            .iter()
            .filter(|outcome| outcome["verdict"] == "fail");
        let lessons: Vec<_> = failed
            .map(|outcome| outcome["findings"][0]["lesson"]["id"].as_str())
            .collect();
        assert!(
            !lessons.is_empty() && lessons.iter().all(|id| *id == Some("dies-of-a-disconnect")),
            "{more:?}: {lessons:?}"
        );
        assert_eq!(outcomes.len(), ids.len());
    }
}
