//! What resource types are, and what their attributes mean: reviewed data (`data/*.toml`, format in
//! `docs/risk-rules.md`), matched by exact names first and by families of names after them, so that a
//! type released next year is not unknown.

mod attributes;
mod pattern;
mod size;
mod subject;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use lockkeeper_domain::effect::Category;
use serde::Deserialize;

pub use attributes::{Direction, capacity_direction, is_bookkeeping, is_monitoring, is_tag};
pub use subject::subject;

use pattern::Table;

/// The files that know a provider, and the one that guesses from words.
const KNOWN: [&str; 5] = [
    include_str!("data/aws.toml"),
    include_str!("data/azure.toml"),
    include_str!("data/google.toml"),
    include_str!("data/kubernetes.toml"),
    include_str!("data/services.toml"),
];
const GENERIC: [&str; 1] = [include_str!("data/generic.toml")];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
    known: Tier::of(&KNOWN),
    generic: Tier::of(&GENERIC),
});

struct Catalogue {
    known: Tier,
    generic: Tier,
}

/// Types that are as good as each other: a file's own names, or words that mean the same everywhere.
#[derive(Default)]
struct Tier {
    categories: Table<Category>,
    attachments: Table<Attachments>,
}

/// How a type points to what it is attached to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachments {
    /// The attributes that point to it, the most telling first; `*` stands for any text.
    pub parents: Vec<String>,
    /// The attributes that count when none of those is set.
    pub otherwise: Vec<String>,
    /// What it is attached to when none of them is set.
    pub by_default: Option<String>,
}

impl Attachments {
    /// A rule without parents says that a type is no attachment, whatever its family is.
    fn is_none(&self) -> bool {
        self.parents.is_empty() && self.by_default.is_none()
    }
}

/// One data file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    categories: BTreeMap<Category, Vec<String>>,
    #[serde(default)]
    attachments: Vec<AttachmentRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachmentRule {
    types: Vec<String>,
    parents: Vec<String>,
    #[serde(default)]
    otherwise: Vec<String>,
    #[serde(default)]
    parent_by_default: Option<String>,
}

impl Tier {
    /// Reads data files. They are part of the program: a test reads each of them strictly.
    fn of(files: &[&str]) -> Self {
        let mut tier = Self::default();
        for file in files.iter().filter_map(|text| toml::from_str::<File>(text).ok()) {
            tier.add(file);
        }
        tier
    }

    fn add(&mut self, file: File) {
        for (category, patterns) in file.categories {
            patterns
                .iter()
                .for_each(|pattern| self.categories.add(pattern, category));
        }
        for rule in file.attachments {
            let attachments = Attachments {
                parents: rule.parents,
                otherwise: rule.otherwise,
                by_default: rule.parent_by_default,
            };
            rule.types
                .iter()
                .for_each(|pattern| self.attachments.add(pattern, attachments.clone()));
        }
    }
}

/// What kind of thing a subject (a resource type, or what [`subject`] makes of it) is. Where only words
/// can be gone by, the kind that calls for most care is taken.
pub fn category(subject: &str) -> Option<Category> {
    let known = CATALOGUE.known.categories.get(subject).copied();
    known.or_else(|| {
        CATALOGUE
            .generic
            .categories
            .all(subject)
            .copied()
            .max_by_key(care)
    })
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

/// How a subject is attached to something else, when it is.
pub fn attachments(subject: &str) -> Option<&'static Attachments> {
    let known = CATALOGUE.known.attachments.get(subject);
    known
        .or_else(|| CATALOGUE.generic.attachments.get(subject))
        .filter(|rule| !rule.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_file_can_be_read() {
        for text in KNOWN.iter().chain(&GENERIC) {
            toml::from_str::<File>(text).unwrap();
        }
    }

    #[test]
    fn no_pattern_stands_twice() {
        let mut seen: BTreeMap<String, Category> = BTreeMap::new();
        for text in KNOWN {
            for (category, patterns) in toml::from_str::<File>(text).unwrap().categories {
                for pattern in patterns {
                    let other = seen.insert(pattern.clone(), category);
                    assert_eq!(other, None, "{pattern} is {category} and something else");
                }
            }
        }
    }

    #[test]
    fn types_are_what_their_names_say_last() {
        for (subject, expected) in [
            ("aws_db_instance", Category::Database),
            ("aws_db_security_group", Category::SecurityGroup),
            ("aws_dynamodb_resource_policy", Category::AccessRule),
            ("aws_rds_thing_of_next_year", Category::Database),
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
        ] {
            assert_eq!(category(subject), Some(expected), "{subject}");
        }
        assert_eq!(category("example_resource"), None);
    }

    #[test]
    fn attachments_name_their_parents() {
        let parents = |subject| {
            attachments(subject)
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
    }
}
