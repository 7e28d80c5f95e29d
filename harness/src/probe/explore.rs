//! Trying common words where no built-in dialect fits, and keeping those that did something.
//!
//! A word is believed by its effect on another client, never by the answer alone: any server answers something.

use protocol::framing::Framing;
use protocol::message::CommandKind;

use super::cast::{Names, given};
use super::ends::{Ends, Knock, delimited};
use super::holds;
use super::line::{Caller, Line};
use super::words::{JOINS, LISTS, QUITS, SAYS, TELLS, Words};

/// What was tried for nothing, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Untried {
    /// Registrations for which neither time nor connections were left.
    pub joins: usize,
}

/// How often registrations are tried with a server that is so slow that it may have been misunderstood.
const ROUNDS: usize = 2;

/// Two clients in one room.
struct Pair {
    ana: Line,
    bia: Line,
    names: [String; 2],
}

/// A text that was never sent before.
#[derive(Default)]
struct Markers(u32);

impl Markers {
    fn next(&mut self) -> String {
        self.0 += 1;
        let letter = |at: u32| char::from(b"abcdefghij"[at as usize % 10]);
        format!(
            "ola kxq{}{}{}",
            letter(self.0 / 100),
            letter(self.0 / 10),
            letter(self.0)
        )
    }
}

/// Finds words that this server understands. Without any, and where only an echo comes back, the text alone is the message.
pub(super) async fn explore(
    caller: &mut Caller,
    knock: &Knock,
    names: &mut Names,
    ends: &mut Ends,
) -> (Words, Untried) {
    let mut search = Search {
        caller,
        names,
        markers: Markers::default(),
        greets: !knock.greeting.is_empty(),
    };
    if let Some(words) = search.without_registration(ends).await {
        return (words, Untried::default());
    }
    let joining = ends.joining.clone();
    for round in 0..ROUNDS {
        for (at, join) in likeliest(&JOINS, |join| join[0], &joining).enumerate() {
            if search.caller.is_over() {
                let joins = if round == 0 { JOINS.len() - at } else { 0 };
                return (Words::default(), Untried { joins });
            }
            if let Some(words) = search.registered(join, ends).await {
                return (words, Untried::default());
            }
        }
        if !search.caller.is_slow() {
            break;
        }
    }
    (Words::default(), Untried::default())
}

struct Search<'a> {
    caller: &'a mut Caller,
    names: &'a mut Names,
    markers: Markers,
    greets: bool,
}

