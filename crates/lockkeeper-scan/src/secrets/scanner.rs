//! Goes through a file once for the keywords of all rules, and runs a rule only where one stands.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::bytes::Captures;

use super::SecretFinding;
use super::check::{Candidate, accepts};
use super::comment::{Comments, MARK, MARK_WITHOUT_REASON};
use super::file_kind::FileKind;
use super::pattern::Pattern;
use super::rule::{self, Rule, RuleError, read};
use super::text::{Lines, readable};

/// How far before a keyword a match may begin, in bytes. Lines may be megabytes long.
const BEFORE: usize = 512;
/// How far behind a keyword a match may end.
const BEHIND: usize = 4096;
/// How far behind a match its `then` is looked for.
const THEN: usize = 2048;
/// More findings than this in one file tell nobody more.
const MOST_FINDINGS: usize = 500;

/// Longer names are not shown.
const LONGEST_NAME: usize = 64;

/// What was found in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// What nobody has allowed, in the order of the file.
    pub findings: Vec<SecretFinding>,
    /// What a comment in the file allows.
    pub allowed: Vec<Allowed>,
}

/// A finding that stands for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// What was found.
    pub finding: SecretFinding,
    /// Why it may stay.
    pub reason: String,
}

/// Rules, ready to be used on any number of files.
#[derive(Debug)]
pub struct Scanner {
    rules: Vec<Rule>,
    finder: AhoCorasick,
    /// The rule of each keyword; the last keyword is the mark of a comment, which has none.
    owners: Vec<usize>,
}

/// A match that its rule accepts.
struct Match {
    rule: usize,
    span: Range<usize>,
    name: Option<String>,
}

impl Scanner {
    /// A scanner with the built-in rules.
    ///
    /// # Errors
    /// [`RuleError`] when they do not load, which a test rules out.
    pub fn new() -> Result<Self, RuleError> {
        Self::with_rules(&[])
    }

    /// A scanner with rules of one's own, which win over the built-in ones. Each is the name of a
    /// file, for errors, and its text.
    ///
    /// # Errors
    /// [`RuleError`] when a file cannot be read or a pattern cannot be used.
    pub fn with_rules(own: &[(&str, &str)]) -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        for (file, text) in own {
            rules.extend(read(file, text)?);
        }
        rules.extend(rule::built_in());
        let mut owners = Vec::new();
        let mut keywords = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            owners.extend(rule.keywords.iter().map(|_| at));
            keywords.extend(rule.keywords.iter().map(String::as_str));
        }
        keywords.push(MARK);
        let finder = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(&keywords)
            .map_err(|error| RuleError::Keywords(error.to_string()))?;
        Ok(Self {
            rules,
            finder,
            owners,
        })
    }

    /// The id and the title of every rule, in the order in which they win over each other.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &str)> {
        let state = ("terraform-state", "Terraform state in the repository");
        self.rules
            .iter()
            .map(|rule| (rule.id.as_str(), rule.title.as_str()))
            .chain([state])
    }

    /// Looks for secrets in one file. Binary files are not looked at; UTF-16 is read.
    pub fn scan(&self, path: &str, content: &[u8]) -> Scan {
        let Some(content) = readable(content) else {
            return Scan::default();
        };
        let kind = FileKind::of(path);
        let mut search = Search::new(self, &content, kind);
        search.run();
        let Search {
            matches,
            marks,
            lines,
            ..
        } = search;
        let comments = Comments::read(&content, &lines, &marks);
        let mut scan = Scan::default();
        if let Some(finding) = state_finding(path, kind, &content) {
            scan.findings.push(finding);
        }
        for found in &matches {
            if scan.findings.len() >= MOST_FINDINGS {
                break;
            }
            let line = lines.line_of(found.span.start);
            let mut finding = self.finding(path, &content, &lines, found);
            match comments.reason_for(line) {
                Some(Ok(reason)) => scan.allowed.push(Allowed {
                    finding,
                    reason: reason.to_owned(),
                }),
                Some(Err(())) => {
                    finding.message.push_str(MARK_WITHOUT_REASON);
                    scan.findings.push(finding);
                }
                None => scan.findings.push(finding),
            }
        }
        scan
    }

    fn finding(&self, path: &str, content: &[u8], lines: &Lines, found: &Match) -> SecretFinding {
        let secret = content.get(found.span.clone()).unwrap_or_default();
        let (title, rule, shown) = match self.rules.get(found.rule) {
            Some(rule) => (rule.title.as_str(), rule.id.as_str(), rule.shown),
            None => ("secret", "", 0),
        };
        let text = String::from_utf8_lossy(secret);
        let beginning: String = text.chars().take(shown).collect();
        let length = text.chars().count();
        // The name may be part of a longer text that holds the secret once more, or be one itself.
        let named = found.name.as_deref().filter(|name| {
            name.len() <= LONGEST_NAME && !name.contains(text.as_ref()) && !text.contains(name)
        });
        let mut message = title.to_owned();
        if let Some(name) = named {
            message.push_str(&format!(" as `{name}`"));
        }
        if rule != "private-key" && rule != "kubernetes-secret" {
            let gap = if beginning.is_empty() { "" } else { ": " };
            let dots = if beginning.is_empty() { "" } else { "…" };
            message.push_str(&format!("{gap}{beginning}{dots} ({length} characters)"));
        }
        SecretFinding {
            path: path.to_owned(),
            line: lines.line_of(found.span.start) + 1,
            column: lines.column_of(content, found.span.start),
            rule: rule.to_owned(),
            message,
        }
    }
}

