use super::*;
use crate::decimal::Decimal;

fn own(text: &str) -> Result<PriceBook, BookError> {
    PriceBook::with_own("prices.toml", text)
}

const SOURCE: &str = r#"
[sources.contract]
title = "our contract"
address = "finance, folder 7"
as_of = "2026-11-01"
"#;

#[test]
fn the_embedded_book_is_whole() {
    let book = PriceBook::embedded().unwrap();
    assert!(book.rules.len() > 60, "{} rules", book.rules.len());
    for (name, table) in &book.tables {
        let provider = &book.providers[&table.provider];
        assert!(!table.prices.is_empty(), "{name}");
        for (key, prices) in &table.prices {
            let source = &book.sources[&prices.source];
            assert!(
                source.address.starts_with("https://") && source.as_of.len() == 10,
                "{name}"
            );
            for (region, price) in &prices.by_region {
                assert!(
                    region.is_empty() || provider.factors.contains_key(region),
                    "{name} {key} {region}"
                );
                assert!(*price < Decimal::whole(20_000), "{name} {key} {region}");
            }
            let has_base = ["", &provider.base_region]
                .iter()
                .any(|region| prices.by_region.contains_key(*region));
            assert!(has_base, "{name} {key} has no price in the base region");
        }
    }
    for (name, rule) in &book.rules {
        assert!(name.starts_with(&book.providers[&rule.provider].types), "{name}");
        assert!(!rule.components.is_empty(), "{name}");
    }
}

/// Regional prices of a thing differ, and not by ten times: a slipped digit is found.
#[test]
fn prices_of_regions_are_near_each_other() {
    let book = PriceBook::embedded().unwrap();
    for (name, table) in &book.tables {
        let base = &book.providers[&table.provider].base_region;
        for (key, prices) in &table.prices {
            let Some(base) = prices.by_region.get(base) else {
                continue;
            };
            for (region, price) in &prices.by_region {
                let twice = base.times(Decimal::whole(2)).unwrap();
                let back = price.times(Decimal::whole(2)).unwrap();
                assert!(
                    *price <= twice && *base <= back,
                    "{name} {key} {region}: {price} and {base}"
                );
            }
        }
    }
}

#[test]
fn ones_own_prices_go_first_and_the_others_stay() {
    let text = format!(
        "{SOURCE}\n[tables.aws-ec2]\nprovider = \"aws\"\nunit = \"hour\"\nsource = \"contract\"\neverywhere = true\n\
         prices = {{ \"t3.micro\" = \"0.007\" }}"
    );
    let book = own(&text).unwrap();
    let (table, aws) = (&book.tables["aws-ec2"], &book.providers["aws"]);
    let found = table.price("T3.micro", "eu-west-1", aws).unwrap();
    assert_eq!(
        (found.price.to_string().as_str(), found.source),
        ("0.007", "contract")
    );
    assert_eq!(
        table
            .price("t3.small", "us-east-1", aws)
            .unwrap()
            .price
            .to_string(),
        "0.0208"
    );
}

#[test]
fn ones_own_words_go_before_rules() {
    let book = own("free = [\"aws_nat_gateway\"]\nnot_priced = [{ types = [\"aws_vpc\"], why = \"ours\" }]")
        .unwrap();
    assert!(!book.rules.contains_key("aws_nat_gateway"));
    assert_eq!(book.verdict("aws_nat_gateway"), Some(&Verdict::Free));
    assert_eq!(
        book.verdict("aws_vpc"),
        Some(&Verdict::NotPriced("ours".to_owned()))
    );
}

