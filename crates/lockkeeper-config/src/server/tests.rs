//! The server's settings from the file and from variables.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn parse(text: &str, pairs: &[(&str, &str)]) -> ServerConfig {
    ServerConfig::parse(text, &variables(pairs)).unwrap()
}

fn mistake(text: &str, pairs: &[(&str, &str)]) -> String {
    let problems = ServerConfig::parse(text, &variables(pairs)).unwrap_err();
    assert_eq!(problems.0.len(), 1, "{problems}");
    problems.to_string()
}

#[test]
fn defaults() {
    let config = parse("", &[]);
    assert_eq!(config.listen.to_string(), "127.0.0.1:7070");
    assert_eq!(config.data, PathBuf::from("./lockkeeper-data"));
    assert_eq!(
        config.database,
        Database::Sqlite {
            file: "./lockkeeper-data/lockkeeper.db".into()
        }
    );
    assert_eq!(config.external_address, "http://127.0.0.1:7070");
    assert_eq!(config.terraform.tool, Tool::Terraform);
    assert_eq!(config.terraform.time_limit, Duration::from_secs(3600));
    assert!(!config.terraform.passes("AWS_PROFILE"));
    assert_eq!(config.runs.concurrency, 2);
    assert_eq!(config.limits.state_bytes, 256 * 1024 * 1024);
    assert_eq!(config.bootstrap.user.as_str(), "admin");
    assert_eq!(
        config.bootstrap.token_file,
        PathBuf::from("./lockkeeper-data/bootstrap-token")
    );
    assert_eq!(config.bootstrap.token, None);
}

#[test]
fn every_setting_of_the_file() {
    let config = parse(
        r#"
listen = "0.0.0.0:8080"
data = "/var/lib/lockkeeper"
database = "sqlite:/var/lib/rows.db"
external_address = "https://lockkeeper.example.com/"
[terraform]
tool = "tofu"
environment = ["AWS_*", "HTTPS_PROXY"]
provider_mirror = "/srv/providers"
time_limit_seconds = 60
[runs]
concurrency = 4
[limits]
state_bytes = 1024
request_bytes = 2048
[bootstrap]
user = "root"
token_file = "/run/token"
[backup]
place = "s3://backups/lockkeeper/"
daily_at = "never"
keep_days = 30
[retention]
state_versions = 0
state_days = 30
"#,
        &[],
    );
    assert_eq!(
        config.database,
        Database::Sqlite {
            file: "/var/lib/rows.db".into()
        }
    );
    assert_eq!(config.external_address, "https://lockkeeper.example.com");
    assert_eq!(config.terraform.tool, Tool::OpenTofu);
    assert_eq!(config.terraform.environment, ["AWS_*", "HTTPS_PROXY"]);
    assert_eq!(config.terraform.provider_mirror, Some("/srv/providers".into()));
    assert_eq!(config.terraform.time_limit, Duration::from_secs(60));
    assert_eq!(
        config.limits,
        LimitsConfig {
            state_bytes: 1024,
            request_bytes: 2048
        }
    );
    assert_eq!(config.bootstrap.token_file, PathBuf::from("/run/token"));
    assert_eq!(
        config.backup.place,
        BackupPlace::Bucket {
            bucket: "backups".to_owned(),
            prefix: "lockkeeper".to_owned()
        }
    );
    assert_eq!((config.backup.daily_at, config.backup.keep_days), (None, 30));
    let all_versions = Retention {
        versions: 0,
        days: 30,
    };
    assert_eq!(config.retention, all_versions);
}

#[test]
fn postgresql_and_its_password_is_not_printed() {
    let config = parse(
        "database = \"postgresql://lock:hunter2@db/lockkeeper?sslmode=verify-full\"\n[postgresql]\nconnections = 40",
        &[("LOCKKEEPER_POSTGRESQL_STATEMENT_TIMEOUT_SECONDS", "5")],
    );
    assert!(!format!("{config:?}").contains("hunter2"));
    let Database::Postgres(postgres) = config.database else {
        panic!("{:?}", config.database)
    };
    assert!(postgres.address.expose().starts_with("postgresql://lock:"));
    assert_eq!(postgres.connections, 40);
    assert_eq!(postgres.statement_timeout, Duration::from_secs(5));
    assert_eq!(postgres.start_patience, Duration::from_secs(60));
}

#[test]
fn a_variable_wins_over_the_file() {
    let config = parse(
        "listen = \"127.0.0.1:1\"\n[terraform]\ntool = \"tofu\"",
        &[
            ("LOCKKEEPER_LISTEN", "127.0.0.1:9"),
            ("LOCKKEEPER_TERRAFORM_TOOL", "/opt/terraform"),
            ("LOCKKEEPER_TERRAFORM_ENVIRONMENT", "AWS_*, GOOGLE_*"),
            ("LOCKKEEPER_TERRAFORM_TIME_LIMIT_SECONDS", "5"),
            ("LOCKKEEPER_BOOTSTRAP_TOKEN", "hunter2"),
            ("LOCKKEEPER_SERVER", "http://127.0.0.1:7070"),
            ("HOME", "/root"),
        ],
    );
    assert_eq!(config.listen.port(), 9);
    assert_eq!(config.terraform.tool, Tool::Path("/opt/terraform".into()));
    assert!(config.terraform.passes("GOOGLE_PROJECT"));
    assert_eq!(config.terraform.time_limit, Duration::from_secs(5));
    assert_eq!(config.bootstrap.token, Some(Secret::new("hunter2")));
    assert!(!format!("{config:?}").contains("hunter2"));
}

