//! What a session tells its surroundings.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;

use super::{machines::gaps::Gap, tables::outbox::MessageId};
use crate::error::Error;

/// The state of the connection as the user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Not connected and not trying to.
    Disconnected,
    /// On the way to the first connection.
    Connecting,
    /// Ready: subscriptions are sent, events come in.
    Connected {
        /// Whether the server goes on with the former session, so that nothing was missed.
        recovered: bool,
    },
    /// The connection was lost or could not be made; another attempt follows.
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

/// Something to do or to pass on.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Open a link with [`Session::dial_token`](super::Session::dial_token). Answer with `opened` or `failed`.
    Dial,
    /// Give up the link, or the dial that is under way, and answer nothing. A farewell is the last frame of an orderly
    /// end; without one the link is beyond saving.
    HangUp {
        /// The last frame to send.
        farewell: Option<String>,
        /// Whether to close the WebSocket in an orderly manner.
        orderly: bool,
    },
    /// Tell the user.
    Notice(Notice),
}

/// News for the user, in order with the events.
#[derive(Debug, PartialEq)]
pub enum Notice {
    /// The state of the connection has changed.
    Connection {
        /// To this.
        state: ConnectionState,
        /// Because of this.
        reason: Option<String>,
    },
    /// Something went wrong.
    Error(Error),
    /// The server has confirmed a subscription on this connection: what happens from now on is sent.
    Subscribed {
        /// The SDK's id of it.
        subscription_id: String,
    },
    /// The server has confirmed a channel on this connection.
    Joined {
        /// Its name.
        channel: String,
    },
    /// A token is wanted: see [`Session::token_wanted`](super::Session::token_wanted) for the reason.
    TokenWanted,
    /// Events may have been missed, and what was live before is live again; or they were dropped, and are not any more.
    Gap(Gap),
    /// What became of a message, a join or a leave: the server's answer as JSON text, or why there is none.
    Outcome {
        /// The message.
        id: MessageId,
        /// Its answer; `None` where there is none.
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
    /// What the placeholders stand for, by their number.
    pub attachments: Vec<Bytes>,
}

/// What has happened so far, and how much is waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events the server sent.
    pub events_received: u64,
    /// Events dropped because their id was seen before.
    pub dropped_repeats: u64,
    /// Events dropped because no subscription or no listener wants them.
    pub dropped_unwanted: u64,
    /// Connections made again after one was lost.
    pub reconnects: u64,
    /// Bytes of frames received.
    pub bytes_received: u64,
    /// Bytes of frames sent.
    pub bytes_sent: u64,
}
