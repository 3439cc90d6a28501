//! Things of which one line can tell: what is the same of many objects that `count` and `for_each` make.

use std::collections::HashMap;
use std::hash::Hash;

use lockkeeper_plan::starred;

use crate::output::escape;

/// Fewer things than these are told one by one.
const FEWEST: usize = 4;

/// One thing, or many that are alike.
pub(super) struct Alike<'t, T> {
    /// The address, with stars in the place of keys and the number when they are many.
    pub(super) title: String,
    pub(super) all: Vec<&'t T>,
}

impl<'t, T> Alike<'t, T> {
    /// One thing by itself.
    pub(super) fn one(thing: &'t T, address: &str) -> Self {
        Self {
            title: escape::line(address).into_owned(),
            all: vec![thing],
        }
    }
}

/// Puts together what has the same address but for its keys and is the same beyond it, in the order of the first
/// of each.
pub(super) fn alike<'t, T, K: Eq + Hash>(
    things: &'t [T],
    address: impl Fn(&T) -> String,
    same: impl Fn(&'t T) -> K,
) -> Vec<Alike<'t, T>> {
    let mut places: HashMap<(String, K), usize> = HashMap::new();
    let mut groups: Vec<Vec<&'t T>> = Vec::new();
    for thing in things {
        let place = *places
            .entry((starred(&address(thing)), same(thing)))
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(thing),
            None => groups.push(vec![thing]),
        }
    }
    let told = groups.into_iter().flat_map(|group| match group.first() {
        Some(first) if group.len() >= FEWEST => {
            let starred = starred(&address(first));
            let title = format!("{} × {}", escape::line(&starred), group.len());
            vec![Alike { title, all: group }]
        }
        _ => group
            .into_iter()
            .map(|thing| Alike::one(thing, &address(thing)))
            .collect(),
    });
    told.collect()
}

/// Every thing by itself.
pub(super) fn each<T>(things: &[T], address: impl Fn(&T) -> String) -> Vec<Alike<'_, T>> {
    things
        .iter()
        .map(|thing| Alike::one(thing, &address(thing)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_more_than_keys_stays_apart() {
        let things: Vec<(String, bool)> = (0..6).map(|at| (format!("a.b[{at}]"), at == 3)).collect();
        let told = alike(&things, |thing| thing.0.clone(), |thing| thing.1);
        let titles: Vec<(&str, usize)> = told
            .iter()
            .map(|one| (one.title.as_str(), one.all.len()))
            .collect();
        assert_eq!(titles, [("a.b[*] × 5", 5), ("a.b[3]", 1)]);
        assert_eq!(
            alike(&things[..2], |thing| thing.0.clone(), |thing| thing.1).len(),
            2
        );
    }
}
