//! One link to the server, from the moment it opens. Dropping it forgets everything about it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    Frame,
    codec::Codec,
    machines::{
        confirmations::Overdue,
        heartbeat::HeartbeatMonitor,
        send_backlog::SendBacklog,
        slow_consumer::{Pause, SlowConsumer, Tolerance},
        watermark::Watermark,
    },
    tables::{
        acks::{Acks, PendingRequest},
        owed_acks::OwedAcks,
        requests::Requests,
        timers::{Timer, Timers},
    },
};
use crate::protocol::engine_io::Handshake;

/// An open link, and what the session knows about it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) stage: Stage,
    opened_at: Instant,
    /// The server's id of this connection.
    pub(super) socket_id: Option<String>,
    pub(super) codec: Codec,
    /// Frames to send.
    pub(super) frames: VecDeque<Frame>,
    /// The answer to the server's latest ping. It is sent before all other frames.
    pub(super) pong: Option<String>,
    pub(super) owed_acks: OwedAcks,
    pub(super) acks: Acks,
    pub(super) requests: Requests,
    pub(super) overdue: Overdue,
    pub(super) heartbeat: HeartbeatMonitor,
    pub(super) send_backlog: SendBacklog,
    pub(super) watermark: Watermark,
    pub(super) slow_consumer: SlowConsumer,
    /// The link's deadlines, but for the heartbeat's.
    pub(super) timers: Timers,
}

impl Link {
    /// A link that has just opened.
    pub(super) fn new(
        now: Instant,
        codec: Codec,
        heartbeat: HeartbeatMonitor,
        acks: Acks,
        pause: Option<Pause>,
    ) -> Self {
        Self {
            stage: Stage::Opening,
            opened_at: now,
            socket_id: None,
            codec,
            frames: VecDeque::new(),
            pong: None,
            owed_acks: OwedAcks::default(),
            acks,
            requests: Requests::default(),
            overdue: Overdue::default(),
            heartbeat,
            send_backlog: SendBacklog::default(),
            watermark: Watermark::new(now),
            slow_consumer: SlowConsumer::new(pause),
            timers: Timers::default(),
        }
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.next().into_iter().chain(self.heartbeat.deadline()).min()
    }

    /// The first timer that is due.
    pub(super) fn due(&self, now: Instant) -> Option<Timer> {
        let heartbeat = self.heartbeat.deadline().filter(|&at| at <= now).map(|_| Timer::Heartbeat);
        self.timers.due(now).into_iter().chain(heartbeat).min()
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        match timer {
            Timer::Heartbeat => self.heartbeat.clear_deadline(),
            _ => self.timers.clear(timer),
        }
    }

    /// The next frame that goes ahead of all others: an answer that the server waits for.
    pub(super) fn poll_answer(&mut self) -> Option<Frame> {
        self.pong.take().or_else(|| self.owed_acks.pop().map(Codec::ack)).map(Frame::Text)
    }

    /// Queues an event with one argument, a JSON text.
    pub(super) fn push_event(&mut self, name: &str, payload: &str, ack: Option<u64>) {
        self.frames.push_back(Frame::Text(self.codec.event(name, payload, ack, 0)));
    }

    /// Adds a pending request and returns its id; `None` when too many are pending.
    pub(super) fn insert_request(&mut self, request: PendingRequest, deadline: Instant) -> Option<u64> {
        let ack = self.acks.insert(request, deadline);
        self.watch_acks();
        ack
    }

    /// Removes the pending request that an answer belongs to.
    pub(super) fn remove_request(&mut self, id: u64) -> Option<PendingRequest> {
        let request = self.acks.remove(id)?;
        self.watch_acks();
        Some(request)
    }

    /// Removes a pending request that is answered otherwise.
    pub(super) fn forget_request(&mut self, request: &PendingRequest) {
        self.acks.forget(request);
        self.watch_acks();
    }

    /// Sets the deadline of the earliest pending request.
    pub(super) fn watch_acks(&mut self) {
        self.timers.assign(Timer::Ack, self.acks.deadline());
    }

    /// Sets the deadline for the user to make room in the inbox. Until the connection is ready,
    /// `connectTimeout` bounds the pause.
    pub(super) fn watch_slow_consumer(&mut self, pause: Option<Pause>, max_pause: Option<Duration>) {
        let deadline = match (&self.stage, pause) {
            (Stage::Connected(Connected { server_pings, .. }), Some(pause)) => {
                let tolerance = Tolerance {
                    opened_at: self.opened_at,
                    pings: *server_pings,
                    answered_at: self.watermark.server_ping_answered_at(),
                };
                self.slow_consumer.deadline(pause, tolerance, max_pause)
            }
            _ => None,
        };
        self.timers.assign(Timer::SlowConsumer, deadline);
    }
}

/// How far an open link has got.
#[derive(Debug)]
pub(super) enum Stage {
    /// The session waits for the Engine.IO handshake.
    Opening,
    /// The session has requested the namespace, and waits for the answer.
    Joining(Handshake),
    /// The connection is ready.
    Connected(Connected),
}

/// A connection that is ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connected {
    pub(super) since: Instant,
    /// How long the server may be silent.
    pub(super) silence: Duration,
    /// The largest frame that the server accepts.
    pub(super) max_payload: Option<u64>,
    /// The server's ping interval and timeout, where its pings need an answer.
    pub(super) server_pings: Option<(Duration, Duration)>,
}
