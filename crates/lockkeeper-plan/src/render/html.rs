//! A plan on a page: a fragment of HTML without style or script. Classes: `plan`, `risk-high` (and so
//! on), `effects`, `outputs`, `sign`, `brief`, `added`, `removed`, `changed`, `dim`, `alarming`.

use std::fmt::Write;

use super::attribute;
use super::cluster::{Cluster, clusters};
use super::line::{Line, Tone};
use super::value::value_text;
use super::view::{Entry, PlanView, tone};
use crate::text::visible;

/// Shows a plan as a fragment of HTML. Every text of the plan is escaped.
pub fn html(view: &PlanView<'_>) -> String {
    let mut page = String::new();
    _ = write!(
        page,
        "<section class=\"plan risk-{0}\">\n<h2>{0} risk: {1}</h2>\n<ul>\n",
        view.class, view.summary
    );
    for remark in view.remarks() {
        _ = writeln!(page, "<li>{}</li>", escaped(&remark));
    }
    page.push_str("</ul>\n");
    for group in view.groups() {
        let count = match group.entries.len() {
            0 => String::new(),
            count => format!(" <span class=\"dim\">({count})</span>"),
        };
        _ = writeln!(
            page,
            "<h3 class=\"risk-{0}\">{0}{count}</h3>\n<ul class=\"effects\">",
            group.class
        );
        for remark in &group.remarks {
            _ = writeln!(page, "<li>{}</li>", escaped(remark));
        }
        for cluster in clusters(&group.entries) {
            push_cluster(&mut page, &cluster);
        }
        page.push_str("</ul>\n");
    }
    push_outputs(&mut page, view);
    page.push_str("</section>\n");
    page
}

/// One object, or many that are alike, behind a line that tells of all.
fn push_cluster(page: &mut String, cluster: &Cluster<'_, '_>) {
    let brief = cluster.brief(WIDTH);
    let brief = match brief.is_empty() {
        true => String::new(),
        false => format!(" <span class=\"brief\">{}</span>", escaped(&brief.join(" "))),
    };
    if !cluster.is_many() {
        return push_entry(page, cluster.first, &brief);
    }
    let head = head(cluster.first, &cluster.title());
    _ = writeln!(
        page,
        "<li><details><summary>{head}{brief}</summary>\n<ul class=\"effects\">"
    );
    cluster
        .entries
        .iter()
        .for_each(|entry| push_entry(page, entry, ""));
    page.push_str("</ul></details></li>\n");
}

/// The columns of attributes and of what is told of them in brief.
const WIDTH: usize = 100;

/// What is done to which object, and why. A sign is read aloud as a word.
fn head(entry: &Entry<'_>, title: &str) -> String {
    let action = &entry.effect.action;
    format!(
        "<span class=\"sign {}\" role=\"img\" aria-label=\"{}\">{}</span> <code>{}</code> <span class=\"dim\">{}</span>",
        class_of(tone(action)),
        escaped(&visible(&action.to_string())),
        escaped(action.sign()),
        escaped(title),
        escaped(&entry.explanation())
    )
}

fn push_entry(page: &mut String, entry: &Entry<'_>, brief: &str) {
    let head = head(entry, &entry.title());
    let lines = attribute::all(entry.effect, WIDTH);
    if lines.is_empty() {
        _ = writeln!(page, "<li>{head}{brief}</li>");
        return;
    }
    _ = write!(page, "<li><details><summary>{head}{brief}</summary>\n<pre>");
    for line in lines {
        push_line(page, &line);
    }
    page.push_str("</pre></details></li>\n");
}

fn push_line(page: &mut String, line: &Line) {
    for span in &line.spans {
        match span.tone {
            Tone::Plain => page.push_str(&escaped(&span.text)),
            tone => {
                _ = write!(
                    page,
                    "<span class=\"{}\">{}</span>",
                    class_of(tone),
                    escaped(&span.text)
                )
            }
        }
    }
    page.push('\n');
}

fn push_outputs(page: &mut String, view: &PlanView<'_>) {
    if view.outputs.is_empty() {
        return;
    }
    page.push_str("<h3>outputs</h3>\n<ul class=\"outputs\">\n");
    for output in view.outputs {
        let name = escaped(&visible(&output.name));
        let (before, after) = (value_text(&output.before, 160), value_text(&output.after, 160));
        _ = writeln!(
            page,
            "<li><code>{name}</code> {} → {}</li>",
            escaped(&before),
            escaped(&after)
        );
    }
    page.push_str("</ul>\n");
}

fn class_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Dim => "dim",
        Tone::Added => "added",
        Tone::Removed => "removed",
        Tone::Changed => "changed",
        Tone::Alarming => "alarming",
    }
}

/// The text with everything that HTML gives a meaning to escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}
