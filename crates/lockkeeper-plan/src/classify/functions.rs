//! Whose approval a reason calls for (docs/risk-rules.md).

use std::collections::BTreeSet;

use lockkeeper_domain::effect::{Category, Effect};
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::role::Function;

/// Every high reason calls for the DevOps lead; security for network, identity and secrets; database
/// for databases. Lower reasons call for nobody by name.
pub(super) fn functions(effect: &Effect, class: RiskClass) -> BTreeSet<Function> {
    if class != RiskClass::High {
        return BTreeSet::new();
    }
    let by_category = effect.category.and_then(|category| match category {
        Category::AccessRule
        | Category::Certificate
        | Category::Encryption
        | Category::IdentityAndAccess
        | Category::Network
        | Category::NetworkRule
        | Category::Secret
        | Category::SecurityGroup => Some(Function::security()),
        Category::Database => Some(Function::database()),
        _ => None,
    });
    [Function::devops_lead()].into_iter().chain(by_category).collect()
}
