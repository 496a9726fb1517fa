//! The event envelope, found in one pass over the event's text.

use std::borrow::Cow;

use super::{
    DecodeError,
    json::{Scanner, unescape},
};

/// The members of a `RealtimeEvent` that the engine reads. The rest stays in [`Envelope::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The whole object.
    pub text: &'a str,
    /// Member `id`, not empty.
    pub id: Cow<'a, str>,
    /// Member `topic`, not empty.
    pub topic: Cow<'a, str>,
    /// The JSON of member `source`, with the quotes if it is a string.
    pub source: Option<&'a str>,
    /// The JSON of member `type`.
    pub kind: Option<&'a str>,
    /// The JSON of member `payload`.
    pub payload: Option<&'a str>,
    /// The number of the event's shape. `None`: no [`Recognizer`] knew the shape, so the event was
    /// scanned.
    pub shape: Option<u32>,
}

/// Recognizes events by their shape, which is faster than a scan.
pub trait Recognizer {
    /// An accepted event with the values that were found in it. It borrows the recognizer, so no
    /// other event can replace those values before they are used.
    type Event<'a>
    where
        Self: 'a;

    /// The envelope of the event at the start of `text`, exactly as [`Envelope::scan`] would find
    /// it. `None`: the shape is unknown, so the caller must scan.
    fn recognize<'a>(&mut self, text: &'a str) -> Option<Envelope<'a>>;

    /// Hands over an event that the user wants: `text` and `shape` of the latest envelope.
    fn accept<'a>(&'a mut self, text: &'a str, shape: Option<u32>) -> Self::Event<'a>;

    /// Observes an event that nobody wants and that has no known shape.
    fn decline(&mut self, _text: &str) {}
}

/// Recognizes no event; an accepted event is its text.
impl Recognizer for () {
    type Event<'a> = &'a str;

    fn recognize<'a>(&mut self, _text: &'a str) -> Option<Envelope<'a>> {
        None
    }

    fn accept<'a>(&'a mut self, text: &'a str, _shape: Option<u32>) -> &'a str {
        text
    }
}

impl<'a> Envelope<'a> {
    /// Consumes one value and finds the envelope's members. The last of duplicate members counts,
    /// as in `JSON.parse`.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`] if the text is not JSON: the scanner's
    /// position is then invalid. [`DecodeError::Event`] if the value is not an event: the scanner
    /// is then behind the value.
    pub fn read(scanner: &mut Scanner<'a>, recognizer: &mut impl Recognizer) -> Result<Self, DecodeError> {
        scanner.peek();
        match recognizer.recognize(scanner.rest_of_text()) {
            Some(envelope) => {
                scanner.step_over(envelope.text.len());
                Ok(envelope)
            }
            None => Self::scan(scanner),
        }
    }

    /// Reads an event without a recognizer.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn scan(scanner: &mut Scanner<'a>) -> Result<Self, DecodeError> {
        if scanner.peek() != Some(b'{') {
            scanner.skip_value()?;
            return Err(DecodeError::Event { member: None, expected: "an object" });
        }
        let start = scanner.position();
        let (mut id, mut topic, mut source, mut kind, mut payload) = (None, None, None, None, None);
        scanner.open_object()?;
        while let Some(key) = scanner.next_key()? {
            let value = Some(scanner.skip_value()?);
            match key.decode().as_ref() {
                "id" => id = value,
                "topic" => topic = value,
                "source" => source = value,
                "type" => kind = value,
                "payload" => payload = value,
                _ => {}
            }
        }
        let text = scanner.since(start);
        Ok(Self { text, id: name("id", id)?, topic: name("topic", topic)?, source, kind, payload, shape: None })
    }
}

/// The JSON of member `key` of a JSON object, the last one of duplicates. `None`: no such member,
/// or not an object.
#[must_use]
pub fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let [found] = members(object, [key]);
    found
}

/// The first member with this key. The end of the object may be cut off.
#[must_use]
pub fn first_member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let mut scanner = Scanner::new(object);
    scanner.open_object().ok()?;
    while let Some(candidate) = scanner.next_key().ok()? {
        let value = scanner.skip_value().ok()?;
        if candidate.decode() == key {
            return Some(value);
        }
    }
    None
}

