//! tshark reads every capture, finds nothing malformed and every checksum right, and divides the frames into the same
//! conversations as we do; and every display filter of every report selects what it says. Skipped, and said to be, where tshark is not installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use analyzer::analysis::Analysis;
use analyzer::report::page::Block;
use analyzer::report::{html, json, markdown, prose};
use analyzer::survey::{Options, Survey, survey};
use protocol::lang::Lang;

use serde_json::Value;

use super::{analysed, catalogue, read, root, truth};

const FIELDS: [&str; 12] = [
    "frame.number",
    "tcp.stream",
    "ip.checksum.status",
    "tcp.checksum.status",
    "_ws.malformed",
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "ip.dst",
    "ipv6.dst",
    "tcp.dstport",
    "tcp.flags",
];

/// What tshark writes for a checksum that is wrong.
const BAD: &str = "0";

/// The capture whose checksums are left to the network card.
const OFFLOADED: &str = "ip/offload.pcap";

/// The capture whose frames hold several segments each: tshark tells of them in one row, so that only filters are compared.
const AGGREGATE: &str = "link/wifi-aggregate.pcap";

/// How many run at a time.
const WORKERS: usize = 4;

#[test]
fn tshark_agrees_on_every_capture() {
    check_all(complaints);
}

#[test]
fn every_filter_selects_the_frames_that_it_names() {
    check_all(filter_complaints);
}

type Named = (String, Vec<u8>);

/// Several captures at a time; what is wrong with any is told. On those that are cut tshark gives up with an error.
fn check_all(complaints: fn(&Named) -> Vec<String>) {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("SKIPPED: tshark is not installed");
        return;
    }
    let captures: Vec<Named> = catalogue::all()
        .iter()
        .filter(|capture| capture.is_whole())
        .map(|capture| (capture.name.clone(), capture.bytes()))
        .collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let shares = captures.chunks(captures.len().div_ceil(WORKERS));
        let workers: Vec<_> = shares
            .map(|share| scope.spawn(|| share.iter().flat_map(complaints).collect::<Vec<_>>()))
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.flat_map(|found| found.expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What tshark has to say against one capture.
fn complaints((name, bytes): &Named) -> Vec<String> {
    if name == AGGREGATE {
        return Vec::new();
    }
    let survey = survey(read(bytes).expect("a capture"), Options::default());
    let (rows, follows) = match told(&root().join(name), survey.conversations.len()) {
        Ok(told) => told,
        Err(error) => return vec![format!("{name}: {error}")],
    };
    let mut complaints: Vec<_> = rows
        .iter()
        .filter(|_| name != OFFLOADED)
        .filter_map(|row| row.fault())
        .map(|fault| format!("{name}: {fault}"))
        .collect();
    let (theirs, ours) = (their_conversations(&rows), our_conversations(&survey));
    if theirs != ours {
        complaints.push(format!("{name}: tshark {theirs:?}, we {ours:?}"));
        return complaints;
    }
    complaints.extend(truth::complaints(name, &survey, &rows, &follows));
    complaints
}

/// Whether the display filters of a report, taken together, select the frames that they name.
fn filter_complaints((name, bytes): &Named) -> Vec<String> {
    let analysis = analysed(name, bytes).expect("a capture");
    let filters = every_filter(&analysis);
    if filters.is_empty() {
        return Vec::new();
    }
    let named: BTreeSet<u64> = filters.iter().flat_map(|one| frames_named(one)).collect();
    let any: Vec<_> = filters.iter().map(|one| format!("({one})")).collect();
    if let Some(odd) = filters.iter().find(|one| frames_named(one).is_empty()) {
        return vec![format!("{name}: {odd} names no frame")];
    }
    match selected(&root().join(name), &any.join(" || ")) {
        Ok(selected) if selected == named => Vec::new(),
        Ok(selected) => vec![format!("{name}: {named:?} named, {selected:?} selected")],
        Err(error) => vec![format!("{name}: {error}")],
    }
}

/// The display filters of all reports in both languages. Each form shows those of the page, word for word.
fn every_filter(analysis: &Analysis<'_>) -> BTreeSet<String> {
    let mut filters = BTreeSet::new();
    for lang in Lang::ALL {
        let page = prose::report(analysis, lang);
        let of_page: Vec<String> = page.blocks.iter().filter_map(filter_of).collect();
        let markdown = markdown::render(&page, lang);
        let html = html::render(&page, lang);
        for one in &of_page {
            assert!(markdown.contains(one), "{one}");
            assert!(html.contains(&one.replace('&', "&amp;")), "{one}");
        }
        filters.extend(of_page);
    }
    let mut json: Value = serde_json::from_str(&json::render(analysis)).expect("JSON");
    // What stands there was given to the capturing program, and is no display filter.
    json["capture"] = Value::Null;
    filters_of_json(&json, &mut filters);
    filters
}

fn filter_of(block: &Block) -> Option<String> {
    match block {
        Block::Filter(_, filter) => Some(filter.to_string()),
        _ => None,
    }
}

/// Whatever stands under `filter`, at any depth.
fn filters_of_json(value: &Value, filters: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|one| filters_of_json(one, filters)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str().filter(|_| name == "filter") {
                    Some(filter) => drop(filters.insert(filter.to_owned())),
                    None => filters_of_json(value, filters),
                }
            }
        }
        _ => {}
    }
}

