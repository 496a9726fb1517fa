//! Bodies of responses. The client reads the whole body of a success, and of a refusal as much as
//! arrives soon.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::time::{Instant, timeout_at};

use super::{budget::Share, failure::Failure};
use crate::error::{Error, ErrorKind};

/// The maximum size of a success.
const MAX_SUCCESS_BYTES: usize = 64 << 20;
/// The maximum size of a refusal's body: enough for the document that comes with a conflict.
const MAX_REFUSAL_BYTES: usize = 4 << 20;
/// How much memory is reserved for an announced length. A peer can announce any length.
const MAX_RESERVED_BYTES: usize = 1 << 20;

/// The longest wait for the next piece of a refusal's body. The status is known by then, and the
/// body only explains it.
const REFUSAL_PIECE_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest wait for the whole body of a refusal: a conflict brings a document, possibly over a
/// slow network.
const REFUSAL_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// Reads the body of a success, as soon as there is room for it.
///
/// # Errors
/// The body is too large or incomplete.
pub(super) async fn read_success(mut incoming: Incoming, status: u16, share: &mut Share) -> Result<Vec<u8>, Failure> {
    let announced = usize::try_from(incoming.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MAX_SUCCESS_BYTES {
        return Err(too_large(status));
    }
    share.expect(announced).await;
    let mut body = Vec::with_capacity(announced.min(MAX_RESERVED_BYTES));
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::of_body(&error, status))?;
        share.hold(body.len() + length(&frame)).await;
        if !append(&mut body, &frame, MAX_SUCCESS_BYTES) {
            return Err(too_large(status));
        }
    }
    Ok(body)
}

fn too_large(status: u16) -> Failure {
    let message = format!("the answer is larger than {MAX_SUCCESS_BYTES} bytes");
    Error::new(ErrorKind::MessageTooLarge, message).with_status(status).with_uncertain(true).into()
}

/// Reads the body of a refusal until it ends, stalls, breaks off or becomes too large. Returns what
/// arrived, and whether that is the whole body. Dropping the rest closes the connection.
pub(super) async fn read_refusal(mut incoming: Incoming, deadline: Instant, share: &mut Share) -> (Vec<u8>, bool) {
    let end = deadline.min(Instant::now() + REFUSAL_BODY_TIMEOUT);
    let mut body = Vec::new();
    loop {
        let frame = match timeout_at(end.min(Instant::now() + REFUSAL_PIECE_TIMEOUT), incoming.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return (body, true),
            Ok(Some(Err(_))) | Err(_) => return (body, false),
        };
        let room = timeout_at(end, share.hold(body.len() + length(&frame))).await;
        if room.is_err() || !append(&mut body, &frame, MAX_REFUSAL_BYTES) {
            return (body, false);
        }
    }
}

fn length(frame: &Frame<Bytes>) -> usize {
    frame.data_ref().map_or(0, Bytes::len)
}

/// Appends up to `limit` bytes in total, and returns whether the whole frame fitted.
fn append(body: &mut Vec<u8>, frame: &Frame<Bytes>, limit: usize) -> bool {
    let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
    let room = limit - body.len();
    body.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
    data.len() <= room
}
