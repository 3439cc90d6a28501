# `make` alone lists what there is. Every target works on a machine that has Rust and Debian's packages.

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench fuzz install

# A configuration of Terraform's command line that is not there makes every run of it warn or fail.
ifneq ($(TF_CLI_CONFIG_FILE),)
ifeq ($(wildcard $(TF_CLI_CONFIG_FILE)),)
unexport TF_CLI_CONFIG_FILE
endif
endif

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## Show one change from commit to production, a refused one, and one that rolls back
	@cargo run --quiet --locked --package xtask -- demo

test: install ## Install what the tests need, and run them all
	cargo test --workspace --locked

lint: ## Check formatting, lints, licences and the rules of the house
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@.ci/install cargo-deny
	cargo fetch --locked --quiet
	target/tools/bin/cargo-deny --offline --log-level error check --show-stats bans licenses sources
	@cargo run --quiet --locked --package xtask -- tidy

bench: ## Measure Lockkeeper against its yardsticks, one line each
	@cargo run --quiet --locked --release --package xtask -- bench

fuzz: ## Give every reader made-up input, for a minute each or FUZZ_SECONDS
	@.ci/install cargo-fuzz
	@fuzz/run

install: ## Install what the tests need, and nothing that is there already
	@.ci/install packages schemathesis moto terraform
