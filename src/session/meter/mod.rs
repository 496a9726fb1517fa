//! The meter: what a session measures if the user wants it: round trips, the server's clock, the
//! age of events, and events by topic.
//!
//! A session without a meter looks once per event whether there is one. With a meter, the age is
//! that of at most one event in a millisecond: to find the timestamp takes another pass over the
//! event. `lib/engines/javascript/session/meter/` is the same machine.

mod histogram;
mod round_trips;
mod server_clock;
mod topics;

use std::time::Instant;

pub use self::{histogram::Distribution, server_clock::ServerTime};
use self::{histogram::Histogram, round_trips::RoundTrips, server_clock::ServerClock, topics::TopicCounts};
use crate::{
    protocol::event::{Envelope, member},
    vocabulary::member::TIMESTAMP,
};

/// The member of an event that holds its timestamp.
const METADATA: &str = "metadata";
/// The shortest time between two events whose age is measured, in milliseconds.
const AGE_INTERVAL: f64 = 1.0;

/// Numbers outside of these are in other units, or not the time: from 2001 to 5138.
const PLAUSIBLE: std::ops::Range<f64> = 1e12..1e14;

/// What a meter measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Round trips, the server's clock, and the age of events.
    pub latency: bool,
    /// Events by topic.
    pub topics: bool,
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// From a ping or request to its answer. `None`: nothing was answered.
    pub round_trip: Option<Distribution>,
    /// What the server's clock shows now. `None`: the server has not told.
    pub server_time: Option<ServerTime>,
    /// From the timestamp of an event to its arrival. `None`: no event had a timestamp.
    pub event_age: Option<Distribution>,
    /// Events by topic, the most frequent first, and those of all other topics.
    pub topics: Option<(Vec<(String, u64)>, u64)>,
}

/// What a meter has counted so far: cheap to compare after every call.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    /// Their number, sum and maximum, in microseconds.
    pub(super) round_trip: (u64, f64, f64),
    /// The base and the error of the best estimate.
    pub(super) server_clock: Option<(f64, f64)>,
    pub(super) event_age: (u64, f64, f64),
    /// How many topics have a count, the sum of these, and the count of the others.
    pub(super) topics: (usize, u64, u64),
}

/// The meter of one session.
#[derive(Debug)]
pub(super) struct Meter {
    /// When the session's clock was zero.
    start: Instant,
    latency: Option<Latency>,
    topics: Option<TopicCounts>,
}

#[derive(Debug, Default)]
struct Latency {
    round_trips: RoundTrips,
    round_trip: Histogram,
    server_clock: ServerClock,
    /// The local Unix time at the start.
    local_base: f64,
    age: Histogram,
    /// When the age of an event was measured last.
    aged_at: Option<f64>,
}

impl Meter {
    /// `None`: there is nothing to measure.
    pub(super) fn new(measure: Measure, start: Instant) -> Option<Box<Self>> {
        let latency = measure.latency.then(Latency::default);
        let topics = measure.topics.then(TopicCounts::default);
        (latency.is_some() || topics.is_some()).then(|| Box::new(Self { start, latency, topics }))
    }

    /// The clock on the wall shows this many Unix milliseconds.
    pub(super) fn set_unix_time(&mut self, now: Instant, unix: f64) {
        if let Some((latency, now)) = self.latency(now) {
            latency.local_base = unix - now;
        }
    }

    /// A link has opened.
    pub(super) fn handle_open(&mut self, now: Instant) {
        if let Some((latency, now)) = self.latency(now) {
            latency.round_trips.handle_open(now);
        }
    }

    /// The session reads the link again.
    pub(super) fn handle_resume(&mut self, now: Instant) {
        if let Some((latency, now)) = self.latency(now) {
            latency.round_trips.handle_resume(now);
        }
    }

    /// A control ping is sent.
    pub(super) fn handle_ping(&mut self, now: Instant) {
        if let Some((latency, now)) = self.latency(now) {
            latency.round_trips.handle_ping(now);
        }
    }

    /// The peer has answered `count` control pings on this link.
    pub(super) fn handle_pongs(&mut self, now: Instant, count: u64) {
        if let Some((latency, now)) = self.latency(now)
            && let Some(duration) = latency.round_trips.handle_pongs(now, count)
        {
            latency.round_trip.record(duration);
        }
    }

