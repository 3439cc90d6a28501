//! All that can be told about a plan: what it does, what it costs, and what is dangerous about it.

use std::io::Read;
use std::path::Path;

use lockkeeper_cost::{CostEstimate, PriceBook, read_infracost};
use lockkeeper_plan::inspect::Inspection;
use lockkeeper_plan::reader::{Plan, PlanDocument, ReadOptions};
use lockkeeper_scan::finding::Finding;
use lockkeeper_scan::misconfiguration::Surroundings;
use lockkeeper_scan::report::Report as Findings;
use lockkeeper_scan::secrets::RuleError;
use lockkeeper_usecases::judgement;
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
    pub(super) fn of(source: impl Read, arguments: &Arguments) -> Result<Self, Failure> {
        let plan = Plan::read(source).map_err(|error| refusal(&error))?;
        let document = plan
            .document(&ReadOptions::default())
            .map_err(|error| refusal(&error))?;
        let cost = match &arguments.infracost {
            Some(file) => {
                read_infracost(&input::read(file)?).map_err(|error| unusable(file, &error.to_string()))?
            }
            None => priced(&plan, &document, arguments.prices.as_deref())?,
        };
        drop(plan);
        let broken = |error: RuleError| {
            Failure::new(
                Exit::Failure,
                "rules",
                "The rules cannot be used",
                error.to_string(),
            )
        };
        let findings = judgement::findings(&document.effects, Surroundings::default()).map_err(broken)?;
        Ok(Self {
            inspection: Inspection::of(document),
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

fn priced(plan: &Plan, document: &PlanDocument, own: Option<&Path>) -> Result<CostEstimate, Failure> {
    let book = match own {
        None => PriceBook::embedded_for(&document.effects)
            .map_err(|error| unusable(Path::new("the built-in price book"), &error.to_string()))?,
        Some(file) => {
            let text = input::read_text(file)
                .map_err(|failure| failure.with_hint("docs/cost.md says what stands in a price book"))?;
            let name = file.display().to_string();
            PriceBook::with_own(&name, &text).map_err(|error| unusable(file, &error.to_string()))?
        }
    };
    Ok(judgement::estimated(
        &document.effects,
        plan.text().as_bytes(),
        &book,
    ))
}

fn unusable(file: &Path, why: &str) -> Failure {
    Failure::usage(format!("{} cannot be used: {why}", file.display()))
}
