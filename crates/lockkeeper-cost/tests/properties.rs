//! What holds of every estimate, whatever the effects.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::LazyLock;

use lockkeeper_cost::{CostEstimate, EstimateOptions, PlanContext, PriceBook, estimate, read_infracost};
use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Effect};
use proptest::prelude::*;
use serde_json::{Value, json};

static BOOK: LazyLock<&PriceBook> = LazyLock::new(|| PriceBook::embedded().unwrap());

fn of(effects: &[Effect]) -> CostEstimate {
    estimate(effects, &BOOK, &EstimateOptions::default())
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::NoOp),
        Just(Action::Read),
        Just(Action::Create),
        Just(Action::Update),
        Just(Action::Delete),
        Just(Action::DeleteThenCreate),
        Just(Action::CreateThenDelete),
        Just(Action::Forget),
        Just(Action::CreateThenForget),
        Just(Action::Invoke),
        Just(Action::Unknown("fold".to_owned())),
    ]
}

fn any_value() -> impl Strategy<Value = AttributeValue> {
    let scalar = prop_oneof![
        any::<i64>().prop_map(Value::from),
        (0_u32..5_000).prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(Value::from),
        prop_oneof![
            Just("t3.micro"),
            Just("m5.large"),
            Just("gp3"),
            Just("io1"),
            Just("eu-west-1a"),
            Just("postgres"),
            Just("db.t3.micro"),
            Just("Standard_B2ms"),
            Just("westeurope"),
            Just("e2-medium"),
            Just("moon-1"),
            Just(""),
        ]
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let nested = scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_name(), inner, 0..4)
                .prop_map(|object| Value::Object(object.into_iter().collect())),
        ]
    });
    prop_oneof![
        1 => Just(AttributeValue::Absent),
        1 => Just(AttributeValue::Unknown),
        1 => Just(AttributeValue::Sensitive { fingerprint: None }),
        6 => nested.prop_map(AttributeValue::Known),
    ]
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("instance_type"),
        Just("size"),
        Just("type"),
        Just("iops"),
        Just("root_block_device"),
        Just("volume_size"),
        Just("ebs_block_device"),
        Just("volume_type"),
        Just("engine"),
        Just("instance_class"),
        Just("multi_az"),
        Just("allocated_storage"),
        Just("storage_type"),
        Just("availability_zone"),
        Just("location"),
        Just("zone"),
        Just("machine_type"),
        Just("region"),
        Just("tags"),
    ]
    .prop_map(str::to_owned)
}

fn any_path() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any_name(),
        1 => (any_name(), 0_usize..3, any_name()).prop_map(|(list, at, name)| format!("{list}[{at}].{name}")),
        1 => "[a-z.\\[\\]0-9]{0,20}",
    ]
}

fn any_attribute() -> impl Strategy<Value = AttributeChange> {
    (any_path(), any_value(), any_value(), any::<bool>()).prop_map(|(path, before, after, computed)| {
        let mut change = AttributeChange::new(&path, before, after);
        change.computed = computed;
        change
    })
}

fn any_effect() -> impl Strategy<Value = Effect> {
    let types = prop_oneof![
        Just("aws_instance"),
        Just("aws_ebs_volume"),
        Just("aws_db_instance"),
        Just("aws_nat_gateway"),
        Just("aws_lb"),
        Just("aws_vpc_endpoint"),
        Just("aws_iam_role"),
        Just("aws_s3_bucket"),
        Just("azurerm_managed_disk"),
        Just("azurerm_linux_virtual_machine"),
        Just("google_compute_instance"),
        Just("google_container_cluster"),
        Just("google_bigtable_instance"),
        Just("strange_thing"),
    ];
    let attributes = prop::collection::vec(any_attribute(), 0..12);
    (types, any_action(), attributes, 0_u8..4).prop_map(|(name, action, attributes, number)| {
        let mut effect = Effect::new(&format!("{name}.n{number}"), name, "aws", action);
        effect.attributes = attributes;
        effect
    })
}

/// A machine with a disk, as an object.
fn any_machine() -> impl Strategy<Value = Value> {
    let size = prop_oneof![
        Just("t3.micro"),
        Just("t3.small"),
        Just("m5.large"),
        Just("c5.xlarge"),
        Just("none.such")
    ];
    let kind = prop_oneof![Just("gp2"), Just("gp3"), Just("st1"), Just("what")];
    let zone = prop_oneof![
        Just("eu-west-1a"),
        Just("us-east-1b"),
        Just("ap-south-1a"),
        Just("nowhere-1a")
    ];
    (size, kind, 0_u32..1_000, zone).prop_map(|(size, kind, gigabytes, zone)| {
        json!({"instance_type": size, "availability_zone": zone,
            "root_block_device": [{"volume_type": kind, "volume_size": gigabytes}]})
    })
}

