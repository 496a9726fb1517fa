//! Bytes that nobody can foresee: RFC 6455 wants them in the key of the upgrade and in the mask of each frame.

use std::cell::Cell;

use ring::rand::{SecureRandom, SystemRandom};

/// How many bytes are asked of the system at once, which costs more than a frame does.
const POOL_BYTES: usize = 256;

thread_local! {
    static POOL: Cell<([u8; POOL_BYTES], usize)> = const { Cell::new(([0; POOL_BYTES], POOL_BYTES)) };
}

/// Each call gives others.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let (mut pool, mut used) = POOL.get();
    if used + N > POOL_BYTES {
        // It cannot fail once the system has started.
        let _ = SystemRandom::new().fill(&mut pool);
        used = 0;
    }
    let bytes = pool.get(used..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N]);
    POOL.set((pool, used + N));
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_alike() {
        let keys: HashSet<[u8; 16]> = (0..1000).map(|_| random()).collect();
        assert_eq!(keys.len(), 1000);
    }
}
