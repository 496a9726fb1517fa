//! Read buffers that the connections of a thread share: an idle connection holds none.

use std::cell::Cell;

/// The capacity of a buffer, and so the most that one read of a stream brings.
pub(super) const BUFFER_BYTES: usize = 128 * 1024;
/// The pool does not keep a buffer that a large message has grown beyond this.
const MAX_BUFFER_BYTES: usize = 2 * BUFFER_BYTES;

thread_local! {
    /// Two, since a connection over TLS needs one for encrypted bytes and one for decrypted ones.
    static BUFFERS: [Cell<Vec<u8>>; 2] = const { [const { Cell::new(Vec::new()) }; 2] };
}

/// Returns an empty buffer of at least [`BUFFER_BYTES`].
pub(super) fn acquire() -> Vec<u8> {
    let free = BUFFERS.with(|buffers| buffers.iter().map(Cell::take).find(|buffer| buffer.capacity() > 0));
    free.unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES))
}

/// Returns a buffer to the pool.
pub(super) fn release(mut buffer: Vec<u8>) {
    if buffer.capacity() < BUFFER_BYTES || buffer.capacity() > MAX_BUFFER_BYTES {
        return;
    }
    buffer.clear();
    BUFFERS.with(|buffers| {
        for slot in buffers {
            buffer = slot.replace(buffer);
            if buffer.capacity() == 0 {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_keeps_two_buffers_and_no_oversized_one() {
        let (first, second, third) = (acquire(), acquire(), acquire());
        let addresses = [first.as_ptr(), second.as_ptr()];
        release(Vec::with_capacity(MAX_BUFFER_BYTES + 1));
        release(first);
        release(second);
        let again = [acquire(), acquire()];
        assert!(again.iter().all(|buffer| addresses.contains(&buffer.as_ptr()) && buffer.is_empty()));
        drop(third);
    }
}
