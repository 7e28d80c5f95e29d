//! Two clients talk through a server of the IFSC dialect: bind, connect, send, receive, disconnect.
//!
//! `cargo run -p reference-server --example two_clients`

use std::error::Error;
use std::time::Duration;

use protocol::Dialect;
use reference_server::client::{Client, To};
use reference_server::{Options, Server};

const PATIENCE: Duration = Duration::from_millis(200);

fn main() -> Result<(), Box<dyn Error>> {
    let dialect = Dialect::builtin("ifsc").ok_or("no such dialect")?;
    let server = Server::bind(
        dialect.clone(),
        ([127, 0, 0, 1], 0).into(),
        Options::default(),
    )?;
    let server = server.start()?;
    let port = server.local_addr().port();

    // A blank address is this machine.
    let mut ana = Client::connect(dialect.clone(), "", port)?;
    println!("{}", ana.connected_line().unwrap_or_default());
    ana.join("ana")?;
    show("ana", &mut ana)?;
    let mut bia = Client::connect(dialect.clone(), "127.0.0.1", port)?;
    bia.join("bia")?;
    show("bia", &mut bia)?;

    ana.send(To::Everyone, "Bom dia!")?;
    show("bia", &mut bia)?;
    bia.send(To::One("ana"), "Bom dia, Ana.")?;
    show("ana", &mut ana)?;

    bia.disconnect()?;
    show("ana", &mut ana)?;
    server.shut_down()?;

    // Nobody listens there any more: error 04.
    if let Err(error) = Client::connect(dialect.clone(), "127.0.0.1", port) {
        println!("{error}");
    }
    Ok(())
}

/// Everything that has come for a client.
fn show(who: &str, client: &mut Client) -> Result<(), Box<dyn Error>> {
    while let Some(message) = client.receive(PATIENCE)? {
        println!("{who} hears: {}", String::from_utf8_lossy(&message));
    }
    Ok(())
}
