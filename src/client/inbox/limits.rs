//! How much may wait for the user's thread, and what becomes of the rest.

/// What to do with events when the inbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Read no more until half was taken; give the connection up before the server does.
    Disconnect,
    /// Drop the oldest that wait.
    DropOldest,
    /// Take no more until half was taken.
    DropNewest,
    /// Keep the newest of each topic.
    Latest,
}

impl Overflow {
    /// Its name in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::DropOldest => "drop-oldest",
            Self::DropNewest => "drop-newest",
            Self::Latest => "latest",
        }
    }
}

/// Bounds of the events that wait. The event that reaches the bound of bytes is kept, however large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxLimits {
    /// How many, at least 1.
    pub events: usize,
    /// How many bytes.
    pub bytes: usize,
    /// What becomes of the rest.
    pub overflow: Overflow,
}

impl Default for InboxLimits {
    fn default() -> Self {
        Self { events: 16_384, bytes: 8 << 20, overflow: Overflow::Disconnect }
    }
}

/// So many events and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

impl Usage {
    /// Whether this is not above the given share of the limits in either respect.
    pub(super) const fn is_within(self, limits: InboxLimits, share: usize) -> bool {
        self.events <= limits.events / share && self.bytes <= limits.bytes / share
    }
}
