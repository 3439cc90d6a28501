//! `lockkeeper doctor`: on the server's own machine, with its configuration.

mod database;
mod encryption;
mod finding;
mod machine;
mod records;

use clap::Args;
use lockkeeper_config::ServerConfig;
use lockkeeper_usecases::clock::{Clock, SystemClock};
use serde::Serialize;

use self::encryption::Encryption;
use self::finding::{Finding, Grade};
use super::serve::{self, ConfigurationArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::style::{BAD, GOOD, WAITING, paint};
use crate::output::{escape, table};
use crate::session::Session;

/// The arguments of `lockkeeper doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper doctor
  lockkeeper doctor --config /etc/lockkeeper.toml --json

It alters nothing, and the server may be at work. It reads every sealed value and every audit entry. The exit code is 1 \
when there is a problem; warnings alone leave it at 0.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,
}

#[derive(Serialize)]
struct Report {
    findings: Vec<Finding>,
    /// What is encrypted with what; none when the data could not be opened.
    encryption: Option<Encryption>,
}

/// Looks at everything, and prints what was found and what to do.
///
/// # Errors
/// When the configuration cannot be read, or the database fails in the middle.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let configuration = serve::read_configuration(&arguments.configuration, None)?;
    let report = look(&configuration).await?;
    let text = render(&report, session.console.width());
    session.console.answer(&report, text.trim_end())?;
    let worst = report.findings.iter().map(|finding| finding.grade).max();
    Ok(match worst {
        Some(Grade::Problem) => Exit::Failure,
        _ => Exit::Success,
    })
}

async fn look(configuration: &ServerConfig) -> Result<Report, Failure> {
    let now = SystemClock.now();
    let mut report = Report {
        findings: Vec::new(),
        encryption: None,
    };
    let data = &configuration.data;
    if !data.is_dir() {
        let detail = format!("there is no data folder {}", data.display());
        let next = "give the server's configuration with --config, or its folder with --data";
        report.findings.push(Finding::problem("files", detail, next));
        return Ok(report);
    }
    report.findings.extend(machine::files(configuration));
    report.findings.push(machine::space(data));
    report.findings.push(machine::tool(configuration).await);
    let Some(database) = database::open(configuration, &mut report.findings).await else {
        return Ok(report);
    };
    let (encryption, findings) = Encryption::count(&database).await.map_err(serve::store_failed)?;
    report.findings.extend(findings);
    report.encryption = Some(encryption);
    report.findings.extend(records::audit_logs(&database).await?);
    let (findings, recorded) = records::backups(configuration, &database, now).await?;
    report.findings.extend(findings);
    let made = encryption::newest_key(&database).map_err(serve::store_failed)?;
    report.findings.push(machine::clock(now, recorded.max(made)));
    database.close().await;
    Ok(report)
}

fn render(report: &Report, width: usize) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let style = match finding.grade {
            Grade::Good => GOOD,
            Grade::Warning => WAITING,
            Grade::Problem => BAD,
        };
        let word = paint(style, &format!("{:<8}", finding.grade.word()));
        let detail = escape::line(&finding.detail);
        text.push_str(&format!("{word} {}: {detail}\n", finding.subject));
        if let Some(next) = &finding.next {
            text.push_str(&format!("         {}\n", escape::line(next)));
        }
    }
    if let Some(encryption) = &report.encryption {
        text.push('\n');
        text.push_str(&table::render(
            &["what", "sealed by", "count"],
            &encryption.rows(),
            width,
        ));
        text.push_str(&format!(
            "\n{} columns are in clear for a reason; --json tells each\n",
            encryption.clear_columns()
        ));
    }
    text
}