/// Each variable that is documented is read: a wrong value in it is noticed.
#[test]
fn every_variable_is_read() {
    for variable in VARIABLES
        .iter()
        .copied()
        .filter(|variable| ![TOKEN_VARIABLE, ROOT_KEY_VARIABLE].contains(variable))
    {
        let wrong = if variable.ends_with("ENVIRONMENT") {
            "*"
        } else {
            " "
        };
        assert!(
            mistake("", &[(variable, wrong)]).contains(['`', '*']),
            "{variable}"
        );
    }
}

#[test]
fn the_root_key_comes_from_one_place_and_the_variable_wins() {
    let source = |text: &str, variables: &[(&str, &str)]| parse(text, variables).encryption.root_key;
    assert_eq!(
        source("", &[]),
        RootKeySource::File("./lockkeeper-data/key".into())
    );
    assert_eq!(
        source("[encryption]\nroot_key_file = \"/run/keys/root\"", &[]),
        RootKeySource::File("/run/keys/root".into())
    );
    let command = "[encryption]\nroot_key_command = [\"vault\", \"kv\", \"get\"]\nroot_key_environment = [\"VAULT_*\", \"LOCK*\"]";
    assert_eq!(
        source(command, &[]),
        RootKeySource::Command(["vault", "kv", "get"].map(str::to_owned).into())
    );
    let encryption = parse(command, &[]).encryption;
    assert!(encryption.passes("VAULT_TOKEN") && !encryption.passes("AWS_PROFILE"));
    assert!(!encryption.passes("LOCKKEEPER_ROOT_KEY"));
    let config = parse(command, &[("LOCKKEEPER_ROOT_KEY", "hunter2")]);
    assert_eq!(
        config.encryption.root_key,
        RootKeySource::Variable(Secret::new("hunter2"))
    );
    assert!(!format!("{config:?}").contains("hunter2"));
    let both = "[encryption]\nroot_key_file = \"a\"\nroot_key_command = [\"b\"]";
    assert!(mistake(both, &[]).contains("The root key comes from one place."));
    assert!(
        mistake("[encryption]\nroot_key = \"a\"", &[]).contains("There is no setting `encryption.root_key`")
    );
}

#[test]
fn lockkeepers_own_variables_are_never_passed_on() {
    let config = parse("[terraform]\nenvironment = [\"LOCK*\", \"TF_VAR_*\"]", &[]);
    assert!(!config.terraform.passes("LOCKKEEPER_BOOTSTRAP_TOKEN"));
    assert!(config.terraform.passes("TF_VAR_region"));
    assert!(!config.terraform.passes("XTF_VAR_region"));
}

#[test]
fn listening_everywhere_is_reached_on_loopback() {
    assert_eq!(
        parse("listen = \"0.0.0.0:80\"", &[]).external_address,
        "http://127.0.0.1:80"
    );
    assert_eq!(
        parse("listen = \"[::]:80\"", &[]).external_address,
        "http://[::1]:80"
    );
}

#[test]
fn mistakes() {
    for (text, expected) in [
        (
            "listn = \"a\"",
            "line 1, column 1: There is no setting `listn`. Did you mean `listen`?",
        ),
        (
            "[terraform]\ntol = \"tofu\"",
            "line 2, column 1: There is no setting `terraform.tol`. Did you mean `tool`?",
        ),
        (
            "database = \"postgres://u:p@db/x?sslmod=require\"",
            "line 1, column 12: `database` has a parameter that is not known. These may follow the `?`: application_name, dbname, host, hostaddr, password, port, sslcert, sslkey, sslmode, sslrootcert, user.",
        ),
        (
            "database = \"mysql://u:p@db/x\"",
            "line 1, column 12: `database` is not the address of a database. Write `sqlite:FILE` or `postgres://USER@HOST/DATABASE`.",
        ),
        (
            "[runs]\nconcurrency = 0",
            "line 2, column 15: `runs.concurrency` must be a whole number from 1 to 256.",
        ),
        (
            "listen = 7070",
            "line 1, column 10: `listen` must be a text in quotes, and is a whole number.",
        ),
        (
            "external_address = \"lockkeeper.example.com\"",
            "line 1, column 20: `external_address` is not the address of a server. Write it like `https://lockkeeper.example.com`.",
        ),
    ] {
        assert_eq!(mistake(text, &[]), expected);
    }
    assert!(mistake("[terraform]\nenvironment = [\"*\"]", &[]).contains("every secret"));
    assert!(mistake("[terraform]\ntool = \"pulumi\"", &[]).contains("`pulumi` is not a tool"));
    assert!(mistake("[bootstrap]\ntoken = \"t\"", &[]).contains("There is no setting `bootstrap.token`"));
}

#[test]
fn mistakes_in_variables_name_the_variable() {
    assert_eq!(
        mistake("", &[("LOCKKEEPER_RUNS_CONCURRENCY", "many")]),
        "`LOCKKEEPER_RUNS_CONCURRENCY` must be a whole number from 1 to 256."
    );
    assert_eq!(
        mistake("", &[("LOCKKEEPER_LISTN", "127.0.0.1:1")]),
        "The variable LOCKKEEPER_LISTN is no setting. Did you mean `LISTEN`?"
    );
}

proptest! {
    #[test]
    fn no_text_and_no_variable_is_too_strange(text in "\\PC*", index in 0..VARIABLES.len(), value in "\\PC*") {
        let _ = ServerConfig::parse(&text, &variables(&[(VARIABLES[index], &value)]));
    }
}
