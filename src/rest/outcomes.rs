//! Outcomes that wait for the JavaScript thread: batches of JSON text, in the order in which the
//! calls ended.
//!
//! A batch is one JSON array. [`Rest::send`](super::Rest::send) returned the IDs:
//!
//! | item | meaning |
//! |---|---|
//! | `[id, status, body]` | a success with its body, or `null` without a body |
//! | `[id, null, { code, message, ..., body? }]` | a failure with the server's explanation |
//!
//! There is one item per call and no further limit: the caller decides how many calls there are.

use std::{collections::VecDeque, fmt::Write};

use super::{Outcome, budget::Share, failure::Failure, response::Answer};

/// A batch is closed at this size. V8 allocates larger strings separately, at a higher cost.
const MAX_OPEN_BATCH_BYTES: usize = 64 << 10;

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
    /// The length of the array.
    pub outcomes: usize,
    /// The room of large answers, returned when the batch is dropped.
    shares: Vec<Share>,
}

impl Outcomes {
    /// Appends the outcome of a call, and keeps its room until the batch is dropped.
    pub(super) fn push(&mut self, id: u64, outcome: Outcome, share: Option<Share>) {
        if self.batches.back().is_none_or(|batch| batch.text.len() >= MAX_OPEN_BATCH_BYTES) {
            self.batches.push_back(Batch::default());
        }
        let Some(Batch { text, outcomes, shares }) = self.batches.back_mut() else { return };
        text.push(if *outcomes == 0 { '[' } else { ',' });
        *outcomes += 1;
        shares.extend(share.filter(Share::is_counted));
        // Writing to a string does not fail.
        let _ = match outcome {
            Ok(Answer { status, text: body }) => {
                let body = if body.is_empty() { "null" } else { &body };
                text.reserve(body.len() + 32);
                write!(text, "[{id},{status},{body}]")
            }
            Err(failure) => write!(text, "[{id},null,{}]", json(&failure)),
        };
    }

    /// Removes the oldest batch.
    pub(super) fn drain(&mut self) -> Option<Batch> {
        let mut batch = self.batches.pop_front()?;
        batch.text.push(']');
        Some(batch)
    }
}

/// The error as JSON, with the server's object as one more member.
fn json(Failure { error, body, .. }: &Failure) -> String {
    // An error has only strings and numbers, which serde_json always writes.
    let mut text = serde_json::to_string(error).unwrap_or_default();
    if let Some(body) = body {
        text.pop();
        let _ = write!(text, r#","body":{body}}}"#);
    }
    text
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
        outcomes.push(1, Ok(answer("{ \"a\": 1 }\n")), None);
        outcomes.push(2, Ok(answer("")), None);
        let advised = Error::new(ErrorKind::Tls, "say \"hello\"\n").with_remediation(Some(Remediation::CheckPort));
        outcomes.push(3, Err(advised.into()), None);
        let error = Error::new(ErrorKind::RateLimited, "m").with_status(429).with_source(Some("\u{1}".to_owned()));
        let body = Some(r#"{"error":"E"}"#.into());
        let error = error.with_retry_after(Some(Duration::from_millis(1500))).with_uncertain(true);
        outcomes.push(4, Err(Failure { transient: true, body, error }), None);
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
                    "uncertain": true, "body": { "error": "E" }
                }],
            ])
        );
        assert!(outcomes.drain().is_none());
    }

    #[test]
    fn a_batch_is_closed_by_its_bytes() {
        let mut outcomes = Outcomes::default();
        let large = json!("x".repeat(MAX_OPEN_BATCH_BYTES)).to_string();
        for id in 1..=3 {
            outcomes.push(id, Ok(answer(if id == 2 { &large } else { "1" })), None);
        }
        assert_eq!(std::iter::from_fn(|| outcomes.drain()).map(|batch| batch.outcomes).collect::<Vec<_>>(), [2, 1]);
    }
}
