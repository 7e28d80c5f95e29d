//! A dialect as a dissector for Wireshark, in Lua: tables made from the dialect, and an engine that is the same for all.
//!
//! Its fields are `chat_NAME.kind`, `chat_NAME.nick`, `chat_NAME.text` and so on. It registers itself at the dialect's port; for
//! another, use «Decode As» or `tshark -d tcp.port==N,chat_NAME`.
//!
//! Framed streams are reassembled. Of a raw stream it sees one segment at a time, and cannot look at the next: it puts together
//! what TCP cut (a full segment without PSH), and shows as two messages what a program sent in two writes, which [`crate::dissect`]
//! joins where the rest is nothing by itself. What is left over when the capture ends is not shown.

use std::fmt::Write as _;

use protocol::Dialect;
use protocol::dialect::Form;
use protocol::framing::Framing;
use protocol::matching::Standing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason, ReplyKind};
use protocol::template::{Part, Template};

use crate::dissect::{MessageKind, answers};

const ENGINE: &str = include_str!("engine.lua");

/// The script of a dialect.
#[must_use]
pub fn dissector(dialect: &Dialect) -> String {
    let mut lua = String::new();
    // Writing to a string cannot fail.
    let _ = write_tables(&mut lua, dialect);
    lua.push('\n');
    lua.push_str(ENGINE);
    lua
}

fn write_tables(lua: &mut String, dialect: &Dialect) -> std::fmt::Result {
    writeln!(lua, "-- {}", one_line(&dialect.title))?;
    writeln!(
        lua,
        "-- Wireshark: save as chat.lua among the personal Lua plugins (Help > About > Folders)."
    )?;
    writeln!(
        lua,
        "-- tshark: tshark -X lua_script:chat.lua -r capture.pcapng\n"
    )?;
    writeln!(lua, "local dialect = {{")?;
    writeln!(
        lua,
        "  name = {},",
        quoted(identifier(&dialect.name).as_bytes())
    )?;
    writeln!(lua, "  title = {},", quoted(dialect.title.as_bytes()))?;
    writeln!(lua, "  port = {},", dialect.port)?;
    writeln!(lua, "  strip = {},", dialect.requests.strip)?;
    writeln!(lua, "  any_case = {},", dialect.requests.any_case)?;
    writeln!(lua, "  blanks_in_names = {},", dialect.names.blanks)?;
    writeln!(lua, "  empty_names = {},", dialect.names.empty)?;
    let decoration = dialect.decoration;
    writeln!(lua, "  ansi = {}, cr = {},", decoration.ansi, decoration.cr)?;
    writeln!(
        lua,
        "  refuses_unknown = {},",
        dialect.refuses(Reason::UnknownCommand)
    )?;
    let ends_differ = dialect.replies().any(|reply| reply.framing.is_some());
    writeln!(lua, "  ends_differ = {ends_differ},")?;
    write_framing(lua, dialect)?;
    write_requests(lua, dialect)?;
    write_replies(lua, dialect)?;
    writeln!(lua, "}}")
}

fn write_framing(lua: &mut String, dialect: &Dialect) -> std::fmt::Result {
    writeln!(lua, "  framing = {{")?;
    for (name, direction) in [
        ("to_server", Direction::ToServer),
        ("to_client", Direction::ToClient),
    ] {
        let joining = framing(dialect.framing(direction, Phase::Joining));
        let chatting = framing(dialect.framing(direction, Phase::Chatting));
        writeln!(
            lua,
            "    {name} = {{ joining = {joining}, chatting = {chatting} }},"
        )?;
    }
    writeln!(lua, "  }},")
}

fn framing(framing: &Framing) -> String {
    match framing {
        Framing::Raw => "{ kind = \"raw\" }".to_owned(),
        Framing::Delimited(terminator) => {
            let forms: Vec<_> = terminator.forms().map(quoted).collect();
            format!(
                "{{ kind = \"delimited\", terminators = {{ {} }} }}",
                forms.join(", ")
            )
        }
        Framing::Header { width, pad, .. } => {
            format!(
                "{{ kind = \"header\", width = {width}, pad = {} }}",
                quoted(&[*pad])
            )
        }
        Framing::Fixed { size, pad } => {
            format!(
                "{{ kind = \"fixed\", size = {size}, pad = {} }}",
                quoted(&[*pad])
            )
        }
    }
}

