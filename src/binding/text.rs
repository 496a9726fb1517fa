//! Short text from JavaScript, read into memory that is used again and again.
//!
//! napi's own `String` asks for the length, allocates, and reads. For the three headers of a small delivery that is a
//! quarter of the time its verification takes. Of the ways in which Node-API writes text, as units of 16 bits is the fastest
//! that loses nothing: V8 writes UTF-8 character by character.

use napi::{JsString, JsValue, sys};

/// Room for a text of up to `LENGTH` bytes.
pub(super) struct TextBuffer<const LENGTH: usize> {
    units: Box<[u16]>,
    bytes: Box<[u8]>,
}

/// What a buffer needs beyond the longest text that is of interest: a final zero and one character. A text that is cut is
/// then certain to be longer than that.
const ROOM: usize = 5;

impl<const LENGTH: usize> Default for TextBuffer<LENGTH> {
    fn default() -> Self {
        Self { units: vec![0; LENGTH + ROOM].into(), bytes: vec![0; LENGTH + ROOM].into() }
    }
}

impl<const LENGTH: usize> TextBuffer<LENGTH> {
    /// The text, or the beginning of one that is longer than `LENGTH`, itself longer than that; `None` for what is no text.
    #[allow(unsafe_code, reason = "napi cannot read text without allocating, Node-API can")]
    pub(super) fn read(&mut self, text: JsString<'_>) -> Option<&str> {
        let Self { units, bytes } = self;
        let value = text.value();
        let mut length = 0;
        // SAFETY: the value was handed to the call that is under way, and no more is written than the buffer has room for.
        let status = unsafe {
            sys::napi_get_value_string_utf16(value.env, value.value, units.as_mut_ptr(), units.len(), &raw mut length)
        };
        let units = units.get(..length).filter(|_| status == sys::Status::napi_ok)?;
        let mut all = 0;
        for (byte, unit) in bytes.iter_mut().zip(units) {
            // What is no ASCII is read anew, below.
            *byte = unit.to_le_bytes()[0];
            all |= unit;
        }
        if all > 0x7f {
            // SAFETY: as above.
            unsafe {
                let buffer = bytes.as_mut_ptr().cast();
                sys::napi_get_value_string_utf8(value.env, value.value, buffer, bytes.len(), &raw mut length);
            }
        }
        str::from_utf8(bytes.get(..length)?).ok()
    }
}
