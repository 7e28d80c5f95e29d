//! Addresses that stand for others: counted in the order in which they are met.

use std::net::{Ipv4Addr, Ipv6Addr};

use rustc_hash::FxHashMap;

/// What each address was replaced by.
#[derive(Default)]
pub(super) struct Addresses {
    v4: FxHashMap<[u8; 4], [u8; 4]>,
    v6: FxHashMap<[u8; 16], [u8; 16]>,
    mac: FxHashMap<[u8; 6], [u8; 6]>,
}

impl Addresses {
    /// 10.0.0.1 and on; what means the same on every host stays.
    pub(super) fn v4(&mut self, address: &mut [u8; 4]) {
        let ip = Ipv4Addr::from(*address);
        if ip.is_loopback() || ip.is_unspecified() || ip.is_broadcast() || ip.is_multicast() {
            return;
        }
        let next = u32::try_from(self.v4.len() + 1).unwrap_or(u32::MAX) & 0x00ff_ffff;
        *address = *self
            .v4
            .entry(*address)
            .or_insert((0x0a00_0000 | next).to_be_bytes());
    }

    /// fd00::1 and on.
    pub(super) fn v6(&mut self, address: &mut [u8; 16]) {
        let ip = Ipv6Addr::from(*address);
        if ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() {
            return;
        }
        let next = self.v6.len() as u128 + 1;
        let stand_in = (0xfd_u128 << 120 | next).to_be_bytes();
        *address = *self.v6.entry(*address).or_insert(stand_in);
    }

    /// 02:00:00:00:00:01 and on: locally administered.
    pub(super) fn mac(&mut self, address: &mut [u8; 6]) {
        let is_group = address[0] & 1 == 1;
        if is_group || *address == [0; 6] {
            return;
        }
        let [.., a, b, c] = (self.mac.len() as u64 + 1).to_be_bytes();
        *address = *self.mac.entry(*address).or_insert([2, 0, 0, a, b, c]);
    }
}
