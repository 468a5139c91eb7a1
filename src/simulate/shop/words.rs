//! What buyers write, in their own language.

/// What a buyer asks who has waited long enough.
pub(super) fn chases(chinese: bool) -> &'static [&'static str] {
    if chinese {
        &["请问我的订单什么时候发货？", "在吗？还没发货是缺货了吗", "麻烦催一下仓库，周末要用", "到底哪天能发出来呀"]
    } else {
        &[
            "Where is my order?",
            "Any news on when this ships?",
            "I leave on Friday, will it be here?",
            "Still not shipped?",
        ]
    }
}

/// Whether a note beside an order says that it is a present, which has its day.
pub(super) fn is_present(note: &str) -> bool {
    note.contains("送人") || note.contains("gift")
}

/// What a buyer writes beside an order.
pub(super) fn notes(chinese: bool) -> &'static [&'static str] {
    if chinese {
        &["请用顺丰", "送人的，不要放价格单", "工作日送货", "尽快发货，谢谢"]
    } else {
        &["Please leave at the back door.", "It's a gift, no invoice please.", "Ring twice."]
    }
}

/// Why a buyer cancels.
pub(super) fn second_thought(chinese: bool) -> &'static str {
    if chinese { "不想等了" } else { "changed my mind" }
}
