//! Reads batches as the JavaScript reader does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::collections::HashMap;

use realtime::shape::{Batch, StringData, codes};
use serde_json::{Map, Value};

/// Keeps the shapes and keys that earlier batches have defined.
#[derive(Default)]
pub(crate) struct Reader {
    shapes: HashMap<i32, Value>,
}

struct Cursor<'a> {
    integers: std::slice::Iter<'a, i32>,
    doubles: std::slice::Iter<'a, f64>,
    text: Vec<u16>,
    character: usize,
}

impl Reader {
    /// The items of a batch.
    pub(crate) fn read(&mut self, batch: &Batch) -> Vec<Value> {
        let mut strings = batch.strings().map(|chunk| match chunk {
            StringData::Latin1(bytes) => bytes.iter().map(|&byte| u16::from(byte)).collect(),
            StringData::Utf16(units) => units.to_vec(),
            StringData::Utf8(text) => text.encode_utf16().collect::<Vec<_>>(),
        });
        let mut cursor = Cursor {
            integers: batch.integers()[1..].iter(),
            doubles: batch.doubles().iter(),
            text: Vec::new(),
            character: 0,
        };
        let mut items = Vec::new();
        while let Some(&code) = cursor.integers.next() {
            if code >= 0 || code <= codes::OBJECT {
                items.push(if code >= 0 {
                    self.object(&self.shapes[&code], &mut cursor)
                } else {
                    self.inline(code, &mut cursor)
                });
                continue;
            }
            let string: Vec<u16> = strings.next().unwrap();
            let json = |string: &[u16]| serde_json::from_str::<Value>(&String::from_utf16_lossy(string)).unwrap();
            match code {
                codes::TEXT => (cursor.text, cursor.character) = (string, 0),
                codes::JSON_ITEMS => items.extend(json(&string).as_array().unwrap().iter().cloned()),
                codes::DEFINE => _ = self.shapes.insert(cursor.integer(), json(&string)),
                _ => panic!("{code}"),
            }
        }
        assert!(cursor.doubles.next().is_none() && strings.next().is_none(), "all of it was used");
        items
    }

    fn object(&self, description: &Value, cursor: &mut Cursor<'_>) -> Value {
        let members = description.as_array().unwrap().chunks(2).map(|member| {
            let value = match &member[1] {
                object @ Value::Array(_) => self.object(object, cursor),
                list if *list == 2 => self.list(cursor),
                _ => cursor.scalar(),
            };
            (member[0].as_str().unwrap().to_owned(), value)
        });
        Value::Object(members.collect::<Map<_, _>>())
    }

    fn inline(&self, code: i32, cursor: &mut Cursor<'_>) -> Value {
        assert!(code == codes::OBJECT || code == codes::DICTIONARY, "{code}");
        let mut object = Map::new();
        let mut has_new_key = false;
        loop {
            let key = match cursor.integer() {
                codes::NEW_KEY => {
                    has_new_key = true;
                    cursor.scalar()
                }
                codes::CLOSE => break,
                number => self.shapes[&(codes::FIRST_KEY.cast_signed() + number)].clone(),
            };
            let value = match *cursor.integers.as_slice().first().unwrap() {
                codes::LIST => {
                    cursor.integer();
                    self.list(cursor)
                }
                codes::OBJECT | codes::DICTIONARY => {
                    let code = cursor.integer();
                    self.inline(code, cursor)
                }
                _ => cursor.scalar(),
            };
            object.insert(key.as_str().unwrap().to_owned(), value);
        }
        assert_eq!(has_new_key || object.len() >= 128, code == codes::DICTIONARY);
        object.into()
    }

    fn list(&self, cursor: &mut Cursor<'_>) -> Value {
        let mut elements = Vec::new();
        loop {
            let kind = cursor.integer();
            if kind == codes::END {
                return elements.into();
            }
            for _ in 0..cursor.integer() {
                elements.push(match kind {
                    codes::SCALARS => cursor.scalar(),
                    codes::LISTS => self.list(cursor),
                    codes::INLINE => {
                        let code = cursor.integer();
                        self.inline(code, cursor)
                    }
                    shape => self.object(&self.shapes[&shape], cursor),
                });
            }
        }
    }
}

impl Cursor<'_> {
    fn integer(&mut self) -> i32 {
        *self.integers.next().unwrap()
    }

    fn scalar(&mut self) -> Value {
        match self.integer() {
            codes::NULL => Value::Null,
            codes::TRUE => true.into(),
            codes::FALSE => false.into(),
            codes::DOUBLE => {
                let double = *self.doubles.next().unwrap();
                let is_whole = double.fract() == 0.0 && double.abs() < 9e15 && double != 0.0;
                if is_whole { (double as i64).into() } else { double.into() }
            }
            code if code >= codes::SMALL => (code - codes::BIAS).into(),
            end => {
                let start = std::mem::replace(&mut self.character, end as usize);
                String::from_utf16_lossy(&self.text[start..end as usize]).into()
            }
        }
    }
}
