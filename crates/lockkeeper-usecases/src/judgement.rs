//! What is said of a plan beside what it does and its class: what it costs, and what is dangerous about it. The
//! server and `lockkeeper plan inspect` say the same because both ask here.

use lockkeeper_cost::{CostEstimate, EstimateOptions, PlanContext, PriceBook, estimate};
use lockkeeper_domain::effect::Effect;
use lockkeeper_scan::misconfiguration::{self, Surroundings};
use lockkeeper_scan::report::Report;
use lockkeeper_scan::secrets::{RuleError, scan_plan};

/// Estimates what a plan adds to and takes from the monthly bill, by the prices of a book.
///
/// `plan` is the plan as the tool wrote it, or what [`lockkeeper_plan::reader::Plan::text`] leaves of it: prices may
/// hang on what stays as it is.
pub fn estimated(effects: &[Effect], plan: &[u8], book: &PriceBook) -> CostEstimate {
    let mut options = EstimateOptions::default();
    if PlanContext::is_wanted(effects, book) {
        options.context = PlanContext::read(plan, effects, book);
    }
    estimate(effects, book, &options)
}

/// Looks for dangerous settings, and for secrets that nobody marked, in what a plan makes and alters.
///
/// # Errors
/// Never in a released program: a test makes the built-in rules ready.
pub fn findings(effects: &[Effect], surroundings: Surroundings) -> Result<Report, RuleError> {
    let mut report = Report::default();
    report.add(misconfiguration::scan(effects, surroundings));
    report.add(scan_plan(effects)?);
    Ok(report)
}
