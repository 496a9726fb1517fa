//! The tokio runtime of the process: one I/O thread for all sockets and requests, started with the first.

use std::{future::pending, io, thread};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle};

use crate::error::{Error, ErrorKind};

/// Threads for the little that blocks, such as reading the system's certificates once. Lookups of
/// names have threads of their own. An idle thread ends after a while.
const BLOCKING_THREADS: usize = 2;

/// The runtime's handle.
///
/// # Errors
/// [`ErrorKind::Internal`] when the system gives no thread.
pub(crate) fn handle() -> Result<Handle, Error> {
    // Started under the lock, so that there is one.
    static HANDLE: Mutex<Option<Handle>> = Mutex::new(None);
    let mut handle = HANDLE.lock();
    let handle = match &mut *handle {
        Some(handle) => handle,
        slot => slot.insert(start().map_err(|problem| {
            Error::new(ErrorKind::Internal, "the I/O thread could not be started")
                .with_source(Some(problem.to_string()))
        })?),
    };
    Ok(handle.clone())
}

/// A scheduler for one thread: one that could have more wakes itself up, through the kernel, with every packet.
fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("realtime-blocking")
        .enable_io()
        .enable_time()
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("realtime-io".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}
