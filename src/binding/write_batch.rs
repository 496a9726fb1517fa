//! Copies a batch to JavaScript: numbers into typed arrays that JavaScript owns and reuses, strings
//! as new ones.

use napi::{
    Env, JsString,
    bindgen_prelude::{Array, Float64ArraySlice, Int32ArraySlice},
};

use super::error::internal;
use crate::{
    error::{Error, ErrorKind},
    shape::{Batch, StringData},
};

/// Fills the arrays, and returns the number of integers.
pub(super) fn write_batch(
    env: Env,
    batch: &Batch,
    integers: &mut Int32ArraySlice<'_>,
    doubles: &mut Float64ArraySlice<'_>,
    strings: &mut Array<'_>,
) -> Result<u32, Error> {
    // SAFETY: no JavaScript runs while these slices live, and the reader in JavaScript shares the
    // arrays with nobody.
    #[allow(unsafe_code, reason = "a copy into JavaScript's memory is unsafe by nature")]
    let (integers, doubles) = unsafe { (integers.as_mut(), doubles.as_mut()) };
    copy(batch.integers(), integers)?;
    copy(batch.doubles(), doubles)?;
    for (place, string) in (0..).zip(batch.strings()) {
        let string: napi::Result<JsString<'_>> = match string {
            StringData::Latin1(bytes) => env.create_string_latin1(bytes),
            StringData::Utf16(units) => env.create_string_utf16(units),
            StringData::Utf8(text) => env.create_string(text),
        };
        string.and_then(|string| strings.set(place, string)).map_err(|problem| internal(&problem))?;
    }
    u32::try_from(batch.integers().len()).map_err(|_| too_small())
}

fn copy<T: Copy>(from: &[T], to: &mut [T]) -> Result<(), Error> {
    to.get_mut(..from.len()).ok_or_else(too_small)?.copy_from_slice(from);
    Ok(())
}

fn too_small() -> Error {
    Error::new(ErrorKind::Internal, "a batch is larger than the arrays for it")
}
