//! Where intake is stopped, and the word that lets it go on.

use anyhow::bail;

use super::{Desk, Leave};
use crate::intake::Reason;
use crate::store::port::Pass;

impl Desk<'_> {
    pub(super) async fn stopped(&mut self) -> anyhow::Result<bool> {
        let now = self.letters.clock.now();
        let (stopped, passes) = self.letters.store.read(move |tx| Ok((tx.watches_stopped()?, tx.passes(now)?))).await?;
        if stopped.is_empty() {
            writeln!(self.out, "{}", self.lang.pick("intake is stopped nowhere", "没有停止接收之处"))?;
        }
        for watch in stopped {
            let Some((since, why)) = &watch.stopped else { continue };
            writeln!(self.out, "{}/{}  {since}  {why}", watch.place.0, watch.place.1)?;
        }
        for pass in &passes {
            self.tell(pass)?;
        }
        Ok(true)
    }

    pub(super) async fn pass(&mut self, leave: Leave) -> anyhow::Result<bool> {
        if leave.count.is_none() && leave.time.is_none() && leave.which.reason.is_none() {
            bail!(
                "{}",
                self.lang.pick(
                    "say how many (--next), how long (--for) or which reason (--reason)",
                    "请说明条数(--next)、时长(--for)或原因(--reason)"
                )
            );
        }
        if let Some(reason) = leave.which.reason.as_deref().filter(|name| Reason::parse(name).is_none()) {
            bail!("{} `{reason}`", self.lang.pick("there is no reason called", "没有这个原因:"));
        }
        let now = self.letters.clock.now();
        let mut pass = Pass {
            number: 0,
            topic: leave.which.topic,
            partition: leave.partition,
            reason: leave.which.reason,
            left: leave.count,
            until: leave.time.map(|time| now + time),
            author: self.author.clone(),
            at: now,
        };
        let kept = pass.clone();
        pass.number = self.letters.store.write(move |tx| tx.pass_add(&kept)).await?;
        self.tell(&pass)?;
        Ok(true)
    }

    pub(super) async fn unpass(&mut self, number: i64) -> anyhow::Result<bool> {
        let (author, now) = (self.author.clone(), self.letters.clock.now());
        let ended = self.letters.store.write(move |tx| tx.pass_end(number, &author, now)).await?;
        let said = if ended {
            self.lang.pick("no longer lets anything pass:", "不再放行:")
        } else {
            self.lang.pick("no pass holds with the number", "没有生效的放行规则:")
        };
        writeln!(self.out, "{said} {number}")?;
        Ok(ended)
    }

    fn tell(&mut self, pass: &Pass) -> anyhow::Result<()> {
        let any = || "*".to_owned();
        let place = format!(
            "{}/{}",
            pass.topic.clone().unwrap_or_else(any),
            pass.partition.map_or_else(any, |partition| partition.to_string())
        );
        let left = pass.left.map_or_else(any, |left| left.to_string());
        let until = pass.until.map_or_else(any, |until| until.to_string());
        let reason = pass.reason.clone().unwrap_or_else(any);
        let [passes, letters, till, by] = match self.lang {
            super::Lang::En => ["pass", "letters", "until", "by"],
            super::Lang::Zh => ["放行", "条", "直到", "操作人"],
        };
        let (number, author) = (pass.number, &pass.author);
        writeln!(self.out, "{passes} {number}: {place} {reason}, {left} {letters}, {till} {until}, {by} {author}")?;
        Ok(())
    }
}
