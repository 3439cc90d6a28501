//! Addresses of objects: `module.network["a"].aws_subnet.private[0]`.

/// An address or reference without the keys of `count` and `for_each`: `aws_subnet.a["x.y"].id` is
/// `aws_subnet.a.id`.
pub(crate) fn without_indices(address: &str) -> String {
    if !address.contains('[') {
        return address.to_owned();
    }
    let mut plain = String::with_capacity(address.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for character in address.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    plain
}

/// The address with a star in the place of every key: `module.network[*].aws_subnet.private[*]`.
pub fn starred(address: &str) -> String {
    let mut text = String::with_capacity(address.len());
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for character in address.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !inside => {
                inside = true;
                text.push_str("[*");
            }
            ']' if inside && !quoted => {
                inside = false;
                text.push(']');
            }
            character if !inside => text.push(character),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_off() {
        assert_eq!(
            without_indices(r#"module.a["x.y"].aws_b.c["k[0]\"]"].id"#),
            "module.a.aws_b.c.id"
        );
        assert_eq!(without_indices("a.b[0]"), "a.b");
    }

    #[test]
    fn keys_become_stars() {
        assert_eq!(starred(r#"module.a["x[0].\"y"].b.c[12]"#), "module.a[*].b.c[*]");
        assert_eq!(starred("a.b"), "a.b");
    }
}
