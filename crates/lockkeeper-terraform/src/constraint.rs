//! Version constraints: `>= 1.5, < 2.0`, `~> 1.11`.

/// Whether the version, in three numbers, satisfies the constraint. `None` when it cannot be read: the
/// tool itself says then what is wrong with it.
pub fn satisfies(constraint: &str, version: (u32, u32, u32)) -> Option<bool> {
    constraint
        .split(',')
        .try_fold(true, |all, part| Some(all && one(part.trim(), version)?))
}

fn one(part: &str, version: (u32, u32, u32)) -> Option<bool> {
    let end = part.find(|c: char| c.is_ascii_digit() || c == 'v')?;
    let (operator, number) = part.split_at_checked(end)?;
    let number = number.trim_start_matches('v');
    // What stands behind the numbers orders pre-releases, which are not looked at here.
    let number = number.split(['-', '+']).next()?;
    let parts: Vec<u32> = number
        .split('.')
        .map(|part| part.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [major, minor, patch] = match parts.as_slice() {
        [major] => [*major, 0, 0],
        [major, minor] => [*major, *minor, 0],
        [major, minor, patch] => [*major, *minor, *patch],
        _ => return None,
    };
    let asked = (major, minor, patch);
    Some(match operator.trim() {
        "" | "=" => version == asked,
        "!=" => version != asked,
        ">" => version > asked,
        ">=" => version >= asked,
        "<" => version < asked,
        "<=" => version <= asked,
        // Only the last number that is written may go up.
        "~>" => {
            let below = if parts.len() > 2 {
                (major, minor.checked_add(1)?, 0)
            } else {
                (major.checked_add(1)?, 0, 0)
            };
            version >= asked && version < below
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_terraform_reads_them() {
        let version = (1, 11, 4);
        for (constraint, expected) in [
            ("1.11.4", Some(true)),
            ("= 1.11.3", Some(false)),
            (">= 1.5, < 2.0.0", Some(true)),
            (">= 1.5, < 1.11", Some(false)),
            ("~> 1.11", Some(true)),
            ("~> 1.10", Some(true)),
            ("~> 1.10.0", Some(false)),
            ("~> 1.11.0", Some(true)),
            ("~> 2", Some(false)),
            ("!= 1.11.4", Some(false)),
            (">=1.11.4-beta1", Some(true)),
            ("> v1.11.4", Some(false)),
            ("", None),
            ("latest", None),
            ("=> 1.0", None),
            ("1.2.3.4", None),
        ] {
            assert_eq!(satisfies(constraint, version), expected, "{constraint}");
        }
    }
}
