//! `lockkeeper policy test`.

use std::path::PathBuf;

use clap::Args;
use lockkeeper_policy::{POLICY_FOLDER, TestReport, junit};
use serde::Serialize;

use super::folder::PolicyFolder;
use super::report;
use crate::commands::output_file::OutputFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper policy test`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper policy test
  lockkeeper policy test ../infra --run open_ports
  lockkeeper policy test policy --junit report.xml

Tests are the rules whose names begin with test_, as opa test and conftest verify run them. The exit code is 1 \
when one fails, and when a policy cannot be read.")]
pub(crate) struct Arguments {
    /// The folder of the policies, or of the repository
    #[arg(value_name = "DIR", default_value = POLICY_FOLDER)]
    folder: PathBuf,
    /// Run the tests whose package and name hold this text
    #[arg(long, value_name = "TEXT")]
    run: Option<String>,
    /// Write a report in JUnit's XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer<'a> {
    folder: String,
    passed: usize,
    failed: usize,
    skipped: usize,
    tests: &'a TestReport,
}

/// Runs the tests.
///
/// # Errors
/// When there are no policies, or they cannot be read. A test that fails is no error, but an exit code.
pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let Some(policies) = PolicyFolder::read(&arguments.folder, session)? else {
        return Ok(Exit::Failure);
    };
    let report = policies.set.run_tests(arguments.run.as_deref());
    if let Some(path) = &arguments.junit {
        let mut file = OutputFile::start(path)?;
        file.write(junit::document(&report).as_bytes())?;
        file.finish()?;
    }
    if session.console.is_json() {
        session.console.json(&Answer {
            folder: policies.folder.display().to_string(),
            passed: report.passed(),
            failed: report.failed(),
            skipped: report.skipped(),
            tests: &report,
        })?;
    } else {
        session.console.data(&report::tests(&policies.folder, &report))?;
        session.console.note(&report::tally(&report))?;
        if report.tests.is_empty() {
            session
                .console
                .note("there are no tests: name a rule test_..., in any file of the policies")?;
        }
    }
    Ok(if report.failed() == 0 {
        Exit::Success
    } else {
        Exit::Failure
    })
}
