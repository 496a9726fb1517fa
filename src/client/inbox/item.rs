//! An event on its way into a batch.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    session::BinaryEvent,
    shape::{Batch, Event},
};

/// An event that the inbox accepts.
pub(in crate::client) trait Item {
    /// The item as JSON text.
    fn json(&self) -> Cow<'_, str>;

    /// Appends the item to a batch.
    fn write(self, batch: &mut Batch);
}

impl Item for Event<'_> {
    fn json(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.text())
    }

    fn write(self, batch: &mut Batch) {
        batch.push_event(self);
    }
}

impl Item for BinaryEvent {
    fn json(&self) -> Cow<'_, str> {
        let attachments: Vec<_> = self.attachments.iter().map(|bytes| STANDARD.encode(bytes)).collect();
        Cow::Owned(format!(r#"["binary",{},{}]"#, self.text, json!(attachments)))
    }

    fn write(self, batch: &mut Batch) {
        batch.push_json(true, |json| json.push_str(&self.json()));
    }
}
