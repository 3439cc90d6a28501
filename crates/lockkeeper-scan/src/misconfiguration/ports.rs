//! Ports, and what listens on them.

use super::Detail;

/// Ports of services for administration.
const ADMINISTRATION: [(u16, &str); 14] = [
    (22, "SSH"),
    (23, "Telnet"),
    (135, "RPC"),
    (445, "SMB"),
    (2375, "Docker"),
    (2376, "Docker"),
    (2379, "etcd"),
    (3389, "RDP"),
    (5900, "VNC"),
    (5985, "WinRM"),
    (5986, "WinRM"),
    (6443, "Kubernetes"),
    (8500, "Consul"),
    (10250, "kubelet"),
];

/// Ports of databases and caches.
const DATABASES: [(u16, &str); 20] = [
    (1433, "SQL Server"),
    (1434, "SQL Server"),
    (1521, "Oracle"),
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (5433, "PostgreSQL"),
    (5439, "Redshift"),
    (5984, "CouchDB"),
    (6379, "Redis"),
    (6380, "Redis"),
    (7474, "Neo4j"),
    (8086, "InfluxDB"),
    (8123, "ClickHouse"),
    (9042, "Cassandra"),
    (9200, "Elasticsearch"),
    (9300, "Elasticsearch"),
    (11211, "Memcached"),
    (26257, "CockroachDB"),
    (27017, "MongoDB"),
    (27018, "MongoDB"),
];

/// The ports that a rule opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ports {
    /// All of them.
    All,
    /// From one to another, both counted.
    Range(u16, u16),
    /// The change does not show them.
    NotShown,
    /// The protocol has no ports, or they are not known before apply.
    None,
}

impl Ports {
    /// Reads `22`, `20-30` or `*`.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        if text == "*" {
            return Ports::All;
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) => Ports::between(first, last),
            _ => Ports::None,
        }
    }

    /// From one to another; the whole range is all.
    pub(super) fn between(first: i64, last: i64) -> Self {
        let port = |number: i64| u16::try_from(number.clamp(0, 65_535)).unwrap_or_default();
        match (first, last) {
            (..=-1, _) => Ports::All,
            (0..=1, 65_535..) => Ports::All,
            (first, last) if first <= last => Ports::Range(port(first), port(last)),
            _ => Ports::None,
        }
    }
}

/// A door to the world.
pub(super) struct Opening {
    /// The attribute that names the world.
    pub(super) attribute: String,
    /// Who is let in: `0.0.0.0/0`.
    pub(super) who: String,
    pub(super) ports: Ports,
}

impl Opening {
    /// What it is a finding of; nothing when what is open is meant to be: a web server.
    pub(super) fn details(&self) -> Vec<Detail> {
        let who = &self.who;
        let detail = |rule: &'static str, text: String| Detail {
            rule,
            attribute: self.attribute.clone(),
            text,
        };
        match self.ports {
            Ports::All => vec![detail(
                "open-all-ports",
                format!("`{}` lets in {who} on every port", self.attribute),
            )],
            Ports::NotShown => {
                vec![detail(
                    "open-unknown-port",
                    format!("`{}` now lets in {who}", self.attribute),
                )]
            }
            Ports::None => Vec::new(),
            Ports::Range(first, last) => {
                let named = |rule: &'static str, known: &[(u16, &str)]| {
                    let inside = known.iter().filter(|(port, _)| (first..=last).contains(port));
                    let mut inside = inside.peekable();
                    inside.peek()?;
                    let names: Vec<String> = inside
                        .take(3)
                        .map(|(port, name)| format!("{port} ({name})"))
                        .collect();
                    let range = if last > first {
                        format!(" within {first} to {last}")
                    } else {
                        String::new()
                    };
                    let text = format!("{who} reaches port {}{range}", names.join(", "));
                    Some(detail(rule, text))
                };
                let administration = named("open-administration-port", &ADMINISTRATION);
                administration
                    .into_iter()
                    .chain(named("open-database-port", &DATABASES))
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read() {
        assert_eq!(Ports::parse("*"), Ports::All);
        assert_eq!(Ports::parse(" 20 - 30"), Ports::Range(20, 30));
        assert_eq!(Ports::parse("0-65535"), Ports::All);
        assert_eq!(Ports::parse("ssh"), Ports::None);
        assert_eq!(Ports::between(30, 20), Ports::None);
        assert_eq!(Ports::between(3306, 99_999), Ports::Range(3306, 65_535));
    }
}
