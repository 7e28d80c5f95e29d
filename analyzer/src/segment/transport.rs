//! TCP and UDP headers.

use etherparse::TcpHeaderSlice;

use super::layer::{LayerKind, Trace};
use super::walk::{End, Step, Walk};
use super::{Datagram, Flags, Packet, Segment, TcpOptions, Unread};

const TCP_HEADER: usize = 20;
/// Up to the window: all but the checksum and the urgent pointer.
const TCP_FIELDS: usize = 16;
const UDP_HEADER: usize = 8;

impl<'a, T: Trace> Walk<'a, '_, T> {
    #[inline]
    pub(super) fn tcp(&mut self) -> Result<Segment<'a>, Unread> {
        match TcpHeaderSlice::from_slice(self.rest()) {
            Ok(header) => {
                let length = header.slice().len();
                let options = self.rest().get(TCP_HEADER..length).unwrap_or_default();
                Ok(self.segment(&header, options, length))
            }
            Err(_) => self.odd_tcp(),
        }
    }

    #[inline]
    fn segment(
        &mut self,
        header: &TcpHeaderSlice<'_>,
        options: &'a [u8],
        length: usize,
    ) -> Segment<'a> {
        let data = self.at + length;
        self.note(LayerKind::Tcp, self.at, data.min(self.end));
        self.note(LayerKind::Payload, data, self.end);
        let bits = header
            .slice()
            .get(12..14)
            .and_then(|bytes| bytes.first_chunk())
            .copied()
            .unwrap_or_default();
        Segment {
            frame: self.frame,
            time: self.time,
            source: self.network.source.with_port(header.source_port()),
            destination: self
                .network
                .destination
                .with_port(header.destination_port()),
            seq: header.sequence_number(),
            ack: header.acknowledgment_number(),
            interface: self.interface,
            missing: self.missing(data),
            window: header.window_size(),
            flags: Flags(u16::from_be_bytes(bits) & 0x01ff),
            ip_id: self.network.ip_id,
            ttl: self.network.ttl,
            options: TcpOptions(options),
            payload: self.bytes.get(data..self.end).unwrap_or_default(),
        }
    }

    /// A header that is not all there, or whose length cannot be. Its fixed fields still say to which conversation it
    /// belongs and what it does there; what follows it is nothing that could be relied on.
    #[cold]
    fn odd_tcp(&mut self) -> Result<Segment<'a>, Unread> {
        let rest = self.rest();
        let is_cut = self.promised > self.end;
        if rest.len() < if is_cut { TCP_FIELDS } else { TCP_HEADER } {
            return Err(self.short());
        }
        let mut fixed = [0; TCP_HEADER];
        fixed
            .iter_mut()
            .zip(rest)
            .for_each(|(field, byte)| *field = *byte);
        let named = usize::from(fixed[12] >> 4) * 4;
        let length = if named < TCP_HEADER {
            self.promised - self.at
        } else {
            named
        };
        fixed[12] = 5 << 4 | fixed[12] & 1;
        let header = TcpHeaderSlice::from_slice(&fixed).map_err(|_| Unread::Malformed)?;
        let options = if named < TCP_HEADER {
            None
        } else {
            rest.get(TCP_HEADER..)
        };
        Ok(self.segment(&header, options.unwrap_or_default(), length))
    }

    pub(super) fn udp(&mut self) -> Result<Step<'a>, Unread> {
        let [source @ .., d0, d1, l0, l1, _, _] = *self.peek::<UDP_HEADER>()?;
        let (source, destination) = (u16::from_be_bytes(source), u16::from_be_bytes([d0, d1]));
        self.pass(LayerKind::Udp, UDP_HEADER)?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        // Zero is a jumbogram (RFC 2675) or offload; the length never reaches beyond IP's.
        if length >= UDP_HEADER && self.at - UDP_HEADER + length < self.promised {
            self.limit(length - UDP_HEADER);
        }
        if let Some(next) = self.tunnel([destination, source])? {
            return Ok(Step::On(next));
        }
        self.note(LayerKind::Payload, self.at, self.end);
        Ok(Step::End(End::Packet(Packet::Udp(Datagram {
            frame: self.frame,
            time: self.time,
            source: self.network.source.with_port(source),
            destination: self.network.destination.with_port(destination),
            interface: self.interface,
            missing: self.missing(self.at),
            payload: self.rest(),
        }))))
    }

    /// Bytes promised after `data` that were not captured.
    #[inline]
    fn missing(&self, data: usize) -> u32 {
        self.promised.saturating_sub(self.end.max(data)) as u32
    }
}
