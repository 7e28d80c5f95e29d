//! What a crowd does at once, and what must have reached each of its members.

use protocol::message::{NoticeKind, ReplyKind};

use super::Departure;
use super::judge::Miss;
use super::script::{About, Failure, failure};
use super::stage::Stage;
use crate::scenario::CrowdVerb;
use crate::transcript::{ClientId, Player};

impl Stage<'_, '_> {
    /// One verb of the whole crowd.
    pub(super) async fn crowd_verb(&mut self, size: u32, verb: &CrowdVerb) -> Result<(), Failure> {
        match verb {
            CrowdVerb::Connect => self.crowd_connects(size).await,
            CrowdVerb::Join => self.crowd_joins(size).await,
            CrowdVerb::Say(text) => {
                self.before_act().await;
                for (index, id) in self.crowd.clone().into_iter().enumerate() {
                    let text = self.text(text, Some(index + 1));
                    let content = self.say_content(id, &text);
                    self.request_bytes(id, &content);
                }
                Ok(())
            }
            CrowdVerb::HearEverythingOnce => self.hear_everything().await,
            CrowdVerb::Hear { from, text } => {
                let from = self.client(from);
                let nick = self.member(from).nick.clone();
                for (index, id) in self.crowd.clone().into_iter().enumerate() {
                    let text = self.text(text, Some(index + 1));
                    let heard = self.hear(id, NoticeKind::Delivered, &nick, &text).await;
                    heard.map_err(|miss| {
                        failure(
                            About::Heard {
                                from,
                                privately: false,
                            },
                            id,
                            miss,
                        )
                    })?;
                }
                Ok(())
            }
            CrowdVerb::Quit => {
                for id in self.crowd.clone() {
                    self.quit(id, false).await;
                }
                Ok(())
            }
            CrowdVerb::Leave => {
                for id in self.crowd.clone() {
                    self.leave(id).await;
                }
                Ok(())
            }
            CrowdVerb::Close | CrowdVerb::Reset => {
                self.before_move().await;
                let how = match verb {
                    CrowdVerb::Close => Departure::Close,
                    _ => Departure::Reset,
                };
                self.at_once = true;
                for id in self.crowd.clone() {
                    self.go(id, how).await;
                }
                self.at_once = false;
                Ok(())
            }
            CrowdVerb::StopReading => {
                for id in self.crowd.clone() {
                    self.clients.set_reading(id, false);
                }
                Ok(())
            }
        }
    }

    /// So many members at least; those whose connection has ended make room for new clients under names of their own.
    fn crowd_of(&mut self, size: u32) -> Vec<ClientId> {
        for index in 0..self.crowd.len().max(size as usize) {
            let has_gone = |id: &ClientId| self.clients.connection(*id).end().is_some();
            if self.crowd.get(index).is_some_and(|id| !has_gone(id)) {
                continue;
            }
            let nick = self.run.nicks.fresh("crowd");
            let id = self.add(Player::OfCrowd(index + 1), nick);
            match self.crowd.get_mut(index) {
                Some(member) => *member = id,
                None => self.crowd.push(id),
            }
        }
        self.crowd.clone()
    }

    async fn crowd_connects(&mut self, size: u32) -> Result<(), Failure> {
        self.before_move().await;
        for id in self.crowd_of(size) {
            self.connect(id)
                .await
                .map_err(|miss| failure(About::Connecting, id, miss))?;
        }
        Ok(())
    }

    async fn crowd_joins(&mut self, size: u32) -> Result<(), Failure> {
        let fail = |id: ClientId| move |miss: Miss| failure(About::Joining, id, miss);
        self.before_move().await;
        let crowd = self.crowd_of(size);
        let outer = std::mem::replace(&mut self.at_once, true);
        let mut asked = Ok(());
        for id in &crowd {
            let nick = self.member(*id).nick.clone();
            asked = self.ask_to_join(*id, &nick).await.map_err(fail(*id));
            if asked.is_err() {
                break;
            }
        }
        self.at_once = outer;
        asked?;
        for id in crowd {
            let nick = self.member(id).nick.clone();
            self.be_let_in(id, &nick).await.map_err(fail(id))?;
        }
        Ok(())
    }

    /// All that was said to each has reached it, in whatever order, and nothing else has.
    async fn hear_everything(&mut self) -> Result<(), Failure> {
        let outer = std::mem::replace(&mut self.any_order, true);
        let mut result = Ok(());
        'members: for id in self.crowd.clone() {
            for index in 0..self.member(id).dues.len() {
                let due = &self.member(id).dues[index];
                let is_copy =
                    due.kind == ReplyKind::Notice(NoticeKind::Delivered) && !due.is_barrier;
                if !is_copy || matches!(due.state, super::due::DueState::Claimed) {
                    continue;
                }
                let from = due.from;
                result = self.claim_due(id, index).await.map(drop).map_err(|miss| {
                    failure(
                        About::Heard {
                            from,
                            privately: false,
                        },
                        id,
                        miss,
                    )
                });
                if result.is_err() {
                    break 'members;
                }
            }
        }
        self.any_order = outer;
        result
    }
}
