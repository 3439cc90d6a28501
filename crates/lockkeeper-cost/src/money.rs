//! Amounts of money, and how people read them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

/// An amount in millionths of a currency's unit. As JSON it is a decimal text: `"12.40"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of so many millionths.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The amount in millionths.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Rounds a number to the millionth; nothing when it is too large for an amount.
    pub fn from_decimal(number: Decimal) -> Option<Self> {
        number.millionths().map(Self)
    }

    /// The amount as a number.
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_millionths(self.0)
    }

    /// The sum; nothing when it is too large.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; nothing when it is too large.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount as text with so many digits after the point, rounded half away from zero.
    fn rounded(self, digits: u32) -> String {
        let unit = 10_u64.pow(6_u32.saturating_sub(digits));
        let steps = (self.0.unsigned_abs() + unit / 2) / unit;
        let scale = 10_u64.pow(digits);
        let (whole, fraction) = (steps / scale, steps % scale);
        match digits {
            0 => whole.to_string(),
            _ => format!("{whole}.{fraction:0width$}", width = digits as usize),
        }
    }

    /// Whether nothing is left of the amount when people read it.
    fn reads_as_zero(self, digits: u32) -> bool {
        self.rounded(digits)
            .bytes()
            .all(|byte| matches!(byte, b'0' | b'.'))
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        let text = money.to_decimal().to_string();
        match text.split_once('.') {
            None => format!("{text}.00"),
            Some((_, fraction)) if fraction.len() == 1 => format!("{text}0"),
            Some(_) => text,
        }
    }
}

impl TryFrom<String> for Money {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Decimal::parse(&text)
            .and_then(Money::from_decimal)
            .ok_or_else(|| "expected an amount such as `12.40`".to_owned())
    }
}

/// A currency by its three letters (ISO 4217).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// The US dollar, in which vendors list their prices.
    pub fn usd() -> Self {
        Self("USD".to_owned())
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many digits after the point people read.
    fn digits(&self) -> u32 {
        match self.0.as_str() {
            "CLP" | "HUF" | "ISK" | "JPY" | "KRW" | "VND" => 0,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// No currency is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no currency: use three capital letters, such as EUR")]
pub struct InvalidCurrency(String);

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCurrency(text.chars().take(20).collect()))
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidCurrency;

    fn try_from(text: String) -> Result<Self, InvalidCurrency> {
        text.parse()
    }
}

/// An amount with its currency. Displayed as `12.40 EUR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// How much.
    pub money: Money,
    /// Of what.
    pub currency: Currency,
}

impl Amount {
    /// So much of a currency.
    pub fn new(money: Money, currency: &Currency) -> Self {
        Self {
            money,
            currency: currency.clone(),
        }
    }

    /// The number without the currency, with as many digits as the currency has: `-12.40`.
    fn number(&self) -> String {
        let digits = self.currency.digits();
        let below = self.money < Money::ZERO && !self.money.reads_as_zero(digits);
        let sign = if below { "-" } else { "" };
        format!("{sign}{}", self.money.rounded(digits))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.number(), self.currency))
    }
}

/// By how much a month gets dearer or cheaper. Displayed as `+12.40 EUR / month`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyChange(pub Amount);

impl fmt::Display for MonthlyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {} / month", self.number(), self.0.currency))
    }
}

impl MonthlyChange {
    /// The number without the currency, always with a sign: `+12.40`.
    pub fn number(&self) -> String {
        let number = self.0.number();
        let sign = if number.starts_with('-') { "" } else { "+" };
        format!("{sign}{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(micros: i64, currency: &str) -> String {
        MonthlyChange(Amount::new(
            Money::from_micros(micros),
            &currency.parse().unwrap(),
        ))
        .to_string()
    }

    #[test]
    fn changes_have_a_sign_and_the_digits_of_their_currency() {
        assert_eq!(change(12_400_000, "EUR"), "+12.40 EUR / month");
        assert_eq!(change(-12_405_000, "EUR"), "-12.41 EUR / month");
        assert_eq!(change(-4_999, "EUR"), "+0.00 EUR / month");
        assert_eq!(change(0, "EUR"), "+0.00 EUR / month");
        assert_eq!(change(1_500_000, "JPY"), "+2 JPY / month");
        assert_eq!(change(i64::MIN, "USD"), "-9223372036854.78 USD / month");
    }

    #[test]
    fn amounts_are_texts_in_json() {
        let json = serde_json::to_string(&Money::from_micros(7_592_000)).unwrap();
        assert_eq!(json, "\"7.592\"");
        assert_eq!(
            serde_json::from_str::<Money>(&json).unwrap(),
            Money::from_micros(7_592_000)
        );
        assert_eq!(
            serde_json::to_string(&Money::from_micros(-400_000)).unwrap(),
            "\"-0.40\""
        );
        assert!(serde_json::from_str::<Money>("12.5").is_err());
    }

    #[test]
    fn a_currency_has_three_capital_letters() {
        for text in ["", "eur", "EURO", "E1R", "€"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }
}
