//! A panic is a mistake of this program, or of a library that it uses: one clear line and a status, not a trace.

use std::io::{PipeWriter, Write};
use std::os::fd::AsFd;
use std::panic::PanicHookInfo;

use crate::exit::ExitStatus;

/// Makes panics end the process with a message that can be reported, in place of what Rust prints. With `RUST_BACKTRACE` set
/// they are left as they are, for who looks for the mistake.
pub fn tell_of_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(tell));
    }
}

#[expect(
    clippy::exit,
    reason = "the release profile aborts after this, with a status that means something else"
)]
fn tell(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(|at| format!(" at {}:{}", at.file(), at.line()));
    let place = place.unwrap_or_default();
    // The message may hold whatever was worked on; the place is enough to find the mistake.
    let text = format!(
        "error: homelab made a mistake{place}\nhint: please report this line and what you did; RUST_BACKTRACE=1 shows more\n"
    );
    // The lock of stderr may be held by the thread that waits for this one.
    if let Ok(stderr) = std::io::stderr().as_fd().try_clone_to_owned() {
        // Nothing is left to do where stderr is gone.
        let _ = PipeWriter::from(stderr).write_all(text.as_bytes());
    }
    std::process::exit(ExitStatus::CouldNotLook as i32);
}
