//! Errors on their way to JavaScript.

use crate::error::{Error, ErrorKind};

/// A failure of Node's interface.
pub(super) fn internal(problem: &napi::Error) -> Error {
    Error::new(ErrorKind::Internal, problem.reason.clone())
}

impl From<Error> for napi::Error<&'static str> {
    fn from(error: Error) -> Self {
        Self::new(error.kind.code(), error.message)
    }
}
