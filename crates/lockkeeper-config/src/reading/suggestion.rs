//! What somebody may have meant.

/// The candidate that a few slips of the finger turn into what was written.
pub(super) fn nearest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Longer texts are no slips, and comparing them costs the product of their lengths.
    const LONGEST: usize = 64;
    let length = written.chars().count();
    if length > LONGEST {
        return None;
    }
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&written, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= (length / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_enough() {
        assert_eq!(nearest("foldr", ["owner", "folder"]), Some("folder"));
        assert_eq!(
            nearest("Europe/Pari", ["Europe/Berlin", "Europe/Paris"]),
            Some("Europe/Paris")
        );
        assert_eq!(nearest("zebra", ["owner", "folder"]), None);
    }
}
