//! Bodies of answers: that of a success is read to its end, that of a refusal as far as it comes
//! soon.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::time::{Instant, timeout_at};

use super::failure::Failure;
use crate::error::{Error, ErrorKind};

/// How large an answer may be.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// How much of the body of a failure is read: room for the document of a conflict.
const MAX_REFUSAL_BYTES: usize = 4 << 20;
/// An announced length is trusted this far when memory is set aside for it.
const MAX_RESERVED_BYTES: usize = 1 << 20;

/// How long to wait for the next piece of a refusal's body: the status is known, and the body only
/// explains it.
const REFUSAL_PIECE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long to wait for all of it: a conflict brings a document along, over a slow network, too.
const REFUSAL_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// The body of a success of this status.
///
/// # Errors
/// It is too large, or breaks off.
pub(super) async fn read_success(mut incoming: Incoming, status: u16) -> Result<Vec<u8>, Failure> {
    let announced = usize::try_from(incoming.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MAX_ANSWER_BYTES {
        return Err(too_large(status));
    }
    let mut body = Vec::with_capacity(announced.min(MAX_RESERVED_BYTES));
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::of_body(&error, status))?;
        if !append(&mut body, &frame, MAX_ANSWER_BYTES) {
            return Err(too_large(status));
        }
    }
    Ok(body)
}

fn too_large(status: u16) -> Failure {
    let message = format!("the answer is larger than {MAX_ANSWER_BYTES} bytes");
    Failure { uncertain: true, ..Error::new(ErrorKind::MessageTooLarge, message).with_status(status).into() }
}

/// What has come of a body before it stalled, broke off or became too large, and whether that is
/// all of it. Dropping the rest closes the connection.
pub(super) async fn read_refusal(mut incoming: Incoming, deadline: Instant) -> (Vec<u8>, bool) {
    let end = deadline.min(Instant::now() + REFUSAL_BODY_TIMEOUT);
    let mut body = Vec::new();
    loop {
        match timeout_at(end.min(Instant::now() + REFUSAL_PIECE_TIMEOUT), incoming.frame()).await {
            Ok(Some(Ok(frame))) if append(&mut body, &frame, MAX_REFUSAL_BYTES) => {}
            Ok(None) => return (body, true),
            Ok(Some(_)) | Err(_) => return (body, false),
        }
    }
}

/// Appends what fits; false when that is not all.
fn append(body: &mut Vec<u8>, frame: &Frame<Bytes>, limit: usize) -> bool {
    let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
    let room = limit - body.len();
    body.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
    data.len() <= room
}
