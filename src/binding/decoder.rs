//! A decoder of single JSON texts, such as the bodies of webhooks. It decodes them as a client
//! decodes events.
//!
//! The values of an object go into arrays that JavaScript shares, and its texts into one string.
//! JavaScript builds the object from them. All texts of an environment share one decoder, and so
//! the shapes that it learns.

#![cfg_attr(test, allow(dead_code, reason = "napi registers functions in an addon only"))]

use std::{cell::RefCell, rc::Rc};

use napi::{
    Env, JsString,
    bindgen_prelude::{External, Float64Array, Int32Array},
};
use napi_derive::napi;
use serde_json::json;

use crate::{
    protocol::json::skip_byte_order_mark,
    shape::{Batch, Definition, Shapes, StringData},
};

/// The numbers of reserved elements at the start of each array, see [`Reserved`].
const RESERVED_INTEGERS: usize = 9;
const RESERVED_DOUBLES: usize = 2;

/// The decoder of an environment. It stays on the environment's thread.
pub(super) type SharedDecoder = Rc<RefCell<Decoder>>;

/// Shapes, and the arrays that JavaScript shares.
pub(super) struct Decoder {
    shapes: Shapes,
    batch: Batch,
    integers: Int32Array,
    doubles: Float64Array,
}

/// The elements of the arrays that the decoder leaves to its caller.
pub(super) struct Reserved<'a> {
    pub(super) integers: &'a mut [i32; RESERVED_INTEGERS],
    pub(super) doubles: &'a mut [f64; RESERVED_DOUBLES],
}

/// The result of decoding a text.
pub(super) enum Decoded {
    /// The arrays hold the values of an object. [`Decoder::take_string`] returns its texts.
    Object,
    /// JavaScript must parse the text, which may not be JSON.
    Unknown,
    /// As `Unknown`, but shapes or keys were learned from it. The text is a JSON array of numbers
    /// and definitions.
    Learned(String),
}

/// A decoder that knows no shape yet. JavaScript must not write to the arrays while a function that
/// takes the decoder runs.
#[napi(catch_unwind, ts_return_type = "ExternalObject<object>")]
pub(super) fn create_decoder(integers: Int32Array, doubles: Float64Array) -> External<SharedDecoder> {
    let shapes = Shapes::with_max_codes(integers.len() / 2);
    External::new(Rc::new(RefCell::new(Decoder { shapes, batch: Batch::default(), integers, doubles })))
}

impl Decoder {
    /// Decodes a text. Bytes that are not UTF-8 are left to JavaScript.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Decoded {
        let Ok(text) = str::from_utf8(bytes) else { return Decoded::Unknown };
        let text = skip_byte_order_mark(text).trim_matches([' ', '\n', '\r', '\t']);
        match self.shapes.read_object(text).encode() {
            (definitions, Some(values)) if definitions.is_empty() => self.batch.push_values(&values),
            (definitions, _) => return learned(&definitions),
        }
        if self.fill().is_some() {
            return Decoded::Object;
        }
        self.batch.clear();
        Decoded::Unknown
    }

    /// Returns the texts of the latest object, and empties the batch.
    pub(super) fn take_string<'env>(&mut self, env: &'env Env) -> napi::Result<JsString<'env>> {
        let string = match self.batch.strings().next() {
            Some(StringData::Latin1(bytes)) => env.create_string_latin1(bytes),
            Some(StringData::Utf16(units)) => env.create_string_utf16(units),
            Some(StringData::Utf8(text)) => env.create_string(text),
            None => env.create_string_latin1(""),
        };
        self.batch.clear();
        string
    }

    /// The reserved elements.
    #[allow(unsafe_code, reason = "as in `fill`")]
    pub(super) fn reserved(&mut self) -> napi::Result<Reserved<'_>> {
        // SAFETY: no JavaScript runs while these slices live, and the decoder in JavaScript never
        // transfers the memory.
        let (integers, doubles) = unsafe { (self.integers.as_mut(), self.doubles.as_mut()) };
        let (Some(integers), Some(doubles)) = (integers.first_chunk_mut(), doubles.first_chunk_mut()) else {
            return Err(napi::Error::from_reason("the arrays of the decoder are too small"));
        };
        Ok(Reserved { integers, doubles })
    }

    /// Copies the numbers of the batch behind the reserved elements. `None`: they do not fit.
    #[allow(unsafe_code, reason = "a copy into JavaScript's memory is unsafe by nature")]
    fn fill(&mut self) -> Option<()> {
        let Self { batch, integers, doubles, .. } = self;
        // SAFETY: as above.
        let (integers, doubles) = unsafe { (integers.as_mut(), doubles.as_mut()) };
        // Only clients use the flag, which is the first integer.
        copy(batch.integers().get(1..)?, integers.get_mut(RESERVED_INTEGERS..)?)?;
        copy(batch.doubles(), doubles.get_mut(RESERVED_DOUBLES..)?)
    }
}

fn copy<T: Copy>(from: &[T], to: &mut [T]) -> Option<()> {
    to.get_mut(..from.len())?.copy_from_slice(from);
    Some(())
}

fn learned(definitions: &[Definition]) -> Decoded {
    if definitions.is_empty() {
        return Decoded::Unknown;
    }
    let pairs: Vec<_> =
        definitions.iter().map(|Definition { number, description }| json!([number, description])).collect();
    Decoded::Learned(json!(pairs).to_string())
}
