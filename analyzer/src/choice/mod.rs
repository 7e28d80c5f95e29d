//! Which conversations of a capture are the chat, in which dialect, and why.
//!
//! A capture holds more than one looks for: the chat may be one of forty streams, or absent though the file is called
//! «chat». Content decides; a port is a hint, and names nothing. What was chosen is kept with its reason, and so is every other
//! server that was seen.

mod content;
mod effort;
mod fit;
mod member;
mod tally;

pub use content::Content;
pub use fit::Fit;
pub use member::Member;
pub use tally::{Heard, Tallied, Tally, together};

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::thread;

use protocol::Dialect;
use protocol::message::Direction;
use rustc_hash::FxHashSet;

use crate::conversation::{Conversation, Opening};
use crate::dissect::{Dissector, Texts};
use crate::finding::{Finding, findings, is_raw};
use crate::segment::Endpoint;
use crate::survey::Survey;
use effort::Effort;
use member::Orientation;

/// How many conversations of one server are tried out to know its dialect.
const SAMPLE: usize = 8;

/// So many servers that are tried are worth a second thread.
const MANY: usize = 8;

/// What the user asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'d> {
    /// The dialects to try.
    pub dialects: &'d [Dialect],
    /// Whether the dialect is given, and need not prove itself.
    pub given: bool,
    /// Only conversations with a server at this port.
    pub port: Option<u16>,
    /// Only conversations of clients at this address.
    pub client: Option<IpAddr>,
    /// Only this conversation, counted from 0 in the order of first frames.
    pub stream: Option<usize>,
}

impl<'d> Wish<'d> {
    /// Whichever of these dialects fits best, wherever it does.
    #[must_use]
    pub fn any(dialects: &'d [Dialect]) -> Self {
        Self {
            dialects,
            given: false,
            port: None,
            client: None,
            stream: None,
        }
    }

    fn allows(&self, one: &Conversation, at: usize) -> bool {
        let has_port = |port| one.server.port() == port || one.client.port() == port;
        let has_client = |ip| one.client.ip() == ip || one.server.ip() == ip;
        self.port.is_none_or(has_port)
            && self.client.is_none_or(has_client)
            && self.stream.is_none_or(|stream| stream == at)
    }
}

/// Why a chat was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its content fits a dialect best.
    Content,
    /// The user gave the dialect.
    Given,
}

/// What was found at one server's address and port.
#[derive(Clone, Debug)]
pub struct Service<'d> {
    /// Where the server is.
    pub server: Endpoint,
    /// How many conversations it had.
    pub conversations: usize,
    /// How many of them carried payload.
    pub spoke: usize,
    /// What kind of payload that was.
    pub content: Content,
    /// The dialect that fits best, where one fits at all.
    pub dialect: Option<&'d Dialect>,
    /// How well.
    pub fit: Fit,
}

/// The chat of a capture.
#[derive(Clone, Debug)]
pub struct Chat<'d> {
    /// What is spoken.
    pub dialect: &'d Dialect,
    /// Why these conversations and this dialect.
    pub reason: Reason,
    /// How well it fits.
    pub fit: Fit,
    /// Where the server is: one address, or several of the same host.
    pub servers: Vec<Endpoint>,
    /// The clients' conversations, in the order of their first frames, which is that of their numbers.
    pub members: Vec<Member>,
    /// What was not as the dialect says.
    pub findings: Vec<Finding>,
}

/// What was chosen, and what there was to choose from.
#[derive(Clone, Debug, Default)]
pub struct Choice<'d> {
    /// The chat; none if no dialect fits.
    pub chat: Option<Chat<'d>>,
    /// Every server that was seen, the best fit first.
    pub services: Vec<Service<'d>>,
}

/// Finds the chat, with so many threads at most; what is found does not depend on them.
#[must_use]
pub fn choose<'d>(survey: &Survey, wish: Wish<'d>, threads: usize) -> Choice<'d> {
    let effort = Effort::new(survey, wish);
    let groups = by_server(&effort);
    let tried = effort.worth_trying(&groups);
    let mut services = services(&effort, &groups, &tried, threads);
    services.sort_by_key(|one| std::cmp::Reverse(one.rank(wish)));
    let best = services
        .first()
        .filter(|one| wish.given || one.fit.is_enough());
    let best = best.and_then(|one| Some((one, one.dialect?)));
    let chat = best.map(|(one, dialect)| {
        let servers = same_host(&services, one);
        let members = groups
            .iter()
            .filter(|(server, _)| servers.contains(server))
            .flat_map(|(_, members)| members)
            .copied();
        chat(&effort, dialect, one.fit, servers.clone(), members)
    });
    Choice { chat, services }
}

