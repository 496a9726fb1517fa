//! The nesting of a JSON value while the scanner walks it.

use crate::protocol::limits::MAX_DEPTH;

/// The kind of each open container, in one bit, so that the walk needs no allocation.
#[derive(Default)]
pub(super) struct Levels {
    depth: usize,
    objects: [u64; MAX_DEPTH / 64],
}

impl Levels {
    /// Opens a level. `false`: the nesting is too deep.
    #[inline]
    pub(super) fn push(&mut self, object: bool) -> bool {
        let Some(word) = self.objects.get_mut(self.depth / 64) else { return false };
        let bit = 1 << (self.depth % 64);
        *word = if object { *word | bit } else { *word & !bit };
        self.depth += 1;
        true
    }

    #[inline]
    pub(super) fn pop(&mut self) {
        self.depth -= 1;
    }

    /// Whether the innermost level is an object. `None`: no level is open.
    #[inline]
    pub(super) fn top(&self) -> Option<bool> {
        let level = self.depth.checked_sub(1)?;
        self.objects.get(level / 64).map(|word| word >> (level % 64) & 1 == 1)
    }

    /// Whether no level is open.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.depth == 0
    }
}
