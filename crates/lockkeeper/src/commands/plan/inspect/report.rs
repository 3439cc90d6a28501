//! All that can be told about a plan: what it does, what it costs, and what is dangerous about it.

use std::path::Path;

use lockkeeper_cost::{CostEstimate, EstimateOptions, PlanContext, PriceBook, estimate, read_infracost};
use lockkeeper_plan::inspect::{Inspection, inspect};
use lockkeeper_scan::finding::Finding;
use lockkeeper_scan::misconfiguration::{self, Surroundings};
use lockkeeper_scan::report::Report as Findings;
use serde::Serialize;

use super::{Arguments, input, refusal};
use crate::exit::Exit;
use crate::failure::Failure;

/// What is printed with `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// What the plan does.
    #[serde(flatten)]
    pub(super) inspection: Inspection,
    /// What it adds to and takes from the monthly bill.
    pub(super) cost: CostEstimate,
    /// What is dangerous about it, the worst first.
    pub(super) findings: Vec<Finding>,
}

impl Report {
    /// Looks at a plan from every side.
    ///
    /// # Errors
    /// When it is no plan, or a file that was named cannot be used.
    pub(super) fn of(bytes: &[u8], arguments: &Arguments) -> Result<Self, Failure> {
        let inspection = inspect(bytes).map_err(|error| refusal(&error))?;
        let cost = match &arguments.infracost {
            Some(file) => {
                read_infracost(&input::read(file)?).map_err(|error| unusable(file, &error.to_string()))?
            }
            None => priced(bytes, &inspection, arguments.prices.as_deref())?,
        };
        let mut findings = Findings::default();
        let broken = |error: String| Failure::new(Exit::Failure, "rules", "The rules cannot be used", error);
        let effects = &inspection.effects;
        findings.add(
            misconfiguration::scan(effects, Surroundings::default())
                .map_err(|error| broken(error.to_string()))?,
        );
        findings
            .add(lockkeeper_scan::secrets::scan_plan(effects).map_err(|error| broken(error.to_string()))?);
        Ok(Self {
            inspection,
            cost,
            findings: findings.findings,
        })
    }

    /// Writes the findings as SARIF 2.1.0.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write_sarif(&self, file: &Path) -> Result<(), Failure> {
        let findings = Findings {
            findings: self.findings.clone(),
            allowed: Vec::new(),
        };
        let document = lockkeeper_scan::sarif::document(&findings, env!("CARGO_PKG_VERSION"), "");
        std::fs::write(file, format!("{document:#}\n")).map_err(|error| Failure::file("write", file, &error))
    }
}

fn priced(bytes: &[u8], inspection: &Inspection, own: Option<&Path>) -> Result<CostEstimate, Failure> {
    let own = match own {
        None => None,
        Some(file) => {
            let (name, text) = (file.display().to_string(), input::read_text(file)?);
            Some(PriceBook::with_own(&name, &text).map_err(|error| unusable(file, &error.to_string()))?)
        }
    };
    let book = match &own {
        Some(own) => own,
        None => PriceBook::embedded()
            .map_err(|error| unusable(Path::new("the built-in price book"), &error.to_string()))?,
    };
    let mut options = EstimateOptions::default();
    if PlanContext::is_wanted(&inspection.effects, book) {
        options.context = PlanContext::read(bytes, &inspection.effects, book);
    }
    Ok(estimate(&inspection.effects, book, &options))
}

fn unusable(file: &Path, why: &str) -> Failure {
    Failure::usage(format!("{} cannot be used: {why}", file.display()))
}
