//! A refused CONNECT: the server's words, and whether they are about the token.
//!
//! Servers word this in many ways, so the words are compared without regard to case and separators.
//! The strongest evidence decides:
//!
//! | evidence | read from |
//! |---|---|
//! | an HTTP status: 401 and 403 are about the token, other statuses from 402 on are not | `code`, `errorCode`, `status`, `statusCode`, `httpStatus`: a number, or a text with one |
//! | the words of a code | the same, `type`, `name`, `reason`, `error`, or `data` where that is a text |
//! | the words of the message, unless there is a `code` | `message` |
//!
//! The names of the members are compared in the same way: `error_code` is `errorCode`.
//!
//! Without evidence the refusal is not about the token: the same token may be accepted a moment
//! later.

use std::{borrow::Cow, time::Duration};

use super::wording::{judge, status_in, words};
use crate::{
    error::{ErrorKind, MAX_TIMER},
    protocol::{
        event::members,
        json::{Scanner, unescape},
    },
    vocabulary::member,
};

/// A server's refusal of CONNECT.
#[derive(Debug, PartialEq)]
pub(in crate::session) struct Refusal {
    /// The server's words, and its code unless it is the one of the client's error, for people to
    /// read.
    pub(in crate::session) text: String,
    /// Whether another token may help, and the same one cannot.
    pub(in crate::session) is_about_token: bool,
    /// How long the server asks the client to wait.
    pub(in crate::session) retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads the payload of a `CONNECT_ERROR`: an object with `message` and `data`, or a text.
    pub(in crate::session) fn read(payload: &str) -> Self {
        let [message, data] = members(payload, [member::MESSAGE, "data"]);
        let mut evidence = Evidence::default();
        for json in [Some(payload), message, data].into_iter().flatten() {
            evidence.collect(json);
        }
        let as_text = data.and_then(text);
        match data {
            Some(json) if json.starts_with('"') => evidence.names.extend(as_text),
            _ => evidence.codes.extend(as_text),
        }
        let said = message.or(Some(payload).filter(|payload| payload.starts_with('"')));
        let said = said.map(|json| unescape(json).unwrap_or(Cow::Borrowed(json)));
        evidence.messages.extend(said.as_deref().map(str::to_owned));
        let said = said.filter(|said| !said.is_empty()).unwrap_or("no reason given".into());
        let text = match evidence.label().filter(|code| *code != ErrorKind::AuthFailed.code()) {
            Some(code) => format!("{} ({code})", said.trim_end_matches('.')),
            None => said.into_owned(),
        };
        Self { is_about_token: evidence.is_about_token(), text, retry_after: evidence.retry_after }
    }
}

/// The evidence in the members of a refusal.
#[derive(Default)]
struct Evidence {
    /// Members with a status or a code of the server's own.
    codes: Vec<String>,
    /// Members with a name of the kind of error.
    names: Vec<String>,
    /// Sentences.
    messages: Vec<String>,
    retry_after: Option<Duration>,
}

impl Evidence {
    /// Adds the members of a JSON object, and those of the error in it.
    fn collect(&mut self, object: &str) {
        if let Some(error) = self.collect_members(object) {
            self.collect_members(error);
        }
    }

    fn collect_members<'a>(&mut self, object: &'a str) -> Option<&'a str> {
        let mut scanner = Scanner::new(object);
        scanner.open_object().ok()?;
        let mut error = None;
        while let Ok(Some(key)) = scanner.next_key() {
            let Ok(value) = scanner.skip_value() else { break };
            match words(&key.decode()).concat().as_str() {
                // A code tells people more than a status.
                "code" | "errorcode" => self.codes.splice(0..0, text(value)).for_each(drop),
                "status" | "statuscode" | "httpstatus" => self.codes.extend(text(value)),
                "type" | "name" | "reason" => self.names.extend(text(value)),
                member::ERROR => {
                    self.names.extend(text(value));
                    error = Some(value).filter(|json| json.starts_with('{'));
                }
                member::MESSAGE => self.messages.extend(unescape(value).map(Cow::into_owned)),
                "retryafter" => {
                    let wait = value.parse().ok().and_then(|ms: f64| Duration::try_from_secs_f64(ms / 1000.0).ok());
                    self.retry_after = self.retry_after.or(wait.map(|wait| wait.min(MAX_TIMER)));
                }
                _ => {}
            }
        }
        error
    }

    /// The code to show.
    fn label(&self) -> Option<&str> {
        self.codes.iter().chain(&self.names).map(String::as_str).find(|code| !code.is_empty())
    }

    fn is_about_token(&self) -> bool {
        let statuses: Vec<_> = self.codes.iter().filter_map(|code| status_in(&words(code))).collect();
        if !statuses.is_empty() {
            return statuses.contains(&true);
        }
        let verdicts: Vec<_> = self.codes.iter().chain(&self.names).filter_map(|name| judge(name)).collect();
        if !verdicts.is_empty() {
            return verdicts.contains(&true);
        }
        let has_code = self.codes.iter().any(|code| !code.is_empty() && code.parse::<f64>().is_err());
        !has_code && self.messages.iter().any(|message| judge(message) == Some(true))
    }
}

