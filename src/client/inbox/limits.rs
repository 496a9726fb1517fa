//! How much may wait in the inbox, how much does, and what happens to events beyond the limits.

use std::ops::{AddAssign, SubAssign};

/// What the inbox does with events when it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Stop reading from the socket until the inbox is half empty. The session ends the connection
    /// before the server would do so.
    Disconnect,
    /// Drop the oldest events.
    DropOldest,
    /// Drop new events until the inbox is half empty.
    DropNewest,
    /// Keep the latest event of each topic.
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

/// Limits of the waiting events. The inbox accepts the event that exceeds the limit of bytes,
/// however large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxLimits {
    /// How many events, at least 1.
    pub events: usize,
    /// How many bytes.
    pub bytes: usize,
    /// What happens to events beyond the limits.
    pub overflow: Overflow,
}

impl InboxLimits {
    pub(super) const fn max(self) -> Usage {
        Usage { count: self.events, bytes: self.bytes }
    }
}

impl Default for InboxLimits {
    fn default() -> Self {
        Self { events: 16_384, bytes: 8 << 20, overflow: Overflow::Disconnect }
    }
}

/// A number of events or notices, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many.
    pub count: usize,
    /// How many bytes.
    pub bytes: usize,
}

/// How full something is. It counts as full until it is half empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pressure {
    /// At most half full.
    Low,
    /// More than half full.
    Medium,
    /// Full.
    High,
}

impl Usage {
    /// Whether the count or the bytes have reached the maximum.
    pub(super) const fn reaches(self, max: Self) -> bool {
        self.count >= max.count || self.bytes >= max.bytes
    }

    /// Whether neither the count nor the bytes exceed the maximum divided by `divisor`.
    pub(super) const fn is_within(self, max: Self, divisor: usize) -> bool {
        self.count <= max.count / divisor && self.bytes <= max.bytes / divisor
    }

    /// The usage that exceeds this one.
    pub(super) const fn plus_one(self) -> Self {
        Self { count: self.count.saturating_add(1), bytes: self.bytes.saturating_add(1) }
    }

    pub(super) const fn pressure(self, max: Self) -> Pressure {
        if self.reaches(max) {
            Pressure::High
        } else if self.is_within(max, 2) {
            Pressure::Low
        } else {
            Pressure::Medium
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Usage {
    fn sub_assign(&mut self, other: Self) {
        self.count -= other.count;
        self.bytes -= other.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_has_a_middle_between_half_full_and_full() {
        let pressure = |max: usize, count: usize| {
            let (max, usage) = (Usage { count: max, bytes: 1000 }, Usage { count, bytes: 0 });
            usage.pressure(max)
        };
        assert_eq!([0, 5, 6, 9, 10].map(|count| pressure(10, count)), {
            use Pressure::{High, Low, Medium};
            [Low, Low, Medium, Medium, High]
        });
        assert_eq!([0, 1].map(|count| pressure(1, count)), [Pressure::Low, Pressure::High]);
        let bytes = |bytes| Usage { count: 0, bytes }.pressure(Usage { count: 10, bytes: 100 });
        assert_eq!([50, 51, 100].map(bytes), [Pressure::Low, Pressure::Medium, Pressure::High]);
    }
}
