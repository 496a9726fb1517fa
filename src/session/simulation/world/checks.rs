//! The checks of a simulation: bounds at every step, and the final state after the quiescence.

use std::time::Duration;

use super::{Client, MAX_OUTBOX, QUIESCENCE, World};

impl World {
    pub(super) fn check_bounds(&self) {
        let (messages, bytes) = self.session.outbox_depth();
        assert!(
            messages <= MAX_OUTBOX.messages && bytes <= MAX_OUTBOX.bytes,
            "outbox: {messages} messages, {bytes} bytes"
        );
        let frames = self.session.phase.link().map_or(0, |link| link.frames.len());
        assert!(frames <= self.session.subscription_count() + 64, "{frames} frames wait");
        assert!(self.session.pending_acks() <= 512, "{} acks are pending", self.session.pending_acks());
        self.check_liveness();
    }

    /// Injects no more faults, then checks that the client and the server reach what the user
    /// wants.
    pub(super) fn quiesce(&mut self) {
        self.heal();
        self.server.unreliable_acks = false;
        self.run_until(self.chaos_ends_at + QUIESCENCE);
        assert!(self.is_connected(), "{:?} after {QUIESCENCE:?} without faults", self.state);
        let Client::Linked(link) = self.client else { panic!("connected without a link") };
        assert_eq!(self.server.sockets.keys().collect::<Vec<_>>(), [&link], "connections of one client");
        let socket = &self.server.sockets[&link];
        assert_eq!(socket.subscriptions, self.ledger.wanted_subscriptions(), "subscriptions on the server");
        assert_eq!(socket.channels, self.ledger.channels, "channels on the server");
        assert!(!socket.in_ping_namespace, "the client stays in the namespace of its pings");
        let waiting = (
            self.session.phase.link().map_or(0, |link| link.frames.len()),
            self.session.pending_acks(),
            self.session.outbox_depth(),
        );
        assert_eq!(waiting, (0, 0, (0, 0)), "waiting frames, acks and messages");

        self.ledger.losses_while_used = self.ledger.losses;
        self.session.destroy();
        self.pump();
        assert!(self.session.is_idle() && self.session.deadline().is_none(), "a destroyed session still has work");
        let counters = self.session.counters();
        self.coverage.count("repeat dropped", counters.dropped_repeats);
        self.coverage.count("resubscribed", counters.reconnects);
        let (delivered, excused) = self.ledger.verify(&self.server.log, Duration::from_millis(self.max_latency));
        self.coverage.count("delivered", delivered);
        self.coverage.count("excused", excused);
    }
}
