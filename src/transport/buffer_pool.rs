//! Room to read into, which the connections of a thread take turns to use: an idle connection holds none.

use std::cell::Cell;

/// How much is read at once.
pub(super) const ROOM_BYTES: usize = 128 * 1024;
/// A room that a large message has made larger than this is not kept.
const MOST_BYTES: usize = 2 * ROOM_BYTES;

thread_local! {
    /// Two, since TLS reads into one and is read into the other.
    static ROOMS: [Cell<Vec<u8>>; 2] = const { [const { Cell::new(Vec::new()) }; 2] };
}

/// An empty buffer of at least [`ROOM_BYTES`].
pub(super) fn take() -> Vec<u8> {
    let free = ROOMS.with(|rooms| rooms.iter().map(Cell::take).find(|room| room.capacity() > 0));
    free.unwrap_or_else(|| Vec::with_capacity(ROOM_BYTES))
}

/// Gives it back.
pub(super) fn give(mut room: Vec<u8>) {
    if room.capacity() < ROOM_BYTES || room.capacity() > MOST_BYTES {
        return;
    }
    room.clear();
    ROOMS.with(|rooms| {
        for place in rooms {
            room = place.replace(room);
            if room.capacity() == 0 {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_kept_and_none_that_is_too_large() {
        let (first, second, third) = (take(), take(), take());
        let addresses = [first.as_ptr(), second.as_ptr()];
        give(Vec::with_capacity(MOST_BYTES + 1));
        give(first);
        give(second);
        let again = [take(), take()];
        assert!(again.iter().all(|room| addresses.contains(&room.as_ptr()) && room.is_empty()));
        drop(third);
    }
}
