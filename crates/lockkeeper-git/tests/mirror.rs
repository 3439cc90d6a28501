//! Mirrors of real repositories, some of them hostile.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lockkeeper_engine::environment::search_path;
use lockkeeper_engine::process::{Command, End, never_cancelled};
use lockkeeper_git::{ChangeKind, ChangedFile, CommitId, GitError, ListedFile, Mirror};
use tempfile::TempDir;

/// A repository with a work tree, and a place for its mirror.
struct Repository {
    folder: TempDir,
}

impl Repository {
    async fn new() -> Self {
        let repository = Self {
            folder: TempDir::new().unwrap(),
        };
        std::fs::create_dir(repository.origin()).unwrap();
        repository.git(["init", "-q", "-b", "main"]).await;
        repository
    }

    async fn with_a_commit() -> Self {
        let repository = Self::new().await;
        repository.write("a.txt", "one\n");
        repository.write("stacks/network/main.tf", "# network\n");
        repository.commit("first").await;
        repository
    }

    fn origin(&self) -> PathBuf {
        self.folder.path().join("origin")
    }

    fn mirror(&self) -> Mirror {
        Mirror::open(self.folder.path().join("mirror"), self.origin().to_str().unwrap()).unwrap()
    }

    async fn fetched(&self) -> Mirror {
        let mirror = self.mirror();
        mirror.fetch().await.unwrap();
        mirror
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.origin().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    async fn commit(&self, subject: &str) -> CommitId {
        self.git(["add", "-A"]).await;
        self.git(["commit", "-q", "--allow-empty", "-m", subject]).await;
        self.git(["rev-parse", "HEAD"]).await.trim().parse().unwrap()
    }

    async fn git<const N: usize>(&self, arguments: [&str; N]) -> String {
        git(&self.origin(), &arguments).await
    }

    fn checkout_folder(&self) -> PathBuf {
        self.folder.path().join("run/checkout")
    }
}

async fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git", directory).arguments(arguments);
    let variables: [(&str, OsString); 8] = [
        ("PATH", search_path().into()),
        ("HOME", directory.into()),
        ("GIT_AUTHOR_NAME", "Ann".into()),
        ("GIT_AUTHOR_EMAIL", "ann@example.org".into()),
        ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z".into()),
        ("GIT_COMMITTER_NAME", "Bob".into()),
        ("GIT_COMMITTER_EMAIL", "bob@example.org".into()),
        ("GIT_COMMITTER_DATE", "2026-01-03T03:04:05Z".into()),
    ];
    command.environment = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let captured = command.capture(1_000_000, never_cancelled()).await.unwrap();
    assert_eq!(
        captured.end,
        End::Exited(0),
        "git {arguments:?}: {}",
        captured.message
    );
    String::from_utf8(captured.stdout).unwrap()
}

#[tokio::test]
async fn names_become_commits() {
    let repository = Repository::with_a_commit().await;
    repository.git(["tag", "-a", "v1", "-m", "one"]).await;
    let first = repository.git(["rev-parse", "HEAD"]).await.trim().to_owned();
    repository.git(["checkout", "-q", "-b", "feature/redis"]).await;
    let second = repository.commit("second").await;
    repository.git(["checkout", "-q", "main"]).await;

    let mirror = repository.fetched().await;
    assert_eq!(mirror.default_branch().await.unwrap(), "main");
    for name in ["main", "HEAD", "v1", "refs/heads/main", &first, &first[..8]] {
        assert_eq!(mirror.resolve(name).await.unwrap().as_str(), first, "{name}");
    }
    assert_eq!(mirror.resolve("feature/redis").await.unwrap(), second);
}

