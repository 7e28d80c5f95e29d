//! Reads what tshark's «Follow TCP Stream» prints.

use std::collections::BTreeMap;

/// One followed stream: whose bytes are not indented, and the bytes of each, with what they lack.
#[derive(Clone, Default)]
pub(crate) struct Follow {
    pub(crate) first: String,
    pub(crate) said: [Vec<u8>; 2],
    pub(crate) missing: [u64; 2],
}

/// What `-z follow,tcp,raw,N` printed, by the number of the stream.
pub(crate) fn followed(text: &str) -> BTreeMap<usize, Follow> {
    let mut all = BTreeMap::new();
    for section in text.split("Follow: tcp,raw").skip(1) {
        let value = |name: &str| {
            let mut lines = section.lines();
            lines.find_map(|line| line.strip_prefix(name).map(str::to_owned))
        };
        let number = value("Filter: tcp.stream eq ").and_then(|number| number.parse().ok());
        let (Some(number), Some(first)) = (number, value("Node 0: ")) else {
            continue;
        };
        let mut follow = Follow {
            first,
            ..Follow::default()
        };
        let data = section
            .lines()
            .skip_while(|line| !line.starts_with("Node 1"))
            .skip(1);
        for line in data.take_while(|line| !line.starts_with("===")) {
            let side = usize::from(line.starts_with('\t'));
            let bytes = from_hex(line.trim());
            match missing(&bytes) {
                Some(count) => follow.missing[side] += count,
                None => follow.said[side].extend(bytes),
            }
        }
        all.insert(number, follow);
    }
    all
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// tshark writes `[7 bytes missing in capture file].` among the bytes.
fn missing(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (count, rest) = text.strip_prefix('[')?.split_once(' ')?;
    rest.starts_with("bytes missing in capture file]")
        .then_some(())?;
    count.parse().ok()
}