/// The numbers in `frame.number in {1..3, 7}`.
fn frames_named(filter: &str) -> BTreeSet<u64> {
    let set = filter
        .split_once("frame.number in {")
        .and_then(|(_, rest)| rest.split_once('}'));
    let (set, _) = set.expect("every filter names its frames");
    let number = |text: &str| text.trim().parse::<u64>().expect("a number");
    set.split(',')
        .flat_map(|item| match item.split_once("..") {
            Some((first, last)) => number(first)..=number(last),
            None => number(item)..=number(item),
        })
        .collect()
}

fn selected(path: &Path, filter: &str) -> Result<BTreeSet<u64>, String> {
    let mut command = Command::new("tshark");
    command.arg("-nr").arg(path).args(["-Y", filter]);
    let text = output(command.args(["-T", "fields", "-e", "frame.number"]))?;
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

/// What tshark says of one frame, in the order of [`FIELDS`].
pub(super) struct Row(pub(super) Vec<String>);

impl Row {
    fn fault(&self) -> Option<String> {
        let [frame, _, ip, tcp, malformed, ..] = self.0.as_slice() else {
            return Some(format!("not a row: {:?}", self.0));
        };
        let bad = |statuses: &String| statuses.split(',').any(|status| status == BAD);
        match () {
            () if bad(ip) => Some(format!("frame {frame}: IP checksum")),
            () if bad(tcp) => Some(format!("frame {frame}: TCP checksum")),
            () if !malformed.is_empty() => Some(format!("frame {frame}: malformed")),
            () => None,
        }
    }
}

/// What tshark says of each frame, and the streams that it follows.
fn told(path: &Path, conversations: usize) -> Result<(Vec<Row>, String), String> {
    let mut command = Command::new("tshark");
    command.args([
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
    ]);
    command.arg("-nr").arg(path).args(["-T", "fields"]);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    for stream in 0..conversations.min(truth::MOST) {
        command.args(["-z", &format!("follow,tcp,raw,{stream}")]);
    }
    let text = output(&mut command)?;
    let (rows, follows) = text.split_once("====").unwrap_or((&text, ""));
    let row = |line: &str| Row(line.split('\t').map(str::to_owned).collect());
    let is_row = |line: &&str| !line.is_empty();
    Ok((
        rows.lines().filter(is_row).map(row).collect(),
        follows.to_owned(),
    ))
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// First frame, last frame and number of frames of each conversation, in order.
type Conversations = Vec<(u64, u64, u64)>;

fn their_conversations(rows: &[Row]) -> Conversations {
    let mut streams: BTreeMap<u64, (u64, u64, u64)> = BTreeMap::new();
    for row in rows {
        let number = |at: usize| row.0.get(at).and_then(|text| text.parse::<u64>().ok());
        if let (Some(frame), Some(stream)) = (number(0), number(1)) {
            let (_, last, count) = streams.entry(stream).or_insert((frame, frame, 0));
            (*last, *count) = (frame, *count + 1);
        }
    }
    streams.into_values().collect()
}

fn our_conversations(survey: &Survey) -> Conversations {
    let row = survey.conversations.iter();
    row.map(|one| (one.first.frame, one.last.frame, one.frame_count()))
        .collect()
}
