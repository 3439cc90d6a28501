//! Runs: queued, carried out, followed, cancelled, and picked up after a crash.

mod apply;
mod cancel_run;
mod checks;
mod context;
mod cost;
mod execute;
mod failed;
mod failure;
mod leftovers;
mod list_runs;
mod lock;
mod log;
mod make_plan;
mod named_secrets;
mod overrun;
mod permission;
mod plan;
mod policies;
mod recover_run;
mod rollbacks;
mod show_run;
mod stranded;
mod sweep;
mod verify;

pub use cancel_run::cancel_run;
pub use execute::{ClaimedJob, execute};
pub use leftovers::{Leftovers, clear_leftovers};
pub use list_runs::list_runs;
pub use log::{LogSlice, read_log};
pub use recover_run::{Left, recover_run};
pub use rollbacks::{propose_pending_rollbacks, resume_automatic_rollbacks};
pub use show_run::show_run;
pub use sweep::remove_spent_plan_files;
