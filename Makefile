# `make` alone lists the targets.

.DEFAULT_GOAL := help

# ARCH=aarch64 builds and packs for that processor on another one.
DIST := target/dist$(if $(ARCH),/$(ARCH))
.PHONY: help run test test-unit bench lint checks guests wasi-guests dist packages release reproduce bless record fuzz audit notices program needs needs-test

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 11

run: needs program checks ## install what is missing, build all, and do one round on this host
	scripts/run-once

# The program comes with the tests' own build: `program` before it would build the engine twice, as tests unify features.
test: needs-test checks guests wasi-guests ## list and install what is missing, build all, and run every test
	scripts/program-cargo test --release --workspace --no-fail-fast

# Unit tests that fail without root: they mount, give files away, change the user, need directories of root's, or show what root
# could do without a defence. A name stands for all tests whose path has it.
AS_ROOT := reader::tests::inside a07_nothing_is_open_for_writing a08_a_read_that_takes_the_kernels_messages \
	a_second_name_of_a_file_that_no_pattern_grants a_file_of_root_to_which_others_could_give_a_name \
	commands::chain::tests a_change_of_user_that_is_tried_leaves_no_trace

test-unit: ## run the unit tests: needs no root, installs nothing
	NO_INSTALL=1 scripts/program-cargo test --release --workspace --lib -- $(AS_ROOT:%=--skip %)

bench: dist ## measure what ships against C plugins, scripts and a zipapp, into BENCHMARKS.md; FAST=1: a smoke run
	scripts/install-needs bench
	tests/bench/bench.py

lint: ## format, clippy and links of comments, warnings denied
	cargo fmt --check
	cd tests/guests/rust && cargo fmt --check
	cd tests/guests/wasi/rust && cargo fmt --check
	cd tests/bench/guests && cargo fmt --check
	scripts/program-cargo clippy --release --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' scripts/program-cargo doc --release --workspace --no-deps

checks: needs ## build the checks into target/checks
	scripts/build-components checks

guests: needs ## build the components of the tests into target/guests
	scripts/build-components guests

wasi-guests: needs ## build the components of the tests that import WASI into target/wasi
	scripts/build-components wasi

dist: checks ## build what ships, small, into target/dist; ARCH=aarch64: for that processor, into target/dist/aarch64
	scripts/program-cargo build --profile dist --package roundsman --package roundsman-net
	install -m 0755 -D "$$(scripts/program-cargo path dist)" $(DIST)/roundsman
	install -m 0755 -D "$$(scripts/program-cargo path dist)-net" $(DIST)/roundsman-net
	install -m 0644 -D -t $(DIST)/checks target/checks/*.wasm
	install -m 0644 -t $(DIST) LICENSE THIRD-PARTY.txt

packages: dist ## pack what ships as .deb, .rpm and tarball, into target/packages; ARCH=aarch64: for that processor
	scripts/install-needs package
	scripts/packages $(DIST)/roundsman

release: ## all of a release for a processor, this one or ARCH: packages, components, checksums, into target/handed-out; see docs/release.md
	scripts/release check
	$(MAKE) dist
	scripts/install-needs package
	scripts/release gather $(DIST)/roundsman

reproduce: needs ## build program, checks and packages twice, in two folders, and compare the bytes: half an hour
	scripts/reproduce

bless: checks ## rewrite the expected texts of the tests and docs/checks.md; read the diff
	BLESS=1 scripts/program-cargo test --release --workspace --test config_corpus --test import --test components

record: checks ## record the components of this contract anew, which later hosts must run; until release 0.1.0 only
	RECORD=1 scripts/program-cargo test --release --workspace --test growth recorded_components_run

fuzz: ## fuzz each target for FOR=60 seconds, or those named in TARGETS; needs a nightly toolchain
	scripts/fuzz

audit: ## licences, sources and known vulnerabilities of what we depend on
	scripts/audit

notices: ## rewrite THIRD-PARTY.txt, the licences of what is linked into what ships
	scripts/third-party

program: needs
	scripts/program-cargo build --release --package roundsman

needs:
	scripts/install-needs build

# Listed as a whole before anything is built; `needs` then finds nothing to do.
needs-test:
	scripts/install-needs test
