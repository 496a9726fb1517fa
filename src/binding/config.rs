//! The options of a client, as the JavaScript side passes them: complete, and of the right types.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use napi_derive::napi;

use super::log::log_of;
use crate::{
    client::{InboxLimits, Overflow},
    error::{Error, ErrorKind},
    log::Log,
    session::{Config, Heartbeat, Measure, OutboxLimits, ReconnectPolicy},
    token::Token,
    transport::{Compression, Endpoint, EndpointOptions, OptionError, ProxyOptions, TlsOptions, Transports},
    vocabulary::Protocol,
};

/// The options of the engine. Durations are in milliseconds.
#[napi(object, object_to_js = false)]
pub struct EngineConfig {
    pub url: String,
    /// `None`: the client asks JavaScript for each token.
    pub token: Option<String>,
    #[napi(ts_type = "'socket.io' | 'ws'")]
    pub protocol: String,
    pub path: Option<String>,
    pub headers: Option<HashMap<String, String>>,
    pub application_id: Option<String>,
    pub environment: Option<String>,
    pub reconnection: bool,
    /// `Infinity`: the client never gives up.
    pub reconnection_attempts: f64,
    pub reconnection_delay: f64,
    pub reconnection_delay_max: f64,
    pub randomization_factor: f64,
    pub reconnect_on_server_disconnect: bool,
    pub connect_timeout: f64,
    /// `None`: the client relies on the pings of the server.
    pub heartbeat: Option<EngineHeartbeat>,
    pub outbox: EngineOutbox,
    /// How long an event may wait for more events before JavaScript is woken. `None`: it does not
    /// wait, but the I/O thread may rest for a moment while events come fast.
    pub coalesce_ms: Option<f64>,
    pub inbox: EngineInbox,
    pub tls: Option<EngineTls>,
    #[napi(ts_type = "('websocket' | 'polling')[]")]
    pub transports: Vec<String>,
    pub proxy: Option<EngineProxy>,
    /// The largest message that the client accepts from the server.
    pub max_message_bytes: f64,
    /// `None`: the client offers no compression.
    pub compression: Option<EngineCompression>,
    /// `None`: nothing is recorded.
    pub record: Option<EngineRecord>,
    /// What to measure; `None`: nothing.
    pub stats: Option<EngineMeasure>,
    /// The number of the log sink. `None`: nothing is logged.
    pub log: Option<f64>,
}

/// How WebSocket messages are compressed.
#[derive(Clone, Copy)]
#[napi(object, object_to_js = false)]
pub struct EngineCompression {
    pub threshold: f64,
    pub max_window_bits: u8,
}

/// What the flight recorder keeps.
#[napi(object, object_to_js = false)]
pub struct EngineRecord {
    pub max_bytes: f64,
    /// Whether to keep the bytes of attachments.
    pub payloads: bool,
}

/// What the client measures besides its counters.
#[derive(Clone, Copy)]
#[napi(object, object_to_js = false)]
pub struct EngineMeasure {
    pub latency: bool,
    pub topics: bool,
}

/// An HTTP proxy.
#[napi(object, object_to_js = false)]
pub struct EngineProxy {
    pub host: String,
    pub port: u16,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<String>,
}

/// When to ping a quiet server, and how long to wait for a sign of life.
#[napi(object, object_to_js = false)]
pub struct EngineHeartbeat {
    pub interval: f64,
    pub timeout: f64,
}

/// The limits of messages that wait to be sent.
#[allow(clippy::struct_field_names, reason = "the names of the options")]
#[napi(object, object_to_js = false)]
pub struct EngineOutbox {
    pub max_messages: f64,
    pub max_bytes: f64,
    pub max_age_ms: f64,
}

/// The limits of events that wait for handlers.
#[napi(object, object_to_js = false)]
pub struct EngineInbox {
    pub max_events: f64,
    pub max_bytes: f64,
    #[napi(ts_type = "'disconnect' | 'drop-oldest' | 'drop-newest' | 'latest'")]
    pub overflow: String,
    /// `None`: the inbox may pause the reading for as long as the connection survives it.
    pub max_pause_ms: Option<f64>,
}

