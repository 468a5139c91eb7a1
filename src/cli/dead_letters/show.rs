//! Lists and single letters.

use super::Desk;
use crate::intake::letters_shown::{Body, body};
use crate::store::port::LetterSearch;

impl Desk<'_> {
    pub(super) async fn list(&mut self, search: LetterSearch, limit: usize) -> anyhow::Result<bool> {
        let found = self.letters.store.read(move |tx| tx.letters_list(&search, None, limit)).await?;
        if found.is_empty() {
            writeln!(self.out, "{}", self.lang.pick("no dead letters", "没有无法接收的事件"))?;
        }
        let times = self.lang.pick("times", "次");
        for line in found {
            let place = format!("{}/{}/{}", line.origin.topic, line.origin.partition, line.origin.offset);
            writeln!(
                self.out,
                "{:>8}  {}  {:>4} {times}  {:<18} {place}  {}",
                line.number, line.last_at, line.seen, line.reason, line.detail
            )?;
        }
        Ok(true)
    }

    pub(super) async fn show(&mut self, number: i64) -> anyhow::Result<bool> {
        let Some(kept) = self.letters.store.read(move |tx| tx.letter_load(number)).await? else {
            return self.none(number);
        };
        let letter = &kept.letter;
        let origin = &letter.origin;
        let [from, first, last, seen, headers] = match self.lang {
            super::Lang::En => ["from", "first seen", "last seen", "times seen", "headers"],
            super::Lang::Zh => ["来源", "首次出现", "最近出现", "出现次数", "头信息"],
        };
        writeln!(self.out, "{number}  {}: {}", letter.reason, letter.detail)?;
        writeln!(self.out, "{from}: {} / {} / {}", origin.topic, origin.partition, origin.offset)?;
        writeln!(self.out, "{first}: {}  {last}: {}  {seen}: {}", letter.at, kept.last_at, kept.seen)?;
        writeln!(self.out, "{headers}:")?;
        for (name, value) in &letter.headers {
            let value = match body(value) {
                Body::Text(text) => text,
                Body::Hex(dump) => dump.trim_end().to_owned(),
            };
            writeln!(self.out, "  {}: {value}", crate::intake::letters_shown::plain(name))?;
        }
        match body(&letter.raw) {
            Body::Text(text) => writeln!(self.out, "\n{text}")?,
            Body::Hex(dump) => write!(self.out, "\n{dump}")?,
        }
        Ok(true)
    }

    pub(super) async fn log(&mut self, limit: usize) -> anyhow::Result<bool> {
        let acts = self.letters.store.read(move |tx| tx.letter_acts(None, limit)).await?;
        if acts.is_empty() {
            writeln!(self.out, "{}", self.lang.pick("nothing was done with any yet", "尚无处理记录"))?;
        }
        for act in acts {
            let place = format!("{}/{}/{}", act.origin.topic, act.origin.partition, act.origin.offset);
            writeln!(
                self.out,
                "{}  {:<16} {:<6} {:>8}  {place}  {} -> {}",
                act.at,
                act.author,
                act.deed.as_str(),
                act.letter,
                act.reason,
                act.outcome
            )?;
        }
        Ok(true)
    }

    pub(super) fn none(&mut self, number: i64) -> anyhow::Result<bool> {
        let said = self.lang.pick("there is no dead letter", "没有编号为此的事件:");
        writeln!(self.out, "{said} {number}")?;
        Ok(false)
    }
}
