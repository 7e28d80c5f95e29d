//! Who listens where, as `/proc` shows it. To connect and see would be a client that says nothing and goes, and some servers do
//! not survive that: whatever happens to the first client must happen under a scenario.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::processes::Process;

/// Where a family of processes listens.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// Where clients connect, if it is the port that was meant.
    pub(super) here: Option<SocketAddr>,
    /// Other ports.
    pub(super) elsewhere: Vec<u16>,
}

/// Looks where they listen.
pub(super) fn look(port: u16, family: &[Process]) -> Sight {
    let listeners = listeners();
    if listeners.is_empty() {
        return Sight::default();
    }
    let theirs = family.iter().flat_map(|process| sockets(process.pid));
    sight(
        port,
        theirs.filter_map(|inode| listeners.get(&inode).copied()),
    )
}

/// Whether anybody listens on a port of this network. Nobody is disturbed by the question.
pub(crate) fn is_taken(port: u16) -> bool {
    listeners().values().any(|listener| listener.port() == port)
}

/// All sockets that listen in this network, by their inode.
fn listeners() -> BTreeMap<u64, SocketAddr> {
    let mut listeners = BTreeMap::new();
    for table in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        if let Ok(text) = fs::read_to_string(table) {
            listeners.extend(text.lines().filter_map(listener));
        }
    }
    listeners
}

fn sight(port: u16, listeners: impl Iterator<Item = SocketAddr>) -> Sight {
    let mut sight = Sight::default();
    for listener in listeners {
        if listener.port() != port {
            sight.elsewhere.push(listener.port());
            continue;
        }
        let reachable = reachable(listener);
        // Students try their servers over IPv4, and read addresses in that form.
        if sight.here.is_none_or(|known| !known.is_ipv4()) {
            sight.here = Some(reachable);
        }
    }
    sight.elsewhere.sort_unstable();
    sight.elsewhere.dedup();
    sight
}

/// Where a client reaches whoever is bound to an address.
fn reachable(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        ip if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, bound.port()).into(),
        IpAddr::V6(ip) => (ip.to_canonical(), bound.port()).into(),
        ip => (ip, bound.port()).into(),
    }
}

/// A line of `/proc/net/tcp` or `tcp6`, if it is about somebody who listens: its socket's inode, and where.
fn listener(line: &str) -> Option<(u64, SocketAddr)> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, local, _, LISTEN, .., _, _, _, _, _, _, _, _] = fields.as_slice() else {
        return None;
    };
    let (ip, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let inode = fields.get(9)?.parse().ok()?;
    Some((inode, SocketAddr::new(address(ip)?, port)))
}

/// Words of 32 bits in hexadecimal, each as the machine holds it.
fn address(hex: &str) -> Option<IpAddr> {
    let word = |index: usize| {
        let word = u32::from_str_radix(hex.get(index * 8..index * 8 + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// The inodes of a process's sockets.
pub(crate) fn sockets(pid: i32) -> impl Iterator<Item = u64> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd"));
    let links = descriptors.into_iter().flatten().flatten();
    links.filter_map(|descriptor| {
        let link = fs::read_link(descriptor.path()).ok()?;
        let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        inode.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listeners_are_read_from_the_table() {
        let line = "   0: 0100007F:1389 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0";
        let expected = ([127, 0, 0, 1], 5001).into();
        if cfg!(target_endian = "little") {
            assert_eq!(listener(line), Some((4242, expected)));
        }
        assert_eq!(listener(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(listener("  sl  local_address rem_address   st"), None);
        let v6 = "   0: 00000000000000000000000001000000:1389 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 0 100 0 0 10 0";
        if cfg!(target_endian = "little") {
            assert_eq!(listener(v6), Some((7, (Ipv6Addr::LOCALHOST, 5001).into())));
        }
    }

    #[test]
    fn ipv4_is_preferred_and_other_ports_are_told() {
        let bound = |ip: &str, port| SocketAddr::new(ip.parse().expect("an address"), port);
        let listeners = [
            bound("::1", 5000),
            bound("0.0.0.0", 5000),
            bound("::", 9000),
        ];
        assert_eq!(
            sight(5000, listeners.into_iter()),
            Sight {
                here: Some(bound("127.0.0.1", 5000)),
                elsewhere: vec![9000]
            }
        );
        assert_eq!(
            sight(5000, [bound("::1", 5000)].into_iter()).here,
            Some(bound("::1", 5000))
        );
    }

    #[test]
    fn we_see_ourselves_listen() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let ourselves = Process {
            pid: rustix::process::getpid().as_raw_pid(),
            name: String::new(),
            is_alive: true,
            parent: 1,
        };
        assert_eq!(look(address.port(), &[ourselves]).here, Some(address));
    }
}
