//! The file around the frames: pcap or pcapng.

use super::Tape;
use super::tape::Frame;

/// The longest frame that an interface would have recorded.
const SNAP_LENGTH: u32 = 262_144;

/// How a number of 32 bits is written.
type Order = fn(u32) -> [u8; 4];

/// A capture file in the making.
pub(crate) struct Capture {
    /// Path below the folder of captures, with `/`.
    pub(crate) name: String,
    /// What it shows, in a line.
    pub(crate) about: &'static str,
    form: Form,
    /// Bytes left out at the end.
    cut: usize,
    tape: Tape,
}

/// Which kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Little-endian, microseconds.
    Pcap,
    /// Big-endian, nanoseconds.
    PcapBigEndian,
    /// One section, little-endian, microseconds.
    Pcapng,
    /// The same, big-endian.
    PcapngBigEndian,
}

impl Capture {
    /// A classic file.
    pub(crate) fn pcap(name: &str, about: &'static str, tape: Tape) -> Self {
        Self::of(Form::Pcap, name, "pcap", about, tape)
    }

    /// A classic file as a big-endian machine writes it, with nanoseconds.
    pub(crate) fn pcap_big_endian(name: &str, about: &'static str, tape: Tape) -> Self {
        Self::of(Form::PcapBigEndian, name, "pcap", about, tape)
    }

    /// A file of blocks.
    pub(crate) fn pcapng(name: &str, about: &'static str, tape: Tape) -> Self {
        Self::of(Form::Pcapng, name, "pcapng", about, tape)
    }

    /// A file of blocks as a big-endian machine writes it.
    pub(crate) fn pcapng_big_endian(name: &str, about: &'static str, tape: Tape) -> Self {
        Self::of(Form::PcapngBigEndian, name, "pcapng", about, tape)
    }

    fn of(form: Form, name: &str, extension: &str, about: &'static str, tape: Tape) -> Self {
        Self {
            name: format!("{name}.{extension}"),
            about,
            form,
            cut: 0,
            tape,
        }
    }

    /// Ends so many bytes too early, as when the disk was full.
    pub(crate) fn cut(self, bytes: usize) -> Self {
        Self { cut: bytes, ..self }
    }

    /// Whether its last frame is whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.cut == 0
    }

    /// The folder that it lies in.
    pub(crate) fn topic(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// Its path without the extension.
    pub(crate) fn stem(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// How many whole frames it has.
    pub(crate) fn frames(&self) -> usize {
        self.tape.frames().len() - usize::from(!self.is_whole())
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.parts().concat()
    }

    /// The file in parts: its beginning, and then one for each frame.
    pub(crate) fn parts(&self) -> Vec<Vec<u8>> {
        let frames = self.tape.frames();
        let mut parts = vec![self.header()];
        parts.extend(frames.iter().map(|frame| self.record(frame)));
        if let Some(last) = parts.last_mut() {
            last.truncate(last.len() - self.cut);
        }
        parts
    }

    fn header(&self) -> Vec<u8> {
        match self.form {
            Form::Pcap => self.pcap_header(0xa1b2_c3d4, u32::to_le_bytes),
            Form::PcapBigEndian => self.pcap_header(0xa1b2_3c4d, u32::to_be_bytes),
            Form::Pcapng => self.pcapng_header(u32::to_le_bytes),
            Form::PcapngBigEndian => self.pcapng_header(u32::to_be_bytes),
        }
    }

    fn record(&self, frame: &Frame) -> Vec<u8> {
        match self.form {
            Form::Pcap => pcap_record(frame, 1, u32::to_le_bytes),
            Form::PcapBigEndian => pcap_record(frame, 1000, u32::to_be_bytes),
            Form::Pcapng => enhanced_packet(frame, u32::to_le_bytes),
            Form::PcapngBigEndian => enhanced_packet(frame, u32::to_be_bytes),
        }
    }

    /// draft-ietf-opsawg-pcap §4.
    fn pcap_header(&self, magic: u32, order: Order) -> Vec<u8> {
        let link = u32::from(self.tape.links[0].number());
        let mut header = order(magic).to_vec();
        header.extend(two(2, 4, order));
        header.extend([0, 0, SNAP_LENGTH, link].map(order).concat());
        header
    }

    /// A section header, and an interface description for each interface (draft-ietf-opsawg-pcapng §4.1, §4.2).
    fn pcapng_header(&self, order: Order) -> Vec<u8> {
        let mut section = order(0x1a2b_3c4d).to_vec();
        section.extend(two(1, 0, order));
        section.extend([0xff; 8]);
        let mut header = block(0x0a0d_0d0a, &section, order);
        for (index, link) in self.tape.links.iter().enumerate() {
            let mut interface = two(link.number(), 0, order).to_vec();
            interface.extend(order(SNAP_LENGTH));
            interface.extend(name_option(&format!("if{index}"), order));
            interface.extend([0; 4]);
            header.extend(block(1, &interface, order));
        }
        header
    }
}

/// Two numbers of 16 bits, one after the other.
fn two(first: u16, second: u16, order: Order) -> [u8; 4] {
    match order(1) {
        [1, ..] => order(u32::from(second) << 16 | u32::from(first)),
        _ => order(u32::from(first) << 16 | u32::from(second)),
    }
}

/// draft-ietf-opsawg-pcap §5; `fraction` is how many units of the file make a microsecond.
fn pcap_record(frame: &Frame, fraction: u64, order: Order) -> Vec<u8> {
    let seconds = frame.microseconds / 1_000_000;
    let rest = frame.microseconds % 1_000_000 * fraction;
    let captured = frame.bytes.len() as u32;
    let mut record = [seconds as u32, rest as u32, captured, frame.length as u32]
        .map(order)
        .concat();
    record.extend_from_slice(&frame.bytes);
    record
}

/// draft-ietf-opsawg-pcapng §4.3.
fn enhanced_packet(frame: &Frame, order: Order) -> Vec<u8> {
    let captured = frame.bytes.len() as u32;
    let time = frame.microseconds;
    let fields = [
        frame.interface as u32,
        (time >> 32) as u32,
        time as u32,
        captured,
        frame.length as u32,
    ];
    let mut body = fields.map(order).concat();
    body.extend_from_slice(&frame.bytes);
    pad(&mut body);
    block(6, &body, order)
}

/// `if_name`: lets readers say which interface is meant.
fn name_option(name: &str, order: Order) -> Vec<u8> {
    let mut option = two(2, name.len() as u16, order).to_vec();
    option.extend_from_slice(name.as_bytes());
    pad(&mut option);
    option
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn block(kind: u32, body: &[u8], order: Order) -> Vec<u8> {
    let length = order(body.len() as u32 + 12);
    [&order(kind), &length, body, &length].concat()
}
