//! The resources among the vertices of a graph, and what each needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::dot::Dot;

/// A resource.
#[derive(Debug)]
pub(crate) struct Resource {
    /// As Terraform writes it.
    pub(crate) text: String,
    pub(crate) address: Address,
}

/// All resources, and the dependencies between them.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(crate) all: Vec<Resource>,
    /// From what is needed to what needs it, by number.
    pub(crate) edges: BTreeSet<(usize, usize)>,
}

impl Resources {
    /// The addresses of what stands at the other end of the edges that `select` picks.
    pub(crate) fn ends(&self, select: impl Fn(&(usize, usize)) -> Option<usize>) -> Vec<&str> {
        let ends = self.edges.iter().filter_map(select);
        ends.filter_map(|end| self.all.get(end))
            .map(|end| end.text.as_str())
            .collect()
    }
}

/// Finds the resources. What stands between two of them, such as a local value, is left out, and they are
/// joined directly.
pub(crate) fn of(dot: &Dot) -> Resources {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for vertex in &dot.vertices {
        needs.entry(plain(vertex)).or_default();
    }
    for (from, to) in &dot.edges {
        needs.entry(plain(to)).or_default();
        needs.entry(plain(from)).or_default().insert(plain(to));
    }
    let all: Vec<Resource> = needs
        .keys()
        .filter_map(|text| {
            let address = Address::read(text)?;
            Some(Resource {
                text: (*text).to_owned(),
                address,
            })
        })
        .collect();
    let numbers: BTreeMap<&str, usize> = all
        .iter()
        .enumerate()
        .map(|(number, resource)| (resource.text.as_str(), number))
        .collect();
    let edges = numbers
        .iter()
        .flat_map(|(text, number)| {
            needed(text, &needs, &numbers)
                .into_iter()
                .map(|needed| (needed, *number))
        })
        .filter(|(from, to)| from != to)
        .collect();
    Resources { all, edges }
}

/// The resources that are reached without going through another.
fn needed(
    from: &str,
    needs: &BTreeMap<&str, BTreeSet<&str>>,
    numbers: &BTreeMap<&str, usize>,
) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = needs.get(from).into_iter().flatten().copied().collect();
    while let Some(vertex) = open.pop() {
        if !seen.insert(vertex) {
            continue;
        }
        match numbers.get(vertex) {
            Some(number) => {
                found.insert(*number);
            }
            None => open.extend(needs.get(vertex).into_iter().flatten()),
        }
    }
    found
}

/// The vertex without what the older form of the graph puts around an address.
fn plain(vertex: &str) -> &str {
    let vertex = vertex.strip_prefix("[root] ").unwrap_or(vertex);
    vertex.strip_suffix(" (expand)").unwrap_or(vertex)
}
