//! Foreign chat servers for tests, in Python or any other language, each in a process of its own.
//!
//! Knows how to start one on a free port and how to end it. It refuses to know what any of them says.

#![allow(dead_code, reason = "each test uses a part of it")]

#[cfg(unix)]
pub(crate) mod signal;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Starting an interpreter on a busy machine takes seconds; this long means that it never will.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// A running program that is no part of this workspace, ended when this value is dropped.
pub(crate) struct ForeignServer {
    child: Child,
    address: SocketAddr,
}

impl ForeignServer {
    /// Starts `tests/servers/{file}` on a free port and waits until it listens.
    ///
    /// Returns `None`, and says so on standard error, where there is no Python 3.
    #[track_caller]
    pub(crate) fn start(file: &str) -> Option<Self> {
        Self::start_at(&servers().join(file), &[])
    }

    /// Starts the program at this path with `arguments` behind the port, in the same manner.
    #[track_caller]
    pub(crate) fn start_at(file: &Path, arguments: &[&str]) -> Option<Self> {
        let shown = file.display();
        let Some(python) = python() else {
            eprintln!("SKIPPED: {shown} needs Python 3, and neither `python3` nor `python` is one");
            return None;
        };
        let mut command = Command::new(python);
        command
            .args([file.as_os_str(), OsStr::new("0")])
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Some(Self::start_command(command))
    }

    /// Starts any program that tells in the same manner where it listens.
    #[track_caller]
    pub(crate) fn start_command(mut command: Command) -> Self {
        let shown = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a program that is there starts");
        let stdout = child.stdout.take().expect("standard output is piped");
        let address = listening_address(stdout);
        let server = Self {
            child,
            address: address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
        };
        assert!(address.is_some(), "{shown} never said where it listens");
        server
    }

    /// Where the server listens, as it printed it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ForeignServer {
    fn drop(&mut self) {
        // Both fail only for a process that has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The directory of the programs.
pub(crate) fn servers() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/servers")
}

pub(crate) fn python() -> Option<&'static str> {
    ["python3", "python"].into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.stdout.starts_with(b"Python 3"))
    })
}

/// Waits for the line `listening on ADDRESS`, and keeps reading after it so that the program never blocks on a full pipe.
fn listening_address(stdout: ChildStdout) -> Option<SocketAddr> {
    let (found, wait) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening on ") {
                // Nobody waits any more when the deadline has passed.
                let _ = found.send(address.parse().ok());
            }
        }
    });
    wait.recv_timeout(START_DEADLINE).ok().flatten()
}
