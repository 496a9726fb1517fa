//! What a session returns to its driver, and through it to the user.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;

use super::{machines::gaps::Gap, tables::outbox::MessageId};
use crate::error::Error;

/// The state of the connection as the user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Not connected and not trying to.
    Disconnected,
    /// Making the first connection.
    Connecting,
    /// Ready: subscriptions are sent, events come in.
    Connected {
        /// Whether the server has recovered the former session, so that nothing was missed.
        recovered: bool,
    },
    /// The connection was lost or could not be made. Another attempt follows.
    Reconnecting {
        /// Which attempt in a row, counted from 1.
        attempt: u32,
        /// When, from now.
        retry_in: Duration,
    },
}

impl ConnectionState {
    /// Its name in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Connecting => "connecting",
            Self::Connected { .. } => "connected",
            Self::Reconnecting { .. } => "reconnecting",
        }
    }
}

/// A ping to send, ahead of every other frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ping {
    /// A ping frame of RFC 6455.
    Control,
    /// A text frame that the server answers: an application ping.
    Application(String),
}

/// Something for the driver to do.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Open a link with [`Session::dial_token`](super::Session::dial_token), and call `handle_open`
    /// or `handle_disconnect`.
    Dial,
    /// Close the link, or cancel the dial, and report nothing. With a farewell, send it as the last
    /// frame.
    HangUp {
        /// The last frame to send.
        farewell: Option<String>,
        /// Whether to close the WebSocket with a close handshake. False: the peer is gone.
        orderly: bool,
    },
    /// Report this to the user.
    Notice(Notice),
}

/// A report for the user, in order with the events.
#[derive(Debug, PartialEq)]
pub enum Notice {
    /// The state of the connection has changed.
    Connection {
        /// The new state.
        state: ConnectionState,
        /// The reason.
        reason: Option<String>,
    },
    /// Something went wrong.
    Error(Error),
    /// The server has confirmed a subscription on this connection: it sends the events from now on.
    Subscribed {
        /// The SDK's id of the subscription.
        subscription_id: String,
    },
    /// The server has confirmed a channel on this connection.
    Joined {
        /// The name of the channel.
        channel: String,
    },
    /// The session asks for a token. [`Session::token_wanted`](super::Session::token_wanted) has
    /// the reason.
    TokenWanted,
    /// Events may have been missed, and all subscriptions are live again; or the inbox has dropped
    /// events.
    Gap(Gap),
    /// The outcome of a message, a join or a leave.
    Outcome {
        /// The call.
        id: MessageId,
        /// The server's answer as JSON text; `None`: there is no answer, and none is needed.
        result: Result<Option<String>, Error>,
    },
}

/// An event for the user's handlers.
#[derive(Debug, PartialEq)]
pub struct Delivery<'a, E> {
    /// Its topic.
    pub topic: Cow<'a, str>,
    /// The event: what the recognizer hands over, see
    /// [`Recognizer::Event`](crate::protocol::event::Recognizer::Event), or a [`BinaryEvent`].
    pub event: E,
}

/// An event with attachments.
#[derive(Debug, PartialEq)]
pub struct BinaryEvent {
    /// The event as JSON text, with placeholders.
    pub text: String,
    /// The binary values behind the placeholders, by their number.
    pub attachments: Vec<Bytes>,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events the server sent.
    pub events_received: u64,
    /// Events dropped by deduplication.
    pub dropped_repeats: u64,
    /// Events dropped because no subscription or no listener wants them.
    pub dropped_unwanted: u64,
    /// Gaps reported.
    pub gaps: u64,
    /// Connections made after one was lost.
    pub reconnects: u64,
    /// Bytes of frames received.
    pub bytes_received: u64,
    /// Bytes of frames sent.
    pub bytes_sent: u64,
}
