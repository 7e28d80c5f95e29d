//! From paths to a suite. The only part of the language that reads files.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};
use protocol::lang::Words;
use protocol::os_error::os_error;
use protocol::quote::visible;
use protocol::words;

use super::expand::{Refusal, expand};
use super::parse::{File, FileKind, parse};
use super::{Scenario, Suite, limits, lint};

/// What a scenario file is called.
const EXTENSION: &str = "chat";

/// How deep folders are searched.
const DEEPEST: usize = 16;

/// Loads every scenario of these files and folders, sorted by id. A file that is found twice counts once.
///
/// The id of a scenario is the name of its folder and its own: `basic/broadcast`. Files that begin with `setup` are no scenarios.
///
/// # Errors
///
/// Everything that is wrong with any of the files, and every warning.
pub fn load(paths: &[PathBuf]) -> Result<Suite, Diagnostics> {
    let mut loader = Loader::default();
    for file in find(paths, &mut loader.diagnostics) {
        loader.scenario(&file);
    }
    loader.finish()
}

/// The scenario files of these files and folders, each once, those of a folder sorted by their paths.
pub fn find(paths: &[PathBuf], diagnostics: &mut Diagnostics) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        find_at(path, &mut files, diagnostics);
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(absolute(file)));
    files
}

fn find_at(path: &Path, files: &mut Vec<PathBuf>, diagnostics: &mut Diagnostics) {
    match std::fs::metadata(path) {
        Err(error) => diagnostics.push(unreadable(path, &os_error(&error))),
        Ok(metadata) if metadata.is_dir() => {
            let (before, errors) = (files.len(), diagnostics.len());
            walk(path, 0, files, diagnostics);
            if files.len() == before && diagnostics.len() == errors {
                let none = Diagnostic::error(words!(
                    "nenhum cenário na pasta `{}`",
                    "no scenario in the folder `{}`",
                    shown(path)
                ));
                diagnostics.push(none.help(words!(
                    "arquivos de cenário terminam em `.{EXTENSION}`",
                    "scenario files end in `.{EXTENSION}`"
                )));
            }
        }
        Ok(_) => files.push(path.to_owned()),
    }
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, diagnostics: &mut Diagnostics) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return diagnostics.push(unreadable(folder, &os_error(&error))),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let is_scenario = path
            .extension()
            .is_some_and(|extension| extension == EXTENSION);
        if path.is_dir() && depth < DEEPEST {
            walk(&path, depth + 1, files, diagnostics);
        } else if is_scenario && files.len() < limits::FILES {
            files.push(path);
        }
    }
}

fn unreadable(path: &Path, why: &Words) -> Diagnostic {
    Diagnostic::error(cannot_read(path, why))
}

/// That a file cannot be read, and why.
pub fn cannot_read(path: &Path, why: &Words) -> Words {
    Words {
        pt: format!("`{}` não pode ser lido: {}", shown(path), why.pt),
        en: format!("cannot read `{}`: {}", shown(path), why.en),
    }
}

/// Makes a scenario of a text that is no file. It can include nothing.
///
/// # Errors
///
/// Everything that is wrong with it, and every warning.
pub fn parse_source(id: &str, source: &Arc<Source>) -> Result<Scenario, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    if source.text.len() > limits::FILE {
        return Err(too_large_error(&source.name).into());
    }
    let file = parse(source, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let mut open = |_: &str, _: &str| {
        Err(Refusal::Unreadable(
            ["este texto não é um arquivo", "this text is no file"].into(),
        ))
    };
    let mut scenario = expand(&file, &mut open, &mut diagnostics);
    scenario.id = id.to_owned();
    if !diagnostics.has_errors() {
        lint::lint(&scenario, &mut diagnostics);
    }
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(scenario)
    }
}

#[derive(Default)]
struct Loader {
    scenarios: BTreeMap<String, Scenario>,
    /// What was read, by the name of the file; nothing if it has errors.
    included: BTreeMap<String, Option<Rc<File>>>,
    diagnostics: Diagnostics,
}

impl Loader {
    fn scenario(&mut self, path: &Path) {
        let source = match read(path) {
            Ok(source) => source,
            Err(why) => return self.diagnostics.push(unreadable(path, &why)),
        };
        let mut diagnostics = Diagnostics::new();
        let file = parse(&source, &mut diagnostics);
        if file.kind == FileKind::Setup {
            return self.setup(file, diagnostics);
        }
        if diagnostics.has_errors() {
            return self.diagnostics.append(diagnostics);
        }
        let mut open = |from: &str, path: &str| self.open(from, path);
        let mut scenario = expand(&file, &mut open, &mut diagnostics);
        scenario.id = id(path);
        if !diagnostics.has_errors() {
            lint::lint(&scenario, &mut diagnostics);
        }
        self.diagnostics.append(diagnostics);
        self.add(scenario);
    }

