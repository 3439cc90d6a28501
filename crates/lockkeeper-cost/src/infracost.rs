//! Reads what Infracost found out, where a team has it: `infracost breakdown --format json` of a plan, or
//! `infracost diff --format json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::decimal::Decimal;
use crate::estimate::{Component, CostEstimate, FreeResource, ResourceCost, Scope, UnpricedResource};
use crate::money::{Currency, Money};

/// Infracost's output cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// It is not JSON, or not of Infracost's format.
    #[error("this is not the JSON of Infracost: {0}. Write it with `infracost breakdown --format json`")]
    Unreadable(String),
    /// An amount is no number, or too large.
    #[error("Infracost's `{0}` is no amount that can be counted with")]
    Amount(&'static str),
    /// It does not say what a month costs before.
    #[error(
        "Infracost says what a month costs after the change, and not before: give it the plan's JSON \
         (`infracost breakdown --path plan.json --format json`), or use `infracost diff --format json`"
    )]
    NoPast,
    /// It contradicts itself.
    #[error("Infracost's diffTotalMonthlyCost is not the difference of its totals: write the file anew")]
    Inconsistent,
}

/// Reads Infracost's JSON. The totals are those of Infracost, over everything in the configuration; the
/// resources are those whose cost changes.
///
/// # Errors
/// When the bytes are no output of Infracost, or it does not say what a month costs before and after.
pub fn read_infracost(bytes: &[u8]) -> Result<CostEstimate, CostError> {
    let root: Root =
        serde_json::from_slice(bytes).map_err(|error| CostError::Unreadable(error.to_string()))?;
    let mut estimate = CostEstimate::empty(&root.currency, Scope::Everything);
    let after = root.total.amount("totalMonthlyCost")?;
    let past = root.past_total.amount("pastTotalMonthlyCost")?;
    let difference = root.diff_total.amount("diffTotalMonthlyCost")?;
    // A total that is null is one of nothing: so it is when no resource has a cost.
    let after = after.unwrap_or(Money::ZERO);
    let before = match (past, difference) {
        (Some(past), _) => past,
        (None, Some(difference)) => after
            .minus(difference)
            .ok_or(CostError::Amount("diffTotalMonthlyCost"))?,
        (None, None) => return Err(CostError::NoPast),
    };
    let delta = after.minus(before).ok_or(CostError::Amount("totalMonthlyCost"))?;
    if difference.is_some_and(|difference| apart(difference, delta)) {
        return Err(CostError::Inconsistent);
    }
    (
        estimate.monthly_before,
        estimate.monthly_after,
        estimate.monthly_delta,
    ) = (before, after, delta);
    for project in &root.projects {
        add_project(&mut estimate, project)?;
    }
    let version = root
        .version
        .map(|version| format!(" (format {version})"))
        .unwrap_or_default();
    estimate
        .assumptions
        .push(format!("the amounts are those of Infracost{version}"));
    Ok(estimate)
}

/// Whether two amounts differ by more than rounding explains.
fn apart(one: Money, other: Money) -> bool {
    one.micros().abs_diff(other.micros()) > 10_000
}

fn add_project(estimate: &mut CostEstimate, project: &Project) -> Result<(), CostError> {
    let past = costs(project.past.as_ref())?;
    let now = costs(project.breakdown.as_ref())?;
    let still: BTreeSet<&str> = now.iter().map(|(name, _)| *name).collect();
    let gone = past.iter().filter(|(name, _)| !still.contains(name));
    let all = now
        .iter()
        .map(|(name, resource)| (*name, Some(*resource)))
        .chain(gone.map(|(name, _)| (*name, None)));
    let past: BTreeMap<&str, (&Resource, Option<Money>)> = past.iter().copied().collect();
    for (name, resource) in all {
        let (before, was) = (
            past.get(name).map(|(_, cost)| *cost),
            past.get(name).map(|(resource, _)| *resource),
        );
        let after = resource.map(|(_, cost)| cost);
        let Some(resource) = resource.map(|(resource, _)| resource).or(was) else {
            continue;
        };
        add_resource(estimate, resource, before, after)?;
    }
    let free = project
        .breakdown
        .iter()
        .flat_map(|breakdown| &breakdown.free_resources);
    estimate.free.extend(free.map(|resource| FreeResource {
        address: resource.name.clone(),
        resource_type: resource.resource_type(),
    }));
    let unsupported = project.summary.iter().flat_map(|summary| &summary.unsupported);
    estimate
        .unpriced
        .extend(unsupported.map(|(name, count)| UnpricedResource {
            address: format!("{count} of {name}"),
            deposed: None,
            resource_type: name.clone(),
            component: None,
            why: "Infracost does not support this type".to_owned(),
        }));
    Ok(())
}

