//! Writes the drawing.

use std::fmt::Write as _;

use crate::address::Kind;
use crate::layout::{Area, HEIGHT, Layout, ModuleBox, Point, TITLE, label};
use crate::resources::{Resource, Resources};

const MARGIN: f64 = 28.0;
const HEADER: f64 = 58.0;
const NARROWEST: f64 = 460.0;

const STYLE: &str = "\
svg{--ground:#fff;--ink:#1b1f24;--soft:#59636e;--line:#8c959f;--box:#f6f8fa;--edge:#d1d9e0;--module:#0969da;--tint:.035}\
@media(prefers-color-scheme:dark){svg{--ground:#0d1117;--ink:#f0f6fc;--soft:#9198a1;--line:#6e7681;--box:#161b22;\
--edge:#3d444d;--module:#58a6ff;--tint:.06}}\
text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:12px;fill:var(--ink)}\
.ground{fill:var(--ground)}.head{font-size:16px;font-weight:600}.soft,.type{fill:var(--soft)}.type{font-size:11px}\
.name{font-weight:600}.box{fill:var(--box);stroke:var(--edge);stroke-width:1.2}.data .box{stroke-dasharray:4 3}\
.ephemeral .box{stroke-dasharray:1 3;stroke-linecap:round}.module{fill:var(--module);fill-opacity:var(--tint);\
stroke:var(--module);stroke-opacity:.45}.title{fill:var(--module);font-weight:600;stroke:var(--ground);stroke-width:3;paint-order:stroke}\
.way{fill:none;stroke:var(--line);stroke-width:1.3;stroke-opacity:.75}.tip{fill:var(--line)}\
.r:hover .box{stroke:var(--module);stroke-width:2}.w:hover .way{stroke:var(--module);stroke-width:2.6;stroke-opacity:1}";

/// Writes the drawing as one SVG document that refers to nothing outside of itself.
pub(crate) fn render(resources: &Resources, layout: &Layout, title: &str) -> String {
    let width = layout.width.max(NARROWEST) + 2.0 * MARGIN;
    let height = layout.height + 2.0 * MARGIN + HEADER;
    let mut svg = String::new();
    let title = escape(title);
    // Writing into a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto-start-reverse\"><path class=\"tip\" d=\"M0 .8 7.4 4 0 7.2z\"/></marker></defs>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n\
         <text class=\"head\" x=\"{MARGIN}\" y=\"38\">{title}</text>\n\
         <text class=\"soft\" x=\"{MARGIN}\" y=\"60\">{}</text>\n\
         <g transform=\"translate({MARGIN} {})\">\n",
        escape(&summary(resources)),
        MARGIN + HEADER
    );
    let mut modules: Vec<&ModuleBox> = layout.modules.iter().collect();
    modules.sort_by_key(|module| module.depth);
    for module in modules {
        module_box(&mut svg, module);
    }
    for &(from, to) in &resources.edges {
        way(&mut svg, resources, layout, from, to);
    }
    // Above the ways, which would cross the titles out.
    for module in &layout.modules {
        module_title(&mut svg, module);
    }
    for (number, area) in &layout.resources {
        if let Some(resource) = resources.all.get(*number) {
            resource_box(&mut svg, resources, *number, resource, area);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn summary(resources: &Resources) -> String {
    if resources.all.is_empty() {
        return "no resources".to_owned();
    }
    let count = |kind| {
        resources
            .all
            .iter()
            .filter(|resource| resource.address.kind == kind)
            .count()
    };
    let parts = [
        (count(Kind::Managed), "resource"),
        (count(Kind::Data), "data source (dashed)"),
        (count(Kind::Ephemeral), "ephemeral resource (dotted)"),
        (resources.edges.len(), "dependency"),
    ];
    let words = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(*count, word));
    format!(
        "{} · made from left to right",
        words.collect::<Vec<_>>().join(", ")
    )
}

fn plural(count: usize, word: &str) -> String {
    let (noun, rest) = word
        .split_once(" (")
        .map_or((word, String::new()), |(noun, rest)| (noun, format!(" ({rest}")));
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}{rest}"),
        (_, Some(stem)) => format!("{count} {stem}ies{rest}"),
        _ => format!("{count} {noun}s{rest}"),
    }
}

