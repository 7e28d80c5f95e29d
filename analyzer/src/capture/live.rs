//! Frames as they pass an interface of this machine, on Linux.
//!
//! A live capture is a stream of pcapng like any other, made here: what reads files reads it too, losses and all.

#[cfg(target_os = "linux")]
mod socket;
#[cfg(target_os = "linux")]
mod stream;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::lang::Words;
use protocol::os_error::os_error;
use protocol::quote::visible;
use protocol::words;

use super::Reader;

/// Ends a live capture from another thread: what was seen until then is still given.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the capture, within a fraction of a second.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the capture is to end.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why nothing can be captured.
#[derive(Debug)]
pub enum LiveError {
    /// This machine has no interface of that name.
    NoSuchInterface {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The user may not capture.
    NotPermitted,
    /// Only Linux can be captured from.
    Unsupported,
    /// The operating system refuses for another reason.
    Refused(io::Error),
}

impl LiveError {
    /// What the reader of the message may try.
    pub fn advice(&self) -> [&'static str; 2] {
        match self {
            Self::NoSuchInterface { .. } => [
                "dê uma destas; um chat em uma só máquina passa pela `lo`",
                "give one of these; a chat on one machine passes through `lo`",
            ],
            Self::NotPermitted => [
                "use `sudo`, ou permita uma vez: `sudo setcap cap_net_raw+ep \"$(command -v analyzer)\"`",
                "run it with `sudo`, or allow it once: `sudo setcap cap_net_raw+ep \"$(command -v analyzer)\"`",
            ],
            Self::Unsupported => [
                "capture com o programa do próprio Wireshark: `dumpcap -w - | analyzer -`",
                "capture with Wireshark's own program: `dumpcap -w - | analyzer -`",
            ],
            Self::Refused(_) => [
                "capture com o Wireshark ou com `dumpcap`, e dê o arquivo",
                "capture with Wireshark or `dumpcap`, and give the file",
            ],
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn told(&self) -> Words {
        match self {
            Self::NoSuchInterface { name, known } => words!(
                "nenhuma interface se chama `{}`; há: {}",
                "no interface is named `{}`; there are: {}",
                visible(name),
                known.join(", ")
            ),
            Self::NotPermitted => [
                "capturar precisa de uma permissão que este usuário não tem (CAP_NET_RAW)",
                "capturing needs a permission that this user lacks (CAP_NET_RAW)",
            ]
            .into(),
            Self::Unsupported => [
                "a captura ao vivo só funciona no Linux",
                "live capture works on Linux only",
            ]
            .into(),
            Self::Refused(error) => {
                let why = os_error(error);
                Words {
                    pt: format!("não foi possível capturar: {}", why.pt),
                    en: format!("cannot capture: {}", why.en),
                }
            }
        }
    }
}

impl fmt::Display for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told().en)
    }
}

impl std::error::Error for LiveError {}

/// Captures from the interface of this name until `stop` says so. Whatever has passed is given at once.
///
/// # Errors
/// If there is no such interface, or the user may not capture from it.
#[cfg(target_os = "linux")]
pub fn live(interface: &str, stop: Stop) -> Result<Reader, LiveError> {
    let stream = stream::LiveStream::open(interface, stop)?;
    super::read(stream).map_err(|error| LiveError::Refused(io::Error::other(error)))
}

