//! Where everything stands: in layers from left to right, each module in a box of its own.
//!
//! A module is laid out first, and is then one large vertex among its neighbours.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use rust_sugiyama::configure::{Config, RankingType};
use unicode_width::UnicodeWidthStr;

use crate::resources::{Resource, Resources};

/// The width of a character of the drawing's font, which has one width, at the size of a name.
pub(crate) const CHARACTER: f64 = 7.3;
/// The height of a resource.
pub(crate) const HEIGHT: f64 = 46.0;
/// The height of a module's title.
pub(crate) const TITLE: f64 = 26.0;
/// The longest label, in characters; the whole address is in the tooltip.
pub(crate) const LONGEST: usize = 36;
const PADDING: f64 = 18.0;
const GAP: f64 = 22.0;
const LAYER_GAP: f64 = 70.0;
/// Above this, swapping neighbours to save crossings takes longer than it is worth.
const TRANSPOSED: usize = 150;
/// How much wider than high a drawing of unconnected parts is to be.
const RATIO: f64 = 1.7;

/// A point or a size.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// A rectangle, by its corner above left.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The box of a module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ModuleBox {
    pub(crate) title: String,
    pub(crate) area: Area,
    /// How many modules it is inside of.
    pub(crate) depth: usize,
}

/// Where everything stands.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) resources: BTreeMap<usize, Area>,
    pub(crate) modules: Vec<ModuleBox>,
    /// For an edge, the points that it passes on its way.
    pub(crate) ways: BTreeMap<(usize, usize), Vec<Point>>,
}

impl Layout {
    fn move_by(&mut self, x: f64, y: f64) {
        for area in self
            .resources
            .values_mut()
            .chain(self.modules.iter_mut().map(|module| &mut module.area))
        {
            area.x += x;
            area.y += y;
        }
        for point in self.ways.values_mut().flatten() {
            point.x += x;
            point.y += y;
        }
    }

    fn take_in(&mut self, mut other: Layout, x: f64, y: f64) {
        other.move_by(x, y);
        self.resources.append(&mut other.resources);
        self.modules.append(&mut other.modules);
        self.ways.append(&mut other.ways);
        self.width = self.width.max(x + other.width);
        self.height = self.height.max(y + other.height);
    }
}

/// Lays everything out.
pub(crate) fn lay_out(resources: &Resources) -> Layout {
    let members: Vec<usize> = (0..resources.all.len()).collect();
    level(resources, &members, 0)
}

/// What stands beside others on one level: a resource, or a whole module.
struct Block {
    members: BTreeSet<usize>,
    inside: Layout,
}

/// Lays out the members of one module, or of the stack.
fn level(resources: &Resources, members: &[usize], depth: usize) -> Layout {
    let mut modules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut blocks = Vec::new();
    for &number in members {
        let Some(resource) = resources.all.get(number) else {
            continue;
        };
        match resource.address.modules.get(depth) {
            Some(module) => modules.entry(module).or_default().push(number),
            None => blocks.push(single(number, resource)),
        }
    }
    for (module, members) in modules {
        let inside = boxed(level(resources, &members, depth + 1), module, depth);
        blocks.push(Block {
            members: members.into_iter().collect(),
            inside,
        });
    }
    arrange(resources, blocks)
}

fn single(number: usize, resource: &Resource) -> Block {
    let longest = label(&resource.address.type_name)
        .width()
        .max(label(&resource.address.name).width());
    let width = columns(longest) * CHARACTER + 34.0;
    let area = Area {
        width,
        height: HEIGHT,
        ..Area::default()
    };
    Block {
        members: BTreeSet::from([number]),
        inside: Layout {
            width,
            height: HEIGHT,
            resources: BTreeMap::from([(number, area)]),
            ..Layout::default()
        },
    }
}

