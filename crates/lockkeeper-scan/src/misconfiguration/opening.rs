//! Doors to the world: security groups, network security groups, firewalls.

use serde_json::Value;

use super::Detail;
use super::address_range::{is_world, is_world_between};
use super::ports::{Opening, Ports};
use crate::resource::{Block, Node, Resource};

/// What is open to the world in the resource.
pub(super) fn details(resource: &Resource<'_>) -> Vec<Detail> {
    let openings = match resource.effect.resource_type.as_str() {
        "aws_security_group" | "aws_default_security_group" => resource
            .blocks("ingress")
            .iter()
            .flat_map(|block| aws_rule(block, "protocol"))
            .collect(),
        "aws_security_group_rule" if resource.text("type") != Some("egress") => resource
            .blocks("")
            .iter()
            .flat_map(|block| aws_rule(block, "protocol"))
            .collect(),
        "aws_vpc_security_group_ingress_rule" => resource
            .blocks("")
            .iter()
            .flat_map(|block| aws_rule(block, "ip_protocol"))
            .collect(),
        "azurerm_network_security_rule" => resource.blocks("").iter().flat_map(azure_rule).collect(),
        "azurerm_network_security_group" => resource
            .blocks("security_rule")
            .iter()
            .flat_map(azure_rule)
            .collect(),
        "aws_lightsail_instance_public_ports" => resource
            .blocks("port_info")
            .iter()
            .flat_map(lightsail_ports)
            .collect(),
        "google_compute_firewall" => google_firewall(resource),
        "google_compute_firewall_policy_rule"
        | "google_compute_network_firewall_policy_rule"
        | "google_compute_region_network_firewall_policy_rule" => google_policy_rule(resource),
        _ => return database_firewall(resource),
    };
    openings.iter().flat_map(Opening::details).collect()
}

fn aws_rule(block: &Block<'_>, protocol: &str) -> Vec<Opening> {
    let ranges = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];
    let world = ranges
        .iter()
        .flat_map(|key| block.texts(key))
        .filter(|(_, range)| is_world(range));
    let ports = aws_ports(block, protocol);
    world
        .map(|(attribute, who)| Opening {
            attribute,
            who: who.to_owned(),
            ports: ports.clone(),
        })
        .collect()
}

fn aws_ports(block: &Block<'_>, protocol: &str) -> Ports {
    let all = [Some("-1"), Some("all")].contains(&block.text(protocol)) || block.number(protocol) == Some(-1);
    if all {
        return Ports::All;
    }
    if matches!(block.text(protocol), Some("icmp" | "icmpv6" | "1" | "58")) {
        return Ports::None;
    }
    match (block.number("from_port"), block.number("to_port")) {
        (Some(first), Some(last)) => Ports::between(first, last),
        (first, last) => match (block.value("from_port"), block.value("to_port")) {
            (Node::Unchanged, Node::Unchanged) => Ports::NotShown,
            (Node::Unchanged, _) | (_, Node::Unchanged) => {
                // One end alone is shown: at least that port is open.
                first
                    .or(last)
                    .map_or(Ports::NotShown, |port| Ports::between(port, port))
            }
            _ => Ports::None,
        },
    }
}

/// Without ranges, a port of Lightsail is open to the world.
fn lightsail_ports(block: &Block<'_>) -> Vec<Opening> {
    let nobody_named = [block.value("cidrs"), block.value("ipv6_cidrs")] == [&Node::NotSet; 2];
    let ranges = ["cidrs", "ipv6_cidrs"].iter().flat_map(|key| block.texts(key));
    let named = ranges
        .filter(|(_, range)| is_world(range))
        .map(|(path, range)| (path, range.to_owned()));
    let unnamed = nobody_named.then(|| (format!("{}.cidrs", block.path), "the world".to_owned()));
    let ports = aws_ports(block, "protocol");
    named
        .chain(unnamed)
        .map(|(attribute, who)| Opening {
            attribute,
            who,
            ports: ports.clone(),
        })
        .collect()
}

fn azure_rule(block: &Block<'_>) -> Vec<Opening> {
    let is_not = |key: &str, word: &str| {
        block
            .text(key)
            .is_some_and(|text| !text.eq_ignore_ascii_case(word))
    };
    if is_not("direction", "Inbound") || is_not("access", "Allow") {
        return Vec::new();
    }
    let everybody = |source: &str| {
        is_world(source)
            || source == "*"
            || ["internet", "any"].contains(&source.to_ascii_lowercase().as_str())
    };
    let sources = ["source_address_prefix", "source_address_prefixes"];
    let world: Vec<(String, &str)> = sources
        .iter()
        .flat_map(|key| block.texts(key))
        .filter(|(_, source)| everybody(source))
        .collect();
    let protocol = block.text("protocol").unwrap_or("*");
    if protocol.eq_ignore_ascii_case("icmp") {
        return Vec::new();
    }
    let listed = ["destination_port_range", "destination_port_ranges"]
        .iter()
        .flat_map(|key| block.texts(key));
    let mut ports: Vec<Ports> = listed.map(|(_, text)| Ports::parse(text)).collect();
    if ports.is_empty() {
        let unchanged = matches!(block.value("destination_port_range"), Node::Unchanged);
        ports.push(if unchanged { Ports::NotShown } else { Ports::None });
    }
    let mut openings = Vec::new();
    for (attribute, who) in world {
        for ports in &ports {
            openings.push(Opening {
                attribute: attribute.clone(),
                who: who.to_owned(),
                ports: ports.clone(),
            });
        }
    }
    openings
}

