//! Links the program at a fixed address (docs/decisions/0018-linked-at-a-fixed-address.md): the loader then has nothing to relocate in it, which
//! took half of the time that `plan inspect` needs for a small plan.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
