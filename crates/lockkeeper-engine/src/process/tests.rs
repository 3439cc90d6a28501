use std::time::Instant;

use lockkeeper_domain::secret::Secret;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::*;
use crate::contract::RunLog;
use crate::fake::MemoryLog;
use crate::orphan::{self, Stopped};

fn shell(script: &str, directory: &Path) -> Command {
    let mut command = Command::new("sh", directory).arguments(["-c", script]);
    command
        .environment
        .insert("PATH".to_owned(), crate::environment::search_path().into());
    command.time_limit = Duration::from_secs(20);
    command.interrupt_grace = Duration::from_millis(300);
    command
}

async fn run(command: &Command, directory: &Path) -> (Finished, String) {
    let mut log = MemoryLog::default();
    let mut control = RunControl {
        log: &mut log,
        cancelled: never_cancelled(),
    };
    let finished = command.run("sh", directory, &mut control).await.unwrap();
    (finished, log.text)
}

/// Runs the command, and cancels it once its log holds the text.
async fn run_and_cancel(command: &Command, directory: &Path, when: &str) -> (Finished, Duration) {
    struct Cancelling<'a>(watch::Sender<bool>, &'a str);
    #[async_trait::async_trait]
    impl RunLog for Cancelling<'_> {
        async fn append(&mut self, text: &str) -> std::io::Result<()> {
            if text.contains(self.1) {
                self.0.send_replace(true);
            }
            Ok(())
        }
    }
    let (sender, cancelled) = watch::channel(false);
    let mut log = Cancelling(sender, when);
    let started = Instant::now();
    let finished = command
        .run(
            "sh",
            directory,
            &mut RunControl {
                log: &mut log,
                cancelled,
            },
        )
        .await
        .unwrap();
    (finished, started.elapsed())
}

fn names_in(directory: &Path) -> Vec<String> {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn both_streams_in_order_and_nothing_left_behind() {
    let directory = TempDir::new().unwrap();
    let command = shell(
        "echo one; echo two >&2; printf 'three\\r\\nfour'; exit 3",
        directory.path(),
    );
    let (finished, log) = run(&command, directory.path()).await;
    assert_eq!(log, "one\ntwo\nthree\nfour\n");
    assert_eq!(finished.end, End::Exited(3));
    assert_eq!(finished.last_lines, ["one", "two", "three", "four"]);
    assert_eq!(names_in(directory.path()), [""; 0]);
}

#[tokio::test]
async fn the_environment_is_exactly_what_was_given() {
    let directory = TempDir::new().unwrap();
    let mut command = shell("env", directory.path());
    command.environment.insert("ONLY".to_owned(), "this".into());
    let captured = command.capture(10_000, never_cancelled()).await.unwrap();
    let text = String::from_utf8(captured.stdout).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.split('=').next()).collect();
    for name in names {
        assert!(
            ["ONLY", "PATH", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name),
            "{name}"
        );
    }
}

#[tokio::test]
async fn secrets_are_masked_in_the_log_and_in_messages() {
    let directory = TempDir::new().unwrap();
    let mut command = shell(
        "echo password=correct-horse; echo correct-horse >&2; exit 1",
        directory.path(),
    );
    command.mask = Mask::new(&[Secret::new("correct-horse")]);
    let (finished, log) = run(&command, directory.path()).await;
    assert_eq!(log, "password=[masked]\n[masked]\n");
    assert_eq!(finished.last_lines, ["password=[masked]", "[masked]"]);
    let captured = command.capture(10_000, never_cancelled()).await.unwrap();
    assert_eq!(captured.message, "[masked]");
}

#[tokio::test]
async fn the_raw_output_is_for_the_server_only() {
    let directory = TempDir::new().unwrap();
    let (_finished, log) = run(
        &shell("stat -c %a process.output", directory.path()),
        directory.path(),
    )
    .await;
    assert_eq!(log, "600\n");
}

#[tokio::test]
async fn cancelled_politely() {
    let directory = TempDir::new().unwrap();
    let script = "trap 'echo saved > state; exit 1' INT; echo ready; while :; do sleep 0.05; done";
    let mut command = shell(script, directory.path());
    command.interrupt_grace = Duration::from_secs(10);
    let (finished, _) = run_and_cancel(&command, directory.path(), "ready").await;
    assert_eq!(finished.end, End::Cancelled { killed: false });
    assert!(directory.path().join("state").exists());
}

