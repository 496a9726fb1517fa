//! The tokio runtime of the process: one I/O thread for all sockets and requests. The first one
//! starts it.

mod pace;
mod rest;

use std::{future::pending, io, thread};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle};

pub(crate) use self::rest::{Hurry, end_rest, handle_events};

use crate::error::{Error, ErrorKind};

/// Threads for rare blocking work, such as reading the system's certificates once. DNS lookups have
/// threads of their own. An idle thread ends after a while.
const MAX_BLOCKING_THREADS: usize = 2;

/// The runtime's handle.
///
/// # Errors
/// [`ErrorKind::Internal`] if the system cannot start a thread.
pub(crate) fn handle() -> Result<Handle, Error> {
    // The lock covers the start, so that there is only one runtime.
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

/// Starts a single-threaded scheduler. A multi-threaded one would wake itself through the kernel
/// for every packet.
fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread()
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .thread_name("realtime-blocking")
        .enable_io()
        .enable_time()
        .on_thread_park(rest::before_wait)
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("realtime-io".to_owned()).spawn(move || {
        rest::begin();
        runtime.block_on(pending::<()>());
    })?;
    Ok(handle)
}
