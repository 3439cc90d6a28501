//! Which files of a repository are policies, and which are their data.

/// Where policies stand in a repository, from its root.
pub const POLICY_FOLDER: &str = ".lockkeeper/policies";

/// The folder of data below the policies.
const DOCUMENTS: &str = "data";

/// What a file is to a set of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rego: rules, and their tests.
    Policy,
    /// A document below `data`, at the path of its folder, as Conftest and OPA place it.
    Document {
        /// The keys from `data` to the document.
        path: Vec<String>,
        /// Whether it is YAML; JSON otherwise.
        yaml: bool,
    },
    /// Anything else: a README, a plan for tests.
    Other,
}

/// Whether a file belongs to a set of policies: Rego anywhere, JSON and YAML below `data`. The path is
/// one from the root of the repository, or from the folder of the policies.
pub fn is_policy_file(path: &str) -> bool {
    kind(path) != Kind::Other
}

pub(crate) fn kind(path: &str) -> Kind {
    let path = path
        .strip_prefix(POLICY_FOLDER)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(path);
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    let Some((_, extension)) = name.rsplit_once('.') else {
        return Kind::Other;
    };
    match (extension, folders.split_first()) {
        ("rego", _) => Kind::Policy,
        ("json" | "yaml" | "yml", Some((&DOCUMENTS, below))) => Kind::Document {
            path: below.iter().map(|folder| (*folder).to_owned()).collect(),
            yaml: extension != "json",
        },
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_placed_by_its_folder() {
        let document = |path: &[&str], yaml| Kind::Document {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            yaml,
        };
        assert_eq!(kind("data/services.yaml"), document(&[], true));
        assert_eq!(
            kind(".lockkeeper/policies/data/a/b/x.json"),
            document(&["a", "b"], false)
        );
        assert_eq!(kind("lib/main_test.rego"), Kind::Policy);
        for other in ["README.md", "plans/plan.json", "data", "rego", "mydata/x.json"] {
            assert_eq!(kind(other), Kind::Other, "{other}");
        }
    }
}
