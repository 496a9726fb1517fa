//! Logs: what the engine does, as records for JavaScript.
//!
//! The rooms write `tracing` events with [`record!`]:
//!
//! ```ignore
//! record!(DEBUG, self.log, "handshake", ping_interval = 25_000);
//! ```
//!
//! The room that contains the call is the part of the record; a `target` says another one. Names of
//! fields become those of JavaScript: `retry_in` is `retryIn`. The other side is `lib/log/`: it
//! hides secrets, so a record may quote a peer, but it must not contain what only the engine knows
//! to be a secret.
//!
//! Without a sink, an event costs one relaxed load. A sink holds a bounded number of records, and
//! drops the oldest: the I/O thread never waits for a reader.
//!
//! The events of dependencies are compiled out of the addon (the feature `release_max_level_off` of
//! `tracing`), since those of `h2` alone take a tenth of it. That feature removes every event of
//! the macros of `tracing`, ours too, so [`record!`] makes its events with `tracing-core`.

mod records;
mod registry;
mod sink;
mod subscriber;

pub use self::{registry::Levels, sink::Sink};

/// Writes a `tracing` event for a log, with a message of a few words that stay the same.
macro_rules! record {
    ($level:ident, $log:expr, $message:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::log::record!(target: module_path!(), $level, $log, $message $(, $name = $value)*)
    };
    (target: $target:expr, $level:ident, $log:expr, $message:expr $(, $name:ident = $value:expr)* $(,)?) => {
        if tracing_core::Level::$level <= tracing_core::LevelFilter::current() {
            use tracing_core::{callsite::DefaultCallsite, field::Value, metadata::Kind};
            static METADATA: tracing_core::Metadata<'static> = tracing_core::metadata! {
                name: "record",
                target: $target,
                level: tracing_core::Level::$level,
                fields: &["log", "message" $(, stringify!($name))*],
                callsite: &CALLSITE,
                kind: Kind::EVENT,
            };
            static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
            if !CALLSITE.interest().is_never() && $crate::log::is_enabled(&METADATA) {
                tracing_core::Event::dispatch(
                    &METADATA,
                    &METADATA.fields().value_set_all(&[
                        Some(&$log.id() as &dyn Value),
                        Some(&$message as &dyn Value),
                        $(Some(&$value as &dyn Value)),*
                    ]),
                );
            }
        }
    };
}
pub(crate) use record;

/// Whose records those of a session, a driver or a REST client are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log(u64);

impl Log {
    /// Nobody's: nothing is logged.
    pub const OFF: Self = Self(0);

    /// The log of a sink with this id.
    #[must_use]
    pub const fn of(sink: u64) -> Self {
        Self(sink)
    }

    /// The value of the field `log`.
    #[must_use]
    pub const fn id(self) -> u64 {
        self.0
    }

    /// Whether the frames of links are logged. Ask once for many frames.
    #[must_use]
    pub fn has_frames(self) -> bool {
        self != Self::OFF && tracing_core::LevelFilter::current() >= tracing_core::LevelFilter::TRACE
    }
}

/// Whether a subscriber wants events like this one.
pub(crate) fn is_enabled(metadata: &tracing_core::Metadata<'static>) -> bool {
    tracing_core::dispatcher::get_default(|dispatch| dispatch.enabled(metadata))
}
