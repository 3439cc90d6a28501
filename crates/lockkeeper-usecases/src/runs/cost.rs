//! What a plan adds to the monthly bill, and whether the budget bears it.

use lockkeeper_config::project::Budget;
use lockkeeper_cost::{Amount, CostEstimate, Decimal, Money, PriceBook, budget_check};
use lockkeeper_domain::check::{CheckName, CheckResult};
use lockkeeper_domain::effect::Effect;
use serde_json::Value;

use super::failure::RunFailure;
use crate::judgement;
use crate::repository::Repository;

/// Estimates the plan by the project's price book, or the built-in one; in the currency of the budget, if
/// there is one and the book knows a rate.
pub(super) async fn estimated(
    repository: &Repository,
    budget: Option<&Budget>,
    effects: &[Effect],
    document: &Value,
) -> Result<CostEstimate, RunFailure> {
    let unusable = |error: String| {
        let what = format!("the price book on the default branch cannot be used: {error}");
        RunFailure::new(what, "mend it there; docs/cost.md describes it")
    };
    let own = match repository.price_book().await? {
        Some((name, text)) => {
            Some(PriceBook::with_own(&name, &text).map_err(|error| unusable(error.to_string()))?)
        }
        None => None,
    };
    let book = match &own {
        Some(own) => own,
        None => PriceBook::embedded().map_err(|error| unusable(error.to_string()))?,
    };
    let plan = serde_json::to_vec(document).map_err(lockkeeper_store::StoreError::Json)?;
    let estimate = judgement::estimated(effects, &plan, book);
    match budget.and_then(|budget| budget.currency.parse().ok()) {
        Some(currency) => estimate.convert(&currency, book.rates()).or(Ok(estimate)),
        None => Ok(estimate),
    }
}

/// Compares the estimate with the budget of the environment. Without a budget everything passes.
pub(super) fn check(budget: Option<&Budget>, cost: &CostEstimate) -> CheckResult {
    let name = CheckName::Budget;
    let Some(budget) = budget else {
        return CheckResult {
            name,
            passed: true,
            findings: Vec::new(),
        };
    };
    let amount = Decimal::parse(&budget.amount)
        .and_then(Money::from_decimal)
        .zip(budget.currency.parse().ok());
    let Some((money, currency)) = amount else {
        let findings = vec![format!(
            "the budget of {} {} cannot be used",
            budget.amount, budget.currency
        )];
        return CheckResult {
            name,
            passed: false,
            findings,
        };
    };
    let outcome = budget_check(cost, &Amount::new(money, &currency), None);
    CheckResult {
        name,
        passed: outcome.passed,
        findings: vec![outcome.sentence],
    }
}
