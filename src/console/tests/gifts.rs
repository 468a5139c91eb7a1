//! What a buyer was given, with what went wrong on the way.

use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::{GrantId, NoticeId};
use forewarn_core::notice::Kind;

use super::sample::{Sample, ZH, key};
use crate::engine::Purpose;
use crate::store::port::{GrantRow, NoticeRow, NoticeState};

/// Gives the order a second coupon, in a notice that failed; both coupons are in the account.
async fn give_twice(sample: &Sample) {
    let step = |tx: &mut dyn crate::store::Tx| {
        let order = key(ZH, "QH-1001");
        let told = tx.notices_of(&order)?.into_iter().find(|n| n.kind == Kind::DelayWarning).unwrap();
        let again = NoticeRow {
            notice_id: NoticeId::new("n-again").unwrap(),
            key: "again".into(),
            kind: Kind::DelayUpdate,
            state: NoticeState::Failed,
            sent_at: None,
            composed: None,
            outcome: Some("550 5.1.1 no such user".into()),
            ..told.clone()
        };
        let given = tx.grants_of(&order)?.into_iter().find(|g| g.notice_key == told.key).unwrap();
        let first = GrantRow { status: GrantStatus::Granted, ..given };
        let second =
            GrantRow { grant_id: GrantId::new("g-again").unwrap(), notice_key: again.key.clone(), ..first.clone() };
        tx.notices_add(&[again])?;
        tx.grant_save(&first)?;
        tx.grant_save(&second)
    };
    sample.store.write(step).await.unwrap();
}

#[tokio::test]
async fn every_coupon_is_named_and_the_one_nobody_was_told_of_is_marked() {
    let sample = Sample::full().await;
    give_twice(&sample).await;
    let cookie = sample.log_in(&sample.operations).await;
    let page = sample.get(&format!("/orders/{ZH}/QH-1001?lang=zh-CN"), &cookie).await;
    page.shows("共 ¥16.00 优惠券已经在您的账户里");
    page.shows("通知：延误更新（失败）");
    assert_eq!(page.body.matches("通知未送达").count(), 1, "only the second");
    let link = sample.engine.identity().links.to(Purpose::Order, &key(ZH, "QH-1001"));
    let buyers = sample.get(&link.replace("http://127.0.0.1:8080", ""), "").await;
    buyers.shows("为这次延误补偿的 ¥16.00 优惠券已到账");
}

#[tokio::test]
async fn a_failed_notice_says_why_where_its_subject_would_stand() {
    let sample = Sample::full().await;
    give_twice(&sample).await;
    let cookie = sample.log_in(&sample.operations).await;
    sample.get("/notices?state=failed", &cookie).await.shows("550 5.1.1 no such user");
    let page = sample.get("/notices/n-again?lang=zh-CN", &cookie).await;
    page.shows("没有写成，也不会再发");
    page.hides("为什么发");
}
