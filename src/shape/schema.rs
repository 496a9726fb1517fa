//! The schema of an object: its pieces for the [trie](super::trie), the places of an event's
//! members, and a description for JavaScript.

use std::{borrow::Cow, ops::Range};

use crate::protocol::json::RawString;

/// An object with more values, deeper objects or longer keys has no shape. The code that builds it
/// would be as large as its data.
const MAX_VALUES: usize = 128;
const MAX_DEPTH: usize = 8;
const MAX_PIECE_BYTES: usize = 512;

/// A place in an object's text: an offset in bytes within a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) piece: usize,
    pub(super) offset: usize,
}

/// The values of the members that the session reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    pub(super) id: Option<Range<Place>>,
    pub(super) topic: Option<Range<Place>>,
    pub(super) source: Option<Range<Place>>,
    pub(super) kind: Option<Range<Place>>,
    pub(super) payload: Option<Range<Place>>,
}

/// The schema of one object, inferred while the object is encoded. A step returns `None` when the
/// object cannot have a shape.
#[derive(Debug, Default)]
pub(super) struct Schema<'a> {
    /// The text between the values, as ranges of the object's text.
    pub(super) pieces: Vec<Range<usize>>,
    pub(super) members: Members,
    /// A JSON array of the keys, each followed by the kind of its value: `0` a text, `1` a number,
    /// `2` a list, or the array of an object. JavaScript generates code from it.
    pub(super) description: String,
    /// The start of the current piece.
    piece: usize,
    /// The keys of each open object, the outermost first.
    open: Vec<Vec<Cow<'a, str>>>,
    /// The start of the latest value of the outermost object.
    value: Place,
}

impl<'a> Schema<'a> {
    /// Begins with the object at `start`.
    pub(super) fn begin(start: usize) -> Self {
        Self { piece: start, ..Self::default() }
    }

    pub(super) fn open_object(&mut self) -> Option<()> {
        self.description.push('[');
        self.open.push(Vec::new());
        (self.open.len() <= MAX_DEPTH).then_some(())
    }

    /// Adds a key, whose value begins at `at`.
    pub(super) fn key(&mut self, key: &RawString<'a>, at: usize) -> Option<()> {
        let value = self.place(at);
        let is_outermost = self.open.len() == 1;
        let keys = self.open.last_mut()?;
        let name = key.decode();
        // JSON.parse has rules of its own for these.
        if name == "__proto__" || keys.contains(&name) {
            return None;
        }
        self.description.push_str(if keys.is_empty() { "\"" } else { ",\"" });
        self.description.push_str(key.raw());
        self.description.push_str("\",");
        keys.push(name);
        if is_outermost {
            self.value = value;
        }
        Some(())
    }

    /// Adds a scalar or a list. `first` is its first byte.
    pub(super) fn value(&mut self, first: u8, start: usize, end: usize) -> Option<()> {
        let (kind, piece_end) = match first {
            b'[' => ('2', start + 1),
            b'-' | b'0'..=b'9' => ('1', start),
            _ => ('0', start),
        };
        self.description.push(kind);
        self.close_piece(piece_end)?;
        self.piece = end;
        self.end_value(end);
        Some(())
    }

    /// Closes the innermost object.
    pub(super) fn close_object(&mut self, end: usize) {
        self.description.push(']');
        self.open.pop();
        self.end_value(end);
    }

    /// Closes the last piece.
    pub(super) fn finish(mut self, end: usize) -> Option<Self> {
        self.close_piece(end)?;
        Some(self)
    }

    /// Notes the place of a member of the outermost object.
    fn end_value(&mut self, end: usize) {
        let [keys] = self.open.as_slice() else { return };
        let member = Some(self.value..self.place(end));
        match keys.last().map(|key| &**key) {
            Some("id") => self.members.id = member,
            Some("topic") => self.members.topic = member,
            Some("source") => self.members.source = member,
            Some("type") => self.members.kind = member,
            Some("payload") => self.members.payload = member,
            _ => {}
        }
    }

    fn close_piece(&mut self, end: usize) -> Option<()> {
        self.pieces.push(self.piece..end);
        (self.pieces.len() <= MAX_VALUES && end - self.piece <= MAX_PIECE_BYTES).then_some(())
    }

    fn place(&self, at: usize) -> Place {
        Place { piece: self.pieces.len(), offset: at - self.piece }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Shapes, *};
    use crate::protocol::json::Scanner;

    fn infer(text: &str) -> Option<Schema<'_>> {
        let mut schema = Some(Schema::begin(0));
        let mut scanner = Scanner::new(text);
        Shapes::default().write_members::<true>(&mut scanner, 0, &mut schema)?;
        schema?.finish(scanner.position())
    }

    fn parts(text: &str) -> Option<(Vec<&str>, String)> {
        let schema = infer(text)?;
        Some((schema.pieces.into_iter().map(|piece| text.get(piece).unwrap()).collect(), schema.description))
    }

    #[test]
    fn infers_pieces_and_keys() {
        let text = r#"{"id":"a", "n": -1,"s":{"row":null,"e":{}},"l":[1,[2],{"x":3}],"\u0061":true}"#;
        let pieces = vec![r#"{"id":"#, r#", "n": "#, r#","s":{"row":"#, r#","e":{}},"l":["#, r#","\u0061":"#, "}"];
        let description = r#"["id",0,"n",1,"s",["row",0,"e",[]],"l",2,"\u0061",0]"#;
        assert_eq!(parts(text), Some((pieces, description.to_owned())));
        assert_eq!(parts("{}"), Some((vec!["{}"], "[]".to_owned())));
    }

    #[test]
    fn some_objects_have_no_shape() {
        for text in [r#"{"a":1,"\u0061":2}"#, r#"{"a":{"__proto__":1}}"#, r#"{"__prot\u006f__":1}"#] {
            assert_eq!(parts(text), None, "{text}");
        }
        let deep = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(parts(&deep(MAX_DEPTH)).is_some() && parts(&deep(MAX_DEPTH + 1)).is_none());
        let wide = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("\"k{n}\":1")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(parts(&wide(MAX_VALUES - 1)).is_some() && parts(&wide(MAX_VALUES)).is_none());
        assert!(parts(&format!("{{\"{}\":1}}", "k".repeat(MAX_PIECE_BYTES))).is_none());
    }

    #[test]
    fn knows_where_an_events_members_are() {
        let text = r#"{"id":"a","payload":{"n":1,"e":{}},"topic":"t","source":{},"type":[1]}"#;
        let members = infer(text).unwrap().members;
        let place = |piece, offset| Place { piece, offset };
        assert_eq!(members.id, Some(place(0, 6)..place(1, 0)));
        assert_eq!(members.payload, Some(place(1, 11)..place(2, 8)));
        assert_eq!(members.topic, Some(place(2, 17)..place(3, 0)));
        assert_eq!(members.source, Some(place(3, 10)..place(3, 12)));
        // The bracket of a list belongs to the piece before it.
        assert_eq!(members.kind, Some(place(3, 20)..place(4, 0)));
    }
}
