//! The command line: which capture, which report, for whom.

mod arguments;
mod claims;
mod copy;
mod dialect;
mod failure;
mod live;
mod progress;

use std::io::{self, BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::process::ExitCode;

use crate::analysis::{Analysis, analyse_with};
use crate::capture::{self, OpenError, Reader};
use crate::choice::Wish;
use crate::ladder;
use crate::report::page::Page;
use crate::report::{html, json, markdown, prose, terminal};
use crate::scenario;
use crate::wireshark;
use arguments::{Arguments, Format, Task};
use failure::Failure;

/// Runs the program. Exit codes: 0 a report was written; 2 the arguments are wrong, or the file is no capture.
pub fn main() -> ExitCode {
    let arguments: Arguments = match usage::parse(arguments::PORTUGUESE) {
        Ok(arguments) => arguments,
        Err(told) => return told,
    };
    match run(&arguments, &mut io::stdout().lock()) {
        Ok(()) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(arguments.language());
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments, output: &mut impl Write) -> Result<(), Failure> {
    let mut output = BufWriter::new(output);
    match &arguments.task {
        Some(Task::Dissector { dialect }) => {
            let text = wireshark::dissector(&dialect::one(dialect)?);
            output.write_all(text.as_bytes())?;
        }
        Some(Task::Live { interface }) => {
            let reader = live::open(interface, arguments.language())?;
            report(arguments, reader, interface, &mut output)?;
        }
        None => {
            let capture = arguments.capture();
            let name = capture.to_string_lossy();
            report(arguments, open(capture)?, &name, &mut output)?;
        }
    }
    output.flush()?;
    Ok(())
}

fn report(
    arguments: &Arguments,
    reader: Reader,
    name: &str,
    output: &mut impl Write,
) -> Result<(), Failure> {
    let dialects = dialect::wanted(&arguments.dialect)?;
    let options = arguments.survey();
    let wish = Wish {
        dialects: &dialects.list,
        given: dialects.given,
        port: arguments.port,
        client: arguments.client,
        stream: arguments.stream,
    };
    let bar = progress::bar(arguments.capture());
    let advance = |bytes| bar.set_position(bytes);
    let analysis = analyse_with(reader, Some(name.to_owned()), options, wish, advance);
    // The program is about to end: to give back each of millions of bytes by itself would only take time.
    let analysis = ManuallyDrop::new(analysis);
    bar.finish_and_clear();
    if let Some(path) = &arguments.annotate {
        copy::annotated(arguments, &analysis, path)?;
    }
    if let Some(path) = &arguments.anonymise {
        copy::anonymised(arguments, &analysis, path)?;
    }
    tell(arguments, &analysis, output)
}

/// Writes what was asked for.
fn tell(
    arguments: &Arguments,
    analysis: &Analysis<'_>,
    output: &mut impl Write,
) -> Result<(), Failure> {
    let lang = arguments.language();
    let text = if arguments.as_scenario {
        let chat = analysis.choice.chat.as_ref().ok_or(Failure::NoChat)?;
        scenario::scenario(analysis, chat, lang)
    } else if let Some(path) = &arguments.claims {
        let checked = claims::checked(analysis, path)?;
        match arguments.format {
            Format::Json => json::claims(&checked),
            _ => shown(arguments, &prose::claims(analysis, &checked, lang)),
        }
    } else if arguments.ladder {
        drawn(arguments, analysis)
    } else if arguments.format == Format::Json {
        return Ok(json::write(analysis, output)?);
    } else {
        let page = match arguments.summary {
            true => prose::summary(analysis, lang),
            false => prose::report(analysis, lang),
        };
        shown(arguments, &page)
    };
    Ok(output.write_all(text.as_bytes())?)
}

/// A page in the form that was asked for. JSON has no page: the terminal shows it.
fn shown(arguments: &Arguments, page: &Page) -> String {
    let lang = arguments.language();
    match arguments.format {
        Format::Markdown => markdown::render(page, lang),
        Format::Html => html::render(page, lang),
        Format::Terminal | Format::Json => terminal::render(page, arguments.screen()),
    }
}

/// The ladder, or that there is no chat to draw.
fn drawn(arguments: &Arguments, analysis: &Analysis<'_>) -> String {
    let Some(chat) = &analysis.choice.chat else {
        let page = prose::report(analysis, arguments.language());
        return terminal::render(&page, arguments.screen());
    };
    let width = arguments.screen().width;
    let drawn = ladder::ladder(analysis, chat, ladder::room(width));
    ladder::text(&drawn, arguments.language(), width)
}

fn open(path: &Path) -> Result<Reader, OpenError> {
    if path == Path::new("-") {
        capture::stdin()
    } else {
        capture::open(path)
    }
}