fn module_box(svg: &mut String, module: &ModuleBox) {
    let Area { x, y, width, height } = module.area;
    let _ = writeln!(
        svg,
        "<g><title>module.{}</title><rect class=\"module\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
         height=\"{height:.1}\" rx=\"10\"/></g>",
        escape(&module.title),
    );
}

fn module_title(svg: &mut String, module: &ModuleBox) {
    let _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{:.1}\" y=\"{:.1}\">module.{}</text>",
        module.area.x + 14.0,
        module.area.y + TITLE - 4.0,
        escape(&module.title),
    );
}

fn resource_box(svg: &mut String, resources: &Resources, number: usize, resource: &Resource, area: &Area) {
    let class = match resource.address.kind {
        Kind::Managed => "r",
        Kind::Data => "r data",
        Kind::Ephemeral => "r ephemeral",
    };
    let needs = resources.ends(|(from, to)| (*to == number).then_some(*from));
    let needed_by = resources.ends(|(from, to)| (*from == number).then_some(*to));
    let Area { x, y, width, .. } = *area;
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><title>{}{}{}</title><rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
         height=\"{HEIGHT}\" rx=\"7\"/><rect x=\"{x:.1}\" y=\"{:.1}\" width=\"4\" height=\"{:.1}\" rx=\"2\" \
         fill=\"hsl({} 62% 52%)\"/><text class=\"type\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
         <text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        escape(&resource.text),
        list("needs", &needs),
        list("needed by", &needed_by),
        y + 9.0,
        HEIGHT - 18.0,
        hue(&resource.address.type_name),
        x + 15.0,
        y + 19.0,
        escape(&label(&resource.address.type_name)),
        x + 15.0,
        y + 35.0,
        escape(&label(&resource.address.name)),
    );
}

/// A part of a tooltip.
fn list(what: &str, addresses: &[&str]) -> String {
    const SHOWN: usize = 12;
    if addresses.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = addresses
        .iter()
        .take(SHOWN)
        .map(|address| escape(address))
        .collect();
    let more = addresses.len().saturating_sub(SHOWN);
    let more = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    format!("\n{what}: {}{more}", shown.join(", "))
}

/// One colour for each provider, by the first word of the type.
fn hue(type_name: &str) -> u32 {
    let provider = type_name.split('_').next().unwrap_or_default();
    let hash = provider.bytes().fold(17_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    hash.wrapping_mul(47) % 360
}

fn way(svg: &mut String, resources: &Resources, layout: &Layout, from: usize, to: usize) {
    let (Some(start), Some(end)) = (layout.resources.get(&from), layout.resources.get(&to)) else {
        return;
    };
    let first = Point {
        x: start.x + start.width,
        y: start.y + start.height / 2.0,
    };
    let last = Point {
        x: end.x - 1.0,
        y: end.y + end.height / 2.0,
    };
    let mut path = format!("M{:.1} {:.1}", first.x, first.y);
    let mut at = first;
    let between = layout
        .ways
        .get(&(from, to))
        .map(Vec::as_slice)
        .unwrap_or_default();
    for point in between.iter().chain([&last]) {
        let bend = ((point.x - at.x).abs() / 2.0).max(24.0);
        let _ = write!(
            path,
            " C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            at.x + bend,
            at.y,
            point.x - bend,
            point.y,
            point.x,
            point.y
        );
        at = *point;
    }
    let text = |number: usize| {
        resources
            .all
            .get(number)
            .map(|resource| escape(&resource.text))
            .unwrap_or_default()
    };
    let _ = writeln!(
        svg,
        "<g class=\"w\"><title>{} needs {}</title><path class=\"way\" d=\"{path}\" marker-end=\"url(#tip)\"/></g>",
        text(to),
        text(from)
    );
}

/// Text as it may stand in XML, also between quotes. Characters that XML does not have are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}
