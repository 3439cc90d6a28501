//! What a plan does, as changes show it: a line for each resource, the most dangerous first.

use anstyle::Style;
use lockkeeper_api::types::plan::{PlanView, ReasonView, ResourceLine};
use lockkeeper_plan::render::because;

use super::layout::{Cell, Sheet};
use super::style::{BAD, DIM, GOOD, WAITING};
use super::{text, words};

/// The column of addresses is as wide as they are, but no wider than this.
const WIDEST_ADDRESS: usize = 48;
/// The columns that a reason needs beside the address; with fewer it stands below.
const ROOM_FOR_A_REASON: usize = 32;

/// The class of the plan.
pub(crate) fn risk(sheet: &mut Sheet, plan: &PlanView) {
    let (word, style) = words::class(plan.class);
    sheet.field("risk", word, style);
}

/// The first `limit` resources in the order of their risk, and the command that lists the rest.
pub(crate) fn resources(sheet: &mut Sheet, plan: &PlanView, limit: usize, rest: &str) {
    let lines = lines(plan);
    let total = plan.resource_count.max(lines.len());
    if lines.is_empty() {
        return;
    }
    sheet.field("resources", &text::count(total, "resource"), Style::new());
    let listed = lines.get(..limit).unwrap_or(&lines);
    let widest = listed.iter().map(|line| text::width(&line.title)).max();
    let widest = widest.unwrap_or(0).min(WIDEST_ADDRESS);
    for line in listed {
        line.write(sheet, widest);
    }
    let missing = total.saturating_sub(listed.len());
    if missing > 0 {
        sheet.below(0, &format!("and {missing} more: {rest}"), DIM);
    }
}

/// A resource, and why it has its class.
struct Line<'a> {
    /// With the key of an object that is left over.
    title: String,
    resource: Option<&'a ResourceLine>,
    reason: Option<&'a ReasonView>,
}

/// The resources with a reason in the order of the reasons, which is that of their weight; then the others.
fn lines(plan: &PlanView) -> Vec<Line<'_>> {
    let mut left: Vec<&ResourceLine> = plan.resources.iter().collect();
    let mut lines = Vec::new();
    for reason in &plan.reasons {
        let place = left.iter().position(|resource| is_about(reason, resource));
        lines.push(Line {
            title: title(&reason.address, reason.deposed.as_deref()),
            resource: place.map(|place| left.remove(place)),
            reason: Some(reason),
        });
    }
    lines.extend(left.into_iter().map(|resource| Line {
        title: title(&resource.address, resource.deposed.as_deref()),
        resource: Some(resource),
        reason: None,
    }));
    lines
}

fn is_about(reason: &ReasonView, resource: &ResourceLine) -> bool {
    (&reason.address, &reason.deposed) == (&resource.address, &resource.deposed)
}

fn title(address: &str, deposed: Option<&str>) -> String {
    match deposed {
        Some(key) => format!("{address} (deposed {key})"),
        None => address.to_owned(),
    }
}

impl Line<'_> {
    fn write(&self, sheet: &mut Sheet, widest: usize) {
        let sign = self.resource.map_or("", |resource| resource.sign.as_str());
        let (class, style) = match self.reason {
            Some(reason) => words::class(reason.class),
            None => ("-", DIM),
        };
        let address = Cell::new(&self.title, Style::new(), widest);
        let mut cells = vec![Cell::new(sign, sign_style(sign), 3), address];
        let taken = 5 + widest.max(text::width(&self.title)) + 10;
        let explanation = self.explanation();
        if sheet.room_beside(taken) >= ROOM_FOR_A_REASON {
            cells.push(Cell::new(class, style, 6));
            return sheet.row(&cells, &explanation, Style::new());
        }
        sheet.row(&cells, class, style);
        sheet.below(5, &explanation, Style::new());
    }

    /// The reason beyond the address, the cause, and whose approval it calls for.
    fn explanation(&self) -> String {
        let action = self.resource.map_or("", |resource| resource.action.as_str());
        let mut said = match self.reason {
            None => action.to_owned(),
            Some(reason) => {
                let deed = format!("{action} {}: ", reason.address);
                reason.text.strip_prefix(&deed).unwrap_or(&reason.text).to_owned()
            }
        };
        if let Some(cause) = self.resource.and_then(cause) {
            said.push_str(&format!(" ({cause})"));
        }
        if let Some(reason) = self.reason.filter(|reason| !reason.functions.is_empty()) {
            said.push_str(&format!("; calls for {}", reason.functions.join(", ")));
        }
        said
    }
}

fn cause(resource: &ResourceLine) -> Option<&str> {
    match resource.reason.as_deref()? {
        // The attribute that forces it stands in the full plan only.
        "replace_because_cannot_update" => Some("it cannot be changed in place"),
        word => because(word),
    }
}

fn sign_style(sign: &str) -> Style {
    match sign {
        "+" => GOOD,
        "~" => WAITING,
        "-" | "-/+" | "+/-" => BAD,
        _ => DIM,
    }
}
