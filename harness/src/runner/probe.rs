//! Whether the server still serves: asked by a new client, while the old ones stay as they are.

use std::io::ErrorKind;
use std::time::Duration;

use protocol::framing::Framing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase};
use tokio::time::{Instant, timeout_at};

use super::due::DueState;
use super::judge::{How, Miss};
use super::script::{About, Failure, failure};
use super::stage::Stage;
use crate::applies::wrong_content;
use crate::scenario::Wrong;
use crate::transcript::{ClientId, Helper, Player};

/// What a new client found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It was served.
    Serves,
    /// Nobody listens any more.
    Refuses,
    /// It was let in by the system, and nobody answered.
    Mute,
    /// It was closed out.
    Closes,
}

/// What a new client's experience says of the server.
pub(super) fn life(asked: &Result<(), Miss>) -> Life {
    match asked {
        Ok(()) => Life::Serves,
        Err(miss) => match miss.how {
            How::Unreachable(_) => Life::Refuses,
            How::Ended(_) => Life::Closes,
            _ if miss.received.is_empty() => Life::Mute,
            // It answers, if not as it should: that is life.
            _ => Life::Serves,
        },
    }
}

impl Stage<'_, '_> {
    /// Whether two new clients are served at once.
    pub(super) async fn serves_two(&mut self) -> bool {
        let first = self.newcomer(Helper::OneOfTwo);
        let served = self.greet(first).await.is_ok() && self.serves().await;
        self.clients.close(first);
        served
    }

    /// Whether a new client is let in.
    pub(super) async fn serves(&mut self) -> bool {
        // What was asked before may have used up the time.
        self.deadline = Instant::now() + self.run.pace.patience() * 2;
        let id = self.newcomer(Helper::Alive);
        let result = self.greet(id).await;
        self.clients.close(id);
        result.is_ok()
    }

    /// Asks for a sign of life.
    pub(super) async fn life(&mut self) -> Life {
        let (id, asked) = self.ask_for_life().await;
        self.clients.close(id);
        life(&asked)
    }

    /// The same, and what the one who asked missed.
    pub(super) async fn ask_for_life(&mut self) -> (ClientId, Result<(), Miss>) {
        let id = self.newcomer(Helper::Alive);
        let mut result = self.greet(id).await;
        if matches!(&result, Err(miss) if miss.how == How::Late && miss.received.is_empty())
            && self.any_sign(id).await
        {
            result = Ok(());
        }
        if let Err(miss) = &mut result
            && matches!(miss.how, How::Ended(_))
            && let Some(error) = self.shuts_soon().await
        {
            miss.how = How::Unreachable(error);
        }
        (id, result)
    }

    /// Whether nobody listens any more soon: the socket of a server that dies lives a moment longer than its connections, a long
    /// one on a busy machine.
    async fn shuts_soon(&mut self) -> Option<ErrorKind> {
        const TRIES: u32 = 6;
        const RETRY: Duration = Duration::from_millis(25);
        for turn in 0..TRIES {
            let pause = Instant::now() + RETRY * turn * turn;
            while self.clients.pump(pause).await {}
            let door = self.run.door.clone();
            if let Ok(Err(error)) = timeout_at(self.patience(), door.connect()).await {
                return Some(error.kind());
            }
        }
        None
    }

    pub(super) fn newcomer(&mut self, helper: Helper) -> ClientId {
        let nick = self.run.nicks.fresh("z");
        self.vocabulary.know(&nick);
        // What comes of bytes that are no message may reach anybody, in any pieces.
        let ignores = self
            .members
            .iter()
            .any(|member| member.is_wild || member.is_broken);
        let id = self.add(Player::Helper(helper), nick);
        let member = self.member_mut(id);
        member.is_helper = true;
        member.ignores = ignores;
        id
    }

    /// Joins; where joining is only connecting, says something too.
    pub(super) async fn greet(&mut self, id: ClientId) -> Result<(), Miss> {
        let nick = self.member(id).nick.clone();
        self.at_once = true;
        let asked = self.ask_to_join(id, &nick).await;
        self.at_once = false;
        asked?;
        self.be_let_in(id, &nick).await?;
        let dialect = self.run.dialect;
        if dialect.reply(NoticeKind::Welcome).is_some() {
            return Ok(());
        }
        self.exchange(id).await
    }