#[tokio::test]
async fn unknown_and_hostile_names() {
    let repository = Repository::with_a_commit().await;
    let mirror = repository.fetched().await;
    let error = mirror.resolve("my-branch").await.unwrap_err();
    let address = repository.origin().display().to_string();
    let expected = format!("`my-branch`: no such branch, tag or commit in {address}; the newest are main");
    assert_eq!(error.to_string(), expected);
    assert!(matches!(
        mirror.resolve(&"0".repeat(40)).await,
        Err(GitError::UnknownReference { .. })
    ));
    for hostile in [
        "--upload-pack=touch x",
        "-x",
        "main@{upstream}",
        ":/first",
        "main^{tree}",
        "a\nb",
        "",
        "a..b",
    ] {
        let refused = mirror.resolve(hostile).await;
        assert!(
            matches!(refused, Err(GitError::InvalidReference(_))),
            "{hostile}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_tag_on_a_file_is_no_commit() {
    let repository = Repository::with_a_commit().await;
    repository.git(["tag", "blob", "HEAD:a.txt"]).await;
    let mirror = repository.fetched().await;
    assert!(matches!(
        mirror.resolve("blob").await,
        Err(GitError::UnknownReference { .. })
    ));
}

#[tokio::test]
async fn a_rewritten_branch_keeps_its_old_commits() {
    let repository = Repository::with_a_commit().await;
    repository.git(["checkout", "-q", "-b", "topic"]).await;
    let old = repository.commit("old").await;
    let mirror = repository.fetched().await;
    repository
        .git(["commit", "-q", "--amend", "--allow-empty", "-m", "new"])
        .await;
    repository.git(["branch", "gone"]).await;
    mirror.fetch().await.unwrap();
    assert_ne!(mirror.resolve("topic").await.unwrap(), old);
    assert_eq!(mirror.resolve(old.as_str()).await.unwrap(), old);
    repository.git(["branch", "-q", "-D", "gone"]).await;
    mirror.fetch().await.unwrap();
    assert!(
        mirror.resolve("gone").await.is_err(),
        "branches that are gone are pruned"
    );
}

#[tokio::test]
async fn files_of_a_commit() {
    let repository = Repository::with_a_commit().await;
    std::os::unix::fs::symlink("/etc/passwd", repository.origin().join("link")).unwrap();
    let strange = "od d/\"quo'te\n$(x) *é.tf";
    repository.write(strange, "strange\n");
    let commit = repository.commit("files").await;
    let mirror = repository.fetched().await;

    assert_eq!(
        mirror.read_file(&commit, "a.txt", 100).await.unwrap().unwrap(),
        b"one\n"
    );
    assert_eq!(
        mirror.read_file(&commit, strange, 100).await.unwrap().unwrap(),
        b"strange\n"
    );
    assert_eq!(mirror.read_file(&commit, "none", 100).await.unwrap(), None);
    assert_eq!(
        mirror.read_file(&commit, "*.txt", 100).await.unwrap(),
        None,
        "no pattern"
    );
    assert_eq!(
        mirror.read_file(&commit, ":(glob)*.txt", 100).await.unwrap(),
        None,
        "no pattern"
    );
    let refusals = [
        ("link", "a symbolic link"),
        ("stacks", "a folder"),
        ("stacks/", "a folder"),
    ];
    for (path, what) in refusals {
        let error = mirror
            .read_file(&commit, path, 100)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(what), "{error}");
    }
    let error = mirror.read_file(&commit, "a.txt", 3).await.unwrap_err();
    assert!(
        matches!(
            error,
            GitError::TooLarge {
                size: 4,
                limit: 3,
                ..
            }
        ),
        "{error}"
    );
    assert!(matches!(
        mirror.read_file(&commit, "../a.txt", 3).await,
        Err(GitError::InvalidPath(_))
    ));

    let listed = |path: &str, size| ListedFile {
        path: path.to_owned(),
        size,
    };
    let all = mirror.list_files(&commit, "").await.unwrap();
    assert_eq!(
        all,
        [
            listed("a.txt", 4),
            listed(strange, 8),
            listed("stacks/network/main.tf", 10)
        ]
    );
    assert_eq!(
        mirror.list_files(&commit, "stacks").await.unwrap(),
        [listed("stacks/network/main.tf", 10)]
    );
    assert_eq!(mirror.list_files(&commit, "stack").await.unwrap(), []);
}

#[tokio::test]
async fn what_changed() {
    let repository = Repository::with_a_commit().await;
    let base: CommitId = repository
        .git(["rev-parse", "HEAD"])
        .await
        .trim()
        .parse()
        .unwrap();
    repository.write("a.txt", "two\n");
    repository.write("new\nname", "x");
    std::fs::remove_file(repository.origin().join("stacks/network/main.tf")).unwrap();
    let commit = repository.commit("change").await;
    let mirror = repository.fetched().await;
    let changed = |path: &str, kind| ChangedFile {
        path: path.to_owned(),
        kind,
    };
    let expected = [
        changed("a.txt", ChangeKind::Modified),
        changed("new\nname", ChangeKind::Added),
        changed("stacks/network/main.tf", ChangeKind::Deleted),
    ];
    assert_eq!(mirror.changed_files(&base, &commit).await.unwrap(), expected);
}

#[tokio::test]
async fn history() {
    let repository = Repository::with_a_commit().await;
    let first: CommitId = repository
        .git(["rev-parse", "HEAD"])
        .await
        .trim()
        .parse()
        .unwrap();
    repository.git(["checkout", "-q", "-b", "one"]).await;
    let one = repository.commit("one: --evil\n\nbody").await;
    repository.git(["checkout", "-q", "-b", "two", "main"]).await;
    let two = repository.commit("two").await;
    let mirror = repository.fetched().await;

    assert!(mirror.is_ancestor(&first, &one).await.unwrap());
    assert!(mirror.is_ancestor(&one, &one).await.unwrap());
    assert!(!mirror.is_ancestor(&two, &one).await.unwrap());
    assert_eq!(mirror.merge_base(&one, &two).await.unwrap(), Some(first));
    let commit = mirror.commit(&one).await.unwrap();
    assert_eq!(
        (commit.subject.as_str(), commit.author_name.as_str()),
        ("one: --evil", "Ann")
    );
    assert_eq!(commit.author_email, "ann@example.org");
    assert_eq!(commit.authored_at.to_string(), "2026-01-02T03:04:05Z");
    assert_eq!(commit.committed_at.to_string(), "2026-01-03T03:04:05Z");
    let unknown: CommitId = "0".repeat(40).parse().unwrap();
    assert!(matches!(
        mirror.commit(&unknown).await,
        Err(GitError::UnknownCommit { .. })
    ));
    assert!(matches!(
        mirror.is_ancestor(&one, &unknown).await,
        Err(GitError::UnknownCommit { .. })
    ));
    assert!(matches!(
        mirror.list_files(&unknown, "").await,
        Err(GitError::UnknownCommit { .. })
    ));
}

#[tokio::test]
async fn a_checkout_is_clean() {
    let repository = Repository::with_a_commit().await;
    let commit = repository
        .git(["rev-parse", "HEAD"])
        .await
        .trim()
        .parse()
        .unwrap();
    let mirror = repository.fetched().await;
    let target = repository.checkout_folder();
    mirror.checkout(&commit, &target).await.unwrap();
    assert_eq!(
        std::fs::read_to_string(target.join("stacks/network/main.tf")).unwrap(),
        "# network\n"
    );
    let mut names: Vec<_> = std::fs::read_dir(&target)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["a.txt", "stacks"]);
    assert_eq!(
        std::fs::read_dir(target.parent().unwrap()).unwrap().count(),
        1,
        "the index is gone"
    );
    assert!(matches!(
        mirror.checkout(&commit, &target).await,
        Err(GitError::NotEmpty(_))
    ));
}

