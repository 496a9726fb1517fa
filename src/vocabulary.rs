//! Every name on the wire that the platform's documentation does not define.
//!
//! If a deployment uses other names, only this file has to change.

/// The platform's two socket interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Socket.IO 5 over Engine.IO 4.
    SocketIo,
    /// The plain WebSocket with JSON frames.
    Ws,
}

/// The Socket.IO namespace of the platform.
pub const NAMESPACE: &str = "/";
/// The namespace of the client's application ping: a namespace that no server has. A server answers
/// every CONNECT to it with `CONNECT_ERROR` immediately, which has no other effect.
pub const PING_NAMESPACE: &str = "/-";

/// The path of Socket.IO below the base URL.
pub const SOCKET_IO_PATH: &str = "/socket.io/";
/// The path of the plain WebSocket below the base URL.
pub const WS_PATH: &str = "/ws";

/// The header with the application ID.
pub const APPLICATION_HEADER: &str = "x-application-id";
/// The header with the environment.
pub const ENVIRONMENT_HEADER: &str = "x-environment";

/// The header by which the server recognizes a repeated request.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// The end of the path for creating documents.
pub const DOCUMENTS_PATH: &str = "/documents";

/// Members of the body of a refused request.
pub mod refusal {
    /// The name of the error.
    pub const ERROR: &str = "error";
    /// The explanation.
    pub const MESSAGE: &str = "message";
    /// The server's revision, if a write expected another one.
    pub const CURRENT_REVISION: &str = "currentRevision";
}

/// Events to the server.
pub mod outgoing {
    /// Subscribes to a topic.
    pub const SUBSCRIBE: &str = "subscribe";
    /// Ends a subscription.
    pub const UNSUBSCRIBE: &str = "unsubscribe";
    /// Joins a channel.
    pub const JOIN: &str = "channel:join";
    /// Leaves a channel.
    pub const LEAVE: &str = "channel:leave";
    /// Renews the token of the connection.
    pub const TOKEN: &str = "auth";
    /// Requests a `pong` on the plain WebSocket.
    pub const PING: &str = "ping";
}

/// Events to the client.
pub mod incoming {
    /// Carries one `RealtimeEvent`.
    pub const EVENT: &str = "event";
    /// Confirms a subscription.
    pub const SUBSCRIBED: &str = "subscribed";
    /// Reports a failure.
    pub const ERROR: &str = "error";
    /// Acknowledges a frame with an `ackId` on the plain WebSocket.
    pub const ACK: &str = "ack";
    /// Reports events that the platform may have lost before they reached this connection.
    pub const GAP: &str = "gap";
    /// Carries the socket ID: the first frame on the plain WebSocket.
    pub const CONNECTED: &str = "connected";
}

/// Members of payloads.
pub mod member {
    /// The token, in the CONNECT payload and in its renewal.
    pub const TOKEN: &str = "token";
    /// The application ID in the CONNECT payload.
    pub const APPLICATION_ID: &str = "applicationId";
    /// The environment in the CONNECT payload.
    pub const ENVIRONMENT: &str = "environment";
    /// The topic of a subscription.
    pub const TOPIC: &str = "topic";
    /// The filter of a subscription.
    pub const FILTER: &str = "filter";
    /// How much of a document its events contain.
    pub const RETURN_MODE: &str = "returnMode";
    /// The ID of a subscription.
    pub const SUBSCRIPTION_ID: &str = "subscriptionId";
    /// The name of a channel.
    pub const CHANNEL: &str = "channel";
    /// The number of a request for an acknowledgement on the plain WebSocket.
    pub const ACK_ID: &str = "ackId";
    /// The ID of a connection.
    pub const SOCKET_ID: &str = "socketId";
    /// The server's time in Unix milliseconds: in an event's metadata, and in answers of servers
    /// that tell it.
    pub const TIMESTAMP: &str = "timestamp";
    /// The topics and channels that a gap concerns.
    pub const TOPICS: &str = "topics";
    /// How long before it was reported a gap began, in milliseconds.
    pub const DURATION: &str = "durationMs";
    /// Why there is a gap.
    pub const REASON: &str = "reason";
    /// The code of a refusal.
    pub const ERROR: &str = "error";
    /// The text of a refusal.
    pub const MESSAGE: &str = "message";
}

/// The topic of direct messages. No channel can have this name.
pub const DIRECT_TOPIC: &str = "direct";
/// The `source` of messages and presence.
pub const SOCKET_SOURCE: &str = "socket";

/// The words that show whether a `CONNECT_ERROR` is about the token, in lower case.
pub mod auth_words {
    /// A word that contains one of these is about the token or its rights.
    pub const STEMS: &[&str] = &[
        "auth",
        "token",
        "jwt",
        "jws",
        "credential",
        "forbidden",
        "permission",
        "permitted",
        "login",
        "password",
        "signature",
    ];
    /// A word that contains one of these is not about the token.
    pub const LOOKALIKES: &[&str] = &["author", "tokeniz", "tokenis"];
    /// Phrases that are about the token.
    pub const PHRASES: &[&str] = &[
        "access denied",
        "log in",
        "logged in",
        "sign in",
        "signed in",
        "api key",
        "session expired",
        "session has expired",
        "invalid grant",
    ];
    /// Phrases that are not about the token: an error of `JSON.parse`.
    pub const LOOKALIKE_PHRASES: &[&str] = &["unexpected token"];
    /// Words of a server in trouble, which cannot judge a token at this time.
    pub const TROUBLE: &[&str] = &[
        "unavailable",
        "unreachable",
        "down",
        "timeout",
        "timed",
        "overloaded",
        "busy",
        "many",
        "exceeded",
        "rate",
        "limit",
        "limited",
        "quota",
        "maintenance",
        "internal",
        "eacces",
        "eai",
        "econnrefused",
        "econnreset",
        "ehostunreach",
        "enotfound",
        "epipe",
        "etimedout",
        "hang",
    ];
    /// Words before an HTTP status.
    pub const STATUS: &[&str] = &["code", "e", "error", "http", "status"];
}