    /// The server has answered the application ping of that instant, with its time as JSON.
    pub(super) fn handle_pong(&mut self, now: Instant, sent: Instant, timestamp: Option<&str>) {
        let sent = milliseconds(self.start, sent);
        if let Some((latency, now)) = self.latency(now) {
            latency.handle_answer(now, sent, timestamp);
        }
    }

    /// A frame is sent; `next_id` is the id that the next request will have.
    pub(super) fn handle_frame(&mut self, now: Instant, next_id: u64) {
        if let Some((latency, now)) = self.latency(now) {
            latency.round_trips.handle_frame(now, next_id);
        }
    }

    /// The server has answered a request, with JSON.
    pub(super) fn handle_answer(&mut self, now: Instant, id: u64, answer: Option<&str>) {
        if let Some((latency, now)) = self.latency(now)
            && let Some(sent) = latency.round_trips.handle_answer(id)
        {
            latency.handle_answer(now, sent, answer.and_then(|answer| member(answer, TIMESTAMP)));
        }
    }

    /// The user gets an event. Apart, so that a session without a meter pays for one comparison.
    #[inline(never)]
    pub(super) fn handle_event(&mut self, now: Instant, event: &Envelope<'_>) {
        if let Some(topics) = &mut self.topics {
            topics.record(&event.topic);
        }
        if let Some((latency, now)) = self.latency(now)
            && latency.aged_at.is_none_or(|at| now - at >= AGE_INTERVAL)
        {
            latency.aged_at = Some(now);
            let timestamp = member(event.text, METADATA).and_then(|metadata| member(metadata, TIMESTAMP));
            if let Some(timestamp) = plausible(timestamp) {
                let local = latency.local_base + now;
                let unix = latency.server_clock.time(now).map_or(local, |server| server.unix);
                latency.age.record(unix - timestamp);
            }
        }
    }

    pub(super) fn measured(&self, now: Instant) -> Measured {
        let now = milliseconds(self.start, now);
        let latency = self.latency.as_ref();
        Measured {
            round_trip: latency.and_then(|latency| latency.round_trip.distribution()),
            server_time: latency.and_then(|latency| latency.server_clock.time(now)),
            event_age: latency.and_then(|latency| latency.age.distribution()),
            topics: self.topics.as_ref().map(TopicCounts::counts),
        }
    }

    #[cfg(test)]
    pub(super) fn totals(&self) -> Totals {
        let latency = self.latency.as_ref();
        Totals {
            round_trip: latency.map(|latency| latency.round_trip.totals()).unwrap_or_default(),
            server_clock: latency.and_then(|latency| latency.server_clock.best()),
            event_age: latency.map(|latency| latency.age.totals()).unwrap_or_default(),
            topics: self.topics.as_ref().map(TopicCounts::totals).unwrap_or_default(),
        }
    }

    fn latency(&mut self, now: Instant) -> Option<(&mut Latency, f64)> {
        let now = milliseconds(self.start, now);
        self.latency.as_mut().map(|latency| (latency, now))
    }
}

impl Latency {
    fn handle_answer(&mut self, now: f64, sent: f64, timestamp: Option<&str>) {
        if let Some(duration) = self.round_trips.duration(sent, now) {
            self.round_trip.record(duration);
            if let Some(timestamp) = plausible(timestamp) {
                self.server_clock.handle_timestamp(sent, now, timestamp);
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "exact for a hundred days, and to a microsecond after that")]
fn milliseconds(start: Instant, at: Instant) -> f64 {
    at.saturating_duration_since(start).as_nanos() as f64 / 1e6
}

/// A timestamp, if the JSON is one.
fn plausible(json: Option<&str>) -> Option<f64> {
    json?.parse().ok().filter(|number| PLAUSIBLE.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_units_are_no_time() {
        for json in ["1.7e9", "1700000000", "1.7e15", "-1.7e12", "0", "1e999", "null", "\"1700000000000\"", "[1]"] {
            assert_eq!(plausible(Some(json)), None, "{json}");
        }
        assert_eq!((plausible(Some("1.7e12")), plausible(None)), (Some(1.7e12), None));
    }
}