    /// A setup is only checked, and kept for those who include it. If one has done so before, it has been reported.
    fn setup(&mut self, file: File, diagnostics: Diagnostics) {
        let name = file.source.name.clone();
        if let Entry::Vacant(entry) = self.included.entry(name) {
            entry.insert((!diagnostics.has_errors()).then(|| Rc::new(file)));
            self.diagnostics.append(diagnostics);
        }
    }

    fn add(&mut self, scenario: Scenario) {
        if let Some(former) = self.scenarios.get(&scenario.id) {
            let message = words!(
                "dois cenários têm o id `{}`",
                "two scenarios have the id `{}`",
                visible(&scenario.id)
            );
            let names = [&former.source.name, &scenario.source.name].map(|name| visible(name));
            let wrong = Diagnostic::error(message).note(words!(
                "`{}` e `{}`",
                "`{}` and `{}`",
                names[0],
                names[1]
            ));
            self.diagnostics.push(wrong.help([
                "um id é o nome da pasta e do arquivo: dê outro nome a um deles",
                "an id is the name of the folder and of the file: rename one of them",
            ]));
        } else {
            self.scenarios.insert(scenario.id.clone(), scenario);
        }
    }

    /// The file that `include "path"` means in the file called `from`.
    fn open(&mut self, from: &str, path: &str) -> Result<Rc<File>, Refusal> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let target = tidy(&folder.join(path));
        let name = shown_plain(&target);
        if let Some(known) = self.included.get(&name) {
            return known.clone().ok_or(Refusal::Wrong);
        }
        let source = read(&target).map_err(Refusal::Unreadable)?;
        let mut diagnostics = Diagnostics::new();
        let file = Rc::new(parse(&source, &mut diagnostics));
        let usable = (!diagnostics.has_errors()).then_some(file);
        self.diagnostics.append(diagnostics);
        self.included.insert(name, usable.clone());
        usable.ok_or(Refusal::Wrong)
    }

    fn finish(mut self) -> Result<Suite, Diagnostics> {
        self.diagnostics.sort();
        if self.diagnostics.has_errors() {
            return Err(self.diagnostics);
        }
        Ok(Suite {
            scenarios: self.scenarios.into_values().collect(),
            warnings: self.diagnostics,
        })
    }
}

/// The text of a file.
///
/// # Errors
///
/// Why it cannot be had: unreadable, no regular file, larger than a scenario may be, or no text.
pub fn read(path: &Path) -> Result<Arc<Source>, Words> {
    let metadata = std::fs::metadata(path).map_err(|error| os_error(&error))?;
    if metadata.is_dir() {
        return Err(["é uma pasta", "it is a folder"].into());
    }
    if !metadata.is_file() {
        return Err(["não é um arquivo comum", "it is no regular file"].into());
    }
    let file = std::fs::File::open(path).map_err(|error| os_error(&error))?;
    let mut bytes = Vec::new();
    let limit = limits::FILE as u64 + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| os_error(&error))?;
    if bytes.len() > limits::FILE {
        return Err({
            let most = too_large();
            Words {
                pt: format!("é {}", most.pt),
                en: format!("it is {}", most.en),
            }
        });
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err([
            "não é um texto: tem bytes NUL",
            "it is no text: it holds NUL bytes",
        ]
        .into()),
        Ok(text) => Ok(Source::new(shown_plain(&tidy(path)), text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(words!(
                "não é um texto: o byte {at} não é UTF-8",
                "it is no text: byte {at} is not UTF-8"
            ))
        }
    }
}

fn too_large() -> Words {
    words!(
        "maior que {} KiB",
        "larger than {} KiB",
        limits::FILE / 1024
    )
}

pub(super) fn too_large_error(name: &str) -> Diagnostic {
    Diagnostic::error({
        let (name, most) = (visible(name), too_large());
        Words {
            pt: format!("`{name}` é {}", most.pt),
            en: format!("`{name}` is {}", most.en),
        }
    })
}

/// The name of the folder and of the file, whatever path led there.
fn id(path: &Path) -> String {
    let path = absolute(path);
    let name =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = name(path.file_stem()).unwrap_or_default();
    match name(path.parent().and_then(Path::file_name)) {
        Some(topic) => format!("{topic}/{stem}"),
        None => stem,
    }
}

fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    tidy(&absolute)
}

/// The same path without `.` and, where it can be told, without `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(tidy.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// A path with `/` between its parts, on every system.
fn shown_plain(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn shown(path: &Path) -> String {
    visible(&shown_plain(path))
}
