//! The forecast as a picture: the chance that an order has been handed over, over time.

use forewarn_core::{Instant, Span};

use crate::console::Speech;
use crate::console::story::OrderFile;

const WIDTH: i64 = 640;
const HEIGHT: i64 = 150;
/// Points of the curve; one every few pixels.
const STEPS: u32 = 96;
/// The picture ends where this share, in parts per million, has been handed over.
const END: u32 = 970_000;

/// A curve within a box of 640 by 150, with marks on its time axis.
pub(super) struct Curve {
    pub(super) line: String,
    pub(super) area: String,
    pub(super) marks: Vec<Mark>,
    /// Where the time axis begins and ends.
    pub(super) first: String,
    pub(super) last: String,
}

/// A moment on the time axis.
pub(super) struct Mark {
    pub(super) x: i64,
    pub(super) label: String,
    pub(super) class: &'static str,
    /// Which of the rows above the picture its label stands in, so that labels do not run into each other.
    pub(super) row: i64,
    /// `start`, `middle` or `end`: so that a label stays within the picture.
    pub(super) anchor: &'static str,
}

/// The picture for an order; `None` when nothing is forecast for it.
pub(super) fn curve(file: &OrderFile, t: &Speech) -> Option<Curve> {
    let (now, ship_by, quote) = (file.now, file.ship_by(), file.honest_date());
    let end = file.outlook.by(END)?;
    let from = ship_by.map_or(now, |at| at.min(now));
    let last = [Some(end), ship_by, quote].into_iter().flatten().max()?;
    let to = last + Span::from_ms(((last - from).ms() / 12).max(3_600_000));
    let x = |at: Instant| (at - from).ms() * WIDTH / (to - from).ms().max(1);
    let points: Vec<String> = file
        .outlook
        .curve(from, to, STEPS)
        .into_iter()
        .map(|(at, share)| format!("{},{:.1}", x(at), height(share)))
        .collect();
    let line = points.join(" ");
    let expected = if quote == file.told_date() { "curve.quoted" } else { "curve.expected" };
    let moments = [
        (Some(now), "curve.now", "now"),
        (ship_by, "curve.ship_by", "due"),
        (quote.filter(|at| Some(*at) != ship_by), expected, "told"),
    ];
    let mark = |(row, (at, key, class)): (i64, (Instant, &str, &'static str))| {
        let place = x(at);
        let anchor = if place < 90 {
            "start"
        } else if place > WIDTH - 90 {
            "end"
        } else {
            "middle"
        };
        Mark { x: place, label: t.with(key, t.time(&at)), class, row, anchor }
    };
    let mut present: Vec<_> = moments.into_iter().filter_map(|(at, key, class)| Some((at?, key, class))).collect();
    present.sort_by_key(|(at, ..)| *at);
    Some(Curve {
        area: format!("0,{HEIGHT} {line} {WIDTH},{HEIGHT}"),
        line,
        first: t.time(&from),
        last: t.time(&to),
        marks: (0..).zip(present).map(mark).collect(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a height of 150 is exact in a double")]
fn height(share: f64) -> f64 {
    (1.0 - share) * HEIGHT as f64
}
