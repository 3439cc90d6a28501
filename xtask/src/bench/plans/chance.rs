//! Numbers that look like chance and are the same in every run.

/// A generator of the splitmix64 kind.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Chance(u64);

impl Chance {
    /// The same seed gives the same numbers.
    pub(in crate::bench) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below the limit, which is not 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit
    }

    /// So many hexadecimal digits.
    pub(in crate::bench) fn hexadecimal(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.number()));
        }
        text.truncate(digits);
        text
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
