use protocol::lang::Lang;

use super::{Label, Ladder, Rung, text};
use crate::segment::Endpoint;

fn example() -> Ladder {
    let rung = |frame, from, to, label| Rung {
        frame,
        time: Some(frame as i64 * 1_500_000),
        from,
        to,
        label,
    };
    Ladder {
        columns: [50797, 50800, 55555]
            .map(|port| Endpoint::v4([192, 168, 0, 88], port))
            .to_vec(),
        rungs: vec![
            rung(1, 0, 2, Label::Control("SYN")),
            rung(2, 2, 0, Label::Control("SYN, ACK")),
            rung(4, 2, 1, Label::Message(b"NICK".to_vec())),
            rung(
                6,
                1,
                2,
                Label::Message("MSG \u{1b}[31mOlá, São João, e um texto longo demais".into()),
            ),
        ],
        left_out: 2,
    }
}

#[test]
fn arrows_go_between_the_lines_of_their_ends() {
    insta::assert_snapshot!(text(&example(), Lang::PtBr, 90));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    use unicode_width::UnicodeWidthStr;
    for width in [86, 100, 160] {
        for line in text(&example(), Lang::En, width).lines() {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}
