//! What was noted on a notice, in the reader's language; what a channel said stays as it was said.

use super::Speech;
use crate::engine::Remark;

/// The remark that was noted as `text`.
pub(super) fn remark(text: &str, t: &Speech) -> String {
    say(&Remark::read(text), t)
}

fn say(remark: &Remark<'_>, t: &Speech) -> String {
    match remark {
        Remark::Kept => t.say("remark.kept"),
        Remark::QuietHours => t.say("remark.quiet_hours"),
        Remark::SetAside => t.say("remark.set_aside"),
        Remark::Withdrawn(why) => t.name("why", why),
        Remark::Damaged => t.say("remark.damaged"),
        Remark::Gone => t.say("remark.gone"),
        Remark::Stranded => t.say("remark.stranded"),
        Remark::Restored(from) => t.with("remark.restored", from),
        Remark::Alone => t.say("remark.alone"),
        Remark::Unwritable => t.say("remark.unwritable"),
        Remark::Crowded => t.say("remark.crowded"),
        Remark::Spread => t.say("remark.spread"),
        Remark::LeftAlone => t.say("remark.left_alone"),
        Remark::Again(last) => t.with("remark.again", say(last, t)),
        Remark::Open(last) => t.with("remark.open", say(last, t)),
        Remark::Arrived(by) => t.with("remark.arrived", by),
        Remark::Asked(by) => t.with("remark.asked", by),
        Remark::NoChannel(name) => t.with("remark.no_channel", t.name("channel", name)),
        Remark::GivenUp(attempts, last) => {
            t.fill("remark.given_up", &[&t.count("unit.attempts", u64::from(*attempts)), &say(last, t)])
        }
        // The store names a row it cannot read in English, with its id, which stands on the page already.
        Remark::Said(text) if is_unreadable(text) => t.say("remark.unreadable"),
        Remark::Said(text) => (*text).to_owned(),
    }
}

/// Whether a text is the store's word on a row it cannot read.
fn is_unreadable(text: &str) -> bool {
    text.starts_with("store: ") && text.contains(" cannot be read; it is damaged or was written by a newer version")
}

#[cfg(test)]
mod tests {
    use forewarn_core::zone::Zone;

    use super::*;
    use crate::console::Language;

    #[test]
    fn our_own_remarks_are_said_in_the_readers_language() {
        let read = |language, text| remark(text, &Speech::new(language, Zone::default()));
        let given_up = Remark::GivenUp(8, Box::new(Remark::Said("smtp rcpt: 451 4.7.1"))).to_string();
        let no_channel = Remark::GivenUp(1, Box::new(Remark::NoChannel("sms"))).to_string();
        let damaged = crate::store::StoreError::Damaged { what: "notice", id: "n-1".into(), source: "sum".into() };
        let damaged = damaged.to_string();
        let all = ["kept in the mailbox", "opted_out", &given_up, &no_channel, "250 2.0.0 OK", &damaged];
        assert_eq!(
            all.map(|text| read(Language::Chinese, text)),
            [
                "已送入内置邮箱（未接外部渠道）",
                "买家不接收",
                "试了 8 次后放弃：smtp rcpt: 451 4.7.1",
                "试了 1 次后放弃：没有配置渠道「短信」，请补上，或从规则的渠道里去掉",
                "250 2.0.0 OK",
                "这条通知的记录已损坏，或由更新的版本写入，读不出来；不会发出",
            ]
        );
        assert_eq!(
            all.map(|text| read(Language::English, text)),
            [
                "Delivered to the built-in mailbox (no outside channel configured)",
                "Buyer opted out",
                "Given up after 8 attempts: smtp rcpt: 451 4.7.1",
                "Given up after 1 attempt: No channel “Text message” is configured; add it, or take it out of the policy's channels",
                "250 2.0.0 OK",
                "Its record is damaged or was written by a newer version; it will not be sent",
            ]
        );
    }
}
