//! The tokio runtime of the process: one I/O thread for all sockets and requests, started with the first.

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, ErrorKind};

/// Threads for name resolution, which blocks; they end when they have been idle for a while.
const RESOLVER_THREADS: usize = 4;

/// The runtime's handle.
///
/// # Errors
/// [`ErrorKind::Internal`] when the system gives no thread.
pub(crate) fn handle() -> Result<Handle, Error> {
    // Built under the lock: a second runtime could not be dropped where it is not allowed to block.
    static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);
    let mut runtime = RUNTIME.lock();
    let runtime = match &mut *runtime {
        Some(runtime) => runtime,
        slot => slot.insert(start()?),
    };
    Ok(runtime.handle().clone())
}

fn start() -> Result<Runtime, Error> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(RESOLVER_THREADS)
        .thread_name("realtime-io")
        .enable_io()
        .enable_time()
        .build()
        .map_err(|problem| {
            Error::new(ErrorKind::Internal, "the I/O thread could not be started")
                .with_source(Some(problem.to_string()))
        })
}
