//! `[stacks.NAME.verification]`.

use std::time::Duration;

use lockkeeper_domain::verification::{Probe, Verification};

use crate::reading::{Problems, Section, Value};

const DEFAULT_DEADLINE: Duration = Duration::from_secs(120);
const DEFAULT_INTERVAL: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The keys of which a probe has exactly one.
const KINDS: [&str; 4] = ["http", "tcp", "command", "output"];

pub(super) fn read(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Verification> {
    let mut section = value.section(problems)?;
    let deadline = section
        .take("deadline")
        .and_then(|value| value.duration(LONGEST, problems));
    let interval = section
        .take("interval")
        .and_then(|value| value.duration(LONGEST, problems));
    let listed = section.require("probes", problems);
    let probes = listed.as_ref().and_then(|value| value.list(problems));
    if let (Some(value), Some([])) = (&listed, probes.as_deref()) {
        value.refuse::<()>(
            problems,
            "A verification without probes would always hold.".to_owned(),
            Some("Add a probe, or take the verification out.".to_owned()),
        );
    }
    section.finish(problems);
    let probes = probes?
        .iter()
        .filter_map(|value| read_probe(value, problems))
        .collect();
    Some(Verification {
        probes,
        deadline: deadline.unwrap_or(DEFAULT_DEADLINE),
        interval: interval.unwrap_or(DEFAULT_INTERVAL),
    })
}

fn read_probe(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Probe> {
    let mut section = value.section(problems)?;
    let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| section.has(kind)).collect();
    let probe = match kinds.as_slice() {
        ["http"] => read_http(&mut section, problems),
        ["tcp"] => read_tcp(&mut section, problems),
        ["command"] => read_command(&mut section, problems),
        ["output"] => read_output(&mut section, problems),
        several => {
            let found = if several.is_empty() {
                "none".to_owned()
            } else {
                several.join(" and ")
            };
            let message = format!(
                "`{}` must have one of http, tcp, command and output, and has {found}.",
                value.path()
            );
            // What the other keys mean depends on the kind, so nothing can be said about them.
            return value.refuse(problems, message, None);
        }
    };
    section.finish(problems);
    probe
}

fn read_http(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<Probe> {
    let address = section.require("http", problems)?;
    let url = address.filled_text(problems);
    let status = section.take("status");
    let status = status.map_or(Some(200), |value| value.number(100..600, problems));
    let contains = section
        .take("contains")
        .and_then(|value| value.filled_text(problems))
        .map(str::to_owned);
    let url = url?;
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) || url.contains(char::is_whitespace) {
        let hint = Some("It starts with `http://` or `https://`, and a host follows.".to_owned());
        return address.refuse(problems, format!("`{url}` is not the address of a page."), hint);
    }
    Some(Probe::Http {
        url: url.to_owned(),
        status: u16::try_from(status?).ok()?,
        contains,
    })
}

fn read_tcp(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<Probe> {
    let value = section.require("tcp", problems)?;
    let address = value.filled_text(problems)?;
    let port = address
        .rsplit_once(':')
        .filter(|(host, _)| !host.is_empty())
        .map(|(_, port)| port);
    if port
        .and_then(|port| port.parse::<u16>().ok())
        .is_none_or(|port| port == 0)
    {
        let hint = Some("Write `host:port`, with a port from 1 to 65535.".to_owned());
        return value.refuse(problems, format!("`{address}` is not a host and a port."), hint);
    }
    Some(Probe::Tcp {
        address: address.to_owned(),
    })
}

fn read_command(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<Probe> {
    let value = section.require("command", problems)?;
    if value.is_text() {
        let hint = Some("No shell is started: write `[\"./smoke.sh\", \"--quick\"]`.".to_owned());
        return value.refuse(
            problems,
            "A command is a list of the program and its arguments.",
            hint,
        );
    }
    let parts = value.list(problems)?;
    let command: Option<Vec<String>> = parts
        .iter()
        .map(|part| part.text(problems).map(str::to_owned))
        .collect();
    let command = command?;
    if command.first().is_none_or(|program| program.trim().is_empty()) {
        return value.refuse(problems, "The command names no program.", None);
    }
    if command.iter().any(|part| part.contains('\0')) {
        return value.refuse(
            problems,
            "No program can be given an argument with a NUL character.",
            None,
        );
    }
    Some(Probe::Command { command })
}

fn read_output(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<Probe> {
    let output = section
        .require("output", problems)
        .and_then(|value| value.filled_text(problems));
    let equals = section
        .require("equals", problems)
        .and_then(|value| value.json(problems));
    Some(Probe::Output {
        output: output?.to_owned(),
        equals: equals?,
    })
}
