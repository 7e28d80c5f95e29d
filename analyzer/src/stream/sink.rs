//! Where reassembled bytes go.

use crate::capture::Time;
use crate::conversation::{ConversationId, Direction, Side};

/// One direction of one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Who speaks.
    pub side: Side,
    /// Which way that is, by what was known when the bytes arrived.
    pub direction: Direction,
}

/// Takes the bytes of all conversations, each flow in order. Bytes are lent, never kept for it.
pub trait Sink {
    /// The next bytes of `flow`, all from `frame`.
    fn bytes(&mut self, flow: Flow, data: &[u8], frame: u64, time: Option<Time>);

    /// The next `length` bytes of `flow` are not in the capture.
    fn gap(&mut self, flow: Flow, length: u64);

    /// Bytes of this conversation will come soon: what they will need is best read now. What is returned means nothing.
    #[inline]
    fn warm(&self, conversation: ConversationId) -> u32 {
        let _ = conversation;
        0
    }

    /// A conversation begins; its number may have stood for another, which has ended.
    fn begins(&mut self, conversation: ConversationId) {
        let _ = conversation;
    }

    /// Bytes that came before, or another version of them: the first received stand. `offset` is the place in the flow,
    /// gaps included.
    fn again(&mut self, flow: Flow, offset: u64, data: &[u8], frame: u64) {
        let _ = (flow, offset, data, frame);
    }
}

/// Takes nothing: for whoever wants only the counts.
impl Sink for () {
    fn bytes(&mut self, _: Flow, _: &[u8], _: u64, _: Option<Time>) {}

    fn gap(&mut self, _: Flow, _: u64) {}
}

/// Both take everything.
impl<A: Sink, B: Sink> Sink for (A, B) {
    fn bytes(&mut self, flow: Flow, data: &[u8], frame: u64, time: Option<Time>) {
        self.0.bytes(flow, data, frame, time);
        self.1.bytes(flow, data, frame, time);
    }

    fn gap(&mut self, flow: Flow, length: u64) {
        self.0.gap(flow, length);
        self.1.gap(flow, length);
    }

    fn begins(&mut self, conversation: ConversationId) {
        self.0.begins(conversation);
        self.1.begins(conversation);
    }

    fn again(&mut self, flow: Flow, offset: u64, data: &[u8], frame: u64) {
        self.0.again(flow, offset, data, frame);
        self.1.again(flow, offset, data, frame);
    }
}

/// A borrowed sink is a sink.
impl<S: Sink> Sink for &mut S {
    #[inline]
    fn warm(&self, conversation: ConversationId) -> u32 {
        (**self).warm(conversation)
    }

    fn bytes(&mut self, flow: Flow, data: &[u8], frame: u64, time: Option<Time>) {
        (**self).bytes(flow, data, frame, time);
    }

    fn gap(&mut self, flow: Flow, length: u64) {
        (**self).gap(flow, length);
    }

    fn begins(&mut self, conversation: ConversationId) {
        (**self).begins(conversation);
    }

    fn again(&mut self, flow: Flow, offset: u64, data: &[u8], frame: u64) {
        (**self).again(flow, offset, data, frame);
    }
}

/// A sink that may be absent is a sink.
impl<S: Sink> Sink for Option<S> {
    fn bytes(&mut self, flow: Flow, data: &[u8], frame: u64, time: Option<Time>) {
        if let Some(sink) = self {
            sink.bytes(flow, data, frame, time);
        }
    }

    fn gap(&mut self, flow: Flow, length: u64) {
        if let Some(sink) = self {
            sink.gap(flow, length);
        }
    }

    fn begins(&mut self, conversation: ConversationId) {
        if let Some(sink) = self {
            sink.begins(conversation);
        }
    }

    fn again(&mut self, flow: Flow, offset: u64, data: &[u8], frame: u64) {
        if let Some(sink) = self {
            sink.again(flow, offset, data, frame);
        }
    }
}
