//! Text that is safe inside HTML, inside Markdown as GitHub reads it, and JSON that is safe to show.
//!
//! Text goes in safe for a terminal; this is only about markup.

use std::fmt::Write as _;

use serde::Serialize;

/// Text for HTML: element content, or an attribute between double quotes.
pub(crate) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text for a line of Markdown, behind other text: every sign that could begin markup, a link or a mention is an entity, which
/// stands for the sign itself and never for markup.
pub(crate) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&'
            | '@' | '$' | '!' => {
                escaped.push_str(&format!("&#{};", u32::from(c)));
            }
            '\n' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    // Bare addresses become links, in two forms.
    escaped
        .replace("://", "&#58;//")
        .replace("www.", "www&#46;")
}

/// A value as JSON, indented, with a line feed at the end.
///
/// What a terminal would obey or hide (C1 controls, what turns text around, what takes no column) is written as `\uXXXX`. In
/// JSON that is the same string, and only strings can hold it.
pub(crate) fn json(value: &impl Serialize) -> String {
    // Reports are strings, numbers and maps with string keys: nothing that serde_json could refuse.
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        let is_harmless = c.is_ascii() && c != '\u{7f}' || c.escape_debug().len() == 1;
        if is_harmless {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_of_markup_is_left() {
        assert_eq!(
            html("<a href='x'>\"&amp;"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;amp;"
        );
        assert_eq!(
            markdown("[a](http://b) @c |`"),
            "&#91;a&#93;(http&#58;//b) &#64;c &#124;&#96;"
        );
    }
}