/// Captures from the interface of this name until `stop` says so; not on this system.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn live(_interface: &str, _stop: Stop) -> Result<Reader, LiveError> {
    Err(LiveError::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_interface_is_refused_with_those_that_exist() {
        let error = live("no-such-interface", Stop::default())
            .err()
            .expect("an error");
        match error {
            LiveError::NoSuchInterface { known, .. } => assert!(!known.is_empty()),
            other => {
                assert!(matches!(other, LiveError::Unsupported) && cfg!(not(target_os = "linux")));
            }
        }
    }

    #[cfg(target_os = "linux")]
    mod loopback {
        use std::io::{Read, Write};
        use std::net::{TcpListener, TcpStream};
        use std::sync::mpsc;
        use std::time::Duration;

        use super::*;
        use crate::segment::{self, Packet};

        /// Ends the capture if the frames that a test waits for never come, so that it fails rather than hangs.
        fn watch(stop: Stop) -> mpsc::Sender<()> {
            let (done, ended) = mpsc::channel();
            std::thread::spawn(move || {
                let _ = ended.recv_timeout(Duration::from_secs(20));
                stop.now();
            });
            done
        }

        /// One conversation of one word; returns the port of the server.
        fn talk() -> u16 {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let mut client = TcpStream::connect(address).unwrap();
            let (mut server, _) = listener.accept().unwrap();
            client.write_all(b"NICK").unwrap();
            drop(client);
            let mut said = Vec::new();
            server.read_to_end(&mut said).unwrap();
            address.port()
        }

        /// A capture of the loopback, or nothing, said aloud, where that is not permitted.
        fn open(stop: &Stop) -> Option<Reader> {
            match live("lo", stop.clone()) {
                Ok(reader) => Some(reader),
                Err(LiveError::NotPermitted) => {
                    eprintln!("SKIPPED: {}", LiveError::NotPermitted);
                    None
                }
                Err(error) => panic!("{error}"),
            }
        }

        #[test]
        fn what_passed_before_the_stop_is_given_though_nobody_had_read_it() {
            let stop = Stop::default();
            let Some(mut reader) = open(&stop) else {
                return;
            };
            let port = talk();
            stop.now();
            let mut said = Vec::new();
            while let Some(frame) = reader.next() {
                let Packet::Tcp(segment) = segment::read(&frame) else {
                    continue;
                };
                if segment.destination.port() == port {
                    said.extend_from_slice(segment.payload);
                }
            }
            assert_eq!(said, b"NICK");
            assert_eq!(reader.stopped(), None);
        }

        #[test]
        fn a_busy_link_does_not_keep_the_capture_alive() {
            let stop = Stop::default();
            let Some(mut reader) = open(&stop) else {
                return;
            };
            let quiet = Stop::default();
            let noise = std::thread::spawn({
                let quiet = quiet.clone();
                move || {
                    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
                    let to = socket.local_addr().unwrap();
                    let begin = std::time::Instant::now();
                    while !quiet.is_set() && begin.elapsed() < Duration::from_secs(60) {
                        let _ = socket.send_to(b"noise", to);
                    }
                    quiet.is_set()
                }
            });
            while reader.next().is_some() {
                stop.now();
            }
            quiet.now();
            assert!(noise.join().unwrap(), "the capture outlived the noise");
        }

        #[test]
        fn a_conversation_on_loopback_is_seen_once_and_in_order() {
            let stop = Stop::default();
            let Some(mut reader) = open(&stop) else {
                return;
            };
            let watchdog = watch(stop.clone());
            let port = talk();
            let mut seen = Vec::new();
            while let Some(frame) = reader.next() {
                assert!(frame.time.is_some());
                let Packet::Tcp(segment) = segment::read(&frame) else {
                    continue;
                };
                if segment.destination.port() == port {
                    seen.push((
                        segment.flags.syn(),
                        segment.payload.to_vec(),
                        segment.flags.fin(),
                    ));
                }
                if seen.last().is_some_and(|(_, _, fin)| *fin) {
                    stop.now();
                }
            }
            drop(watchdog);
            assert_eq!(seen.iter().filter(|(syn, ..)| *syn).count(), 1);
            assert_eq!(
                seen.iter()
                    .filter(|(_, payload, _)| payload == b"NICK")
                    .count(),
                1
            );
            assert!(reader.description().interfaces[0].dropped.is_some());
            assert_eq!(reader.stopped(), None);
        }
    }
}
