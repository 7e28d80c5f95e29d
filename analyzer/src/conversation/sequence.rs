//! Arithmetic on sequence numbers, which wrap at 2³² (RFC 9293 §3.4).

/// Whether `a` comes before `b`, both within 2³¹ of each other.
#[inline]
pub(crate) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Whether `a` comes after `b`.
#[inline]
pub(crate) fn after(a: u32, b: u32) -> bool {
    before(b, a)
}

/// How far it is from `from` to `to`; 0 if `to` is not after `from`.
#[inline]
pub(crate) fn distance(from: u32, to: u32) -> u32 {
    if after(to, from) {
        to.wrapping_sub(from)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_survives_the_wrap() {
        assert!(before(u32::MAX, 3));
        assert!(after(3, u32::MAX));
        assert!(!before(7, 7));
        assert_eq!(distance(u32::MAX, 3), 4);
        assert_eq!(distance(3, u32::MAX), 0);
    }
}
