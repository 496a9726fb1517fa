//! What the platform reports of events that it may have lost.

use std::{borrow::Cow, time::Duration};

use crate::{
    protocol::{DecodeError, arguments::Arguments, event::members, json::unescape},
    vocabulary::member,
};

/// The longest gap that is believed: 30 days, in milliseconds.
const MAX_DURATION: f64 = 2_592_000_000.0;

/// Events that the platform may have lost before they reached this connection. What cannot be read
/// is taken in the widest sense, since a gap must not be missed.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::session) struct ReportedGap {
    /// Topics and channels. `None`: all of them.
    pub(in crate::session) topics: Option<Vec<String>>,
    pub(in crate::session) reason: String,
    /// From the beginning of the gap until the platform reported it.
    pub(in crate::session) duration: Duration,
}

impl ReportedGap {
    /// Reads a JSON object.
    pub(super) fn read(report: &str) -> Self {
        let [topics, reason, duration] = members(report, [member::TOPICS, member::REASON, member::DURATION]);
        let milliseconds = duration.and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
        Self {
            topics: topics.and_then(|list| texts(list).ok().flatten()),
            reason: reason.and_then(unescape).map_or_else(|| "no reason given".to_owned(), Cow::into_owned),
            duration: Duration::from_secs_f64(milliseconds.floor().clamp(0.0, MAX_DURATION) / 1000.0),
        }
    }

    pub(in crate::session) fn concerns(&self, topic: &str) -> bool {
        self.topics.as_ref().is_none_or(|topics| topics.iter().any(|name| name == topic))
    }
}

/// The texts of a JSON array. `None`: it has other elements.
fn texts(list: &str) -> Result<Option<Vec<String>>, DecodeError> {
    let mut elements = Arguments::of_ack(list)?;
    let mut texts = Some(Vec::new());
    while let Some(element) = elements.next_value()? {
        match (unescape(element), &mut texts) {
            (Some(text), Some(texts)) => texts.push(text.into_owned()),
            _ => texts = None,
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_taken_in_the_widest_sense() {
        let read = |text| {
            let ReportedGap { topics, reason, duration } = ReportedGap::read(text);
            (topics, reason, duration.as_millis())
        };
        let topics = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(read(r#"{"topics":["a","b"],"reason":"r","durationMs":1500.7}"#), (topics, "r".into(), 1500));
        assert_eq!(read(r#"{"topics":[],"durationMs":-1}"#), (Some(vec![]), "no reason given".into(), 0));
        for text in ["7", "{}", r#"{"topics":["a",1],"durationMs":"5","reason":null}"#, r#"{"topics":"a"}"#] {
            assert_eq!(read(text), (None, "no reason given".into(), 0), "{text}");
        }
        assert_eq!(read(r#"{"durationMs":1e999}"#).2, 2_592_000_000);
    }
}
