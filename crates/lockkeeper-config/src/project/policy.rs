//! `[policy]`, `[policy.CLASS]` and `[policy.TIER.CLASS]`.

use std::time::Duration;

use lockkeeper_domain::policy::{Policy, Requirements, Tier};
use lockkeeper_domain::risk::RiskClass;

use crate::reading::{Problems, Section};

/// Nobody means a plan to be applied a year after it was made.
const LONGEST_PLAN_EXPIRY: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// More approvals than this is a slip of the finger.
const MOST_APPROVALS: u64 = 20;

const CLASSES: [(RiskClass, &str); 3] = [
    (RiskClass::Low, "low"),
    (RiskClass::Medium, "medium"),
    (RiskClass::High, "high"),
];

/// The default policy with what the text alters: first in all tiers, then in one.
pub(super) fn read(mut section: Section<'_>, problems: &mut Problems<'_>) -> Policy {
    let mut policy = Policy::default();
    let expiry = section
        .take("plan_expiry")
        .and_then(|value| value.duration(LONGEST_PLAN_EXPIRY, problems));
    policy.plan_expiry = expiry.unwrap_or(policy.plan_expiry);
    let up_to = section
        .take("self_approval_up_to")
        .and_then(|value| value.parsed(problems));
    for (class, key) in CLASSES {
        let changes = Changes::read(section.section(key, problems), problems);
        for tier in Tier::ALL {
            let requirements = policy.tier_mut(tier).class_mut(class);
            if let Some(up_to) = up_to {
                requirements.self_approval = class <= up_to;
            }
            changes.apply(requirements);
        }
    }
    for tier in Tier::ALL {
        let mut tier_section = section.section(tier.as_str(), problems);
        for (class, key) in CLASSES {
            let changes = Changes::read(tier_section.section(key, problems), problems);
            changes.apply(policy.tier_mut(tier).class_mut(class));
        }
        tier_section.finish(problems);
    }
    read_rollback(section.section("rollback", problems), &mut policy, problems);
    section.finish(problems);
    policy
}

fn read_rollback(mut section: Section<'_>, policy: &mut Policy, problems: &mut Problems<'_>) {
    if let Some(approvals) = read_approvals(&mut section, problems) {
        policy.rollback.approvals = approvals;
    }
    if let Some(own) = section
        .take("self_approval")
        .and_then(|value| value.boolean(problems))
    {
        policy.rollback.self_approval = own;
    }
    section.finish(problems);
}

fn read_approvals(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<u8> {
    let number = section
        .take("approvals")?
        .number(0..MOST_APPROVALS + 1, problems)?;
    u8::try_from(number).ok()
}

/// What a table of the policy says; the rest stays as it is.
#[derive(Debug, Default)]
struct Changes {
    approvals: Option<u8>,
    self_approval: Option<bool>,
    functions_from_reasons: Option<bool>,
    board: Option<bool>,
    window: Option<bool>,
    rollback: Option<bool>,
    checks: Option<Vec<lockkeeper_domain::check::CheckName>>,
}

impl Changes {
    fn read(mut section: Section<'_>, problems: &mut Problems<'_>) -> Self {
        let approvals = read_approvals(&mut section, problems);
        let mut flag = |key| section.take(key).and_then(|value| value.boolean(problems));
        let self_approval = flag("self_approval");
        let functions_from_reasons = flag("functions_from_reasons");
        let board = flag("board");
        let window = flag("window");
        let rollback = flag("rollback");
        let listed = section.take("checks").and_then(|value| value.list(problems));
        let checks = listed.map(|values| values.iter().filter_map(|value| value.parsed(problems)).collect());
        section.finish(problems);
        Self {
            approvals,
            self_approval,
            functions_from_reasons,
            board,
            window,
            rollback,
            checks,
        }
    }

    fn apply(&self, requirements: &mut Requirements) {
        let Requirements {
            approvals,
            self_approval,
            functions_from_reasons,
            board,
            window,
            rollback,
            checks,
        } = requirements;
        *approvals = self.approvals.unwrap_or(*approvals);
        *self_approval = self.self_approval.unwrap_or(*self_approval);
        *functions_from_reasons = self.functions_from_reasons.unwrap_or(*functions_from_reasons);
        *board = self.board.unwrap_or(*board);
        *window = self.window.unwrap_or(*window);
        *rollback = self.rollback.unwrap_or(*rollback);
        if let Some(replaced) = &self.checks {
            *checks = replaced.iter().copied().collect();
        }
    }
}
