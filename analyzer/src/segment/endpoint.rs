//! An IP address and a port, small enough to be a key.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// One end of a conversation: an IPv4 or IPv6 address and a port, in 24 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The upper half of an IPv6 address; zero for IPv4.
    high: u64,
    /// The lower half of an IPv6 address, or the IPv4 address.
    low: u64,
    port: u16,
    v6: bool,
}

impl Endpoint {
    /// From the address bytes of an IPv4 header.
    #[inline]
    pub fn v4(address: [u8; 4], port: u16) -> Self {
        Self {
            high: 0,
            low: u64::from(u32::from_be_bytes(address)),
            port,
            v6: false,
        }
    }

    /// From the address bytes of an IPv6 header.
    #[inline]
    pub fn v6(address: [u8; 16], port: u16) -> Self {
        let bits = u128::from_be_bytes(address);
        Self {
            high: (bits >> 64) as u64,
            low: bits as u64,
            port,
            v6: true,
        }
    }

    /// The address.
    pub fn ip(self) -> IpAddr {
        if self.v6 {
            IpAddr::V6(Ipv6Addr::from_bits(
                u128::from(self.high) << 64 | u128::from(self.low),
            ))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(self.low as u32))
        }
    }

    /// The port.
    #[inline]
    pub fn port(self) -> u16 {
        self.port
    }

    /// Whether the address is of IPv6.
    #[inline]
    pub fn is_v6(self) -> bool {
        self.v6
    }

    /// The address and port of an IPv4 endpoint in 48 bits, in the order of endpoints.
    #[inline]
    pub fn v4_bits(self) -> Option<u64> {
        (!self.v6).then_some(self.low << 16 | u64::from(self.port))
    }

    /// The IPv4 endpoint of these 48 bits.
    #[inline]
    pub(super) fn from_v4_bits(bits: u64) -> Self {
        Self {
            high: 0,
            low: bits >> 16,
            port: bits as u16,
            v6: false,
        }
    }

    /// All of it folded into 64 bits, for a table that does its own hashing: equal endpoints fold to equal numbers,
    /// and different IPv4 endpoints to different ones.
    #[inline]
    pub fn fold(self) -> u64 {
        let address = self.low
            ^ self
                .high
                .rotate_left(23)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        address.rotate_left(16) ^ u64::from(self.port)
    }

    /// The same address with another port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        match address.ip() {
            IpAddr::V4(ip) => Self::v4(ip.octets(), address.port()),
            IpAddr::V6(ip) => Self::v6(ip.octets(), address.port()),
        }
    }
}

impl fmt::Display for Endpoint {
    /// `192.0.2.1:55555` or `[2001:db8::1]:55555`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip() {
            IpAddr::V4(ip) => write!(f, "{ip}:{}", self.port),
            IpAddr::V6(ip) => write!(f, "[{ip}]:{}", self.port),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_address_as_a_url_would() {
        assert_eq!(
            Endpoint::v4([192, 0, 2, 1], 55555).to_string(),
            "192.0.2.1:55555"
        );
        let loopback = Endpoint::from("[::1]:80".parse::<SocketAddr>().unwrap());
        assert_eq!(loopback.to_string(), "[::1]:80");
    }

    #[test]
    fn an_ipv4_address_is_not_the_ipv6_address_of_the_same_number() {
        let mut mapped = [0; 16];
        mapped[12..].copy_from_slice(&[10, 0, 0, 1]);
        assert_ne!(Endpoint::v4([10, 0, 0, 1], 1), Endpoint::v6(mapped, 1));
    }
}
