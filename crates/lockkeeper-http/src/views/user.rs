use lockkeeper_api::types::user::{CallerView, ProjectMembership, TokenState, TokenView, UserView};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::token::OneState;
use lockkeeper_store::tables::tokens::TokenRow;
use lockkeeper_store::tables::users::UserRow;
use lockkeeper_usecases::people::CallerRecord;

use crate::problem::Refusal;

/// A user.
pub(crate) fn user(row: &UserRow) -> UserView {
    UserView {
        name: row.name.to_string(),
        server_admin: row.server_admin,
        disabled: row.disabled_at.is_some(),
        created_at: row.created_at.to_string(),
    }
}

/// Who is calling.
pub(crate) fn caller(record: &CallerRecord) -> Result<CallerView, Refusal> {
    let memberships = record.memberships.iter().map(|row| {
        let membership = row.membership().map_err(|error| {
            tracing::error!(%error, "a membership cannot be read");
            Refusal::internal()
        })?;
        let (role, function) = super::project::role(&membership.role);
        Ok(ProjectMembership {
            project: row.project_name.to_string(),
            role,
            function,
            environment: membership.environment.as_ref().map(Name::to_string),
        })
    });
    Ok(CallerView {
        user: user(&record.user),
        memberships: memberships.collect::<Result<_, Refusal>>()?,
    })
}

/// A token, without its secret.
pub(crate) fn token(row: &TokenRow) -> TokenView {
    TokenView {
        id: row.id.to_string(),
        user: row.user_name.to_string(),
        label: row.label.clone(),
        created_at: row.created_at.to_string(),
        expires_at: row.expires_at.to_string(),
        revoked_at: row.revoked_at.map(|at| at.to_string()),
        state: row.state.as_ref().map(|state| one_state(&state.0.0)),
    }
}

fn one_state(state: &OneState) -> TokenState {
    TokenState {
        project: state.project.to_string(),
        environment: state.environment.to_string(),
        stack: state.stack.to_string(),
        personal: state.personal,
    }
}
