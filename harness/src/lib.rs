//! The harness: it scripts sessions of several chat clients against any server, and grades the server with reasons.

pub mod applies;
pub mod chat;
pub mod cli;
mod client;
pub mod crew;
pub mod dialects;
pub mod event;
pub mod hearing;
#[cfg(unix)]
pub mod keeper;
pub mod lesson;
pub mod load;
pub mod probe;
pub mod progress;
pub mod report;
pub mod runner;
pub mod save;
pub mod scenario;
pub mod selftest;
pub mod stop;
pub mod target;
pub mod transcript;
pub mod verdict;
