//! New objects are a low risk unless they are attached to something that exists, or are production secrets.

use lockkeeper_domain::effect::{Attachment, AttributeValue, Category, Effect, NamedEnvironment};
use lockkeeper_domain::risk::RiskClass;

use super::reason::Finding;
use super::update;
use crate::text::{excerpt, visible};

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

/// The attributes of databases and networks that name what they are a part of.
const WHOLES: [&str; 20] = [
    "cluster",
    "cluster_id",
    "cluster_identifier",
    "database",
    "database_id",
    "db_cluster_identifier",
    "db_instance_identifier",
    "instance",
    "instance_name",
    "network",
    "network_id",
    "server_id",
    "server_name",
    "subnet_id",
    "subnetwork",
    "vcn_id",
    "virtual_hub_id",
    "virtual_network_id",
    "virtual_network_name",
    "vpc_id",
];

fn new_resource(effect: &Effect) -> Finding {
    let phrase = match effect.category {
        Some(category @ (Category::Database | Category::Network)) if effect.attached_to.is_none() => {
            match whole(effect) {
                Some(whole) => format!("new {category}, part of {whole}"),
                None => format!("new {category}, touches nothing that exists"),
            }
        }
        Some(category) => format!("new resource ({category})"),
        None => "new resource".to_owned(),
    };
    Finding::new(RiskClass::Low, "new-resource", phrase)
}

/// What the new object is a part of, where it has a name before apply.
fn whole(effect: &Effect) -> Option<String> {
    let mut attributes = effect.attributes.iter();
    attributes.find_map(|attribute| {
        let AttributeValue::Known(value) = &attribute.after else {
            return None;
        };
        let path = attribute.path.as_str();
        let is_own = path.starts_with("cluster") && effect.resource_type.ends_with("_cluster");
        let name = value.as_str().filter(|_| WHOLES.contains(&path) && !is_own)?;
        // The last part of a path or an identifier is the name.
        let name = name.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some(excerpt(name, 80))
    })
}
