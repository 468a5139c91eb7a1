//! Small pictures as SVG: axes, lines, bars and dots, with every number written out.

use std::fmt::Write as _;

/// The drawing area within a picture of 460 by 300.
const LEFT: f64 = 52.0;
const TOP: f64 = 14.0;
const WIDTH: f64 = 392.0;
const HEIGHT: f64 = 232.0;
/// Marks on an axis.
const MARKS: u32 = 5;

/// One axis: what it measures, how far it goes, and how a number on it is said.
#[derive(Clone, Copy)]
pub(super) struct Axis<'a> {
    pub(super) name: &'a str,
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) unit: Unit,
}

/// How numbers of an axis are said.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// As a share in percent.
    Percent,
    /// As a whole number.
    Whole,
}

impl Axis<'_> {
    fn share(&self, value: f64) -> f64 {
        let width = self.to - self.from;
        if width > 0.0 { ((value - self.from) / width).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn say(&self, value: f64) -> String {
        match self.unit {
            Unit::Percent => format!("{:.0}%", value * 100.0),
            Unit::Whole => format!("{value:.0}"),
        }
    }
}

/// A picture under way.
pub(super) struct Plot<'a> {
    x: Axis<'a>,
    y: Axis<'a>,
    svg: String,
}

impl<'a> Plot<'a> {
    /// Axes with their marks and nothing between them; `title` is what a reader who cannot see it is told.
    pub(super) fn new(title: &str, x: Axis<'a>, y: Axis<'a>) -> Self {
        let mut plot = Self { x, y, svg: String::new() };
        plot.put(&format!(r#"<svg viewBox="0 0 460 300" role="img" aria-label="{}">"#, escaped(title)));
        for n in 0..=MARKS {
            let share = f64::from(n) / f64::from(MARKS);
            let (at_x, at_y) = (LEFT + share * WIDTH, TOP + (1.0 - share) * HEIGHT);
            let (said_x, said_y) = (x.say(x.from + share * (x.to - x.from)), y.say(y.from + share * (y.to - y.from)));
            plot.put(&format!(
                r#"<line class="grid" x1="{LEFT}" x2="{:.1}" y1="{at_y:.1}" y2="{at_y:.1}"/>"#,
                LEFT + WIDTH
            ));
            plot.put(&format!(
                r#"<text class="mark" x="{at_x:.1}" y="{:.1}" text-anchor="middle">{said_x}</text>"#,
                TOP + HEIGHT + 16.0
            ));
            plot.put(&format!(
                r#"<text class="mark" x="{:.1}" y="{:.1}" text-anchor="end">{said_y}</text>"#,
                LEFT - 6.0,
                at_y + 4.0
            ));
        }
        let (middle, below) = (LEFT + WIDTH / 2.0, TOP + HEIGHT + 36.0);
        plot.put(&format!(
            r#"<text class="name" x="{middle}" y="{below}" text-anchor="middle">{}</text>"#,
            escaped(x.name)
        ));
        plot.put(&format!(r#"<text class="name" x="{LEFT}" y="10" text-anchor="start">{}</text>"#, escaped(y.name)));
        plot
    }

    /// A line through `points`.
    pub(super) fn line(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let places: Vec<String> = points.map(|(x, y)| format!("{:.1},{:.1}", self.at_x(x), self.at_y(y))).collect();
        self.put(&format!(r#"<polyline class="{class}" points="{}"/>"#, places.join(" ")));
    }

    /// A dot, its numbers told when pointed at, and `label` beside it.
    pub(super) fn dot(&mut self, class: &str, (x, y): (f64, f64), label: &str) {
        let (at_x, at_y) = (self.at_x(x), self.at_y(y));
        let told = format!("{} → {}", self.x.say(x), self.y.say(y));
        self.put(&format!(
            r#"<circle class="{class}" cx="{at_x:.1}" cy="{at_y:.1}" r="4"><title>{told}</title></circle>"#
        ));
        if !label.is_empty() {
            // A label stays within the picture.
            let (shift, anchor) = if at_x > LEFT + WIDTH - 80.0 { (-6.0, "end") } else { (6.0, "start") };
            let (beside, low) = (at_x + shift, at_y + 14.0);
            let label = escaped(label);
            self.put(&format!(
                r#"<text class="mark" x="{beside:.1}" y="{low:.1}" text-anchor="{anchor}">{label}</text>"#
            ));
        }
    }

    /// A bar from `low` to `high`, `width` wide on the x axis and centred on `x`.
    pub(super) fn bar(&mut self, class: &str, x: f64, width: f64, (low, high): (f64, f64)) {
        let (from, to) = (self.at_x(x - width / 2.0), self.at_x(x + width / 2.0));
        let (top, bottom) = (self.at_y(high), self.at_y(low));
        let told = format!("{}: {}", self.x.say(x), self.y.say(high - low));
        self.put(&format!(
            r#"<rect class="{class}" x="{from:.1}" y="{top:.1}" width="{:.1}" height="{:.1}"><title>{told}</title></rect>"#,
            to - from,
            bottom - top
        ));
    }

    /// An upright line at `x` with `label` at its head.
    pub(super) fn upright(&mut self, class: &str, x: f64, label: &str) {
        let at = self.at_x(x);
        let (bottom, head) = (TOP + HEIGHT, TOP + 10.0);
        self.put(&format!(r#"<line class="{class}" x1="{at:.1}" x2="{at:.1}" y1="{TOP}" y2="{bottom}"/>"#));
        self.put(&format!(r#"<text class="mark" x="{:.1}" y="{head}">{}</text>"#, at + 4.0, escaped(label)));
    }

    /// The finished picture.
    pub(super) fn finish(mut self) -> String {
        self.put("</svg>");
        self.svg
    }

    fn at_x(&self, x: f64) -> f64 {
        LEFT + self.x.share(x) * WIDTH
    }

    fn at_y(&self, y: f64) -> f64 {
        TOP + (1.0 - self.y.share(y)) * HEIGHT
    }

    fn put(&mut self, piece: &str) {
        // Writing into a string cannot fail.
        writeln!(self.svg, "{piece}").unwrap_or_default();
    }
}

/// Text with what HTML would read as its own written out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}
