//! One connection of long-polling, polled. At most one exchange is under way, and its answer is
//! read only as fast as the caller consumes it.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use super::exchange::{Answer, Connection};
use crate::transport::error::DialError;

type Exchange = Pin<Box<dyn Future<Output = (Connection, Result<Answer, DialError>)> + Send>>;

/// A connection and its exchange.
pub(super) enum Lane {
    Idle(Connection),
    /// The answer has not begun to arrive.
    Waiting(Exchange),
    /// The body of the answer is arriving.
    Reading(Connection, Box<Answer>),
    /// A placeholder while one state replaces another. No caller sees it.
    Moving,
}

impl Lane {
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self, Self::Idle(_))
    }

    /// Starts an exchange, which [`poll_piece`](Self::poll_piece) advances. Does nothing while
    /// another one is under way.
    pub(super) fn start(&mut self, target: Arc<str>, body: Option<String>) {
        *self = match std::mem::replace(self, Self::Moving) {
            Self::Idle(mut connection) => Self::Waiting(Box::pin(async move {
                let answer = connection.exchange(&target, body).await;
                (connection, answer)
            })),
            busy => busy,
        }
    }

    /// Returns the next piece of the current answer, and `None` at its end. After the end or an
    /// error the lane is idle.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, DialError>> {
        if let Self::Waiting(exchange) = self {
            let (connection, answer) = ready!(exchange.as_mut().poll(cx));
            match answer {
                Ok(answer) => *self = Self::Reading(connection, Box::new(answer)),
                Err(error) => {
                    *self = Self::Idle(connection);
                    return Poll::Ready(Err(error));
                }
            }
        }
        let Self::Reading(_, answer) = self else { return Poll::Pending };
        let piece = ready!(answer.poll_piece(cx));
        if !matches!(piece, Ok(Some(_)))
            && let Self::Reading(mut connection, answer) = std::mem::replace(self, Self::Moving)
        {
            if piece.is_ok() {
                connection.keep(*answer);
            }
            *self = Self::Idle(connection);
        }
        Poll::Ready(piece)
    }
}