fn boxed(mut inside: Layout, module: &str, depth: usize) -> Layout {
    inside.move_by(PADDING, PADDING + TITLE);
    let title = label(module);
    inside.width = (inside.width + 2.0 * PADDING).max(columns(title.width() + 9) * CHARACTER + 2.0 * PADDING);
    inside.height += 2.0 * PADDING + TITLE;
    let area = Area {
        x: 0.0,
        y: 0.0,
        width: inside.width,
        height: inside.height,
    };
    inside.modules.insert(0, ModuleBox { title, area, depth });
    inside
}

/// A text that is short enough to stand in the drawing.
pub(crate) fn label(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn columns(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// Puts the blocks of one level into layers.
fn arrange(resources: &Resources, blocks: Vec<Block>) -> Layout {
    let edges = between(resources, &blocks);
    let mut graph: StableDiGraph<Point, ()> = StableDiGraph::new();
    // The library's layers are rows, and these are columns: width and height change places.
    let vertices: Vec<NodeIndex> = blocks
        .iter()
        .map(|block| {
            graph.add_node(Point {
                x: block.inside.height + GAP,
                y: block.inside.width + LAYER_GAP,
            })
        })
        .collect();
    let ranks = ranks(blocks.len(), &edges);
    let mut ways = BTreeMap::new();
    for &(from, to) in edges.keys() {
        let (Some(&start), Some(&end)) = (vertices.get(from), vertices.get(to)) else {
            continue;
        };
        let way = join(&mut graph, start, end, ranks_between(&ranks, from, to));
        ways.insert((from, to), way);
    }
    let config = Config {
        vertex_spacing: 4.0,
        ranking_type: RankingType::Original,
        transpose: graph.node_count() <= TRANSPOSED,
        ..Config::default()
    };
    let parts = rust_sugiyama::from_graph(&graph, &|_, size: &Point| (size.x, size.y), &config);
    let centres = pack(&graph, parts);
    let mut layout = Layout::default();
    for ((from, to), way) in ways {
        let points: Vec<Point> = way
            .iter()
            .filter_map(|vertex| centres.get(vertex))
            .copied()
            .collect();
        for edge in edges.get(&(from, to)).into_iter().flatten() {
            layout.ways.insert(*edge, points.clone());
        }
    }
    for (block, vertex) in blocks.into_iter().zip(vertices) {
        let Some(centre) = centres.get(&vertex) else {
            continue;
        };
        let (x, y) = (
            centre.x - block.inside.width / 2.0,
            centre.y - block.inside.height / 2.0,
        );
        layout.take_in(block.inside, x, y);
    }
    layout
}

/// The edges between blocks, each with the edges between resources that it stands for.
fn between(resources: &Resources, blocks: &[Block]) -> BTreeMap<(usize, usize), Vec<(usize, usize)>> {
    let owner: BTreeMap<usize, usize> = blocks
        .iter()
        .enumerate()
        .flat_map(|(number, block)| block.members.iter().map(move |member| (*member, number)))
        .collect();
    let mut edges: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
    for &(from, to) in &resources.edges {
        if let (Some(&start), Some(&end)) = (owner.get(&from), owner.get(&to))
            && start != end
        {
            edges.entry((start, end)).or_default().push((from, to));
        }
    }
    edges
}

/// The layer of each block: one more than that of the last block that it needs. Two modules may need each
/// other; whoever was looked at first stands first.
fn ranks(count: usize, edges: &BTreeMap<(usize, usize), Vec<(usize, usize)>>) -> Vec<usize> {
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(from, to) in edges.keys() {
        if let Some(list) = needs.get_mut(to) {
            list.push(from);
        }
    }
    let mut ranks: Vec<Option<usize>> = vec![None; count];
    let mut entered = vec![false; count];
    for start in 0..count {
        // A stack of its own: chains can be long.
        let mut open = vec![(start, false)];
        while let Some((block, leaving)) = open.pop() {
            let list = needs.get(block).map(Vec::as_slice).unwrap_or_default();
            if leaving {
                let below = list
                    .iter()
                    .filter_map(|need| ranks.get(*need).copied().flatten())
                    .max();
                if let Some(rank) = ranks.get_mut(block) {
                    *rank = Some(below.map_or(0, |below| below + 1));
                }
            } else if entered.get(block) == Some(&false) {
                if let Some(mark) = entered.get_mut(block) {
                    *mark = true;
                }
                open.push((block, true));
                open.extend(list.iter().map(|need| (*need, false)));
            }
        }
    }
    ranks.into_iter().map(Option::unwrap_or_default).collect()
}

fn ranks_between(ranks: &[usize], from: usize, to: usize) -> usize {
    let rank = |block: usize| ranks.get(block).copied().unwrap_or_default();
    rank(to).saturating_sub(rank(from)).saturating_sub(1)
}

/// Joins two vertices; an edge over several layers gets a place in each, so that it passes between the
/// blocks and not behind them. Answers these places.
fn join(
    graph: &mut StableDiGraph<Point, ()>,
    start: NodeIndex,
    end: NodeIndex,
    layers: usize,
) -> Vec<NodeIndex> {
    let places: Vec<NodeIndex> = (0..layers)
        .map(|_| graph.add_node(Point { x: 10.0, y: 10.0 }))
        .collect();
    let mut last = start;
    for &place in places.iter().chain([&end]) {
        graph.add_edge(last, place, ());
        last = place;
    }
    places
}

type Parts = Vec<(Vec<(NodeIndex, (f64, f64))>, f64, f64)>;

/// Places the parts that nothing connects beside each other, in rows. Answers the centre of each vertex.
fn pack(graph: &StableDiGraph<Point, ()>, parts: Parts) -> BTreeMap<NodeIndex, Point> {
    let mut parts: Vec<(Area, Vec<(NodeIndex, Point)>)> =
        parts.into_iter().map(|(part, ..)| turned(graph, part)).collect();
    parts.sort_by(|(one, _), (other, _)| {
        other
            .height
            .total_cmp(&one.height)
            .then(other.width.total_cmp(&one.width))
    });
    let total: f64 = parts.iter().map(|(area, _)| area.width * area.height).sum();
    let widest = parts
        .iter()
        .map(|(area, _)| area.width)
        .fold((total * RATIO).sqrt(), f64::max);
    let mut centres = BTreeMap::new();
    let (mut x, mut y, mut row) = (0.0, 0.0, 0.0_f64);
    for (area, part) in parts {
        if x > 0.0 && x + area.width > widest {
            (x, y, row) = (0.0, y + row, 0.0);
        }
        for (vertex, centre) in part {
            centres.insert(
                vertex,
                Point {
                    x: centre.x - area.x + x,
                    y: centre.y - area.y + y,
                },
            );
        }
        x += area.width;
        row = row.max(area.height);
    }
    centres
}

/// A part with rows turned into columns, and the area that it takes.
fn turned(
    graph: &StableDiGraph<Point, ()>,
    part: Vec<(NodeIndex, (f64, f64))>,
) -> (Area, Vec<(NodeIndex, Point)>) {
    let placed: Vec<(NodeIndex, Point)> = part
        .into_iter()
        .map(|(vertex, (across, along))| (vertex, Point { x: along, y: across }))
        .collect();
    let (mut low, mut high) = (
        Point {
            x: f64::MAX,
            y: f64::MAX,
        },
        Point {
            x: f64::MIN,
            y: f64::MIN,
        },
    );
    for (vertex, centre) in &placed {
        let size = graph.node_weight(*vertex).copied().unwrap_or_default();
        let (half_width, half_height) = (size.y / 2.0, size.x / 2.0);
        low = Point {
            x: low.x.min(centre.x - half_width),
            y: low.y.min(centre.y - half_height),
        };
        high = Point {
            x: high.x.max(centre.x + half_width),
            y: high.y.max(centre.y + half_height),
        };
    }
    (
        Area {
            x: low.x,
            y: low.y,
            width: high.x - low.x,
            height: high.y - low.y,
        },
        placed,
    )
}
