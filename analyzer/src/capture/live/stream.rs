//! A live capture as a stream of pcapng.

use std::borrow::Cow;
use std::io::{self, Read};
use std::os::fd::IntoRawFd;
use std::time::{Duration, SystemTime};

use pcap_file::DataLink;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::blocks::interface_statistics::{
    InterfaceStatisticsBlock, InterfaceStatisticsOption,
};
use pnet_datalink::{Channel, Config, DataLinkReceiver, NetworkInterface};

use super::socket::PacketSocket;
use super::{LiveError, Stop};

/// No frame of Linux is longer: the largest IP packet and its link layer.
const LONGEST_FRAME: usize = 65_536 + 64;
/// How often the wish to stop is looked for while nothing passes.
const PATIENCE: Duration = Duration::from_millis(100);

/// Frames of one interface, written as pcapng into a small buffer as they pass, and read from there.
pub(super) struct LiveStream {
    receiver: Box<dyn DataLinkReceiver>,
    socket: PacketSocket,
    written: PcapNgWriter<Vec<u8>>,
    /// Bytes of the buffer that were read.
    given: usize,
    /// Frames that were taken out of the socket.
    taken: u64,
    stop: Stop,
    /// What was still to come when the wish to stop was first seen.
    rest: Option<Rest>,
    ended: bool,
}

/// What the kernel held at the wish to stop. A count, not a time: a busy link cannot prolong it, and nothing that had
/// passed by then is left behind.
#[derive(Clone, Copy, Debug)]
struct Rest {
    /// The capture ends when so many frames have been taken out.
    until: u64,
    /// Frames that were lost until then.
    lost: u64,
}

impl LiveStream {
    pub(super) fn open(name: &str, stop: Stop) -> Result<Self, LiveError> {
        let interface = find(name)?;
        let socket = PacketSocket::new().map_err(refused)?;
        if interface.is_loopback() {
            socket.ignore_outgoing().map_err(refused)?;
        }
        // Frames that pass before the first question are stamped too, and not with the time at which they are read.
        let _ = socket.last_time();
        // A small buffer loses frames, which is counted: no reason not to begin.
        let _ = socket.enlarge_buffer();
        let config = Config {
            read_buffer_size: LONGEST_FRAME,
            read_timeout: Some(PATIENCE),
            promiscuous: false,
            socket_fd: Some(socket.handle().map_err(refused)?.into_raw_fd()),
            ..Config::default()
        };
        let channel = pnet_datalink::channel(&interface, config).map_err(refused)?;
        let Channel::Ethernet(_, receiver) = channel else {
            return Err(LiveError::Unsupported);
        };
        let written = begin(&interface).map_err(refused)?;
        Ok(Self {
            receiver,
            socket,
            written,
            given: 0,
            taken: 0,
            stop,
            rest: None,
            ended: false,
        })
    }

    /// Gives what passed before the wish to stop, then ends.
    fn drain(&mut self) -> io::Result<()> {
        let rest = match self.rest {
            Some(rest) => rest,
            None => *self.rest.insert(self.count()?),
        };
        if self.taken >= rest.until || !self.wait()? {
            self.end(rest)?;
        }
        Ok(())
    }

    /// What has passed until now, asked once: the kernel begins to count anew at each question.
    fn count(&self) -> io::Result<Rest> {
        let counted = self.socket.statistics()?;
        let kept = counted.passed.wrapping_sub(counted.lost);
        // The kernel's counters wrap at 2³², what it holds never reaches that.
        let waiting = kept.wrapping_sub(self.taken as u32);
        Ok(Rest {
            until: self.taken + u64::from(waiting),
            lost: u64::from(counted.lost),
        })
    }

    /// Waits for one frame, or a moment; `false` if all that moment nothing passed.
    fn wait(&mut self) -> io::Result<bool> {
        let frame = match self.receiver.next() {
            Ok(frame) => frame,
            // A signal came: nothing is known of what waits.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            Err(error) if is_pause(&error) => return Ok(false),
            Err(error) => return Err(error),
        };
        self.taken += 1;
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: self.socket.last_time().unwrap_or_else(now),
            original_len: frame.len() as u32,
            data: Cow::Borrowed(frame),
            options: Vec::new(),
        };
        self.written
            .write_pcapng_block(block)
            .map_err(io::Error::other)?;
        Ok(true)
    }

    /// Ends the stream with what was counted.
    fn end(&mut self, rest: Rest) -> io::Result<()> {
        self.ended = true;
        let block = InterfaceStatisticsBlock {
            interface_id: 0,
            timestamp: now(),
            options: vec![
                InterfaceStatisticsOption::IsbIfRecv(self.taken + rest.lost),
                InterfaceStatisticsOption::IsbIfDrop(rest.lost),
            ],
        };
        self.written
            .write_pcapng_block(block)
            .map_err(io::Error::other)?;
        Ok(())
    }
}

impl Read for LiveStream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.written.get_ref().len() {
            self.written.get_mut().clear();
            self.given = 0;
            match (self.ended, self.stop.is_set()) {
                (true, _) => return Ok(0),
                (false, true) => self.drain()?,
                (false, false) => {
                    self.wait()?;
                }
            }
        }
        let mut rest = self.written.get_ref().get(self.given..).unwrap_or_default();
        let count = rest.read(out)?;
        self.given += count;
        Ok(count)
    }
}

fn find(name: &str) -> Result<NetworkInterface, LiveError> {
    let all = pnet_datalink::interfaces();
    let known = all.iter().map(|one| one.name.clone()).collect();
    let found = all.into_iter().find(|one| one.name == name);
    found.ok_or_else(|| LiveError::NoSuchInterface {
        name: name.to_owned(),
        known,
    })
}

fn refused(error: io::Error) -> LiveError {
    match error.kind() {
        io::ErrorKind::PermissionDenied => LiveError::NotPermitted,
        _ => LiveError::Refused(error),
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

/// The section and the interface with which the stream begins.
fn begin(interface: &NetworkInterface) -> io::Result<PcapNgWriter<Vec<u8>>> {
    let mut written = PcapNgWriter::new(Vec::new()).map_err(io::Error::other)?;
    let description = InterfaceDescriptionBlock {
        linktype: link_of(&interface.name),
        snaplen: 0,
        options: vec![
            InterfaceDescriptionOption::IfName(Cow::Borrowed(&interface.name)),
            InterfaceDescriptionOption::IfTsResol(InterfaceTsResolution::NANO),
        ],
    };
    written
        .write_pcapng_block(description)
        .map_err(io::Error::other)?;
    Ok(written)
}

/// What frames of the interface begin with, by its hardware type (`if_arp.h`).
fn link_of(name: &str) -> DataLink {
    let path = format!("/sys/class/net/{name}/type");
    let hardware = std::fs::read_to_string(path).unwrap_or_default();
    match hardware.trim() {
        // PPP, tunnels in IP, and `tun` devices: bare packets.
        "512" | "768" | "769" | "776" | "778" | "65534" => DataLink::RAW,
        "801" => DataLink::IEEE802_11,
        "803" => DataLink::IEEE802_11_RADIOTAP,
        _ => DataLink::ETHERNET,
    }
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
