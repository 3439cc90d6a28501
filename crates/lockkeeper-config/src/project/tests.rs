//! The whole file, right and wrong.

use std::time::Duration;

use lockkeeper_domain::check::CheckName;
use lockkeeper_domain::policy::{Direction, Tier};
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::verification::Probe;
use proptest::prelude::*;

use super::*;

const EXAMPLE: &str = include_str!("example.toml");

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The mistakes in the text, one line each.
fn mistakes(text: &str) -> Vec<String> {
    match ProjectConfig::parse(text) {
        Ok(config) => panic!("no mistake was found: {config:?}"),
        Err(problems) => problems.0.iter().map(ToString::to_string).collect(),
    }
}

/// The only mistake in the text.
fn mistake(text: &str) -> String {
    let found = mistakes(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// The only mistake in a stack that has these lines after its folder.
fn stack_mistake(lines: &str) -> String {
    mistake(&format!("[stacks.network]\nfolder = \"network\"\n{lines}"))
}

/// The only mistake in a probe.
fn probe_mistake(probe: &str) -> String {
    stack_mistake(&format!(
        "[stacks.network.verification]\nprobes = [{{ {probe} }}]"
    ))
}

#[test]
fn nothing_is_the_default() {
    assert_eq!(ProjectConfig::parse(""), Ok(ProjectConfig::default()));
}

#[test]
fn the_example_of_stacks() {
    let config = ProjectConfig::parse(EXAMPLE).unwrap();
    let stack = config.stack(&name("network")).unwrap();
    assert_eq!(stack.folder_in(&name("staging")), "environments/staging/network");
    assert_eq!(stack.owner.as_deref(), Some("platform"));
    assert!(stack.automatic_rollback);
    assert_eq!(stack.variables_in(&name("production"))["replicas"], 3);
    assert_eq!(stack.variables_in(&name("staging")).len(), 2);
    let verification = stack.verification.as_ref().unwrap();
    assert_eq!(verification.deadline, Duration::from_secs(120));
    assert_eq!(verification.interval, Duration::from_secs(2));
    assert_eq!(
        verification.probes,
        [
            Probe::Http {
                url: "http://127.0.0.1:8080/{environment}/health".to_owned(),
                status: 200,
                contains: Some("ok".to_owned())
            },
            Probe::Tcp {
                address: "127.0.0.1:5432".to_owned()
            },
            Probe::Command {
                command: vec!["./smoke.sh".to_owned(), "--quick".to_owned()]
            },
            Probe::Output {
                output: "replicas".to_owned(),
                equals: 3.into()
            },
        ]
    );
}

#[test]
fn the_example_of_windows_and_freezes() {
    let config = ProjectConfig::parse(EXAMPLE).unwrap();
    let production = config.calendar(&name("production"));
    assert_eq!(production.windows.len(), 1);
    assert_eq!(production.freezes.len(), 1);
    assert_eq!(config.calendar(&name("staging")), Calendar::default());
}

#[test]
fn the_example_of_policy() {
    let policy = ProjectConfig::parse(EXAMPLE).unwrap().policy;
    let high = |tier| policy.requirements(tier, RiskClass::High, Direction::Forward);
    assert_eq!(high(Tier::Staging).approvals, 3);
    assert_eq!(
        high(Tier::Production).approvals,
        3,
        "what all tiers say holds where one says nothing"
    );
    assert!(!high(Tier::Production).board);
    assert!(high(Tier::Technical).board);
    assert!(high(Tier::Production).checks.contains(&CheckName::OnCallNotified));
    assert!(!high(Tier::Technical).checks.contains(&CheckName::OnCallNotified));
    assert_eq!(policy.plan_expiry, Duration::from_secs(3 * 24 * 3600));
    let back = policy.requirements(Tier::Production, RiskClass::High, Direction::Back);
    assert_eq!((back.approvals, back.self_approval), (1, false));
}

#[test]
fn the_example_of_policies() {
    let policies = ProjectConfig::parse(EXAMPLE).unwrap().policies;
    assert_eq!(policies.namespaces, ["main", "terraform.network"]);
    assert_eq!(policies.decisions, ["terraform/analysis/authz"]);
}

#[test]
fn policies_are_asked_by_packages_and_rules() {
    let every = ProjectConfig::parse("policies.namespaces = [\"*\"]").unwrap();
    assert_eq!(every.policies.namespaces, ["*"]);
    for (text, expected) in [
        ("namespaces = []", "`policies.namespaces` is empty"),
        ("namespaces = [\" \"]", "is empty"),
        (
            "namespaces = [\"data.main\"]",
            "`data.main` is not a package of Rego",
        ),
        ("namespaces = [\"terraform/network\"]", "is not a package"),
        ("namespaces = [\"terraform..network\"]", "is not a package"),
        ("namespaces = \"main\"", "must be a list in brackets"),
        ("decisions = [\"authz\"]", "`authz` is not a rule of Rego"),
        ("decisions = [\"terraform/\"]", "is not a rule"),
        ("namespace = [\"main\"]", "no setting `policies.namespace`"),
    ] {
        let told = mistake(&format!("[policies]\n{text}"));
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn the_example_of_secrets() {
    let config = ProjectConfig::parse(EXAMPLE).unwrap();
    assert_eq!(config.allows_secret_in("docs/a.md"), Some("examples"));
    assert_eq!(config.allows_secret_in("docs/deeper/a.md"), None);
}

#[test]
fn self_approval_goes_up_to_a_class() {
    let text =
        "[policy]\nself_approval_up_to = \"medium\"\n[policy.production.medium]\nself_approval = false";
    let policy = ProjectConfig::parse(text).unwrap().policy;
    let own = |tier, class| policy.requirements(tier, class, Direction::Forward).self_approval;
    assert!(own(Tier::Staging, RiskClass::Medium));
    assert!(!own(Tier::Staging, RiskClass::High));
    assert!(!own(Tier::Production, RiskClass::Medium));
}

#[test]
fn toml_dates_and_times_are_read_too() {
    let text = "
[windows.night]
days = [\"monday\"]
start = 22:00:00
end = 02:00:00
time_zone = \"UTC\"
[freezes.peak]
from = 2026-12-20T00:00:00
to = 2026-12-21
time_zone = \"UTC\"
reason = \"Peak\"
";
    let config = ProjectConfig::parse(text).unwrap();
    assert_eq!(config.windows[&name("night")].start.hour(), 22);
    assert_eq!(config.freezes[0].freeze.to.to_string(), "2026-12-21T00:00:00");
}

#[test]
fn all_mistakes_at_once_in_the_order_of_the_text() {
    let text = r#"
[stacks.network]
foldr = "environments/{environment}/network"
automatic_rollback = "yes"
[windows.weekend]
days = ["saterday"]
start = "25:00"
end = "06:00"
time_zone = "Europe/Pari"
[environments.production]
windows = ["weekends"]
"#;
    assert_eq!(
        mistakes(text),
        [
            "line 2, column 9: `stacks.network.folder` is missing.",
            "line 3, column 1: There is no setting `stacks.network.foldr`. Did you mean `folder`?",
            "line 4, column 22: `stacks.network.automatic_rollback` must be true or false, and is a text.",
            "line 6, column 9: `saterday` is not a day: use monday, tuesday, wednesday, thursday, friday, saturday or sunday. Did you mean `saturday`?",
            "line 7, column 9: `windows.weekend.start`: `25:00` is not a time of the day. Write it like `02:00`; midnight is `00:00`, at the end of a day as well.",
            "line 9, column 13: There is no time zone `Europe/Pari`. Did you mean `Europe/Paris`?",
            "line 11, column 12: There is no window `weekends`. Did you mean `weekend`?",
        ]
    );
}

#[test]
fn the_span_is_the_text_that_is_wrong() {
    let text = "[stacks.\"größe\"]\nfolder = \"a\"";
    let problem = &ProjectConfig::parse(text).unwrap_err().0[0];
    assert_eq!(&text[problem.span.clone()], "\"größe\"");
}

#[test]
fn columns_count_characters() {
    let found = mistakes("secrets = { \"ä\" = 1, b = 1 }");
    assert!(
        found[0].starts_with("line 1, column 13") && found[1].starts_with("line 1, column 22"),
        "{found:?}"
    );
}

#[test]
fn syntax() {
    assert!(
        mistake("[stacks").starts_with("line 1, column "),
        "{:?}",
        mistakes("[stacks")
    );
    assert!(mistake("[policy.low]\napprovals = 1\napprovals = 2").contains("duplicate key"));
    assert!(mistakes(&"[".repeat(100_000))[0].contains("not TOML"));
    assert!(mistake(&" ".repeat(crate::MAX_CONFIG_BYTES + 1)).contains("at most"));
}

#[test]
fn folders_stay_inside_of_the_repository() {
    for (folder, what) in [
        ("/etc", "is absolute"),
        ("../other", "leads out of the repository"),
        ("a/{env}", "placeholder that is not known"),
        ("", "is empty"),
    ] {
        let found = mistake(&format!("[stacks.network]\nfolder = \"{folder}\""));
        assert!(found.contains(what), "{found}");
    }
}

#[test]
fn two_stacks_do_not_share_a_folder() {
    let text = "[stacks.a]\nfolder = \"x/{environment}\"\n[stacks.b]\nfolder = \"x/{environment}/\"";
    assert!(mistake(text).starts_with("line 4, column 10: The stacks a and b have the same folder"));
}

#[test]
fn variables_and_names() {
    assert!(
        stack_mistake("[stacks.network.variables]\n\"a b\" = 1")
            .contains("not the name of a Terraform variable")
    );
    assert!(stack_mistake("variables = { a = inf }").contains("a number that JSON cannot hold"));
    assert!(mistake("[stacks.Network]\nfolder = \"network\"").contains("`Network` is not a name"));
    assert!(
        stack_mistake("[stacks.network.environments.production]\nreplicas = 3")
            .contains("Known here: variables")
    );
}

#[test]
fn verification() {
    let none = stack_mistake("[stacks.network.verification]\nprobes = []");
    assert!(none.contains("A verification without probes"), "{none}");
    let missing = stack_mistake("[stacks.network.verification]\ndeadline = \"1m\"");
    assert!(missing.contains("`stacks.network.verification.probes` is missing"));
    for (deadline, what) in [
        ("2 parsecs", "is not a duration"),
        ("0s", "longer than nothing"),
        ("2d", "at most 24h"),
        ("-1m", "is not a duration"),
    ] {
        let lines = format!(
            "[stacks.network.verification]\ndeadline = \"{deadline}\"\nprobes = [{{ tcp = \"a:1\" }}]"
        );
        assert!(stack_mistake(&lines).contains(what), "{}", stack_mistake(&lines));
    }
}

#[test]
fn probes() {
    for (probe, what) in [
        ("", "and has none"),
        ("http = \"http://a\", tcp = \"a:1\"", "has http and tcp"),
        ("tcp = \"a:1\", status = 200", "There is no setting"),
        ("tcp = \"localhost\"", "is not a host and a port"),
        ("tcp = \"a:70000\"", "is not a host and a port"),
        ("http = \"ftp://a\"", "is not the address of a page"),
        ("http = \"http://\"", "is not the address of a page"),
        ("http = \"http://a\", status = 99", "from 100 to 599"),
        ("http = \"http://a\", status = -1", "from 100 to 599"),
        ("command = \"./smoke.sh\"", "A command is a list"),
        ("command = []", "names no program"),
        ("command = [1]", "must be a text in quotes, and is a whole number"),
        ("output = \"replicas\"", "equals` is missing"),
    ] {
        assert!(
            probe_mistake(probe).contains(what),
            "{probe}: {}",
            probe_mistake(probe)
        );
    }
}

#[test]
fn windows_and_freezes() {
    let window = |line: &str| {
        mistake(&format!(
            "[windows.w]\n{line}\nstart = \"02:00\"\nend = \"06:00\"\ntime_zone = \"UTC\""
        ))
    };
    assert!(window("days = []").contains("A window without days never opens"));
    assert!(window("days = [\"monday\", \"monday\"]").contains("named twice"));
    let freeze = |from: &str, to: &str| {
        mistake(&format!(
            "[freezes.f]\nfrom = \"{from}\"\nto = \"{to}\"\ntime_zone = \"UTC\"\nreason = \"r\""
        ))
    };
    assert!(freeze("2026-12-20T00:00", "2026-12-20T00:00").contains("not after its start"));
    for odd in [
        "2026-12-20T00:00+01:00",
        "2026-12-20T00:00Z",
        "2026-12-20T00:00[Europe/Paris]",
        "soon",
        "2026-02-30",
    ] {
        assert!(
            freeze(odd, "2027-01-01").contains("is not a date and time"),
            "{odd}"
        );
    }
}

#[test]
fn time_zones() {
    for zone in ["Etc/Unknown", "Local", "+01:00", "", "Europe/../Paris"] {
        let text = format!(
            "[windows.w]\ndays = [\"monday\"]\nstart = \"02:00\"\nend = \"06:00\"\ntime_zone = \"{zone}\""
        );
        assert!(mistake(&text).contains("There is no time zone"), "{zone}");
    }
}

#[test]
fn policy_mistakes() {
    assert!(mistake("[policy.hihg]\napprovals = 1").contains("Did you mean `high`?"));
    assert!(mistake("[policy.production.high]\napproval = 1").contains("Did you mean `approvals`?"));
    assert!(mistake("[policy.high]\napprovals = 300").contains("from 0 to 20"));
    assert!(mistake("[policy.high]\nchecks = [\"fmt\", \"tests\"]").contains("`tests` is not a check"));
    assert!(mistake("[policy]\nself_approval_up_to = \"extreme\"").contains("is not a class of risk"));
    assert!(mistake("policy = 1").contains("must be a table, and is a whole number"));
}

#[test]
fn secrets_need_a_reason() {
    assert!(mistake("secrets.allow = [{ path = \"a\" }]").contains("reason` is missing"));
    assert!(mistake("secrets.allow = [{ path = \"a\", reason = \" \" }]").contains("is empty"));
    assert!(mistake("secrets.allow = [{ path = \"[\", reason = \"r\" }]").contains("is not a pattern"));
}

#[test]
fn stacks_without_configuration_are_found() {
    let config = ProjectConfig::parse(EXAMPLE).unwrap();
    assert_eq!(config.check_files(["environments/staging/network/main.tf"]), []);
    let found = config.check_files(["environments/staging/network/README.md", "environments/main.tf"]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].line, 3);
    assert_eq!(
        &EXAMPLE[found[0].span.clone()],
        "\"environments/{environment}/network\""
    );
}

#[test]
fn a_flood_of_mistakes_is_cut_off() {
    let text: String = (0..1000).map(|number| format!("key{number} = 1\n")).collect();
    assert_eq!(mistakes(&text).len(), 100);
}

#[test]
fn the_reference_and_the_example_of_the_repository_are_right() {
    let reference = include_str!("../../../../docs/configuration.md");
    let (repository, server) = reference.split_once("## The server").unwrap();
    let blocks = |text: &str| -> String {
        text.split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect()
    };
    let config = ProjectConfig::parse(&blocks(repository)).unwrap();
    assert_eq!(config.stacks[0].verification.as_ref().unwrap().probes.len(), 4);
    crate::ServerConfig::parse(&blocks(server), &BTreeMap::new()).unwrap();
    for variable in crate::server::VARIABLES {
        assert!(
            server.contains(&format!("`{variable}`")),
            "{variable} is not in the reference"
        );
    }
    let shop = include_str!("../../../../examples/shop/.lockkeeper/project.toml");
    assert!(!ProjectConfig::parse(shop).unwrap().stacks.is_empty());
}

#[test]
fn a_hostile_file_costs_little() {
    let stacks: String = (0..20_000).map(|n| format!("s{n}.folder=\"f{n}\"\n")).collect();
    let config = ProjectConfig::parse(&format!("[stacks]\n{stacks}")).unwrap();
    assert_eq!(config.stacks.len(), 20_000);
    assert_eq!(config.check_files([]).len(), 100);
    let windows: String = (0..20_000).map(|n| format!("w{n}={{}}\n")).collect();
    assert!(mistake(&format!("[windows]\n{windows}")).contains("at most 100"));
}

/// Texts that are nearly right: the example with a piece replaced.
fn nearly_right() -> impl Strategy<Value = String> {
    let pieces = vec![
        "",
        "=",
        "[",
        "]",
        "{",
        "\"",
        "'",
        "\n",
        "ä",
        "9",
        "-",
        "[[a]]",
        "1e999",
        "0x",
        "2026-01-01",
        "true",
        "\u{0}",
    ];
    (0..EXAMPLE.len(), 0usize..12, proptest::sample::select(pieces)).prop_map(|(start, length, piece)| {
        let end = (start + length).min(EXAMPLE.len());
        format!("{}{piece}{}", &EXAMPLE[..start], &EXAMPLE[end..])
    })
}

/// Every mistake points into the text, so that an editor can show it.
fn check_places(text: &str) {
    if let Err(problems) = ProjectConfig::parse(text) {
        assert!(!problems.0.is_empty());
        for problem in problems.0 {
            assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
            assert!(
                problem.line >= 1 && problem.line <= text.matches('\n').count() + 1,
                "{problem:?}"
            );
            assert!(problem.message.ends_with('.'), "{problem:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_is_too_strange(text in "\\PC*") {
        check_places(&text);
    }

    #[test]
    fn no_slip_is_too_strange(text in nearly_right()) {
        check_places(&text);
    }
}
