use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::layout::{Area, lay_out};
use crate::{DotError, dot, draw, resources};

const NEW: &str = r#"digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "data.aws_ami.linux" [label="data.aws_ami.linux"];
  "aws_instance.web" [label="aws_instance.web"];
  subgraph "cluster_module.m" {
    label = "module.m"
    fontname = "sans-serif"
    "module.m.aws_subnet.c" [label="aws_subnet.c"];
  }
  "aws_instance.web" -> "module.m.aws_subnet.c";
  "aws_instance.web" -> "data.aws_ami.linux";
}
"#;

const OLD: &str = r#"digraph {
        compound = "true"
        subgraph "root" {
                "[root] aws_instance.web (expand)" [label = "aws_instance.web", shape = "box"]
                "[root] module.m.aws_subnet.c (expand)" [label = "module.m.aws_subnet.c", shape = "box"]
                "[root] provider[\"registry.terraform.io/hashicorp/aws\"]" [label = "provider", shape = "diamond"]
                "[root] aws_instance.web (expand)" -> "[root] local.subnet (expand)"
                "[root] local.subnet (expand)" -> "[root] module.m.output.id (expand)"
                "[root] module.m.output.id (expand)" -> "[root] module.m.aws_subnet.c (expand)"
                "[root] module.m.aws_subnet.c (expand)" -> "[root] provider[\"registry.terraform.io/hashicorp/aws\"]"
                "[root] root" -> "[root] aws_instance.web (expand)"
        }
}
"#;

fn found(text: &str) -> (Vec<String>, Vec<(String, String)>) {
    let resources = resources::of(&dot::parse(text).unwrap());
    let text = |number: &usize| resources.all[*number].text.clone();
    let edges = resources
        .edges
        .iter()
        .map(|(from, to)| (text(from), text(to)))
        .collect();
    (
        resources
            .all
            .iter()
            .map(|resource| resource.text.clone())
            .collect(),
        edges,
    )
}

#[test]
fn both_forms_of_the_graph_are_read() {
    let edge = ("module.m.aws_subnet.c".to_owned(), "aws_instance.web".to_owned());
    let (all, edges) = found(NEW);
    assert_eq!(
        all,
        ["aws_instance.web", "data.aws_ami.linux", "module.m.aws_subnet.c"]
    );
    assert!(edges.contains(&edge) && edges.len() == 2, "{edges:?}");
    let (all, edges) = found(OLD);
    assert_eq!(all, ["aws_instance.web", "module.m.aws_subnet.c"]);
    assert_eq!(edges, [edge], "joined through the local value and the output");
}

#[test]
fn what_is_no_graph_is_refused() {
    assert_eq!(draw("Error: no configuration", ""), Err(DotError::NoGraph));
    assert_eq!(draw("", ""), Err(DotError::NoGraph));
    assert_eq!(draw("digraph { \"a.b\"", ""), Err(DotError::Incomplete));
    assert!(draw("digraph {}", "empty").unwrap().contains("no resources"));
}

#[test]
fn what_stands_in_names_cannot_leave_its_place() {
    let dot = r#"digraph { "module.a[\"<script>alert(1)</script>\"].aws_x.y[\"&'\"]" [label="x"]; }"#;
    let svg = draw(dot, "</title><script>").unwrap();
    assert!(!svg.contains("<script"), "{svg}");
    assert!(svg.contains("&lt;script&gt;alert(1)"), "{svg}");
}

#[test]
fn time_goes_from_left_to_right_and_modules_hold_their_own() {
    let resources = resources::of(&dot::parse(NEW).unwrap());
    let layout = lay_out(&resources);
    let of = |text: &str| {
        let number = resources
            .all
            .iter()
            .position(|resource| resource.text == text)
            .unwrap();
        layout.resources[&number]
    };
    assert!(right(&of("module.m.aws_subnet.c")) < of("aws_instance.web").x);
    assert!(right(&of("data.aws_ami.linux")) < of("aws_instance.web").x);
    assert!(holds(&layout.modules[0].area, &of("module.m.aws_subnet.c")));
    assert!(!holds(&layout.modules[0].area, &of("aws_instance.web")));
}

/// A stack with modules in modules, every resource needing a few of those before it.
fn large(count: usize) -> String {
    let name = |number: usize| match number % 3 {
        0 => format!("aws_instance.r{number}"),
        1 => format!("module.m{}.aws_subnet.r{number}", number % 7),
        _ => format!("module.m{}.module.inner.aws_route.r{number}", number % 7),
    };
    let mut dot = "digraph G {\n".to_owned();
    for number in 0..count {
        dot.push_str(&format!("\"{}\" [label=\"x\"];\n", name(number)));
        for step in [3, 21, 42] {
            if number >= step && number % 4 != 0 {
                dot.push_str(&format!("\"{}\" -> \"{}\";\n", name(number), name(number - step)));
            }
        }
    }
    dot + "}\n"
}

#[test]
fn five_hundred_resources_do_not_overlap_and_take_seconds_at_most() {
    let started = Instant::now();
    let dot = large(500);
    let resources = resources::of(&dot::parse(&dot).unwrap());
    let layout = lay_out(&resources);
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(layout.resources.len(), 500);
    assert!(apart(&layout.resources.values().copied().collect::<Vec<_>>()));
    assert!(draw(&dot, "large").unwrap().ends_with("</svg>\n"));
}

fn right(area: &Area) -> f64 {
    area.x + area.width
}

fn holds(outer: &Area, inner: &Area) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && right(inner) <= right(outer)
        && inner.y + inner.height <= outer.y + outer.height
}

fn apart(areas: &[Area]) -> bool {
    let beside = |one: &Area, other: &Area| {
        right(one) <= other.x
            || right(other) <= one.x
            || one.y + one.height <= other.y
            || other.y + other.height <= one.y
    };
    areas
        .iter()
        .enumerate()
        .all(|(number, one)| areas[number + 1..].iter().all(|other| beside(one, other)))
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(text in "(digraph \\{)?[\"a-z.\\[\\]{}>; =\\-\\\\]{0,80}") {
        let _ = draw(&text, &text);
    }

    #[test]
    fn any_graph_is_drawn_with_everything_in_it(edges in prop::collection::vec((0..14_usize, 0..14_usize), 0..40)) {
        let name = |n: usize| if n.is_multiple_of(2) { format!("aws_a.r{n}") } else { format!("module.m{}.aws_a.r{n}", n % 3) };
        let lines: String = edges.iter().map(|(a, b)| format!("\"{}\" -> \"{}\";\n", name(*a), name(*b))).collect();
        let resources = resources::of(&dot::parse(&format!("digraph {{\n{lines}}}")).unwrap());
        let layout = lay_out(&resources);
        prop_assert_eq!(layout.resources.len(), resources.all.len());
        prop_assert!(apart(&layout.resources.values().copied().collect::<Vec<_>>()));
        let within = |area: &Area| area.x >= -0.1 && area.y >= -0.1 && right(area) <= layout.width + 0.1;
        prop_assert!(layout.resources.values().all(within));
    }
}
