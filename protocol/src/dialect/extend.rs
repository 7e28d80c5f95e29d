//! A dialect that is another one but for some keys: `extends = "unb"`.
//!
//! What the file does not say is taken from the built-in dialect, table by table; a reply of it that the file calls `false` is
//! not. The places of mistakes stay the file's own.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Dialect;
use super::reader::{Problems, listed};
use crate::diagnostic::Diagnostic;
use crate::words;

/// The table with everything that it leaves out taken from the built-in dialect that it names.
pub(super) fn extended<'a>(mut own: DeTable<'a>, problems: &Problems) -> DeTable<'a> {
    let Some(base) = own.get("extends") else {
        return own;
    };
    let span = base.span();
    let file = base.get_ref().as_str().and_then(Dialect::builtin_file);
    let Some(file) = file else {
        let names: Vec<_> = Dialect::builtin_names().collect();
        let mistake = Diagnostic::error(words!(
            "esperava-se em `extends` um dialeto embutido: um de {}",
            "expected a built-in dialect for `extends`: one of {}",
            listed(&names)
        ));
        let named = base.get_ref().as_str().unwrap_or_default();
        problems.report(span, mistake.did_you_mean(named, names));
        own.remove("extends");
        return own;
    };
    own.remove("extends");
    let (base, _) = DeTable::parse_recoverable(file);
    let mut base = base.into_inner();
    for section in ["server", "error"] {
        let replies =
            [&mut own, &mut base].map(|table| table.get_mut(section).map(Spanned::get_mut));
        if let [Some(DeValue::Table(own)), Some(DeValue::Table(base))] = replies {
            take_away(own, base);
        }
    }
    fill(&mut own, base);
    own
}

/// Takes out of both tables what the first calls `false` and the second has.
fn take_away(own: &mut DeTable<'_>, base: &mut DeTable<'_>) {
    let is_false = |reply: &Spanned<_>| matches!(reply.get_ref(), DeValue::Boolean(false));
    let refused = own.iter().filter(|(_, reply)| is_false(reply));
    let refused: Vec<_> = refused.map(|(key, _)| key.get_ref().clone()).collect();
    for key in refused {
        if base.remove(key.as_ref()).is_some() {
            own.remove(key.as_ref());
        }
    }
}

/// Adds what a table lacks; tables in it are filled in turn, all else stays as it is.
fn fill<'a>(own: &mut DeTable<'a>, base: DeTable<'a>) {
    for (key, value) in base {
        match own.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut) {
            None => {
                // A place in the other file means nothing in this one.
                own.insert(
                    Spanned::new(0..0, key.into_inner()),
                    Spanned::new(0..0, unplaced(value.into_inner())),
                );
            }
            Some(DeValue::Table(table)) => {
                if let DeValue::Table(base) = value.into_inner() {
                    fill(table, base);
                }
            }
            Some(_) => {}
        }
    }
}

/// The same value without places; those of texts in a list stay, since nothing in a built-in dialect is wrong.
fn unplaced(value: DeValue<'_>) -> DeValue<'_> {
    let DeValue::Table(table) = value else {
        return value;
    };
    let mut forgotten = DeTable::new();
    for (key, value) in table {
        forgotten.insert(
            Spanned::new(0..0, key.into_inner()),
            Spanned::new(0..0, unplaced(value.into_inner())),
        );
    }
    DeValue::Table(forgotten)
}