/// A hook, a filter and a submodule would each run a program or fetch from elsewhere.
#[tokio::test]
async fn nothing_of_the_repository_is_run() {
    let repository = Repository::with_a_commit().await;
    let proof = repository.folder.path().join("proof");
    let touch = format!("touch '{}'", proof.display());
    repository.write(".gitattributes", "* filter=evil diff=evil\n");
    repository.write("payload.txt", "payload\n");
    repository.write(
        ".gitmodules",
        "[submodule \"sub\"]\n\tpath = sub\n\turl = ext::sh -c touch% proof\n",
    );
    let head = repository.git(["rev-parse", "HEAD"]).await.trim().to_owned();
    repository
        .git([
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{head},sub"),
        ])
        .await;
    repository.git(["commit", "-q", "-m", "evil"]).await;
    let commit = repository
        .git(["rev-parse", "HEAD"])
        .await
        .trim()
        .parse()
        .unwrap();
    for (key, value) in [
        ("filter.evil.smudge", &touch),
        ("uploadpack.packObjectsHook", &touch),
        ("core.fsmonitor", &touch),
    ] {
        repository.git(["config", key, value]).await;
    }
    let hook = repository.origin().join(".git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\n{touch}\n")).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();

    let mirror = repository.fetched().await;
    mirror
        .checkout(&commit, &repository.checkout_folder())
        .await
        .unwrap();
    assert!(!proof.exists());
    assert_eq!(
        std::fs::read_dir(repository.checkout_folder().join("sub"))
            .unwrap()
            .count(),
        0
    );
}

