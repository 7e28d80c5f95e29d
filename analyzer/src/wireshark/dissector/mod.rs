//! A dialect as a dissector for Wireshark, in Lua: tables made from the dialect, and an engine that is the same for all.
//!
//! Its fields are `chat_NAME.kind`, `chat_NAME.nick`, `chat_NAME.text` and so on. It registers itself at the dialect's port; for
//! another, use «Decode As» or `tshark -d tcp.port==N,chat_NAME`.
//!
//! The engine follows each conversation: its phase, which decides the framing, and the requests that wait for a reply.
//!
//! Framed streams are reassembled. Of a raw stream it sees one segment at a time, and cannot look at the next: it puts together
//! what TCP cut (a full segment without PSH), and shows as two messages what a program sent in two writes, which [`crate::dissect`]
//! joins where the rest is nothing by itself. What is left over when the capture ends is not shown.

use std::fmt::Write as _;

use protocol::Dialect;
use protocol::dialect::{Form, Request};
use protocol::framing::Framing;
use protocol::matching::Standing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason, ReplyKind};
use protocol::template::{Part, Template};

use crate::dissect::{
    LARGEST, MessageKind, answers, first_phase, is_notice, is_told_by_content, message_ends,
    step_forms,
};

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
    writeln!(lua, "-- {}", one_line(&dialect.title.en))?;
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
    writeln!(lua, "  title = {},", quoted(dialect.title.en.as_bytes()))?;
    writeln!(lua, "  port = {},", dialect.port)?;
    writeln!(lua, "  strip = {},", dialect.requests.strip)?;
    writeln!(lua, "  any_case = {},", dialect.requests.any_case)?;
    writeln!(lua, "  blanks_in_names = {},", dialect.names.blanks)?;
    writeln!(lua, "  empty_names = {},", dialect.names.empty)?;
    writeln!(lua, "  largest = {LARGEST},")?;
    let decoration = dialect.decoration;
    writeln!(lua, "  ansi = {}, cr = {},", decoration.ansi, decoration.cr)?;
    writeln!(
        lua,
        "  refuses_unknown = {},",
        dialect.refuses(Reason::UnknownCommand)
    )?;
    writeln!(lua, "  by_content = {},", is_told_by_content(dialect))?;
    let ends: Vec<_> = message_ends(dialect).map(quoted).collect();
    writeln!(lua, "  ends = {{ {} }},", ends.join(", "))?;
    let begins = quoted(phase_name(first_phase(dialect)).as_bytes());
    writeln!(lua, "  begins = {begins},")?;
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

/// What the engine calls a phase.
const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Joining => "joining",
        Phase::Chatting => "chatting",
    }
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

/// Requests of members, those first that others would hide; then the forms of joining; then the steps before the last one.
fn write_requests(lua: &mut String, dialect: &Dialect) -> std::fmt::Result {
    let options = format!(
        "any_case = {}, blank_runs = {}",
        dialect.requests.any_case, dialect.requests.blank_runs
    );
    writeln!(lua, "  requests = {{")?;
    for request in dialect.by_precedence() {
        let kind = quoted(request.kind.id().as_bytes());
        let worded = literal_length(request.template()) > 0;
        for form in request.forms() {
            let parts = parts(form);
            writeln!(
                lua,
                "    {{ kind = {kind}, worded = {worded}, {options}, parts = {parts} }},"
            )?;
        }
    }
    writeln!(lua, "  }},\n  joins = {{")?;
    let join = dialect.request(CommandKind::Join).into_iter();
    for form in join.flat_map(Request::forms) {
        let parts = parts(form);
        writeln!(
            lua,
            "    {{ {options}, blanks_in_names = true, parts = {parts} }},"
        )?;
    }
    writeln!(lua, "  }},\n  steps = {{")?;
    for command in [CommandKind::Join, CommandKind::Quit] {
        let request = dialect.request(command);
        let earlier = request.and_then(|request| request.steps.split_last());
        let steps = earlier.map_or(&[][..], |(_, earlier)| earlier).iter();
        let forms: Vec<_> = steps
            .map(|step| format!("{{ {options}, parts = {} }}", parts(&step.send)))
            .collect();
        writeln!(lua, "    {} = {{ {} }},", command.id(), forms.join(", "))?;
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
                reply_fields(dialect, reply.kind, form)
            )?;
        }
    }
    for phase in [Phase::Joining, Phase::Chatting] {
        for (kind, form) in step_forms(dialect, phase) {
            let only_in = quoted(phase_name(phase).as_bytes());
            writeln!(
                lua,
                "    {{ only_in = {only_in}, {} }},",
                reply_fields(dialect, kind, form)
            )?;
        }
    }
    writeln!(lua, "  }},")
}

fn reply_fields(dialect: &Dialect, kind: ReplyKind, form: &Form) -> String {
    let (standing, rank) = match form.standing {
        Standing::Document => ("document", 0),
        Standing::Accepted => ("accepted", 1),
        Standing::Tolerated => ("tolerated", 2),
    };
    let declared_first = dialect
        .reply(kind)
        .is_some_and(|reply| !reply.before.is_empty());
    let is_question = dialect
        .reply(kind)
        .is_some_and(|reply| reply.before.contains(&NoticeKind::Prompt.into()));
    let is_welcomed = dialect.reply(NoticeKind::Welcome).is_some();
    let only_joining = match kind {
        ReplyKind::Notice(NoticeKind::Greeting | NoticeKind::Prompt) => is_welcomed,
        kind => kind == ReplyKind::Notice(NoticeKind::Welcome),
    };
    let refuses_name = matches!(
        kind,
        ReplyKind::Refused(Reason::NameInUse | Reason::NameBlank | Reason::NameInvalid)
    );
    let refuses = matches!(kind, ReplyKind::Refused(_));
    let ends = [Phase::Joining, Phase::Chatting].map(|phase| {
        let terminator = dialect.reply_framing(kind, phase).terminator();
        terminator.map(|terminator| {
            let forms: Vec<_> = terminator.forms().map(quoted).collect();
            format!("{} = {{ {} }}", phase_name(phase), forms.join(", "))
        })
    });
    let ends: Vec<_> = ends.into_iter().flatten().collect();
    format!(
        "kind = {}, standing = \"{standing}\", rank = {rank}, literal_length = {}, declared_first = {declared_first}, \
         only_joining = {only_joining}, refuses = {refuses}, refuses_name = {refuses_name}, is_question = {is_question}, is_notice = {}, terminators = {{ {} }}, \
         answers = {{ {} }}, parts = {}",
        quoted(kind.id().as_bytes()),
        literal_length(&form.template),
        is_notice(kind),
        ends.join(", "),
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
