//! Lines of text with a tone for each part, which every format paints in its own way.

/// What a part of a line means to the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Ordinary text.
    Plain,
    /// Of lesser weight.
    Dim,
    /// Something is added.
    Added,
    /// Something is taken away.
    Removed,
    /// Something is altered.
    Changed,
    /// Of a high class, or otherwise to be seen first.
    Alarming,
}

/// A part of a line. The text holds no line break and nothing that moves a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) tone: Tone,
    pub(super) text: String,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) spans: Vec<Span>,
}

impl Line {
    /// A line of one tone.
    pub(super) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self::default().with(tone, text)
    }

    /// The line with another part at its end.
    pub(super) fn with(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.spans.push(Span {
            tone,
            text: text.into(),
        });
        self
    }

    /// The line, moved to the right.
    pub(super) fn indented(mut self, spaces: usize) -> Self {
        self.spans.insert(
            0,
            Span {
                tone: Tone::Plain,
                text: " ".repeat(spaces),
            },
        );
        self
    }

    /// The text without tones.
    pub(super) fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}
