//! What the caller may do to a state, told before Terraform finds out.

use lockkeeper_api::types::project::RoleName;
use lockkeeper_api::types::user::CallerView;

use super::kind::Kind;
use crate::exit::Exit;
use crate::failure::Failure;

/// Refuses what the caller's roles do not allow. One's own state needs what reading the shared one does.
///
/// # Errors
/// As said.
pub(super) fn check(
    caller: &CallerView,
    project: &str,
    environment: &str,
    shared: bool,
    kind: Kind,
) -> Result<(), Failure> {
    let roles = roles(caller, project, environment);
    let may_read = |role: &RoleName| matches!(role, RoleName::Author | RoleName::Operator | RoleName::Admin);
    let may_write = |role: &RoleName| matches!(role, RoleName::Operator | RoleName::Admin);
    let writes = shared && kind >= Kind::Locks;
    if roles.iter().any(if writes { may_write } else { may_read }) {
        return Ok(());
    }
    let name = &caller.user.name;
    let held = roles
        .iter()
        .map(crate::output::words::wire)
        .collect::<Vec<_>>()
        .join(", ");
    let held = if held.is_empty() {
        "no role".to_owned()
    } else {
        format!("the role {held}")
    };
    let (missing, hint) = if writes && roles.iter().any(may_read) {
        (
            "which may read the shared state, and neither lock nor write it",
            "work in your own state (without --shared), plan with -lock=false, or propose a change"
                .to_owned(),
        )
    } else {
        (
            "which may not read states",
            format!("ask an administrator of {project}: lockkeeper member grant {name} author"),
        )
    };
    let detail = format!("{name} has {held} in {project} for {environment}, {missing}");
    Err(Failure::new(Exit::NotAllowed, "role", "Your role does not allow it", detail).with_hint(hint))
}

fn roles(caller: &CallerView, project: &str, environment: &str) -> Vec<RoleName> {
    let mut roles: Vec<RoleName> = caller
        .memberships
        .iter()
        .filter(|membership| membership.project == project)
        .filter(|membership| {
            membership
                .environment
                .as_deref()
                .is_none_or(|only| only == environment)
        })
        .map(|membership| membership.role)
        .collect();
    if caller.user.server_admin {
        roles.push(RoleName::Admin);
    }
    roles
}

#[cfg(test)]
mod tests {
    use lockkeeper_api::types::user::{ProjectMembership, UserView};

    use super::*;

    fn caller(role: Option<RoleName>) -> CallerView {
        let user = UserView {
            name: "ada".to_owned(),
            server_admin: false,
            disabled: false,
            created_at: String::new(),
        };
        let membership = |role| ProjectMembership {
            project: "shop".to_owned(),
            role,
            function: None,
            environment: None,
        };
        CallerView {
            user,
            memberships: role.map(membership).into_iter().collect(),
        }
    }

    #[test]
    fn who_may_what() {
        let allowed = |role, shared, kind| check(&caller(role), "shop", "staging", shared, kind).is_ok();
        assert!(
            allowed(Some(RoleName::Author), false, Kind::Writes),
            "one's own state"
        );
        assert!(allowed(Some(RoleName::Author), true, Kind::Reads));
        assert!(!allowed(Some(RoleName::Author), true, Kind::Locks));
        assert!(allowed(Some(RoleName::Operator), true, Kind::Writes));
        assert!(!allowed(Some(RoleName::Viewer), true, Kind::Reads));
        assert!(!allowed(None, false, Kind::Reads));
    }

    #[test]
    fn what_is_said() {
        let said = |role, kind| {
            let failure = check(&caller(role), "shop", "staging", true, kind).unwrap_err();
            format!(
                "{}\n{}",
                failure.problem().detail,
                failure.problem().hint.clone().unwrap_or_default()
            )
        };
        insta::assert_snapshot!(said(Some(RoleName::Author), Kind::Locks), @r"
        ada has the role author in shop for staging, which may read the shared state, and neither lock nor write it
        work in your own state (without --shared), plan with -lock=false, or propose a change
        ");
        insta::assert_snapshot!(said(None, Kind::Reads), @r"
        ada has no role in shop for staging, which may not read states
        ask an administrator of shop: lockkeeper member grant ada author
        ");
    }
}
