//! Signals to processes that a test started.

use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

/// Whether whoever started these tests has them ignore a signal, as shells do with what runs in the background: every process
/// that they start inherits it.
pub(crate) fn is_ignored_here(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
}

pub(crate) fn send(process: &Child, signal: Signal) {
    let process = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    kill_process(process.expect("a process"), signal).expect("it runs");
}
