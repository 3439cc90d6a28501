//! Values of a Kubernetes secret that stand in its manifest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::literal::{is_placeholder, is_reference};

/// Whether the YAML document around the offset gives a literal under `data` or `stringData`. Names do
/// not matter here: the kind says that the values are secret. Values that are encrypted, taken from a
/// template or left open are none.
pub(super) fn has_literal(content: &[u8], offset: usize) -> bool {
    let text =
        String::from_utf8_lossy(content.get(document(content, offset)).unwrap_or_default()).into_owned();
    let mut section: Option<(bool, usize)> = None;
    for line in text.lines() {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        if let Some((encoded, outer)) = section {
            if indent > outer {
                if is_literal(body, encoded) {
                    return true;
                }
                continue;
            }
            section = None;
        }
        match body.trim_end() {
            "data:" => section = Some((true, indent)),
            "stringData:" => section = Some((false, indent)),
            _ => {}
        }
    }
    false
}

/// From the line `---` before the offset to the one behind it, within bounds.
fn document(content: &[u8], offset: usize) -> std::ops::Range<usize> {
    const FARTHEST: usize = 16 * 1024;
    const BREAK: &[u8] = b"\n---";
    let first = offset.saturating_sub(FARTHEST);
    let last = offset.saturating_add(FARTHEST).min(content.len());
    let before = content.get(first..offset).unwrap_or_default();
    let after = content.get(offset..last).unwrap_or_default();
    let start = before
        .windows(BREAK.len())
        .rposition(|part| part == BREAK)
        .map_or(first, |at| first + at + 1);
    let end = after
        .windows(BREAK.len())
        .position(|part| part == BREAK)
        .map_or(last, |at| offset + at);
    start..end
}

fn is_literal(line: &str, encoded: bool) -> bool {
    let Some((_, value)) = line.split_once(':') else {
        return false;
    };
    let value = value.trim().trim_matches(['"', '\'']);
    let value = if encoded {
        decoded(value)
    } else {
        Some(value.to_owned())
    };
    value.is_some_and(|value| {
        value.chars().count() >= 4
            && !matches!(value.as_str(), "|-" | ">-" | "|+")
            && !is_reference(&value)
            && !is_placeholder(&value)
    })
}

fn decoded(value: &str) -> Option<String> {
    let bytes = STANDARD.decode(value.split_whitespace().next()?).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        has_literal(text.as_bytes(), text.find("kind: Secret").unwrap())
    }

    #[test]
    fn literals_of_this_document_count() {
        assert!(found("apiVersion: v1\nkind: Secret\ndata:\n  a: aHVudGVyMg==\n"));
        assert!(found("stringData:\n  a: hunter2\nkind: Secret\n"));
    }

    #[test]
    fn templates_placeholders_and_other_documents_do_not() {
        assert!(!found("kind: Secret\ndata:\n  a: {{ .Values.a | b64enc }}\n"));
        assert!(!found("kind: Secret\nstringData:\n  a: changeme\n"));
        assert!(!found(
            "kind: Secret\ndata: {}\n---\nkind: ConfigMap\ndata:\n  a: aHVudGVyMg==\n"
        ));
        assert!(!found("kind: Secret\nstringData:\n  a: ENC[AES256_GCM,data:x]\n"));
    }
}