/// TLS options; certificates and keys as PEM text.
#[napi(object, object_to_js = false)]
pub struct EngineTls {
    pub ca: Option<Vec<String>>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub reject_unauthorized: Option<bool>,
    pub servername: Option<String>,
}

impl EngineConfig {
    /// The checked options of the session, the transport and the inbox.
    pub(super) fn into_parts(self) -> Result<(Config, Endpoint, InboxLimits), Error> {
        let protocol = self.protocol()?;
        let reconnect = ReconnectPolicy {
            enabled: self.reconnection,
            attempts: attempts(self.reconnection_attempts)?,
            delay: milliseconds("reconnectionDelay", self.reconnection_delay)?,
            delay_max: milliseconds("reconnectionDelayMax", self.reconnection_delay_max)?,
            randomization: Some(self.randomization_factor)
                .filter(|factor| (0.0..=1.0).contains(factor))
                .ok_or_else(|| invalid("randomizationFactor", "expected a number from 0 to 1"))?,
            after_server_disconnect: self.reconnect_on_server_disconnect,
        };
        let config = Config {
            protocol,
            token: self.token()?,
            application_id: self.application_id.clone(),
            environment: self.environment.clone(),
            reconnect,
            connect_timeout: milliseconds("connectTimeout", self.connect_timeout)?,
            heartbeat: self.heartbeat.as_ref().map(EngineHeartbeat::parse).transpose()?,
            outbox: self.outbox.limits()?,
            max_message_bytes: self.max_message_bytes()?,
            max_pause: self.inbox.max_pause_ms.map(|pause| milliseconds("inbox.maxPauseMs", pause)).transpose()?,
            measure: self
                .stats
                .map_or_else(Measure::default, |EngineMeasure { latency, topics }| Measure { latency, topics }),
        };
        let inbox = self.inbox.limits()?;
        let endpoint = Endpoint::new(self.into_endpoint()?).map_err(Error::from)?;
        Ok((config, endpoint, inbox))
    }

    /// The options that sockets and REST share.
    pub(super) fn into_endpoint(self) -> Result<EndpointOptions, Error> {
        Ok(EndpointOptions {
            max_message_bytes: self.max_message_bytes()?,
            compression: self.compression.map(EngineCompression::parse).transpose()?,
            protocol: self.protocol()?,
            transports: self.transports()?,
            url: self.url,
            path: self.path,
            headers: self.headers.unwrap_or_default().into_iter().collect(),
            application_id: self.application_id,
            environment: self.environment,
            tls: self.tls.map(TlsOptions::from).unwrap_or_default(),
            proxy: self.proxy.map(ProxyOptions::from),
        })
    }

    /// The log to write to.
    pub(super) fn log(&self) -> Log {
        self.log.map_or(Log::OFF, log_of)
    }

    fn max_message_bytes(&self) -> Result<usize, Error> {
        positive("maxMessageBytes", self.max_message_bytes)
    }

    fn transports(&self) -> Result<Transports, Error> {
        let names: Vec<_> = self.transports.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["websocket"] => Ok(Transports::WebSocket),
            ["polling"] => Ok(Transports::Polling),
            ["websocket", "polling"] => Ok(Transports::Either),
            _ => Err(invalid("transports", "expected ['websocket', 'polling'] or one of them")),
        }
    }

    /// The token, if the user has passed one.
    pub(super) fn token(&self) -> Result<Option<Token>, Error> {
        self.token.as_deref().map(token).transpose()
    }

    fn protocol(&self) -> Result<Protocol, Error> {
        match self.protocol.as_str() {
            "socket.io" => Ok(Protocol::SocketIo),
            "ws" => Ok(Protocol::Ws),
            _ => Err(invalid("protocol", "expected 'socket.io' or 'ws'")),
        }
    }
}

