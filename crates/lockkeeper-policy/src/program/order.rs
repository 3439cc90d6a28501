//! Which definition needs which: functions that call themselves, and rules that depend on each other in
//! a row so long that the interpreter would run out of stack.

use std::collections::BTreeMap;

use super::Definition;
use crate::limits::DEPENDENCIES;
use crate::problem::PolicyProblem;

/// What is wrong with the order of things.
pub(super) fn problems(definitions: &[Definition]) -> Vec<PolicyProblem> {
    let graph = Graph::of(definitions);
    let recursive = Depths::of_graph(&graph, true).1;
    let deepest = Depths::of_graph(&graph, false).0;
    let recursive = recursive.iter().filter_map(|node| {
        let definition = graph.nodes.get(*node)?.first()?;
        let message = format!(
            "the function `{}` calls itself, directly or by another: Rego has no recursion",
            definition.name()
        );
        Some(PolicyProblem::at(
            &definition.file,
            definition.line,
            definition.column,
            message,
        ))
    });
    let mut problems: Vec<PolicyProblem> = recursive.collect();
    if let Some((depth, node)) = deepest.filter(|(depth, _)| *depth > DEPENDENCIES)
        && let Some(definition) = graph.nodes.get(node).and_then(|definitions| definitions.first())
    {
        let message = format!(
            "`{}` depends on {depth} rules in a row, and at most {DEPENDENCIES} may",
            definition.name()
        );
        problems.push(PolicyProblem::at(
            &definition.file,
            definition.line,
            definition.column,
            message,
        ));
    }
    problems
}

/// Rules and functions, all definitions of one name together, and what they need.
struct Graph<'a> {
    nodes: Vec<Vec<&'a Definition>>,
    /// For each node the nodes it needs, and whether by calling.
    needs: Vec<Vec<(usize, bool)>>,
}

impl<'a> Graph<'a> {
    fn of(definitions: &'a [Definition]) -> Self {
        let mut by_path: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        let mut nodes: Vec<Vec<&Definition>> = Vec::new();
        for definition in definitions {
            let node = *by_path.entry(definition.path()).or_insert(nodes.len());
            match nodes.get_mut(node) {
                Some(known) => known.push(definition),
                None => nodes.push(vec![definition]),
            }
        }
        let needs = nodes
            .iter()
            .map(|definitions| needs(definitions, &by_path))
            .collect();
        Self { nodes, needs }
    }
}

fn needs(definitions: &[&Definition], by_path: &BTreeMap<Vec<String>, usize>) -> Vec<(usize, bool)> {
    let mut needed = Vec::new();
    for definition in definitions {
        let calls = definition.calls.iter().filter_map(|call| by_path.get(&call.path));
        needed.extend(calls.map(|node| (*node, true)));
        for reference in &definition.references {
            // `lib.x.y` may mean `y` of the rule `x`, and `lib` all rules of the package.
            let prefixes = (1..=reference.len()).filter_map(|length| by_path.get(reference.get(..length)?));
            needed.extend(prefixes.map(|node| (*node, false)));
            let below = by_path.range(reference.clone()..);
            let below = below
                .take_while(|(path, _)| path.starts_with(reference))
                .take(DEPENDENCIES + 1);
            needed.extend(below.map(|(_, node)| (*node, false)));
        }
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Unknown,
    /// Being worked out: whoever comes here again depends on itself.
    Open,
    Known(usize),
}

struct Depths<'a> {
    graph: &'a Graph<'a>,
    calls_only: bool,
    known: Vec<Depth>,
    recursive: Vec<usize>,
}

impl<'a> Depths<'a> {
    /// The greatest depth with its node, and the nodes that need themselves. With all edges the latter
    /// say little: a name may be a variable.
    fn of_graph(graph: &'a Graph<'a>, calls_only: bool) -> (Option<(usize, usize)>, Vec<usize>) {
        let mut depths = Self {
            graph,
            calls_only,
            known: vec![Depth::Unknown; graph.nodes.len()],
            recursive: Vec::new(),
        };
        let deepest = (0..graph.nodes.len()).map(|node| (depths.of(node), node)).max();
        depths.recursive.sort_unstable();
        depths.recursive.dedup();
        (deepest, depths.recursive)
    }

    /// How many definitions the node needs in a row, itself included.
    fn of(&mut self, node: usize) -> usize {
        match self.known.get(node) {
            Some(Depth::Known(depth)) => return *depth,
            // A rule that depends on itself is told by the interpreter; a name may be a variable, too.
            Some(Depth::Open) | None => return 0,
            Some(Depth::Unknown) => {}
        }
        self.set(node, Depth::Open);
        let graph = self.graph;
        let mut deepest = 0;
        let calls_only = self.calls_only;
        let needs = graph.needs.get(node).into_iter().flatten();
        for (needed, _) in needs.filter(|(_, called)| *called || !calls_only) {
            if self.known.get(*needed) == Some(&Depth::Open) {
                self.recursive.push(*needed);
            }
            deepest = deepest.max(self.of(*needed));
        }
        self.set(node, Depth::Known(deepest + 1));
        deepest + 1
    }

    fn set(&mut self, node: usize, depth: Depth) {
        if let Some(known) = self.known.get_mut(node) {
            *known = depth;
        }
    }
}
