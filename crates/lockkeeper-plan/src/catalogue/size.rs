//! Which of two named sizes is larger: `t3.micro` and `t3.large`, `n1-standard-1` and
//! `n1-standard-4`, `Standard_D2s_v3` and `Standard_D4s_v3`, `B1` and `P1v3`.

use std::cmp::Ordering;

/// Compares two sizes of machines. Answers nothing when they cannot be compared: another family of
/// the same size, or names that are not understood.
pub(super) fn compare_machines(before: &str, after: &str) -> Option<Ordering> {
    let (before, after) = (machine(before)?, machine(after)?);
    let (cores, memory) = (before.rank.cmp(&after.rank), before.memory.cmp(&after.memory));
    let same_family = before.family == after.family;
    let order = cores.then(memory);
    let is_clear =
        before.memory.is_some() == after.memory.is_some() && (memory == Ordering::Equal || memory == order);
    (before.scheme == after.scheme && is_clear && (same_family || order != Ordering::Equal)).then_some(order)
}

/// Compares two plans of Azure App Service. A better tier of a smaller size is neither more nor less: `S3` has four
/// cores, and `P1v2` has one.
pub(super) fn compare_plans(before: &str, after: &str) -> Option<Ordering> {
    let (before, after) = (plan(before)?, plan(after)?);
    let tier = before.tier.cmp(&after.tier);
    let size = before.size.cmp(&after.size);
    let comparable = before.elastic == after.elastic && (size == Ordering::Equal || tier != size.reverse());
    comparable.then(|| tier.then(size))
}

struct Plan {
    /// Plans of Functions (`EP1`) cannot be compared with those of App Service.
    elastic: bool,
    tier: u32,
    /// The size within the tier, and whether it has more memory (`P1mv3`).
    size: (u32, bool),
}

struct Machine {
    scheme: Scheme,
    family: String,
    rank: u32,
    /// In megabytes, where the name says it.
    memory: Option<u32>,
}

#[derive(PartialEq, Eq)]
enum Scheme {
    Amazon,
    Azure,
    /// Sizes of a series of Azure whose numbers say nothing of other series: its letters, and its tens.
    AzureByNumber(String, u32),
    Google,
}

fn machine(name: &str) -> Option<Machine> {
    amazon(name).or_else(|| azure(name)).or_else(|| google(name))
}

/// `m5.2xlarge`, `db.t3.micro`, `cache.r6g.large`, and `BUILD_GENERAL1_MEDIUM` of builds.
fn amazon(name: &str) -> Option<Machine> {
    let of_builds = || name.strip_prefix("BUILD_")?.split_once('_');
    let (family, size) = name.rsplit_once('.').or_else(of_builds)?;
    let size = size.to_ascii_lowercase();
    let named = ["nano", "micro", "small", "medium", "large", "xlarge"];
    let rank = match size.strip_suffix("xlarge").filter(|times| !times.is_empty()) {
        Some(times) => 50 + 10 * times.parse::<u32>().ok()?,
        None if size.starts_with("metal") => 10_000,
        None => match named.iter().position(|candidate| *candidate == size) {
            Some(at) => 10 * u32::try_from(at).ok()?,
            None => worker(&size)?,
        },
    };
    Some(Machine {
        scheme: Scheme::Amazon,
        family: family.to_owned(),
        rank,
        memory: None,
    })
}

/// The workers of Glue count in units of four cores: `G.2X`, and a quarter of one, `G.025X`.
fn worker(size: &str) -> Option<u32> {
    let units = size.strip_suffix('x')?;
    match units.strip_prefix('0') {
        Some("25") => Some(25),
        _ => units.parse::<u32>().ok()?.checked_mul(100),
    }
}

/// `Standard_D4s_v3`, `Standard_B2ms`, `Standard_E16-8s_v5`.
fn azure(name: &str) -> Option<Machine> {
    let size = name
        .strip_prefix("Standard_")
        .or_else(|| name.strip_prefix("Basic_"))?;
    let letters: String = size
        .chars()
        .take_while(|character| character.is_ascii_alphabetic())
        .collect();
    let digits: String = size
        .chars()
        .skip(letters.len())
        .take_while(char::is_ascii_digit)
        .collect();
    let rank: u32 = digits.parse().ok()?;
    let (scheme, family) = match counts_no_cores(size, &letters) {
        true => (Scheme::AzureByNumber(letters.clone(), rank / 10), letters),
        false => (Scheme::Azure, letters),
    };
    Some(Machine {
        scheme,
        family,
        rank,
        memory: None,
    })
}

/// In the first series the number is only a number: `Standard_DS11_v2` has two cores, and `Standard_DS4_v2` eight.
fn counts_no_cores(size: &str, letters: &str) -> bool {
    let version = size.rsplit_once("_v").map(|(_, version)| version);
    matches!(letters, "A" | "D" | "DS" | "G" | "GS")
        && !size
            .trim_start_matches(letters)
            .contains(|character: char| character.is_ascii_lowercase() && character != 'v')
        && matches!(version, None | Some("2"))
}

