//! The JSON object in which the platform explains a failure:
//! `{ error, message, currentRevision? }`.

use super::{excerpt::excerpt, status_line::status_line};
use crate::{
    protocol::json::{self, Scanner},
    transport::start_of,
    vocabulary::refusal,
};

/// How many characters of the server's message an error shows.
const MAX_MESSAGE_CHARACTERS: usize = 1000;

/// The explanation, with the members that matter to an error.
pub(super) struct Report {
    name: Option<String>,
    message: Option<String>,
    /// Whether it has a `currentRevision`: the conflict is about revisions.
    pub(super) has_revision: bool,
}

impl Report {
    /// `None` if the text is not a JSON object.
    pub(super) fn scan(text: &str) -> Option<Self> {
        let mut report = Self { name: None, message: None, has_revision: false };
        let mut scanner = Scanner::new(text);
        scanner.open_object().ok()?;
        while let Some(key) = scanner.next_key().ok()? {
            let value = scanner.skip_value().ok()?;
            let text = || json::unescape(value).filter(|text| !text.is_empty());
            match &*key.decode() {
                refusal::ERROR => report.name = text().map(|name| excerpt(name.as_bytes())),
                refusal::MESSAGE => report.message = text().map(|message| start_of(&message, MAX_MESSAGE_CHARACTERS)),
                refusal::CURRENT_REVISION => report.has_revision = true,
                _ => {}
            }
        }
        scanner.finish().ok()?;
        Some(report)
    }

    /// The message of the error for a response with this status.
    pub(super) fn message(&self, status: u16) -> String {
        let mut message = match &self.name {
            Some(name) => format!("the server answered {status} {name}"),
            None => status_line(status),
        };
        if let Some(text) = &self.message {
            message.push_str(": ");
            message.push_str(text);
        }
        message
    }
}