/// One pass over one file.
struct Search<'s> {
    scanner: &'s Scanner,
    content: &'s [u8],
    kind: FileKind,
    lines: Lines,
    /// Up to where each rule has looked.
    searched: Vec<usize>,
    matches: Vec<Match>,
    /// Where comments that allow a finding stand.
    marks: Vec<usize>,
}

impl<'s> Search<'s> {
    fn new(scanner: &'s Scanner, content: &'s [u8], kind: FileKind) -> Self {
        let lines = Lines::of(content);
        Self {
            scanner,
            content,
            kind,
            lines,
            searched: Vec::new(),
            matches: Vec::new(),
            marks: Vec::new(),
        }
    }

    fn run(&mut self) {
        let scanner = self.scanner;
        // Most texts hold no keyword at all, which is told fastest.
        if !scanner.finder.is_match(self.content) {
            return;
        }
        self.searched = vec![0; scanner.rules.len()];
        for hit in scanner.finder.find_overlapping_iter(self.content) {
            match scanner.owners.get(hit.pattern().as_usize()) {
                Some(rule) => self.look(*rule, hit.range()),
                None => self.marks.push(hit.start()),
            }
        }
        self.settle();
    }

    /// Runs one rule around one keyword.
    fn look(&mut self, at: usize, hit: Range<usize>) {
        let searched = self.searched.get(at).copied().unwrap_or_default();
        let Some(rule) = self.scanner.rules.get(at).filter(|_| hit.start >= searched) else {
            return;
        };
        let line = self.lines.around(self.content, hit.start);
        let mut from = line
            .start
            .max(hit.start.saturating_sub(BEFORE))
            .max(searched.saturating_sub(BEFORE));
        let until = line
            .end
            .min(hit.end.saturating_add(BEHIND))
            .max(hit.end)
            .min(self.content.len());
        let cut = until < line.end;
        if let Some(searched) = self.searched.get_mut(at) {
            // The end of a cut window is looked at again, so that no match is lost at the edge.
            *searched = if cut {
                until.saturating_sub(BEFORE).max(hit.end)
            } else {
                until
            };
        }
        let window = self.content.get(..until).unwrap_or_default();
        while from < until {
            let Some(captures) = rule.pattern.captures_at(window, from) else {
                break;
            };
            let Some(whole) = captures.get(0) else { break };
            from = whole.end().max(from + 1);
            if let Some(found) = self.judge(at, rule, &captures) {
                self.matches.push(found);
            }
        }
    }

    fn judge(&self, at: usize, rule: &Rule, captures: &Captures<'_>) -> Option<Match> {
        let (mut span, mut quoted) = secret_in(captures)?;
        let name = captures
            .name("name")
            .map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned());
        let mut body = None;
        if let Some(then) = &rule.then {
            let until = span.end.saturating_add(THEN).min(self.content.len());
            let (inner, following) = follow(then, self.content.get(span.end..until)?, span.end)?;
            match inner {
                Some((inner, inner_quoted)) => (span, quoted) = (inner, inner_quoted),
                None => body = Some(following),
            }
        }
        let host = captures.name("host").map(|host| host.as_bytes());
        let candidate = Candidate {
            content: self.content,
            kind: self.kind,
            name: name.as_deref(),
            span: span.clone(),
            body: body.and_then(|range| self.content.get(range)),
            host,
            quoted,
        };
        accepts(rule, &candidate).then_some(Match { rule: at, span, name })
    }

    /// Keeps, of matches that overlap, the one whose rule stands first.
    fn settle(&mut self) {
        self.matches.sort_by_key(|found| (found.rule, found.span.start));
        let mut kept: Vec<Match> = Vec::new();
        let mut taken: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
        for found in self.matches.drain(..) {
            let before = taken.range(..found.span.end).next_back();
            if before.is_none_or(|(_, end)| *end <= found.span.start) {
                taken.insert(found.span.start, found.span.end);
                kept.push(found);
            }
        }
        kept.sort_by_key(|found| found.span.start);
        self.matches = kept;
    }
}

/// The secret among the groups of a pattern, and whether it stands in quotes.
fn secret_in(captures: &Captures<'_>) -> Option<(Range<usize>, bool)> {
    let group = |name: &str| captures.name(name).map(|found| found.range());
    group("secret")
        .or_else(|| group("single"))
        .map(|range| (range, true))
        .or_else(|| group("bare").map(|range| (range, false)))
}

type Followed = (Option<(Range<usize>, bool)>, Range<usize>);

/// What follows a match: the secret where the pattern has one, and the text that shows it to be one.
fn follow(then: &Pattern, text: &[u8], offset: usize) -> Option<Followed> {
    let captures = then.captures_at(text, 0)?;
    let moved = |range: Range<usize>| range.start + offset..range.end + offset;
    let body = captures
        .name("body")
        .or(captures.get(0))
        .map(|found| moved(found.range()))?;
    let inner = secret_in(&captures).map(|(range, quoted)| (moved(range), quoted));
    Some((inner, body))
}

/// A state holds every secret of its stack in plain text.
fn state_finding(path: &str, kind: FileKind, content: &[u8]) -> Option<SecretFinding> {
    let has = |word: &[u8]| content.windows(word.len()).any(|part| part == word);
    let is_state = kind == FileKind::State && has(b"\"lineage\"") && has(b"\"resources\"");
    is_state.then(|| SecretFinding {
        path: path.to_owned(),
        line: 1,
        column: 1,
        rule: "terraform-state".to_owned(),
        message: "Terraform state in the repository: it holds the secrets of its stack in plain text"
            .to_owned(),
    })
}
