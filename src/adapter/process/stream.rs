//! Reads what a program writes while it runs, passes it on line by line, and ends it with all that it started.

use std::future::poll_fn;
use std::pin::Pin;
use std::process::Stdio;
use std::task::Poll;
use std::time::Duration;

use futures::future::{Either, select};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::process::{Child, Command};

use super::{Ended, LONGEST, ProcessError, Program};
use crate::adapter::interrupt;

/// Where a program wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// stdout.
    Out,
    /// stderr.
    Err,
}

/// How long a program has to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How long something may still be written by what an ended program left behind.
const REST: Duration = Duration::from_millis(300);

impl Program {
    /// Runs it without stdin in a process group of its own, and hands over every line, without line ends and without the
    /// secrets that it was given. Ctrl-C and the end of its time end the whole group.
    ///
    /// # Errors
    /// It cannot be started, does not end in time, or is interrupted.
    pub async fn stream(&self, line: &mut dyn FnMut(Channel, &str)) -> Result<Ended, ProcessError> {
        let mut command = self.command();
        let mut child = command
            .process_group(0)
            .spawn()
            .map_err(|e| self.not_started(&e))?;
        let _held = interrupt::hold();
        let mut group = Group(child.id());
        let mut lines = [Lines::default(), Lines::default()];
        let ended = {
            let mut take = |channel: Channel, bytes: &[u8]| {
                let [out, err] = &mut lines;
                let lines = if channel == Channel::Out { out } else { err };
                lines.take(bytes, |text| line(channel, &self.without_secrets(text)));
            };
            let work = std::pin::pin!(to_the_end(&mut child, &mut take));
            let stop = std::pin::pin!(self.stop());
            match select(work, stop).await {
                Either::Left((ended, _)) => ended.map_err(|e| self.not_started(&e)),
                Either::Right((why, work)) => {
                    group.end("TERM").await;
                    // What it says while it ends is of use; that it does not end is not.
                    let _ = tokio::time::timeout(GRACE, work).await;
                    group.end("KILL").await;
                    Err(why)
                }
            }
        };
        group.0 = None;
        for (channel, lines) in [Channel::Out, Channel::Err].into_iter().zip(lines) {
            lines.finish(|text| line(channel, &self.without_secrets(text)));
        }
        ended
    }

    /// Waits for what ends the program before its time.
    async fn stop(&self) -> ProcessError {
        let interrupted = std::pin::pin!(interrupt::interrupted());
        let Some(limit) = self.limit else {
            interrupted.await;
            return ProcessError::Interrupted(self.name());
        };
        let over = std::pin::pin!(tokio::time::sleep(limit));
        match select(interrupted, over).await {
            Either::Left(_) => ProcessError::Interrupted(self.name()),
            Either::Right(_) => self.timed_out(limit),
        }
    }
}

/// A process group by its number, ended with this value unless its program came to an end by itself.
struct Group(Option<u32>);

impl Group {
    /// Sends a signal to all of the group.
    async fn end(&self, signal: &str) {
        let Some(mut kill) = self.kill(signal) else {
            return;
        };
        // Nothing of the group may be left.
        let _ = kill.status().await;
    }

    /// Returns the program that signals a group; there is no safe way to do it without one.
    fn kill(&self, signal: &str) -> Option<Command> {
        let group = format!("-{}", self.0?);
        let mut kill = Command::new("kill");
        kill.args(["-s", signal, "--", &group])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Some(kill)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(mut kill) = self.kill("KILL") {
            // The leader is killed by its handle in any case.
            let _ = kill.spawn();
        }
    }
}

/// Reads all that a child writes until it has ended and its pipes are closed, or nothing comes any more.
pub(super) async fn to_the_end(
    child: &mut Child,
    take: &mut impl FnMut(Channel, &[u8]),
) -> std::io::Result<Ended> {
    let mut pipes = Pipes {
        out: child.stdout.take(),
        err: child.stderr.take(),
    };
    let ended = {
        let mut wait = std::pin::pin!(child.wait());
        loop {
            let next = std::pin::pin!(pipes.read(take));
            match select(&mut wait, next).await {
                Either::Left((ended, _)) => break ended?,
                Either::Right((true, _)) => {}
                Either::Right((false, _)) => break wait.await?,
            }
        }
    };
    let rest = async { while pipes.read(take).await {} };
    // What the program left running may keep the pipes open for good.
    let _ = tokio::time::timeout(REST, rest).await;
    Ok(Ended::of(ended))
}

/// The pipes that are still open.
struct Pipes<O, E> {
    out: Option<O>,
    err: Option<E>,
}

impl<O: AsyncRead + Unpin, E: AsyncRead + Unpin> Pipes<O, E> {
    /// Waits for something to be written and hands it over; false once both pipes are closed.
    async fn read(&mut self, take: &mut impl FnMut(Channel, &[u8])) -> bool {
        poll_fn(|context| {
            let mut bytes = [0; 4096];
            let out = poll(&mut self.out, context, &mut bytes);
            if let Poll::Ready(read) = out {
                take(Channel::Out, bytes.get(..read).unwrap_or_default());
                return Poll::Ready(true);
            }
            let err = poll(&mut self.err, context, &mut bytes);
            if let Poll::Ready(read) = err {
                take(Channel::Err, bytes.get(..read).unwrap_or_default());
                return Poll::Ready(true);
            }
            match (&self.out, &self.err) {
                (None, None) => Poll::Ready(false),
                _ => Poll::Pending,
            }
        })
        .await
    }
}

/// Reads what a pipe has, and forgets one that is closed or broken.
fn poll<R: AsyncRead + Unpin>(
    pipe: &mut Option<R>,
    context: &mut std::task::Context<'_>,
    bytes: &mut [u8],
) -> Poll<usize> {
    let Some(open) = pipe else {
        return Poll::Pending;
    };
    let mut buffer = ReadBuf::new(bytes);
    match Pin::new(open).poll_read(context, &mut buffer) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Ok(())) if !buffer.filled().is_empty() => Poll::Ready(buffer.filled().len()),
        Poll::Ready(_) => {
            *pipe = None;
            Poll::Ready(0)
        }
    }
}

/// Bytes on their way to being lines.
#[derive(Default)]
struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    /// Adds bytes, and hands over what has become whole lines. A line that is too long is cut.
    fn take(&mut self, bytes: &[u8], mut line: impl FnMut(&str)) {
        for &byte in bytes {
            match byte {
                b'\n' => {
                    line(&text(&self.pending));
                    self.pending.clear();
                }
                _ if self.pending.len() < LONGEST => self.pending.push(byte),
                _ => {}
            }
        }
    }

    /// Hands over a last line that has no end.
    fn finish(self, mut line: impl FnMut(&str)) {
        if !self.pending.is_empty() {
            line(&text(&self.pending));
        }
    }
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\r').to_owned()
}
