//! Decimal numbers without floating point.

use std::fmt;

use serde::{Deserialize, Serialize};

const SCALE: i128 = 1_000_000_000;
const DIGITS: usize = 9;
/// More digits before the point than any price, quantity or rate has.
const MOST_WHOLE_DIGITS: usize = 15;

/// A decimal number with nine digits after the point, such as a price for an hour or a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(i128);

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(SCALE);

    /// A whole number.
    pub fn whole(number: u32) -> Self {
        Self(i128::from(number) * SCALE)
    }

    /// Reads `12`, `-0.0104`. Digits after the ninth are rounded, half away from zero. Nothing when the
    /// text is no such number: exponents, signs inside and more than fifteen whole digits are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > MOST_WHOLE_DIGITS {
            return None;
        }
        let whole = if whole.is_empty() { "0" } else { whole };
        let kept: String = fraction
            .chars()
            .chain(std::iter::repeat('0'))
            .take(DIGITS)
            .collect();
        let up = fraction
            .as_bytes()
            .get(DIGITS)
            .is_some_and(|digit| *digit >= b'5');
        let value = whole.parse::<i128>().ok()? * SCALE + kept.parse::<i128>().ok()? + i128::from(up);
        Some(Self(if negative { -value } else { value }))
    }

    /// The product, rounded half away from zero at the ninth digit; nothing when it is too large.
    pub fn times(self, other: Self) -> Option<Self> {
        rounded_division(self.0.checked_mul(other.0)?, SCALE).map(Self)
    }

    /// The sum; nothing when it is too large.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or zero where it would be below.
    pub fn beyond(self, other: Self) -> Self {
        Self((self.0.saturating_sub(other.0)).max(0))
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// In millionths, rounded half away from zero; nothing when there are too many.
    pub(crate) fn millionths(self) -> Option<i64> {
        i64::try_from(rounded_division(self.0, SCALE / 1_000_000)?).ok()
    }

    /// From millionths.
    pub(crate) fn from_millionths(millionths: i64) -> Self {
        Self(i128::from(millionths) * (SCALE / 1_000_000))
    }
}

fn rounded_division(dividend: i128, divisor: i128) -> Option<i128> {
    let half = if dividend < 0 { -(divisor / 2) } else { divisor / 2 };
    Some(dividend.checked_add(half)? / divisor)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let scale = SCALE.unsigned_abs();
        let fraction = format!("{:09}", size % scale);
        let fraction = fraction.trim_end_matches('0');
        let sign = if self.0 < 0 { "-" } else { "" };
        match fraction {
            "" => f.pad(&format!("{sign}{}", size / scale)),
            fraction => f.pad(&format!("{sign}{}.{fraction}", size / scale)),
        }
    }
}

impl From<Decimal> for String {
    fn from(number: Decimal) -> Self {
        number.to_string()
    }
}

impl TryFrom<String> for Decimal {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| "expected a decimal number such as `0.0104`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written() {
        for text in ["0", "12", "-0.0104", "0.000000001", "999999999999999.999999999"] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Decimal::parse("007.50").unwrap().to_string(), "7.5");
        assert_eq!(
            Decimal::parse("0.59817465753424657534").unwrap().to_string(),
            "0.598174658"
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1e3",
            "+1",
            "1,5",
            "0x1",
            "1 ",
            "--1",
            "9999999999999999",
            "nan",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn products_are_exact_and_bounded() {
        let hour = Decimal::parse("0.0104").unwrap();
        assert_eq!(hour.times(Decimal::whole(730)).unwrap().to_string(), "7.592");
        let large = Decimal::parse("999999999999999").unwrap();
        assert_eq!(large.times(large), None);
        assert_eq!(hour.beyond(Decimal::ONE), Decimal::ZERO);
        assert_eq!(Decimal::parse("-0.0000005").unwrap().millionths(), Some(-1));
    }
}
