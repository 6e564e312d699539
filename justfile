# The habits of this repository. `just` alone lists them.

export PATH := justfile_directory() / ".tools/wheels/bin:" + justfile_directory() / ".tools/node_modules/.bin:" + env("PATH")

_default:
    @just --list --unsorted

# Work one realistic case end to end on a server of its own.
demo *arguments:
    cargo run --release --bin relais -- demo {{ arguments }}

# Run every test, or those whose name contains a filter.
test *filters:
    tests/run {{ filters }}

# Try what an attacker would try; print each case with what was expected and what came.
abuse:
    cargo build --locked --bins
    cargo test --locked --package relais-tests --test scenarios abuse -- --nocapture --test-threads=1

# Feed a decoder of foreign bytes until it breaks; all of them for a moment without a target.
fuzz *target:
    tests/fuzz/run {{ target }}

# Run everything that a change has to pass.
ci:
    .ci/run

# Format Rust, TOML, protos and this file.
fmt: tools
    cargo fmt --all
    taplo fmt
    buf format proto --write
    just --unstable --fmt

# Check Rust, spelling, dependencies and protos without running a test.
lint: tools proto
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    taplo fmt --check
    typos
    cargo deny check bans licenses sources
    cargo shear

# Check the published API: style, format, and that it generates.
proto: tools
    buf lint proto
    buf format proto --diff --exit-code
    cargo check --package relais-proto --all-features

# Read the documentation of our crates.
docs:
    cargo doc --workspace --no-deps --open

# Install the pinned tools into .tools.
tools:
    .ci/tools
