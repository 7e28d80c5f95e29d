//! The hub of the workspace: what a chat dialect is.
//!
//! A dialect says, for one course's protocol, what clients and servers say and where a message ends. From the same dialect the
//! reference server serves, the harness speaks and judges, and the analyzer dissects. This crate knows no sockets, files,
//! clocks, colours, scenarios or captures.

pub mod decoration;
pub mod diagnostic;
pub mod dialect;
pub mod framing;
pub mod lang;
pub mod matching;
pub mod message;
pub mod os_error;
pub mod pattern;
pub mod quote;
mod search;
pub mod template;
pub mod toml_words;

pub use dialect::Dialect;
