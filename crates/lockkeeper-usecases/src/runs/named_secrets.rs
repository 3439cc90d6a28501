//! Hides values that stand under the name of a secret in the output of a tool. A tool shows them when a
//! provider has not marked them as sensitive; the plan that Lockkeeper keeps hides them by the same names.

/// What stands in the place of a value.
const MASKED: &str = "[masked]";

/// Words that make a name that of a secret.
const TELLING: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "accesskey",
    "connectionstring",
];

/// Names with a telling word that hold no secret: identifiers, files, settings.
const HARMLESS_ENDINGS: [&str; 8] = [
    "id", "arn", "name", "version", "length", "enabled", "type", "rotation",
];

/// Hides values line by line. Keeps in mind whether it is inside a text of several lines.
#[derive(Debug, Default)]
pub(super) struct NamedSecrets {
    inside_text: bool,
}

impl NamedSecrets {
    /// The text, which is one or more whole lines, with such values hidden.
    pub(super) fn hide(&mut self, text: &str) -> String {
        text.split_inclusive('\n')
            .map(|line| self.hide_line(line))
            .collect()
    }

    fn hide_line(&mut self, line: &str) -> String {
        if self.inside_text {
            self.inside_text = line.trim() != "EOT";
            let indent: String = line
                .chars()
                .take_while(|character| character.is_whitespace())
                .collect();
            return if self.inside_text {
                format!("{}{MASKED}\n", indent.trim_end_matches('\n'))
            } else {
                line.to_owned()
            };
        }
        let Some(at) = line.find(['=', ':']) else {
            return line.to_owned();
        };
        let (name, value) = line.split_at(at);
        if !is_telling(name) {
            return line.to_owned();
        }
        self.inside_text = value.contains("<<") && value.contains("EOT");
        format!("{name}{}", hide_quoted(value))
    }
}

/// Whether the last word before the sign names a secret.
fn is_telling(before: &str) -> bool {
    let name = before
        .trim_end()
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let plain: String = name
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    TELLING.iter().any(|word| plain.contains(word))
        && !HARMLESS_ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// Replaces what stands between double quotes.
fn hide_quoted(value: &str) -> String {
    let mut hidden = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        hidden.push(character);
        if character != '"' {
            continue;
        }
        hidden.push_str(MASKED);
        let mut escaped = false;
        for inner in characters.by_ref() {
            if inner == '"' && !escaped || inner == '\n' {
                hidden.push(inner);
                break;
            }
            escaped = inner == '\\' && !escaped;
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        NamedSecrets::default().hide(text)
    }

    #[test]
    fn values_under_telling_names() {
        assert_eq!(
            hidden("      - password = \"hunter2\" -> null\n"),
            "      - password = \"[masked]\" -> null\n"
        );
        assert_eq!(
            hidden("  ~ db_secret = \"a\\\"b\" -> \"c\"\n"),
            "  ~ db_secret = \"[masked]\" -> \"[masked]\"\n"
        );
        assert_eq!(hidden("\"apiKey\": \"x\"\n"), "\"apiKey\": \"[masked]\"\n");
    }

    #[test]
    fn texts_of_several_lines() {
        let text = "  + private_key = <<-EOT\n        -----BEGIN\n        abc\n    EOT\n  + name = \"x\"\n";
        let hidden = hidden(text);
        assert!(!hidden.contains("BEGIN") && !hidden.contains("abc"), "{hidden}");
        assert!(hidden.ends_with("    EOT\n  + name = \"x\"\n"), "{hidden}");
    }

    #[test]
    fn everything_else_stays() {
        for line in [
            "  ~ input = \"one\" -> \"two\"\n",
            "  + secret_arn = \"arn:aws:x\"\n",
            "Plan: 1 to add\n",
            "token\n",
            "",
            "é = \"x\"\n",
            "password = (sensitive value)\n",
        ] {
            assert_eq!(hidden(line), line);
        }
    }
}
