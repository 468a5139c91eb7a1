//! From a due notice to the words that go out.

mod joint;
#[cfg(test)]
mod tests;

pub(super) use joint::can_join;

use forewarn_core::Instant;
use forewarn_core::because::{Evidence, Reason};
use forewarn_core::cause::{self, Cause};
use forewarn_core::decide::{Choices, Due, Told};
use forewarn_core::event::ExceptionKind;
use forewarn_core::grant::GrantStatus;
use forewarn_core::ids::LineId;
use forewarn_core::notice::Kind;
use forewarn_core::order::{Line, Order, Parcel};
use forewarn_core::policy::Policy;
use forewarn_core::promise;
use forewarn_core::zone::{Tongue, Zone, day_phrase, phrase};

use super::judge::Bench;
use super::record::notice_id;
use super::{Purpose, Shop};
use crate::copy::{Compensation, CompensationState, Letter, LineItem, ParcelRef, RenderError, Rendered};
use crate::store::port::{Companion, Composed, GrantRow, Json};

/// The language of a buyer who names none, in a shop that names none.
const LOCALE: &str = "zh-CN";

/// A date's share of certainty is told from so many orders behind the forecast on. Our choice: a share of 90 % seen
/// on 30 orders is known to within 11 points (95 % interval); on fewer the figure would say more than anybody knows.
const SHARE_FROM: u64 = 30;

/// What one notice is written from.
pub(super) struct Matter<'a> {
    /// The order.
    pub(super) order: &'a Order,
    /// The policy it was decided under.
    pub(super) policy: &'a Policy,
    /// What was told about it.
    pub(super) told: &'a Told,
    /// The notice.
    pub(super) due: &'a Due,
    /// What may be told of its compensation.
    pub(super) grant: Option<GrantRow>,
}

/// Everything words are made from.
struct Desk<'a> {
    bench: &'a Bench<'a>,
    order: &'a Order,
    policy: &'a Policy,
    told: &'a Told,
    due: &'a Due,
    grant: Option<&'a GrantRow>,
    shop: Shop,
    locale: String,
    zone: Zone,
}

/// Writes the message `message_id` that carries all of `matters` and gives each notice as it goes out.
///
/// # Errors
/// When a template is broken; the built-in ones are checked by tests, an operator's own by `forewarn check`.
pub(super) fn compose(
    bench: &Bench<'_>,
    matters: &[Matter<'_>],
    message_id: &str,
) -> Result<Vec<Composed>, RenderError> {
    let desks: Vec<Desk<'_>> = matters.iter().map(|matter| Desk::of(bench, matter)).collect();
    let letters: Vec<Letter> = desks.iter().map(Desk::letter).collect();
    let (Some(first), Some(own)) = (desks.first(), letters.first()) else { return Ok(Vec::new()) };
    let letter = if letters.len() > 1 { joint::over(first.due.kind, &letters) } else { own.clone() };
    let locale = &first.locale;
    let rendered = bench.engine.copy.render(locale, &letter)?;
    let message = Written {
        message_id,
        template: format!("{}.{}", letter.kind, letter.variant),
        promotional: desks.iter().any(|desk| desk.grant.is_some()),
        variables: Json::of(&letter).unwrap_or_default(),
        letter,
        rendered,
    };
    Ok(desks.iter().map(|desk| desk.composed(&message, &desks)).collect())
}

/// The language `order`'s buyer is written to in.
pub(super) fn locale_of(bench: &Bench<'_>, order: &Order) -> String {
    let wanted = order.buyer.as_ref().and_then(|b| b.locale.as_ref()).map(ToString::to_string);
    let of_shop = || bench.engine.identity.shops.get(&order.key.merchant_id).locale;
    wanted.or_else(of_shop).unwrap_or_else(|| LOCALE.into())
}

/// A message in its words, the same for every notice in it.
struct Written<'a> {
    message_id: &'a str,
    template: String,
    promotional: bool,
    variables: Json,
    letter: Letter,
    rendered: Rendered,
}

impl<'a> Desk<'a> {
    fn of(bench: &'a Bench<'a>, matter: &'a Matter<'a>) -> Self {
        let Matter { order, policy, told, due, ref grant } = *matter;
        Self {
            bench,
            order,
            policy,
            told,
            due,
            grant: grant.as_ref(),
            shop: bench.engine.identity.shops.get(&order.key.merchant_id),
            locale: locale_of(bench, order),
            zone: forewarn_core::decide::zone_of(order, policy),
        }
    }
}

