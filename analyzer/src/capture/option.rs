//! The options that end most pcapng blocks (draft-ietf-opsawg-pcapng §3.5).

use super::order::Order;

/// `opt_comment`, in every block.
pub(super) const COMMENT: u16 = 1;
/// `epb_dropcount`.
pub(super) const PACKET_DROPS: u16 = 4;

/// One option: a code whose meaning depends on the block, and its value without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodedOption<'a> {
    pub(super) code: u16,
    pub(super) value: &'a [u8],
}

/// The options in `bytes`, up to the end mark, the end, or the first that runs past the end.
pub(super) fn walk(mut bytes: &[u8], order: Order) -> impl Iterator<Item = CodedOption<'_>> {
    std::iter::from_fn(move || {
        let code = order.u16(bytes, 0).filter(|code| *code != 0)?;
        let length = usize::from(order.u16(bytes, 2)?);
        let value = bytes.get(4..4 + length)?;
        bytes = bytes
            .get(4 + length.next_multiple_of(4)..)
            .unwrap_or_default();
        Some(CodedOption { code, value })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &[(u16, &[u8])]) {
        let found: Vec<_> = walk(bytes, Order::Little)
            .map(|option| (option.code, option.value))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_padded_to_four_bytes() {
        check(
            &[1, 0, 1, 0, b'x', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
            &[(1, b"x"), (2, b"")],
        );
    }

    #[test]
    fn the_end_mark_may_be_absent() {
        check(&[9, 0, 1, 0, 6, 0, 0, 0], &[(9, &[6])]);
    }

    #[test]
    fn an_option_that_runs_past_its_block_ends_the_list() {
        check(&[9, 0, 1, 0, 6, 0, 0, 0, 1, 0, 144, 1, b'x'], &[(9, &[6])]);
    }
}
