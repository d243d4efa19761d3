//! The `homelab` program.
fn main() {}