#[test]
fn another_currency_needs_a_rate() {
    let error = own("currency = \"EUR\"").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("add a [[rates]] section from USD to EUR"),
        "{error}"
    );
    let rate = "currency = \"EUR\"\n[[rates]]\nfrom = \"USD\"\nto = \"EUR\"\nrate = \"0.5\"\nas_of = \"2026-11-20\"\n\
                source = \"ECB\"";
    let book = own(rate).unwrap();
    assert_eq!(book.currency().as_str(), "EUR");
    let found = book.tables["aws-ec2"]
        .price("t3.small", "us-east-1", &book.providers["aws"])
        .unwrap();
    assert_eq!(found.price.to_string(), "0.0104");
    assert_eq!(book.notes, ["1 USD is 0.5 EUR, as of 2026-11-20 (ECB)"]);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let table = |rest: &str| format!("{SOURCE}\n[tables.mine]\nprovider = \"aws\"\nunit = \"hour\"\n{rest}");
    for (text, expected) in [
        ("currency = \"euro\"".to_owned(), "three capital letters"),
        ("curency = \"EUR\"".to_owned(), "unknown field `curency`"),
        (
            table("source = \"none\"\nprices = {}"),
            "there is no [sources.none]",
        ),
        (
            table("source = \"contract\"\nprices = { a = 0.5 }"),
            "expected a price as a text",
        ),
        (
            table("source = \"contract\"\nprices = { a = \"-1\" }"),
            "`-1` is no amount",
        ),
        (
            table("source = \"contract\"\nprices = { a = [\"1\"] }"),
            "1 prices for 0 regions",
        ),
        ("[steps.x]\nmany = \"1\"".to_owned(), "the keys must be numbers"),
        (
            "[[resources]]\ntypes = [\"aws_x\"]\nprovider = \"aws\"\n\
             components = [{ name = \"a\", table = \"nowhere\", key = \"{b}\" }]"
                .to_owned(),
            "there is no [tables.nowhere]",
        ),
        (
            "[[resources]]\ntypes = [\"aws_x\"]\nprovider = \"aws\"\n\
             components = [{ name = \"a\", table = \"aws-ec2\", key = \"{b\" }]"
                .to_owned(),
            "braces",
        ),
        (
            "[[resources]]\ntypes = [\"aws_x\"]\nprovider = \"aws\"\n\
             components = [{ name = \"a\", table = \"aws-ec2\", key = \"b\", quantity = [{}] }]"
                .to_owned(),
            "exactly one of",
        ),
    ] {
        let error = own(&text).unwrap_err().to_string();
        assert!(
            error.contains("prices.toml") && error.contains(expected),
            "{error}"
        );
    }
}

#[test]
fn regions_are_found_in_zones_names_and_arns() {
    let book = PriceBook::embedded().unwrap();
    let region = |provider: &str, text: &str| book.providers[provider].region_in(text).map(str::to_owned);
    assert_eq!(region("aws", "eu-west-1a").as_deref(), Some("eu-west-1"));
    assert_eq!(
        region("aws", "arn:aws:rds:eu-central-1:123456789012:db:main").as_deref(),
        Some("eu-central-1")
    );
    assert_eq!(region("azurerm", "West Europe").as_deref(), Some("westeurope"));
    assert_eq!(
        region("google", "europe-west1-b").as_deref(),
        Some("europe-west1")
    );
    assert_eq!(region("google", "europe-west10-a"), None);
    assert_eq!(region("azurerm", "eastus2").as_deref(), Some("eastus2"));
    assert_eq!(region("aws", ""), None);
}

#[test]
fn patterns_fit_whole_types() {
    let fits = |pattern: &str, name: &str| Pattern(pattern.to_owned()).matches(name);
    assert!(fits("aws_iam_*", "aws_iam_role") && !fits("aws_iam_*", "aws_iamx"));
    assert!(fits("google_*_iam_member", "google_project_iam_member"));
    assert!(!fits("google_*_iam_member", "google_project_iam_members"));
    assert!(fits("aws_vpc", "aws_vpc") && !fits("aws_vpc", "aws_vpc_peering"));
    assert!(fits("a*b*c", "abbc") && !fits("a*b*c", "acb"));
}

/// The example of the documentation works as it stands.
#[test]
fn the_documented_example_is_a_price_book() {
    let documentation = include_str!("../../../../docs/cost.md");
    let (_, rest) = documentation.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let book = own(example).unwrap();
    assert_eq!(book.currency().as_str(), "EUR");
    let found = |key: &str, region: &str| {
        book.tables["aws-ec2"]
            .price(key, region, &book.providers["aws"])
            .map(|found| found.price.to_string())
    };
    assert_eq!(found("t3.micro", "eu-central-1").as_deref(), Some("0.0085"));
    assert_eq!(found("t3.small", "us-east-1").as_deref(), Some("0.019136"));
    assert!(book.rules.contains_key("ourcloud_namespace"));
}
