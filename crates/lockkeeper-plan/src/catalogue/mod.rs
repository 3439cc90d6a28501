//! What resource types are, and what their attributes mean: reviewed data (`data/*.toml`, format in
//! `docs/risk-rules.md`; `build.rs` makes tables of it), matched by exact names first and by families of names after them, so that a
//! type released next year is not unknown.

mod attributes;
mod pattern;
mod size;
mod subject;

use lockkeeper_domain::effect::Category;

pub use attributes::{
    Direction, adds_monitoring, capacity_direction, is_bookkeeping, is_part_of_monitoring, is_tag,
};
pub use subject::subject;

use pattern::{Pattern, Table};

// `KNOWN`: the files that know a provider; `GENERIC`: the one that guesses from words. Made by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// Types that are as good as each other: a file's own names, or words that mean the same everywhere.
struct Tier {
    categories: Table<Category>,
    attachments: Table<Attachments>,
    /// How kinds of things are attached whatever their type is.
    of_kinds: &'static [OfKind],
}

/// How things of a kind are attached: all of them, or those of some types.
struct OfKind {
    category: Category,
    types: &'static [Pattern],
    attachments: Attachments,
}

/// How a type points to what it is attached to.
#[derive(Debug, PartialEq, Eq)]
pub struct Attachments {
    /// The attributes that point to it, the most telling first; `*` stands for any text.
    pub parents: &'static [&'static str],
    /// The attributes that count when none of those is set.
    pub otherwise: &'static [&'static str],
    /// What it is attached to when none of them is set.
    pub by_default: Option<&'static str>,
}

impl Attachments {
    /// A rule without parents says that a type is no attachment, whatever its family is.
    fn is_none(&self) -> bool {
        self.parents.is_empty() && self.by_default.is_none()
    }
}

/// What kind of thing a subject (a resource type, or what [`subject`] makes of it) is. Where only words
/// can be gone by, the kind that calls for most care is taken.
pub fn category(subject: &str) -> Option<Category> {
    let known = KNOWN.categories.get(subject).copied();
    known.or_else(|| GENERIC.categories.all(subject).copied().max_by_key(care))
}

/// How much care a kind of thing calls for.
fn care(category: &Category) -> u8 {
    match category {
        Category::Database => 9,
        Category::NetworkRule => 8,
        Category::Network => 7,
        Category::Secret => 6,
        Category::SecurityGroup => 5,
        Category::AccessRule => 4,
        Category::IdentityAndAccess => 3,
        Category::Encryption | Category::Certificate => 2,
        Category::Scaling | Category::LoadBalancing | Category::Storage | Category::Dns => 1,
        _ => 0,
    }
}

/// How an object is attached to something else, when it is. Some resource types are attached whatever their
/// subject is, because all that they do is to alter what another one describes.
pub fn attachments(
    resource_type: &str,
    subject: &str,
    category: Option<Category>,
) -> Option<&'static Attachments> {
    let known = [resource_type, subject]
        .into_iter()
        .find_map(|name| KNOWN.attachments.get(name));
    // Monitoring of what exists is added, and alters nothing.
    let adds_monitoring = category == Some(Category::Monitoring);
    let by_words = || GENERIC.attachments.get(subject).filter(|_| !adds_monitoring);
    known
        .or_else(by_words)
        .or_else(|| attachments_of(subject, category?))
        .filter(|rule| !rule.is_none())
}

/// How things of a kind are attached where no rule for their type says it.
pub fn attachments_of(subject: &str, category: Category) -> Option<&'static Attachments> {
    let is_of = |kind: &&OfKind| {
        let any = kind.types.is_empty() || kind.types.iter().any(|pattern| pattern.matches(subject));
        kind.category == category && any
    };
    GENERIC.of_kinds.iter().find(is_of).map(|kind| &kind.attachments)
}

/// Whether a file that knows providers lists the subject.
fn is_listed(subject: &str) -> bool {
    KNOWN.categories.get(subject).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_what_their_names_say_last() {
        for (subject, expected) in [
            ("aws_db_instance", Category::Database),
            ("aws_db_security_group", Category::SecurityGroup),
            ("aws_dynamodb_resource_policy", Category::AccessRule),
            ("aws_rds_thing_of_next_year", Category::Database),
            ("aws_medialive_channel", Category::Configuration),
            ("aws_medialive_input_security_group", Category::SecurityGroup),
            ("aws_route", Category::NetworkRule),
            ("aws_security_group_rule", Category::SecurityGroup),
            ("azapi/microsoft.network/virtualnetworks", Category::Network),
            ("azurerm_app_service_certificate", Category::Certificate),
            ("azurerm_firewall_network_rule_collection", Category::NetworkRule),
            ("azurerm_key_vault_secret", Category::Secret),
            (
                "azurerm_network_interface_security_group_association",
                Category::SecurityGroup,
            ),
            ("google_compute_instance_iam_binding", Category::AccessRule),
            ("google_project_iam_custom_role", Category::IdentityAndAccess),
            ("google_sql_database_instance", Category::Database),
            ("kubernetes_cluster_role_binding_v1", Category::AccessRule),
            ("manifest/networkpolicy", Category::SecurityGroup),
            ("random_password", Category::Logical),
            ("somecloud_postgresql_cluster", Category::Database),
            ("somecloud_vpc_peering", Category::NetworkRule),
            ("oci_opensearch_opensearch_cluster", Category::Database),
            ("oci_something_of_next_year", Category::Configuration),
            ("somecloud_fancydb_cluster", Category::Database),
            ("manifest/rds.aws.upbound.io/instance", Category::Database),
        ] {
            assert_eq!(category(subject), Some(expected), "{subject}");
        }
        assert_eq!(category("example_resource"), None);
    }

    #[test]
    fn attachments_name_their_parents() {
        let parents = |subject| {
            attachments(subject, subject, category(subject))
                .map(|rule| rule.parents.join(" "))
                .unwrap_or_default()
        };
        assert_eq!(
            parents("google_folder_iam_member"),
            "project folder org_id organization billing_account_id"
        );
        assert_eq!(parents("aws_s3_bucket_object"), "");
        assert_eq!(parents("aws_instance"), "");
        assert!(parents("newcloud_security_group_rule").starts_with("security_group_id"));
        let parents_of_script = parents("newcloud_postgresql_script");
        assert!(parents_of_script.contains("server_id"), "{parents_of_script}");
        assert_eq!(parents("newcloud_postgresql_cluster"), "");
        assert_eq!(parents("newcloud_vm_script"), "", "no database");
        let grant = attachments("newcloud_grant", "newcloud_grant", Some(Category::AccessRule));
        assert!(grant.unwrap().by_default.is_some());
        let update = attachments("azapi_update_resource", "azapi/microsoft.web/sites", None);
        assert_eq!(update.unwrap().parents, ["resource_id", "parent_id"]);
    }
}
