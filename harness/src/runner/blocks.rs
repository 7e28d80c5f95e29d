//! Blocks of steps: at once, in any order, one of several, within a time.

use tokio::time::Instant;

use super::judge::How;
use super::script::{About, Boxed, Failure, failure};
use super::stage::Stage;
use crate::scenario::{Action, Block, Step, Verb};

impl Stage<'_, '_> {
    pub(super) fn block<'f>(
        &'f mut self,
        block: Block,
        steps: &'f [Step],
        warnings: &'f mut Vec<Failure>,
    ) -> Boxed<'f> {
        Box::pin(async move {
            match block {
                Block::AllOf => self.steps(steps, warnings).await,
                Block::Together => self.together(steps, warnings).await,
                Block::OneOf => self.one_of(steps, warnings).await,
                Block::InAnyOrder => {
                    let outer = std::mem::replace(&mut self.any_order, true);
                    let result = self.steps(steps, warnings).await;
                    self.any_order = outer;
                    result
                }
                Block::Within(time) => {
                    let until = self.until(time);
                    let outer = self.within.replace(until);
                    let result = self.steps(steps, warnings).await;
                    self.within = outer;
                    result
                }
            }
        })
    }

    /// All actions first, none waiting for another; then what must come of them.
    pub(super) async fn together(
        &mut self,
        steps: &[Step],
        warnings: &mut Vec<Failure>,
    ) -> Result<(), Failure> {
        self.before_move().await;
        let outer = (
            std::mem::replace(&mut self.at_once, true),
            std::mem::replace(&mut self.any_order, true),
        );
        let mut result = Ok(());
        for step in steps {
            if let Action::Do {
                actor,
                verb: Verb::Join(name),
            } = &step.action
            {
                let nick = self.name(actor, name);
                let id = self.client_to_join(actor);
                result = self
                    .ask_to_join(id, &nick)
                    .await
                    .map_err(|miss| failure(About::Joining, id, miss));
            } else if acts(step) {
                result = self.step(step, warnings).await;
            }
            if result.is_err() {
                break;
            }
        }
        self.at_once = outer.0;
        for step in steps {
            if result.is_err() {
                break;
            }
            result = match &step.action {
                Action::Do {
                    actor,
                    verb: Verb::Join(name),
                } => {
                    let nick = self.name(actor, name);
                    let id = self.client(actor);
                    let joined = self.be_let_in(id, &nick).await;
                    joined
                        .map(drop)
                        .map_err(|miss| failure(About::Joining, id, miss))
                }
                Action::Do {
                    actor,
                    verb: Verb::List,
                } => {
                    let id = self.client(actor);
                    let listed = self.await_list(id).await;
                    listed.map_err(|miss| failure(About::Listing, id, miss))
                }
                _ if acts(step) => Ok(()),
                _ => self.step(step, warnings).await,
            };
            if let Err(failure) = &mut result
                && failure.place.is_none()
            {
                failure.place = Some(step.place.clone());
                failure.at = self.clients.began().elapsed();
            }
        }
        self.any_order = outer.1;
        result
    }

    /// One alternative must hold. Those that only judge are tried again whenever something has happened.
    pub(super) async fn one_of(
        &mut self,
        steps: &[Step],
        warnings: &mut Vec<Failure>,
    ) -> Result<(), Failure> {
        let dialect = self.run.declared;
        let able = steps
            .iter()
            .filter(|step| super::applicability::can_express(dialect, step));
        let (passive, active): (Vec<&Step>, Vec<&Step>) = able.partition(|step| only_judges(step));
        let began = Instant::now();
        let last = self.patience();
        let first = if active.is_empty() {
            last
        } else {
            self.until(self.run.pace.quiet())
        };
        let mut failed = match self.poll_alternatives(&passive, first, warnings).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        for step in &active {
            let before = self.members.clone();
            match self.step(step, warnings).await {
                Ok(()) => return Ok(()),
                Err(failure) => {
                    failed = Some(match failed {
                        Some(former) if !self.tells_more(&failure, &former) => former,
                        _ => failure,
                    });
                }
            }
            self.forgive(before);
        }
        if !active.is_empty()
            && let Ok(()) = self.poll_alternatives(&passive, last, warnings).await
        {
            return Ok(());
        }
        let Some(mut failure) = failed else {
            return Ok(());
        };
        failure.miss.waited = failure.miss.waited.max(began.elapsed());
        Err(failure)
    }

    /// Whether an alternative in which somebody acted tells more than that the connection is still open: the server does serve its
    /// client, in another way.
    fn tells_more(&self, failure: &Failure, former: &Failure) -> bool {
        let is_served = match failure.about {
            About::Heard { from, .. } => self.is_answered_since(from),
            _ => false,
        };
        former.miss.how == How::StillOpen
            && (is_served
                || !failure.miss.received.is_empty()
                || self.never_came_before(&failure.about))
    }

    /// Brings back what an alternative had claimed.
    pub(super) fn forgive(&mut self, before: Vec<super::stage::Member>) {
        for (member, former) in self.members.iter_mut().zip(before) {
            for (due, former) in member.dues.iter_mut().zip(former.dues) {
                if former.has_arrived() {
                    due.state = former.state;
                }
            }
        }
    }

    pub(super) async fn poll_alternatives(
        &mut self,
        steps: &[&Step],
        until: Instant,
        warnings: &mut Vec<Failure>,
    ) -> Result<(), Option<Failure>> {
        let outer = self.within;
        let mut failed = None;
        loop {
            let seen = self.clients.happenings();
            for step in steps {
                let before = self.members.clone();
                let noted = warnings.len();
                self.clients.checkpoint();
                self.within = Some(Instant::now());
                let result = self.step(step, warnings).await;
                self.within = outer;
                match result {
                    Ok(()) => {
                        self.clients.commit();
                        return Ok(());
                    }
                    Err(failure) => failed = Some(nearer(failed, failure)),
                }
                self.clients.restore();
                self.members = before;
                warnings.truncate(noted);
            }
            if Instant::now() >= until || steps.is_empty() {
                return Err(failed);
            }
            // What came while a later alternative was tried may be what an earlier one wants.
            if self.clients.happenings() == seen {
                self.clients.pump(until).await;
            }
        }
    }
}

