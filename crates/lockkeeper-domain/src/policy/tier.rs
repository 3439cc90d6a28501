//! Tiers of environments: what their policy is chosen by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How close to the users an environment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Where developers try things.
    Development,
    /// Where tests run.
    Test,
    /// A lighter production, in which a change shows that it works.
    Staging,
    /// What the users use.
    Production,
    /// Observability and control; production depends on it.
    Technical,
}

impl Tier {
    /// Every tier, in the order of promotion.
    pub const ALL: [Tier; 5] = [
        Tier::Development,
        Tier::Test,
        Tier::Staging,
        Tier::Production,
        Tier::Technical,
    ];

    /// The name as it stands in configuration, addresses and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Development => "development",
            Tier::Test => "test",
            Tier::Staging => "staging",
            Tier::Production => "production",
            Tier::Technical => "technical",
        }
    }

    /// Whether an outage here reaches the users: production, and the technical tier that it stands on.
    pub fn is_critical(self) -> bool {
        matches!(self, Tier::Production | Tier::Technical)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is none of the five tiers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a tier: use development, test, staging, production or technical")]
pub struct InvalidTier(String);

impl FromStr for Tier {
    type Err = InvalidTier;

    fn from_str(text: &str) -> Result<Self, InvalidTier> {
        Tier::ALL
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| InvalidTier(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_as_text_and_back() {
        for tier in Tier::ALL {
            assert_eq!(tier.to_string().parse(), Ok(tier));
        }
        assert!("Production".parse::<Tier>().is_err());
    }
}