/// Requests of members, those first that others would hide; then the forms of joining.
fn write_requests(lua: &mut String, dialect: &Dialect) -> std::fmt::Result {
    let mut requests: Vec<_> = dialect
        .requests()
        .filter(|request| request.kind != CommandKind::Join)
        .collect();
    requests.sort_by_key(|request| {
        let template = request.template();
        let holes = template.holes().count();
        (
            request.before.is_empty(),
            holes,
            std::cmp::Reverse(literal_length(template)),
        )
    });
    let any_case = dialect.requests.any_case;
    writeln!(lua, "  requests = {{")?;
    for request in requests {
        let worded = literal_length(request.template()) > 0;
        for form in request.forms() {
            let kind = quoted(request.kind.id().as_bytes());
            let parts = parts(form);
            writeln!(
                lua,
                "    {{ kind = {kind}, worded = {worded}, any_case = {any_case}, parts = {parts} }},"
            )?;
        }
    }
    writeln!(lua, "  }},\n  joins = {{")?;
    for form in dialect
        .request(CommandKind::Join)
        .into_iter()
        .flat_map(|join| join.forms())
    {
        writeln!(
            lua,
            "    {{ any_case = {any_case}, parts = {} }},",
            parts(form)
        )?;
    }
    writeln!(lua, "  }},")
}

fn write_replies(lua: &mut String, dialect: &Dialect) -> std::fmt::Result {
    writeln!(lua, "  replies = {{")?;
    for reply in dialect.replies() {
        for form in &reply.forms {
            writeln!(
                lua,
                "    {{ {} }},",
                reply_fields(reply.kind, form, !reply.before.is_empty())
            )?;
        }
    }
    writeln!(lua, "  }},")
}

fn reply_fields(kind: ReplyKind, form: &Form, declared_first: bool) -> String {
    let (standing, rank) = match form.standing {
        Standing::Document => ("document", 0),
        Standing::Accepted => ("accepted", 1),
        Standing::Tolerated => ("tolerated", 2),
    };
    let only_joining = matches!(
        kind,
        ReplyKind::Notice(NoticeKind::Greeting | NoticeKind::Prompt | NoticeKind::Welcome)
    );
    let refuses_name = matches!(
        kind,
        ReplyKind::Refused(Reason::NameInUse | Reason::NameBlank | Reason::NameInvalid)
    );
    format!(
        "kind = {}, standing = \"{standing}\", rank = {rank}, literal_length = {}, declared_first = {declared_first}, \
         only_joining = {only_joining}, refuses_name = {refuses_name}, answers = {{ {} }}, parts = {}",
        quoted(kind.id().as_bytes()),
        literal_length(&form.template),
        answered(kind),
        parts(&form.template)
    )
}

/// The requests that a message of the server answers.
fn answered(kind: ReplyKind) -> String {
    let commands = CommandKind::ALL
        .iter()
        .map(|kind| MessageKind::Request(*kind));
    let others = [
        MessageKind::Malformed(Some(CommandKind::Say)),
        MessageKind::UnknownRequest,
    ];
    let asked = commands.chain(others).filter(|asked| answers(*asked, kind));
    let names: Vec<_> = asked
        .map(|asked| format!("[{}] = true", quoted(asked.id().as_bytes())))
        .collect();
    names.join(", ")
}

fn parts(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Literal(literal) => format!("{{ literal = {} }}", quoted(literal)),
        Part::Hole { name, kind } => {
            format!(
                "{{ name = {}, kind = {} }}",
                quoted(name.as_bytes()),
                quoted(kind.id().as_bytes())
            )
        }
    };
    let parts: Vec<_> = template.parts().iter().map(part).collect();
    format!("{{ {} }}", parts.join(", "))
}

fn literal_length(template: &Template) -> usize {
    let length = |part: &Part| match part {
        Part::Literal(literal) => literal.len(),
        Part::Hole { .. } => 0,
    };
    template.parts().iter().map(length).sum()
}

/// Bytes as a Lua string: all that is not plain ASCII by its number.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
    text.push('"');
    text
}

/// A name that Wireshark takes in a filter.
fn identifier(name: &str) -> String {
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    name.chars().map(keep).collect()
}

fn one_line(text: &str) -> String {
    protocol::quote::visible(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_lua_string_from_within() {
        assert_eq!(quoted(b"a\"b\\c\n\xe3"), r#""a\"b\\c\010\227""#);
        assert_eq!(identifier("Meu-Chat 2"), "meu_chat_2");
    }

    #[test]
    fn every_built_in_dialect_has_a_script() {
        for dialect in Dialect::builtins() {
            let lua = dissector(dialect);
            assert!(lua.contains(&format!("name = \"{}\"", dialect.name)));
            assert!(lua.contains("DissectorTable"));
        }
    }
}
