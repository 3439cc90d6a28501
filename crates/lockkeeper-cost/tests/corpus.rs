//! Real plans: the reader's effects are priced, nothing panics, and what is said adds up.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::Path;

use lockkeeper_cost::{CostEstimate, EstimateOptions, Money, PlanContext, PriceBook, estimate};
use lockkeeper_domain::effect::Effect;
use lockkeeper_plan::reader::{ReadOptions, read};

fn plans() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lockkeeper-plan/tests/corpus/plans");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut plans: Vec<(String, Vec<u8>)> = entries
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    plans.sort();
    plans
}

fn price(bytes: &[u8], book: &PriceBook) -> Option<(Vec<Effect>, CostEstimate)> {
    let effects = read(bytes, &ReadOptions::default()).ok()?.effects;
    let options = EstimateOptions {
        context: PlanContext::read(bytes, &effects, book),
        ..EstimateOptions::default()
    };
    let estimate = estimate(&effects, book, &options);
    Some((effects, estimate))
}

fn named(name: &str) -> CostEstimate {
    let (_, bytes) = plans().into_iter().find(|(file, _)| file == name).unwrap();
    price(&bytes, PriceBook::embedded().unwrap()).unwrap().1
}

#[test]
fn what_is_said_of_real_plans_adds_up() {
    let book = PriceBook::embedded().unwrap();
    let mut read = 0;
    for (name, bytes) in plans() {
        let Some((effects, estimate)) = price(&bytes, book) else {
            continue;
        };
        read += 1;
        let part = PriceBook::embedded_for(&effects).unwrap();
        assert_eq!(
            price(&bytes, &part).unwrap().1,
            estimate,
            "{name}, with a part of the book"
        );
        let sum = |amount: fn(&lockkeeper_cost::ResourceCost) -> Money| {
            estimate
                .by_resource
                .iter()
                .map(|cost| amount(cost).micros())
                .sum::<i64>()
        };
        assert_eq!(
            sum(|cost| cost.before),
            estimate.monthly_before.micros(),
            "{name}"
        );
        assert_eq!(sum(|cost| cost.after), estimate.monthly_after.micros(), "{name}");
        assert_eq!(sum(|cost| cost.delta), estimate.monthly_delta.micros(), "{name}");
        // Each effect that does something is somewhere.
        let busy = effects.iter().filter(|effect| !effect.action.is_idle());
        for effect in busy.filter(|effect| effect.action.to_string() != "forgets") {
            let listed = estimate
                .by_resource
                .iter()
                .any(|cost| cost.address == effect.address)
                || estimate.unpriced.iter().any(|gap| gap.address == effect.address)
                || estimate.free.iter().any(|free| free.address == effect.address);
            assert!(listed || estimate.unchanged > 0, "{name}: {}", effect.address);
        }
        let again = price(&bytes, book).unwrap().1;
        assert_eq!(
            serde_json::to_string(&again).unwrap(),
            serde_json::to_string(&estimate).unwrap(),
            "{name}"
        );
    }
    assert!(read > 250, "{read} plans were read");
}

/// The types of the corpus that the book has nothing to say of are few, and none is of the three clouds'
/// everyday ones.
#[test]
fn most_of_what_real_plans_hold_is_known() {
    let book = PriceBook::embedded().unwrap();
    let (mut known, mut unknown) = (0, BTreeMap::<String, usize>::new());
    for (_, bytes) in plans() {
        let Some((_, estimate)) = price(&bytes, book) else {
            continue;
        };
        known += estimate.by_resource.len() + estimate.free.len();
        for gap in &estimate.unpriced {
            match gap.why.contains("does not know this type") {
                true => *unknown.entry(gap.resource_type.clone()).or_default() += 1,
                false => known += 1,
            }
        }
    }
    let of_clouds = |name: &&String| {
        ["aws_", "azurerm_", "google_"]
            .iter()
            .any(|cloud| name.starts_with(cloud))
    };
    let strange: Vec<&String> = unknown.keys().filter(of_clouds).collect();
    assert!(strange.len() <= 40, "{strange:?}");
    assert!(
        known > 10 * unknown.values().sum::<usize>(),
        "{known} known, and {unknown:?}"
    );
}

#[test]
fn real_plans_cost_what_their_parts_do() {
    for (name, expected) in [
        // Three disks of 40 GB in us-east-1.
        ("fugue-regula__volume_encrypted_infra.json", "+12.00 USD / month"),
        // A thousand small PostgreSQL databases of 20 GB.
        (
            "dhendrickson-ccc-tf-plan-analyzer__large-plan-1000.json",
            "+15440.00 USD / month",
        ),
        // A machine that grows from t2.micro to t2.large.
        (
            "cloudposse-atmos__plan_json-success_change.json",
            "+59.28 USD / month",
        ),
        // Five machines of t2.micro go.
        (
            "cloudposse-atmos__plan_json-success_destroy.json",
            "-42.34 USD / month",
        ),
        // A Bigtable instance of one node.
        (
            "GoogleCloudPlatform-terraform-validator__example_bigtable_instance.json",
            "+474.50 USD / month",
        ),
    ] {
        assert_eq!(named(name).delta().to_string(), expected, "{name}");
    }
}
