//! Reading again and dropping, one by one or all of a sort.

use super::{Chosen, Desk};
use crate::engine::Taken;
use crate::store::port::LetterDeed;

impl Desk<'_> {
    /// Does `deed` with the chosen letters; `false` when one was not there or refused again.
    pub(super) async fn act(&mut self, deed: LetterDeed, chosen: &Chosen) -> anyhow::Result<bool> {
        if chosen.numbers.is_empty() {
            return self.act_on_all(deed, chosen).await;
        }
        let mut all = true;
        for number in &chosen.numbers {
            all &= match deed {
                LetterDeed::Retry => self.retry(*number).await?,
                LetterDeed::Drop => self.drop_one(*number).await?,
            };
        }
        Ok(all)
    }

    async fn retry(&mut self, number: i64) -> anyhow::Result<bool> {
        let Some(taken) = self.letters.retry(number, &self.author).await? else { return self.none(number) };
        let refused = matches!(taken, Taken::DeadLetter(_));
        let said = if refused {
            self.lang.pick("refused again", "仍被拒绝")
        } else {
            self.lang.pick("taken", "已接收")
        };
        writeln!(self.out, "{number}  {said}: {}", taken.as_str())?;
        Ok(!refused)
    }

    async fn drop_one(&mut self, number: i64) -> anyhow::Result<bool> {
        if !self.letters.drop(number, &self.author).await? {
            return self.none(number);
        }
        writeln!(self.out, "{number}  {}", self.lang.pick("dropped", "已丢弃"))?;
        Ok(true)
    }

    async fn act_on_all(&mut self, deed: LetterDeed, chosen: &Chosen) -> anyhow::Result<bool> {
        let (search, mut after) = (chosen.which.search(), 0);
        let (mut done, mut refused) = (0, 0);
        loop {
            let chunk = self.letters.chunk(deed, &search, after, &self.author).await?;
            (done, refused, after) = (done + chunk.done, refused + chunk.refused, chunk.last);
            if !chunk.more {
                break;
            }
        }
        let said = match deed {
            LetterDeed::Retry => self.lang.pick("taken", "已接收"),
            LetterDeed::Drop => self.lang.pick("dropped", "已丢弃"),
        };
        let again = self.lang.pick("refused again", "仍被拒绝");
        writeln!(self.out, "{said}: {done}  {again}: {refused}")?;
        Ok(refused == 0)
    }
}
