//! The server's ids of subscriptions.

use hashbrown::HashMap;

use crate::protocol::json::{quote, unescape};

/// An id: any JSON but `null`, sent back as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::session) struct ServerId(Box<str>);

impl ServerId {
    /// Reads it from JSON.
    pub(in crate::session) fn read(json: &str) -> Option<Self> {
        if json == "null" {
            return None;
        }
        match unescape(json) {
            // In one form, so that ids with the same meaning are equal. A lone surrogate has no
            // other form.
            Some(text) if !text.contains(char::REPLACEMENT_CHARACTER) => Some(Self::of(&text)),
            _ => Some(Self(json.into())),
        }
    }

    /// An id that is a text.
    pub(in crate::session) fn of(text: &str) -> Self {
        let mut json = String::with_capacity(text.len() + 2);
        quote(text, &mut json);
        Self(json.into())
    }

    pub(in crate::session) fn json(&self) -> &str {
        &self.0
    }
}

/// The live subscriptions, by number, that have an id. A server may use one id for several.
#[derive(Debug, Default)]
pub(in crate::session) struct Owners(HashMap<ServerId, Vec<u32>>);

impl Owners {
    pub(in crate::session) fn of(&self, server_id: &ServerId) -> &[u32] {
        self.0.get(server_id).map(Vec::as_slice).unwrap_or_default()
    }

    pub(in crate::session) fn insert(&mut self, server_id: ServerId, number: u32) {
        self.0.entry(server_id).or_default().push(number);
    }

    pub(in crate::session) fn remove(&mut self, server_id: &ServerId, number: u32) {
        if let Some(numbers) = self.0.get_mut(server_id) {
            numbers.retain(|&other| other != number);
            if numbers.is_empty() {
                self.0.remove(server_id);
            }
        }
    }

    pub(in crate::session) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_given_back_as_it_came() {
        for json in ["77", "12345678901234567890123", "1e400", r#""x9""#, r#""\ud83d""#, r#"{"a":[1]}"#] {
            assert_eq!(ServerId::read(json).as_ref().map(ServerId::json), Some(json));
        }
        assert_eq!(ServerId::read("null"), None);
    }

    #[test]
    fn is_the_same_however_it_is_written() {
        assert_eq!(ServerId::read(r#""s\u0075b\/1""#), Some(ServerId::of("sub/1")));
        assert_ne!(ServerId::read(r#""7""#), ServerId::read("7"));
    }
}