/// Adds one resource. The outer absence of a cost is that of the resource, the inner one that of a price.
fn add_resource(
    estimate: &mut CostEstimate,
    resource: &Resource,
    before: Option<Option<Money>>,
    after: Option<Option<Money>>,
) -> Result<(), CostError> {
    let known = |cost: Option<Option<Money>>| cost.map_or(Some(Money::ZERO), |price| price);
    let (Some(before), Some(after)) = (known(before), known(after)) else {
        estimate.unpriced.push(UnpricedResource {
            address: resource.name.clone(),
            deposed: None,
            resource_type: resource.resource_type(),
            component: None,
            why: "Infracost gives no cost: it depends on usage, or has no price".to_owned(),
        });
        return Ok(());
    };
    if before == after {
        estimate.unchanged += 1;
        return Ok(());
    }
    estimate.by_resource.push(ResourceCost {
        address: resource.name.clone(),
        deposed: None,
        resource_type: resource.resource_type(),
        before,
        after,
        delta: after.minus(before).ok_or(CostError::Amount("monthlyCost"))?,
        components: vec![Component {
            name: "all parts".to_owned(),
            detail: String::new(),
            before,
            after,
        }],
        usage: resource.usage(),
    });
    Ok(())
}

type Costs<'r> = Vec<(&'r str, (&'r Resource, Option<Money>))>;

fn costs(breakdown: Option<&Breakdown>) -> Result<Costs<'_>, CostError> {
    let resources = breakdown.into_iter().flat_map(|breakdown| &breakdown.resources);
    let each = resources.map(|one| Ok((one.name.as_str(), (one, one.monthly_cost.amount("monthlyCost")?))));
    each.collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    #[serde(default)]
    version: Option<String>,
    currency: Currency,
    projects: Vec<Project>,
    #[serde(default, rename = "totalMonthlyCost")]
    total: Number,
    #[serde(default, rename = "pastTotalMonthlyCost")]
    past_total: Number,
    #[serde(default, rename = "diffTotalMonthlyCost")]
    diff_total: Number,
}

