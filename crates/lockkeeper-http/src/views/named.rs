//! Names that stand in the domain and on the wire alike.

use lockkeeper_api::types::{
    change as wire_change, plan as wire_plan, project as wire_project, run as wire_run,
};
use lockkeeper_domain::{change, policy, risk, run};

macro_rules! to_wire {
    ($(#[doc = $doc:literal])* $name:ident: $from:ty => $to:ty { $($variant:ident),* }) => {
        $(#[doc = $doc])*
        pub(crate) fn $name(value: $from) -> $to {
            match value {
                $(<$from>::$variant => <$to>::$variant,)*
            }
        }
    };
}

to_wire! {
    /// The class of risk, for clients.
    risk_class: risk::RiskClass => wire_plan::RiskClass { Low, Medium, High }
}
to_wire! {
    /// The class of risk, from clients.
    to_risk_class: wire_plan::RiskClass => risk::RiskClass { Low, Medium, High }
}
to_wire! {
    /// How far a change is, for clients.
    change_status: change::ChangeStatus => wire_change::ChangeStatus { Open, Verified, Closed, Cancelled, RolledBack }
}
to_wire! {
    /// How far a change is, from clients.
    to_change_status: wire_change::ChangeStatus => change::ChangeStatus { Open, Verified, Closed, Cancelled, RolledBack }
}
to_wire! {
    /// How far a change is in an environment, for clients.
    stage_status: change::StageStatus => wire_change::StageStatus {
        Planning, PlanFailed, Planned, Scheduled, Applying, ApplyFailed, Interrupted, Verifying, VerificationFailed,
        Verified, RolledBack
    }
}
to_wire! {
    /// What a run does, for clients.
    run_kind: run::RunKind => wire_run::RunKind { Plan, Apply }
}
to_wire! {
    /// How far a run is, for clients.
    run_status: run::RunStatus => wire_run::RunStatus { Queued, Running, Succeeded, Failed, Cancelled, Interrupted }
}
to_wire! {
    /// What an environment is for, from clients.
    to_tier: wire_project::Tier => policy::Tier { Development, Test, Staging, Production, Technical }
}
to_wire! {
    /// What an environment is for, for clients.
    tier: policy::Tier => wire_project::Tier { Development, Test, Staging, Production, Technical }
}
