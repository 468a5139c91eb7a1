//! Amounts of money as exact decimals.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::policy::Ppm;

/// ISO 4217 currency codes in use, each as three letters.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF \
GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL \
LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG \
QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS \
UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";
/// Currencies without a smaller unit (ISO 4217 exponent 0).
const NO_DECIMALS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Currencies with thousandths (ISO 4217 exponent 3).
const THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Largest amount taken, in thousandths: a thousand million million.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Takes a code that ISO 4217 lists.
    ///
    /// # Errors
    /// `bad_currency` for any other text.
    pub fn new(code: &str) -> Result<Self, String> {
        let fault = || "bad_currency: a currency is not an ISO 4217 code like CNY".to_owned();
        let known = CURRENCIES.split(' ').any(|c| c == code);
        let bytes = code.as_bytes().try_into().map_err(|_| fault())?;
        if known { Ok(Self(bytes)) } else { Err(fault()) }
    }

    /// The code's three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    fn decimals(self) -> usize {
        match self.as_str() {
            c if NO_DECIMALS.contains(c) => 0,
            c if THREE_DECIMALS.contains(c) => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&code).map_err(serde::de::Error::custom)
    }
}

/// A non-negative decimal amount without its currency, kept in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount of `thousandths` thousandths of the currency's main unit.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// Its size in thousandths of the currency's main unit.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// Reads a decimal text such as `12.50`, with at most three decimals and no sign.
    ///
    /// # Errors
    /// `bad_money` when it is anything else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault = || "bad_money: an amount is not a decimal string like \"12.50\"".to_owned();
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || whole.len() > 12 || part.len() > 3 {
            return Err(fault());
        }
        let whole: i64 = whole.parse().map_err(|_| fault())?;
        let part: i64 = format!("{part:0<3}").parse().map_err(|_| fault())?;
        Some(whole * 1_000 + part).filter(|n| *n <= AMOUNT_MAX).map(Self).ok_or_else(fault)
    }

    /// The sum, at most `i64::MAX` thousandths.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The share of it, rounded down to whole thousandths.
    #[must_use]
    pub fn times(self, share: Ppm) -> Self {
        let part = i128::from(self.0) * i128::from(share.ppm()) / 1_000_000;
        Self(i64::try_from(part).unwrap_or(i64::MAX))
    }

    /// `count` times as much, at most `i64::MAX` thousandths.
    #[must_use]
    pub fn of_many(self, count: u32) -> Self {
        Self(self.0.saturating_mul(i64::from(count)))
    }

    fn text(self, decimals: usize) -> String {
        let (whole, part) = (self.0 / 1_000, format!("{:03}", self.0 % 1_000));
        let needed = part.trim_end_matches('0').len().max(decimals);
        match part.get(..needed) {
            Some(shown) if needed > 0 => format!("{whole}.{shown}"),
            _ => whole.to_string(),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(2))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// An amount in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// How much.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// The decimal text with as many decimals as the currency has: `12.50`, `1200`.
    pub fn amount_text(&self) -> String {
        self.amount.text(self.currency.decimals())
    }

    /// What a person reads: `¥5.00`, `$5.00`, `SEK 5.00`. The yuan sign stands for CNY in Chinese text and
    /// becomes `CN¥` elsewhere, so that it is not taken for yen.
    pub fn display(&self, chinese: bool) -> String {
        let sign = match self.currency.as_str() {
            "CNY" if chinese => "¥",
            "CNY" => "CN¥",
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            "JPY" if !chinese => "¥",
            "BRL" => "R$",
            code => return format!("{code} {}", self.amount_text()),
        };
        format!("{sign}{}", self.amount_text())
    }
}
