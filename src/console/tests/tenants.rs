//! A merchant sees its own shop and nothing of any other, wherever it looks.

use super::sample::{Sample, ZH};
use crate::store::port::{NoticeSearch, OrderSearch, OverviewAsk, SuppressedSearch};
use forewarn_core::Span;
use forewarn_core::ids::MerchantId;

#[tokio::test]
async fn no_list_shows_a_foreign_shop() {
    let sample = Sample::full().await;
    let cookie = sample.log_in(&sample.merchant).await;
    let paths = [
        "/",
        "/live",
        "/notices",
        "/notices?merchant=northwind",
        "/notices?q=NW-2001",
        "/notices?q=b-ada",
        "/orders",
        "/orders?merchant=northwind",
        "/orders?q=NW-",
        "/orders?q=northwind/NW-2001",
        "/orders?q=b-ada",
        "/orders?view=overdue",
        "/desk",
        "/desk?view=closed",
        "/desk?merchant=northwind",
        "/v1/desk",
        "/v1/desk?view=closed",
        "/suppressed",
        "/expedite",
        "/expedite?merchant=northwind",
        "/v1/expedite?merchant=northwind",
        "/suppressed?q=NW-",
        "/v1/notices",
        "/v1/notices?merchant=northwind",
    ];
    for path in paths {
        let page = sample.get(path, &cookie).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        // What was typed into the search stands in the form again; what was found does not.
        for foreign in [
            "Standing desk",
            ">NW-2001<",
            ">NW-2002<",
            ">NW-2003<",
            ">NW-2004<",
            "/orders/northwind",
            "\"order_id\":\"NW-",
        ] {
            page.hides(foreign);
        }
    }
    sample.get("/orders", &cookie).await.shows("QH-1001");
}

#[tokio::test]
async fn the_store_itself_keeps_shops_apart() {
    let sample = Sample::full().await;
    let now = sample.clock_now();
    let (own, all) = sample
        .store
        .read(move |tx| {
            let shop = MerchantId::new(ZH).unwrap();
            let ask = OverviewAsk { now, day_from: now - Span::hours(10), week_from: now - Span::hours(168) };
            for line in tx.notices_list(Some(&shop), &NoticeSearch { limit: 500, ..NoticeSearch::default() })? {
                assert_eq!(line.order.merchant_id, shop);
            }
            for line in tx.orders_list(Some(&shop), &OrderSearch { limit: 500, ..OrderSearch::default() })? {
                assert_eq!(line.key.merchant_id, shop);
            }
            for line in
                tx.suppressed_list(Some(&shop), &SuppressedSearch { limit: 500, ..SuppressedSearch::default() })?
            {
                assert_eq!(line.order.merchant_id, shop);
            }
            Ok((tx.overview(Some(&shop), &ask)?, tx.overview(None, &ask)?))
        })
        .await
        .unwrap();
    let sum = |sent: &[(forewarn_core::notice::Kind, u64, u64)]| sent.iter().map(|(_, _, week)| week).sum::<u64>();
    assert!(own.open > 0 && own.open < all.open, "{} of {}", own.open, all.open);
    assert!(sum(&own.sent) > 0 && sum(&own.sent) < sum(&all.sent));
    assert_eq!((own.dead_letters, all.dead_letters), (0, 1));
    assert_eq!(own.chases, 1);
}
