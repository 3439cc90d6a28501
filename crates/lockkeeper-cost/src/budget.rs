//! Whether a budget bears a plan.

use serde::{Deserialize, Serialize};

use crate::estimate::{CostEstimate, Scope};
use crate::money::{Amount, Money};

/// What a check of a budget found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetOutcome {
    /// Whether the budget bears the plan.
    pub passed: bool,
    /// Why, in one sentence.
    pub sentence: String,
    /// What a month is expected to cost of what is known: absent when the amounts cannot be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Amount>,
    /// How many things have no price, and are not counted.
    pub unpriced: usize,
}

/// Compares what a plan is expected to cost with a monthly budget.
///
/// With `current_spend` (what a month costs now) the plan's difference comes on top of it. Without it an
/// estimate of everything is taken as it is, and of a plan that alters something only what it adds can be
/// compared; the sentence says so. A plan that adds nothing, and of which everything is priced, passes even
/// when the budget is exceeded: it must be possible to get cheaper. Amounts of different currencies are not
/// compared: convert the estimate first.
pub fn budget_check(
    estimate: &CostEstimate,
    budget: &Amount,
    current_spend: Option<&Amount>,
) -> BudgetOutcome {
    let amounts = [Some(budget), current_spend];
    if let Some(other) = amounts
        .into_iter()
        .flatten()
        .find(|amount| amount.currency != estimate.currency)
    {
        let sentence = format!(
            "the estimate is in {} and cannot be compared with {other}: add a [[rates]] section to your price book",
            estimate.currency
        );
        return outcome(estimate, false, sentence, None);
    }
    let (expected, words) = match (current_spend, estimate.scope) {
        (Some(spend), _) => {
            let words = format!(
                "{spend} are spent each month and this plan makes it {}",
                estimate.delta()
            );
            (spend.money.plus(estimate.monthly_delta), words)
        }
        (None, Scope::Everything) => {
            let words = format!(
                "everything together is {} / month",
                estimate.amount(estimate.monthly_after)
            );
            (Some(estimate.monthly_after), words)
        }
        (None, Scope::Altered) => {
            let words = format!(
                "this plan alone makes it {}, and what is spent already is not known",
                estimate.delta()
            );
            (Some(estimate.monthly_delta), words)
        }
    };
    match expected {
        Some(expected) => compare(estimate, budget, expected, &words),
        None => outcome(
            estimate,
            false,
            format!("the amounts are too large to be compared: {words}"),
            None,
        ),
    }
}

fn compare(estimate: &CostEstimate, budget: &Amount, expected: Money, words: &str) -> BudgetOutcome {
    let within = expected <= budget.money;
    let cheaper = estimate.monthly_delta <= Money::ZERO && estimate.unpriced.is_empty();
    let expected_text = estimate.amount(expected);
    let verdict = match (within, cheaper) {
        (true, _) => format!("within the budget of {budget} / month"),
        (false, true) => {
            format!("the budget of {budget} / month is exceeded, and this plan adds nothing to it")
        }
        (false, false) => {
            let beyond = expected.minus(budget.money).map(|beyond| estimate.amount(beyond));
            let by = beyond.map(|beyond| format!(" by {beyond}")).unwrap_or_default();
            format!("{expected_text} / month would exceed the budget of {budget} / month{by}")
        }
    };
    let missing = match estimate.unpriced.len() {
        0 => String::new(),
        1 => "; 1 thing has no price and is not counted".to_owned(),
        many => format!("; {many} things have no price and are not counted"),
    };
    let sentence = format!("{verdict}: {words}{missing}");
    outcome(estimate, within || cheaper, sentence, Some(expected_text))
}

fn outcome(
    estimate: &CostEstimate,
    passed: bool,
    sentence: String,
    expected: Option<Amount>,
) -> BudgetOutcome {
    BudgetOutcome {
        passed,
        sentence,
        expected,
        unpriced: estimate.unpriced.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::UnpricedResource;
    use crate::money::Currency;

    fn estimate(before: i64, after: i64) -> CostEstimate {
        let mut estimate = CostEstimate::empty(&"EUR".parse::<Currency>().unwrap(), Scope::Altered);
        estimate.monthly_before = Money::from_micros(before * 1_000_000);
        estimate.monthly_after = Money::from_micros(after * 1_000_000);
        estimate.monthly_delta = estimate.monthly_after.minus(estimate.monthly_before).unwrap();
        estimate
    }

    fn euros(amount: i64) -> Amount {
        Amount::new(Money::from_micros(amount * 1_000_000), &"EUR".parse().unwrap())
    }

    fn with_gap(mut estimate: CostEstimate) -> CostEstimate {
        estimate.unpriced.push(UnpricedResource {
            address: "a.b".to_owned(),
            deposed: None,
            resource_type: "a".to_owned(),
            component: None,
            why: "no price".to_owned(),
        });
        estimate
    }

    #[test]
    fn what_is_spent_and_what_is_added_must_fit() {
        let fits = budget_check(&estimate(0, 40), &euros(150), Some(&euros(110)));
        assert!(fits.passed);
        assert_eq!(
            fits.sentence,
            "within the budget of 150.00 EUR / month: 110.00 EUR are spent each month and this plan makes it \
             +40.00 EUR / month"
        );
        let beyond = budget_check(&with_gap(estimate(0, 40)), &euros(150), Some(&euros(111)));
        assert!(!beyond.passed);
        assert_eq!(
            beyond.sentence,
            "151.00 EUR / month would exceed the budget of 150.00 EUR / month by 1.00 EUR: 111.00 EUR are spent \
             each month and this plan makes it +40.00 EUR / month; 1 thing has no price and is not counted"
        );
    }

    #[test]
    fn a_plan_that_adds_nothing_passes_when_all_of_it_is_priced() {
        assert!(budget_check(&estimate(40, 30), &euros(10), Some(&euros(90))).passed);
        assert!(!budget_check(&with_gap(estimate(40, 30)), &euros(10), Some(&euros(90))).passed);
        assert!(!budget_check(&estimate(40, 41), &euros(10), Some(&euros(90))).passed);
    }

    #[test]
    fn without_the_spending_only_what_is_known_is_compared() {
        let alone = budget_check(&estimate(500, 560), &euros(100), None);
        assert!(alone.passed && alone.sentence.contains("what is spent already is not known"));
        let mut everything = estimate(500, 560);
        everything.scope = Scope::Everything;
        assert!(!budget_check(&everything, &euros(100), None).passed);
    }

    #[test]
    fn currencies_are_not_mixed() {
        let dollars = Amount::new(Money::from_micros(1), &Currency::usd());
        let outcome = budget_check(&estimate(0, 0), &dollars, None);
        assert!(!outcome.passed && outcome.sentence.contains("[[rates]]"));
        assert!(!budget_check(&estimate(0, 0), &euros(1), Some(&dollars)).passed);
    }
}
