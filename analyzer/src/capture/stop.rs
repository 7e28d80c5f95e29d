//! Why reading came to an end before the end of the file, and why it could not begin.

use std::fmt;
use std::path::PathBuf;

use protocol::lang::Words;
use protocol::os_error::os_error;
use protocol::quote::visible;
use protocol::words;

/// Where reading stopped and why. All frames before it were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Frames that were read.
    pub frames: u64,
    /// Bytes that were read before the place that could not be, counted after decompression.
    pub offset: u64,
    /// Why.
    pub reason: StopReason,
}

/// Why the rest of a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The file ends in the middle of a frame or block.
    Cut {
        /// Bytes that it should have, as far as that can be told.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The compressed data ends early.
    CutCompressed,
    /// The compressed data is damaged; the decompressor's own words.
    DamagedCompressed(String),
    /// The operating system refused to read on; its own words.
    Unreadable(String),
    /// A frame claims to be longer than any frame is.
    FrameTooLong(u64),
    /// A pcapng block claims to be longer than any block is.
    BlockTooLong(u64),
    /// A pcapng block claims to be shorter than its own frame, or than its kind needs.
    BlockTooShort(u64),
    /// The length of a pcapng block is not a multiple of 4.
    BlockNotAligned(u64),
    /// A pcapng block has one length at its start and another at its end.
    BlockLengthsDiffer(u32, u32),
    /// A frame is longer than the pcapng block that holds it.
    FrameExceedsBlock(u64),
    /// A frame names an interface that the file has not described.
    UnknownInterface {
        /// The number that it names.
        named: u32,
        /// How many are known.
        known: u32,
    },
    /// A pcapng section header with a byte-order mark that is none.
    UnknownByteOrder(u32),
    /// A version of the format that this program does not know.
    UnknownVersion(u16, u16),
}