impl From<EngineProxy> for ProxyOptions {
    fn from(EngineProxy { host, port, authorization }: EngineProxy) -> Self {
        Self { host, port, authorization }
    }
}

impl EngineCompression {
    fn parse(self) -> Result<Compression, Error> {
        if !(9..=15).contains(&self.max_window_bits) {
            return Err(invalid("compression.maxWindowBits", "expected an integer from 9 to 15"));
        }
        let threshold = count("compression.threshold", self.threshold)?;
        Ok(Compression { threshold, max_window_bits: self.max_window_bits })
    }
}

impl EngineOutbox {
    fn limits(&self) -> Result<OutboxLimits, Error> {
        Ok(OutboxLimits {
            messages: count("outbox.maxMessages", self.max_messages)?,
            bytes: count("outbox.maxBytes", self.max_bytes)?,
            age: milliseconds("outbox.maxAgeMs", self.max_age_ms)?,
        })
    }
}

impl EngineInbox {
    fn limits(&self) -> Result<InboxLimits, Error> {
        let named = |overflow: &Overflow| overflow.name() == self.overflow;
        let overflow = [Overflow::Disconnect, Overflow::DropOldest, Overflow::DropNewest, Overflow::Latest]
            .into_iter()
            .find(named)
            .ok_or_else(|| {
                invalid("inbox.overflow", "expected 'disconnect', 'drop-oldest', 'drop-newest' or 'latest'")
            })?;
        let events = positive("inbox.maxEvents", self.max_events)?;
        Ok(InboxLimits { events, bytes: positive("inbox.maxBytes", self.max_bytes)?, overflow })
    }
}

impl EngineHeartbeat {
    fn parse(&self) -> Result<Heartbeat, Error> {
        Ok(Heartbeat {
            interval: milliseconds("heartbeat.interval", self.interval)?,
            timeout: milliseconds("heartbeat.timeout", self.timeout)?,
        })
    }
}

impl From<OptionError> for Error {
    fn from(problem: OptionError) -> Self {
        invalid(problem.option, &problem.message)
    }
}

impl From<EngineTls> for TlsOptions {
    fn from(tls: EngineTls) -> Self {
        Self {
            ca: tls.ca,
            cert: tls.cert,
            key: tls.key,
            reject_unauthorized: tls.reject_unauthorized,
            servername: tls.servername,
        }
    }
}

/// Parses a token of JavaScript.
pub(super) fn token(text: &str) -> Result<Token, Error> {
    let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Token::parse(text, unix)
}

fn attempts(count: f64) -> Result<Option<u32>, Error> {
    if count == f64::INFINITY {
        return Ok(None);
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and the value is not negative"
    )]
    match count {
        // A cast of a larger number saturates: no client ever makes that many attempts.
        count if (0.0..=f64::MAX).contains(&count) => Ok(Some(count as u32)),
        _ => Err(invalid("reconnectionAttempts", "expected a whole number >= 0, or Infinity")),
    }
}

fn count(option: &str, value: f64) -> Result<usize, Error> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    match value {
        // 2^53: the largest integer that JavaScript counts to.
        value if (0.0..=9_007_199_254_740_992.0).contains(&value) => Ok(value as usize),
        _ => Err(invalid(option, "expected a whole number >= 0")),
    }
}

pub(super) fn positive(option: &str, value: f64) -> Result<usize, Error> {
    match count(option, value)? {
        0 => Err(invalid(option, "expected a whole number >= 1")),
        value => Ok(value),
    }
}

pub(super) fn milliseconds(option: &str, value: f64) -> Result<Duration, Error> {
    // A year exceeds every sensible wait, and adding it to an instant does not overflow.
    const YEAR: f64 = 365.0 * 24.0 * 3_600_000.0;
    if value.is_nan() || value < 0.0 {
        return Err(invalid(option, "expected a number of milliseconds >= 0"));
    }
    Ok(Duration::from_secs_f64(value.min(YEAR) / 1000.0))
}

fn invalid(option: &str, expected: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("options.{option}: {expected}"))
}
