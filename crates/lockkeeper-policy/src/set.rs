//! A set of policies, ready to be asked.

use std::time::Duration;

use regorus::{Engine, Value};

use crate::evaluate::{self, Question};
use crate::files::{self, Kind};
use crate::input::PolicyInput;
use crate::limits::{DOCUMENT_BYTES, FILES, GRACE, POLICY_BYTES, TIME};
use crate::outcome::PolicyOutcome;
use crate::problem::{PolicyError, PolicyProblem, PolicyProblems};
use crate::program::{Definition, Program};
use crate::running::{Stopped, bounded};
use crate::testing::{self, TestReport};
use crate::{guard, syntax};

/// The packages whose rules are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Namespaces {
    /// The package `main`, as Conftest does when nothing else is said.
    #[default]
    Main,
    /// These packages, such as `main` and `terraform.network`.
    Named(Vec<String>),
    /// Every package.
    All,
}

/// What is asked of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The packages whose rules are asked.
    pub namespaces: Namespaces,
    /// Rules that must be true, such as `terraform/analysis/authz`: what `opa exec --decision` asks.
    pub decisions: Vec<String>,
}

/// A set of policies that parsed. It is asked by [`PolicySet::evaluate`].
pub struct PolicySet {
    engine: Engine,
    program: Program,
    time: Duration,
}

impl std::fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicySet")
            .field("definitions", &self.program.definitions.len())
            .finish_non_exhaustive()
    }
}

impl Asked {
    /// The rules of these packages, and these rules that must be true. No package means `main`, and `*`
    /// among them every one.
    pub fn of(namespaces: &[String], decisions: &[String]) -> Self {
        let namespaces = match namespaces {
            [] => Namespaces::Main,
            names if names.iter().any(|name| name == "*") => Namespaces::All,
            names => Namespaces::Named(names.to_vec()),
        };
        Self {
            namespaces,
            decisions: decisions.to_vec(),
        }
    }
}

impl PolicySet {
    /// Reads policies: the path and the text of each file. Files that are no policies are passed over,
    /// see [`crate::is_policy_file`].
    ///
    /// # Errors
    /// Every mistake, with file and line. The gate is shut while there is one.
    pub fn load<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> Result<Self, PolicyProblems> {
        let mut files: Vec<(String, String)> = files
            .iter()
            .filter(|(path, _)| files::is_policy_file(path.as_ref()))
            .map(|(path, text)| (path.as_ref().to_owned(), text.as_ref().to_owned()))
            .collect();
        files.sort();
        let loaded = bounded(TIME * 4, move || load(&files));
        match loaded {
            Ok(loaded) => loaded.map_err(PolicyProblems),
            Err(stopped) => Err(PolicyProblems(vec![PolicyProblem::of_file(
                "",
                match stopped {
                    Stopped::TimedOut => "reading the policies takes too long: make them smaller".to_owned(),
                    Stopped::Broke(why) => format!("the interpreter broke when it read the policies: {why}"),
                },
            )])),
        }
    }