impl Desk<'_> {
    fn composed(&self, message: &Written<'_>, together: &[Desk<'_>]) -> Composed {
        let (due, grant) = (self.due, self.grant);
        let others = together.iter().filter(|other| other.due.key != due.key);
        Composed {
            message_id: message.message_id.to_owned(),
            channel: due.reach.channel.as_str().into(),
            to: due.reach.to.clone(),
            locale: self.locale.clone(),
            template: message.template.clone(),
            promotional: message.promotional,
            parcel_id: due.parcel_id.as_ref().map(ToString::to_string),
            cause: due.cause.map(|c| c.to_string()),
            ship_by: due.ship_by,
            quoted_ship_by: due.quoted_ship_by,
            risk: due.risk,
            grant_id: grant.map(|g| g.grant_id.to_string()),
            amount: grant.map(|g| g.money.amount_text()),
            currency: grant.map(|g| g.money.currency.to_string()),
            subject: message.rendered.subject.clone(),
            text: message.rendered.text.clone(),
            html: message.rendered.html.clone(),
            variables: message.variables.clone(),
            because: due.because.clone(),
            policy_version: self.bench.settings.policy.version().to_owned(),
            shop: message.letter.shop.clone(),
            unsubscribe_url: message.letter.unsubscribe_url.clone(),
            together_with: others.map(Desk::companion).collect(),
        }
    }

    fn companion(&self) -> Companion {
        let (notice_id, kind) = (notice_id(&self.due.key), self.due.kind);
        Companion { notice_id, order_id: self.order.key.order_id.clone(), kind }
    }

    fn letter(&self) -> Letter {
        let (due, order) = (self.due, self.order);
        let links = &self.bench.engine.identity.links;
        let shop = self.shop.name.clone().unwrap_or_else(|| order.key.merchant_id.to_string());
        let mut letter = Letter::bare(due.kind.as_str(), due.variant, &shop, order.key.order_id.as_str());
        letter.buyer = order.buyer.as_ref().and_then(|b| b.name.as_ref()).map(|n| n.reveal().to_owned());
        letter.lines = self.items(|l| due.lines.contains(&l.id));
        letter.rest = self.rest();
        letter.rest_ship_by = (!letter.rest.is_empty()).then(|| self.rest_ship_by()).flatten();
        letter.cause = due.cause.map(|c| c.to_string());
        letter.cause_detail = self.cause_detail();
        letter.short_lines = self.short_lines();
        letter.incident = self.incident();
        letter.ship_by = due.ship_by.map(|at| self.say(at));
        letter.quoted_ship_by = due.quoted_ship_by.map(|at| self.say(at));
        letter.previous_quote = due.previous_quote.map(|at| self.say(at));
        letter.asked = self.is_asked();
        letter.confidence = self.confidence().filter(|_| !letter.asked);
        letter.compensation = self.grant.map(|g| self.compensation(g));
        letter.needed_by = due.needed.map(|needed| day_phrase(needed.by, &self.zone, Tongue::of(&self.locale)));
        letter.needed_in_time = due.needed.is_some_and(|needed| needed.in_time);
        letter.choices = due.choices.is_some();
        letter.swap = due.choices == Some(Choices::WaitSwapOrCancel);
        letter.action_url = asks(due.kind, letter.choices).then(|| links.to(Purpose::Order, &order.key));
        letter.unsubscribe_url = Some(links.to(Purpose::Unsubscribe, &order.key));
        letter.support = self.shop.support.clone();
        letter.update_number = due.number;
        letter.last_update = due.is_last;
        letter.reminder = due.kind == Kind::ActionNeeded && due.number > 1;
        letter.expected_delivery = due.expected_delivery.map(|at| day_phrase(at, &self.zone, Tongue::of(&self.locale)));
        letter.problem = due.problem.as_ref().map(|p| p.what.to_string());
        letter.problem_reason = due.problem.as_ref().and_then(|p| p.reason).map(|r| r.as_str().to_owned());
        letter.warned_before = self.warned_before();
        self.describe_parcel(&mut letter);
        letter
    }

    fn say(&self, at: Instant) -> String {
        phrase(at, &self.zone, Tongue::of(&self.locale))
    }

    fn items(&self, wanted: impl Fn(&&Line) -> bool) -> Vec<LineItem> {
        let lines = self.order.live_lines().filter(wanted);
        lines.map(|l| LineItem { title: l.name().to_owned(), quantity: l.quantity }).collect()
    }

    fn rest(&self) -> Vec<LineItem> {
        let open: Vec<&LineId> = self.order.open_lines().map(|l| &l.id).collect();
        self.items(|l| open.contains(&&l.id) && !self.due.lines.contains(&l.id))
    }

    /// What still waits ships by the date told for it, else by what was promised.
    fn rest_ship_by(&self) -> Option<String> {
        let promised = promise::binding(self.order, self.policy)?;
        let told = self.told.last_quote(&promised).map(|(_, at)| at);
        let at = told.unwrap_or(promised.value);
        (at > self.bench.now).then(|| self.say(at))
    }

    fn cause_detail(&self) -> Option<String> {
        let uncollected =
            |reason: &Reason| matches!(reason, Reason::Cause { evidence: Evidence::NotCollected { .. }, .. });
        if self.due.because.iter().any(uncollected) {
            return Some("pickup".into());
        }
        let id = self.due.exception_id.as_ref()?;
        let kind = self.order.exceptions.iter().find(|e| e.id == *id)?.kind;
        Some(if kind == ExceptionKind::Contact { "contact" } else { "address" }.into())
    }

    /// What operations say of the incident behind a delay, in the buyer's language.
    fn incident(&self) -> Option<String> {
        let language = self.locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let said = self.bench.settings.sentence_for(self.order, &language).filter(|_| self.due.kind.is_about_delay());
        said.map(str::to_owned)
    }

    /// Which of its lines ran short: those the reports name, else the only one there is.
    fn short_lines(&self) -> Vec<LineItem> {
        if self.due.cause != Some(Cause::OutOfStock) {
            return Vec::new();
        }
        let conditions = self.bench.settings.conditions_for(self.order);
        let named = cause::short_lines(self.order, &conditions, self.bench.now);
        let only = |l: &Line| self.due.lines.len() == 1 || named.contains(&l.id);
        self.items(|l| self.due.lines.contains(&l.id) && only(l))
    }

    /// Whether the date it names is the one the buyer was asked for: the shop's word then, and not the forecast's.
    fn is_asked(&self) -> bool {
        let asked =
            |reason: &Reason| matches!(reason, Reason::Proposed { at, .. } if self.due.quoted_ship_by == Some(*at));
        self.due.because.iter().any(asked)
    }

    fn confidence(&self) -> Option<u8> {
        let behind = |reason: &Reason| match reason {
            Reason::Forecast(basis) => Some(basis.all),
            _ => None,
        };
        let orders = self.due.because.iter().find_map(behind)?;
        let percent = u8::try_from(self.policy.quote.confidence.ppm() / 10_000).ok()?;
        (orders >= SHARE_FROM).then_some(percent)
    }

    fn compensation(&self, grant: &GrantRow) -> Compensation {
        let granted = grant.status == GrantStatus::Granted;
        Compensation {
            amount: grant.money.display(Tongue::of(&self.locale) == Tongue::Chinese),
            state: if granted { CompensationState::Granted } else { CompensationState::Reserved },
        }
    }

    fn warned_before(&self) -> bool {
        let delays = [Kind::DelayWarning, Kind::PromiseMissed, Kind::DelayUpdate, Kind::LogisticsDelay];
        let earlier = |k: Kind| self.told.reached(k).any(|s| s.key != self.due.key);
        delays.into_iter().any(earlier)
    }

    fn describe_parcel(&self, letter: &mut Letter) {
        let parcels: Vec<&Parcel> = self.order.parcels.iter().filter(|p| p.voided_at.is_none()).collect();
        letter.parcel_count = u32::try_from(parcels.len()).unwrap_or(u32::MAX).max(1);
        let Some(wanted) = &self.due.parcel_id else { return };
        let Some((place, parcel)) = parcels.iter().enumerate().find(|(_, p)| p.id == *wanted) else { return };
        letter.parcel_number = u32::try_from(place + 1).unwrap_or(u32::MAX);
        letter.complete = parcels.len() > 1 && self.is_complete(&parcels);
        letter.on_the_way = self.on_the_way(&parcels);
        letter.parcel = Some(ParcelRef {
            carrier: parcel.carrier.as_ref().map(ToString::to_string),
            tracking_number: parcel.tracking_number.as_ref().map(ToString::to_string),
            tracking_url: parcel.tracking_url.as_ref().map(ToString::to_string).filter(|u| is_web(u)),
        });
        let promised = promise::of_order(self.order, self.policy);
        let late = |id: &LineId, at: Instant| promised.iter().any(|p| p.line_id == *id && at > p.value);
        letter.was_late = parcel.handed_over_at().is_some_and(|at| parcel.line_ids.iter().any(|id| late(id, at)));
    }
}

