//! From `tracing` to the sinks.

use std::{
    fmt::{self, Write},
    time::SystemTime,
};

use serde_json::Value;
use tracing_core::{
    Event, Interest, LevelFilter, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::registry::Entry;

/// The subscriber of the process. It passes each event to the sink of its log, and ignores spans
/// and the events of dependencies.
pub(super) struct Router;

impl Subscriber for Router {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_event() && part_of(metadata).is_some() { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        part_of(metadata).is_some_and(|part| *metadata.level() <= Entry::max_level(Some(part)))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(Entry::max_level(None))
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut record = Record::default();
        event.record(&mut record);
        let Some(part) = part_of(metadata) else { return };
        if let Some(entry) = Entry::find(record.log, *metadata.level(), part) {
            let level = metadata.level().as_str().to_ascii_lowercase();
            let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
            let Record { message, fields, .. } = record;
            entry.push(format!(r#"[{time},"{level}","{part}",{},{{{fields}}}]"#, Value::from(message)));
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The part of a record: the room of this crate that contains the call, or that its target names.
fn part_of<'a>(metadata: &Metadata<'a>) -> Option<&'a str> {
    metadata.target().strip_prefix("realtime::")?.split("::").next()
}

/// What an event says.
#[derive(Default)]
struct Record {
    log: u64,
    message: String,
    /// Members of a JSON object.
    fields: String,
}

impl Record {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        let comma = if self.fields.is_empty() { "" } else { "," };
        let name = camel_case(field.name());
        // Writing to a string does not fail.
        let _ = write!(self.fields, r#"{comma}"{name}":{}"#, value.into());
    }
}

impl Visit for Record {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "log" {
            self.log = value;
        } else {
            self.add(field, value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.add(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// The name in JavaScript: `retry_in` is `retryIn`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;
    use crate::{
        log::{Levels, Log, Sink, record},
        waker::{Gone, Waker},
    };

    struct Count(Arc<Mutex<u32>>);

    impl Waker for Count {
        fn wake(&self) -> Result<(), Gone> {
            *self.0.lock() += 1;
            Ok(())
        }
    }

    fn sink(session: u32, rest: u32) -> (Sink, Arc<Mutex<u32>>) {
        let woken = Arc::new(Mutex::new(0));
        let [session, rest] = [session, rest].map(Levels::rank);
        let levels = Levels { session, transport: LevelFilter::OFF, rest };
        (Sink::new(levels, Count(woken.clone())), woken)
    }

    fn records(sink: &Sink) -> Vec<Value> {
        let text = sink.take().unwrap_or("[0,[]]".into());
        let taken: Value = serde_json::from_str(&text).unwrap();
        taken[1].as_array().unwrap().clone()
    }

    #[test]
    fn each_sink_gets_the_records_of_its_log_at_its_levels() {
        let (one, woken) = sink(4, 2);
        let (other, _) = sink(0, 5);
        for log in [one.log(), other.log(), Log::OFF, Log::of(4711)] {
            record!(target: "realtime::session::connecting", DEBUG, log, "dialling", retry_in = 5, reason = "r\"");
            record!(target: "realtime::rest", DEBUG, log, "request");
            record!(target: "realtime::rest", TRACE, log, "body", is_last = true, none = None::<&str>);
            record!(target: "h2::codec", ERROR, log, "a dependency");
            record!(target: "realtime::webhook", ERROR, log, "another part");
        }
        let of_one = records(&one);
        assert_eq!(of_one.len(), 1, "{of_one:?}");
        assert!(of_one[0][0].as_u64().unwrap() > 1_600_000_000_000);
        let said = serde_json::json!(["debug", "session", "dialling", { "retryIn": 5, "reason": "r\"" }]);
        assert_eq!(of_one[0].as_array().unwrap()[1..], *said.as_array().unwrap());
        assert_eq!(*woken.lock(), 1);
        let of_other = records(&other);
        assert_eq!(of_other.iter().map(|record| &record[3]).collect::<Vec<_>>(), ["request", "body"]);
        assert_eq!(of_other[1][4], serde_json::json!({ "isLast": true }));

        let log = one.log();
        drop(one);
        record!(target: "realtime::session", ERROR, log, "too late");
        assert_eq!(records(&other), [Value::Null; 0]);
    }
}
