//! Every name on the wire that the platform's documentation leaves open, in one place.
//!
//! A deployment that calls something differently is met by an edit of this file alone.

/// Which of the platform's two socket interfaces to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Socket.IO 5 over Engine.IO 4.
    SocketIo,
    /// The plain WebSocket with JSON frames.
    Ws,
}

/// The Socket.IO namespace of the platform.
pub const NAMESPACE: &str = "/";
/// A Socket.IO namespace that no server has. Every server answers a CONNECT to it with
/// `CONNECT_ERROR`, at once, again and again, and with no other effect: the client's application
/// ping.
pub const PING_NAMESPACE: &str = "/-";

/// Where Socket.IO is served, below the base address.
pub const SOCKET_IO_PATH: &str = "/socket.io/";
/// Where the plain WebSocket is served, below the base address.
pub const WS_PATH: &str = "/ws";

/// The header that names the application.
pub const APPLICATION_HEADER: &str = "x-application-id";
/// The header that names the environment.
pub const ENVIRONMENT_HEADER: &str = "x-environment";

/// The header by which the server knows a request it has seen before.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// How the path ends that documents are created at.
pub const DOCUMENTS_PATH: &str = "/documents";

/// Members of the body of a refused request.
pub mod refusal {
    /// The name of the error.
    pub const ERROR: &str = "error";
    /// The explanation.
    pub const MESSAGE: &str = "message";
    /// The revision that the server has, where a write expected another.
    pub const CURRENT_REVISION: &str = "currentRevision";
}

/// Events to the server.
pub mod outgoing {
    /// Asks for the events of a topic.
    pub const SUBSCRIBE: &str = "subscribe";
    /// Ends a subscription.
    pub const UNSUBSCRIBE: &str = "unsubscribe";
    /// Joins a channel.
    pub const JOIN: &str = "channel:join";
    /// Leaves a channel.
    pub const LEAVE: &str = "channel:leave";
    /// Gives the connection a new token.
    pub const TOKEN: &str = "auth";
    /// Asks a plain WebSocket peer for a `pong`.
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
    /// On the plain WebSocket: the answer to a frame that carried an `ackId`.
    pub const ACK: &str = "ack";
    /// On the plain WebSocket: the first frame, with the connection's socket id.
    pub const CONNECTED: &str = "connected";
}

/// Members of payloads.
pub mod member {
    /// The token in the CONNECT payload, and of a connection that is given a new one.
    pub const TOKEN: &str = "token";
    /// The application id in the CONNECT payload.
    pub const APPLICATION_ID: &str = "applicationId";
    /// The environment in the CONNECT payload.
    pub const ENVIRONMENT: &str = "environment";
    /// The topic of a subscription.
    pub const TOPIC: &str = "topic";
    /// The filter of a subscription.
    pub const FILTER: &str = "filter";
    /// What document events carry.
    pub const RETURN_MODE: &str = "returnMode";
    /// The id of a subscription.
    pub const SUBSCRIPTION_ID: &str = "subscriptionId";
    /// The name of a channel.
    pub const CHANNEL: &str = "channel";
    /// The number under which an answer is wanted, on the plain WebSocket.
    pub const ACK_ID: &str = "ackId";
    /// The id of a connection.
    pub const SOCKET_ID: &str = "socketId";
    /// The code of a refusal.
    pub const ERROR: &str = "error";
    /// The text of a refusal.
    pub const MESSAGE: &str = "message";
}

/// The topic of direct messages. No channel can have this name.
pub const DIRECT_TOPIC: &str = "direct";
/// The `source` of messages and presence.
pub const SOCKET_SOURCE: &str = "socket";

/// The words by which a `CONNECT_ERROR` shows whether it is about the token, in small letters.
pub mod auth_words {
    /// A word that holds one of these is about the token or its rights.
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
    /// A word that holds one of these only looks so.
    pub const LOOKALIKES: &[&str] = &["author", "tokeniz", "tokenis"];
    /// Words that are about the token together.
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
    /// Words that only look so together: of an error of `JSON.parse`.
    pub const LOOKALIKE_PHRASES: &[&str] = &["unexpected token"];
    /// Words of a server in trouble, which cannot tell a good token from a bad one now.
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
    /// Words that an HTTP status follows.
    pub const STATUS: &[&str] = &["code", "e", "error", "http", "status"];
}
