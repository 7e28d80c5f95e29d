//! A client that waits for bytes with a deadline and says what it got instead.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use protocol::Dialect;
use protocol::diagnostic::Source;
use reference_server::{Options, Running, Server};

/// How long anything may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A server of a built-in dialect on a free port.
pub(crate) fn serve(dialect: &str) -> Running {
    serve_dialect(Dialect::builtin(dialect).unwrap().clone())
}

/// A server of any dialect on a free port.
pub(crate) fn serve_dialect(dialect: Dialect) -> Running {
    let server = Server::bind(dialect, ([127, 0, 0, 1], 0).into(), Options::default());
    server.unwrap().start().unwrap()
}

/// A dialect that is a built-in one but for some keys.
pub(crate) fn extended(builtin: &str, keys: &str) -> Dialect {
    let file = format!("name = \"variant\"\nextends = \"{builtin}\"\n{keys}\n");
    Dialect::parse(&Source::new("variant.toml", file)).unwrap_or_else(|errors| panic!("{errors}"))
}

/// One client.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        Self { stream, reader }
    }

    /// Sends bytes.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Receives exactly these bytes next.
    #[track_caller]
    pub(crate) fn expect(&mut self, bytes: impl AsRef<[u8]>) {
        let expected = bytes.as_ref();
        let mut got = Vec::new();
        while got.len() < expected.len() && expected.starts_with(&got) {
            let mut part = vec![0; expected.len() - got.len()];
            match self.reader.read(&mut part) {
                Ok(0) => break,
                Ok(read) => got.extend_from_slice(&part[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        assert_eq!(
            got.escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
    }

    /// Sends bytes and receives exactly these.
    #[track_caller]
    pub(crate) fn ask(&mut self, bytes: impl AsRef<[u8]>, reply: impl AsRef<[u8]>) {
        self.send(bytes);
        self.expect(reply);
    }

    /// The next byte, if one comes before the end.
    pub(crate) fn try_byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        match self.reader.read(&mut byte) {
            Ok(1) => Some(byte[0]),
            _ => None,
        }
    }

    /// The next byte.
    #[track_caller]
    pub(crate) fn byte(&mut self) -> u8 {
        self.try_byte().expect("a byte before the end")
    }

    /// The next line, without its end.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        loop {
            match self.byte() {
                b'\n' => return String::from_utf8(line).unwrap(),
                byte => line.push(byte),
            }
        }
    }

    /// The next line, if it comes in time.
    pub(crate) fn try_line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(read) if read > 0 => Some(line),
            _ => None,
        }
    }

    /// The server closes, and nothing more comes.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest.escape_ascii().to_string(), "");
    }

    /// The server ends the connection, in whatever way.
    #[track_caller]
    pub(crate) fn expect_gone(&mut self) {
        let mut part = [0; 4096];
        loop {
            match self.reader.read(&mut part) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    assert!(error.kind() == ErrorKind::ConnectionReset, "{error}");
                    return;
                }
            }
        }
    }

    /// Closes the side on which it sends.
    pub(crate) fn finish(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}
