//! Cuts the price book (`src/book/data/*.toml`, reviewed data) into pieces that are part of the program and are
//! read one by one when a plan needs them. A file that is no TOML fails the build; what a piece says is read by
//! the same code as a user's own book, and a test reads all of them.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value};

/// The first one first: what comes later goes before what is there.
const PARTS: [&str; 12] = [
    "general.toml",
    "providers.toml",
    "aws-free.toml",
    "azure-free.toml",
    "google-free.toml",
    "aws-instances.toml",
    "aws.toml",
    "aws-network.toml",
    "azure-instances.toml",
    "azure.toml",
    "google-instances.toml",
    "google.toml",
];

const FOLDER: &str = "src/book/data";

/// The sections whose entries are found by name.
const NAMED: [&str; 4] = ["sources", "tables", "maps", "steps"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut out = "static EMBEDDED: &[EmbeddedPart] = &[\n".to_owned();
    for file in PARTS {
        let text = std::fs::read_to_string(Path::new(FOLDER).join(file))?;
        let part = toml::from_str(&text).map_err(|error| format!("{FOLDER}/{file}: {error}"))?;
        write_part(&mut out, file, part)?;
    }
    out.push_str("];\n");
    let folder = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is set by cargo")?;
    Ok(std::fs::write(Path::new(&folder).join("book.rs"), out)?)
}

fn write_part(out: &mut String, file: &str, mut part: Map<String, Value>) -> Result<(), Box<dyn Error>> {
    writeln!(out, "EmbeddedPart {{ name: {file:?},")?;
    for section in NAMED {
        let entries = part.remove(section);
        writeln!(out, "{section}: &[")?;
        for (name, entry) in entries.iter().filter_map(Value::as_object).flatten() {
            writeln!(out, "({name:?}, {:?}),", entry.to_string())?;
        }
        writeln!(out, "],")?;
    }
    writeln!(out, "free: &{:?},", texts(part.remove("free").as_ref()))?;
    writeln!(out, "not_priced: &[")?;
    for entry in list(part.remove("not_priced").as_ref()) {
        let why = entry["why"].as_str().ok_or("not_priced: why is missing")?;
        writeln!(out, "(&{:?}, {why:?}),", texts(entry.get("types")))?;
    }
    writeln!(out, "],\nresources: &[")?;
    for entry in list(part.remove("resources").as_ref()) {
        writeln!(
            out,
            "(&{:?}, {:?}),",
            texts(entry.get("types")),
            entry.to_string()
        )?;
    }
    writeln!(out, "],\nrest: {:?} }},", Value::Object(part).to_string())?;
    Ok(())
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    list(value).iter().filter_map(Value::as_str).collect()
}
