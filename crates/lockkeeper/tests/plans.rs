//! `docs/plans.md` shows what the program says of the plans in `examples/plans`, and what Terraform says of them.
//! Write it again with `LOCKKEEPER_WRITE_DOCS=1 cargo test -p lockkeeper --test plans`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    reason = "the test starts the program that it tests"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// What stands before a part of the page that is made: `<!-- made by: lockkeeper plan inspect small/plan.json -->`.
const MARK: &str = "<!-- made by: ";

/// The plans of the page, and the object of each that matters most.
const PLANS: [(&str, &str, &str); 3] = [
    ("small", "a cache for a shop", "aws_ecs_task_definition.app"),
    ("medium", "a release with a mistake in it", "aws_db_instance.main"),
    (
        "large",
        "5,000 resources of 200 services",
        "module.service[\"service-066\"].aws_dynamodb_table.data",
    ),
];

/// The plans and Terraform's own output, the compressed ones unpacked.
struct Plans {
    folder: TempDir,
}

impl Plans {
    fn unpacked() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, ..) in PLANS {
            let from = Path::new(ROOT).join("examples/plans").join(name);
            let to = folder.path().join(name);
            std::fs::create_dir(&to).unwrap();
            for file in ["plan.json", "terraform.txt"] {
                let packed = from.join(format!("{file}.zst"));
                let bytes = match std::fs::read(&packed) {
                    Ok(bytes) => zstd::decode_all(bytes.as_slice()).unwrap(),
                    Err(_) => std::fs::read(from.join(file)).unwrap(),
                };
                std::fs::write(to.join(file), bytes).unwrap();
            }
        }
        Self { folder }
    }

    /// What the program prints, at 100 columns.
    fn shown(&self, arguments: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_lockkeeper"))
            .args(arguments.split(' '))
            .env_clear()
            .env("COLUMNS", "100")
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn terraform(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.path(name, "terraform.txt")).unwrap();
        text.trim().to_owned()
    }

    fn path(&self, name: &str, file: &str) -> PathBuf {
        self.folder.path().join(name).join(file)
    }

    /// What Terraform says of one object.
    fn of_object(&self, name: &str, address: &str) -> String {
        let text = self.terraform(name);
        let (_, from) = text.split_once(&format!("  # {address} ")).unwrap();
        let (told, _) = from.split_once("\n    }\n").unwrap();
        format!("  # {address} {told}\n    }}")
    }

    /// How long each output is, and where in it the object stands that matters most.
    fn counts(&self) -> String {
        let mut table = "\
| | | Terraform | `plan inspect` | `--full` | `--markdown` |
| --- | --- | ---: | ---: | ---: | ---: |
"
        .to_owned();
        for (name, what, address) in PLANS {
            let said = |options: &str| self.shown(&format!("plan inspect {name}/plan.json{options}"));
            let (brief, full) = (said(""), said(" --full"));
            let texts = [&self.terraform(name), &brief, &full];
            let lines = texts.map(|text| grouped(text.lines().count()));
            let markdown = grouped(said(" --markdown").chars().count());
            let full_markdown = said(" --markdown --full").chars().count();
            assert!(full_markdown <= 65_535, "{full_markdown}");
            let [terraform, brief, full] = lines;
            writeln!(
                table,
                "| [{name}](#{name}): {what} | length | {terraform} lines | {brief} lines | {full} lines | {markdown} characters |"
            )
            .unwrap();
            let [terraform, brief, full] = texts.map(|text| grouped(line_of(text, address)));
            writeln!(
                table,
                "| | `{address}` | line {terraform} | line {brief} | line {full} | |"
            )
            .unwrap();
        }
        table.trim_end().to_owned()
    }

    /// A part of the page, by what stands in its mark.
    fn made(&self, by: &str) -> String {
        // Markdown holds fences of its own.
        let (fence, language) = match by.contains("--markdown") {
            true => ("````", "markdown"),
            false => ("```", "text"),
        };
        let fenced = |text: &str| {
            format!(
                "{fence}{language}\n{}\n{fence}",
                text.trim_start_matches('\n').trim_end()
            )
        };
        match by.split_once(' ') {
            None if by == "counting" => self.counts(),
            Some(("lockkeeper", arguments)) => fenced(&self.shown(arguments)),
            Some(("terraform", plan)) => match plan.split_once(' ') {
                Some((name, address)) => fenced(&self.of_object(name, address)),
                None => fenced(&self.terraform(plan)),
            },
            _ => panic!("nobody knows how to make `{by}`"),
        }
    }
}

/// The line of a text in which an object is first named.
fn line_of(text: &str, address: &str) -> usize {
    1 + text.lines().position(|line| line.contains(address)).unwrap()
}

/// `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The page with every part that is made made anew, and how many those are.
fn page(text: &str, plans: &Plans) -> (String, usize) {
    let mut parts = text.split(MARK);
    let mut page = parts.next().unwrap().to_owned();
    let mut count = 0;
    for part in parts {
        let (by, rest) = part.split_once(" -->\n").unwrap();
        // A block ends with its fence, and a table with an empty line.
        let fence: String = rest.chars().take_while(|one| *one == '`').collect();
        let end = match fence.is_empty() {
            true => rest.find("\n\n").unwrap(),
            false => rest.find(&format!("\n{fence}\n")).unwrap() + 1 + fence.len(),
        };
        let made = plans.made(by);
        write!(page, "{MARK}{by} -->\n{made}{}", &rest[end..]).unwrap();
        count += 1;
    }
    (page, count)
}

#[test]
fn the_page_shows_what_the_program_says() {
    let path = Path::new(ROOT).join("docs/plans.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (expected, count) = page(&text, &Plans::unpacked());
    assert!(count >= 7, "only {count} parts of the page are made");
    if std::env::var_os("LOCKKEEPER_WRITE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let differing = text.lines().zip(expected.lines()).find(|(is, made)| is != made);
    assert!(
        text == expected,
        "docs/plans.md is stale: LOCKKEEPER_WRITE_DOCS=1 cargo test -p lockkeeper --test plans\n{differing:?}"
    );
}