impl Search<'_> {
    async fn pair(&mut self) -> Option<Pair> {
        let mut lines = [
            self.caller.call().await.ok()?,
            self.caller.call().await.ok()?,
        ];
        let mut names = [self.names.next(), self.names.next()];
        if self.greets {
            let own = [lines[0].own(), lines[1].own()];
            let [ana, bia] = &mut lines;
            // One after the other: a server may greet the second when it has taken the first.
            let mut greetings = vec![self.caller.hear(ana).await];
            greetings.push(self.caller.hear(bia).await);
            if let Some(found) = given(&greetings, &own) {
                names = [found[0].clone(), found[1].clone()];
            }
        }
        let [ana, bia] = lines;
        Some(Pair { ana, bia, names })
    }

    /// Whether bare text is understood of who has just connected: it reaches others, or the same comes back each time.
    async fn without_registration(&mut self, ends: &Ends) -> Option<Words> {
        let mut pair = self.pair().await?;
        let words = Words::default().with(CommandKind::Say, &["{text}"]);
        let mut echoes = Vec::new();
        for _ in 0..2 {
            let marker = self.markers.next();
            pair.ana
                .send(&ends.chatting.encode(marker.as_bytes()))
                .await;
            let heard = self
                .caller
                .hear_all(&mut [&mut pair.ana, &mut pair.bia])
                .await;
            if holds(&heard[1], &marker) {
                return Some(self.further(words, &mut pair, ends).await);
            }
            let own = String::from_utf8_lossy(&heard[0]).into_owned();
            echoes.extend(
                own.contains(&marker)
                    .then(|| own.replace(&marker, "{text}")),
            );
        }
        match &echoes[..] {
            [one, other] if one == other => Some(self.further(words, &mut pair, ends).await),
            _ => None,
        }
    }

    /// Whether a registration lets a client speak, and in which words.
    async fn registered(&mut self, join: &[&str], ends: &mut Ends) -> Option<Words> {
        let chatting = match &ends.joining {
            // Some servers read the name as it comes and lines from then on.
            Framing::Raw => vec![Framing::Raw, delimited(b"\n")],
            framing => vec![framing.clone()],
        };
        for framing in chatting {
            let registered = Words::default().with(CommandKind::Join, join);
            let mut pair = self.pair().await?;
            let steps = registered
                .join(&pair.names[0])
                .into_iter()
                .zip(registered.join(&pair.names[1]));
            for (ana, bia) in steps {
                pair.ana.send(&ends.joining.encode(&ana)).await;
                self.caller
                    .hear_all(&mut [&mut pair.ana, &mut pair.bia])
                    .await;
                pair.bia.send(&ends.joining.encode(&bia)).await;
                self.caller
                    .hear_all(&mut [&mut pair.ana, &mut pair.bia])
                    .await;
            }
            let found = match framing.is_delimited() {
                true => self.said_together(&registered, &mut pair, &framing).await,
                false => self.said_one_by_one(&registered, &mut pair, &framing).await,
            };
            if let Some(words) = found {
                ends.chatting = framing;
                return Some(self.further(words, &mut pair, ends).await);
            }
        }
        None
    }

    /// Tries all public messages in one go: each has its end, and a text of its own.
    async fn said_together(
        &mut self,
        registered: &Words,
        pair: &mut Pair,
        framing: &Framing,
    ) -> Option<Words> {
        let tried: Vec<_> = likeliest(&SAYS, |say| say, framing)
            .map(|say| {
                let words = registered.clone().with(CommandKind::Say, &[say]);
                let marker = self.markers.next();
                let content = words.say(&pair.names[0], &marker);
                (words, marker, content)
            })
            .collect();
        for (_, _, content) in &tried {
            pair.ana.send(&framing.encode(content)).await;
        }
        let heard = self
            .caller
            .hear_all(&mut [&mut pair.ana, &mut pair.bia])
            .await;
        let found = tried
            .into_iter()
            .find(|(_, marker, _)| holds(&heard[1], marker));
        found.map(|(words, ..)| words)
    }

    /// Tries them one after the other, so that each is a message of its own; a server that says nothing to several is left alone.
    async fn said_one_by_one(
        &mut self,
        registered: &Words,
        pair: &mut Pair,
        framing: &Framing,
    ) -> Option<Words> {
        let mut silent = 0;
        for say in SAYS {
            let words = registered.clone().with(CommandKind::Say, &[say]);
            let marker = self.markers.next();
            let content = words.say(&pair.names[0], &marker);
            pair.ana.send(&framing.encode(&content)).await;
            let heard = self
                .caller
                .hear_all(&mut [&mut pair.ana, &mut pair.bia])
                .await;
            if holds(&heard[1], &marker) {
                return Some(words);
            }
            silent += usize::from(heard.iter().all(Vec::is_empty));
            if silent == 3 || pair.ana.is_closed() || pair.bia.is_closed() {
                break;
            }
        }
        None
    }

    /// Words for the rest, with two clients who are in.
    async fn further(&mut self, words: Words, pair: &mut Pair, ends: &Ends) -> Words {
        let words = self.list(words, pair, ends).await;
        let words = self.tell(words, pair, ends).await;
        self.quit(words, pair, ends).await
    }

    async fn list(&mut self, words: Words, pair: &mut Pair, ends: &Ends) -> Words {
        let [ana, bia] = pair.names.clone();
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        for list in likeliest(&LISTS, |list| list, &ends.chatting) {
            pair.ana.send(&ends.chatting.encode(list.as_bytes())).await;
            let heard = self
                .caller
                .hear_all(&mut [&mut pair.ana, &mut pair.bia])
                .await;
            let is_list = names(&heard[0], &bia) && (!is_number(&bia) || names(&heard[0], &ana));
            if is_list && !is_public(&words, &heard[1], list.as_bytes()) {
                return words.with(CommandKind::List, &[list]);
            }
            if pair.ana.is_closed() {
                break;
            }
        }
        words
    }

    async fn tell(&mut self, words: Words, pair: &mut Pair, ends: &Ends) -> Words {
        let speaks_as_itself = words
            .steps(CommandKind::Say)
            .last()
            .is_some_and(|say| say.starts_with("{nick}: "));
        for tell in TELLS {
            let tell = match speaks_as_itself {
                true => format!("{{nick}}: {tell}"),
                false => tell.to_owned(),
            };
            let marker = self.markers.next();
            let tried = Words::default().with(CommandKind::Tell, &[&tell]);
            let content = tried
                .tell(&pair.names[0], &pair.names[1], &marker)
                .unwrap_or_default();
            pair.ana.send(&ends.chatting.encode(&content)).await;
            let heard = self
                .caller
                .hear_all(&mut [&mut pair.ana, &mut pair.bia])
                .await;
            if holds(&heard[1], &marker) && !is_public(&words, &heard[1], &content) {
                return words.with(CommandKind::Tell, &[&tell]);
            }
            if pair.ana.is_closed() || pair.bia.is_closed() {
                break;
            }
        }
        words
    }

    async fn quit(&mut self, words: Words, pair: &mut Pair, ends: &Ends) -> Words {
        let is_framed = ends.chatting.is_delimited();
        let quits = likeliest(&QUITS, |quit| quit, &ends.chatting);
        for quit in quits.filter(|quit| is_framed || !quit.is_empty()) {
            pair.bia.send(&ends.chatting.encode(quit.as_bytes())).await;
            self.caller
                .hear_all(&mut [&mut pair.ana, &mut pair.bia])
                .await;
            if pair.bia.is_closed() {
                return words.with(CommandKind::Quit, &[quit]);
            }
        }
        words
    }
}

