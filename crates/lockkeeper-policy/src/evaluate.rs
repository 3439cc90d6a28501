//! Asks the rules about a plan: one query, so that what several rules need is worked out once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use lockkeeper_domain::risk::Assessment;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};

use crate::convention::{Purpose, name_in_exceptions};
use crate::limits::FINDINGS;
use crate::outcome::{Excepted, Finding, PolicyClass, PolicyOutcome};
use crate::problem::{PolicyError, PolicyProblem};
use crate::program::Definition;
use crate::result::Asked;

/// How many steps the interpreter takes between two looks at the time.
const STEPS: NonZeroU32 = NonZeroU32::new(64).unwrap();

/// A rule to ask, and what its answer means.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// A rule with a purpose.
    Rule(Definition, Purpose),
    /// A rule that must be true.
    Decision(Definition),
}

impl Question {
    fn definition(&self) -> &Definition {
        match self {
            Self::Rule(definition, _) | Self::Decision(definition) => definition,
        }
    }
}

/// Asks all questions.
pub(crate) fn ask(
    engine: &mut Engine,
    questions: &[Question],
    limit: Duration,
) -> Result<PolicyOutcome, PolicyError> {
    let mut text = String::from("{");
    for (number, question) in questions.iter().enumerate() {
        // A rule without a value has no answer; it must not keep the others from theirs.
        writeln!(
            text,
            "\"{number}\": [x | x := {}],",
            reference(question.definition())
        )
        .ok();
    }
    text.push_str("\"end\": []}");
    let answers = query(engine, text, limit)?;
    let mut gathered = Gathered::default();
    for (number, question) in questions.iter().enumerate() {
        let answer = answers.as_ref().and_then(|answers| answer(answers, number));
        gathered.add(question, answer)?;
    }
    gathered.outcome.prints = engine.take_prints().unwrap_or_default();
    Ok(gathered.finish())
}

fn answer(answers: &Value, number: usize) -> Option<&Value> {
    let answers = answers.as_object().ok()?;
    answers
        .get(&Value::from(number.to_string()))?
        .as_array()
        .ok()?
        .iter()
        .next()
}

/// `data.main.deny`, or `data["a-b"].deny`.
pub(crate) fn reference(definition: &Definition) -> String {
    let mut text = "data".to_owned();
    for name in definition
        .package
        .iter()
        .map(String::as_str)
        .chain([definition.name()])
    {
        write!(text, "[{}]", serde_json::Value::from(name)).ok();
    }
    text
}

/// The value of a query; nothing when it is undefined.
pub(crate) fn query(
    engine: &mut Engine,
    text: String,
    limit: Duration,
) -> Result<Option<Value>, PolicyError> {
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit,
        check_interval: STEPS,
    });
    let started = Instant::now();
    let result = engine.eval_query(text, false);
    // An error inside of a function may have been taken for no value, this one must not be.
    if started.elapsed() >= limit {
        return Err(PolicyError::TimedOut { limit });
    }
    let results = result.map_err(|error| {
        let told = error.to_string();
        match told.contains("exceeded time limit") {
            true => PolicyError::TimedOut { limit },
            false => PolicyError::Failed(PolicyProblem::of_interpreter(&told, "")),
        }
    })?;
    let first = results.result.into_iter().next();
    Ok(first
        .and_then(|result| result.expressions.into_iter().next())
        .map(|expression| expression.value))
}

#[derive(Default)]
struct Gathered {
    outcome: PolicyOutcome,
    denied: Vec<Finding>,
    warnings: Vec<Finding>,
    reasons: Vec<lockkeeper_domain::risk::Reason>,
    exceptions: BTreeMap<Vec<String>, BTreeSet<String>>,
    asked: Vec<Vec<String>>,
}

impl Gathered {
    fn add(&mut self, question: &Question, answer: Option<&Value>) -> Result<(), PolicyError> {
        let definition = question.definition();
        let asked = Asked { definition };
        let (purpose, value) = match (question, answer) {
            (Question::Decision(_), answer) => {
                self.outcome.rules += 1;
                self.denied.extend(asked.decision(answer)?);
                return Ok(());
            }
            (Question::Rule(_, purpose), answer) => (*purpose, answer),
        };
        if purpose == Purpose::Exception {
            let names = value.map(|value| asked.exceptions(value)).transpose()?;
            self.exceptions
                .entry(definition.package.clone())
                .or_default()
                .extend(names.unwrap_or_default());
            return Ok(());
        }
        self.outcome.rules += 1;
        self.asked.push(definition.path());
        let Some(value) = value else { return Ok(()) };
        match purpose {
            Purpose::Deny => self.denied.extend(asked.findings(value)?),
            Purpose::Warn => self.warnings.extend(asked.findings(value)?),
            Purpose::Class => self.reasons.extend(asked.reasons(value)?),
            Purpose::Exception | Purpose::Test | Purpose::SkippedTest => {}
        }
        Ok(())
    }

    fn finish(mut self) -> PolicyOutcome {
        let excepted = self.excepted();
        let counts = |finding: &Finding| {
            let rule = Excepted {
                namespace: finding.namespace.clone(),
                rule: finding.rule.clone(),
            };
            !excepted.contains(&rule)
        };
        self.denied.retain(counts);
        self.warnings.retain(counts);
        for findings in [&mut self.denied, &mut self.warnings] {
            self.outcome.omitted += findings.len().saturating_sub(FINDINGS);
            findings.truncate(FINDINGS);
        }
        if !self.reasons.is_empty() {
            let Assessment { class, reasons } = Assessment::from_reasons(self.reasons);
            self.outcome.class = Some(PolicyClass { class, reasons });
        }
        PolicyOutcome {
            denied: self.denied,
            warnings: self.warnings,
            excepted,
            ..self.outcome
        }
    }

    /// The rules that exceptions of their package name. As in Conftest, a class has none.
    fn excepted(&self) -> Vec<Excepted> {
        let is_excepted = |path: &&Vec<String>| {
            let Some((rule, package)) = path.split_last() else {
                return false;
            };
            let names = self.exceptions.get(package);
            let can_be = matches!(Purpose::of(rule), Some(Purpose::Deny | Purpose::Warn));
            can_be && names.is_some_and(|names| names.contains(name_in_exceptions(rule)))
        };
        let excepted = self.asked.iter().filter(is_excepted);
        let named = excepted.filter_map(|path| {
            let (rule, package) = path.split_last()?;
            Some(Excepted {
                namespace: package.join("."),
                rule: rule.clone(),
            })
        });
        named.collect()
    }
}
