//! The words a shop must not say to a waiting buyer, by language.

use crate::copy::locale::language;

/// One of the things a notice must never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// What the words do, for a finding's message.
    pub(super) fault: &'static str,
    /// What to write instead.
    pub(super) remedy: &'static str,
    chinese: &'static [&'static str],
    english: &'static [&'static str],
}

/// The five never-dos.
pub(super) const NEVER: [Rule; 5] = [
    Rule {
        fault: "is vague about time",
        remedy: "name the date, or say plainly that there is none yet",
        chinese: &[
            "快了",
            "尽快",
            "很快",
            "马上就",
            "马上发",
            "稍后",
            "不日",
            "近期",
            "近日",
            "过几天",
            "过段时间",
            "晚些时候",
            "在催了",
            "尽早",
            "陆续",
            "不知道什么时候",
            "说不好",
            "随后",
        ],
        english: &[
            "soon",
            "shortly",
            "asap",
            "as soon as possible",
            "as soon as we can",
            "any day now",
            "in due course",
            "sometime",
            "some time",
            "before long",
            "in a while",
            "momentarily",
            "don't know when",
            "do not know when",
        ],
    },
    Rule {
        fault: "puts the blame on someone else",
        remedy: "say what happened and own it; the buyer bought from the shop",
        chinese: &[
            "仓库的问题",
            "仓库的错",
            "仓库搞错",
            "仓库漏",
            "仓库太慢",
            "快递太慢",
            "快递的问题",
            "快递公司的问题",
            "物流的问题",
            "物流太慢",
            "厂家的问题",
            "供应商的问题",
            "跟我们没关系",
            "与我们无关",
            "不是我们的",
            "不怪我们",
            "我们也没办法",
            "不可抗力",
            "您填错",
            "您自己",
        ],
        english: &[
            "warehouse's fault",
            "warehouse is to blame",
            "carrier's fault",
            "courier's fault",
            "carrier is to blame",
            "supplier's fault",
            "because the warehouse",
            "because the carrier",
            "because the courier",
            "because of the carrier",
            "because of the warehouse",
            "not our fault",
            "out of our hands",
            "beyond our control",
            "nothing we can do",
            "nothing to do with us",
            "your own fault",
            "your mistake",
            "you entered the wrong",
        ],
    },
    Rule {
        fault: "promises what nobody can be sure of",
        remedy: "give the expected date and how sure it is",
        chinese: &[
            "肯定",
            "一定会",
            "一定能",
            "一定到",
            "一定发",
            "一定送",
            "保证",
            "绝对",
            "必定",
            "必达",
            "百分百",
            "100%能",
            "100%会",
            "100%准时",
            "务必送达",
            "准时送达",
            "说到做到",
            "绝不再",
        ],
        english: &[
            "guarantee",
            "guaranteed",
            "guarantees",
            "definitely",
            "certainly",
            "without fail",
            "we promise",
            "for sure",
            "100% sure",
            "100% certain",
            "no matter what",
            "rest assured",
            "never again",
            "no doubt",
        ],
    },
    Rule {
        fault: "talks down to the buyer",
        remedy: "take the buyer's side; leave out reproach and sarcasm",
        chinese: &[
            "催什么",
            "别催",
            "勿催",
            "不要催",
            "急什么",
            "急的话",
            "别买",
            "才半天",
            "才几天",
            "爱买不买",
            "不要再问",
            "自己看",
            "恕不",
            "早就说过",
            "怎么还",
            "稍安勿躁",
        ],
        english: &[
            "calm down",
            "be patient",
            "your patience is required",
            "stop asking",
            "stop writing",
            "as we already told you",
            "as already stated",
            "if you are in a hurry",
            "don't buy",
            "do not buy",
            "only been",
            "you should have",
            "read the",
        ],
    },
    Rule {
        fault: "leaves the buyer alone",
        remedy: "say what happens next and how to reach a person",
        chinese: &[
            "等着吧",
            "会发的",
            "耐心等",
            "请等待",
            "等通知",
            "等消息",
            "不再回复",
            "请勿回复",
            "无需回复",
            "不用回复",
            "无人值守",
            "自行联系",
            "自行处理",
            "自行查询",
            "不再跟进",
        ],
        english: &[
            "just wait",
            "please wait",
            "do not reply",
            "don't reply",
            "no-reply",
            "noreply",
            "not monitored",
            "unmonitored",
            "bear with us",
            "nothing further",
            "it will ship when",
            "no further updates",
            "case closed",
        ],
    },
];

/// Says a coupon has arrived; true only once the coupon system has said so.
pub(super) const ARRIVED: Rule = Rule {
    fault: "says the coupon is in the account while it is only set aside",
    remedy: "say so only inside {% if compensation.state == \"granted\" %}",
    chinese: &[
        "已到账",
        "已经到账",
        "已发放",
        "已经发放",
        "已存入",
        "已经存入",
        "已放进",
        "已经放进",
        "已发到",
        "已经发到",
        "已经在您",
        "已在您",
        "已入账",
        "在您的账户里了",
        "在您账户里了",
    ],
    english: &[
        "is in your account",
        "is now in your account",
        "is already in your account",
        "has been added",
        "have added",
        "we added",
        "has been credited",
        "credited to your",
        "is now available",
        "has arrived in your account",
    ],
};

/// Apologises; right only where something is late.
pub(super) const APOLOGY: Rule = Rule {
    fault: "apologises although nothing is late",
    remedy: "apologise only where the letter tells of a delay",
    chinese: &["抱歉", "对不起", "道歉", "过意不去", "不好意思", "致歉"],
    english: &["sorry", "apologise", "apologize", "apology", "apologies", "regret", "feel bad"],
};

/// Ways to say the opposite, taken out of a Chinese text before it is searched.
const DENIALS: [&str; 6] = ["不能保证", "无法保证", "不敢保证", "没法保证", "不保证", "不肯定"];

/// The first phrase of the rule in the text, read in the locale's language.
///
/// Languages without a list have no phrases; their texts are judged by the other checks alone.
pub(super) fn find(rule: &Rule, locale: &str, text: &str) -> Option<&'static str> {
    match language(locale) {
        "zh" => {
            let text = DENIALS.iter().fold(text.to_owned(), |text, denial| text.replace(denial, ""));
            rule.chinese.iter().copied().find(|phrase| text.contains(phrase))
        }
        "en" => {
            let text = text.to_lowercase().replace('’', "'");
            let said = |phrase: &&str| says(&text, phrase);
            rule.english.iter().copied().find(said)
        }
        _ => None,
    }
}

/// Whether the text holds the phrase as whole words.
fn says(text: &str, phrase: &str) -> bool {
    let outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase)
        .any(|(at, found)| outside(text[..at].chars().next_back()) && outside(text[at + found.len()..].chars().next()))
}
