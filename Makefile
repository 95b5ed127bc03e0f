.DEFAULT_GOAL := help
.PHONY: help demo test torture bench check fmt lint doc deny sbom clean

help: ## Show the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## Run a sample campaign against a simulated tenant and show the report
	cargo run --quiet --release -- demo

test: ## Run all tests
	cargo test --locked

torture: ## Kill it, cut its power and befall it with thousands of bad days; takes a quarter of an hour
	PROPTEST_CASES=5000 cargo test --locked --test crash -- --include-ignored --nocapture
	cargo test --locked --test torture --test power -- --ignored --nocapture --test-threads 1

bench: ## Measure what the program promises; results in target/bench/results.json
	cargo bench --locked --bench '*'

check: fmt lint test doc deny ## The one gate: formatting, lints, tests, documentation

fmt: ## Check the formatting
	cargo fmt --check

lint: ## Check the lints
	cargo clippy --locked --all-targets -- -D warnings

doc: ## Build the documentation
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

deny: ## Check licences, advisories and sources, when cargo-deny is installed
	@if ! command -v cargo-deny >/dev/null; then echo "cargo-deny is not installed: licences and advisories were not checked"; \
	elif cargo deny fetch db; then cargo deny check; \
	else echo "the advisories cannot be fetched: they were not checked"; cargo deny check licenses bans sources; fi

sbom: ## List every dependency as CycloneDX or SPDX, when cargo-cyclonedx or cargo-sbom is installed
	@if command -v cargo-cyclonedx >/dev/null; then cargo cyclonedx --format json; elif command -v cargo-sbom >/dev/null; then cargo sbom > teamcast.spdx.json; else echo "neither cargo-cyclonedx nor cargo-sbom is installed: no SBOM was made"; fi

clean: ## Remove what was built
	cargo clean
