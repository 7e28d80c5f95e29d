//! What a server may use, as the system enforces it on each of its processes.

use rustix::process::{Pid, Resource, Rlimit, getrlimit};

/// One process may reserve so many times what all together may use: threads reserve stacks that they never touch.
const RESERVED: u64 = 4;

/// Between the signal that says that the time is up and the one that ends, in seconds.
const LAST_WORDS: u64 = 1;

/// Sets them for a process that has just been started, and so for all that it will start. What the system knows no limit for, or
/// refuses, stays unlimited.
pub(super) fn set(server: Pid, memory: Option<u64>, cpu: Option<u64>) {
    if let Some(memory) = memory {
        limit(server, Resource::Data, memory.saturating_mul(RESERVED), 0);
    }
    if let Some(cpu) = cpu {
        limit(server, Resource::Cpu, cpu, LAST_WORDS);
    }
    // A crash is told by its signal; its memory is of no use to a grader and may fill a disk.
    limit(server, Resource::Core, 0, 0);
}

fn limit(server: Pid, what: Resource, soft: u64, room: u64) {
    let hard = match getrlimit(what).maximum {
        Some(most) => most.min(soft.saturating_add(room)),
        None => soft.saturating_add(room),
    };
    let limits = Rlimit {
        current: Some(soft.min(hard)),
        maximum: Some(hard),
    };
    // What cannot be limited stays as it is.
    let _ = set_for(server, what, limits);
}

#[cfg(target_os = "linux")]
fn set_for(server: Pid, what: Resource, limits: Rlimit) -> rustix::io::Result<()> {
    rustix::process::prlimit(Some(server), what, limits).map(drop)
}

/// Elsewhere nobody can limit another process.
#[cfg(not(target_os = "linux"))]
fn set_for(_: Pid, _: Resource, _: Rlimit) -> rustix::io::Result<()> {
    Ok(())
}
