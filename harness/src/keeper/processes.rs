//! The processes that came of a server, as `/proc` shows them. They are all descendants of the keeper, since orphans become its
//! children.

use std::collections::BTreeSet;
use std::fs;

use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

/// A process that came of the server.
pub(crate) struct Process {
    /// Its number.
    pub(crate) pid: i32,
    /// The name of its program.
    pub(super) name: String,
    /// Whether it has not ended: one that has is there until its parent waits for it.
    pub(crate) is_alive: bool,
    /// The number of its parent.
    pub(crate) parent: i32,
}

impl Process {
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // It fails only for a process that has already ended.
            let _ = kill_process(pid, signal);
        }
    }
}

/// From now on whoever loses their parent becomes a child of this process.
pub(super) fn adopt_orphans() {
    // Every kernel since 3.4 does it; without it, daemons are not found.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Those that came of this process and are alive.
pub(super) fn descendants() -> Vec<Process> {
    let mut family = family(getpid().as_raw_pid());
    family.retain(|process| process.is_alive);
    family
}

/// All that came of a process, alive or not.
pub(crate) fn family(root: i32) -> Vec<Process> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for child in children(parent) {
            let text = fs::read(format!("/proc/{child}/stat")).unwrap_or_default();
            let Some(stat) = stat(&String::from_utf8_lossy(&text)) else {
                continue;
            };
            if seen.insert(child) {
                parents.push(child);
                found.push(Process {
                    pid: child,
                    name: stat.name,
                    is_alive: stat.is_alive,
                    parent,
                });
            }
        }
    }
    found
}

/// The children of a process: each of its threads has some.
fn children(parent: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{parent}/task"));
    let lists = threads
        .into_iter()
        .flatten()
        .flatten()
        .map(|thread| fs::read_to_string(thread.path().join("children")));
    let mut children = Vec::new();
    for list in lists {
        match list {
            Ok(list) => children.extend(list.split_whitespace().flat_map(str::parse::<i32>)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return of_all(parent),
            Err(_) => {}
        }
    }
    children
}

/// The same from the list of all processes, where the kernel keeps no lists of children; or where a thread has just ended.
fn of_all(parent: i32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = entries.filter_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
        stat(&String::from_utf8_lossy(&text))
    });
    let of_parent = stats.filter(|stat| stat.parent == parent);
    of_parent.map(|stat| stat.pid).collect()
}

struct Stat {
    pid: i32,
    name: String,
    is_alive: bool,
    parent: i32,
}

/// A line of `/proc/PID/stat`: `42 (a name) S 1 …`. The name may hold anything, parentheses too.
fn stat(line: &str) -> Option<Stat> {
    let (pid, rest) = line.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(')')?;
    let mut rest = rest.split_ascii_whitespace();
    let state = rest.next()?;
    Some(Stat {
        pid: pid.parse().ok()?,
        name: name.to_owned(),
        is_alive: !matches!(state, "Z" | "X"),
        parent: rest.next()?.parse().ok()?,
    })
}

/// The memory that they hold for themselves, in bytes.
pub(super) fn memory(processes: &[Process]) -> u64 {
    let of = |process: &Process| {
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).ok()?;
        own_memory(&status)
    };
    processes.iter().filter_map(of).sum()
}

/// A line of `/proc/PID/status`: `RssAnon:     1234 kB`.
fn own_memory(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let stat = stat("42 (a) (b) S 7 42 42 0 -1").expect("it is a line of the system's");
        assert_eq!(
            (stat.pid, stat.name.as_str(), stat.is_alive, stat.parent),
            (42, "a) (b", true, 7)
        );
        assert!(super::stat("").is_none());
        assert!(!super::stat("4 (x) Z 1").expect("a dead one").is_alive);
    }

    #[test]
    fn memory_is_what_a_process_holds_for_itself() {
        assert_eq!(
            own_memory("VmRSS:\t  9000 kB\nRssAnon:\t    12 kB\n"),
            Some(12 * 1024)
        );
        assert_eq!(own_memory("VmRSS:\t 1 kB\n"), None);
    }

    #[test]
    fn a_child_is_found_and_is_gone_when_it_is_over() {
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .spawn()
            .expect("a program that every system has");
        let is_there = || {
            let pid = i32::try_from(child.id()).expect("a process");
            descendants().iter().any(|process| process.pid == pid)
        };
        assert!(is_there());
        child.kill().expect("it runs");
        child.wait().expect("it is ours");
        let pid = i32::try_from(child.id()).expect("a process");
        assert!(!descendants().iter().any(|process| process.pid == pid));
    }
}
