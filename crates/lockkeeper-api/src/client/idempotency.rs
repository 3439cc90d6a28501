//! Keys that make a request safe to repeat.

/// Sent as `Idempotency-Key`: the server carries out a request with a key once, however often it
/// arrives. Make a new one for each thing that a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key from 16 random bytes, as hexadecimal digits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// The key as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_always_32_digits() {
        assert_eq!(IdempotencyKey::from_random([0; 16]).as_str(), "0".repeat(32));
        assert_eq!(IdempotencyKey::from_random([0xab; 16]).as_str(), "ab".repeat(16));
    }
}