impl Service<'_> {
    /// The greater, the likelier it is the chat; a known port decides only between equals.
    fn rank(&self, wish: Wish<'_>) -> (bool, u32, u32, bool, usize) {
        let usual_port = self
            .dialect
            .is_some_and(|dialect| dialect.port == self.server.port());
        let wanted = wish.given && self.spoke > 0;
        (
            self.fit.is_enough() || wanted,
            self.fit.per_mille(),
            self.fit.strong,
            usual_port,
            self.spoke,
        )
    }
}

/// The other addresses of the chosen server: what was sent to it over its loopback, or by a broken mixture of both.
fn same_host(services: &[Service<'_>], chosen: &Service<'_>) -> Vec<Endpoint> {
    let is_loopback = |one: &Service<'_>| one.server.ip().is_loopback();
    let belongs = |one: &&Service<'_>| {
        one.server == chosen.server
            || (one.server.port() == chosen.server.port()
                && one.dialect.map(|dialect| &dialect.name)
                    == chosen.dialect.map(|dialect| &dialect.name)
                && (is_loopback(one) || is_loopback(chosen)))
    };
    services
        .iter()
        .filter(belongs)
        .map(|one| one.server)
        .collect()
}

/// Conversations by their server, each with whether its roles are turned round.
type Groups = BTreeMap<Endpoint, Vec<(usize, bool)>>;

/// The conversations by server; where nobody saw who opened, by who behaves as one.
fn by_server(effort: &Effort<'_, '_>) -> Groups {
    let (survey, wish) = (effort.survey, effort.wish);
    let mut groups = Groups::new();
    let allowed = survey.conversations.iter().enumerate();
    for (at, one) in allowed.filter(|(at, one)| wish.allows(one, *at)) {
        let turned = member::is_turned(effort, one);
        let server = if turned { one.client } else { one.server };
        if wish.port.is_none_or(|port| port == server.port()) {
            groups.entry(server).or_default().push((at, turned));
        }
    }
    groups
}

/// What was found at each server, in their order. A second thread looks at half of them where there are many.
fn services<'d>(
    effort: &Effort<'_, 'd>,
    groups: &Groups,
    tried: &FxHashSet<Endpoint>,
    threads: usize,
) -> Vec<Service<'d>> {
    let groups: Vec<_> = groups.iter().collect();
    let found = |effort: &Effort<'_, 'd>, groups: &[(&Endpoint, &Vec<(usize, bool)>)]| {
        let found = groups
            .iter()
            .map(|(server, members)| service(effort, **server, members, tried.contains(server)));
        found.collect::<Vec<_>>()
    };
    if threads < 2 || tried.len() < MANY {
        return found(effort, &groups);
    }
    let (survey, wish) = (effort.survey, effort.wish);
    let (first, second) = groups.split_at(groups.len() / 2);
    thread::scope(|scope| {
        let theirs = move || found(&Effort::new(survey, wish), second);
        match thread::Builder::new().spawn_scoped(scope, theirs) {
            Ok(theirs) => {
                let mut all = found(effort, first);
                let theirs = theirs.join();
                all.extend(theirs.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
                all
            }
            Err(_) => found(effort, &groups),
        }
    })
}

fn service<'d>(
    effort: &Effort<'_, 'd>,
    server: Endpoint,
    members: &[(usize, bool)],
    is_tried: bool,
) -> Service<'d> {
    let wish = effort.wish;
    let orientation = |(at, turned): &(usize, bool)| Orientation::of(effort.survey, *at, *turned);
    let spoke: Vec<_> = members
        .iter()
        .filter_map(orientation)
        .filter(Orientation::spoke)
        .collect();
    let content = spoke.first().map_or(Content::None, Orientation::content);
    let sample = spoke.get(..SAMPLE).unwrap_or(&spoke);
    let is_usual = |dialect: &Dialect| dialect.port == server.port();
    let is_readable = is_tried && (wish.given || content == Content::Text);
    let fits = is_readable.then(|| fits(effort, sample, is_usual));
    let best = fits.into_iter().flatten().max_by_key(|(dialect, fit)| {
        (
            fit.is_enough(),
            fit.per_mille(),
            fit.strong,
            is_usual(dialect),
        )
    });
    let (dialect, fit) = match best {
        Some((dialect, fit)) if wish.given || fit.is_enough() => (Some(dialect), fit),
        Some((_, fit)) => (None, fit),
        None => (None, Fit::default()),
    };
    Service {
        server,
        conversations: members.len(),
        spoke: spoke.len(),
        content,
        dialect,
        fit,
    }
}