/// Words in the order in which they are tried: where all messages are of one size, a letter usually stands for the word.
fn likeliest<'w, W>(
    words: &'w [W],
    text: impl Fn(&W) -> &str,
    framing: &Framing,
) -> impl Iterator<Item = &'w W> {
    let is_letter = |word: &W| {
        let text = text(word);
        let word = text.split('{').next().unwrap_or_default();
        word.len() == 1 && word.starts_with(|c: char| c.is_ascii_uppercase())
    };
    let first = matches!(framing, Framing::Fixed { .. });
    let (letters, others): (Vec<&W>, Vec<&W>) =
        words.iter().partition(|word| first && is_letter(word));
    letters.into_iter().chain(others)
}

/// Whether what was heard is what was sent behind the word of a public message: then it was one.
fn is_public(words: &Words, heard: &[u8], content: &[u8]) -> bool {
    let say = words
        .steps(CommandKind::Say)
        .last()
        .map_or("", String::as_str);
    let word = say.split('{').next().unwrap_or_default();
    let content = String::from_utf8_lossy(content);
    content
        .strip_prefix(word)
        .is_some_and(|rest| holds(heard, rest))
}

/// Whether a name stands there by itself: a number may be a name.
pub(super) fn names(bytes: &[u8], name: &str) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let is_alone = |at: usize| {
        let before = text[..at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        !name.bytes().all(|byte| byte.is_ascii_digit()) || !is_part(before) && !is_part(behind)
    };
    text.match_indices(name).any(|(at, _)| is_alone(at))
}
