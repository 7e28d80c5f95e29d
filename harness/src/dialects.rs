//! Writing a dialect: a commented template, a check that plays it against itself, and what it can and cannot express.
//!
//! Pure: from a loaded [`protocol::Dialect`] to values, and from values to text in the reader's language. Knows no files and
//! no sockets; `cli/dialect.rs` brings the one, nobody the other.

pub mod check;
pub mod overview;
pub mod selfplay;
pub mod template;
mod words;

/// What a feature is, in a few words.
pub(crate) fn feature_words(
    feature: &crate::scenario::Feature,
    lang: protocol::lang::Lang,
) -> String {
    words::feature(feature, lang)
}
