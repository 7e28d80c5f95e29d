//! What things are called in the JSON report. These names are part of its form.

use crate::capture::{Compression, Format, StopReason};
use protocol::matching::Standing;

use crate::answers::Verdict;
use crate::conversation::{Basis, Closing, EventKind, Opening};
use crate::dissect::Shape;
use crate::finding::{FindingKind, Severity};
use crate::segment::{LayerKind, Unread};

pub(super) fn opening(opening: Opening) -> &'static str {
    match opening {
        Opening::Complete => "complete",
        Opening::AckNotCaptured => "ack_not_captured",
        Opening::HalfOpen => "half_open",
        Opening::Abandoned => "abandoned",
        Opening::Simultaneous => "simultaneous",
        Opening::Split => "split",
        Opening::Refused => "refused",
        Opening::Unanswered => "unanswered",
        Opening::SynAckNotCaptured => "syn_ack_not_captured",
        Opening::FromSynAck => "from_syn_ack",
        Opening::Underway => "underway",
    }
}

pub(super) fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Syn => "syn",
        Basis::SynAck => "syn_ack",
        Basis::SpokeFirst => "assumed",
    }
}

pub(super) fn closing(closing: Closing) -> &'static str {
    match closing {
        Closing::Open => "open",
        Closing::HalfClosed(_) => "half_closed",
        Closing::Fin(_) => "fin",
        Closing::ThreeSegments(_) => "three_segments",
        Closing::Simultaneous => "simultaneous",
        Closing::Reset(_) => "reset",
        Closing::ResetAfterFin(_) => "reset_after_fin",
    }
}

pub(super) fn event(kind: EventKind) -> &'static str {
    match kind {
        EventKind::SynRepeated => "syn_repeated",
        EventKind::SynAckRepeated => "syn_ack_repeated",
        EventKind::SynAckDiffers => "syn_ack_differs",
        EventKind::FinRepeated => "fin_repeated",
        EventKind::Retransmission => "retransmission",
        EventKind::CapturedTwice => "captured_twice",
        EventKind::Gap => "gap",
        EventKind::OutOfOrder => "out_of_order",
        EventKind::GapFilled => "gap_filled",
        EventKind::LostAcknowledged => "lost_acknowledged",
        EventKind::AckOfUnseen => "ack_of_unseen",
        EventKind::Overlap => "overlap",
        EventKind::DuplicateAck => "duplicate_ack",
        EventKind::ZeroWindow => "zero_window",
        EventKind::WindowOpened => "window_opened",
        EventKind::ZeroWindowProbe => "zero_window_probe",
        EventKind::KeepAlive => "keep_alive",
        EventKind::KeepAliveAck => "keep_alive_ack",
        EventKind::Wrapped => "wrapped",
        EventKind::DataAfterFin => "data_after_fin",
    }
}

pub(super) fn format(format: Format) -> &'static str {
    match format {
        Format::Empty => "empty",
        Format::PcapMicroseconds => "pcap",
        Format::PcapNanoseconds => "pcap_nanoseconds",
        Format::PcapModified => "pcap_modified",
        Format::PcapRedHat => "pcap_red_hat",
        Format::PcapSuse => "pcap_suse",
        Format::PcapNokia => "pcap_nokia",
        Format::Pcapng => "pcapng",
    }
}

pub(super) fn compression(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
        Compression::Lz4 => "lz4",
    }
}

pub(super) fn stop(reason: &StopReason) -> &'static str {
    match reason {
        StopReason::Cut { .. } => "cut",
        StopReason::CutCompressed => "cut_compressed",
        StopReason::DamagedCompressed(_) => "damaged_compressed",
        StopReason::Unreadable(_) => "unreadable",
        StopReason::FrameTooLong(_) => "frame_too_long",
        StopReason::BlockTooLong(_) => "block_too_long",
        StopReason::BlockTooShort(_) => "block_too_short",
        StopReason::BlockNotAligned(_) => "block_not_aligned",
        StopReason::BlockLengthsDiffer(..) => "block_lengths_differ",
        StopReason::FrameExceedsBlock(_) => "frame_exceeds_block",
        StopReason::UnknownInterface { .. } => "unknown_interface",
        StopReason::UnknownByteOrder(_) => "unknown_byte_order",
        StopReason::UnknownVersion(..) => "unknown_version",
    }
}