impl Desk<'_> {
    /// Whether all of the order has left or, for the word of an arrival, arrived.
    fn is_complete(&self, parcels: &[&Parcel]) -> bool {
        let done = |p: &&Parcel| match self.due.kind {
            Kind::Delivered => p.delivered_at.is_some(),
            _ => p.handed_over_at().is_some(),
        };
        self.order.open_lines().next().is_none() && parcels.iter().all(done)
    }

    /// What left in parcels that have not arrived yet, for the word of an arrival.
    fn on_the_way(&self, parcels: &[&Parcel]) -> Vec<LineItem> {
        if self.due.kind != Kind::Delivered {
            return Vec::new();
        }
        let moving = |p: &&&Parcel| p.handed_over_at().is_some() && !p.is_settled();
        let away: Vec<&LineId> = parcels.iter().filter(moving).flat_map(|p| &p.line_ids).collect();
        self.items(|l| away.contains(&&l.id))
    }
}

/// Whether the letter invites an answer, for which it needs a way to give one.
fn asks(kind: Kind, choices: bool) -> bool {
    use Kind::{ActionNeeded, DelayUpdate, DelayWarning, Delivered, LogisticsDelay, PromiseMissed};
    choices || matches!(kind, ActionNeeded | DelayWarning | DelayUpdate | PromiseMissed | LogisticsDelay | Delivered)
}

/// Only web addresses become links: a tracking URL comes from outside.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