/// A text or a number of JSON as text.
fn text(json: &str) -> Option<String> {
    // 401.0 is 401, but a huge number stays as it is.
    let short = |number: f64| if number.abs() < 1e15 { number.to_string() } else { json.to_owned() };
    unescape(json).map(Cow::into_owned).or_else(|| json.parse().ok().map(short))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn is_about_token(payload: &Value) -> bool {
        Refusal::read(&payload.to_string()).is_about_token
    }

    #[test]
    fn codes_are_compared_without_regard_to_case_separators_and_type() {
        for code in [
            json!("AUTH_FAILED"),
            json!("auth-failed"),
            json!("authFailed"),
            json!("AUTHFAILED"),
            json!("invalid_token"),
            json!("InvalidToken"),
            json!("invalidtoken"),
            json!("token_expired"),
            json!("TokenExpiredError"),
            json!("JWTExpired"),
            json!("ERR_JWT_EXPIRED"),
            json!("Unauthorized"),
            json!("UNAUTHORISED"),
            json!("unauthenticated"),
            json!("credentials_required"),
            json!("CredentialsError"),
            json!("Forbidden"),
            json!("PERMISSION_DENIED"),
            json!("access_denied"),
            json!("JsonWebTokenError"),
            json!("LOGIN_REQUIRED"),
            json!("session-expired"),
            json!("invalid_grant"),
            json!("auth/id-token-expired"),
            json!(401),
            json!("401"),
            json!(403),
            json!("403"),
            json!(401.0),
            json!("HTTP_401"),
            json!("E401"),
            json!("401 Unauthorized"),
        ] {
            for name in ["code", "status", "statusCode", "STATUS_CODE", "error_code", "type", "name", "reason", "error"]
            {
                // A name or type is a word, and no number.
                let is_word = matches!(name, "type" | "name" | "reason" | "error");
                if code.is_number() && is_word {
                    continue;
                }
                let data = json!({ name: code });
                assert!(is_about_token(&json!({ "message": "please come in", "data": data })), "{name}: {code}");
            }
            assert!(is_about_token(&json!({ "message": "no", "data": code })), "data: {code}");
            assert!(is_about_token(&json!({ "message": "no", "code": code })), "without data: {code}");
            assert!(
                is_about_token(&json!({ "message": "no", "data": { "error": { "code": code } } })),
                "nested: {code}"
            );
        }
    }

    #[test]
    fn codes_and_statuses_about_something_else_are_not_about_the_token() {
        for code in [
            json!("SERVER_BUSY"),
            json!("TOO_MANY_CONNECTIONS"),
            json!("AUTHOR_NOT_FOUND"),
            json!("TOKENIZER_FAILED"),
            json!("AUTH_SERVICE_UNAVAILABLE"),
            json!("auth_timeout"),
            json!("ECONNREFUSED"),
            json!(429),
            json!("429"),
            json!(503),
            json!(500),
            json!(404),
            json!("HTTP 503"),
        ] {
            let payload = json!({ "message": "no token for you", "data": { "code": code } });
            assert!(!is_about_token(&payload), "{payload}");
        }
        for data in [
            json!({ "status": 503 }),
            json!({ "statusCode": "503" }),
            json!(503),
            json!("503"),
            json!({ "code": "invalid_token", "status": 503 }),
            json!({ "type": "ServiceUnavailableError" }),
        ] {
            assert!(!is_about_token(&json!({ "message": "invalid token", "data": data })), "{data}");
        }
    }

    #[test]
    fn a_status_decides_over_a_code_and_a_code_over_the_message() {
        assert!(is_about_token(&json!({ "message": "database is down", "data": { "code": "E_DB", "status": 401 } })));
        assert!(is_about_token(&json!({ "message": "invalid", "data": { "status": 400, "code": "invalid_token" } })));
        assert!(is_about_token(
            &json!({ "message": "no", "data": { "code": "E_REFUSED", "type": "UnauthorizedError" } })
        ));
        assert!(!is_about_token(&json!({ "message": "no token left", "data": { "code": "QUEUE" } })));
        assert!(is_about_token(&json!({ "message": "jwt expired", "data": { "name": "Error", "code": 7 } })));
    }

    #[test]
    fn without_a_code_the_words_of_the_message_decide() {
        for message in [
            "invalid token",
            "Token expired",
            "jwt expired",
            "jwt malformed",
            "Authentication error",
            "not authorized",
            "Not authorised!",
            "unauthorized",
            "forbidden",
            "Forbidden: read only",
            "access denied",
            "bad credentials",
            "permission denied",
            "you have no permissions",
            "invalid signature",
            "TokenExpiredError: jwt expired",
            "Please log in",
            "please sign in again",
            "not logged in",
            "wrong password",
            "auth failed",
            "OAuth error",
            "unauthorizedError",
            "No auth token",
            "invalid API key",
            "Request failed with status code 401",
        ] {
            assert!(is_about_token(&json!({ "message": message })), "{message}");
            assert!(is_about_token(&json!(message)), "a bare text: {message}");
            assert!(is_about_token(&json!({ "message": message, "data": {} })), "{message}");
            assert!(is_about_token(&json!({ "message": message, "data": null })), "{message}");
        }
        for message in [
            "database is down",
            "author not found",
            "authority unknown",
            "the authors are asleep",
            "too many connections",
            "tokenizer failed",
            "cannot tokenise",
            "Unexpected token < in JSON at position 0",
            "server is full",
            "",
            "expired",
            "Connection rejected by server",
            "auth service is down",
            "token service unavailable",
            "authentication timed out",
            "getaddrinfo ENOTFOUND auth.example.com",
            "connect ECONNREFUSED auth:443",
            "rate limited: token bucket is empty",
            "tokens per minute exceeded",
            "Request failed with status code 503 (auth)",
            "room 401 is closed",
            "internal error",
            "Invalid namespace",
        ] {
            assert!(!is_about_token(&json!({ "message": message })), "{message}");
            assert!(!is_about_token(&json!(message)), "a bare text: {message}");
        }
        assert!(is_about_token(&json!({ "message": "Error", "data": { "message": "jwt expired" } })));
        assert!(!is_about_token(&json!("words ".repeat(10_000) + "invalid token")), "it is not searched to its end");
        for payload in
            [json!({}), json!({ "message": 7 }), json!({ "message": null, "data": [] }), json!({ "data": true })]
        {
            assert!(!is_about_token(&payload), "{payload}");
        }
    }

    #[test]
    fn the_text_has_the_words_and_the_code() {
        for (payload, text) in [
            (json!({ "message": "no", "data": { "code": "E_NO" } }), "no (E_NO)"),
            (json!({ "message": "no", "data": { "status": 503, "name": "Error" } }), "no (503)"),
            (json!({ "message": "no", "data": { "code": "", "name": "E" } }), "no (E)"),
            (json!({ "message": "no", "data": "invalid_token" }), "no (invalid_token)"),
            (
                json!({ "message": "The token is expired.", "data": { "code": "E_OLD" } }),
                "The token is expired (E_OLD)",
            ),
            (json!({ "message": "No permission.", "data": { "code": "AUTH_FAILED" } }), "No permission."),
            (json!("no"), "no"),
            (json!({ "message": "no" }), "no"),
            (json!({ "message": { "code": 4 } }), "{\"code\":4} (4)"),
            (json!({}), "no reason given"),
        ] {
            assert_eq!(Refusal::read(&payload.to_string()).text, text, "{payload}");
        }
    }

    #[test]
    fn a_wait_is_read_in_milliseconds_and_bounded() {
        for (wait, expected) in [
            (json!(1500), Some(Duration::from_millis(1500))),
            (json!(0.5), Some(Duration::from_micros(500))),
            (json!(1e300), None),
            (json!(1e15), Some(MAX_TIMER)),
            (json!(-1), None),
            (json!("soon"), None),
        ] {
            let payload = json!({ "message": "later", "data": { "code": 429, "retryAfter": wait } });
            assert_eq!(Refusal::read(&payload.to_string()).retry_after, expected, "{wait}");
        }
    }
}
