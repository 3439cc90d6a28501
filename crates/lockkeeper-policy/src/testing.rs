//! Runs the tests that stand beside policies.

use std::time::{Duration, Instant};

use regorus::{Engine, Value};
use serde::Serialize;

use crate::convention::Purpose;
use crate::evaluate;
use crate::limits::GRACE;
use crate::problem::PolicyError;
use crate::program::Program;
use crate::running::bounded;

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum TestStatus {
    /// Its value is true.
    Passed,
    /// Its value is false, or it has none.
    Failed {
        /// What its value is.
        message: String,
    },
    /// It could not be run.
    Errored {
        /// Why.
        message: String,
    },
    /// Its name begins with `todo_`.
    Skipped,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestOutcome {
    /// The package of the test, without `data`.
    pub namespace: String,
    /// The name of the test.
    pub name: String,
    /// The file in which it stands.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// How it ended.
    #[serde(flatten)]
    pub status: TestStatus,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What it printed, each with file and line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prints: Vec<String>,
}

/// All tests of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TestReport {
    /// The tests, in the order of files and lines.
    pub tests: Vec<TestOutcome>,
}

impl TestReport {
    /// How many tests passed.
    pub fn passed(&self) -> usize {
        self.count(|status| *status == TestStatus::Passed)
    }

    /// How many failed, or could not be run.
    pub fn failed(&self) -> usize {
        self.count(|status| matches!(status, TestStatus::Failed { .. } | TestStatus::Errored { .. }))
    }

    /// How many were passed over.
    pub fn skipped(&self) -> usize {
        self.count(|status| *status == TestStatus::Skipped)
    }

    fn count(&self, which: impl Fn(&TestStatus) -> bool) -> usize {
        self.tests.iter().filter(|test| which(&test.status)).count()
    }
}

pub(crate) fn run(engine: &Engine, program: &Program, limit: Duration, filter: Option<&str>) -> TestReport {
    let mut tests = Vec::new();
    for (definition, purpose) in program.purposeful() {
        let namespace = definition.package.join(".");
        let name = definition.name();
        let wanted = filter.is_none_or(|filter| format!("{namespace}.{name}").contains(filter));
        if purpose.is_asked() || !wanted {
            continue;
        }
        let started = Instant::now();
        let (status, prints) = match purpose {
            Purpose::Test => run_one(engine.clone(), evaluate::reference(definition), limit),
            _ => (TestStatus::Skipped, Vec::new()),
        };
        tests.push(TestOutcome {
            namespace,
            name: name.to_owned(),
            file: definition.file.clone(),
            line: definition.line,
            status,
            seconds: started.elapsed().as_secs_f64(),
            prints,
        });
    }
    TestReport { tests }
}

fn run_one(mut engine: Engine, reference: String, limit: Duration) -> (TestStatus, Vec<String>) {
    let answered = bounded(limit + GRACE, move || {
        let answer = evaluate::query(&mut engine, reference, limit);
        (answer, engine.take_prints().unwrap_or_default())
    });
    let (answer, prints) = answered.unwrap_or_else(|stopped| (Err(stopped.into_error(limit)), Vec::new()));
    (status(answer), prints)
}

fn status(answer: Result<Option<Value>, PolicyError>) -> TestStatus {
    let failed = |message: &str| TestStatus::Failed {
        message: message.to_owned(),
    };
    match answer {
        Ok(Some(Value::Bool(true))) => TestStatus::Passed,
        Ok(Some(Value::Bool(false))) => failed("the test is false"),
        Ok(Some(_)) => failed("the test is neither true nor false"),
        Ok(None) => failed("the test has no value: something in it is false or undefined"),
        Err(error) => TestStatus::Errored {
            message: error.to_string(),
        },
    }
}
