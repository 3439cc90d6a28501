//! How evenly a text uses its characters.

/// Shannon's entropy of the bytes, in bits for each: 0 for one repeated byte, about 4 for random
/// hexadecimal digits, about 5 for forty random letters and digits.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let length = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::entropy;

    #[test]
    fn known_values() {
        assert_eq!(entropy(b""), 0.0);
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert!((entropy(b"0123456789abcdef") - 4.0).abs() < 1e-9);
    }
}
