//! The curves of a load as SVG: how it went over time, and how latency is spread.
//!
//! Colours come from the page's style, so a plot follows the reader's choice of dark or light. Knows no outcome: numbers in,
//! markup out.

use std::fmt::Write as _;
use std::time::Duration;

use maud::{Markup, html};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 34.0;

/// One curve: its class in the style, its name, its points from left to right.
pub(super) struct Curve<'a> {
    pub(super) class: &'static str,
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

/// A place on an axis and what stands there.
pub(super) struct Mark {
    pub(super) at: f64,
    pub(super) text: String,
}

/// An axis: its range, and its marks.
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) marks: Vec<Mark>,
}

impl Axis {
    fn place(&self, value: f64, length: f64) -> f64 {
        let range = (self.to - self.from).max(f64::MIN_POSITIVE);
        ((value - self.from) / range).clamp(0.0, 1.0) * length
    }
}

/// Curves over two axes.
pub(super) fn plot(title: &str, across: &Axis, up: &Axis, curves: &[Curve<'_>]) -> Markup {
    let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let x = |value: f64| LEFT + across.place(value, width);
    let y = |value: f64| TOP + height - up.place(value, height);
    html! {
        figure {
            figcaption {
                b { (title) }
                @for curve in curves {
                    " " span class=(format!("key {}", curve.class)) { (curve.name) }
                }
            }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
                @for mark in &up.marks {
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(number(y(mark.at))) y2=(number(y(mark.at))) {}
                    text.label x=(LEFT - 6.0) y=(number(y(mark.at) + 4.0)) text-anchor="end" { (mark.text) }
                }
                @for mark in &across.marks {
                    line.grid x1=(number(x(mark.at))) x2=(number(x(mark.at))) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                    text.label x=(number(x(mark.at))) y=(HEIGHT - BOTTOM + 18.0) text-anchor="middle" { (mark.text) }
                }
                @for curve in curves {
                    polyline class=(format!("curve {}", curve.class)) points=(points(curve, x, y)) {}
                }
            }
        }
    }
}

fn points(curve: &Curve<'_>, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut text = String::new();
    for (across, up) in &curve.points {
        // Writing to a string cannot fail.
        let _ = write!(text, "{},{} ", number(x(*across)), number(y(*up)));
    }
    text.truncate(text.trim_end().len());
    text
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

/// An axis of times in decades, around the times that are shown; a time's place on it is its [`log`].
pub(super) fn decades(
    times: impl Iterator<Item = Duration>,
    name: impl Fn(Duration) -> String,
) -> Axis {
    let logs: Vec<f64> = times.filter(|time| !time.is_zero()).map(log).collect();
    let least = logs.iter().copied().fold(f64::INFINITY, f64::min);
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (from, to) = match logs.is_empty() {
        true => (-6.0, 0.0),
        false => (least.floor(), most.ceil().max(least.floor() + 1.0)),
    };
    let marks = (from as i32..=to as i32).map(|decade| Mark {
        at: f64::from(decade),
        text: name(Duration::from_nanos(10_f64.powi(decade + 9).round() as u64)),
    });
    Axis {
        from,
        to,
        marks: marks.collect(),
    }
}

/// The place of a time on an axis of decades.
pub(super) fn log(time: Duration) -> f64 {
    time.as_secs_f64().max(1e-9).log10()
}

/// An axis from 0 with about so many round marks.
pub(super) fn linear(most: f64, about: f64, name: impl Fn(f64) -> String) -> Axis {
    let most = if most > 0.0 { most } else { 1.0 };
    let rough = most / about;
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * decade)
        .find(|step| *step >= rough)
        .unwrap_or(rough);
    let count = (most / step).ceil() as u32;
    let marks = (0..=count).map(|at| Mark {
        at: f64::from(at) * step,
        text: name(f64::from(at) * step),
    });
    Axis {
        from: 0.0,
        to: f64::from(count) * step,
        marks: marks.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_marks_around_what_they_show() {
        let axis = linear(9.7, 5.0, |value| value.to_string());
        let marks: Vec<_> = axis.marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(marks, ["0", "2", "4", "6", "8", "10"]);
        let times = [Duration::from_micros(150), Duration::from_millis(30)];
        let axis = decades(times.into_iter(), |time| format!("{time:?}"));
        let marks: Vec<_> = axis.marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(marks, ["100µs", "1ms", "10ms", "100ms"]);
        assert!(linear(0.0, 5.0, |value| value.to_string()).to > 0.0);
        assert_eq!(
            decades(std::iter::empty(), |_| String::new()).marks.len(),
            7
        );
    }
}
