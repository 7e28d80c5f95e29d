//! The few things that `pnet_datalink` cannot set or ask of a packet socket (packet(7)).

#![expect(
    unsafe_code,
    reason = "packet sockets have no safe interface; each call is one line with its reason"
)]

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Not named by libc: leaves out frames on their way out, which on loopback come back in at once.
const PACKET_IGNORE_OUTGOING: libc::c_int = 23;
/// Not named by libc: when the frame that was read last was seen.
const SIOCGSTAMPNS: libc::c_ulong = 0x8907;
/// How much the kernel keeps while we are busy.
const BUFFER: libc::c_int = 256 * 1024 * 1024;

/// A packet socket that is bound to no interface yet.
pub(super) struct PacketSocket(OwnedFd);

/// What the kernel counted (`struct tpacket_stats`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statistics {
    /// Frames that passed, lost ones included.
    pub(super) passed: u32,
    /// Frames that were lost because the buffer was full.
    pub(super) lost: u32,
}

impl PacketSocket {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: no pointers; the result is checked.
        let fd = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` was opened above and nobody else knows it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Another handle on the same socket.
    pub(super) fn handle(&self) -> io::Result<OwnedFd> {
        self.0.try_clone()
    }

    pub(super) fn ignore_outgoing(&self) -> io::Result<()> {
        self.set(libc::SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    }

    /// As large a buffer as the user may have.
    pub(super) fn enlarge_buffer(&self) -> io::Result<()> {
        let forced = self.set(libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, BUFFER);
        forced.or_else(|_| self.set(libc::SOL_SOCKET, libc::SO_RCVBUF, BUFFER))
    }

    fn set(&self, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
        let length = size_of::<libc::c_int>() as libc::socklen_t;
        // SAFETY: the pointer is to a local number of the length that is given.
        let result = unsafe {
            libc::setsockopt(
                self.0.as_raw_fd(),
                level,
                name,
                (&raw const value).cast(),
                length,
            )
        };
        check(result)
    }

    /// When the kernel saw the frame that was read last, since 1970; none if it did not note it.
    pub(super) fn last_time(&self) -> Option<Duration> {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the pointer is to a local structure of the type that this request fills.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), SIOCGSTAMPNS, &raw mut time) };
        check(result).ok()?;
        Some(Duration::new(
            u64::try_from(time.tv_sec).ok()?,
            u32::try_from(time.tv_nsec).ok()?,
        ))
    }

    /// What was counted since this was last asked.
    pub(super) fn statistics(&self) -> io::Result<Statistics> {
        let mut counted = Statistics::default();
        let mut length = size_of::<Statistics>() as libc::socklen_t;
        let fd = self.0.as_raw_fd();
        let into = (&raw mut counted).cast();
        // SAFETY: the pointers are to local variables, and the length is that of the structure.
        let result = unsafe {
            libc::getsockopt(
                fd,
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                into,
                &raw mut length,
            )
        };
        check(result).map(|()| counted)
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
