//! A pool of empty batches, shared by all clients: an idle client keeps none, and a busy client
//! does not allocate memory for each one.

use parking_lot::Mutex;

use crate::shape::Batch;

/// The most batches that the pool keeps. Fewer are on their way while the user's thread keeps up.
const MAX_BATCHES: usize = 8;

static POOL: Mutex<Vec<Batch>> = Mutex::new(Vec::new());

/// An empty batch.
pub(super) fn take() -> Batch {
    POOL.lock().pop().unwrap_or_default()
}

/// Returns a batch whose items were read.
pub(super) fn give(mut spent: Batch) {
    spent.clear();
    let mut pool = POOL.lock();
    if pool.len() < MAX_BATCHES {
        pool.push(spent);
    }
}