/// Of two failed alternatives, the one that came closer.
fn nearer(former: Option<Failure>, next: Failure) -> Failure {
    let reach = |failure: &Failure| failure.miss.differs_at.unwrap_or(0);
    match former {
        Some(former) if reach(&former) >= reach(&next) => former,
        _ => next,
    }
}

/// Whether a step only judges what has come, and sends nothing.
fn only_judges(step: &Step) -> bool {
    match &step.action {
        Action::Do { verb, .. } => matches!(
            verb,
            Verb::Hear { .. }
                | Verb::HearPrivately { .. }
                | Verb::See { .. }
                | Verb::IsWelcomed
                | Verb::IsPrompted
                | Verb::IsRefused(_)
                | Verb::IsAcknowledged
                | Verb::IsAcknowledgedPrivately
                | Verb::IsToldGoodbye
                | Verb::IsTold { .. }
                | Verb::Expect { .. }
                | Verb::IsDisconnected
        ),
        Action::Block { steps, .. } => steps.iter().all(only_judges),
        Action::Crowd { .. } | Action::ServerStillServes => false,
    }
}

/// Whether a step makes its client do something.
fn acts(step: &Step) -> bool {
    match &step.action {
        Action::Do { verb, .. } => {
            !only_judges(step)
                && !matches!(
                    verb,
                    Verb::HearNothing
                        | Verb::NotSee { .. }
                        | Verb::IsStillConnected
                        | Verb::ListIncludes(_)
                        | Verb::ListExcludes(_)
                        | Verb::ListIsExactly(_)
                )
        }
        _ => false,
    }
}