/// Why a frame holds neither TCP nor UDP, and the number that goes with it.
pub(super) fn unread(reason: Unread) -> (&'static str, Option<u16>) {
    match reason {
        Unread::LinkType(link) => ("link_type", Some(link.0)),
        Unread::EtherType(number) => ("ether_type", Some(number)),
        Unread::NotIp => ("not_ip", None),
        Unread::Icmp => ("icmp", None),
        Unread::Protocol(number) => ("ip_protocol", Some(u16::from(number))),
        Unread::Fragment => ("fragment", None),
        Unread::Aggregate => ("aggregate", None),
        Unread::Tunnel(_) => ("tunnel", None),
        Unread::Encrypted => ("encrypted", None),
        Unread::Cut => ("cut", None),
        Unread::Malformed => ("malformed", None),
        Unread::TooDeep => ("too_deep", None),
    }
}

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conforms => "conforms",
        Verdict::ConformsWithWarnings => "conforms_with_warnings",
        Verdict::Departs => "departs",
        Verdict::NoPayload => "no_payload",
    }
}

pub(super) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Document => "document",
        Standing::Accepted => "accepted",
        Standing::Tolerated => "tolerated",
    }
}

pub(super) fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Framed => "as_demanded",
        Shape::SurplusTerminator => "surplus_terminator",
        Shape::NoTerminator => "no_terminator",
        Shape::Broken => "broken",
    }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Remark => "remark",
        Severity::Warning => "warning",
        Severity::Fault => "fault",
    }
}

pub(super) fn finding(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Unrecognised => "unrecognised",
        FindingKind::Tolerated => "tolerated",
        FindingKind::SurplusTerminator => "surplus_terminator",
        FindingKind::MissingTerminator => "missing_terminator",
        FindingKind::BrokenFrame => "broken_frame",
        FindingKind::WrongEncoding => "wrong_encoding",
        FindingKind::BeyondAscii => "beyond_ascii",
        FindingKind::TooLong => "too_long",
        FindingKind::BeforeJoining => "before_joining",
        FindingKind::AfterQuit => "after_quit",
        FindingKind::NoReply => "no_reply",
        FindingKind::NoReplySeen => "no_reply_seen",
        FindingKind::UnaskedReply => "unasked_reply",
        FindingKind::WrongReply => "wrong_reply",
        FindingKind::Echoed => "echoed",
        FindingKind::AfterClosing => "after_closing",
        FindingKind::Hasty => "hasty",
        FindingKind::NeverPrompted => "never_prompted",
        FindingKind::ListLacksSelf => "list_lacks_self",
        FindingKind::DeliveredUnsaid => "delivered_unsaid",
        FindingKind::NeverSent => "never_sent",
        FindingKind::DeliveredTwice => "delivered_twice",
        FindingKind::NotDelivered => "not_delivered",
    }
}

/// As Wireshark's filters name the protocol, where they do.
pub(super) fn layer(kind: LayerKind) -> String {
    let name = match kind {
        LayerKind::Null => "null",
        LayerKind::Loop => "loop",
        LayerKind::Ethernet => "eth",
        LayerKind::Vlan => "vlan",
        LayerKind::LinuxCooked => "sll",
        LayerKind::LinuxCooked2 => "sll2",
        LayerKind::Radiotap => "radiotap",
        LayerKind::Wifi => "wlan",
        LayerKind::Subframe => "wlan_aggregate",
        LayerKind::Llc => "llc",
        LayerKind::Ppp => "ppp",
        LayerKind::Pppoe => "pppoe",
        LayerKind::Mpls => "mpls",
        LayerKind::Gre => "gre",
        LayerKind::EtherIp => "etherip",
        LayerKind::Vxlan => "vxlan",
        LayerKind::Geneve => "geneve",
        LayerKind::Ipv4 => "ip",
        LayerKind::Ipv6 => "ipv6",
        LayerKind::Tcp => "tcp",
        LayerKind::Udp => "udp",
        LayerKind::Icmp => "icmp",
        LayerKind::Fragment => "fragment",
        LayerKind::Payload => "payload",
        LayerKind::Trailer => "trailer",
        LayerKind::Unread => "unread",
        LayerKind::Extension(number) => return format!("extension_{number}"),
        LayerKind::Link(link) => return format!("link_{}", link.0),
        LayerKind::Tag => "tag",
        LayerKind::L2tp => "l2tp",
        LayerKind::Gtp => "gtp",
        LayerKind::Teredo => "teredo",
    };
    name.to_owned()
}
