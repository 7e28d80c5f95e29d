//! Display filters that select exactly the frames that a report names.

use std::fmt;
use std::net::IpAddr;

use crate::segment::Endpoint;

/// A Wireshark display filter.
///
/// ```text
/// ip.addr == 192.168.0.88 && tcp.port == 55555 && tcp.port == 50797 && frame.number in {4, 6, 8}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// All frames of one conversation.
    #[must_use]
    pub fn conversation(a: Endpoint, b: Endpoint) -> Self {
        let mut terms = vec![address(a.ip())];
        if a.ip() != b.ip() {
            terms.push(address(b.ip()));
        }
        terms.push(format!("tcp.port == {}", a.port()));
        if a.port() != b.port() {
            terms.push(format!("tcp.port == {}", b.port()));
        }
        Self(terms.join(" && "))
    }

    /// All frames to and from one server.
    #[must_use]
    pub fn server(server: Endpoint) -> Self {
        Self(format!(
            "{} && tcp.port == {}",
            address(server.ip()),
            server.port()
        ))
    }

    /// All frames of one port, at whatever address.
    #[must_use]
    pub fn port(port: u16) -> Self {
        Self(format!("tcp.port == {port}"))
    }

    /// Of these frames only those with one of these numbers.
    #[must_use]
    pub fn frames(self, numbers: impl IntoIterator<Item = u64>) -> Self {
        let mut numbers: Vec<_> = numbers.into_iter().collect();
        numbers.sort_unstable();
        numbers.dedup();
        Self(format!(
            "{} && frame.number in {{{}}}",
            self.0,
            set(&numbers)
        ))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("ip.addr == {ip}"),
        IpAddr::V6(ip) => format!("ipv6.addr == {ip}"),
    }
}

/// Numbers as the members of a set; three in a row or more as a range.
fn set(numbers: &[u64]) -> String {
    let mut members = Vec::new();
    let mut rest = numbers;
    while let Some(first) = rest.first() {
        let in_a_row = rest
            .iter()
            .enumerate()
            .take_while(|(at, number)| **number - first == *at as u64)
            .count();
        let (row, after) = rest.split_at(in_a_row);
        match row {
            [first, _, .., last] => members.push(format!("{first}..{last}")),
            few => members.extend(few.iter().map(u64::to_string)),
        }
        rest = after;
    }
    members.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_on_one_host_names_its_address_once() {
        let ends = [50797, 55555].map(|port| Endpoint::v4([192, 168, 0, 88], port));
        assert_eq!(
            Filter::conversation(ends[0], ends[1]).as_str(),
            "ip.addr == 192.168.0.88 && tcp.port == 50797 && tcp.port == 55555"
        );
    }

    #[test]
    fn rows_of_frames_become_ranges() {
        assert_eq!(set(&[1, 2, 3, 5, 8, 9]), "1..3, 5, 8, 9");
        assert_eq!(
            Filter::port(9).frames([4, 2, 4]).as_str(),
            "tcp.port == 9 && frame.number in {2, 4}"
        );
    }
}
