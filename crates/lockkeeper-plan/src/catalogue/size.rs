//! Which of two named sizes is larger: `t3.micro` and `t3.large`, `n1-standard-1` and
//! `n1-standard-4`, `Standard_D2s_v3` and `Standard_D4s_v3`, `B1` and `P1v3`.

use std::cmp::Ordering;

use super::pattern::Pattern;

// `SIZES`, made by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

struct Sizes {
    amazon: Families,
    azure: Families,
    google: Families,
    named: &'static [NamedSizes],
}

/// What the names of families leave unsaid.
struct Families {
    arm: &'static [Pattern],
    memory: &'static [Memory],
    accelerated: &'static [Accelerated],
    managed: &'static [&'static str],
}

struct Memory {
    gigabytes: f64,
    families: &'static [Pattern],
}

struct Accelerated {
    kind: &'static str,
    families: &'static [Pattern],
}

struct NamedSizes {
    arm: &'static [Pattern],
    sizes: &'static [(&'static str, u32, f64)],
}

/// Compares two sizes of machines. One is more than another when it has no less of anything. Answers nothing when they
/// cannot be compared: more cores but less memory, another processor or accelerator, another family of which nothing is
/// known, or names that are not understood.
pub(super) fn compare_machines(before: &str, after: &str) -> Option<Ordering> {
    let (before, after) = (machine(before)?, machine(after)?);
    if (&before.scheme, before.arm, before.accelerator) != (&after.scheme, after.arm, after.accelerator) {
        return None;
    }
    let cores = before.cores.cmp(&after.cores);
    let Some((memory_before, memory_after)) = before.megabytes.zip(after.megabytes) else {
        return (before.family == after.family).then_some(cores);
    };
    let memory = memory_before.cmp(&memory_after);
    (cores != memory.reverse() || cores == Ordering::Equal).then_some(cores.then(memory))
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
    /// In thousandths.
    cores: u32,
    megabytes: Option<u32>,
    arm: bool,
    accelerator: Option<&'static str>,
}

#[derive(PartialEq, Eq)]
enum Scheme {
    Amazon,
    Azure,
    /// Sizes of a series of Azure whose numbers say nothing of other series: its letters, and its tens.
    AzureByNumber(String, u32),
    Google,
    /// Names that say their cores and their memory.
    Spelled,
    Named,
}

fn machine(name: &str) -> Option<Machine> {
    let known = named(name).or_else(|| spelled(name));
    known
        .or_else(|| amazon(name))
        .or_else(|| azure(name))
        .or_else(|| google(name))
}

impl Families {
    /// A machine of a family; `called` are the names by which the data may know it, the most telling first.
    fn machine(&self, scheme: Scheme, family: &str, called: &[&str], cores: u32) -> Machine {
        let is_one = |patterns: &[Pattern], name: &str| patterns.iter().any(|pattern| pattern.matches(name));
        let memory = called
            .iter()
            .find_map(|name| self.memory.iter().find(|memory| is_one(memory.families, name)));
        let mut accelerated = self.accelerated.iter();
        let of = |kind: &&Accelerated| called.iter().any(|name| is_one(kind.families, name));
        Machine {
            scheme,
            family: family.to_owned(),
            cores,
            megabytes: memory.map(|memory| megabytes(cores, memory.gigabytes)),
            arm: called.iter().any(|name| is_one(self.arm, name)),
            accelerator: accelerated.find(of).map(|kind| kind.kind),
        }
    }
}

/// The memory of so many thousandths of cores.
fn megabytes(cores: u32, gigabytes: f64) -> u32 {
    (f64::from(cores) * gigabytes * 1.024) as u32
}

/// `cx22`.
fn named(name: &str) -> Option<Machine> {
    let mut found = SIZES.named.iter().flat_map(|provider| {
        let of = |(size, ..): &&(&str, u32, f64)| *size == name;
        provider.sizes.iter().find(of).map(|size| (provider, size))
    });
    let (provider, (_, cores, gigabytes)) = found.next()?;
    Some(Machine {
        scheme: Scheme::Named,
        family: String::new(),
        cores: 1000 * cores,
        megabytes: Some(megabytes(1000, *gigabytes)),
        arm: provider.arm.iter().any(|pattern| pattern.matches(name)),
        accelerator: None,
    })
}

/// `s-1vcpu-2gb`, `g-2vcpu-8gb-intel`.
fn spelled(name: &str) -> Option<Machine> {
    let number = |ending: &str| {
        name.split('-')
            .find_map(|part| part.strip_suffix(ending)?.parse::<u32>().ok())
    };
    let (cores, gigabytes) = (number("vcpu")?, number("gb")?);
    Some(Machine {
        scheme: Scheme::Spelled,
        family: String::new(),
        cores: cores.checked_mul(1000)?,
        megabytes: Some(gigabytes.checked_mul(1024)?),
        arm: false,
        accelerator: None,
    })
}