/// `n1-standard-4`, `e2-micro`, `c3-highcpu-22`, `a2-highgpu-1g`, `n2-custom-4-8192`.
fn google(name: &str) -> Option<Machine> {
    let (series, rest) = name.split_once('-')?;
    if let Some((cores, memory)) = of_own_make(name) {
        return Some(Machine {
            scheme: Scheme::Google,
            family: format!("{series}-custom"),
            rank: 2 + cores,
            memory: Some(memory),
        });
    }
    let shared = match rest {
        "micro" => Some(0),
        "small" => Some(1),
        "medium" => Some(2),
        _ => None,
    };
    if let Some(rank) = shared {
        return Some(Machine {
            scheme: Scheme::Google,
            family: format!("{series}-standard"),
            rank,
            memory: None,
        });
    }
    let (kind, count) = rest.rsplit_once('-').filter(|(kind, _)| !kind.contains('-'))?;
    let rank = 2 + count.trim_end_matches('g').parse::<u32>().ok()?;
    Some(Machine {
        scheme: Scheme::Google,
        family: format!("{series}-{kind}"),
        rank,
        memory: None,
    })
}

/// The cores and megabytes of `custom-4-8192`, `n2-custom-4-8192` and `n2-custom-4-8192-ext`.
fn of_own_make(name: &str) -> Option<(u32, u32)> {
    let (_, sizes) = name.trim_end_matches("-ext").rsplit_once("custom-")?;
    let (cores, memory) = sizes.split_once('-')?;
    Some((cores.parse().ok()?, memory.parse().ok()?))
}

/// Tiers of App Service in ascending order, by name and by the letter of their sizes; `Premium_2` is a tier with its
/// number of units.
fn plan(name: &str) -> Option<Plan> {
    let tier = |name: &str| match name.to_ascii_lowercase().as_str() {
        "f" | "free" => Some(0),
        "d" | "shared" => Some(1),
        "b" | "basic" => Some(2),
        "s" | "standard" => Some(3),
        "p" | "premium" => Some(4),
        "premiumv2" => Some(5),
        "premiumv3" => Some(6),
        "premiumv4" => Some(7),
        "i" | "isolated" => Some(10),
        "isolatedv2" => Some(11),
        _ => None,
    };
    if let Some(tier) = tier(name).filter(|_| name.len() > 1) {
        return Some(Plan {
            elastic: false,
            tier,
            size: (0, false),
        });
    }
    if let Some((units_of, units)) = name.split_once('_') {
        return Some(Plan {
            elastic: false,
            tier: tier(units_of)?,
            size: (units.parse().ok()?, false),
        });
    }
    let digits = name.find(|character: char| character.is_ascii_digit())?;
    let (letter, size) = name.split_at_checked(digits)?;
    let (size, generation) = size.split_once('v').unwrap_or((size, "1"));
    let generation: u32 = generation.parse().ok()?;
    let cores = size.trim_end_matches('m');
    let elastic = letter.eq_ignore_ascii_case("ep");
    let tier = if elastic { 0 } else { tier(letter)? };
    Some(Plan {
        elastic,
        tier: tier + generation.saturating_sub(1),
        size: (cores.parse().ok()?, cores != size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_ordered() {
        for (smaller, larger) in [
            ("t2.micro", "t2.large"),
            ("t3.large", "m5.xlarge"),
            ("G.1X", "G.2X"),
            ("G.025X", "G.1X"),
            ("BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_2XLARGE"),
            ("m5.xlarge", "m5.2xlarge"),
            ("db.r5.8xlarge", "db.r5.24xlarge"),
            ("n1-standard-1", "n1-standard-4"),
            ("e2-small", "e2-standard-2"),
            ("custom-2-4096", "custom-4-8192"),
            ("n2-custom-2-4096", "n2-custom-2-8192"),
            ("a2-highgpu-1g", "a2-highgpu-4g"),
            ("Standard_D2s_v3", "Standard_D4s_v5"),
            ("Standard_DS2_v2", "Standard_DS3_v2"),
            ("Standard_B2ms", "Standard_D4s_v5"),
        ] {
            assert_eq!(
                compare_machines(smaller, larger),
                Some(Ordering::Less),
                "{smaller} {larger}"
            );
            assert_eq!(
                compare_machines(larger, smaller),
                Some(Ordering::Greater),
                "{smaller} {larger}"
            );
        }
    }

    #[test]
    fn what_cannot_be_compared_is_not() {
        for (one, other) in [
            ("m5.large", "r5.large"),
            ("t2.micro", "n1-standard-4"),
            ("n1-standard-4", "n1-highmem-4"),
            ("custom-2-16384", "custom-4-8192"),
            ("n2-standard-2", "n2-custom-4-8192"),
            ("a", "b"),
            ("cx21", "cx31"),
            ("Standard_D4s_v3", "Standard_DS11_v2"),
            ("Standard_DS5_v2", "Standard_D8s_v5"),
            ("Standard_DS4_v2", "Standard_DS11_v2"),
        ] {
            assert_eq!(compare_machines(one, other), None, "{one} {other}");
        }
    }

    #[test]
    fn plans_are_ordered() {
        for (smaller, larger) in [
            ("B1", "S1"),
            ("S1", "S2"),
            ("P1v2", "P1v3"),
            ("Basic", "Standard"),
            ("F1", "B1"),
            ("EP1", "EP2"),
            ("P1v3", "P1mv3"),
            ("Premium_1", "Premium_2"),
            ("Basic_1", "Standard_1"),
        ] {
            assert_eq!(
                compare_plans(smaller, larger),
                Some(Ordering::Less),
                "{smaller} {larger}"
            );
        }
        for (one, other) in [
            ("premium", "Y1"),
            ("S3", "P1v2"),
            ("P3v2", "P1v3"),
            ("S1", "EP1"),
            ("Developer_1", "Premium_1"),
        ] {
            assert_eq!(compare_plans(one, other), None, "{one} {other}");
        }
    }
}
