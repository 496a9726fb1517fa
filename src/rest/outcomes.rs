//! What waits to be taken by the user's thread: batches of JSON text, in the order in which calls ended.
//!
//! A batch is one JSON array; [`Rest::send`](super::Rest::send) gave the ids:
//!
//! | item | what |
//! |---|---|
//! | `[id, status, body]` | a success with its body, `null` where there was none |
//! | `[id, null, { code, message, status?, cause?, retryAfter?, uncertain?, remediation?, attempts?, body? }]` | a failure |
//!
//! There is one item per call and no limit besides: who makes calls decides how many there are.

use std::{collections::VecDeque, fmt::Write};

use super::{Outcome, failure::Failure, response::Answer};
use crate::protocol::json::quote;

/// A batch is closed at this many bytes: V8 keeps larger strings apart, at a higher price.
const BATCH_BYTES: usize = 64 << 10;

/// The waiting batches.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    batches: VecDeque<Batch>,
}

/// Some outcomes.
#[derive(Debug, Default)]
pub struct Batch {
    /// One JSON array.
    pub text: String,
    /// How many items it has.
    pub outcomes: usize,
}

impl Outcomes {
    /// Appends what became of a call.
    pub(super) fn push(&mut self, id: u64, outcome: Outcome) {
        if self.batches.back().is_none_or(|batch| batch.text.len() >= BATCH_BYTES) {
            self.batches.push_back(Batch::default());
        }
        let Some(Batch { text, outcomes }) = self.batches.back_mut() else { return };
        text.push(if *outcomes == 0 { '[' } else { ',' });
        *outcomes += 1;
        // Writing to a string does not fail.
        let _ = match outcome {
            Ok(Answer { status, text: body }) => {
                let body = if body.is_empty() { "null" } else { &body };
                text.reserve(body.len() + 32);
                write!(text, "[{id},{status},{body}]")
            }
            Err(failure) => {
                let _ = write!(text, "[{id},null,");
                encode(&failure, text);
                text.write_char(']')
            }
        };
    }

    /// Takes the oldest batch.
    pub(super) fn drain(&mut self) -> Option<Batch> {
        let mut batch = self.batches.pop_front()?;
        batch.text.push(']');
        Some(batch)
    }
}

fn encode(failure: &Failure, out: &mut String) {
    let Failure { error, uncertain, attempts, body, .. } = failure;
    let _ = write!(out, r#"{{"code":"{}","message":"#, error.kind.code());
    quote(&error.message, out);
    if let Some(status) = error.status {
        let _ = write!(out, r#","status":{status}"#);
    }
    if let Some(cause) = &error.source {
        out.push_str(r#","cause":"#);
        quote(cause, out);
    }
    if let Some(wait) = error.retry_after {
        let _ = write!(out, r#","retryAfter":{}"#, wait.as_micros().div_ceil(1000));
    }
    if *uncertain {
        out.push_str(r#","uncertain":true"#);
    }
    if let Some(remediation) = error.remediation {
        out.push_str(r#","remediation":"#);
        quote(remediation.text(), out);
    }
    if *attempts > 1 {
        let _ = write!(out, r#","attempts":{attempts}"#);
    }
    if let Some(body) = body {
        let _ = write!(out, r#","body":{body}"#);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::error::{Error, ErrorKind, Remediation};

    fn answer(text: &str) -> Answer {
        Answer { status: 200, text: text.to_owned() }
    }

    #[test]
    fn outcomes_keep_their_order_and_form() {
        let mut outcomes = Outcomes::default();
        assert!(outcomes.drain().is_none());
        outcomes.push(1, Ok(answer("{ \"a\": 1 }\n")));
        outcomes.push(2, Ok(answer("")));
        let advised = Error::new(ErrorKind::Tls, "say \"hello\"\n").with_remediation(Some(Remediation::CheckPort));
        outcomes.push(3, Err(advised.into()));
        let error = Error::new(ErrorKind::RateLimited, "m").with_status(429).with_source(Some("\u{1}".to_owned()));
        let body = Some(r#"{"error":"E"}"#.into());
        let error = error.with_retry_after(Some(Duration::from_millis(1500)));
        outcomes.push(4, Err(Failure { passing: true, uncertain: true, body, attempts: 4, error }));
        let batch = outcomes.drain().unwrap();
        assert_eq!(batch.outcomes, 4);
        assert_eq!(
            serde_json::from_str::<Value>(&batch.text).unwrap(),
            json!([
                [1, 200, { "a": 1 }],
                [2, 200, null],
                [3, null, {
                    "code": "TLS_ERROR", "message": "say \"hello\"\n", "remediation": Remediation::CheckPort.text()
                }],
                [4, null, {
                    "code": "RATE_LIMITED", "message": "m", "status": 429, "cause": "\u{1}", "retryAfter": 1500,
                    "uncertain": true, "attempts": 4, "body": { "error": "E" }
                }],
            ])
        );
        assert!(outcomes.drain().is_none());
    }

    #[test]
    fn a_batch_is_closed_by_its_bytes() {
        let mut outcomes = Outcomes::default();
        let large = json!("x".repeat(BATCH_BYTES)).to_string();
        for id in 1..=3 {
            outcomes.push(id, Ok(answer(if id == 2 { &large } else { "1" })));
        }
        assert_eq!(std::iter::from_fn(|| outcomes.drain()).map(|batch| batch.outcomes).collect::<Vec<_>>(), [2, 1]);
    }
}
