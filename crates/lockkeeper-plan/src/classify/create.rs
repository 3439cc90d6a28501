//! New objects are a low risk unless they are attached to something that exists, or are production secrets.

use lockkeeper_domain::effect::{Attachment, Category, Effect, NamedEnvironment};
use lockkeeper_domain::risk::RiskClass;

use super::reason::Finding;
use super::update;
use crate::text::visible;

/// What speaks for and against a new object.
pub(super) fn findings(effect: &Effect) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(attachment) = effect
        .attached_to
        .as_ref()
        .filter(|attachment| attachment.existing)
    {
        findings.push(attached(effect, attachment));
    }
    if effect.category == Some(Category::Secret)
        && effect.named_environment == Some(NamedEnvironment::Production)
    {
        findings.push(Finding::new(RiskClass::High, "secret", "a production secret"));
    }
    if findings.is_empty() {
        findings.push(new_resource(effect));
    }
    findings
}

/// An attachment to something that exists is a change of that thing: whoever uses it gets the effect.
fn attached(effect: &Effect, attachment: &Attachment) -> Finding {
    let change = update::touched(effect, "");
    let strongest = change.into_iter().max_by_key(|finding| finding.class);
    let (class, rule) = strongest.map_or((RiskClass::Medium, "attachment"), |finding| {
        (finding.class, finding.rule)
    });
    let kind = effect
        .category
        .map_or_else(|| "an attachment".to_owned(), |category| category.to_string());
    let target = visible(&attachment.target);
    let phrase = match attachment.attribute.as_str() {
        // What stands in its metadata is what the thing is called.
        "" | "metadata" => format!("{kind}, changes {target}"),
        attribute if attribute == target => format!("{kind}, changes what exists ({attribute})"),
        attribute => format!("{kind}, changes what exists ({attribute} {target})"),
    };
    Finding::new(class, rule, phrase)
}

fn new_resource(effect: &Effect) -> Finding {
    let phrase = match effect.category {
        Some(category @ (Category::Database | Category::Network)) => {
            format!("new {category}, touches nothing that exists")
        }
        Some(category) => format!("new resource ({category})"),
        None => "new resource".to_owned(),
    };
    Finding::new(RiskClass::Low, "new-resource", phrase)
}
