//! What `forewarn check --store` says about each finding, and what to do.

use forewarn_core::zone::Tongue;

use crate::store::Finding;

/// What is wrong and what to do about it, in one line.
pub(super) fn line(finding: &Finding, tongue: Tongue) -> String {
    match tongue {
        Tongue::English => format!("{}; {}", fault(finding), remedy(finding)),
        Tongue::Chinese => format!("{};{}", fault_in_chinese(finding), remedy_in_chinese(finding)),
    }
}

fn fault(finding: &Finding) -> String {
    match finding {
        Finding::Structure(line) => format!("the file is damaged ({line})"),
        Finding::LostSteps { commits } => {
            format!("the write-ahead log is damaged; behind the damage it holds {commits} or more kept steps")
        }
        Finding::Row { what, id, why } => format!("{what} `{id}` is damaged ({why})"),
        Finding::NoticeWithoutOrder { notice, order } => {
            format!("notice `{notice}` speaks about order `{order}`, which is not there")
        }
        Finding::OrderWithoutNotice { order, key } => {
            format!("order `{order}` counts on notice `{key}`, which is not in the outbox")
        }
        Finding::Tags { order } => format!("order `{order}` is not found by what its row says"),
        Finding::Books { read, ended } => {
            format!("the books do not balance: {read} events read, {ended} accounted for")
        }
        Finding::Desk { order } => format!("what order `{order}` has open on the desk is not what is open there"),
        Finding::Grant { grant } => format!("grant `{grant}` gives nothing"),
        Finding::Offset { topic, partition } => format!("the offset of {topic}/{partition} cannot be"),
        Finding::OldSchema { found, known } => {
            format!("the schema is version {found}, this program's is {known}; the rows were not looked at")
        }
    }
}

fn remedy(finding: &Finding) -> &'static str {
    match finding {
        Finding::OldSchema { .. } => "start the service once, which upgrades it, and check again",
        Finding::Tags { .. } => "stop the service, keep a copy of the file, and restore the newest backup; report it",
        Finding::Offset { .. } | Finding::Books { .. } | Finding::Grant { .. } | Finding::Desk { .. } => {
            "nothing is sent wrongly by this alone; restore the newest backup, and report it"
        }
        _ => "stop the service, keep a copy of the files, look at the disk, and restore the newest backup",
    }
}

fn fault_in_chinese(finding: &Finding) -> String {
    match finding {
        Finding::Structure(line) => format!("数据库文件已损坏({line})"),
        Finding::LostSteps { commits } => format!("预写日志已损坏，损坏处之后至少有 {commits} 个已提交的步骤无法读出"),
        Finding::Row { what, id, why } => format!("{what} `{id}` 已损坏({why})"),
        Finding::NoticeWithoutOrder { notice, order } => format!("通知 `{notice}` 对应的订单 `{order}` 不存在"),
        Finding::OrderWithoutNotice { order, key } => format!("订单 `{order}` 等待的通知 `{key}` 不在发件箱中"),
        Finding::Tags { order } => format!("订单 `{order}` 的检索标签与其内容不符"),
        Finding::Books { read, ended } => format!("账目不平：读入 {read} 个事件，有去处的 {ended} 个"),
        Finding::Desk { order } => format!("订单 `{order}` 记得的人工待办与待办列表不一致"),
        Finding::Grant { grant } => format!("补偿 `{grant}` 的金额不是正数"),
        Finding::Offset { topic, partition } => format!("{topic}/{partition} 的位移不合理"),
        Finding::OldSchema { found, known } => {
            format!("库结构是第 {found} 版，本程序是第 {known} 版，尚未检查各行数据")
        }
    }
}

fn remedy_in_chinese(finding: &Finding) -> &'static str {
    match finding {
        Finding::OldSchema { .. } => "请先启动一次服务完成升级，再检查",
        Finding::Tags { .. } => "请停止服务，保留文件副本，恢复最近的备份，并报告此问题",
        Finding::Offset { .. } | Finding::Books { .. } | Finding::Grant { .. } | Finding::Desk { .. } => {
            "仅此一项不会导致错发；请恢复最近的备份，并报告此问题"
        }
        _ => "请停止服务，保留文件副本，检查磁盘，然后恢复最近的备份",
    }
}
