//! A chat room: one server, and a few clients that come, talk and go. Its words are those of the dialect `unb`.

use std::io::{self, Write};

use crate::network::{Connection, From, Network};
use crate::text;

/// Clients in a room.
pub(crate) const MEMBERS: u32 = 5;
/// As many rooms as there are addresses for them.
pub(crate) const MOST: u32 = 1 << 16;

/// One server and its clients.
pub(crate) struct Room {
    number: u32,
    members: Vec<Member>,
    joined: u32,
}

struct Member {
    nickname: String,
    connection: Connection,
}

impl Room {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            members: Vec::new(),
            joined: 0,
        }
    }

    /// One thing happens, with all that follows from it.
    pub(crate) fn act<W: Write>(&mut self, network: &mut Network<W>) -> io::Result<()> {
        if (self.members.len() as u32) < MEMBERS {
            return self.join(network);
        }
        let who = network.dice.below(MEMBERS) as usize;
        match network.dice.below(100) {
            0..3 => self.quit(network, who),
            3..8 => self.list(network, who),
            _ => self.say(network, who),
        }
    }

    fn join<W: Write>(&mut self, network: &mut Network<W>) -> io::Result<()> {
        let [_, _, high, low] = self.number.to_be_bytes();
        let seat = 2 + (self.joined % 250) as u8;
        let port = 49_152 + (network.dice.below(16_384) as u16);
        let mut connection = network.connect([10, high, low, seat], [10, high, low, 1], port)?;
        let nickname = text::nickname(self.number * 31 + self.joined);
        self.joined += 1;
        network.say(&mut connection, From::Server, b"NICK")?;
        network.say(&mut connection, From::Client, nickname.as_bytes())?;
        let welcome = format!("200 OK - Connected\nBem-vindo(a), {nickname}.");
        network.say(&mut connection, From::Server, welcome.as_bytes())?;
        self.announce(
            network,
            None,
            format!("{nickname} entrou no chat!").as_bytes(),
        )?;
        self.members.push(Member {
            nickname,
            connection,
        });
        Ok(())
    }

    fn say<W: Write>(&mut self, network: &mut Network<W>, who: usize) -> io::Result<()> {
        let Some(member) = self.members.get_mut(who) else {
            return Ok(());
        };
        let mut request = b"MSG ".to_vec();
        text::say(&mut network.dice, &mut request);
        network.say(&mut member.connection, From::Client, &request)?;
        let mut delivery = format!("[{}]: ", member.nickname).into_bytes();
        delivery.extend_from_slice(&request[4..]);
        network.say(
            &mut member.connection,
            From::Server,
            b"200 OK\nMensagem enviada com sucesso.",
        )?;
        self.announce(network, Some(who), &delivery)
    }

    fn list<W: Write>(&mut self, network: &mut Network<W>, who: usize) -> io::Result<()> {
        let names: Vec<&str> = self
            .members
            .iter()
            .map(|member| member.nickname.as_str())
            .collect();
        let reply = format!("200 OK - User List\nUsuários online: {}", names.join(", "));
        let Some(member) = self.members.get_mut(who) else {
            return Ok(());
        };
        network.say(&mut member.connection, From::Client, b"LIST")?;
        network.say(&mut member.connection, From::Server, reply.as_bytes())
    }

    fn quit<W: Write>(&mut self, network: &mut Network<W>, who: usize) -> io::Result<()> {
        let mut member = self.members.swap_remove(who);
        network.say(&mut member.connection, From::Client, b"QUIT")?;
        let goodbye = "200 OK - Disconnecting\nSessão encerrada.";
        network.say(&mut member.connection, From::Server, goodbye.as_bytes())?;
        network.close(member.connection)?;
        self.announce(
            network,
            None,
            format!("[{}] saiu do chat.", member.nickname).as_bytes(),
        )
    }

    /// The server tells everyone but one.
    fn announce<W: Write>(
        &mut self,
        network: &mut Network<W>,
        except: Option<usize>,
        text: &[u8],
    ) -> io::Result<()> {
        for (index, member) in self.members.iter_mut().enumerate() {
            if Some(index) != except {
                network.say(&mut member.connection, From::Server, text)?;
            }
        }
        Ok(())
    }
}