/// `m5.2xlarge`, `db.t3.micro`, `cache.r6g.large`, and `BUILD_GENERAL1_MEDIUM` of builds.
fn amazon(name: &str) -> Option<Machine> {
    let of_builds = || name.strip_prefix("BUILD_")?.split_once('_');
    let (family, size) = name.rsplit_once('.').or_else(of_builds)?;
    let size = size.to_ascii_lowercase();
    let cores = match size.as_str() {
        "nano" => 125,
        "micro" => 250,
        "small" => 500,
        "medium" => 1000,
        "large" => 2000,
        "xlarge" => 4000,
        "metal" => u32::MAX,
        other => {
            let times = other
                .strip_suffix("xlarge")
                .or_else(|| other.strip_prefix("metal-")?.strip_suffix("xl"));
            let times = times.and_then(|times| times.parse::<u32>().ok());
            times.map_or_else(|| worker(other), |times| times.checked_mul(4000))?
        }
    };
    let (service, bare) = family.rsplit_once('.').unwrap_or(("", family));
    let mut machine = SIZES.amazon.machine(Scheme::Amazon, family, &[bare], cores);
    machine.arm &= !SIZES.amazon.managed.contains(&service);
    // As many as the largest, however many those are.
    machine.megabytes = machine.megabytes.filter(|_| cores != u32::MAX);
    Some(machine)
}

/// The workers of Glue count in units of four cores: `G.2X`, and a quarter of one, `G.025X`.
fn worker(size: &str) -> Option<u32> {
    let units = size.strip_suffix('x')?;
    match units.strip_prefix('0') {
        Some("25") => Some(1000),
        _ => units.parse::<u32>().ok()?.checked_mul(4000),
    }
}

/// `Standard_D4s_v3`, `Standard_B2ms`, `Standard_E16-8s_v5`.
fn azure(name: &str) -> Option<Machine> {
    let size = name
        .strip_prefix("Standard_")
        .or_else(|| name.strip_prefix("Basic_"))?;
    let digits = size.find(|character: char| !character.is_ascii_alphabetic())?;
    let (letters, rest) = size.split_at_checked(digits)?;
    let (number, features) = leading_number(rest)?;
    // Of `E16-8s_v5` eight cores are in use, with the memory of sixteen.
    let (used, features) = match features.strip_prefix('-').and_then(leading_number) {
        Some((used, features)) => (used, features),
        None => (number, features),
    };
    let cores = number.checked_mul(1000)?;
    if counts_no_cores(size, letters) {
        let scheme = Scheme::AzureByNumber(letters.to_owned(), number / 10);
        return Some(SIZES.azure.machine(scheme, letters, &[], cores));
    }
    let shape = format!("{letters}#{features}");
    let family = shape.split("_v").next().unwrap_or(&shape);
    let mut machine = SIZES.azure.machine(Scheme::Azure, family, &[size, &shape], cores);
    machine.cores = used.checked_mul(1000)?;
    Some(machine)
}

fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, rest))
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
    if let Some((cores, megabytes)) = of_own_make(name) {
        let (family, cores) = (format!("{series}-custom"), cores.checked_mul(1000)?);
        let machine = SIZES.google.machine(Scheme::Google, &family, &[&family], cores);
        let megabytes = Some(megabytes);
        return Some(Machine { megabytes, ..machine });
    }
    let (kind, cores) = match rest {
        "micro" => ("standard", 250),
        "small" => ("standard", 500),
        "medium" => ("standard", 1000),
        _ => {
            let (kind, count) = rest.rsplit_once('-').filter(|(kind, _)| !kind.contains('-'))?;
            let count: u32 = count.trim_end_matches('g').parse().ok()?;
            (kind, count.checked_mul(1000)?)
        }
    };
    let family = format!("{series}-{kind}");
    Some(SIZES.google.machine(Scheme::Google, &family, &[&family], cores))
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
            ("Standard_B2s", "Standard_B2ms"),
            ("Standard_E16-8s_v5", "Standard_E16s_v5"),
            ("m5.large", "r5.large"),
            ("m5.24xlarge", "m5.metal"),
            ("m6g.medium", "c7gn.xlarge"),
            ("cache.m5.large", "cache.m6g.xlarge"),
            ("n1-standard-4", "n1-highmem-4"),
            ("n2-standard-2", "n2-custom-4-8192"),
            ("e2-medium", "e2-standard-2"),
            ("s-1vcpu-2gb", "s-2vcpu-4gb-intel"),
            ("cx21", "cx31"),
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
            ("t2.micro", "n1-standard-4"),
            ("custom-2-16384", "custom-4-8192"),
            ("a", "b"),
            ("cx22", "cax31"),
            ("r5.xlarge", "c5.2xlarge"),
            ("g4dn.xlarge", "m5.2xlarge"),
            ("t3.medium", "t4g.large"),
            ("x9.large", "y9.xlarge"),
            ("Standard_E4s_v5", "Standard_F8s_v2"),
            ("Standard_NC6s_v3", "Standard_D16s_v5"),
            ("Standard_D4s_v5", "Standard_D8ps_v5"),
            ("Standard_D32s_v5", "Standard_D48ls_v5"),
            ("n2-highmem-8", "n2-highcpu-16"),
            ("a2-highgpu-1g", "n2-standard-16"),
            ("n2-standard-2", "t2a-standard-4"),
            ("s-1vcpu-8gb", "s-2vcpu-4gb"),
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
