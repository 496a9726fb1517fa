//! The outline of an object: its pieces, where an event's members are in them, and a description for JavaScript.

use std::ops::Range;

use crate::protocol::json::Scanner;

/// An object with more values, or deeper, or with longer keys, has no shape: its code would be as large as its data.
const MOST_VALUES: usize = 128;
const DEEPEST: usize = 8;
const LONGEST_PIECE: usize = 512;

/// A place in an object's text: so many bytes into this piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) piece: usize,
    pub(super) offset: usize,
}

/// Where the members are that the engine needs to know of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    pub(super) id: Option<Range<Place>>,
    pub(super) topic: Option<Range<Place>>,
    pub(super) source: Option<Range<Place>>,
    pub(super) kind: Option<Range<Place>>,
    pub(super) payload: Option<Range<Place>>,
}

/// What there is to learn from one object.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Its pieces, as ranges of the text.
    pub(super) pieces: Vec<Range<usize>>,
    pub(super) members: Members,
    /// Its keys, each with what stands there, as a JSON array: `0` a text, `1` a number, `2` a list, or the array of an object.
    pub(super) description: String,
    /// Where the current piece began.
    piece: usize,
}

impl Outline {
    /// Draws the object that the scanner stands before; `list` is given the scanner before each element of a list. `None`: it
    /// has no shape. Then the scanner's position means nothing.
    pub(super) fn draw<'a>(
        scanner: &mut Scanner<'a>,
        list: &mut impl FnMut(&mut Scanner<'a>) -> Option<()>,
    ) -> Option<Self> {
        let mut outline = Self { piece: scanner.position(), ..Self::default() };
        outline.object(scanner, list, 1)?;
        outline.close_piece(scanner.position())?;
        Some(outline)
    }

    fn object<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        list: &mut impl FnMut(&mut Scanner<'a>) -> Option<()>,
        depth: usize,
    ) -> Option<()> {
        let mut keys = Vec::new();
        self.description.push('[');
        scanner.open_object().ok()?;
        while let Some(key) = scanner.next_key().ok()? {
            let name = key.decode();
            // Where JSON.parse has rules of its own, it is left to do it.
            if name == "__proto__" || keys.contains(&name) {
                return None;
            }
            self.description.push_str(if keys.is_empty() { "\"" } else { ",\"" });
            self.description.push_str(key.raw());
            self.description.push_str("\",");
            let first = scanner.peek()?;
            let start = self.place(scanner.position());
            match first {
                b'{' if depth < DEEPEST => self.object(scanner, list, depth + 1)?,
                b'{' => return None,
                b'[' => self.list(scanner, list)?,
                _ => {
                    self.description.push(if first == b'-' || first.is_ascii_digit() { '1' } else { '0' });
                    self.close_piece(scanner.position())?;
                    scanner.skip_value().ok()?;
                    self.piece = scanner.position();
                }
            }
            if depth == 1 {
                let member = start..self.place(scanner.position());
                match &*name {
                    "id" => self.members.id = Some(member),
                    "topic" => self.members.topic = Some(member),
                    "source" => self.members.source = Some(member),
                    "type" => self.members.kind = Some(member),
                    "payload" => self.members.payload = Some(member),
                    _ => {}
                }
            }
            keys.push(name);
        }
        self.description.push(']');
        Some(())
    }

    fn list<'a>(
        &mut self,
        scanner: &mut Scanner<'a>,
        list: &mut impl FnMut(&mut Scanner<'a>) -> Option<()>,
    ) -> Option<()> {
        self.description.push('2');
        self.close_piece(scanner.position() + 1)?;
        scanner.open_array().ok()?;
        while scanner.next_element().ok()? {
            list(scanner)?;
        }
        self.piece = scanner.position();
        Some(())
    }

    fn close_piece(&mut self, end: usize) -> Option<()> {
        self.pieces.push(self.piece..end);
        (self.pieces.len() <= MOST_VALUES && end - self.piece <= LONGEST_PIECE).then_some(())
    }

    fn place(&self, at: usize) -> Place {
        Place { piece: self.pieces.len(), offset: at - self.piece }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(text: &str) -> Option<(Vec<&str>, String)> {
        let outline = Outline::draw(&mut Scanner::new(text), &mut |scanner| scanner.skip_value().ok().map(drop))?;
        Some((outline.pieces.into_iter().map(|piece| text.get(piece).unwrap()).collect(), outline.description))
    }

    #[test]
    fn draws_pieces_and_keys() {
        let text = r#"{"id":"a", "n": -1,"s":{"row":null,"e":{}},"l":[1,[2],{"x":3}],"\u0061":true}"#;
        let pieces = vec![r#"{"id":"#, r#", "n": "#, r#","s":{"row":"#, r#","e":{}},"l":["#, r#","\u0061":"#, "}"];
        let description = r#"["id",0,"n",1,"s",["row",0,"e",[]],"l",2,"\u0061",0]"#;
        assert_eq!(draw(text), Some((pieces, description.to_owned())));
        assert_eq!(draw("{}"), Some((vec!["{}"], "[]".to_owned())));
    }

    #[test]
    fn some_objects_have_no_shape() {
        for text in [r#"{"a":1,"\u0061":2}"#, r#"{"a":{"__proto__":1}}"#, r#"{"__prot\u006f__":1}"#] {
            assert_eq!(draw(text), None, "{text}");
        }
        let deep = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(draw(&deep(DEEPEST)).is_some() && draw(&deep(DEEPEST + 1)).is_none());
        let wide = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("\"k{n}\":1")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(draw(&wide(MOST_VALUES - 1)).is_some() && draw(&wide(MOST_VALUES)).is_none());
        assert!(draw(&format!("{{\"{}\":1}}", "k".repeat(LONGEST_PIECE))).is_none());
    }

    #[test]
    fn knows_where_an_events_members_are() {
        let text = r#"{"id":"a","payload":{"n":1,"e":{}},"topic":"t","source":{},"type":[1]}"#;
        let members =
            Outline::draw(&mut Scanner::new(text), &mut |scanner| scanner.skip_value().ok().map(drop)).unwrap().members;
        let place = |piece, offset| Place { piece, offset };
        assert_eq!(members.id, Some(place(0, 6)..place(1, 0)));
        assert_eq!(members.payload, Some(place(1, 11)..place(2, 8)));
        assert_eq!(members.topic, Some(place(2, 17)..place(3, 0)));
        assert_eq!(members.source, Some(place(3, 10)..place(3, 12)));
        // A list begins within a piece.
        assert_eq!(members.kind, Some(place(3, 20)..place(4, 0)));
    }
}
