//! Runs what waits for the network: one thread, started only by the commands that need it.

use std::future::Future;

use futures::StreamExt;

/// How many lookups are under way at once; each registry has a smaller limit of its own.
const AT_ONCE: usize = 32;

/// Runs a future to its end on this thread.
///
/// # Errors
/// The system gives no event queue.
pub fn block_on<F: Future>(future: F) -> std::io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let output = runtime.block_on(future);
    // A name lookup that hangs in the C library must not hold up the end of the run.
    runtime.shutdown_background();
    Ok(output)
}

/// Runs many futures at once and returns what they return, in their order.
///
/// # Errors
/// As [`block_on`].
pub fn block_on_all<I>(
    futures: I,
) -> std::io::Result<Vec<<<I as IntoIterator>::Item as Future>::Output>>
where
    I: IntoIterator,
    I::Item: Future,
{
    block_on(
        futures::stream::iter(futures)
            .buffered(AT_ONCE)
            .collect::<Vec<_>>(),
    )
}

/// Waits.
pub async fn pause(time: std::time::Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_futures_keep_their_order() {
        let all = block_on_all((0..100).map(|n| async move {
            if n % 2 == 0 {
                tokio::task::yield_now().await;
            }
            n
        }));
        assert_eq!(all.unwrap(), (0..100).collect::<Vec<_>>());
    }
}
