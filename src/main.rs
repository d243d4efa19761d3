//! The `homelab` program: hands its arguments to the library and returns the status.

use std::process::ExitCode;

/// A run is a few milliseconds of many small allocations on every core: the system's allocator spends a quarter of them
/// on growing its arenas.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    homelab::main().into()
}
