//! What the user learns about a request that failed, and what the engine needs to know to repeat it.

use std::{error::Error as StdError, io, iter::successors};

use hyper_util::client::legacy;

use crate::{
    error::{Error, ErrorKind},
    transport::{DialError, DialErrorKind, is_transient},
};

/// A failed request.
#[derive(Debug)]
pub(super) struct Failure {
    /// What happened, without the request it happened to.
    pub(super) error: Error,
    /// Whether the same request may succeed a moment later.
    pub(super) passing: bool,
    /// Whether a write may have been carried out nevertheless.
    pub(super) uncertain: bool,
    /// The JSON object by which the server explained itself.
    pub(super) body: Option<Box<str>>,
    /// How often the request was sent.
    pub(super) attempts: u32,
}

impl From<Error> for Failure {
    /// A failure that no repetition changes, before anything was sent.
    fn from(error: Error) -> Self {
        Self { error, passing: false, uncertain: false, body: None, attempts: 0 }
    }
}

impl Failure {
    /// A defect ended the call, wherever it was.
    pub(super) fn defect() -> Self {
        let error = Error::new(ErrorKind::Internal, "the request was ended by a defect of this package");
        Self { uncertain: true, ..error.into() }
    }

    /// The connection broke while an answer of this status was read.
    pub(super) fn of_body(error: &hyper::Error, status: u16) -> Self {
        let Self { error, passing, .. } = classify(error, "while its answer was read");
        Self { uncertain: true, passing, ..error.with_status(status).into() }
    }

    /// No answer came. `authority` is host and port.
    pub(super) fn of_exchange(error: &legacy::Error, authority: &str) -> Self {
        let dial = causes(error).find_map(|cause| cause.downcast_ref::<DialError>());
        let Some(DialError { kind, reason, source, remediation }) = dial else {
            let uncertain = !error.is_connect() && !is_unprocessed(error);
            return Self { uncertain, ..classify(error, "before it answered") };
        };
        let error = match kind {
            DialErrorKind::Tls => Error::new(ErrorKind::Tls, format!("no TLS connection to {authority}: {reason}")),
            DialErrorKind::Proxy { status } => {
                Error { status: *status, ..Error::new(ErrorKind::Proxy, reason.clone()) }
            }
            _ => Error::new(ErrorKind::Network, format!("no connection to {authority}: {reason}")),
        };
        let passing = match error.kind {
            // A proxy that answers 4xx will do so again, but for the statuses that say otherwise.
            ErrorKind::Proxy => error.status.is_none_or(|status| status >= 500 || is_transient(status)),
            kind => kind == ErrorKind::Network,
        };
        Self { passing, ..error.with_source(source.clone()).with_remediation(*remediation).into() }
    }
}

/// What the cause of a broken exchange means: the first that is understood, else the deepest.
fn classify(error: &(dyn StdError + 'static), moment: &str) -> Failure {
    let network = |message: String, source: Option<String>| {
        let error = Error::new(ErrorKind::Network, message).with_source(source);
        Failure { passing: true, ..error.into() }
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
                let message = format!("the answer is not HTTP as it should be: {http}; {hint}");
                return Error::new(ErrorKind::Protocol, message).into();
            }
        }
    }
    let deepest = causes(error).last().map(ToString::to_string).unwrap_or_default();
    network(format!("the connection broke {moment}: {deepest}"), None)
}

/// Whether the server says of a stream of HTTP/2 that it did nothing for it, RFC 9113 section 8.7.
fn is_unprocessed(error: &(dyn StdError + 'static)) -> bool {
    let mut reasons = causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()?.reason());
    reasons.any(|reason| reason == h2::Reason::REFUSED_STREAM)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |&error| error.source())
}
