//! What `/proc` shows of a server: the processes that came of its keeper, their sockets, threads, and what these do.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use super::{Effort, Sight};
use crate::keeper::listening::sockets;
use crate::keeper::processes::{Process, family};

/// What a server has now; nothing: there is none.
pub(super) fn look(keeper: u32) -> Option<Sight> {
    let keeper = i32::try_from(keeper).ok()?;
    let family = family(keeper);
    let (alive, ended): (Vec<_>, Vec<_>) = family.iter().partition(|process| process.is_alive);
    if alive.is_empty() {
        return None;
    }
    // A socket that several processes have inherited is one.
    let connections: BTreeSet<u64> = alive
        .iter()
        .flat_map(|process| sockets(process.pid))
        .collect();
    // Whoever is the keeper's child is waited for by it.
    let zombies = ended.iter().filter(|process| process.parent != keeper);
    Some(Sight {
        connections: count(connections.len()),
        threads: count(alive.into_iter().flat_map(threads).count()),
        zombies: count(zombies.count()),
    })
}

fn count(all: usize) -> u32 {
    u32::try_from(all).unwrap_or(u32::MAX)
}

/// What a server has done so far, and whether it is at it now; nothing: there is none, or the system does not count it.
pub(super) fn effort(keeper: u32) -> Option<Effort> {
    let family = family(i32::try_from(keeper).ok()?);
    let alive = family.iter().filter(|process| process.is_alive);
    let mut all = Effort::default();
    let mut is_counted = false;
    for thread in alive.flat_map(threads) {
        // It is not there where the thread has just ended.
        let read = |name: &str| fs::read_to_string(format!("{thread}/{name}")).unwrap_or_default();
        if let Some(time) = busy(&read("schedstat")) {
            is_counted = true;
            all.busy += time;
        }
        all.is_at_work |= is_at_work(&read("stat"));
    }
    is_counted.then_some(all)
}

/// The folders of a process's threads.
fn threads(process: &Process) -> impl Iterator<Item = String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", process.pid));
    let tasks = tasks.into_iter().flatten().flatten();
    tasks.map(|task| task.path().display().to_string())
}

/// `/proc/PID/task/TID/schedstat`: nanoseconds on a processor, and waiting for one.
fn busy(schedstat: &str) -> Option<Duration> {
    let mut fields = schedstat.split_ascii_whitespace();
    let mut nanos = || fields.next()?.parse().ok().map(Duration::from_nanos);
    Some(nanos()? + nanos()?)
}

/// `/proc/PID/task/TID/stat`: whether its state is `R`, running or ready to.
fn is_at_work(stat: &str) -> bool {
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| rest.starts_with('R'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_state_are_read_from_the_systems_lines() {
        assert_eq!(busy("1500 2500 7\n"), Some(Duration::from_nanos(4000)));
        assert_eq!((busy(""), busy("12")), (None, None));
        assert!(is_at_work("42 (a) R) R 1 42"));
        assert!(!is_at_work("42 (a) R) S 1 42") && !is_at_work(""));
    }
}
