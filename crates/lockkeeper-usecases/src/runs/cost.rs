//! What a plan adds to the monthly bill, and whether the budget bears it.

use lockkeeper_config::project::Budget;
use lockkeeper_cost::{
    Amount, CostEstimate, Decimal, EstimateOptions, Money, PlanContext, PriceBook, budget_check, estimate,
};
use lockkeeper_domain::check::{CheckName, CheckResult};
use lockkeeper_domain::effect::Effect;
use serde_json::Value;

use super::context::RunContext;
use super::failure::RunFailure;
use crate::App;
use crate::repository::Repository;

/// Estimates the plan by the project's price book, or the built-in one.
pub(super) async fn estimated(
    app: &App,
    context: &RunContext,
    effects: &[Effect],
    document: &Value,
) -> Result<CostEstimate, RunFailure> {
    let unusable = |error: String| {
        let what = format!("the price book on the default branch cannot be used: {error}");
        RunFailure::new(what, "mend it there; docs/cost.md describes it")
    };
    let own = match Repository::open(app, &context.project)
        .await?
        .price_book()
        .await?
    {
        Some((name, text)) => {
            Some(PriceBook::with_own(&name, &text).map_err(|error| unusable(error.to_string()))?)
        }
        None => None,
    };
    let book = match &own {
        Some(own) => own,
        None => PriceBook::embedded().map_err(|error| unusable(error.to_string()))?,
    };
    let mut options = EstimateOptions::default();
    if PlanContext::is_wanted(effects, book) {
        let plan = serde_json::to_vec(document).map_err(lockkeeper_store::StoreError::Json)?;
        options.context = PlanContext::read(&plan, effects, book);
    }
    let estimate = estimate(effects, book, &options);
    let budget = budget(app, context).await?;
    match budget.and_then(|budget| budget.currency.parse().ok()) {
        Some(currency) => estimate.convert(&currency, book.rates()).or(Ok(estimate)),
        None => Ok(estimate),
    }
}

/// Compares the estimate with the budget of the environment. Without a budget everything passes.
pub(super) async fn check(
    app: &App,
    context: &RunContext,
    cost: &CostEstimate,
) -> Result<CheckResult, RunFailure> {
    let name = CheckName::Budget;
    let Some(budget) = budget(app, context).await? else {
        return Ok(CheckResult {
            name,
            passed: true,
            findings: Vec::new(),
        });
    };
    let amount = Decimal::parse(&budget.amount)
        .and_then(Money::from_decimal)
        .zip(budget.currency.parse().ok());
    let Some((money, currency)) = amount else {
        let findings = vec![format!(
            "the budget of {} {} cannot be used",
            budget.amount, budget.currency
        )];
        return Ok(CheckResult {
            name,
            passed: false,
            findings,
        });
    };
    let outcome = budget_check(cost, &Amount::new(money, &currency), None);
    Ok(CheckResult {
        name,
        passed: outcome.passed,
        findings: vec![outcome.sentence],
    })
}

async fn budget(app: &App, context: &RunContext) -> Result<Option<Budget>, RunFailure> {
    let settings = Repository::open(app, &context.project).await?.settings().await?;
    let environment = settings.environments.get(&*context.stage.environment_name);
    Ok(environment.and_then(|settings| settings.budget.clone()))
}
