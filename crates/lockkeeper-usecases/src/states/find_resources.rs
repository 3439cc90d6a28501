use lockkeeper_domain::id::StateId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_content::StateResource;
use uuid::Uuid;

use crate::{Access, App, Caller, UseCaseError};

/// How many states are looked into at once.
const AT_ONCE: i64 = 50;

/// A resource that was found.
#[derive(Debug, Clone)]
pub struct FoundResource {
    /// The state in which it stands.
    pub state: StateId,
    /// Its place among those in this state.
    pub position: usize,
    /// The environment.
    pub environment: Name,
    /// The stack.
    pub stack: Name,
    /// The serial of the newest version, in which it stands.
    pub serial: i64,
    /// The resource.
    pub resource: StateResource,
}

/// Finds resources in the newest version of every shared state of a project, by their type, address, identifier
/// or name, word for word. `after` is the state and the place of the last one found before.
///
/// # Errors
/// Forbidden without the role that reads states; not found for the project.
pub async fn find_resources(
    app: &App,
    caller: &Caller,
    project: &Name,
    text: &str,
    after: Option<(StateId, usize)>,
    limit: usize,
) -> Result<Vec<FoundResource>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::ReadState).await?;
    let inventories = app.inventories();
    let mut found: Vec<FoundResource> = Vec::new();
    let mut from = after.map_or(StateId::new(Uuid::nil()), |(state, _)| state);
    loop {
        let rows = inventories
            .find(&mut transaction, *access.project.id, text, from, AT_ONCE)
            .await?;
        let last = i64::try_from(rows.len()).unwrap_or(AT_ONCE) < AT_ONCE;
        for row in rows {
            let state = *row.state_id;
            from = StateId::new(Uuid::from_u128(state.uuid().as_u128().saturating_add(1)));
            if !access
                .grants
                .allow_in(Permission::ReadState, &row.environment_name)
            {
                continue;
            }
            let mut position = 0;
            inventories.open(state, &row.content, |resource| {
                let is_behind = after.is_none_or(|after| (state, position) > after);
                if is_behind && found.len() < limit && resource.is_found_by(text) {
                    found.push(FoundResource {
                        state,
                        position,
                        environment: row.environment_name.0.clone(),
                        stack: row.stack.0.clone(),
                        serial: row.serial,
                        resource,
                    });
                }
                position += 1;
            })?;
            if found.len() >= limit {
                return Ok(found);
            }
        }
        if last {
            return Ok(found);
        }
    }
}
