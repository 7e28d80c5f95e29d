//! The ways to show the outcome of a load. Each is `render(&Outcome, …) -> String`, pure.

pub mod html;
pub mod json;
pub mod terminal;

#[cfg(test)]
mod fixture;
mod lesson;
mod plot;
#[cfg(test)]
mod tests;
mod words;
