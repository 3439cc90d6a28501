//! A plan in a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use lockkeeper_domain::effect::Effect;
use lockkeeper_domain::risk::RiskClass;
use unicode_width::UnicodeWidthStr;

use super::attribute;
use super::cluster::clusters;
use super::line::{Line, Tone};
use super::value::value_text;
use super::view::{Entry, Group, PlanView, folded, tone};
use crate::text::visible;

/// How a plan is shown in a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours may be used. Nothing is told by colour alone.
    pub colour: bool,
    /// Whether every object and every attribute is shown.
    pub full: bool,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: 100,
            colour: false,
            full: false,
        }
    }
}

/// Objects of one class beyond these are folded into counts, unless all is asked for.
const MOST_LISTED: usize = 60;

/// Shows a plan: its class, summary and blast radius, then every object with its sign and its reason,
/// the most severe first; with `full` also what changes in each.
pub fn terminal(view: &PlanView<'_>, options: RenderOptions) -> String {
    let mut lines = vec![title(view)];
    for remark in view.remarks() {
        let told = wrap(&remark, options.width).into_iter();
        lines.extend(told.map(|text| Line::new(Tone::Dim, text)));
    }
    for group in view.groups() {
        lines.push(Line::default());
        lines.extend(group_lines(&group, options));
    }
    if options.full {
        lines.extend(appendix(view, options.width));
    }
    paint(&lines, options.colour)
}

fn title(view: &PlanView<'_>) -> Line {
    let tone = class_tone(view.class);
    Line::new(tone, format!("{} risk", view.class)).with(Tone::Plain, format!(": {}", view.summary))
}

fn class_tone(class: RiskClass) -> Tone {
    match class {
        RiskClass::Low => Tone::Added,
        RiskClass::Medium => Tone::Changed,
        RiskClass::High => Tone::Alarming,
    }
}

fn group_lines(group: &Group<'_>, options: RenderOptions) -> Vec<Line> {
    let count = match group.entries.len() {
        0 => String::new(),
        count => format!(" ({count})"),
    };
    let mut lines = vec![Line::new(class_tone(group.class), group.class.to_string()).with(Tone::Dim, count)];
    for remark in &group.remarks {
        let told = wrap(remark, options.width.saturating_sub(2)).into_iter();
        lines.extend(told.map(|text| Line::new(Tone::Plain, text).indented(2)));
    }
    lines.extend(if options.full {
        whole_entries(group, options.width)
    } else {
        brief_entries(group, options.width)
    });
    lines
}

/// Every object with all its attributes.
fn whole_entries(group: &Group<'_>, width: usize) -> Vec<Line> {
    let beside = group.entries.iter().map(|entry| (entry.title(), entry));
    let column = column(beside, width);
    let mut lines = Vec::new();
    for entry in &group.entries {
        lines.extend(entry_lines(entry, entry.title(), column, width));
        let attributes = attribute::all(entry.effect, width.saturating_sub(8));
        let gap = (!attributes.is_empty()).then(Line::default);
        lines.extend(attributes.into_iter().map(|line| line.indented(8)).chain(gap));
    }
    if lines.last() == Some(&Line::default()) {
        lines.pop();
    }
    lines
}

/// What is alike on one line, and of each what changes in it in brief.
fn brief_entries(group: &Group<'_>, width: usize) -> Vec<Line> {
    let clusters = clusters(&group.entries);
    let (shown, rest) = clusters.split_at(clusters.len().min(MOST_LISTED));
    let beside = shown.iter().map(|cluster| (cluster.title(), cluster.first));
    let column = column(beside, width);
    let mut lines = Vec::new();
    for cluster in shown {
        lines.extend(entry_lines(cluster.first, cluster.title(), column, width));
        let brief = cluster.brief(width.saturating_sub(8)).into_iter();
        let brief = brief.flat_map(|text| wrap(&text, width.saturating_sub(8)));
        lines.extend(brief.map(|text| Line::new(Tone::Dim, text).indented(8)));
    }
    if !rest.is_empty() {
        let rest: Vec<&Entry<'_>> = rest
            .iter()
            .flat_map(|cluster| cluster.entries.iter().copied())
            .collect();
        let told = wrap(&folded(&rest), width.saturating_sub(2)).into_iter();
        lines.extend(told.map(|text| Line::new(Tone::Dim, text).indented(2)));
    }
    lines
}

