//! Batches that are done with, for the next ones' room: a few for all clients, so that an idle client keeps none and a busy
//! one does not ask the system for memory again and again.

use parking_lot::Mutex;

use crate::shape::Batch;

/// How many are kept: more than are on their way while the user's thread keeps up.
const MOST: usize = 8;

static SPARES: Mutex<Vec<Batch>> = Mutex::new(Vec::new());

/// An empty batch.
pub(super) fn take() -> Batch {
    SPARES.lock().pop().unwrap_or_default()
}

/// Gives back one that is done with.
pub(super) fn give(mut spent: Batch) {
    spent.clear();
    let mut batch_pool = SPARES.lock();
    if batch_pool.len() < MOST {
        batch_pool.push(spent);
    }
}
