//! Answers the questions of a chat capture: from bytes to frames, segments, conversations and streams, and on to what
//! was said, whether it conforms, and the words in which a report says so.
//!
//! Each module knows only those to its left: `capture` → `segment` → `conversation` → `stream` → `dissect` → `finding`.

pub mod analysis;
pub mod answers;
pub mod capture;
pub mod choice;
pub mod cli;
pub mod conversation;
pub mod dissect;
pub mod finding;
pub mod ladder;
pub mod report;
pub mod scenario;
pub mod segment;
pub mod stream;
pub mod survey;
pub mod wireshark;

#[cfg(test)]
mod testing;