/// Where the reasons begin, so that they stand below each other: behind all titles when all of them fit so, and behind
/// most titles otherwise.
fn column<'e, 'p: 'e>(titles: impl Iterator<Item = (String, &'e Entry<'p>)>, width: usize) -> usize {
    let widths = titles.map(|(title, entry)| (title.width(), entry.phrase.width()));
    let (title, phrase) = widths.fold((0, 0), |most, one| (most.0.max(one.0), most.1.max(one.1)));
    match 6 + title + 2 + phrase <= width {
        true => title,
        false => title.min(width.saturating_sub(6) * 3 / 5),
    }
}

fn entry_lines(entry: &Entry<'_>, title: String, column: usize, width: usize) -> Vec<Line> {
    let sign = entry.effect.action.sign();
    let title_width = title.width();
    let head = Line::new(tone(&entry.effect.action), format!("  {sign:<3} ")).with(Tone::Plain, title);
    let beside = title_width <= column && 6 + column + 2 + entry.phrase.width() <= width;
    let mut lines = if beside {
        vec![head.with(
            Tone::Dim,
            format!("{}  {}", " ".repeat(column - title_width), entry.phrase),
        )]
    } else {
        let wrapped = wrap(&entry.phrase, width.saturating_sub(8));
        std::iter::once(head)
            .chain(
                wrapped
                    .into_iter()
                    .map(|text| Line::new(Tone::Dim, text).indented(8)),
            )
            .collect()
    };
    let cause = entry.cause().into_iter();
    let cause = cause.flat_map(|text| wrap(&text, width.saturating_sub(8)));
    lines.extend(cause.map(|text| Line::new(Tone::Dim, text).indented(8)));
    lines
}

/// Breaks a text at spaces; a word that is wider than the line stands alone on one.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width => _ = write!(line, " {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Outputs, drift and what is put off.
fn appendix(view: &PlanView<'_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if !view.outputs.is_empty() {
        lines.extend([Line::default(), Line::new(Tone::Plain, "outputs")]);
    }
    for output in view.outputs {
        let (before, after) = (
            value_text(&output.before, width / 2),
            value_text(&output.after, width / 2),
        );
        lines.push(Line::new(
            Tone::Plain,
            format!("  {} = {before} -> {after}", visible(&output.name)),
        ));
    }
    lines.extend(listing("changed outside of the code", view.drift));
    lines.extend(listing("put off to a later plan", view.deferred));
    lines
}

fn listing(heading: &str, effects: &[Effect]) -> Vec<Line> {
    if effects.is_empty() {
        return Vec::new();
    }
    let entry = |effect: &Effect| {
        Line::new(tone(&effect.action), format!("  {:<3} ", effect.action.sign()))
            .with(Tone::Plain, visible(&effect.address))
    };
    let heading = [Line::default(), Line::new(Tone::Plain, heading)];
    heading.into_iter().chain(effects.iter().map(entry)).collect()
}

fn paint(lines: &[Line], colour: bool) -> String {
    let mut text = String::new();
    for line in lines {
        for span in &line.spans {
            match style(span.tone).filter(|_| colour && !span.text.is_empty()) {
                Some(style) => _ = write!(text, "{style}{}{style:#}", span.text),
                None => text.push_str(&span.text),
            }
        }
        text.push('\n');
    }
    text
}

fn style(tone: Tone) -> Option<Style> {
    let colour = |colour: AnsiColor| Some(Style::new().fg_color(Some(colour.into())));
    match tone {
        Tone::Plain => None,
        Tone::Dim => Some(Style::new().dimmed()),
        Tone::Added => colour(AnsiColor::Green),
        Tone::Removed => colour(AnsiColor::Red),
        Tone::Changed => colour(AnsiColor::Yellow),
        Tone::Alarming => Some(Style::new().bold().fg_color(Some(AnsiColor::Red.into()))),
    }
}
