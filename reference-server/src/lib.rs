//! A correct chat server for any dialect, as a program and as a library.
//!
//! ```text
//! bytes ──▶ session ──▶ Command ──▶ room ──▶ Effect ──▶ voice ──▶ bytes
//!           (dialect)               (rules)            (dialect)
//! ```
//!
//! The [`Server`] owns the sockets; the rest is pure. No part knows any dialect's words: they come from its file.

pub mod client;
mod clients;
mod connection;
pub mod fault;
mod flusher;
mod hub;
mod outbox;
mod room;
mod server;
mod session;
mod shared;
mod voice;

pub use fault::Fault;
pub use server::{Options, Pacing, Running, Server};
