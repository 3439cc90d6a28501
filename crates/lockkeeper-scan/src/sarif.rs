//! Findings as SARIF 2.1.0, the format that code hosts and editors read.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::finding::{Finding, Place, Severity};
use crate::report::{AllowedFinding, Report};
use crate::secrets;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as one SARIF document. `version` is that of the program. `folder` is the folder of the
/// stack from the root of the repository: findings in a plan have no file, and readers that insist on
/// one are given it.
pub fn document(report: &Report, version: &str, folder: &str) -> Value {
    let standing = report.findings.iter().map(|finding| (finding, None));
    let allowed = report
        .allowed
        .iter()
        .map(|allowed| (&allowed.finding, Some(allowed)));
    let all: Vec<(&Finding, Option<&AllowedFinding>)> = standing.chain(allowed).collect();
    let mut rules: Vec<&Finding> = all.iter().map(|(finding, _)| *finding).collect();
    rules.sort_by(|one, other| one.rule.cmp(&other.rule));
    rules.dedup_by(|one, other| one.rule == other.rule);
    let results: Vec<Value> = all
        .iter()
        .map(|(finding, allowed)| {
            let index = rules
                .iter()
                .position(|rule| rule.rule == finding.rule)
                .unwrap_or_default();
            result(finding, *allowed, index, folder)
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Lockkeeper",
                "version": version,
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}

/// The number by which code hosts rank findings, from 0 to 10.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "3.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

fn descriptor(rule: &Finding) -> Value {
    let kind = if secrets::is_rule(&rule.rule) {
        "secret"
    } else {
        "misconfiguration"
    };
    json!({
        "id": rule.rule,
        "shortDescription": {"text": sentence(&rule.title)},
        "fullDescription": {"text": rule.explanation},
        "help": {
            "text": format!("{} {}", rule.explanation, rule.remediation),
            "markdown": format!("{}\n\n**What to do:** {}", rule.explanation, rule.remediation),
        },
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"security-severity": score(rule.severity), "tags": ["security", kind]},
    })
}

fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn result(finding: &Finding, allowed: Option<&AllowedFinding>, index: usize, folder: &str) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": format!("{}. {}", finding.message, finding.remediation)},
        "locations": [location(&finding.place, folder)],
        "partialFingerprints": {"lockkeeper/v1": fingerprint(finding)},
        "properties": {"severity": finding.severity.as_str()},
    });
    let suppressions = allowed.map(|allowed| {
        let kind = if allowed.in_source { "inSource" } else { "external" };
        json!([{"kind": kind, "justification": allowed.reason}])
    });
    // Once one result says what suppresses it, every result of the run has to.
    result["suppressions"] = suppressions.unwrap_or_else(|| json!([]));
    result
}

fn location(place: &Place, folder: &str) -> Value {
    match place {
        Place::File { path, line, column } => json!({
            "physicalLocation": {
                "artifactLocation": {"uri": address(path), "uriBaseId": "ROOT"},
                "region": {"startLine": line, "startColumn": column},
            },
        }),
        Place::Object {
            address: object,
            attribute,
        } => {
            let name = match attribute {
                Some(attribute) => format!("{object}.{attribute}"),
                None => object.clone(),
            };
            let folder = folder.trim_matches('/');
            let uri = if folder.is_empty() {
                ".".to_owned()
            } else {
                address(folder)
            };
            json!({
                "physicalLocation": {
                    "artifactLocation": {"uri": uri, "uriBaseId": "ROOT"},
                },
                "logicalLocations": [{"name": object, "fullyQualifiedName": name, "kind": "resource"}],
            })
        }
    }
}

/// A path as a relative reference: everything but letters, digits and the signs of a path is escaped.
fn address(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// The same for the same finding in the next run, even when it has moved by some lines.
fn fingerprint(finding: &Finding) -> String {
    let place = match &finding.place {
        Place::File { path, .. } => path.clone(),
        Place::Object { address, attribute } => {
            format!("{address} {}", attribute.as_deref().unwrap_or_default())
        }
    };
    let text = format!("{}\n{place}\n{}", finding.rule, finding.message);
    blake3::hash(text.as_bytes()).to_hex().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allow::AllowList;
    use crate::misconfiguration::{self, Surroundings};
    use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Effect};

    fn report() -> Report {
        let mut report = Report::default();
        let password = ["s3cr3t", "-Pa55"].concat();
        let text = format!(
            "a = 1\n  password = \"{password}\"\ntoken = \"x9{password}y8\" # lockkeeper:allow-secret a test\n"
        );
        report.add_scan(
            crate::secrets::built_in()
                .unwrap()
                .scan("./infra/my file.tf", text.as_bytes()),
        );
        let mut rule = Effect::new(
            "aws_security_group_rule.ssh[\"a\"]",
            "aws_security_group_rule",
            "aws",
            Action::Create,
        );
        rule.attributes = [
            ("cidr_blocks", json!(["0.0.0.0/0"])),
            ("from_port", json!(22)),
            ("to_port", json!(5432)),
        ]
        .map(|(path, value)| AttributeChange::new(path, AttributeValue::Absent, AttributeValue::Known(value)))
        .to_vec();
        report.add(misconfiguration::scan(&[rule], Surroundings::default()));
        let list = "[[allow]]\nrule = \"open-database-port\"\naddress = \"aws_security_group_rule.ssh*\"\nreason = \"a honey pot\"\n";
        AllowList::from_toml(list)
            .unwrap()
            .apply(&mut report, jiff::civil::date(2026, 1, 1));
        report
    }

    #[test]
    fn places_levels_and_suppressions() {
        let document = document(&report(), "1.2.3", "environments/production/network/");
        let run = &document["runs"][0];
        let results = run["results"].as_array().unwrap();
        let summary: Vec<_> = results
            .iter()
            .map(|result| {
                let place = &result["locations"][0]["physicalLocation"];
                let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
                assert_eq!(rule["id"], result["ruleId"]);
                format!(
                    "{} {} {}:{} {}",
                    result["ruleId"].as_str().unwrap(),
                    result["level"].as_str().unwrap(),
                    place["artifactLocation"]["uri"].as_str().unwrap(),
                    place["region"]["startLine"],
                    result["suppressions"],
                )
            })
            .collect();
        assert_eq!(
            summary,
            [
                "assigned-secret error infra/my%20file.tf:2 []",
                "open-administration-port error environments/production/network:null []",
                "assigned-secret error infra/my%20file.tf:3 [{\"justification\":\"a test\",\"kind\":\"inSource\"}]",
                "open-database-port error environments/production/network:null \
                 [{\"justification\":\"a honey pot\",\"kind\":\"external\"}]",
            ]
        );
        assert!(!document.to_string().contains("Pa55"));
    }

    #[test]
    fn a_finding_keeps_its_fingerprint_when_it_moves() {
        let mut finding = report().findings.remove(0);
        let before = fingerprint(&finding);
        finding.place = Place::File {
            path: "./infra/my file.tf".to_owned(),
            line: 9,
            column: 9,
        };
        assert_eq!(fingerprint(&finding), before);
        finding.rule = "other".to_owned();
        assert_ne!(fingerprint(&finding), before);
    }

    #[test]
    fn an_empty_report_is_a_document() {
        let document = document(&Report::default(), "1", "");
        assert_eq!(document["runs"][0]["results"], json!([]));
    }
}
