//! Which operation is where. Everything under `/api/v1` but its own description needs a valid token:
//! the layer stands before the routes, so that an operation cannot be without it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use lockkeeper_usecases::App;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::layers::{
    PATIENCE, STATE_PATIENCE, as_problems, authenticate, observe, own_state, people_only, time_limit,
};
use crate::settings::{HttpSettings, Shared};
use crate::traffic::Traffic;
use crate::{
    audit, caller, changes, document, environments, health, idempotency, members, projects, runs, stacks,
    states, tokens, users,
};

/// The whole HTTP service.
pub fn router(app: Arc<App>, settings: HttpSettings) -> Router {
    let traffic = Traffic::default();
    let shared = Shared {
        app,
        settings,
        traffic: traffic.clone(),
    };
    let people = people()
        .route_layer(from_fn_with_state(shared.clone(), idempotency::idempotent))
        .route_layer(from_fn(people_only))
        .route_layer(from_fn_with_state(shared.clone(), authenticate))
        .route_layer(from_fn_with_state::<_, Duration, _>(PATIENCE, time_limit));
    let states = state_protocol()
        .route_layer(from_fn(own_state))
        .route_layer(from_fn_with_state(shared.clone(), authenticate))
        .route_layer(from_fn_with_state::<_, Duration, _>(STATE_PATIENCE, time_limit));
    let (router, _) = public().merge(people).merge(states).split_for_parts();
    router
        .with_state(shared)
        .layer(from_fn(as_problems))
        .layer(from_fn_with_state(traffic, observe))
}

/// Every operation, with its description.
pub(crate) fn all() -> OpenApiRouter<Shared> {
    public().merge(people()).merge(state_protocol())
}

/// Operations that need no token.
fn public() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(health::live::check_health))
        .routes(routes!(health::ready::check_readiness))
        .routes(routes!(health::metrics::show_metrics))
        .routes(routes!(document::show_openapi))
}

/// Operations of people and service accounts.
fn people() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(caller::show::show_caller))
        .routes(routes!(users::list::list_users, users::create::create_user))
        .routes(routes!(users::disable::disable_user))
        .routes(routes!(tokens::list::list_tokens, tokens::create::create_token))
        .routes(routes!(tokens::revoke::revoke_token))
        .routes(routes!(
            projects::list::list_projects,
            projects::create::create_project
        ))
        .routes(routes!(projects::show::show_project))
        .routes(routes!(
            environments::list::list_environments,
            environments::create::create_environment
        ))
        .routes(routes!(environments::edit::edit_environment))
        .routes(routes!(stacks::list::list_stacks))
        .routes(routes!(members::list::list_members, members::grant::grant_role))
        .routes(routes!(members::revoke::revoke_role))
        .merge(changes())
        .routes(routes!(runs::list::list_runs))
        .routes(routes!(runs::show::show_run))
        .routes(routes!(runs::cancel::cancel_run))
        .routes(routes!(runs::read_log::read_log))
        .routes(routes!(runs::follow_log::follow_log))
        .routes(routes!(states::list::list_states))
        .routes(routes!(states::find::find_state_resources))
        .routes(routes!(states::show::show_state))
        .routes(routes!(states::diff::diff_state))
        .routes(routes!(states::allow_overwrite::allow_state_overwrite))
        .routes(routes!(states::protect::protect_state))
        .routes(routes!(states::roll_back::roll_back_state))
        .routes(routes!(states::personal::list::list_personal_states))
        .routes(routes!(
            states::personal::create::create_personal_state,
            states::personal::remove::remove_personal_state
        ))
        .routes(routes!(states::personal::refresh::refresh_personal_state))
        .routes(routes!(audit::list::list_audit))
        .routes(routes!(audit::verify::verify_audit))
        .routes(routes!(audit::export::export_audit))
}

fn changes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(
            changes::list::list_changes,
            changes::propose::propose_change
        ))
        .routes(routes!(changes::show::show_change, changes::edit::edit_change))
        .routes(routes!(changes::show_plan::show_plan))
        .routes(routes!(changes::plan::plan_change))
        .routes(routes!(changes::approve::approve_change))
        .routes(routes!(changes::tick::tick_change))
        .routes(routes!(changes::apply::apply_change))
        .routes(routes!(changes::rollback::roll_back_change))
        .routes(routes!(changes::close::close_change))
        .routes(routes!(changes::cancel::cancel_change))
}

/// Operations on one state, which the tokens of runs are good for.
fn state_protocol() -> OpenApiRouter<Shared> {
    let lock_or_unlock = states::methods::lock_or_unlock;
    OpenApiRouter::new()
        .routes(
            routes!(
                states::read::read_state,
                states::write::write_state,
                states::delete::delete_state
            )
            .map(|methods| methods.fallback(lock_or_unlock)),
        )
        .routes(
            routes!(
                states::lock::lock_state,
                states::lock::put_state_lock,
                states::unlock::unlock_state
            )
            .map(|methods| methods.fallback(lock_or_unlock)),
        )
        .merge(personal_state_protocol())
        .routes(routes!(states::import::import_state))
        .routes(routes!(states::versions::list_state_versions))
        .routes(routes!(states::read_version::read_state_version))
}

/// The same protocol on personal states.
fn personal_state_protocol() -> OpenApiRouter<Shared> {
    use states::personal::protocol;
    let lock_or_unlock = states::methods::lock_or_unlock_personal;
    OpenApiRouter::new()
        .routes(
            routes!(
                protocol::read_personal_state,
                protocol::write_personal_state,
                protocol::delete_personal_state
            )
            .map(|methods| methods.fallback(lock_or_unlock)),
        )
        .routes(
            routes!(
                protocol::lock_personal_state,
                protocol::put_personal_state_lock,
                protocol::unlock_personal_state
            )
            .map(|methods| methods.fallback(lock_or_unlock)),
        )
}
