//! The figures of one client.

use super::{Client, Waker, inbox::Usage, unix_time::Clocks};
use crate::{
    session::{Counters, Distribution, Measured},
    transport::Transport,
};

/// The figures of one client.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// What the session has counted.
    pub counters: Counters,
    /// Events that the user's thread has taken.
    pub events_delivered: u64,
    /// Events that were dropped because the inbox was full.
    pub dropped_overflow: u64,
    /// Events that waited when the user ended the connection.
    pub dropped_discarded: u64,
    /// Events in the inbox, and the bytes of everything in it.
    pub inbox: Usage,
    /// Messages in the outbox.
    pub outbox: Usage,
    /// Live subscriptions.
    pub subscriptions: usize,
    /// Replies that the session waits for.
    pub pending_acks: usize,
    /// The transport of the link. `None`: there is no link.
    pub transport: Option<Transport>,
    /// From a ping or request to its answer.
    pub round_trip: Option<Distribution>,
    /// The server's clock against that of this machine. `None`: the server has not told its time.
    pub clock_offset: Option<ClockOffset>,
    /// From the timestamp of an event to its arrival.
    pub event_age: Option<Distribution>,
    /// Events by topic, the most frequent first, and those of all other topics.
    pub topics: Option<(Vec<(String, u64)>, u64)>,
}

/// How far the server's clock is ahead of that of this machine, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockOffset {
    /// The estimate.
    pub offset: f64,
    /// How far the truth can be from it.
    pub error: f64,
}

impl<W: Waker> Client<W> {
    /// The client's figures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let core = self.shared.core.lock();
        let inbox = self.shared.inbox.lock();
        let (count, bytes) = core.session.outbox_depth();
        let clocks = Clocks::read();
        let stats = Stats {
            counters: core.session.counters(),
            events_delivered: inbox.delivered(),
            dropped_overflow: inbox.dropped(),
            dropped_discarded: inbox.discarded(),
            inbox: inbox.depth(),
            outbox: Usage { count, bytes },
            subscriptions: core.session.subscription_count(),
            pending_acks: core.session.pending_acks(),
            transport: core.transport,
            ..Stats::default()
        };
        stats.with_measured(core.session.measured(clocks.now), clocks)
    }
}

impl Stats {
    /// Adds what the session has measured at the time of these clocks.
    fn with_measured(self, measured: Measured, clocks: Clocks) -> Self {
        let Measured { round_trip, server_time, event_age, topics } = measured;
        let clock_offset =
            server_time.map(|time| ClockOffset { offset: time.unix - clocks.unix, error: time.error + clocks.error });
        Self { round_trip, clock_offset, event_age, topics, ..self }
    }
}
