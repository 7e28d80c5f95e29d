//! What is handed on to Wireshark: display filters, a dissector, an annotated capture.
//!
//! Knows addresses, ports and frame numbers; never stream numbers, which differ between versions of Wireshark.

mod annotate;
mod anonymise;
mod dissector;
mod filter;
mod pcapng;

pub use annotate::{Comments, annotate};
pub use anonymise::anonymise;
pub use dissector::dissector;
pub use filter::Filter;
