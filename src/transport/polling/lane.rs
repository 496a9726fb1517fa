//! One connection of long-polling, polled: at most one exchange is under way, and its answer is
//! read as it is taken.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::exchange::{Answer, Connection};
use crate::transport::error::DialError;

type Asking = Pin<Box<dyn Future<Output = (Connection, Result<Answer, DialError>)> + Send>>;

/// A connection and what happens on it.
pub(super) enum Lane {
    Idle(Connection),
    /// The answer has not begun.
    Asking(Asking),
    /// The body of the answer comes.
    Reading(Connection, Box<Answer>),
    /// Never seen: the state while another takes its place.
    Moving,
}

impl Lane {
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self, Self::Idle(_))
    }

    /// Starts an exchange, which [`poll_piece`](Self::poll_piece) carries on; without effect while
    /// one is under way.
    pub(super) fn start(&mut self, target: Arc<str>, body: Option<String>) {
        *self = match std::mem::replace(self, Self::Moving) {
            Self::Idle(mut connection) => Self::Asking(Box::pin(async move {
                let answer = connection.exchange(&target, body).await;
                (connection, answer)
            })),
            busy => busy,
        }
    }

    /// The next piece of the answer to the exchange that is under way; `None` at its end, after
    /// which the lane is idle, as it is after an error.
    pub(super) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, DialError>> {
        if let Self::Asking(asking) = self {
            let (connection, answer) = ready!(asking.as_mut().poll(cx));
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
