//! An engine for tests: it answers what it was told to answer, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::contract::{
    Applied, Engine, EngineError, PlanFile, Planned, RunControl, RunLog, Target, Workspace,
};

/// One call that the fake engine got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A plan was asked for.
    Plan {
        /// The stack's folder.
        folder: String,
    },
    /// A plan was to be carried out.
    Apply {
        /// The stack's folder.
        folder: String,
        /// The plan that was handed in.
        plan_file: PlanFile,
    },
}

/// What a fake call does.
#[derive(Debug)]
pub struct Step<T> {
    /// The lines that it logs, without their ends.
    pub lines: Vec<String>,
    /// Whether it then waits until it is cancelled, and answers [`EngineError::Cancelled`].
    pub hangs: bool,
    /// What it answers.
    pub answer: Result<T, EngineError>,
}

/// An engine without a tool. A call for which no step is left fails.
#[derive(Debug, Default)]
pub struct FakeEngine {
    plans: Mutex<VecDeque<Step<Planned>>>,
    applies: Mutex<VecDeque<Step<Applied>>>,
    calls: Mutex<Vec<Call>>,
}

impl FakeEngine {
    /// An engine that has no answers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next plan has this answer.
    #[must_use]
    pub fn plans(self, answer: Result<Planned, EngineError>) -> Self {
        self.plan_step(Step {
            lines: vec!["fake plan".to_owned()],
            hangs: false,
            answer,
        })
    }

    /// The next plan does this.
    #[must_use]
    pub fn plan_step(self, step: Step<Planned>) -> Self {
        lock(&self.plans).push_back(step);
        self
    }

    /// The next apply has this answer.
    #[must_use]
    pub fn applies(self, answer: Result<Applied, EngineError>) -> Self {
        self.apply_step(Step {
            lines: vec!["fake apply".to_owned()],
            hangs: false,
            answer,
        })
    }

    /// The next apply does this.
    #[must_use]
    pub fn apply_step(self, step: Step<Applied>) -> Self {
        lock(&self.applies).push_back(step);
        self
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }
}

#[async_trait]
impl Engine for FakeEngine {
    async fn plan(
        &self,
        workspace: &Workspace,
        _target: &Target,
        run: &mut RunControl<'_>,
    ) -> Result<Planned, EngineError> {
        lock(&self.calls).push(Call::Plan {
            folder: workspace.folder.clone(),
        });
        let step = lock(&self.plans).pop_front();
        perform("fake plan", step, run).await
    }

    async fn apply(
        &self,
        plan_file: &PlanFile,
        workspace: &Workspace,
        _target: &Target,
        run: &mut RunControl<'_>,
    ) -> Result<Applied, EngineError> {
        let (folder, plan_file) = (workspace.folder.clone(), plan_file.clone());
        lock(&self.calls).push(Call::Apply { folder, plan_file });
        let step = lock(&self.applies).pop_front();
        perform("fake apply", step, run).await
    }
}

async fn perform<T>(name: &str, step: Option<Step<T>>, run: &mut RunControl<'_>) -> Result<T, EngineError> {
    let Some(step) = step else {
        return Err(EngineError::Tool(format!("no answer is left for another {name}")));
    };
    for line in &step.lines {
        // As with a real engine, a run goes on without its log.
        let _ = run.log.append(&format!("{line}\n")).await;
    }
    if step.hangs && run.cancelled.wait_for(|cancelled| *cancelled).await.is_ok() {
        return Err(EngineError::Cancelled {
            step: name.to_owned(),
        });
    }
    step.answer
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A log that keeps everything in memory.
#[derive(Debug, Default, Clone)]
pub struct MemoryLog {
    /// Everything that was appended.
    pub text: String,
}

#[async_trait]
impl RunLog for MemoryLog {
    async fn append(&mut self, text: &str) -> std::io::Result<()> {
        self.text.push_str(text);
        Ok(())
    }
}
