//! Reports: a finished result as text. Each is a pure function; none knows another, a file or a clock.

mod hex;
pub mod html;
pub mod json;
pub mod markdown;
pub mod page;
pub mod prose;
pub mod terminal;
