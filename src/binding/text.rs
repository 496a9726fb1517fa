//! Short text from JavaScript, read into memory of the caller.
//!
//! napi's own `String` asks for the length, allocates, and reads. For the three headers of a small delivery that is a
//! quarter of the time its verification takes.

use napi::{JsString, JsValue, sys};

/// What a buffer needs beyond the longest text that is of interest: a final zero and one character. A text that is cut is
/// then certain to be longer than that.
pub(super) const ROOM: usize = 5;

/// The text, or the beginning of one that is longer than the buffer.
#[allow(unsafe_code, reason = "napi cannot read text without allocating, Node-API can")]
pub(super) fn read<'a>(text: JsString<'_>, buffer: &'a mut [u8]) -> &'a str {
    let mut length = 0;
    let value = text.value();
    // SAFETY: the value was handed to the call that is under way, and no more is written than the buffer has room for.
    unsafe {
        sys::napi_get_value_string_utf8(
            value.env,
            value.value,
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            &raw mut length,
        );
    }
    buffer.get(..length).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
}
