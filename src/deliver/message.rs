//! Between a claimed message and its channel: as it is handed over, and what the outcome means for it.

use super::backoff::next_delay;
use super::breaker::Shows;
use super::channel::{Class, Outcome, Outgoing, Recipient, RetryClass, ToldOrder};
use super::gate::Destination;
use crate::engine::{Attempt, Message, Remark};
use crate::store::port::NoticeRow;

/// Where a message goes, as far as limits go.
pub(super) fn destination(message: &Message) -> Destination {
    let composed = message.lead.composed.as_ref();
    composed.map_or_else(|| Destination::new("", ""), |c| Destination::new(&c.channel, c.to.reveal()))
}

/// What the outcome shows of its channel. A refused recipient shows that the channel works; one that is too busy may be so
/// because of us.
pub(super) fn shows(outcome: &Outcome) -> Shows {
    match outcome {
        Outcome::Sent { .. } | Outcome::Failed { .. } => Shows::Works,
        Outcome::Unknown { .. } => Shows::Fails,
        Outcome::Retry { class, .. } => match class {
            RetryClass::Network | RetryClass::Timeout | RetryClass::Config => Shows::Fails,
            RetryClass::Greylisted => Shows::Works,
            RetryClass::Busy => Shows::Nothing,
        },
    }
}

/// What the outcome means for a message. All its notices were first attempted together, so its first one's count of
/// attempts is everybody's.
pub(super) fn attempt(message: &Message, outcome: Outcome) -> Attempt {
    let notice = &message.lead;
    match outcome {
        Outcome::Sent { receipt } => Attempt::Sent { receipt },
        Outcome::Failed { reason } => Attempt::Failed { reason },
        Outcome::Unknown { reason } => Attempt::Unknown { reason },
        Outcome::Retry { class, after, reason } => {
            let seed = forewarn_core::digest::ppm(&[notice.notice_id.as_str()]);
            match next_delay(notice.attempts, class, after, u64::from(seed)) {
                Some(after) => Attempt::Retry { after, reason },
                None => {
                    let last = Box::new(Remark::read(&reason));
                    Attempt::Failed { reason: Remark::GivenUp(notice.attempts, last).to_string() }
                }
            }
        }
    }
}

/// The message as its channel takes it; nothing when it has no words, which no claim leaves so.
pub(super) fn outgoing(message: &Message, reply_to: Option<String>) -> Option<Outgoing> {
    let notice = &message.lead;
    let composed = notice.composed.as_ref()?;
    let told = |notice: &NoticeRow| ToldOrder {
        notice_id: notice.notice_id.to_string(),
        order_id: notice.order.order_id.to_string(),
        kind: notice.kind.to_string(),
    };
    Some(Outgoing {
        notice_id: notice.notice_id.to_string(),
        message_id: composed.message_id.clone(),
        attempt: notice.attempts,
        kind: notice.kind.to_string(),
        template: composed.template.clone(),
        class: if composed.promotional { Class::Promotional } else { Class::Service },
        merchant_id: notice.order.merchant_id.to_string(),
        order_id: notice.order.order_id.to_string(),
        orders: message.notices().map(told).collect(),
        locale: composed.locale.clone(),
        to: Recipient::new(composed.to.reveal()),
        from_name: Some(composed.shop.clone()),
        reply_to,
        subject: composed.subject.clone(),
        text: composed.text.clone(),
        html: composed.html.clone(),
        unsubscribe_url: composed.unsubscribe_url.clone(),
        variables: composed.variables.clone(),
    })
}