#[derive(Deserialize)]
struct Project {
    #[serde(default, rename = "pastBreakdown")]
    past: Option<Breakdown>,
    #[serde(default)]
    breakdown: Option<Breakdown>,
    #[serde(default)]
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    #[serde(default, rename = "unsupportedResourceCounts")]
    unsupported: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Breakdown {
    #[serde(default)]
    resources: Vec<Resource>,
    #[serde(default)]
    free_resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: String,
    #[serde(default)]
    resource_type: Option<String>,
    #[serde(default)]
    monthly_cost: Number,
    #[serde(default)]
    cost_components: Vec<CostComponent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CostComponent {
    name: String,
    #[serde(default)]
    monthly_cost: Number,
}

/// A decimal number as a text, or nothing.
#[derive(Deserialize, Default)]
struct Number(Value);

impl Number {
    fn amount(&self, name: &'static str) -> Result<Option<Money>, CostError> {
        let text = match &self.0 {
            Value::Null => return Ok(None),
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(CostError::Amount(name)),
        };
        let money = Decimal::parse(&text).and_then(Money::from_decimal);
        money.map(Some).ok_or(CostError::Amount(name))
    }
}

impl Resource {
    /// The type, taken from the address where early versions left it out.
    fn resource_type(&self) -> String {
        let from_address = || self.name.rsplit('.').nth(1).unwrap_or_default().to_owned();
        self.resource_type.clone().unwrap_or_else(from_address)
    }

    /// The parts that depend on usage that nobody gave.
    fn usage(&self) -> Option<String> {
        let open = self
            .cost_components
            .iter()
            .filter(|part| part.monthly_cost.0.is_null());
        let names: Vec<&str> = open.map(|part| part.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn resource(name: &str, cost: Value) -> Value {
        json!({"name": name, "resourceType": name.split('.').next(), "metadata": {}, "monthlyCost": cost})
    }

    fn output() -> Value {
        let mut kept = resource("aws_nat_gateway.out", json!("32.85"));
        kept["costComponents"] = json!([{"name": "Data processed", "monthlyCost": null, "usageBased": true}]);
        json!({
            "version": "0.2", "currency": "USD",
            "projects": [{
                "name": "main",
                "pastBreakdown": {"resources": [resource("aws_instance.web", json!("7.592")),
                    resource("aws_instance.old", json!("30.368")), resource("aws_eip.kept", json!("3.65"))],
                    "totalMonthlyCost": "41.61"},
                "breakdown": {"resources": [resource("aws_instance.web", json!("15.184000000000000001")), kept,
                    resource("aws_eip.kept", json!("3.65")), resource("aws_s3_bucket.logs", json!(null))],
                    "freeResources": [{"name": "aws_iam_role.web", "resourceType": "aws_iam_role"}]},
                "diff": {"resources": []},
                "summary": {"unsupportedResourceCounts": {"aws_new_thing": 2}},
            }],
            "totalMonthlyCost": "51.684", "pastTotalMonthlyCost": "41.61", "diffTotalMonthlyCost": "10.074",
        })
    }

    fn read(value: &Value) -> Result<CostEstimate, CostError> {
        read_infracost(value.to_string().as_bytes())
    }

    #[test]
    fn totals_resources_and_what_has_no_cost_are_read() {
        let estimate = read(&output()).unwrap();
        assert_eq!(estimate.delta().to_string(), "+10.07 USD / month");
        assert_eq!(estimate.monthly_before.micros(), 41_610_000);
        assert_eq!(estimate.scope, Scope::Everything);
        let deltas: Vec<(&str, i64)> = estimate
            .by_resource
            .iter()
            .map(|cost| (cost.address.as_str(), cost.delta.micros()))
            .collect();
        assert_eq!(
            deltas,
            [
                ("aws_instance.web", 7_592_000),
                ("aws_nat_gateway.out", 32_850_000),
                ("aws_instance.old", -30_368_000)
            ]
        );
        let sum: i64 = deltas.iter().map(|(_, delta)| delta).sum();
        assert_eq!(sum, estimate.monthly_delta.micros());
        assert_eq!(estimate.by_resource[1].usage.as_deref(), Some("Data processed"));
        let unpriced: Vec<&str> = estimate.unpriced.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(unpriced, ["aws_s3_bucket.logs", "2 of aws_new_thing"]);
        assert_eq!(estimate.free.len(), 1);
        assert_eq!(estimate.unchanged, 1);
    }

    #[test]
    fn what_is_not_said_is_not_made_up() {
        let mut value = output();
        value["pastTotalMonthlyCost"] = json!(null);
        assert_eq!(read(&value).unwrap().monthly_before.micros(), 41_610_000);
        value["diffTotalMonthlyCost"] = json!(null);
        assert_eq!(read(&value), Err(CostError::NoPast));
        let mut value = output();
        value["diffTotalMonthlyCost"] = json!("11");
        assert_eq!(read(&value), Err(CostError::Inconsistent));
        value["totalMonthlyCost"] = json!("12 dollars");
        assert_eq!(read(&value), Err(CostError::Amount("totalMonthlyCost")));
    }

    #[test]
    fn what_is_not_of_infracost_is_refused() {
        for text in ["", "{}", "[]", "{\"currency\": \"usd\", \"projects\": []}"] {
            let error = read_infracost(text.as_bytes()).unwrap_err();
            assert!(matches!(error, CostError::Unreadable(_)), "{text}");
            assert!(error.to_string().contains("infracost breakdown"));
        }
    }
}