fn google_firewall(resource: &Resource<'_>) -> Vec<Opening> {
    let outward = resource
        .text("direction")
        .is_some_and(|direction| direction.eq_ignore_ascii_case("EGRESS"));
    let disabled = resource
        .at("disabled")
        .iter()
        .any(|(_, node)| **node == Node::Plain(&Value::Bool(true)));
    if outward || disabled {
        return Vec::new();
    }
    let root = resource.blocks("");
    let world: Vec<(String, &str)> = root
        .iter()
        .flat_map(|root| root.texts("source_ranges"))
        .filter(|(_, range)| is_world(range))
        .collect();
    let mut ports: Vec<Ports> = resource.blocks("allow").iter().flat_map(google_ports).collect();
    if resource
        .at("allow")
        .iter()
        .all(|(_, node)| **node == Node::Unchanged)
    {
        ports.push(Ports::NotShown);
    }
    let mut openings = Vec::new();
    for (attribute, who) in world {
        for ports in &ports {
            openings.push(Opening {
                attribute: attribute.clone(),
                who: who.to_owned(),
                ports: ports.clone(),
            });
        }
    }
    openings
}

/// A rule of a firewall policy, which lets in what it allows.
fn google_policy_rule(resource: &Resource<'_>) -> Vec<Opening> {
    let is_not = |key: &str, word: &str| resource.text(key).is_some_and(|text| text != word);
    if is_not("direction", "INGRESS") || is_not("action", "allow") {
        return Vec::new();
    }
    let mut openings = Vec::new();
    for matched in resource.blocks("match") {
        let world = matched.texts("src_ip_ranges").into_iter();
        for (attribute, who) in world.filter(|(_, range)| is_world(range)) {
            let layers = matched.blocks("layer4_configs");
            openings.extend(layers.iter().flat_map(policy_ports).map(|ports| Opening {
                attribute: attribute.clone(),
                who: who.to_owned(),
                ports,
            }));
        }
    }
    openings
}

fn policy_ports(layer: &Block<'_>) -> Vec<Ports> {
    ports_of(layer, layer.text("ip_protocol"))
}

fn google_ports(allow: &Block<'_>) -> Vec<Ports> {
    ports_of(allow, allow.text("protocol"))
}

fn ports_of(allow: &Block<'_>, protocol: Option<&str>) -> Vec<Ports> {
    let protocol = protocol.unwrap_or_default().to_ascii_lowercase();
    let has_ports = matches!(
        protocol.as_str(),
        "tcp" | "udp" | "sctp" | "6" | "17" | "132" | "all" | ""
    );
    let listed: Vec<Ports> = allow
        .texts("ports")
        .iter()
        .map(|(_, text)| Ports::parse(text))
        .collect();
    let none_set = allow.at("ports").iter().all(|(_, node)| **node == Node::NotSet);
    match (has_ports, none_set) {
        (false, _) => Vec::new(),
        // Without ports, a protocol is open on all of them.
        (true, true) => vec![Ports::All],
        (true, false) => listed,
    }
}

/// Firewalls that stand before one database.
fn database_firewall(resource: &Resource<'_>) -> Vec<Detail> {
    let kind = resource.effect.resource_type.as_str();
    let detail = |attribute: &str, text: String| Detail {
        rule: "database-firewall-open",
        attribute: attribute.to_owned(),
        text,
    };
    if kind == "google_sql_database_instance" {
        let networks = resource.blocks("settings.ip_configuration.authorized_networks");
        let values = networks.iter().flat_map(|network| network.texts("value"));
        return values
            .filter(|(_, range)| is_world(range))
            .map(|(path, range)| detail(&path, format!("`{path}` lets in {range}")))
            .collect();
    }
    if !(kind.starts_with("azurerm_") && kind.ends_with("_firewall_rule") && kind != "azurerm_firewall_rule")
    {
        return Vec::new();
    }
    let end = |long: &str, short: &str| resource.text(long).or_else(|| resource.text(short));
    let (first, last) = (
        end("start_ip_address", "start_ip"),
        end("end_ip_address", "end_ip"),
    );
    match (first, last) {
        (Some("0.0.0.0"), Some("0.0.0.0")) => {
            vec![detail(
                "start_ip_address",
                "it lets in every customer of the provider (0.0.0.0)".to_owned(),
            )]
        }
        (Some(first), Some(last)) if is_world_between(first, last) => {
            vec![detail(
                "start_ip_address",
                format!("it lets in {first} to {last}"),
            )]
        }
        _ => Vec::new(),
    }
}
