//! Plans and applies with the real tool.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod support;

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lockkeeper_domain::check::CheckName;
use lockkeeper_engine::contract::{Engine, EngineError, RunControl};
use lockkeeper_engine::fake::MemoryLog;
use lockkeeper_engine::orphan::{self, Stopped};
use lockkeeper_engine::process::never_cancelled;
use lockkeeper_terraform::TerraformEngine;
use serde_json::Value;
use support::{Cancelling, FOLDER, Fixture, PASSWORD, files_below};
use tokio::sync::watch;

const STACK: &str = r#"variable "greeting" {
  type = string
}

resource "terraform_data" "a" {
  input = var.greeting
}

output "greeting" {
  value = terraform_data.a.output
}

output "token" {
  value     = "hush-hush"
  sensitive = true
}
"#;

/// An apply that says `ready` and then takes ten minutes.
const SLOW: &str = r#"resource "terraform_data" "quick" {
  input = "quick"
}

resource "terraform_data" "slow" {
  input = terraform_data.quick.output

  provisioner "local-exec" {
    command = "echo ready; sleep 600"
  }
}
"#;

#[tokio::test]
async fn from_the_plan_to_the_outputs() {
    let mut fixture = Fixture::new(STACK).await;
    fixture.variable("greeting", "good morning");
    let planned = fixture.planned().await;
    assert!(planned.tool.starts_with("Terraform 1."), "{}", planned.tool);
    let checks: Vec<_> = planned
        .checks
        .iter()
        .map(|check| (check.name, check.passed))
        .collect();
    assert_eq!(checks, [(CheckName::Fmt, true), (CheckName::Validate, true)]);
    assert_eq!(planned.effects.len(), 1);
    assert_eq!(planned.effects[0].address, "terraform_data.a");
    assert!(
        fixture.backend.held().lock.is_none(),
        "the plan released its lock"
    );

    let (applied, log) = fixture.apply(&planned.plan_file).await;
    assert_eq!(
        applied.unwrap().outputs.into_iter().collect::<Vec<_>>(),
        [("greeting".to_owned(), Value::from("good morning"))]
    );
    assert!(log.contains("Apply complete! Resources: 1 added"), "{log}");
    let held = fixture.backend.held();
    assert!(held.state.is_some() && held.lock.is_none());
}

#[tokio::test]
async fn a_plan_with_nothing_to_do() {
    let mut fixture = Fixture::new(STACK).await;
    fixture.variable("greeting", "good morning");
    let planned = fixture.planned().await;
    fixture.apply(&planned.plan_file).await.0.unwrap();
    let (planned, log) = fixture.plan().await;
    let idle = planned
        .unwrap()
        .effects
        .iter()
        .all(|effect| effect.action.is_idle());
    assert!(idle && log.contains("No changes."), "{log}");
}

#[tokio::test]
async fn the_password_lands_in_no_file() {
    let mut fixture = Fixture::new(STACK).await;
    fixture.variable("greeting", "good morning");
    let planned = fixture.planned().await;
    fixture.apply(&planned.plan_file).await.0.unwrap();
    let holds_password = |bytes: &[u8]| {
        bytes
            .windows(PASSWORD.len())
            .any(|window| window == PASSWORD.as_bytes())
    };
    let mut looked_at = 0;
    for file in files_below(fixture.directory.path()) {
        assert!(
            !holds_password(&std::fs::read(&file).unwrap()),
            "{}",
            file.display()
        );
        looked_at += 1;
    }
    assert!(
        looked_at > 4,
        "there is a configuration, a plan, variables and a `.terraform`"
    );
    let mut archive = zip::ZipArchive::new(Cursor::new(planned.plan_file.0)).unwrap();
    for index in 0..archive.len() {
        let mut member = Vec::new();
        archive.by_index(index).unwrap().read_to_end(&mut member).unwrap();
        assert!(!holds_password(&member), "member {index} of the plan");
    }
    assert!(
        archive.by_name(".terraform.lock.hcl").is_ok(),
        "the lock file travels in the plan"
    );
}

