//! What must hold when all is over, and the table of what was done.

use std::collections::BTreeMap;
use std::io::Write as _;

use forewarn::store::port::{Book, NoticeSearch, NoticeState};
use forewarn::store::{StoreError, Tx};

use super::load::{Load, part_of};
use super::post::{Mood, Post};
use crate::process::events::due;

/// One line of the table.
pub(super) struct Fault {
    /// The part of the orders that were told while it lasted.
    pub(super) part: &'static str,
    pub(super) name: &'static str,
    pub(super) times: usize,
    /// Seconds from the end of the fault until everything waiting was worked off.
    pub(super) recovered: f64,
}

/// What the store holds at the end.
pub(super) struct Ledger {
    books: BTreeMap<Book, u64>,
    /// State of each order's notices.
    notices: BTreeMap<String, Vec<NoticeState>>,
}

/// Sums over some orders.
#[derive(Clone, Copy, Default)]
struct Sums {
    orders: usize,
    unknown: usize,
    lost: usize,
    double: usize,
}

impl Ledger {
    pub(super) fn read(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let search = NoticeSearch { limit: 10_000_000, ..NoticeSearch::default() };
        let mut notices = BTreeMap::<String, Vec<NoticeState>>::new();
        for line in tx.notices_list(None, &search)? {
            let order = line.order.order_id.to_string();
            let (_, number) = part_of(&order);
            assert_eq!(line.kind, due(number), "{order}");
            notices.entry(order).or_default().push(line.state);
        }
        Ok(Self { books: tx.books()?.into_iter().collect(), notices })
    }

    /// Each event applied once, each owed notice there once; then prints one line a fault and one a mood of the mail
    /// server, and sees that nothing was lost or came twice. At most `window` notices may be unknown.
    pub(super) fn balance(&self, title: &str, load: &Load, post: &Post, faults: &[Fault], window: usize) {
        let all = load.events.len() as u64;
        assert_eq!((self.books[&Book::Read], self.books[&Book::Applied]), (all, all), "{:?}", self.books);
        let mut by_part = BTreeMap::<&str, Sums>::new();
        let orders: std::collections::BTreeSet<&str> =
            load.events.iter().map(|event| event["data"]["order_id"].as_str().unwrap()).collect();
        assert_eq!((orders.len(), self.notices.len()), (load.owed(), load.owed()), "one notice an order");
        let sums: Vec<(&str, Sums)> = orders.iter().map(|order| (*order, self.one(order, post))).collect();
        for (order, one) in &sums {
            by_part.entry(part_of(order).0).or_default().add(*one);
        }
        let mut table =
            format!("\n{title}\n| fault | times | events | notices | unknown | lost | double | recovered |\n");
        for fault in faults {
            let sums = by_part.get(fault.part).copied().unwrap_or_default();
            table += &sums.line(fault.name, fault.times, &format!("{:.1} s", fault.recovered));
        }
        table += &moods(&sums, post);
        let mut total = Sums::default();
        by_part.values().for_each(|sums| total.add(*sums));
        table += &total.line("all", faults.iter().map(|fault| fault.times).sum(), "");
        std::io::stdout().write_all(table.as_bytes()).unwrap();
        assert_eq!((total.lost, total.double), (0, 0), "nothing lost, nothing twice");
        assert!(total.unknown <= window, "{} unknown, and at most {window} could be", total.unknown);
    }

    /// What the ledger says of an order against what the mail server has.
    fn one(&self, order: &str, post: &Post) -> Sums {
        let book = post.book();
        let states = self.notices.get(order).map_or(&[][..], Vec::as_slice);
        let times = book.orders.get(order).copied().unwrap_or(0);
        let refused = book.met.get(order).is_some_and(|met| met.iter().any(|(mood, _)| *mood == Mood::Never));
        let as_listed = match states {
            [NoticeState::Sent] => times == 1,
            [NoticeState::Unknown] => true,
            [NoticeState::Failed] => refused && times == 0,
            _ => false,
        };
        Sums {
            orders: 1,
            unknown: usize::from(states.contains(&NoticeState::Unknown)),
            lost: usize::from(!as_listed),
            double: usize::from(times > 1 || states.len() > 1),
        }
    }
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.orders += other.orders;
        self.unknown += other.unknown;
        self.lost += other.lost;
        self.double += other.double;
    }

    fn line(&self, name: &str, times: usize, recovered: &str) -> String {
        let Self { orders, unknown, lost, double } = self;
        format!("| {name} | {times} | {} | {orders} | {unknown} | {lost} | {double} | {recovered} |\n", 5 * orders)
    }
}

/// One line a mood, over the orders that met it. It has recovered when the last of those was taken.
fn moods(sums: &[(&str, Sums)], post: &Post) -> String {
    let names = [
        (Mood::Busy, "SMTP: 452 at RCPT"),
        (Mood::Never, "SMTP: 550 at RCPT (failed, not repeated)"),
        (Mood::SilentAtRcpt, "SMTP: no answer to RCPT"),
        (Mood::SilentAtEnd, "SMTP: taken, no answer"),
        (Mood::DropsTaken, "SMTP: taken, line cut"),
        (Mood::DropsLost, "SMTP: not taken, line cut after the final dot"),
    ];
    let mut table = String::new();
    for (mood, name) in names {
        let book = post.book();
        let (mut of, mut times, mut last_met, mut last_taken) = (Sums::default(), 0, None, None);
        for (order, one) in sums {
            let met = book.met.get(*order).into_iter().flatten().filter(|(met, _)| *met == mood);
            let met: Vec<_> = met.map(|(_, at)| *at).collect();
            if !met.is_empty() {
                of.add(*one);
                times += met.len();
                last_met = last_met.max(met.into_iter().max());
                last_taken = last_taken.max(book.taken.get(*order).copied());
            }
        }
        if times > 0 {
            let recovered = last_met.zip(last_taken).map_or(0.0, |(met, taken)| (taken - met).as_secs_f64());
            table += &of.line(name, times, &format!("{recovered:.1} s"));
        }
    }
    table
}
