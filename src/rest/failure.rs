//! A failed request: what the user learns about it, and what the engine needs to retry it.

use std::{error::Error as StdError, io, iter::successors};

use hyper_util::client::legacy;

use crate::{
    error::{Error, ErrorKind},
    transport::{DialError, DialErrorKind, is_transient},
};

/// A failed request.
#[derive(Debug)]
pub(super) struct Failure {
    /// What happened, without the method and path of the request.
    pub(super) error: Error,
    /// Whether the same request may succeed a moment later.
    pub(super) transient: bool,
    /// The JSON object in which the server explained the failure.
    pub(super) body: Option<Box<str>>,
}

impl From<Error> for Failure {
    /// A failure that a retry does not change.
    fn from(error: Error) -> Self {
        Self { error, transient: false, body: None }
    }
}

impl Failure {
    /// A defect ended the call at an unknown point.
    pub(super) fn defect() -> Self {
        Error::new(ErrorKind::Internal, "a defect of this package ended the request").with_uncertain(true).into()
    }

    /// The connection broke while the client read a response with this status.
    pub(super) fn of_body(error: &hyper::Error, status: u16) -> Self {
        let Self { error, transient, .. } = classify(error, "before its answer was complete");
        Self { transient, ..error.with_status(status).with_uncertain(true).into() }
    }

    /// The server did not respond. `authority` is host and port.
    pub(super) fn of_exchange(error: &legacy::Error, authority: &str) -> Self {
        let dial = causes(error).find_map(|cause| cause.downcast_ref::<DialError>());
        let Some(DialError { kind, reason, source, remediation }) = dial else {
            let uncertain = !error.is_connect() && !is_unprocessed(error);
            let Self { error, transient, .. } = classify(error, "before it answered");
            return Self { transient, ..error.with_uncertain(uncertain).into() };
        };
        let error = match kind {
            DialErrorKind::Tls => Error::new(ErrorKind::Tls, format!("no TLS connection to {authority}: {reason}")),
            DialErrorKind::Proxy { status } => {
                Error { status: *status, ..Error::new(ErrorKind::Proxy, reason.clone()) }
            }
            _ => Error::new(ErrorKind::Network, format!("no connection to {authority}: {reason}")),
        };
        let transient = match error.kind {
            // A proxy repeats a 4xx, except for the statuses that are transient by definition.
            ErrorKind::Proxy => error.status.is_none_or(|status| status >= 500 || is_transient(status)),
            kind => kind == ErrorKind::Network,
        };
        Self { transient, ..error.with_source(source.clone()).with_remediation(*remediation).into() }
    }
}

/// Classifies a broken exchange by the first cause of a known type, or else by the deepest cause.
fn classify(error: &(dyn StdError + 'static), moment: &str) -> Failure {
    let network = |message: String, source: Option<String>| {
        let error = Error::new(ErrorKind::Network, message).with_source(source);
        Failure { transient: true, ..error.into() }
    };
    for cause in causes(error) {
        if let Some(stream) = cause.downcast_ref::<io::Error>() {
            let DialError { kind, reason, source, remediation } = DialError::of_stream(stream);
            if kind == DialErrorKind::Tls {
                let error = Error::new(ErrorKind::Tls, reason).with_source(source);
                return error.with_remediation(remediation).into();
            }
            return network(format!("the connection broke {moment}: {reason}"), source);
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            if http.is_incomplete_message() {
                return network(format!("the server closed the connection {moment}"), None);
            }
            if http.is_parse() {
                let hint = "check that options.url names the platform, with https:// where it expects TLS";
                let message = format!("the answer is not valid HTTP: {http}; {hint}");
                return Error::new(ErrorKind::Protocol, message).into();
            }
        }
    }
    let deepest = causes(error).last().map(ToString::to_string).unwrap_or_default();
    network(format!("the connection broke {moment}: {deepest}"), None)
}

/// Whether the server reset an HTTP/2 stream before it processed the request, RFC 9113 section 8.7.
fn is_unprocessed(error: &(dyn StdError + 'static)) -> bool {
    let mut reasons = causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()?.reason());
    reasons.any(|reason| reason == h2::Reason::REFUSED_STREAM)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |&error| error.source())
}
