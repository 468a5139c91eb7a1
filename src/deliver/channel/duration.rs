//! Reads spans of time in the configuration: `"30s"`, `"2m"`, `"1h 30m"`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, de::Error};

/// For `#[serde(deserialize_with)]`: a text with unit, more than zero and at most a day.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).map_err(D::Error::custom)
}

fn parse(text: &str) -> Result<Duration, String> {
    let wanted = "give a number with a unit between 1ms and 24h, such as \"30s\" or \"2m\"";
    let signed: SignedDuration = text.parse().map_err(|_| format!("`{text}` is not a span of time; {wanted}"))?;
    match Duration::try_from(signed) {
        Ok(span) if span >= Duration::from_millis(1) && span <= Duration::from_secs(86_400) => Ok(span),
        _ => Err(format!("`{text}` is out of range; {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_with_units_are_read_and_others_refused() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("1h 30m"), Ok(Duration::from_secs(5_400)));
        for bad in ["", "30", "-5s", "0s", "25h", "soon", "9999999999999999999s"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