#[tokio::test]
async fn killed_with_its_group_after_the_grace() {
    let directory = TempDir::new().unwrap();
    let script = "trap '' INT; sleep 600 & echo $! > grandchild; echo ready; while :; do sleep 0.05; done";
    let (finished, took) = run_and_cancel(&shell(script, directory.path()), directory.path(), "ready").await;
    assert_eq!(finished.end, End::Cancelled { killed: true });
    assert!(took < Duration::from_secs(5), "{took:?}");
    let grandchild: i32 = std::fs::read_to_string(directory.path().join("grandchild"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!ProcessRecord::of_running(Pid::from_raw(grandchild), "").is_running());
}

#[tokio::test]
async fn work_that_was_done_in_spite_of_a_cancel_is_done() {
    let directory = TempDir::new().unwrap();
    let script = "trap : INT; echo ready; sleep 0.3; exit 0";
    let (finished, _) = run_and_cancel(&shell(script, directory.path()), directory.path(), "ready").await;
    assert_eq!(finished.end, End::Exited(0));
}

#[tokio::test]
async fn stopped_at_the_time_limit() {
    let directory = TempDir::new().unwrap();
    let mut command = shell("echo begun; sleep 600", directory.path());
    command.time_limit = Duration::from_millis(200);
    let (finished, log) = run(&command, directory.path()).await;
    assert_eq!(finished.end, End::TimedOut { killed: false });
    assert_eq!(log, "begun\n");
}

#[tokio::test]
async fn cancelled_before_it_started() {
    let directory = TempDir::new().unwrap();
    let (_sender, cancelled) = watch::channel(true);
    let mut log = MemoryLog::default();
    let command = shell("touch started", directory.path());
    let finished = command
        .run(
            "sh",
            directory.path(),
            &mut RunControl {
                log: &mut log,
                cancelled,
            },
        )
        .await
        .unwrap();
    assert_eq!(finished.end, End::Cancelled { killed: false });
    assert_eq!(names_in(directory.path()), [""; 0]);
}

#[tokio::test]
async fn a_program_that_is_missing_is_named_with_a_hint() {
    let directory = TempDir::new().unwrap();
    let error = Command::new("/nowhere/terraform", directory.path())
        .capture(1, never_cancelled())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`/nowhere/terraform` was not found; install it from https://"),
        "{error}"
    );
}

#[tokio::test]
async fn a_directory_that_is_missing_is_named() {
    let error = shell("true", Path::new("/nowhere"))
        .capture(1, never_cancelled())
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("cannot start `sh` in /nowhere"),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_refused() {
    let directory = TempDir::new().unwrap();
    let error = shell("yes", directory.path())
        .capture(1000, never_cancelled())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "`sh` printed more than 1000 bytes");
}

#[tokio::test]
async fn a_question_is_dropped_with_its_future() {
    let directory = TempDir::new().unwrap();
    let command = shell("echo $$ > pid; sleep 600", directory.path());
    let asked = tokio::time::timeout(Duration::from_millis(300), command.capture(1, never_cancelled())).await;
    assert!(asked.is_err());
    let pid: i32 = std::fs::read_to_string(directory.path().join("pid"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!ProcessRecord::of_running(Pid::from_raw(pid), "").is_running());
}

#[tokio::test]
async fn a_log_that_fails_does_not_stop_the_run() {
    struct FullDisk;
    #[async_trait::async_trait]
    impl RunLog for FullDisk {
        async fn append(&mut self, _text: &str) -> std::io::Result<()> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
    }
    let directory = TempDir::new().unwrap();
    let mut control = RunControl {
        log: &mut FullDisk,
        cancelled: never_cancelled(),
    };
    let finished = shell("echo a; exit 0", directory.path())
        .run("sh", directory.path(), &mut control)
        .await
        .unwrap();
    assert_eq!(finished.end, End::Exited(0));
}

#[tokio::test]
async fn a_child_that_cannot_be_recorded_does_not_go_on() {
    let directory = TempDir::new().unwrap();
    std::fs::create_dir_all(directory.path().join(RECORD_FILE).join("in the way")).unwrap();
    let command = shell("sleep 0.3; touch proof", directory.path());
    let mut log = MemoryLog::default();
    let mut control = RunControl {
        log: &mut log,
        cancelled: never_cancelled(),
    };
    let error = command
        .run("sh", directory.path(), &mut control)
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("cannot write process.json"),
        "{error}"
    );
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!directory.path().join("proof").exists());
}

