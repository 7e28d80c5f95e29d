//! The largest of everything that a scenario file may ask for, so that none can stall or starve the harness.

use std::time::Duration;

/// Bytes of a file.
pub(super) const FILE: usize = 1 << 20;
/// Steps of a scenario, after includes and repetitions.
pub(super) const STEPS: usize = 10_000;
/// Errors of a file that are worth finding.
pub(super) const ERRORS: usize = 500;
/// Actors that share a step.
pub(super) const ACTORS: usize = 50;
/// Rounds of a `repeat`.
pub(super) const ROUNDS: u32 = 1_000;
/// Members of a crowd.
pub(super) const CROWD: u32 = 500;
/// Bytes of a text that is written as a number.
pub(super) const TEXT: usize = 16 << 20;
/// Bytes of all such texts of a scenario, after repetitions.
pub(super) const ALL_TEXT: usize = 64 << 20;
/// Files included in each other.
pub(super) const INCLUDES: usize = 8;
/// The longest time that a step may name.
pub(super) const TIME: Duration = Duration::from_secs(60);
/// What a scenario may be worth.
pub(super) const POINTS: u32 = 1_000;
/// Files of a suite.
pub(super) const FILES: usize = 10_000;