/// An effect that lists every attribute on the sides that it has.
fn listed(action: Action, before: &Value, after: &Value) -> Effect {
    let mut effect = Effect::new("aws_instance.web", "aws_instance", "aws", action);
    let known = |object: &Value, name: &str| match object.get(name) {
        Some(value) => AttributeValue::Known(value.clone()),
        None => AttributeValue::Absent,
    };
    effect.attributes = ["instance_type", "availability_zone", "root_block_device"]
        .map(|name| AttributeChange::new(name, known(before, name), known(after, name)))
        .into();
    effect
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Parts make up resources, resources make up totals, and nothing panics on the way.
    #[test]
    fn the_sum_of_the_parts_is_the_total(effects in prop::collection::vec(any_effect(), 0..8)) {
        let estimate = of(&effects);
        let resources = &estimate.by_resource;
        prop_assert_eq!(resources.iter().map(|cost| cost.before.micros()).sum::<i64>(), estimate.monthly_before.micros());
        prop_assert_eq!(resources.iter().map(|cost| cost.after.micros()).sum::<i64>(), estimate.monthly_after.micros());
        prop_assert_eq!(resources.iter().map(|cost| cost.delta.micros()).sum::<i64>(), estimate.monthly_delta.micros());
        for cost in resources {
            prop_assert_eq!(cost.components.iter().map(|part| part.before.micros()).sum::<i64>(), cost.before.micros());
            prop_assert_eq!(cost.components.iter().map(|part| part.after.micros()).sum::<i64>(), cost.after.micros());
            prop_assert_eq!(cost.after.micros() - cost.before.micros(), cost.delta.micros());
        }
        prop_assert_eq!(of(&effects), estimate);
    }

    /// What has no price changes no total, wherever it stands.
    #[test]
    fn what_has_no_price_never_contributes(
        effects in prop::collection::vec(any_effect(), 0..6),
        strangers in prop::collection::vec(prop::collection::vec(any_attribute(), 0..5), 1..4),
    ) {
        let alone = of(&effects);
        let mut mixed = effects;
        for (number, attributes) in strangers.into_iter().enumerate() {
            let mut stranger = Effect::new(&format!("strange_thing.s{number}"), "strange_thing", "x", Action::Create);
            stranger.attributes = attributes;
            mixed.insert(number.min(mixed.len()), stranger);
        }
        let both = of(&mixed);
        prop_assert_eq!(both.monthly_before, alone.monthly_before);
        prop_assert_eq!(both.monthly_after, alone.monthly_after);
        prop_assert_eq!(both.by_resource, alone.by_resource);
        prop_assert!(both.unpriced.len() > alone.unpriced.len());
    }

    /// Replacing costs what destroying and creating cost.
    #[test]
    fn replacing_is_removing_and_adding(before in any_machine(), after in any_machine(), order in any::<bool>()) {
        let action = if order { Action::DeleteThenCreate } else { Action::CreateThenDelete };
        let replaced = of(&[listed(action, &before, &after)]);
        let removed = of(&[listed(Action::Delete, &before, &Value::Null)]);
        let added = of(&[listed(Action::Create, &Value::Null, &after)]);
        // Where a part has a price on one side only, its difference is not known.
        if removed.unpriced.is_empty() && added.unpriced.is_empty() {
            prop_assert_eq!(
                replaced.monthly_delta.micros(),
                removed.monthly_delta.micros() + added.monthly_delta.micros()
            );
            prop_assert!(replaced.unpriced.is_empty());
        } else {
            prop_assert!(!replaced.unpriced.is_empty());
        }
        prop_assert!(removed.monthly_delta.micros() <= 0 && added.monthly_delta.micros() >= 0);
    }

    /// Destroying takes away what creating adds.
    #[test]
    fn destroying_is_the_opposite_of_creating(machine in any_machine()) {
        let added = of(&[listed(Action::Create, &Value::Null, &machine)]);
        let removed = of(&[listed(Action::Delete, &machine, &Value::Null)]);
        prop_assert_eq!(added.monthly_delta.micros(), -removed.monthly_delta.micros());
    }

}

proptest! {
    // Few: each of them reads a whole price book.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_makes_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
        let _ = read_infracost(&bytes);
        let _ = read_infracost(text.as_bytes());
        let _ = PriceBook::with_own("own.toml", &text);
        let _ = PlanContext::read(&bytes, &[], &BOOK);
    }
}
