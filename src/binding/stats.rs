//! A client's figures, all as numbers.

use napi::bindgen_prelude::{Either, Null};
use napi_derive::napi;

use crate::{
    client::{ClockOffset, Stats},
    session::{Counters, Distribution},
};

/// A client's figures. `types/stats.d.ts` says what they mean.
#[napi(object, object_from_js = false)]
pub struct EngineStats {
    pub events_received: f64,
    pub events_delivered: f64,
    pub dropped_repeats: f64,
    pub dropped_unwanted: f64,
    pub dropped_overflow: f64,
    pub dropped_discarded: f64,
    pub gaps: f64,
    pub reconnects: f64,
    pub bytes_received: f64,
    pub bytes_sent: f64,
    pub inbox_events: f64,
    pub inbox_bytes: f64,
    pub outbox_messages: f64,
    pub outbox_bytes: f64,
    pub subscriptions: f64,
    pub pending_acks: f64,
    #[napi(ts_type = "'websocket' | 'polling' | null")]
    pub transport: Either<&'static str, Null>,
    pub round_trip: Option<EngineDistribution>,
    pub clock_offset: Option<EngineClockOffset>,
    pub event_age: Option<EngineDistribution>,
    pub topics: Option<Vec<EngineTopic>>,
    pub other_topics: Option<f64>,
}

/// How durations are distributed, in milliseconds.
#[napi(object, object_from_js = false)]
pub struct EngineDistribution {
    pub count: f64,
    pub sum: f64,
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
    pub buckets: Vec<EngineBucket>,
}

/// How many values are at most `le` milliseconds.
#[napi(object, object_from_js = false)]
pub struct EngineBucket {
    pub le: f64,
    pub count: f64,
}

/// The server's clock against that of this machine, in milliseconds.
#[napi(object, object_from_js = false)]
pub struct EngineClockOffset {
    pub offset: f64,
    pub error: f64,
}

/// The events of one topic.
#[napi(object, object_from_js = false)]
pub struct EngineTopic {
    pub topic: String,
    pub events: f64,
}

impl From<Stats> for EngineStats {
    fn from(stats: Stats) -> Self {
        let Counters {
            events_received,
            dropped_repeats,
            dropped_unwanted,
            gaps,
            reconnects,
            bytes_received,
            bytes_sent,
        } = stats.counters;
        let (topics, other_topics) = stats.topics.unzip();
        let topic = |(topic, events)| EngineTopic { topic, events: number(events) };
        Self {
            events_received: number(events_received),
            events_delivered: number(stats.events_delivered),
            dropped_repeats: number(dropped_repeats),
            dropped_unwanted: number(dropped_unwanted),
            dropped_overflow: number(stats.dropped_overflow),
            dropped_discarded: number(stats.dropped_discarded),
            gaps: number(gaps),
            reconnects: number(reconnects),
            bytes_received: number(bytes_received),
            bytes_sent: number(bytes_sent),
            inbox_events: number(stats.inbox.count as u64),
            inbox_bytes: number(stats.inbox.bytes as u64),
            outbox_messages: number(stats.outbox.count as u64),
            outbox_bytes: number(stats.outbox.bytes as u64),
            subscriptions: number(stats.subscriptions as u64),
            pending_acks: number(stats.pending_acks as u64),
            transport: stats.transport.map_or(Either::B(Null), |transport| Either::A(transport.name())),
            round_trip: stats.round_trip.map(EngineDistribution::from),
            clock_offset: stats.clock_offset.map(EngineClockOffset::from),
            event_age: stats.event_age.map(EngineDistribution::from),
            topics: topics.map(|topics| topics.into_iter().map(topic).collect()),
            other_topics: other_topics.map(number),
        }
    }
}

impl From<Distribution> for EngineDistribution {
    fn from(Distribution { count, sum, p50, p99, max, buckets }: Distribution) -> Self {
        let bucket = |(le, count)| EngineBucket { le, count: number(count) };
        Self { count: number(count), sum, p50, p99, max, buckets: buckets.into_iter().map(bucket).collect() }
    }
}

impl From<ClockOffset> for EngineClockOffset {
    fn from(ClockOffset { offset, error }: ClockOffset) -> Self {
        Self { offset, error }
    }
}

#[allow(clippy::cast_precision_loss, reason = "JavaScript counts in doubles, exactly up to 2^53")]
const fn number(count: u64) -> f64 {
    count as f64
}