/// How well each dialect fits a sample. One that fits in part is not looked at further where another explains all: it cannot
/// be the better.
fn fits<'d>(
    effort: &Effort<'_, 'd>,
    sample: &[Orientation<'_>],
    is_usual: impl Fn(&Dialect) -> bool,
) -> Vec<(&'d Dialect, Fit)> {
    let sample = sample.iter().map(|one| one.beginning(effort.head));
    let sample: Vec<_> = sample.collect();
    let mut some_fits_all = false;
    let mut fit_of = |dissector: &Dissector<'d>| {
        let mut fit = Fit::default();
        for one in &sample {
            fit = fit.and(one.best_start(dissector).1);
            if some_fits_all && !fit.is_all() {
                return None;
            }
        }
        some_fits_all |= fit.is_enough() && fit.is_all();
        Some((dissector.dialect(), fit))
    };
    // The likeliest first; among equals the last of all dialects is taken, whichever was tried first.
    let mut fits: Vec<_> = effort.dissectors.iter().map(|_| None).collect();
    for usual in [true, false] {
        for (dissector, fit) in effort.dissectors.iter().zip(&mut fits) {
            if is_usual(dissector.dialect()) == usual {
                *fit = fit_of(dissector);
            }
        }
    }
    fits.into_iter().flatten().collect()
}

fn chat<'d>(
    effort: &Effort<'_, 'd>,
    dialect: &'d Dialect,
    fit: Fit,
    servers: Vec<Endpoint>,
    conversations: impl Iterator<Item = (usize, bool)>,
) -> Chat<'d> {
    let (survey, wish) = (effort.survey, effort.wish);
    let dissector = Dissector::new(dialect);
    let mut members: Vec<Member> = conversations
        .filter_map(|(at, turned)| Orientation::of(survey, at, turned))
        .filter(|one| !is_refused(one.conversation))
        .map(|one| one.member(&dissector, effort.head))
        .collect();
    members.sort_by_key(|member| member.id);
    let mut findings = judge(dialect, survey, &members);
    let is_doubtful = |one: &Finding| one.by == Direction::ToClient;
    // Then it may have been read wrongly while it was not known what others said.
    if is_raw(dialect) && findings.iter().any(is_doubtful) {
        reread(effort, dialect, &mut members);
        findings = judge(dialect, survey, &members);
    }
    Chat {
        dialect,
        reason: if wish.given {
            Reason::Given
        } else {
            Reason::Content
        },
        fit,
        servers,
        members,
        findings,
    }
}

fn judge(dialect: &Dialect, survey: &Survey, members: &[Member]) -> Vec<Finding> {
    let judged = members.iter().filter_map(|member| member.judged(survey));
    findings(dialect, &judged.collect::<Vec<_>>())
}

/// Reads all conversations once more, with what was said in them known.
fn reread(effort: &Effort<'_, '_>, dialect: &Dialect, members: &mut [Member]) {
    let texts = Texts::of(members.iter().map(|member| &member.dialogue));
    let dissector = Dissector::new(dialect).with_texts(texts);
    for member in members {
        member.read_again(effort, &dissector);
    }
}

/// Whether it never became a conversation.
fn is_refused(one: &Conversation) -> bool {
    matches!(
        one.opening,
        Opening::Refused | Opening::Unanswered | Opening::Abandoned
    )
}

impl Chat<'_> {
    /// The member of a conversation.
    #[must_use]
    pub fn member(&self, id: crate::conversation::ConversationId) -> Option<&Member> {
        let place = self.members.binary_search_by_key(&id, |member| member.id);
        self.members.get(place.ok()?)
    }

    /// All messages of all members in the order of their frames, each with its member.
    #[must_use]
    pub fn messages<'c>(&'c self) -> Vec<(&'c Member, &'c crate::dissect::Message)> {
        let of_member = |member: &'c Member| {
            // A message that was overtaken stands where its dialogue has it.
            let mut reached = 0;
            let messages = member.dialogue.messages.iter();
            messages.map(move |message| {
                reached = message.first_frame().max(reached);
                (reached, (member, message))
            })
        };
        let mut all: Vec<_> = self.members.iter().flat_map(of_member).collect();
        all.sort_by_key(|(reached, _)| *reached);
        all.into_iter().map(|(_, message)| message).collect()
    }

    /// The first bytes that the server said to anybody.
    #[must_use]
    pub fn first_of_server(&self) -> Option<(&Member, &crate::dissect::Message)> {
        self.messages()
            .into_iter()
            .find(|(_, message)| message.direction == Direction::ToClient)
    }
}

#[cfg(test)]
mod tests;