#[tokio::test]
async fn the_files_of_a_run_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let mut fixture = Fixture::new(STACK).await;
    fixture.variable("greeting", "good morning");
    let planned = fixture.planned().await;
    fixture.apply(&planned.plan_file).await.0.unwrap();
    for name in ["plan", "variables.tfvars.json"] {
        let mode = fixture
            .workspace()
            .directory
            .join("terraform")
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn what_is_committed_does_not_win_over_lockkeeper() {
    let mut fixture = Fixture::new(STACK).await;
    fixture.write("zz.auto.tfvars", "greeting = \"committed\"\n");
    fixture.write(
        ".terraform/terraform.tfstate",
        r#"{"version":3,"backend":{"type":"s3","config":{},"hash":1}}"#,
    );
    fixture.write(".terraform/environment", "elsewhere");
    fixture.write("main_override.tf", "terraform {\n  backend \"http\" {}\n}\n");
    fixture.variable("greeting", "from Lockkeeper");
    let planned = fixture.planned().await;
    let applied = fixture.apply(&planned.plan_file).await.0.unwrap();
    assert_eq!(applied.outputs["greeting"], "from Lockkeeper");
}

#[tokio::test]
async fn a_file_that_does_not_parse() {
    let fixture = Fixture::new("resource \"a\" {\n  x =\n").await;
    let error = fixture.plan().await.0.unwrap_err();
    assert!(matches!(&error, EngineError::Configuration(_)), "{error:?}");
    assert!(error.to_string().starts_with("main.tf line 1: "), "{error}");
}

#[tokio::test]
async fn a_configuration_that_is_not_valid() {
    let fixture = Fixture::new("output \"a\" {\n  value = local.missing\n}\n").await;
    let error = fixture.plan().await.0.unwrap_err();
    assert!(matches!(&error, EngineError::Configuration(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .starts_with("main.tf:2: error: Reference to undeclared local value"),
        "{error}"
    );
}

#[tokio::test]
async fn a_variable_that_is_not_set() {
    let fixture = Fixture::new(STACK).await;
    let error = fixture.plan().await.0.unwrap_err();
    let EngineError::Failed {
        step,
        exit_code,
        message,
        stranded_state,
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        (step.as_str(), *exit_code, stranded_state),
        ("terraform plan", 1, &None)
    );
    assert!(message.contains("No value for required variable"), "{message}");
}

#[tokio::test]
async fn files_that_are_not_formatted_are_named() {
    let fixture = Fixture::new("module \"m\" {\n  source = \"../../../modules/m\"\n}\n").await;
    fixture.write("outputs.tf", "output \"a\" {\nvalue = 1\n}\n");
    fixture.write("../../../modules/m/main.tf", "locals {\na=1\n}\n");
    let planned = fixture.planned().await;
    let findings = planned
        .checks
        .into_iter()
        .find(|check| check.name == CheckName::Fmt)
        .unwrap()
        .findings;
    let expected = [format!("{FOLDER}/outputs.tf"), "modules/m/main.tf".to_owned()]
        .map(|file| format!("{file} is not formatted: run `terraform fmt`"));
    assert_eq!(findings, expected);
}

#[tokio::test]
async fn a_lock_that_is_held() {
    let fixture = Fixture::new("").await;
    let holder = r#"{"ID":"abc","Operation":"OperationTypeApply","Info":"","Who":"ann@host","Version":"1.11.4","Created":"2026-01-02T03:04:05Z","Path":""}"#;
    fixture.backend.held().lock = Some(holder.into());
    let error = fixture.plan().await.0.unwrap_err();
    assert!(matches!(&error, EngineError::StateLocked(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the state is locked: lock abc is held by somebody else"
    );
}

#[tokio::test]
async fn a_provider_that_cannot_be_had() {
    let mut fixture = Fixture::new("resource \"aws_vpc\" \"a\" {}\n").await;
    let mirror = fixture.directory.path().join("mirror");
    std::fs::create_dir(&mirror).unwrap();
    fixture.settings.provider_mirror = Some(mirror);
    let error = fixture.plan().await.0.unwrap_err().to_string();
    assert!(
        error.starts_with("terraform init ended with exit code 1: Failed to query available provider"),
        "{error}"
    );
}

#[tokio::test]
async fn a_state_that_does_not_answer_with_these_credentials() {
    let mut fixture = Fixture::new("").await;
    fixture.target.state.username = "somebody".to_owned();
    let error = fixture.plan().await.0.unwrap_err().to_string();
    assert!(error.contains("requires auth"), "{error}");
}

#[tokio::test]
async fn an_apply_that_fails() {
    let main = "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"echo $TF_HTTP_PASSWORD; exit 7\"\n  }\n}\n";
    let fixture = Fixture::new(main).await;
    let planned = fixture.planned().await;
    let (applied, log) = fixture.apply(&planned.plan_file).await;
    let error = applied.unwrap_err();
    let EngineError::Failed {
        step,
        exit_code,
        message,
        stranded_state,
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        (step.as_str(), *exit_code, stranded_state),
        ("terraform apply", 1, &None)
    );
    assert!(
        message.contains("main.tf line 2: local-exec provisioner error"),
        "{message}"
    );
    assert!(
        log.contains("[masked]") && !log.contains(PASSWORD) && !message.contains(PASSWORD),
        "{log}"
    );
    assert!(
        fixture.backend.held().state.is_some(),
        "the tainted object is in the state"
    );
}

#[tokio::test]
async fn a_state_that_cannot_be_stored_is_found() {
    let mut fixture = Fixture::new(STACK).await;
    fixture.variable("greeting", "good morning");
    let planned = fixture.planned().await;
    fixture.backend.held().refuses_writes = true;
    let error = fixture.apply(&planned.plan_file).await.0.unwrap_err();
    let EngineError::Failed {
        stranded_state: Some(path),
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(std::fs::read_to_string(path).unwrap().contains("good morning"));
    let engine = TerraformEngine::new(fixture.settings.clone());
    assert_eq!(engine.stranded_state(&fixture.workspace()).as_ref(), Some(path));
}

#[tokio::test]
async fn a_stale_plan_is_refused_by_the_tool() {
    let mut fixture = Fixture::new(STACK).await;
    fixture.variable("greeting", "one");
    let stale = fixture.planned().await;
    fixture.variable("greeting", "two");
    let fresh = fixture.planned().await;
    fixture.apply(&fresh.plan_file).await.0.unwrap();
    let error = fixture.apply(&stale.plan_file).await.0.unwrap_err().to_string();
    assert!(error.contains("Saved plan is stale"), "{error}");
}

#[tokio::test]
async fn the_environment_is_lockkeepers() {
    let main = "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"env; echo home: $HOME\"\n  }\n}\n";
    let mut fixture = Fixture::new(main).await;
    fixture
        .settings
        .passed_environment
        .insert("CLOUD_SECRET".to_owned(), "hush-hush-hush".to_owned());
    fixture
        .settings
        .passed_environment
        .insert("CLOUD_REGION".to_owned(), "eu-central".to_owned());
    let planned = fixture.planned().await;
    let (applied, log) = fixture.apply(&planned.plan_file).await;
    applied.unwrap();
    assert!(
        log.contains("CLOUD_SECRET=[masked]") && log.contains("CLOUD_REGION=eu-central"),
        "{log}"
    );
    assert!(
        log.contains(&format!(
            "home: {}",
            fixture.workspace().directory.join("terraform/home").display()
        )),
        "{log}"
    );
    assert!(!log.contains("CARGO_"), "nothing of the server's own environment");
}

#[tokio::test]
async fn cancelled_in_the_middle_of_an_apply() {
    let fixture = Fixture::new(SLOW).await;
    let planned = fixture.planned().await;
    let (sender, cancelled) = watch::channel(false);
    let started = Instant::now();
    let mut log = Cancelling {
        sender,
        when: "ready",
    };
    let error = fixture
        .apply_under(&planned.plan_file, &mut log, cancelled)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, EngineError::Cancelled { step } if step == "terraform apply"),
        "{error:?}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    let held = fixture.backend.held();
    assert!(held.lock.is_none(), "Terraform released its lock");
    assert!(
        String::from_utf8_lossy(held.state.as_ref().unwrap()).contains("quick"),
        "and saved its state"
    );
}

#[tokio::test]
async fn cancelled_and_unable_to_store_the_state() {
    let fixture = Fixture::new(SLOW).await;
    let planned = fixture.planned().await;
    fixture.backend.held().refuses_writes = true;
    let (sender, cancelled) = watch::channel(false);
    let mut log = Cancelling {
        sender,
        when: "ready",
    };
    let error = fixture
        .apply_under(&planned.plan_file, &mut log, cancelled)
        .await
        .unwrap_err();
    assert!(
        matches!(
            &error,
            EngineError::Failed {
                stranded_state: Some(_),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("cancelled during terraform apply; the state could not be stored"),
        "{error}"
    );
}

#[tokio::test]
async fn stopped_at_the_time_limit() {
    let mut fixture = Fixture::new(SLOW).await;
    let planned = fixture.planned().await;
    fixture.target.time_limit = Duration::from_secs(2);
    let error = fixture.apply(&planned.plan_file).await.0.unwrap_err();
    assert_eq!(
        error.to_string(),
        "stopped after 2 s, the time limit of runs, during terraform apply"
    );
    assert!(fixture.backend.held().lock.is_none());
}

/// The future of the run is dropped, as when the server dies, and Terraform goes on.
#[tokio::test]
async fn an_apply_that_lost_its_server_is_found_and_ends_in_order() {
    let fixture = Fixture::new(SLOW).await;
    let planned = fixture.planned().await;
    let (sender, mut ready) = watch::channel(false);
    let mut log = Cancelling {
        sender,
        when: "ready",
    };
    tokio::select! {
        _ = fixture.apply_under(&planned.plan_file, &mut log, never_cancelled()) => panic!("it takes ten minutes"),
        _ = ready.wait_for(|ready| *ready) => {}
    }
    let orphan = orphan::find(&fixture.workspace().directory).unwrap().unwrap();
    assert_eq!(orphan.what(), "terraform apply");
    assert!(fixture.backend.held().lock.is_some());
    assert_eq!(
        orphan.stop(Duration::from_secs(20)).await.unwrap(),
        Stopped::Ended
    );
    let held = fixture.backend.held();
    assert!(
        held.lock.is_none() && held.state.is_some(),
        "the state is saved and the lock released"
    );
}

#[tokio::test]
async fn tools_that_are_missing_or_too_old() {
    let mut fixture = Fixture::new(STACK).await;
    let script = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = fixture.directory.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path.display().to_string()
    };
    let cases = [
        (
            "/nowhere/tofu".to_owned(),
            "`/nowhere/tofu` was not found; install it from https://opentofu.org",
        ),
        (
            script("old", "echo Terraform v0.11.14"),
            "is Terraform 0.11.14, which is too old: 1.1.0 or newer is needed",
        ),
        (
            script("other", "echo hello"),
            "does not answer as Terraform or OpenTofu do",
        ),
    ];
    for (tool, expected) in cases {
        fixture.settings.tool = tool;
        let error = fixture.plan().await.0.unwrap_err();
        assert!(
            matches!(&error, EngineError::Tool(message) if message.contains(expected)),
            "{error:?}"
        );
        let error = TerraformEngine::new(fixture.settings.clone())
            .version()
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// As with `lockkeeper serve --data ./lockkeeper-data`.
#[tokio::test]
async fn relative_paths_mean_the_same_to_the_tool() {
    let mut fixture = Fixture::new("locals {}\n").await;
    let up = "../".repeat(std::env::current_dir().unwrap().components().count() - 1);
    let relative = |path: &Path| PathBuf::from(&up).join(path.strip_prefix("/").unwrap());
    fixture.settings.data_directory = relative(&fixture.settings.data_directory);
    let mut workspace = fixture.workspace();
    workspace.directory = relative(&workspace.directory);
    workspace.checkout = relative(&workspace.checkout);
    let engine = TerraformEngine::new(fixture.settings.clone());
    let mut log = MemoryLog::default();
    let mut control = RunControl {
        log: &mut log,
        cancelled: never_cancelled(),
    };
    let planned = engine
        .plan(&workspace, &fixture.target, &mut control)
        .await
        .unwrap();
    engine
        .apply(&planned.plan_file, &workspace, &fixture.target, &mut control)
        .await
        .unwrap();
    assert!(!fixture.stack().join(".terraform").exists());
}

#[tokio::test]
async fn a_folder_that_is_not_a_stack() {
    let fixture = Fixture::new(STACK).await;
    let mut workspace = fixture.workspace();
    workspace.folder = "environments/staging".to_owned();
    let mut log = MemoryLog::default();
    let mut control = RunControl {
        log: &mut log,
        cancelled: never_cancelled(),
    };
    let engine = TerraformEngine::new(fixture.settings.clone());
    let error = engine
        .plan(&workspace, &fixture.target, &mut control)
        .await
        .unwrap_err();
    let expected = "the folder `environments/staging` is not a stack, because no *.tf files stand in it; there are *.tf \
                    files in environments/staging/app";
    assert_eq!(error.to_string(), expected);
}
