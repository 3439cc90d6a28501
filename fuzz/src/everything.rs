//! Everything that can be made of a plan, put together: what must not panic, and must not leak.

use lockkeeper_plan::inspect::Inspection;
use lockkeeper_plan::reader::{ReadOptions, read, redacted};
use lockkeeper_plan::render::{MarkdownOptions, PlanView, RenderOptions, html, markdown, terminal};

/// What people are shown, and what programs are given.
pub struct Everything {
    /// For terminals and pages.
    pub shown: String,
    /// JSON.
    pub data: String,
}

/// Reads and classes a plan and renders it in every format; for what is no plan, the error.
pub fn of(plan: &[u8], width: usize) -> Everything {
    let options = ReadOptions {
        fingerprint_key: Some([7; 32]),
    };
    let document = match read(plan, &options) {
        Ok(document) => document,
        Err(error) => {
            return Everything {
                shown: error.to_string(),
                data: String::new(),
            };
        }
    };
    let inspection = Inspection::of(document);
    let view = PlanView::of(&inspection);
    let mut texts = vec![html(&view)];
    for full in [false, true] {
        let plain = RenderOptions {
            width,
            colour: false,
            full,
        };
        texts.push(terminal(&view, plain));
        let comment = MarkdownOptions {
            full,
            ..MarkdownOptions::default()
        };
        texts.push(markdown(&view, &comment));
    }
    let mut data = serde_json::to_string(&inspection).unwrap_or_default();
    if let Ok(redacted) = redacted(plan) {
        data.push_str(&redacted.to_string());
    }
    Everything {
        shown: texts.join("\n"),
        data,
    }
}

/// What a terminal or a page may show of a plan: no control characters but line ends.
pub fn is_safe(text: &str) -> bool {
    !text.contains(|character: char| character.is_control() && character != '\n')
}
