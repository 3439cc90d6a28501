//! Addresses of resources: `module.network["a"].aws_subnet.private`.

/// What an object is to Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Made and kept.
    Managed,
    /// Only read.
    Data,
    /// Opened during a run, and kept nowhere.
    Ephemeral,
}

/// The address of a resource, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The modules from the outermost to the innermost: `network["a"]`.
    pub(crate) modules: Vec<String>,
    pub(crate) kind: Kind,
    /// `aws_subnet`.
    pub(crate) type_name: String,
    /// `private`.
    pub(crate) name: String,
}

impl Address {
    /// Reads the address of a resource; nothing for that of anything else, such as a variable.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let parts = parts(text);
        let mut rest = parts.as_slice();
        let mut modules = Vec::new();
        while let ["module", module, inner @ ..] = rest {
            modules.push((*module).to_owned());
            rest = inner;
        }
        let (kind, type_name, name) = match rest {
            ["data", type_name, name] => (Kind::Data, type_name, name),
            ["ephemeral", type_name, name] => (Kind::Ephemeral, type_name, name),
            // The vertices of Terraform's own graph that look like a resource.
            ["var" | "local" | "output" | "check" | "meta" | "data", _] => return None,
            [type_name, name] => (Kind::Managed, type_name, name),
            _ => return None,
        };
        let plain = |text: &str| !text.is_empty() && !text.contains([' ', '(', '/']);
        (plain(type_name) && !type_name.contains('[') && !name.is_empty()).then(|| Self {
            modules,
            kind,
            type_name: (*type_name).to_owned(),
            name: (*name).to_owned(),
        })
    }
}

/// Cuts at the dots that stand neither in brackets nor in quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut quoted, mut depth, mut escaped) = (false, 0_usize, false);
    text.split(|character| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' => return !quoted && depth == 0,
            _ => {}
        }
        false
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Kind, String, String)> {
        let address = Address::read(text)?;
        Some((
            address.modules.join("/"),
            address.kind,
            address.type_name,
            address.name,
        ))
    }

    #[test]
    fn resources_and_others() {
        let managed = |modules: &str, type_name: &str, name: &str| {
            Some((
                modules.to_owned(),
                Kind::Managed,
                type_name.to_owned(),
                name.to_owned(),
            ))
        };
        assert_eq!(read("aws_vpc.main"), managed("", "aws_vpc", "main"));
        assert_eq!(
            read("module.a.module.b.aws_vpc.c"),
            managed("a/b", "aws_vpc", "c")
        );
        assert_eq!(
            read(r#"module.a["x.y\"]."].aws_vpc.c[0]"#),
            managed(r#"a["x.y\"]."]"#, "aws_vpc", "c[0]")
        );
        assert_eq!(read("data.aws_ami.linux").map(|found| found.1), Some(Kind::Data));
        for other in [
            "var.a",
            "module.m.var.x",
            "local.a",
            "output.o",
            "root",
            "module.m",
            "module.m (close)",
            "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "provider[\"a\"] (close)",
            "meta.count-boundary (EachMode fixup)",
            "",
            "..",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
