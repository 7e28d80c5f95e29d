//! Files written by hand, one peculiarity each, and files that are anything at all.

use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::*;
use crate::segment::{self, Fragments};

/// A pcapng file, written block by block in one byte order.
struct Blocks {
    big: bool,
    bytes: Vec<u8>,
}

impl Blocks {
    fn new(big: bool) -> Self {
        Self {
            big,
            bytes: Vec::new(),
        }
    }

    fn u32(&self, number: u32) -> [u8; 4] {
        if self.big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn u16(&self, number: u16) -> [u8; 2] {
        if self.big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn block(mut self, kind: u32, body: &[u8]) -> Self {
        let padded = body.len().next_multiple_of(4);
        let length = self.u32(padded as u32 + 12);
        let padding = vec![0; padded - body.len()];
        let kind = self.u32(kind);
        self.bytes
            .extend([&kind, &length, body, &padding, &length].concat());
        self
    }

    /// In the other byte order from here on, if `big` differs.
    fn section(mut self, big: bool, version: u16, options: &[u8]) -> Self {
        self.big = big;
        let body = [
            &self.u32(0x1a2b_3c4d)[..],
            &self.u16(version),
            &self.u16(0),
            &[0xff; 8],
            options,
        ]
        .concat();
        self.block(0x0a0d_0d0a, &body)
    }

    fn interface(self, link: u16, snap_length: u32, options: &[u8]) -> Self {
        let body = [
            &self.u16(link)[..],
            &[0, 0],
            &self.u32(snap_length),
            options,
        ]
        .concat();
        self.block(1, &body)
    }

    fn option(&self, code: u16, value: &[u8]) -> Vec<u8> {
        let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
        [
            &self.u16(code)[..],
            &self.u16(value.len() as u16),
            value,
            &padding,
        ]
        .concat()
    }

    /// At so many ticks of the interface.
    fn enhanced(self, interface: u32, ticks: u64, frame: &[u8], options: &[u8]) -> Self {
        let length = self.u32(frame.len() as u32);
        let padding = vec![0; frame.len().next_multiple_of(4) - frame.len()];
        let time = [self.u32((ticks >> 32) as u32), self.u32(ticks as u32)].concat();
        let body = [
            &self.u32(interface)[..],
            &time,
            &length,
            &length,
            frame,
            &padding,
            options,
        ]
        .concat();
        self.block(6, &body)
    }
}

fn little() -> Blocks {
    Blocks::new(false).section(false, 1, &[])
}

/// A pcap file header and two frames of 3 and 5 bytes at 1.5 seconds.
fn pcap(magic: u32, link: u32, extra: usize) -> Vec<u8> {
    let mut bytes = [
        &magic.to_le_bytes()[..],
        &[2, 0, 4, 0],
        &[0; 8],
        &[4, 0, 0, 0],
        &link.to_le_bytes(),
    ]
    .concat();
    for frame in [&b"abc"[..], b"defgh"] {
        for field in [1, 500_000, frame.len() as u32, frame.len() as u32] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(vec![0; extra]);
        bytes.extend(frame);
    }
    bytes
}

/// All that is in a file, owned.
#[derive(Debug, PartialEq)]
struct Everything {
    frames: Vec<(Option<Time>, u32, u16, Vec<u8>)>,
    description: Description,
    stopped: Option<Stopped>,
}

fn try_read(bytes: &[u8]) -> Result<Everything, OpenError> {
    let mut reader = read(Cursor::new(bytes.to_vec()))?;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next() {
        assert_eq!(frame.number, frames.len() as u64 + 1);
        frames.push((
            frame.time,
            frame.interface,
            frame.link.0,
            frame.bytes.to_vec(),
        ));
    }
    let description = reader.description().clone();
    Ok(Everything {
        frames,
        description,
        stopped: reader.stopped().cloned(),
    })
}

fn everything(bytes: &[u8]) -> Everything {
    try_read(bytes).unwrap()
}

/// The frames, as text.
fn texts(found: &Everything) -> Vec<String> {
    found
        .frames
        .iter()
        .map(|frame| String::from_utf8_lossy(&frame.3).into_owned())
        .collect()
}

fn reason(bytes: &[u8]) -> StopReason {
    everything(bytes).stopped.expect("a reason").reason
}

#[test]
fn pcap_is_read_in_all_its_forms() {
    let swapped = |magic: u32| {
        let mut bytes = pcap(magic, 1, 0);
        let headers = (0..24)
            .step_by(4)
            .chain((24..40).step_by(4))
            .chain((43..59).step_by(4));
        headers.for_each(|at| bytes[at..at + 4].reverse());
        (bytes[4..8]).copy_from_slice(&[0, 2, 0, 4]);
        bytes
    };
    let forms = [
        (
            pcap(0xa1b2_c3d4, 1, 0),
            Format::PcapMicroseconds,
            1_500_000_000,
        ),
        (
            pcap(0xa1b2_3c4d, 1, 0),
            Format::PcapNanoseconds,
            1_000_500_000,
        ),
        (pcap(0xa1b2_cd34, 1, 8), Format::PcapModified, 1_500_000_000),
        (pcap(0xa1b2_cd34, 1, 12), Format::PcapSuse, 1_500_000_000),
        (pcap(0xa1b2_c3d4, 1, 8), Format::PcapRedHat, 1_500_000_000),
        (pcap(0xa1b2_c3d4, 1, 4), Format::PcapNokia, 1_500_000_000),
        (
            swapped(0xa1b2_c3d4),
            Format::PcapMicroseconds,
            1_500_000_000,
        ),
        (swapped(0xa1b2_3c4d), Format::PcapNanoseconds, 1_000_500_000),
    ];
    for (bytes, format, time) in forms {
        let found = everything(&bytes);
        assert_eq!(
            (found.description.format, texts(&found)),
            (format, vec!["abc".into(), "defgh".into()])
        );
        assert_eq!(
            (found.frames[0].0, found.frames[0].2, found.stopped),
            (Some(time), 1, None)
        );
    }
}

#[test]
fn old_pcap_has_the_two_lengths_in_the_other_order() {
    let old = |minor: u8, captured: u8, original: u8| {
        let mut bytes = pcap(0xa1b2_c3d4, 1, 0)[..43].to_vec();
        (bytes[6], bytes[32], bytes[36]) = (minor, captured, original);
        let found = everything(&bytes);
        (texts(&found), found.stopped)
    };
    assert_eq!(old(2, 9, 3), (vec!["abc".to_owned()], None));
    assert_eq!(old(3, 9, 3), (vec!["abc".to_owned()], None));
    assert_eq!(old(3, 3, 9), (vec!["abc".to_owned()], None));
}

#[test]
fn the_link_type_of_pcap_has_no_flags_of_the_check_sequence() {
    assert_eq!(
        everything(&pcap(0xa1b2_c3d4, 0x1400_0001, 0))
            .description
            .interfaces[0]
            .link,
        LinkType::ETHERNET
    );
}

#[test]
fn sections_may_change_the_byte_order_and_interfaces_their_clock() {
    let file = little();
    let nanoseconds = file.option(9, &[9]);
    let file = file
        .interface(1, 0, &nanoseconds)
        .enhanced(0, 7, b"one", &[])
        .section(true, 1, &[]);
    let offset = [
        file.option(9, &[0x80 | 1]),
        file.option(14, &10_u64.to_be_bytes()),
    ]
    .concat();
    let file = file.interface(0, 0, &[]).interface(101, 0, &offset);
    let found = everything(
        &file
            .enhanced(1, 3, b"two", &[])
            .enhanced(0, 3, b"three", &[])
            .bytes,
    );
    let expected = [
        (Some(7), 0, 1, b"one".to_vec()),
        (Some(11_500_000_000), 2, 101, b"two".to_vec()),
        (Some(3000), 1, 0, b"three".to_vec()),
    ];
    assert_eq!((found.frames, found.stopped), (expected.to_vec(), None));
    let sections: Vec<_> = found
        .description
        .sections
        .iter()
        .map(|one| (one.order, one.first_interface))
        .collect();
    assert_eq!(sections, [(Order::Little, 0), (Order::Big, 1)]);
}

#[test]
fn what_the_file_says_about_itself_is_kept() {
    let empty = Blocks::new(false);
    let about = [
        empty.option(2, b"PDP-11"),
        empty.option(3, b"V7"),
        empty.option(4, b"dumpcap\0"),
    ]
    .concat();
    let filter = [&[0][..], b"tcp port 55555"].concat();
    let interface = [
        empty.option(2, b"lo"),
        empty.option(3, b"loopback"),
        empty.option(11, &filter),
    ]
    .concat();
    let counts = [
        empty.option(4, &9_u64.to_le_bytes()),
        empty.option(5, &2_u64.to_le_bytes()),
    ]
    .concat();
    let file = empty.section(false, 1, &about).interface(0, 96, &interface);
    let comments = [
        file.option(1, b"first"),
        file.option(4, &5_u64.to_le_bytes()),
        file.option(1, b"second"),
    ]
    .concat();
    let file = file
        .enhanced(0, 0, b"x", &comments)
        .block(5, &[&[0; 12][..], &counts].concat())
        .block(10, &[0; 8]);
    let mut reader = read(Cursor::new(file.bytes)).unwrap();
    let frame = reader.next().unwrap();
    assert_eq!(
        frame.comments().collect::<Vec<_>>(),
        [&b"first"[..], b"second"]
    );
    assert_eq!(frame.dropped_before(), 5);
    assert!(reader.next().is_none());
    let description = reader.description();
    let (section, interface) = (&description.sections[0], &description.interfaces[0]);
    assert_eq!(section.application.as_deref(), Some("dumpcap"));
    assert_eq!(
        (
            section.hardware.as_deref(),
            section.operating_system.as_deref()
        ),
        (Some("PDP-11"), Some("V7"))
    );
    assert_eq!(
        (interface.name.as_deref(), interface.filter.as_deref()),
        (Some("lo"), Some("tcp port 55555"))
    );
    assert_eq!(
        (interface.received, interface.dropped, interface.snap_length),
        (Some(9), Some(2), 96)
    );
    assert_eq!(
        (description.frames_lost(), description.has_secrets),
        (5, true)
    );
}

#[test]
fn simple_and_obsolete_blocks_hold_frames() {
    let simple = [&9_u32.to_le_bytes()[..], b"abcd"].concat();
    let obsolete = [
        &[0, 0, 3, 0][..],
        &[0; 4],
        &[7, 0, 0, 0],
        &[2, 0, 0, 0],
        &[2, 0, 0, 0],
        b"xy",
    ]
    .concat();
    let found = everything(
        &little()
            .interface(1, 3, &[])
            .block(3, &simple)
            .block(2, &obsolete)
            .bytes,
    );
    let expected = [
        (None, 0, 1, b"abc".to_vec()),
        (Some(7000), 0, 1, b"xy".to_vec()),
    ];
    assert_eq!(
        (found.frames, found.description.frames_lost()),
        (expected.to_vec(), 3)
    );
}

#[test]
fn blocks_that_wireshark_numbers_are_numbered() {
    let file = little()
        .interface(1, 0, &[])
        .block(0x0bad, &[1; 8])
        .block(0x1234, &[1; 8])
        .block(4, &[0; 4]);
    let found = everything(&file.enhanced(0, 0, b"x", &[]).bytes);
    let links: Vec<_> = found.frames.iter().map(|frame| frame.2).collect();
    assert_eq!(links, [LinkType::NO_FRAME.0, 1]);
}

#[test]
fn options_that_pcap_file_refuses_hide_no_frame() {
    let file = little();
    let not_utf8 = [
        file.option(2, b"\xff"),
        file.option(9, &[12]),
        file.option(6, &[1]),
    ]
    .concat();
    let overrun = [&file.u16(2)[..], &file.u16(400), b"abcd"].concat();
    for options in [not_utf8, overrun] {
        let file = little().interface(1, 0, &options).enhanced(0, 0, b"x", &[]);
        assert_eq!(texts(&everything(&file.bytes)), ["x"]);
    }
}

#[test]
fn a_frame_longer_than_the_buffer_is_read() {
    let frame = vec![7; 260_000];
    let file = little()
        .interface(1, 0, &[])
        .enhanced(0, 0, &frame, &[])
        .enhanced(0, 0, &frame, &[]);
    assert_eq!(everything(&file.bytes).frames.len(), 2);
}

#[test]
fn each_damage_has_its_reason() {
    let start = || little().interface(1, 0, &[]).enhanced(0, 0, b"x", &[]);
    let with = |tail: &[u8]| [&start().bytes, tail].concat();
    let block = |first: u32, last: u32| {
        [
            &[6, 0, 0, 0],
            &first.to_le_bytes()[..],
            &[0; 8],
            &last.to_le_bytes(),
        ]
        .concat()
    };
    let reasons = [
        (with(&block(20, 24)), StopReason::BlockLengthsDiffer(20, 24)),
        (with(&block(18, 18)), StopReason::BlockNotAligned(18)),
        (with(&block(8, 8)), StopReason::BlockTooShort(8)),
        (with(&block(20, 20)), StopReason::BlockTooShort(20)),
        (
            with(&block(0xffff_fff0, 0)),
            StopReason::BlockTooLong(0xffff_fff0),
        ),
        (
            with(&block(400, 0)),
            StopReason::Cut {
                expected: 400,
                found: 20,
            },
        ),
        (
            with(&[6, 0]),
            StopReason::Cut {
                expected: 12,
                found: 2,
            },
        ),
        (
            start().enhanced(5, 0, b"y", &[]).bytes,
            StopReason::UnknownInterface { named: 5, known: 1 },
        ),
        (
            start().section(false, 2, &[]).bytes,
            StopReason::UnknownVersion(2, 0),
        ),
        (
            start().enhanced(0, 0, &[0; 262_145], &[]).bytes,
            StopReason::FrameTooLong(262_145),
        ),
    ];
    for (bytes, expected) in reasons {
        let found = everything(&bytes);
        assert_eq!(
            found
                .stopped
                .as_ref()
                .map(|stopped| (stopped.frames, &stopped.reason)),
            Some((1, &expected))
        );
        assert_eq!(
            found.stopped.map(|stopped| stopped.offset),
            Some(start().bytes.len() as u64),
            "{expected}"
        );
    }
    let mut lying = pcap(0xa1b2_c3d4, 1, 0);
    lying[32..36].copy_from_slice(&[0xff; 4]);
    assert_eq!(reason(&lying), StopReason::FrameTooLong(0xffff_ffff));
}

#[test]
fn a_frame_that_exceeds_its_block_is_not_believed() {
    let mut file = little()
        .interface(1, 0, &[])
        .enhanced(0, 0, b"x", &[])
        .bytes;
    let length = file.len() - 16;
    file[length..length + 4].copy_from_slice(&[200, 0, 0, 0]);
    assert_eq!(reason(&file), StopReason::FrameExceedsBlock(200));
}

#[test]
fn what_is_no_capture_is_refused_with_a_guess() {
    let kind = |bytes: &[u8]| match try_read(bytes) {
        Err(OpenError::NotACapture(kind)) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        kind("No.  Time  Source\n1  0.0  10.0.0.1\n".as_bytes()),
        LooksLike::Text
    );
    assert_eq!(kind(b"PK\x03\x04\0\0"), LooksLike::Archive("ZIP"));
    let tar = [&b"chat.pcapng"[..], &[0; 246], b"ustar\x0000", &[0; 248]].concat();
    assert_eq!(kind(&tar), LooksLike::Archive("tar"));
    assert_eq!(
        kind(b"snoop\0\0\0\0\0\0\x02\0\0\0\x04"),
        LooksLike::CaptureOf("snoop")
    );
    assert_eq!(
        kind(b"+---------+---------------+----------+\r\n"),
        LooksLike::CaptureOf("K12 as text")
    );
    assert_eq!(kind(&[0; 50]), LooksLike::Unknown);
    assert_eq!(kind(&pcap(0xa1b2_c3d4, 1, 0)[..20]), LooksLike::CutHeader);
    assert_eq!(
        kind(&[0x1f, 0x8b, 8, 0, 0, 0]),
        LooksLike::DamagedCompression
    );
    assert_eq!(everything(&[]).description.format, Format::Empty);
}

#[test]
fn what_is_compressed_otherwise_is_refused_by_name() {
    let check = |bytes: &[u8], expected: &str| {
        let error = try_read(bytes).unwrap_err().to_string();
        let expected =
            format!("expected a pcap or pcapng capture, found data compressed with `{expected}`");
        assert_eq!(error, expected);
    };
    check(b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46", "xz");
    check(b"BZh91AY&SY\x1e\x2b", "bzip2");
    check(b"\x5d\0\0\x80\0\xff\xff\xff\xff", "lzma");
    check(b"LZIP\x01\x0c\0\0", "lzip");
    check(b"\x1f\x9d\x90\xd4\xc3\x85", "compress");
    check(b"\x02\x21\x4c\x18\x05\0\0\0", "lz4 -l");
    for (compression, once) in compressed(&many_frames()) {
        for (_, twice) in compressed(&once) {
            check(&twice, &format!("{compression:?}").to_lowercase());
        }
    }
}

/// The same bytes in each compression.
fn compressed(bytes: &[u8]) -> Vec<(Compression, Vec<u8>)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    let blocks = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut lz4 = lz4_flex::frame::FrameEncoder::with_frame_info(blocks, Vec::new());
    lz4.write_all(bytes).unwrap();
    let zstd =
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    vec![
        (Compression::Gzip, gzip.finish().unwrap()),
        (Compression::Lz4, lz4.finish().unwrap()),
        (Compression::Zstd, zstd),
    ]
}

/// A capture that does not compress to nothing.
fn many_frames() -> Vec<u8> {
    let frames =
        (0..3000_u32).map(|number| number.wrapping_mul(0x9e37_79b9).to_le_bytes().repeat(10));
    frames
        .fold(little().interface(1, 0, &[]), |file, frame| {
            file.enhanced(0, 0, &frame, &[])
        })
        .bytes
}

#[test]
fn compressed_captures_are_read_and_give_what_they_can_if_cut() {
    let plain = many_frames();
    let whole = everything(&plain);
    for (compression, bytes) in compressed(&plain) {
        let found = everything(&bytes);
        assert_eq!(
            (found.description.compression, &found.frames),
            (compression, &whole.frames)
        );
        assert_eq!(found.stopped, None);
        let cut = everything(&bytes[..bytes.len() - 9]);
        assert!(
            cut.frames.len() > 500,
            "{compression:?}: {} frames",
            cut.frames.len()
        );
        assert_eq!(cut.frames, whole.frames[..cut.frames.len()]);
        assert_eq!(
            cut.stopped.map(|stopped| stopped.reason),
            Some(StopReason::CutCompressed),
            "{compression:?}"
        );
    }
}

#[test]
fn compressed_streams_may_follow_each_other() {
    let plain = many_frames();
    let (head, tail) = plain.split_at(plain.len() / 2);
    for ((_, first), (compression, second)) in compressed(head).into_iter().zip(compressed(tail)) {
        let found = everything(&[first, second].concat());
        assert_eq!(
            (found.frames.len(), found.stopped),
            (3000, None),
            "{compression:?}"
        );
    }
}

/// A stream that gives one byte at a time.
struct Trickle(Cursor<Vec<u8>>);

impl std::io::Read for Trickle {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let room = out.len().min(1);
        self.0.read(&mut out[..room])
    }
}

#[test]
fn a_pipe_gives_the_same_frames_and_never_waits_with_one_in_hand() {
    let bytes = little()
        .interface(1, 0, &[])
        .enhanced(0, 0, b"one", &[])
        .enhanced(0, 0, b"two", &[])
        .bytes;
    let mut reader = read(Trickle(Cursor::new(bytes))).unwrap();
    let mut lengths = Vec::new();
    while let Some(batch) = reader.next_batch() {
        lengths.push(batch.iter().len());
    }
    assert_eq!(lengths, [1, 1]);
}

/// A file with every kind of block, in both byte orders.
fn rich() -> Vec<u8> {
    let simple = [&4_u32.to_le_bytes()[..], b"abcd"].concat();
    let file = little();
    let option = file.option(1, b"comment");
    let file = file
        .interface(1, 0, &option)
        .enhanced(0, 5, b"first", &option)
        .block(3, &simple);
    let file = file
        .block(0x0bad, &[0; 8])
        .block(5, &[0; 12])
        .section(true, 1, &[])
        .interface(0, 0, &[]);
    file.enhanced(0, 6, b"second", &[])
        .enhanced(0, 7, b"third", &[])
        .bytes
}

fn samples() -> Vec<Vec<u8>> {
    let mut all = vec![rich(), pcap(0xa1b2_c3d4, 1, 0), pcap(0xa1b2_cd34, 1, 8)];
    all.extend(compressed(&rich()).into_iter().map(|(_, bytes)| bytes));
    all
}

#[test]
fn every_prefix_gives_the_frames_that_it_holds() {
    for sample in samples() {
        let whole = everything(&sample);
        for length in 0..sample.len() {
            let Ok(part) = try_read(&sample[..length]) else {
                continue;
            };
            assert_eq!(
                part.frames,
                whole.frames[..part.frames.len()],
                "{length} bytes"
            );
        }
    }
}

/// Reads all there is and looks at every frame in every way.
fn exhaust(bytes: &[u8]) {
    let Ok(mut reader) = read(Cursor::new(bytes.to_vec())) else {
        return;
    };
    let mut fragments = Fragments::new();
    while let Some(frame) = reader.next() {
        let _ = (
            segment::read(&frame),
            frame.dropped_before(),
            frame.comments().count(),
        );
        fragments.packet(&frame);
        let layers = segment::layers(&frame).layers;
        let end = layers.iter().fold(0, |end, layer| {
            assert_eq!(layer.range.start, end, "layers leave no gap");
            layer.range.end
        });
        assert_eq!(end, frame.bytes.len());
    }
}

proptest! {
    #[test]
    fn any_bytes_at_all_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        exhaust(&bytes);
    }

    #[test]
    fn any_mutation_does_no_harm(
        which in 0_usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = samples().swap_remove(which);
        for (place, value) in changes {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len()) + 1 + bytes.len() / 2);
        exhaust(&bytes);
    }

    #[test]
    fn any_frame_of_any_link_type_does_no_harm(
        link in prop::sample::select(vec![0, 1, 6, 9, 10, 12, 50, 51, 100, 101, 104, 105, 108, 109, 113, 117, 119, 127, 138, 163, 166, 192, 197, 204, 219, 226, 228, 239, 258, 276, 9999]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        exhaust(&little().interface(link, 0, &[]).enhanced(0, 0, &bytes, &[]).bytes);
    }
}
