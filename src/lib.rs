//! The developer CLI for homelab GitOps repositories run by Flux.
//!
//! Data flows one way: `adapter` gathers bytes, the pure modules (`manifest`, `kustomize`, `flux`, `image`, `lint`)
//! decide, and `output` shows. `docs/architecture.md` has the table of what may import what.

pub mod adapter;
pub mod cli;
pub mod command;
pub mod diagnosis;
pub mod error;
pub mod exit;
pub mod flux;
pub mod image;
pub mod kustomize;
pub mod lint;
pub mod manifest;
pub mod output;
pub mod preflight;
pub mod scaffold;
pub mod settings;

/// Runs the program with the arguments and streams of the process.
pub fn main() -> exit::ExitStatus {
    adapter::mishap::tell_of_panics();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut err = std::io::stderr().lock();
    cli::run(adapter::environment::arguments(), &mut out, &mut err)
}