/// `dir` is a symbolic link out of the checkout, and `dir/file` is a file, in one tree.
#[tokio::test]
async fn no_write_follows_a_symbolic_link() {
    let repository = Repository::with_a_commit().await;
    let outside = repository.folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let link = repository.folder.path().join("link-content");
    std::fs::write(&link, outside.to_str().unwrap()).unwrap();
    let target = repository
        .git(["hash-object", "-w", link.to_str().unwrap()])
        .await
        .trim()
        .to_owned();
    let file = repository
        .git(["rev-parse", "HEAD:a.txt"])
        .await
        .trim()
        .to_owned();
    // Two entries of one name: git makes such a tree only when it is told not to look.
    let listing = repository.folder.path().join("tree");
    let entry = |mode: &str, name: &str, object: &str| {
        let bytes: Vec<u8> = (0..object.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&object[at..at + 2], 16).unwrap())
            .collect();
        [format!("{mode} {name}\0").into_bytes(), bytes].concat()
    };
    std::fs::write(&listing, entry("100644", "file", &file)).unwrap();
    let write_tree = [
        "hash-object",
        "-t",
        "tree",
        "--literally",
        "-w",
        listing.to_str().unwrap(),
    ];
    let folder = repository.git(write_tree).await.trim().to_owned();
    std::fs::write(
        &listing,
        [entry("120000", "dir", &target), entry("40000", "dir", &folder)].concat(),
    )
    .unwrap();
    let tree = repository.git(write_tree).await.trim().to_owned();
    let commit = repository
        .git(["commit-tree", &tree, "-m", "hostile"])
        .await
        .trim()
        .to_owned();
    repository
        .git(["update-ref", "refs/heads/hostile", &commit])
        .await;

    let mirror = repository.mirror();
    if mirror.fetch().await.is_ok() {
        let _ = mirror
            .checkout(&commit.parse().unwrap(), &repository.checkout_folder())
            .await;
    }
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

#[tokio::test]
async fn repositories_that_are_none() {
    let repository = Repository::new().await;
    let empty = repository.mirror().fetch().await.unwrap_err();
    assert!(matches!(empty, GitError::Empty { .. }), "{empty}");

    let folder = TempDir::new().unwrap();
    let open = |url: &str| Mirror::open(folder.path().join("mirror"), url);
    let missing = folder.path().join("missing");
    let error = open(missing.to_str().unwrap())
        .unwrap()
        .fetch()
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!("cannot fetch from {}: there is no such folder", missing.display())
    );
    let error = open(folder.path().to_str().unwrap())
        .unwrap()
        .fetch()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("does not appear to be a git repository"),
        "{error}"
    );
    assert!(matches!(
        open("ext::sh -c 'touch x'"),
        Err(GitError::InvalidAddress { .. })
    ));
}

/// Git refuses repositories of other users unless it is told that they are safe.
#[tokio::test]
async fn a_repository_of_another_user() {
    let repository = Repository::with_a_commit().await;
    let (nobody, folders) = (65534, [repository.origin(), repository.origin().join(".git")]);
    for folder in folders {
        if std::os::unix::fs::chown(folder, Some(nobody), Some(nobody)).is_err() {
            eprintln!("skipped: only root can give a folder away");
            return;
        }
    }
    repository.mirror().fetch().await.unwrap();
}

#[tokio::test]
async fn credentials_are_masked_in_errors() {
    let folder = TempDir::new().unwrap();
    // Nothing listens on port 1.
    let url = "http://bot:correct-horse@127.0.0.1:1/infra.git";
    let error = Mirror::open(folder.path().join("mirror"), url)
        .unwrap()
        .fetch()
        .await
        .unwrap_err();
    let error = format!("{error} {error:?}");
    assert!(error.contains("http://***@127.0.0.1:1/infra.git"), "{error}");
    assert!(!error.contains("correct-horse"), "{error}");
}

#[tokio::test]
async fn fetches_at_the_same_time_wait_for_each_other() {
    let repository = Repository::with_a_commit().await;
    let mut fetches = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let mirror = repository.mirror();
        fetches.spawn(async move { mirror.fetch().await });
    }
    while let Some(fetched) = fetches.join_next().await {
        fetched.unwrap().unwrap();
    }
}