    /// It is not greeted: does anything else that it does get an answer?
    async fn any_sign(&mut self, id: ClientId) -> bool {
        let dialect = self.run.dialect;
        let fields = self.own_fields(id).with("text", &b"hello"[..]);
        let kept = self.clients.connection(id).kept();
        for kind in [CommandKind::List, CommandKind::Say, CommandKind::Quit] {
            let Some(content) = dialect.render_request(kind, &fields) else {
                continue;
            };
            let bytes = dialect.frame(Direction::ToServer, Phase::Chatting, &content);
            self.clients.send(id, &bytes);
            let until = self.until(self.run.pace.quiet() * 4);
            loop {
                let connection = self.clients.connection(id);
                if connection.kept() > kept || !connection.is_open() {
                    return true;
                }
                if !self.clients.pump(until).await {
                    break;
                }
            }
        }
        false
    }

    /// One request that has a reply: the list where a text has none. A text without a reply would prove nothing, and may
    /// reach who comes next.
    async fn exchange(&mut self, id: ClientId) -> Result<(), Miss> {
        let dialect = self.run.dialect;
        let is_answered = dialect.echoes() || dialect.reply(NoticeKind::Said).is_some();
        let has_list = dialect.request(CommandKind::List).is_some()
            && dialect.reply(NoticeKind::Listing).is_some();
        if dialect.broadcasts() && !is_answered {
            return match has_list {
                true => self.ask_for_list(id).await,
                false => Ok(()),
            };
        }
        let text = format!("hello {}", self.run.nicks.word_text());
        let content = match dialect.request(CommandKind::Say) {
            Some(_) => self.say_content(id, text.as_bytes()),
            None => wrong_content(dialect, Wrong::UnknownCommand).unwrap_or_default(),
        };
        let action = self.request_bytes(id, &content);
        for due in self.members.iter_mut().flat_map(|member| &mut member.dues) {
            due.is_barrier |= due.action == action;
        }
        let mine = |due: &super::due::Due| due.action == action && due.from == id;
        let Some(index) = self.member(id).dues.iter().position(mine) else {
            return Ok(());
        };
        let want = super::judge::Want::due(&self.member(id).dues[index]);
        let until = self.patience();
        self.expect(id, &want, until).await?;
        self.members[id.0].dues[index].state = DueState::Claimed;
        self.members[id.0].pending = None;
        Ok(())
    }

    /// `the server still serves`: two new clients do the dialect's whole round.
    pub(super) async fn still_serves(&mut self) -> Result<(), Failure> {
        self.before_move().await;
        let first = self.newcomer(Helper::Newcomer);
        let fail = |about: About, id: ClientId| move |miss| failure(about, id, miss);
        self.greet(first)
            .await
            .map_err(fail(About::Joining, first))?;
        if self.run.dialect.broadcasts() {
            let second = self.newcomer(Helper::SecondNewcomer);
            self.greet(second)
                .await
                .map_err(fail(About::Joining, second))?;
            let heard = About::Heard {
                from: first,
                privately: false,
            };
            self.relay(first, second)
                .await
                .map_err(fail(heard, second))?;
            self.leave(second).await;
            self.clients.close(second);
        }
        if self.run.dialect.request(CommandKind::List).is_some() && self.takes_any_list() {
            self.ask_for_list(first)
                .await
                .map_err(fail(About::Listing, first))?;
        }
        self.leave(first).await;
        self.clients.close(first);
        Ok(())
    }

    /// Whether a list can have any length: a frame of fixed size holds only so many names.
    fn takes_any_list(&self) -> bool {
        let framing = self
            .run
            .dialect
            .reply_framing(NoticeKind::Listing, Phase::Chatting);
        !matches!(framing, Framing::Fixed { .. })
    }

    /// What one newcomer says reaches the other.
    pub(super) async fn relay(&mut self, from: ClientId, to: ClientId) -> Result<(), Miss> {
        self.before_act().await;
        let text = format!("hello {}", self.run.nicks.word_text());
        let content = self.say_content(from, text.as_bytes());
        let action = self.request_bytes(from, &content);
        for due in self.members.iter_mut().flat_map(|member| &mut member.dues) {
            due.is_barrier |= due.action == action;
        }
        let nick = self.member(from).nick.clone();
        self.hear(to, NoticeKind::Delivered, &nick, text.as_bytes())
            .await
            .map(drop)
    }
}