/// Why a file is not read at all.
#[derive(Debug)]
pub enum OpenError {
    /// The file cannot be opened or read.
    Unreadable {
        /// The file; none for standard input.
        path: Option<PathBuf>,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// The file is no capture.
    NotACapture(LooksLike),
}

/// What a file that is no capture seems to be, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooksLike {
    /// Only text: perhaps an export of the packet list.
    Text,
    /// An archive of this kind: perhaps with a capture in it.
    Archive(&'static str),
    /// Data compressed by a program that has this name, which is not decompressed here.
    CompressedWith(&'static str),
    /// A PDF.
    Pdf,
    /// A capture in the format of another program, whose name this is.
    CaptureOf(&'static str),
    /// A Windows event trace.
    EventTrace,
    /// The beginning of a capture, cut before its header ends.
    CutHeader,
    /// Compressed data that cannot be decompressed.
    DamagedCompression,
    /// Nothing known.
    Unknown,
}

/// How files begin that are often taken for captures that can be read here.
const KNOWN: [(&[u8], LooksLike); 29] = [
    (b"PK\x03\x04", LooksLike::Archive("ZIP")),
    (b"7z\xbc\xaf\x27\x1c", LooksLike::Archive("7-Zip")),
    (b"Rar!\x1a\x07", LooksLike::Archive("RAR")),
    (b"\xfd7zXZ\0", LooksLike::CompressedWith("xz")),
    (b"\x5d\0\0", LooksLike::CompressedWith("lzma")),
    (b"LZIP", LooksLike::CompressedWith("lzip")),
    (b"BZh", LooksLike::CompressedWith("bzip2")),
    (b"\x1f\x9d", LooksLike::CompressedWith("compress")),
    (b"\x02\x21\x4c\x18", LooksLike::CompressedWith("lz4 -l")),
    // What was compressed twice.
    (b"\x1f\x8b", LooksLike::CompressedWith("gzip")),
    (b"\x28\xb5\x2f\xfd", LooksLike::CompressedWith("zstd")),
    (b"\x04\x22\x4d\x18", LooksLike::CompressedWith("lz4")),
    (b"%PDF", LooksLike::Pdf),
    (b"\0\0\x01\0\0\0\0\0", LooksLike::EventTrace),
    (b"snoop\0\0\0", LooksLike::CaptureOf("snoop")),
    (b"GMBU", LooksLike::CaptureOf("Microsoft Network Monitor")),
    (b"RTSS", LooksLike::CaptureOf("Microsoft Network Monitor")),
    (b"TRSNIFF data", LooksLike::CaptureOf("Sniffer")),
    (
        b"XCP\0",
        LooksLike::CaptureOf("NetXRay or Sniffer for Windows"),
    ),
    (b"ObserverPktBuff", LooksLike::CaptureOf("Observer")),
    (b"+---------+", LooksLike::CaptureOf("K12 as text")),
    (b"\0\0\x02\0\x12\x05\0\x10", LooksLike::CaptureOf("K12")),
    (b"\x01\x10L\0", LooksLike::CaptureOf("LANalyzer")),
    (b"\xaa\xaa\xaa\xaa", LooksLike::CaptureOf("5View")),
    (b"\x05VNF", LooksLike::CaptureOf("Visual Networks")),
    (b"TR\0d\0", LooksLike::CaptureOf("nettl")),
    (b"btsnoop\0", LooksLike::CaptureOf("btsnoop")),
    (b"iptrace ", LooksLike::CaptureOf("iptrace")),
    (b"\x7fver", LooksLike::CaptureOf("OmniPeek")),
];

/// Where the first header of a tar archive has its mark, and the mark (POSIX.1, `pax`).
const TAR: (usize, &[u8]) = (257, b"ustar");

impl LooksLike {
    /// By the first bytes of a file.
    pub(super) fn from_start(bytes: &[u8]) -> Self {
        if let Some((_, kind)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return *kind;
        }
        if bytes
            .get(TAR.0..)
            .is_some_and(|header| header.starts_with(TAR.1))
        {
            return Self::Archive("tar");
        }
        let printable =
            |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | 0x20..=0x7e | 0x80..);
        if !bytes.is_empty() && bytes.iter().all(printable) {
            Self::Text
        } else {
            Self::Unknown
        }
    }

    /// What the reader of the message may try.
    pub fn advice(self) -> [&'static str; 2] {
        match self {
            Self::Text => [
                "no Wireshark, salve com Arquivo > Salvar como, em pcapng, e não com Exportar dissecações",
                "in Wireshark, save with File > Save As as pcapng, not with Export Packet Dissections",
            ],
            Self::Archive(_) => [
                "descompacte o arquivo e dê a captura que está nele",
                "unpack the archive and give the capture in it",
            ],
            Self::CompressedWith(_) => [
                "descomprima-o antes, também por um pipe; se for xz, com `xz -dc ARQUIVO | analyzer -`",
                "decompress it first, also through a pipe; if it is xz, with `xz -dc FILE | analyzer -`",
            ],
            Self::Pdf => [
                "dê o arquivo da captura, e não o relatório sobre ela",
                "give the capture file, not the report about it",
            ],
            Self::CaptureOf(_) => [
                "converta-a com `editcap -F pcapng VELHA NOVA.pcapng`, que vem com o Wireshark",
                "convert it with `editcap -F pcapng OLD NEW.pcapng`, which comes with Wireshark",
            ],
            Self::EventTrace => ["converta-o com etl2pcapng", "convert it with etl2pcapng"],
            Self::CutHeader => [
                "copie ou baixe o arquivo outra vez: ele acaba antes do seu primeiro quadro",
                "copy or download the file again: it ends before its first frame",
            ],
            Self::DamagedCompression => [
                "copie ou baixe o arquivo outra vez",
                "copy or download the file again",
            ],
            Self::Unknown => [
                "dê um arquivo pcap ou pcapng, que pode estar comprimido com gzip, zstd ou lz4; o que mais o \
                 Wireshark abre, `editcap -F pcapng VELHA NOVA.pcapng` converte",
                "give a pcap or pcapng file, which may be compressed with gzip, zstd or lz4; what else \
                 Wireshark opens `editcap -F pcapng OLD NEW.pcapng` converts",
            ],
        }
    }

    /// What it is.
    #[must_use]
    pub fn told(self) -> Words {
        match self {
            Self::CaptureOf(program) => {
                words!("uma captura de {program}", "a capture of {program}")
            }
            Self::Text => ["texto", "text"].into(),
            Self::Archive(kind) => words!("um arquivo {kind}", "a {kind} archive"),
            Self::CompressedWith(program) => words!(
                "dados comprimidos com `{program}`",
                "data compressed with `{program}`"
            ),
            Self::Pdf => ["um PDF", "a PDF"].into(),
            Self::EventTrace => {
                ["um registro de eventos do Windows", "a Windows event trace"].into()
            }
            Self::CutHeader => [
                "os primeiros bytes de uma captura cujo cabeçalho está cortado",
                "the first bytes of a capture whose header is cut",
            ]
            .into(),
            Self::DamagedCompression => {
                ["dados comprimidos e danificados", "damaged compressed data"].into()
            }
            Self::Unknown => ["algo desconhecido", "something unknown"].into(),
        }
    }
}

impl OpenError {
    /// What is wrong.
    #[must_use]
    pub fn told(&self) -> Words {
        match self {
            Self::Unreadable { path, error } => {
                let why = os_error(error);
                let what = path.as_ref().map_or_else(
                    || Words::from(["a entrada padrão", "standard input"]),
                    |path| Words::same(format!("`{}`", visible(&path.to_string_lossy()))),
                );
                Words {
                    pt: format!("não foi possível ler {}: {}", what.pt, why.pt),
                    en: format!("cannot read {}: {}", what.en, why.en),
                }
            }
            Self::NotACapture(kind) => {
                let kind = kind.told();
                Words {
                    pt: format!("esperava-se uma captura pcap ou pcapng, veio {}", kind.pt),
                    en: format!("expected a pcap or pcapng capture, found {}", kind.en),
                }
            }
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told().en)
    }
}

impl std::error::Error for OpenError {}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { expected, found } => {
                write!(
                    f,
                    "the file is cut short: {found} of {expected} bytes of the next record are there"
                )
            }
            Self::CutCompressed => write!(f, "the compressed data is cut short"),
            Self::DamagedCompressed(words) => write!(f, "the compressed data is damaged: {words}"),
            Self::Unreadable(words) => write!(f, "reading failed: {words}"),
            Self::FrameTooLong(length) => {
                write!(f, "a frame claims {length} bytes, more than any frame has")
            }
            Self::BlockTooLong(length) => {
                write!(f, "a block claims {length} bytes, more than any block has")
            }
            Self::BlockTooShort(length) => write!(f, "a block claims only {length} bytes"),
            Self::BlockNotAligned(length) => {
                write!(f, "the block length {length} is not a multiple of 4")
            }
            Self::BlockLengthsDiffer(first, last) => {
                write!(
                    f,
                    "a block has length {first} at its start and {last} at its end"
                )
            }
            Self::FrameExceedsBlock(length) => {
                write!(f, "a frame of {length} bytes exceeds its block")
            }
            Self::UnknownInterface { named, known } => {
                write!(
                    f,
                    "a frame names interface {named}, and {known} are described"
                )
            }
            Self::UnknownByteOrder(mark) => write!(
                f,
                "a section begins with {mark:#010x}, which is no byte order"
            ),
            Self::UnknownVersion(major, minor) => {
                write!(f, "version {major}.{minor} of the format is unknown")
            }
        }
    }
}