    /// The same set with another time limit than [`TIME`].
    #[must_use]
    pub fn with_time_limit(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// How many rules and functions there are, tests included.
    pub fn len(&self) -> usize {
        self.program.definitions.len()
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.program.definitions.is_empty()
    }

    /// The packages that have rules, without `data`.
    pub fn namespaces(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .program
            .definitions
            .iter()
            .map(|rule| rule.package.join("."))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Asks the rules about a plan. It takes at most the time limit, on a thread of its own: call it where
    /// blocking is allowed.
    ///
    /// # Errors
    /// When the policies gave no answer, for whatever reason, a package or rule that is not there
    /// included. The gate is shut then.
    pub fn evaluate(&self, input: &PolicyInput, asked: &Asked) -> Result<PolicyOutcome, PolicyError> {
        let questions = self.questions(asked)?;
        let (mut engine, document, time) = (self.engine.clone(), input.document().clone(), self.time);
        let asked = bounded(time + GRACE, move || {
            engine.set_input(Value::from(document));
            evaluate::ask(&mut engine, &questions, time)
        });
        asked.unwrap_or_else(|stopped| Err(stopped.into_error(time)))
    }

    /// Runs the rules `test_...` of every package, as `opa test` and `conftest verify` do; those whose
    /// name holds `filter`, when one is given.
    pub fn run_tests(&self, filter: Option<&str>) -> TestReport {
        testing::run(&self.engine, &self.program, self.time, filter)
    }

    fn questions(&self, asked: &Asked) -> Result<Vec<Question>, PolicyError> {
        self.check_namespaces(&asked.namespaces)?;
        let is_asked = |definition: &Definition| match &asked.namespaces {
            Namespaces::Main => definition.package == ["main"],
            Namespaces::Named(names) => names.contains(&definition.package.join(".")),
            Namespaces::All => true,
        };
        let rules = self.program.purposeful().into_iter();
        let rules = rules.filter(|(definition, purpose)| purpose.is_asked() && is_asked(definition));
        let rules = rules.map(|(definition, purpose)| Question::Rule(definition.clone(), purpose));
        let mut questions: Vec<Question> = rules.collect();
        for decision in &asked.decisions {
            questions.push(Question::Decision(self.decision(decision)?));
        }
        Ok(questions)
    }

    /// A package that is asked by name must be there: one that is misspelt would never deny anything.
    fn check_namespaces(&self, asked: &Namespaces) -> Result<(), PolicyError> {
        let Namespaces::Named(names) = asked else {
            return Ok(());
        };
        let there = self.namespaces();
        match names.iter().find(|name| !there.contains(*name)) {
            None => Ok(()),
            Some(absent) => {
                let message = format!(
                    "no policy has the package `{absent}`: the packages are {}",
                    there.join(", ")
                );
                Err(PolicyError::Failed(PolicyProblem::of_file("", message)))
            }
        }
    }

    /// The rule that a decision names: `terraform/analysis/authz` or `terraform.analysis.authz`.
    fn decision(&self, named: &str) -> Result<Definition, PolicyError> {
        let path: Vec<&str> = named.trim_start_matches('/').split(['/', '.']).collect();
        let path = path.strip_prefix(["data"].as_slice()).unwrap_or(&path);
        let found = self
            .program
            .definitions
            .iter()
            .find(|rule| !rule.is_function && rule.path() == path);
        found.cloned().ok_or_else(|| {
            let message = format!("no policy has the rule `{named}`, which decides about plans");
            PolicyError::Failed(PolicyProblem::of_file("", message))
        })
    }
}

impl Stopped {
    pub(crate) fn into_error(self, limit: Duration) -> PolicyError {
        match self {
            Self::TimedOut => PolicyError::TimedOut { limit },
            Self::Broke(why) => PolicyError::Broke(why),
        }
    }
}

fn load(files: &[(String, String)]) -> Result<PolicySet, Vec<PolicyProblem>> {
    let mut engine = Engine::new();
    // As in OPA, a function that fails has no value; see the errors of `evaluate` for what is an error.
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    engine.set_policy_length_config(lengths());
    guard::install(&mut engine).map_err(|why| vec![PolicyProblem::of_file("", why)])?;
    let mut problems = Vec::new();
    if files.len() > FILES {
        return Err(vec![PolicyProblem::of_file(
            "",
            format!("there are more than {FILES} files of policies"),
        )]);
    }
    let mut work = 0;
    for (file, text) in files {
        let added = match files::kind(file) {
            Kind::Policy => policy(&mut engine, file, text, &mut work),
            Kind::Document { path, yaml } => document(&mut engine, file, text, &path, yaml),
            Kind::Other => Ok(()),
        };
        problems.extend(added.err());
    }
    let program = Program::of(&mut engine);
    problems.extend(program.problems());
    if problems.is_empty() {
        problems.extend(prepare(&mut engine).err());
    }
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        Ok(PolicySet {
            engine,
            program,
            time: TIME,
        })
    } else {
        Err(problems)
    }
}

/// Lines of any length: a constant may be written without line ends.
fn lengths() -> regorus::PolicyLengthConfig {
    let bytes = std::num::NonZeroUsize::new(POLICY_BYTES * 2).unwrap_or(std::num::NonZeroUsize::MAX);
    regorus::PolicyLengthConfig {
        max_col: std::num::NonZeroU32::MAX,
        max_file_bytes: bytes,
        max_lines: bytes,
    }
}

fn policy(engine: &mut Engine, file: &str, text: &str, work: &mut u64) -> Result<(), PolicyProblem> {
    if text.len() > POLICY_BYTES {
        let message = format!(
            "the file has {} bytes, and at most {POLICY_BYTES} are read",
            text.len()
        );
        return Err(PolicyProblem::of_file(file, message));
    }
    syntax::add(engine, file, text, work)
}

fn document(
    engine: &mut Engine,
    file: &str,
    text: &str,
    path: &[String],
    yaml: bool,
) -> Result<(), PolicyProblem> {
    if text.len() > DOCUMENT_BYTES {
        let message = format!(
            "the file has {} bytes, and at most {DOCUMENT_BYTES} are read",
            text.len()
        );
        return Err(PolicyProblem::of_file(file, message));
    }
    let read = if yaml {
        Value::from_yaml_str(text).map_err(|error| error.to_string())
    } else {
        Value::from_json_str(text).map_err(|error| error.to_string())
    };
    let mut value = read.map_err(|error| {
        let message = format!(
            "the data cannot be read: {}",
            error.trim_start_matches("Failed to parse YAML: ")
        );
        PolicyProblem::of_file(file, message)
    })?;
    if value.as_object().is_err() {
        return Err(PolicyProblem::of_file(
            file,
            "the data must be an object with names at its top",
        ));
    }
    for folder in path.iter().rev() {
        value = Value::from(std::collections::BTreeMap::from([(
            Value::from(folder.as_str()),
            value,
        )]));
    }
    engine.add_data(value).map_err(|error| {
        let message = format!("the data does not go together with that of another file: {error}");
        PolicyProblem::of_file(file, message)
    })
}

/// Lets the interpreter look at all rules together: variables without a value, rules that do not fit.
fn prepare(engine: &mut Engine) -> Result<(), PolicyProblem> {
    engine
        .eval_query("true".to_owned(), false)
        .map(drop)
        .map_err(|error| PolicyProblem::of_interpreter(&error.to_string(), ""))
}
