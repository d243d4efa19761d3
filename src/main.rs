//! The `homelab` program: hands its arguments to the library and returns the status.

use std::process::ExitCode;

fn main() -> ExitCode {
    homelab::main().into()
}
