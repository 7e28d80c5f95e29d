//! The server over real sockets: what each dialect's clients see, and what hostile clients cannot do.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot connect has nothing to say but where"
)]

mod client;
mod correct;
mod faults;
mod program;
mod robustness;
mod support;
mod transcripts;
