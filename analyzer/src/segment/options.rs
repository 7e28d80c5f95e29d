//! TCP options, decoded only when someone asks.

use etherparse::{TcpOptionElement, TcpOptionsIterator};

/// One TCP option that this program gives a meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption {
    /// Largest segment that the sender wants to receive, in bytes (RFC 9293 §3.7.1).
    MaximumSegmentSize(u16),
    /// The window is to be shifted left by this much (RFC 7323 §2).
    WindowScale(u8),
    /// Selective acknowledgements may be used (RFC 2018 §2).
    SackPermitted,
    /// Up to four received ranges of sequence numbers, left edge and right edge (RFC 2018 §3).
    Sack([Option<(u32, u32)>; 4]),
    /// The sender's clock and the last of the peer's that it saw (RFC 7323 §3).
    Timestamps {
        /// TSval.
        value: u32,
        /// TSecr.
        echo: u32,
    },
}

/// The option bytes of one TCP header, padding included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpOptions<'a>(pub &'a [u8]);

impl<'a> TcpOptions<'a> {
    /// The options known here, in their order; whatever is unknown or broken ends or is left out.
    pub fn iter(self) -> impl Iterator<Item = TcpOption> + 'a {
        TcpOptionsIterator::from_slice(self.0)
            .map_while(Result::ok)
            .filter_map(known)
    }

    /// The maximum segment size, if named.
    pub fn maximum_segment_size(self) -> Option<u16> {
        self.iter().find_map(|option| match option {
            TcpOption::MaximumSegmentSize(size) => Some(size),
            _ => None,
        })
    }

    /// The window scale, if named.
    pub fn window_scale(self) -> Option<u8> {
        self.iter().find_map(|option| match option {
            TcpOption::WindowScale(shift) => Some(shift),
            _ => None,
        })
    }

    /// Whether selective acknowledgements are permitted.
    pub fn sack_permitted(self) -> bool {
        self.iter().any(|option| option == TcpOption::SackPermitted)
    }

    /// TSval and TSecr, if present.
    pub fn timestamps(self) -> Option<(u32, u32)> {
        self.iter().find_map(|option| match option {
            TcpOption::Timestamps { value, echo } => Some((value, echo)),
            _ => None,
        })
    }
}

fn known(element: TcpOptionElement) -> Option<TcpOption> {
    Some(match element {
        TcpOptionElement::MaximumSegmentSize(size) => TcpOption::MaximumSegmentSize(size),
        TcpOptionElement::WindowScale(shift) => TcpOption::WindowScale(shift),
        TcpOptionElement::SelectiveAcknowledgementPermitted => TcpOption::SackPermitted,
        TcpOptionElement::SelectiveAcknowledgement(first, [second, third, fourth]) => {
            TcpOption::Sack([Some(first), second, third, fourth])
        }
        TcpOptionElement::Timestamp(value, echo) => TcpOption::Timestamps { value, echo },
        TcpOptionElement::Noop => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_a_usual_syn_are_decoded() {
        let bytes = [
            2, 4, 0x05, 0xb4, // MSS 1460
            4, 2, // SACK permitted
            8, 10, 0, 0, 0, 7, 0, 0, 0, 9, // timestamps
            1, 3, 3, 8, // NOP, window scale
        ];
        let options = TcpOptions(&bytes);
        assert_eq!(options.maximum_segment_size(), Some(1460));
        assert!(options.sack_permitted());
        assert_eq!(options.timestamps(), Some((7, 9)));
        assert_eq!(options.window_scale(), Some(8));
    }

    #[test]
    fn a_cut_option_ends_the_list_and_keeps_what_came_before() {
        let options = TcpOptions(&[2, 4, 0x05, 0xb4, 8, 10, 0]);
        assert_eq!(
            options.iter().collect::<Vec<_>>(),
            [TcpOption::MaximumSegmentSize(1460)]
        );
    }
}
