//! A report's claims, judged, for programs.
//!
//! ```json
//! { "version": 1,
//!   "claims": [
//!     { "about": "server", "client": null, "frame": null, "claimed": "192.168.0.88:55555", "truth": "true", "shown": "192.168.0.88:55555" },
//!     { "about": "layer", "client": null, "frame": 10, "claimed": "ethernet", "truth": "false", "shown": "null, ipv4, tcp, payload" } ] }
//! ```

use serde::Serialize;
use serde_json::{Value, json};

use super::VERSION;
use crate::answers::claims::{Checked, Claim, Truth};

/// Each claim with what the capture says to it, as JSON.
#[must_use]
pub fn claims(checked: &[Checked]) -> String {
    let document = Document {
        version: VERSION,
        claims: checked.iter().map(Judged::of).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    claims: Vec<Judged<'a>>,
}

#[derive(Serialize)]
struct Judged<'a> {
    about: &'static str,
    client: Option<&'a str>,
    frame: Option<u64>,
    claimed: Value,
    truth: &'static str,
    shown: Option<&'a str>,
}

impl<'a> Judged<'a> {
    fn of(one: &'a Checked) -> Self {
        let (about, client, frame, claimed) = match &one.claim {
            Claim::Server(address) => ("server", None, None, json!(address)),
            Claim::Transport(name) => ("transport", None, None, json!(name)),
            Claim::Clients(count) => ("clients", None, None, json!(count)),
            Claim::Client(address) => ("client", None, None, json!(address)),
            Claim::Handshake(address, frames) => {
                ("handshake", Some(address.as_str()), None, json!(frames))
            }
            Claim::Layer(frame, name) => ("layer", None, Some(*frame), json!(name)),
            Claim::Length(frame, bytes) => ("length", None, Some(*frame), json!(bytes)),
        };
        Self {
            about,
            client,
            frame,
            claimed,
            truth: match one.truth {
                Truth::True => "true",
                Truth::False => "false",
                Truth::Undecidable => "undecidable",
            },
            shown: Some(one.shown.as_str()).filter(|shown| !shown.is_empty()),
        }
    }
}
