//! Reads the part of Graphviz's language that Terraform and OpenTofu write.

use std::iter::Peekable;

/// Why a text is no graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DotError {
    /// It does not begin as one.
    #[error("the text is not a graph: it does not begin with `digraph`")]
    NoGraph,
    /// It ends in the middle.
    #[error("the graph is not complete: it ends in the middle")]
    Incomplete,
}

/// The vertices, and which points to which.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Dot {
    pub(crate) vertices: Vec<String>,
    /// From what needs to what is needed.
    pub(crate) edges: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Arrow,
    Mark(char),
}

/// Reads a graph.
pub(crate) fn parse(text: &str) -> Result<Dot, DotError> {
    let mut tokens = Tokens(text.chars().peekable()).peekable();
    if tokens.next() != Some(Token::Word("digraph".to_owned())) {
        return Err(DotError::NoGraph);
    }
    let mut dot = Dot::default();
    let mut depth = 0_usize;
    while let Some(token) = tokens.next() {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') if depth == 1 => return Ok(dot),
            Token::Mark('}') => depth = depth.saturating_sub(1),
            Token::Mark('[') => skip_attributes(&mut tokens),
            Token::Word(word) if depth > 0 => statement(word, &mut tokens, &mut dot),
            _ => {}
        }
    }
    Err(DotError::Incomplete)
}

/// `a -> b`, `a [label = "b"]`, `rankdir = "RL"` or `subgraph "a" {`.
fn statement(word: String, tokens: &mut Peekable<Tokens<'_>>, dot: &mut Dot) {
    match tokens.peek() {
        Some(Token::Arrow) => {
            tokens.next();
            if let Some(Token::Word(target)) = tokens.peek().cloned() {
                tokens.next();
                dot.edges.push((word, target));
            }
        }
        Some(Token::Mark('=')) => {
            tokens.next();
            tokens.next();
        }
        Some(Token::Word(_)) if word == "subgraph" => {
            tokens.next();
        }
        _ if matches!(word.as_str(), "node" | "edge" | "graph" | "subgraph") => {}
        _ => dot.vertices.push(word),
    }
}

fn skip_attributes(tokens: &mut Peekable<Tokens<'_>>) {
    for token in tokens.by_ref() {
        if token == Token::Mark(']') {
            return;
        }
    }
}

struct Tokens<'t>(Peekable<std::str::Chars<'t>>);

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let first = loop {
            let character = self.0.next()?;
            if !character.is_whitespace() {
                break character;
            }
        };
        Some(match first {
            '"' => Token::Word(self.quoted()),
            '-' if self.0.next_if_eq(&'>').is_some() => Token::Arrow,
            '{' | '}' | '[' | ']' | '=' | ';' | ',' => Token::Mark(first),
            _ => {
                let mut word = String::from(first);
                let ends = |c: &char| c.is_whitespace() || "{}[]=;,\"".contains(*c);
                while let Some(character) = self.0.next_if(|c| !ends(c)) {
                    word.push(character);
                }
                Token::Word(word)
            }
        })
    }
}

impl Tokens<'_> {
    /// The rest of a quoted text; `\"` and `\\` stand for one character.
    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(character) = self.0.next() {
            match character {
                '"' => break,
                '\\' => text.extend(self.0.next()),
                other => text.push(other),
            }
        }
        text
    }
}
