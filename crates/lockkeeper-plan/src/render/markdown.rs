//! A plan in a pull request: Markdown that fits into one comment however large the plan is.

use unicode_width::UnicodeWidthStr;

use super::attribute;
use super::cluster::{Cluster, clusters};
use super::line::{Line, Tone};
use super::view::{Entry, PlanView, folded};

/// How a plan is shown in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkdownOptions {
    /// The most bytes, and so characters, of the text. GitHub takes 65,535.
    pub limit: usize,
    /// Whether attributes are shown where they fit.
    pub full: bool,
    /// Where the whole plan can be seen.
    pub link: Option<String>,
}

impl Default for MarkdownOptions {
    fn default() -> Self {
        Self {
            limit: 65_535,
            full: true,
            link: None,
        }
    }
}

/// A title that is wider pushes its own reason to the right, not those of all others.
const WIDEST_TITLE: usize = 60;

/// The columns for what changes in brief.
const BRIEF: usize = 100;

/// A line that is longer than this is shortened, which no name and few values are.
const LONGEST_LINE: usize = 1_000;

/// Shows a plan in Markdown. What does not fit is folded into counts, whole lines at a time. Everything
/// that comes from the plan stands in fenced blocks, where it can neither format, link nor mention.
pub fn markdown(view: &PlanView<'_>, options: &MarkdownOptions) -> String {
    let mut page = Page::new(options.limit);
    page.text(&format!("### {} risk: {}\n\n", view.class, view.summary));
    page.block("text", &shortened_all(&view.remarks()), 0);
    for group in view.groups() {
        page.text(&format!("#### {}\n\n", group.class));
        page.block("text", &shortened_all(&group.remarks), 0);
        let clusters = clusters(&group.entries);
        let shown = page.listing(&clusters, !options.full);
        if options.full {
            let shown = clusters.get(..shown).unwrap_or_default().iter();
            page.details(shown.flat_map(|cluster| cluster.entries.iter().copied()));
        }
    }
    if let Some(link) = &options.link {
        page.end(&format!("[The whole plan]({link})\n"));
    }
    page.finish()
}

/// Text that grows up to a limit.
struct Page {
    text: String,
    limit: usize,
}

/// Room that is kept for what must always fit: headings, counts of what was left out, a link.
const RESERVE: usize = 4_000;

impl Page {
    fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
        }
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.text.len() + RESERVE)
    }

    /// Adds a short text, from the reserve if need be.
    fn text(&mut self, text: &str) {
        if self.text.len() + text.len() <= self.limit {
            self.text.push_str(text);
        }
    }

    fn end(&mut self, text: &str) {
        self.text(text);
    }

    /// Adds as many lines as fit in a fenced block, and answers how many those are.
    fn block(&mut self, language: &str, lines: &[String], keep: usize) -> usize {
        let fence = fence(lines);
        let mut room = self
            .room()
            .saturating_sub(keep + 2 * fence.len() + language.len() + 4);
        let fitting = lines.iter().take_while(|line| {
            let fits = line.len() < room;
            room = room.saturating_sub(line.len() + 1);
            fits
        });
        let fitting = fitting.count();
        if fitting > 0 {
            let shown = lines.get(..fitting).unwrap_or_default().join("\n");
            self.text
                .push_str(&format!("{fence}{language}\n{shown}\n{fence}\n\n"));
        }
        fitting
    }

    /// Lists objects with their reasons, and with what changes in brief; a quarter of the room is left for what follows.
    fn listing(&mut self, clusters: &[Cluster<'_, '_>], brief: bool) -> usize {
        let titles = clusters.iter().map(|cluster| cluster.title().width());
        let column = titles
            .filter(|width| *width <= WIDEST_TITLE)
            .max()
            .unwrap_or_default();
        let lines: Vec<String> = clusters
            .iter()
            .map(|cluster| {
                let (sign, title) = (cluster.first.effect.action.sign(), cluster.title());
                let gap = " ".repeat(column.saturating_sub(title.width()));
                let explanation = cluster.first.explanation();
                let mut line = shortened(&format!("{sign:<3} {title}{gap}  # {explanation}"));
                // A line that begins with a space has no colour.
                for told in cluster.brief(BRIEF).iter().filter(|_| brief) {
                    line.push_str(&format!("\n      {}", shortened(told)));
                }
                line
            })
            .collect();
        let shown = self.block("diff", &lines, self.room() / 4);
        let rest = clusters.get(shown..).unwrap_or_default().iter();
        let rest: Vec<&Entry<'_>> = rest.flat_map(|cluster| cluster.entries.iter().copied()).collect();
        if !rest.is_empty() {
            let folded = folded(&rest);
            let fence = fence(std::slice::from_ref(&folded));
            self.text(&format!("{fence}text\n{}\n{fence}\n\n", shortened(&folded)));
        }
        shown
    }

    /// The attributes of objects, one fold for each, as long as they fit whole.
    fn details<'e, 'p: 'e>(&mut self, entries: impl Iterator<Item = &'e Entry<'p>>) {
        let mut left_out = 0_usize;
        for entry in entries.filter(|entry| !entry.effect.attributes.is_empty()) {
            let lines = attribute_lines(entry);
            let fence = fence(&lines);
            let title = html_escaped(&shortened(&entry.title()));
            let body = format!(
                "<details><summary><code>{title}</code></summary>\n\n{fence}diff\n{}\n{fence}\n\n</details>\n\n",
                lines.join("\n")
            );
            if body.len() <= self.room() {
                self.text.push_str(&body);
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            self.text(&format!(
                "Objects whose attributes do not fit here: {left_out}.\n\n"
            ));
        }
    }

    fn finish(self) -> String {
        self.text
    }
}

/// Attributes as a diff.
fn attribute_lines(entry: &Entry<'_>) -> Vec<String> {
    attribute::all(entry.effect, 200)
        .iter()
        .map(|line| shortened(&diff_line(line)))
        .collect()
}

/// The line with its sign in the first column, where it decides the colour. The tone tells whether there
/// is a sign: the texts of a plan may begin with one as well.
fn diff_line(line: &Line) -> String {
    let (mut sign, mut text) = (' ', String::new());
    for span in &line.spans {
        let first = text.trim().is_empty() && sign == ' ';
        let signed = match span.tone {
            Tone::Added => span.text.strip_prefix('+').map(|rest| ('+', rest)),
            Tone::Removed => span.text.strip_prefix('-').map(|rest| ('-', rest)),
            Tone::Changed => span.text.strip_prefix('~').map(|rest| ('!', rest)),
            _ => None,
        };
        match signed.filter(|_| first) {
            Some((found, rest)) => {
                sign = found;
                text.push_str(rest);
            }
            None => text.push_str(&span.text),
        }
    }
    format!("{sign}{text}")
}

fn shortened_all(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| shortened(line)).collect()
}

fn shortened(line: &str) -> String {
    if line.chars().count() <= LONGEST_LINE {
        return line.to_owned();
    }
    line.chars().take(LONGEST_LINE).chain(['…']).collect()
}

/// A fence that is longer than any run of backticks inside.
fn fence(lines: &[String]) -> String {
    let longest = lines
        .iter()
        .flat_map(|line| line.split(|character| character != '`'))
        .map(str::len)
        .max();
    "`".repeat(longest.unwrap_or_default().max(2) + 1)
}

/// A text that stands inside of an HTML tag of Markdown.
fn html_escaped(text: &str) -> String {
    super::html::escaped(text).replace('@', "&#64;")
}
