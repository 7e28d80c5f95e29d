//! A network of one's own: everybody has port 55555 to themselves, and nothing leaves it.
//!
//! With the right to it, only the network changes; without, the process goes into a user namespace first, which most systems
//! allow to everybody (`user_namespaces(7)`). Its own user and group stay what they are.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use rustix::process::{getgid, getuid};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Goes into a network of its own, in which only the loopback interface is, and is up. Only a process with one thread can.
///
/// # Errors
/// The system does not allow it.
pub(super) fn enter() -> io::Result<()> {
    let host = own_addresses(&fs::read_to_string("/proc/net/fib_trie").unwrap_or_default());
    if unshare(UnshareFlags::NEWNET).is_err() {
        let (user, group) = (getuid().as_raw(), getgid().as_raw());
        unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNET)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    }
    let netlink = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        // The first of the protocols is `NETLINK_ROUTE`.
        None,
    )?;
    ask(&netlink, &loopback_up())?;
    for address in host {
        // A server that binds to the address of its host's name finds it here too. Without it, it says so itself.
        let _ = ask(&netlink, &address_of_loopback(address));
    }
    // Where it cannot be written, ports below 1024 are root's, as everywhere.
    let _ = fs::write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    Ok(())
}

#[expect(unsafe_code, reason = "`unshare` is unsafe for the sake of one flag")]
fn unshare(flags: UnshareFlags) -> io::Result<()> {
    debug_assert!(!flags.contains(UnshareFlags::FILES));
    // SAFETY: its contract concerns `UnshareFlags::FILES` alone, which nobody here passes.
    Ok(unsafe { unshare_unsafe(flags) }?)
}

/// A socket for a client in this network.
///
/// # Errors
/// The system gives none.
pub(super) fn socket(v6: bool) -> io::Result<OwnedFd> {
    let family = if v6 {
        AddressFamily::INET6
    } else {
        AddressFamily::INET
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(family, SocketType::STREAM, flags, None)?)
}

/// The host's own IPv4 addresses, as `/proc/net/fib_trie` lists them, without the loopback's.
fn own_addresses(trie: &str) -> Vec<Ipv4Addr> {
    let mut found: Vec<Ipv4Addr> = Vec::new();
    let mut last = None;
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse().ok();
        } else if line == "/32 host LOCAL" {
            found.extend(
                last.take()
                    .filter(|address: &Ipv4Addr| !address.is_loopback()),
            );
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const NLM_F_REQUEST_ACK: u16 = 0x1 | 0x4;
const NLM_F_CREATE: u16 = 0x400;

/// The loopback interface is the first of every network.
const LOOPBACK: u32 = 1;

/// `rtnetlink(7)`: an `ifinfomsg` that sets `IFF_UP`.
fn loopback_up() -> Vec<u8> {
    const IFF_UP: u32 = 1;
    let mut body = vec![0; 4];
    for word in [LOOPBACK, IFF_UP, IFF_UP] {
        body.extend(word.to_ne_bytes());
    }
    message(RTM_NEWLINK, NLM_F_REQUEST_ACK, &body)
}

/// `rtnetlink(7)`: an `ifaddrmsg` with one attribute, the address.
fn address_of_loopback(address: Ipv4Addr) -> Vec<u8> {
    const AF_INET: u8 = 2;
    const RT_SCOPE_HOST: u8 = 254;
    const IFA_LOCAL: u16 = 2;
    let mut body = vec![AF_INET, 32, 0, RT_SCOPE_HOST];
    body.extend(LOOPBACK.to_ne_bytes());
    body.extend(8u16.to_ne_bytes());
    body.extend(IFA_LOCAL.to_ne_bytes());
    body.extend(address.octets());
    message(RTM_NEWADDR, NLM_F_REQUEST_ACK | NLM_F_CREATE, &body)
}

/// `netlink(7)`: an `nlmsghdr` and what follows it.
fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    const HEADER: usize = 16;
    let mut message = Vec::with_capacity(HEADER + body.len());
    let len = u32::try_from(HEADER + body.len()).unwrap_or_default();
    message.extend(len.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// Asks the kernel for something, and reads whether it was done.
fn ask(netlink: &OwnedFd, message: &[u8]) -> io::Result<()> {
    const ERROR_AT: usize = 16;
    send(netlink, message, SendFlags::empty())?;
    let mut answer = [0; 512];
    let (len, _) = recv(netlink, answer.as_mut_slice(), RecvFlags::empty())?;
    let code: [u8; 4] = answer
        .get(ERROR_AT..ERROR_AT + 4)
        .filter(|_| len >= ERROR_AT + 4)
        .and_then(|code| code.try_into().ok())
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    match i32::from_ne_bytes(code) {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(-error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_addresses_are_read_from_the_trie() {
        let trie = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 172.17.0.0\n        /16 link UNICAST\n     |-- 172.17.0.2\n        /32 host LOCAL\n     |-- 172.17.255.255\n        /32 link BROADCAST\n";
        assert_eq!(own_addresses(trie), [Ipv4Addr::new(172, 17, 0, 2)]);
        assert!(own_addresses("").is_empty());
    }
}