/// Like [`member`], for several keys in one pass.
#[must_use]
pub fn members<'a, const N: usize>(object: &'a str, keys: [&str; N]) -> [Option<&'a str>; N] {
    scan_members(object, keys).unwrap_or([None; N])
}

fn scan_members<'a, const N: usize>(object: &'a str, keys: [&str; N]) -> Result<[Option<&'a str>; N], DecodeError> {
    let mut scanner = Scanner::new(object);
    let mut found = [None; N];
    scanner.open_object()?;
    while let Some(candidate) = scanner.next_key()? {
        let value = scanner.skip_value()?;
        let candidate = candidate.decode();
        for (slot, _) in found.iter_mut().zip(keys).filter(|(_, key)| candidate == *key) {
            *slot = Some(value);
        }
    }
    Ok(found)
}

fn name<'a>(member: &'static str, value: Option<&'a str>) -> Result<Cow<'a, str>, DecodeError> {
    value
        .and_then(unescape)
        .filter(|name| !name.is_empty())
        .ok_or(DecodeError::Event { member: Some(member), expected: "a string that is not empty" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Result<Envelope<'_>, DecodeError> {
        Envelope::scan(&mut Scanner::new(text))
    }

    #[test]
    fn finds_its_members() {
        let text = r#"{"id":"e1","topic":"session.status","source":"database","type":"database.update","payload":{"id":2},"metadata":{}}"#;
        let envelope = scan(&format!(" {text} ,")).unwrap().id.into_owned();
        assert_eq!(envelope, "e1");
        assert_eq!(
            scan(text),
            Ok(Envelope {
                text,
                id: "e1".into(),
                topic: "session.status".into(),
                source: Some("\"database\""),
                kind: Some("\"database.update\""),
                payload: Some("{\"id\":2}"),
                shape: None,
            })
        );
    }

    #[test]
    fn reads_keys_and_values_as_json_does() {
        let envelope =
            scan(r#"{"\u0069d":"a\n","id":"\u0062\"","top\u0069c":"t","metadata":{"id":"c","topic":"d"}}"#).unwrap();
        assert_eq!((envelope.id.as_ref(), envelope.topic.as_ref()), ("b\"", "t"));
        assert_eq!((envelope.source, envelope.kind, envelope.payload), (None, None, None));
    }

    #[test]
    fn names_the_member_at_fault() {
        for (text, at_fault) in [
            ("7", None),
            ("[{\"id\":\"a\"}]", None),
            ("{}", Some("id")),
            (r#"{"topic":"t"}"#, Some("id")),
            (r#"{"id":"","topic":"t"}"#, Some("id")),
            (r#"{"id":7,"topic":"t"}"#, Some("id")),
            (r#"{"id":"a","id":null,"topic":"t"}"#, Some("id")),
            (r#"{"id":"a"}"#, Some("topic")),
            (r#"{"id":"a","topic":["t"]}"#, Some("topic")),
        ] {
            let mut scanner = Scanner::new(text);
            let fault = Envelope::scan(&mut scanner);
            assert!(matches!(fault, Err(DecodeError::Event { member, .. }) if member == at_fault), "{text}: {fault:?}");
            assert_eq!(scanner.finish(), Ok(()), "{text}: the cursor is behind the value");
        }
    }

    #[test]
    fn tells_broken_json_from_a_bad_event() {
        for text in
            ["", "{\"id\":\"a\",\"topic\":\"t\"", "{\"id\":}", "[1,", r#"{"id":"a","topic":"t","payload":{"x":01}}"#]
        {
            assert!(matches!(scan(text), Err(DecodeError::Json { .. })), "{text}");
        }
    }

    #[test]
    fn picks_a_member() {
        let object = r#"{"a":1,"b":{"a":2},"\u0063":"x","a":[3]}"#;
        assert_eq!(member(object, "a"), Some("[3]"));
        assert_eq!(member(object, "b").and_then(|b| member(b, "a")), Some("2"));
        assert_eq!(member(object, "c"), Some("\"x\""));
        assert_eq!(member(object, "d"), None);
        assert_eq!(member("[1]", "0"), None);
        assert_eq!(members(object, ["d", "c", "a"]), [None, Some("\"x\""), Some("[3]")]);
        assert_eq!(members(r#"{"a":1,"b"}"#, ["a"]), [None], "not JSON");
    }
}
