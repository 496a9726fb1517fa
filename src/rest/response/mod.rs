//! What a response means.
//!
//! The body of a success is one JSON value or empty, and its text is passed on unchanged. The
//! platform explains a failure with `{ error, message }`. A proxy explains a failure in its own
//! way, mostly with an HTML page.
//!
//! ```text
//! report       the platform's explanation of a failure
//! excerpt      what an error shows of any other body
//! status_line  a status in words
//! ```

mod excerpt;
mod report;
mod status_line;

#[cfg(test)]
mod tests;

use std::time::SystemTime;

use http::{Method, header::RETRY_AFTER};

use self::{
    excerpt::{describe, excerpt},
    report::Report,
    status_line::status_line,
};
use super::{Outcome, failure::Failure, http::Received};
use crate::{
    error::{Error, ErrorKind},
    protocol::json::{self, skip_byte_order_mark},
    transport::{is_transient, leaves_write_uncertain, retry_after as parse_retry_after},
    vocabulary::DOCUMENTS_PATH,
};

/// A successful response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// One JSON value, or empty.
    pub(super) text: String,
}

/// The request of a response.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    /// The path without the URL's prefix and the query.
    pub(super) path: &'a str,
}

/// Interprets a response that is not a redirect.
pub(super) fn judge(asked: Asked<'_>, received: Received, now: SystemTime) -> Outcome {
    if matches!(received.status, 200..300) { success(received) } else { Err(refusal(asked, received, now)) }
}

fn success(received: Received) -> Outcome {
    let Received { status, headers, body, .. } = received;
    let (body, cause) = match into_text(body) {
        Ok(text) if text.is_empty() => return Ok(Answer { status, text }),
        Ok(text) => match json::validate(&text) {
            Ok(()) => return Ok(Answer { status, text }),
            Err(error) => (text.into_bytes(), error.to_string()),
        },
        Err((body, cause)) => (body, cause),
    };
    let message = format!("{} with {}", status_line(status), describe(&headers, &body));
    let error = Error::new(ErrorKind::Protocol, message).with_status(status).with_source(Some(cause));
    // The server carried out the write, but its result is lost.
    Err(error.with_uncertain(true).into())
}

fn refusal(asked: Asked<'_>, received: Received, now: SystemTime) -> Failure {
    let Received { status, headers, body, is_whole } = received;
    let text = into_text(body);
    let report = text.as_deref().ok().and_then(Report::scan);
    let conflicts = report.as_ref().is_some_and(|report| report.has_revision);
    let mut message = match (&report, &text) {
        (Some(report), _) => report.message(status),
        (None, Ok(text)) if text.trim_ascii().is_empty() => status_line(status),
        (None, Ok(text)) if json::validate(text).is_ok() => {
            format!("{}: {}", status_line(status), excerpt(text.as_bytes()))
        }
        (None, Ok(text)) => format!("{} with {}", status_line(status), describe(&headers, text.as_bytes())),
        (None, Err((body, _))) => format!("{} with {}", status_line(status), describe(&headers, body)),
    };
    if !is_whole {
        message.push_str(" (the body of this answer is incomplete)");
    }
    let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let error = Error::new(kind(asked, status, conflicts), message)
        .with_status(status)
        .with_retry_after(retry_after.and_then(|value| parse_retry_after(value, now)))
        .with_uncertain(leaves_write_uncertain(status));
    Failure { error, transient: is_transient(status), body: report.and(text.ok()).map(Into::into) }
}

/// The text of a body, or the body and why it is not text.
fn into_text(body: Vec<u8>) -> Result<String, (Vec<u8>, String)> {
    let mut text = String::from_utf8(body).map_err(|error| {
        let cause = error.utf8_error().to_string();
        (error.into_bytes(), cause)
    })?;
    text.drain(..text.len() - skip_byte_order_mark(&text).len());
    Ok(text)
}

fn kind(asked: Asked<'_>, status: u16, conflicts: bool) -> ErrorKind {
    match status {
        401 => ErrorKind::AuthFailed,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        409 if !conflicts && asked.method == Method::POST && asked.path.ends_with(DOCUMENTS_PATH) => {
            ErrorKind::AlreadyExists
        }
        409 => ErrorKind::RevisionConflict,
        429 => ErrorKind::RateLimited,
        421 | 425 | 500..600 => ErrorKind::Server,
        400..500 => ErrorKind::InvalidArgument,
        _ => ErrorKind::Protocol,
    }
}
