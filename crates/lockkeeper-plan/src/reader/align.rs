//! Which element of a list before is which element of the list after.

use serde_json::Value;

/// Positions before and after: a pair that may differ, or one side alone.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// Above this many comparisons the lists are paired by position.
const MOST_COMPARISONS: usize = 250_000;

/// Pairs what differs between two lists; elements that are equal are left out. `changeable` tells
/// of an element after that it is not what it seems, because parts of it are unknown.
pub(super) fn differing(before: &[Value], after: &[Value], changeable: impl Fn(usize) -> bool) -> Vec<Pair> {
    let equal = |one: usize, other: usize| before[one] == after[other] && !changeable(other);
    let shorter = before.len().min(after.len());
    let head = (0..shorter).take_while(|&at| equal(at, at)).count();
    let tail = (0..shorter - head)
        .take_while(|&back| equal(before.len() - 1 - back, after.len() - 1 - back))
        .count();
    let (before_end, after_end) = (before.len() - tail, after.len() - tail);
    let same = match (before_end - head) * (after_end - head) {
        0 => Vec::new(),
        comparisons if comparisons > MOST_COMPARISONS => Vec::new(),
        _ => longest_common(head..before_end, head..after_end, equal),
    };
    gaps(&same, (head, head), (before_end, after_end))
}

/// The longest common subsequence of two ranges, as pairs of positions.
fn longest_common(
    before: std::ops::Range<usize>,
    after: std::ops::Range<usize>,
    equal: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, usize)> {
    let (rows, columns) = (before.len(), after.len());
    let at = |row: usize, column: usize| row * (columns + 1) + column;
    let mut lengths = vec![0_u32; (rows + 1) * (columns + 1)];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            lengths[at(row, column)] = if equal(before.start + row, after.start + column) {
                lengths[at(row + 1, column + 1)] + 1
            } else {
                lengths[at(row + 1, column)].max(lengths[at(row, column + 1)])
            };
        }
    }
    let (mut row, mut column, mut same) = (0, 0, Vec::new());
    while row < rows && column < columns {
        if equal(before.start + row, after.start + column) {
            same.push((before.start + row, after.start + column));
            (row, column) = (row + 1, column + 1);
        } else if lengths[at(row + 1, column)] >= lengths[at(row, column + 1)] {
            row += 1;
        } else {
            column += 1;
        }
    }
    same
}

/// What lies between the equal elements: paired as far as both sides reach.
fn gaps(same: &[(usize, usize)], start: (usize, usize), end: (usize, usize)) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let (mut before, mut after) = start;
    for &(next_before, next_after) in same.iter().chain(std::iter::once(&end)) {
        while before < next_before || after < next_after {
            pairs.push((
                (before < next_before).then_some(before),
                (after < next_after).then_some(after),
            ));
            before = (before + 1).min(next_before);
            after = (after + 1).min(next_after);
        }
        (before, after) = (next_before + 1, next_after + 1);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(before: Value, after: Value) -> Vec<Pair> {
        differing(before.as_array().unwrap(), after.as_array().unwrap(), |_| false)
    }

    #[test]
    fn an_element_taken_out_of_the_middle_is_the_only_difference() {
        assert_eq!(pairs(json!([1, 2, 3, 4]), json!([1, 3, 4])), [(Some(1), None)]);
        assert_eq!(
            pairs(json!([1, 3]), json!([0, 1, 2, 3])),
            [(None, Some(0)), (None, Some(2))]
        );
        assert_eq!(pairs(json!([1, 2]), json!([1, 2])), []);
    }

    #[test]
    fn an_altered_element_is_a_pair() {
        assert_eq!(pairs(json!([1, 2, 3]), json!([1, 9, 3])), [(Some(1), Some(1))]);
        assert_eq!(
            pairs(json!([1, 2]), json!([2, 1])),
            [(Some(0), None), (None, Some(1))]
        );
    }

    #[test]
    fn an_element_with_unknown_parts_is_never_equal() {
        assert_eq!(
            differing(&[json!(1)], &[json!(1)], |_| true),
            [(Some(0), Some(0))]
        );
    }
}