#[tokio::test]
async fn an_attended_child_answers_its_exit_code() {
    let directory = TempDir::new().unwrap();
    let code = async |script| shell(script, directory.path()).attend().await.unwrap();
    assert_eq!(code("exit 0").await, 0);
    assert_eq!(code("exit 3").await, 3);
    assert_eq!(code("kill -9 $$").await, 137);
}

#[test]
fn a_command_prints_no_values_of_its_environment() {
    let mut command = Command::new("sh", "/");
    command
        .environment
        .insert("TOKEN".to_owned(), "correct-horse".into());
    let printed = format!("{command:?}");
    assert!(
        printed.contains("TOKEN") && !printed.contains("correct-horse"),
        "{printed}"
    );
}

const SERVER_DOUBLE: &str = "process::tests::server_double";
const RUN_DIRECTORY: &str = "LOCKKEEPER_TEST_RUN_DIRECTORY";

/// Plays the server in the test below, in a process of its own.
#[tokio::test]
#[ignore = "started by the test below"]
async fn server_double() {
    let directory = PathBuf::from(std::env::var(RUN_DIRECTORY).unwrap());
    let script = "trap 'echo saved > state; exit 0' INT; while :; do echo line; sleep 0.02; done";
    run(&shell(script, &directory), &directory).await;
}

#[tokio::test]
async fn a_child_survives_the_death_of_the_server_and_is_found() {
    let directory = TempDir::new().unwrap();
    let mut server = Command::new(std::env::current_exe().unwrap(), directory.path());
    server = server.arguments(["--ignored", "--exact", SERVER_DOUBLE]);
    server
        .environment
        .insert("PATH".to_owned(), crate::environment::search_path().into());
    server
        .environment
        .insert(RUN_DIRECTORY.to_owned(), directory.path().into());
    let mut server =
        program::spawn(&server, std::process::Stdio::null(), std::process::Stdio::null()).unwrap();
    let record = directory.path().join(RECORD_FILE);
    while !record.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    kill(
        Pid::from_raw(i32::try_from(server.id().unwrap()).unwrap()),
        Signal::SIGKILL,
    )
    .unwrap();
    server.wait().await.unwrap();

    let written = || {
        std::fs::metadata(directory.path().join(record::OUTPUT_FILE))
            .unwrap()
            .len()
    };
    let before = written();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(written() > before, "the child writes on");
    let orphan = orphan::find(directory.path()).unwrap().expect("the child runs");
    assert_eq!(orphan.what(), "sh");
    assert_eq!(
        orphan.stop(Duration::from_secs(10)).await.unwrap(),
        Stopped::Ended
    );
    assert!(directory.path().join("state").exists(), "it was asked politely");
    assert_eq!(orphan::find(directory.path()).unwrap(), None);
}

#[tokio::test]
async fn an_orphan_that_does_not_listen_is_killed() {
    let directory = TempDir::new().unwrap();
    let command = shell(
        "trap '' INT; echo ready; while :; do sleep 0.05; done",
        directory.path(),
    );
    let abandoned = tokio::time::timeout(Duration::from_millis(300), run(&command, directory.path())).await;
    assert!(abandoned.is_err());
    let orphan = orphan::find(directory.path())
        .unwrap()
        .expect("the child goes on");
    assert_eq!(
        orphan.stop(Duration::from_millis(200)).await.unwrap(),
        Stopped::Killed
    );
}

#[test]
fn no_record_means_no_orphan() {
    let directory = TempDir::new().unwrap();
    assert_eq!(orphan::find(directory.path()).unwrap(), None);
}

#[test]
fn a_number_that_is_used_again_is_no_orphan() {
    let directory = TempDir::new().unwrap();
    let mut record = ProcessRecord::of_running(Pid::this(), "terraform apply");
    record.started = record.started.map(|ticks| ticks - 1);
    record.write(directory.path()).unwrap();
    assert_eq!(orphan::find(directory.path()).unwrap(), None);
}
