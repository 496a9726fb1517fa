//! The arguments of a Socket.IO event or ack, read from its payload in one pass.

use std::borrow::Cow;

use super::{
    DecodeError,
    event::{Envelope, Recognizer},
    json::Scanner,
    packet_kind::SocketPacketKind,
};

/// Event names that the official libraries emit themselves. No peer may send such an event.
pub(super) const RESERVED_EVENT_NAMES: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// A cursor over the arguments of an event or ack.
#[derive(Debug, Clone)]
pub struct Arguments<'a> {
    scanner: Scanner<'a>,
    closed: bool,
}

impl<'a> Arguments<'a> {
    /// Opens an event's payload. Returns the event's name and its arguments. A name that is a
    /// number becomes text.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`], [`DecodeError::Payload`],
    /// [`DecodeError::ReservedEventName`].
    pub fn of(payload: &'a str) -> Result<(Cow<'a, str>, Self), DecodeError> {
        let mut arguments = Self::of_ack(payload)?;
        let nameless = DecodeError::Payload {
            kind: SocketPacketKind::Event,
            expected: "an array that starts with the event's name",
        };
        if !arguments.advance()? {
            return Err(nameless);
        }
        let scanner = &mut arguments.scanner;
        let name = match scanner.peek() {
            Some(b'"') => scanner.string()?.decode(),
            Some(b'-' | b'0'..=b'9') => scanner.skip_value()?.into(),
            _ => {
                scanner.skip_value()?;
                return Err(nameless);
            }
        };
        match RESERVED_EVENT_NAMES.iter().find(|reserved| **reserved == name) {
            Some(reserved) => Err(DecodeError::ReservedEventName(reserved)),
            None => Ok((name, arguments)),
        }
    }

    /// Opens the payload of an ack, which has no name.
    ///
    /// # Errors
    /// [`DecodeError::Json`].
    pub fn of_ack(payload: &'a str) -> Result<Self, DecodeError> {
        let mut scanner = Scanner::new(payload);
        scanner.open_array()?;
        Ok(Self { scanner, closed: false })
    }

    /// The validated JSON of the next argument, or `None` after the last one.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`].
    pub fn next_value(&mut self) -> Result<Option<&'a str>, DecodeError> {
        if self.advance()? { self.scanner.skip_value().map(Some) } else { Ok(None) }
    }

    /// The next argument as an event envelope, or `None` after the last one.
    ///
    /// # Errors
    /// As [`Self::next_value`] if the payload is not JSON. [`DecodeError::Event`] if the argument
    /// is JSON but not an event: the cursor is then behind the argument, so that [`Self::finish`]
    /// can check the rest.
    pub fn next_envelope(&mut self, recognizer: &mut impl Recognizer) -> Result<Option<Envelope<'a>>, DecodeError> {
        if self.advance()? { Envelope::read(&mut self.scanner, recognizer).map(Some) } else { Ok(None) }
    }

    /// Checks the rest: any further arguments, the closing bracket, and that nothing follows it.
    ///
    /// # Errors
    /// As [`Self::next_value`].
    pub fn finish(mut self) -> Result<(), DecodeError> {
        while self.next_value()?.is_some() {}
        self.scanner.finish()
    }

    fn advance(&mut self) -> Result<bool, DecodeError> {
        self.closed = self.closed || !self.scanner.next_element()?;
        Ok(!self.closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_the_arguments() {
        let (name, mut arguments) = Arguments::of(r#"["ev\u0065nt", {"a":[1]} ,"x", null]"#).unwrap();
        assert_eq!(name, "event");
        assert_eq!(arguments.next_value(), Ok(Some("{\"a\":[1]}")));
        assert_eq!(arguments.next_value(), Ok(Some("\"x\"")));
        assert_eq!(arguments.next_value(), Ok(Some("null")));
        assert_eq!(arguments.next_value(), Ok(None));
        assert_eq!(arguments.next_value(), Ok(None));
        assert_eq!(arguments.finish(), Ok(()));
        let mut answer = Arguments::of_ack("[]").unwrap();
        assert_eq!(answer.next_value(), Ok(None));
        assert_eq!(answer.finish(), Ok(()));
    }

    #[test]
    fn finish_checks_what_was_not_read() {
        let finish = |payload| Arguments::of(payload).unwrap().1.finish();
        assert_eq!(finish(r#"["a",1,{"b":2}] "#), Ok(()));
        for payload in [r#"["a",1,{"b":}]"#, r#"["a",1"#, r#"["a",1]]"#, r#"["a",]"#] {
            assert!(matches!(finish(payload), Err(DecodeError::Json { .. })), "{payload}");
        }
    }

    #[test]
    fn continues_after_an_argument_that_is_not_an_event() {
        let (_, mut arguments) = Arguments::of(r#"["event",{"id":7},{"id":"e","topic":"t"}]"#).unwrap();
        assert!(matches!(arguments.next_envelope(&mut ()), Err(DecodeError::Event { member: Some("id"), .. })));
        assert_eq!(arguments.next_envelope(&mut ()).unwrap().unwrap().id, "e");
        assert_eq!(arguments.next_envelope(&mut ()), Ok(None));
        assert_eq!(arguments.finish(), Ok(()));
    }
}
