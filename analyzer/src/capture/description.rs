//! What a capture file says about itself and about how it was made.

use super::LinkType;
use super::order::Order;

/// Everything that a capture says beside its frames. It grows while the file is read: pcapng may describe an interface
/// late and counts losses at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// How the file holds its frames.
    pub format: Format,
    /// How the file as a whole was compressed.
    pub compression: Compression,
    /// Sections of a pcapng file; a pcap file counts as one.
    pub sections: Vec<Section>,
    /// Interfaces of all sections, in the order of the file.
    pub interfaces: Vec<Interface>,
    /// Frames lost, as the frames themselves tell (`epb_dropcount`).
    pub dropped_between_frames: u64,
    /// Whether the file carries keys with which Wireshark decrypts (decryption secrets block).
    pub has_secrets: bool,
}

/// How a file holds its frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// An empty file: no frames, and no header either.
    #[default]
    Empty,
    /// pcap with microseconds.
    PcapMicroseconds,
    /// pcap with nanoseconds.
    PcapNanoseconds,
    /// pcap with the longer record headers of Alexey Kuznetzov's patch to libpcap.
    PcapModified,
    /// The same as Red Hat 6.1 had it, whose files begin as usual ones do.
    PcapRedHat,
    /// The same as SuSE 6.3 had it, with longer headers still.
    PcapSuse,
    /// pcap with Nokia's record headers.
    PcapNokia,
    /// pcapng.
    Pcapng,
}

/// How a file as a whole was compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// LZ4 frames.
    Lz4,
}

/// One section of a pcapng file. Texts are as the file has them, with invalid UTF-8 replaced: hostile until escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Byte order of its numbers.
    pub order: Order,
    /// Index of its first interface in [`Description::interfaces`].
    pub first_interface: usize,
    /// Machine that captured.
    pub hardware: Option<String>,
    /// Operating system that captured.
    pub operating_system: Option<String>,
    /// Program that captured.
    pub application: Option<String>,
    /// Comments on the section.
    pub comments: Vec<String>,
}

/// One interface that was captured from. Texts are hostile until escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its frames begin with.
    pub link: LinkType,
    /// Most bytes of a frame that were kept; 0 is no limit.
    pub snap_length: u32,
    /// Name on the machine that captured, such as `lo` or `\Device\NPF_Loopback`.
    pub name: Option<String>,
    /// Description for people, such as «Adapter for loopback traffic capture».
    pub description: Option<String>,
    /// Capture filter, which explains what is absent.
    pub filter: Option<String>,
    /// Operating system of the machine of this interface.
    pub operating_system: Option<String>,
    /// Comments on it.
    pub comments: Vec<String>,
    /// Frames that it saw, by the last statistics in the file.
    pub received: Option<u64>,
    /// Frames that it lost for want of resources, by the last statistics in the file.
    pub dropped: Option<u64>,
    /// Frames that the operating system lost on the way to the capturing program, likewise.
    pub dropped_by_system: Option<u64>,
}

impl Interface {
    /// An interface about which only the link type and the snap length are known.
    pub fn new(link: LinkType, snap_length: u32) -> Self {
        Self {
            link,
            snap_length,
            name: None,
            description: None,
            filter: None,
            operating_system: None,
            comments: Vec::new(),
            received: None,
            dropped: None,
            dropped_by_system: None,
        }
    }
}

impl Description {
    /// Frames that the capture says it lost: the greater of the two ways in which it may count them.
    pub fn frames_lost(&self) -> u64 {
        let counted = self
            .interfaces
            .iter()
            .flat_map(|one| [one.dropped, one.dropped_by_system]);
        let by_statistics = counted.flatten().fold(0, u64::saturating_add);
        by_statistics.max(self.dropped_between_frames)
    }
}
