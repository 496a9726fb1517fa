//! The tape: the values of one event as they will stand in a [batch](super::batch), except for the
//! ends of texts, which depend on the batch.
//!
//! | value | code |
//! |---|---|
//! | text | its end in the current string; it begins where the previous text ended |
//! | integer | the integer plus [`codes::BIAS`], at least [`codes::SMALL`] |
//! | `null`, `true`, `false` | [`codes::NULL`], [`codes::TRUE`], [`codes::FALSE`] |
//! | other number | [`codes::DOUBLE`], and the number among the doubles |
//! | list | runs and [`codes::END`] |
//!
//! A run is a kind, the number of its elements, and the elements. Kinds are a shape's number (for
//! objects of that shape), [`codes::SCALARS`], [`codes::LISTS`] and [`codes::INLINE`].
//!
//! An object with inline keys is [`codes::OBJECT`] or [`codes::DICTIONARY`], its members and
//! [`codes::CLOSE`]. A member is the number of a key, or [`codes::NEW_KEY`] and a text; then a
//! scalar, [`codes::LIST`] and a list, or another object with inline keys.

use std::ops::Range;

use super::codes;

/// The values of one event, in their order.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct Tape {
    codes: Vec<i32>,
    /// The texts. Their codes are set when the batch copies them.
    texts: Vec<Text>,
    doubles: Vec<f64>,
}

/// A text of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The index of its code.
    index: u32,
    /// Its range in the event, without the quotes.
    start: u32,
    end: u32,
    pub(super) style: Style,
}

/// How to copy a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// It is ASCII and has no escape.
    Ascii,
    /// It has other characters, and no escape.
    NonAscii,
    /// It has an escape.
    Escaped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    Null = codes::NULL as isize,
    True = codes::TRUE as isize,
    False = codes::FALSE as isize,
}

/// What the elements of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalars,
    Lists,
    /// Objects of this shape.
    Objects(u32),
    /// Objects with inline keys.
    Inline,
}

/// A position on the tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    codes: usize,
    texts: usize,
    doubles: usize,
}

impl Tape {
    pub(super) fn clear(&mut self) {
        self.codes.clear();
        self.texts.clear();
        self.doubles.clear();
    }

    /// The number of codes.
    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    pub(super) fn codes(&self) -> &[i32] {
        &self.codes
    }

    pub(super) fn texts(&self) -> &[Text] {
        &self.texts
    }

    pub(super) fn doubles(&self) -> &[f64] {
        &self.doubles
    }

    /// Appends the text between `start` and `end` of the event.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "no recognized event is that long")]
    pub(super) fn push_text(&mut self, start: usize, end: usize, style: Style) {
        self.texts.push(Text { index: self.codes.len() as u32, start: start as u32, end: end as u32, style });
        self.codes.push(0);
    }

    #[inline]
    pub(super) fn push_integer(&mut self, value: i32) {
        if (-codes::MAX_SMALL..codes::MAX_SMALL).contains(&value) {
            self.codes.push(value + codes::BIAS);
        } else {
            self.push_number(value.into());
        }
    }

    #[inline]
    pub(super) fn push_number(&mut self, value: f64) {
        self.doubles.push(value);
        self.codes.push(codes::DOUBLE);
    }

    #[inline]
    pub(super) fn push_constant(&mut self, constant: Constant) {
        self.codes.push(constant as i32);
    }

    /// Begins a run whose first element, already on the tape, begins at `index`. Returns the handle
    /// for [`Self::lengthen_run`].
    pub(super) fn begin_run(&mut self, index: usize, kind: Kind) -> usize {
        let code = match kind {
            Kind::Scalars => codes::SCALARS,
            Kind::Lists => codes::LISTS,
            Kind::Objects(shape) => integer(shape as usize),
            Kind::Inline => codes::INLINE,
        };
        self.codes.splice(index..index, [code, 1]);
        for text in self.texts.iter_mut().rev().take_while(|text| text.index as usize >= index) {
            text.index += 2;
        }
        index + 1
    }

    /// Counts one more element of a run.
    #[inline]
    pub(super) fn lengthen_run(&mut self, run: usize) {
        if let Some(count) = self.codes.get_mut(run) {
            *count += 1;
        }
    }

    #[inline]
    pub(super) fn end_list(&mut self) {
        self.codes.push(codes::END);
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { codes: self.codes.len(), texts: self.texts.len(), doubles: self.doubles.len() }
    }

    /// Removes everything after `mark`.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.codes.truncate(mark.codes);
        self.texts.truncate(mark.texts);
        self.doubles.truncate(mark.doubles);
    }

    /// Begins a list that is a member of an object with inline keys.
    pub(super) fn open_list(&mut self) {
        self.codes.push(codes::LIST);
    }

    /// Begins an object with inline keys. Returns the handle for [`Self::make_dictionary`].
    pub(super) fn open_object(&mut self) -> usize {
        self.codes.push(codes::OBJECT);
        self.codes.len() - 1
    }

    pub(super) fn close_object(&mut self) {
        self.codes.push(codes::CLOSE);
    }

    pub(super) fn push_key(&mut self, number: u32) {
        self.codes.push(integer(number as usize));
    }

    /// Appends a key that has no number: the text between `start` and `end` of the event.
    pub(super) fn push_new_key(&mut self, start: usize, end: usize, style: Style) {
        self.codes.push(codes::NEW_KEY);
        self.push_text(start, end, style);
    }

    pub(super) fn make_dictionary(&mut self, object: usize) {
        if let Some(code) = self.codes.get_mut(object) {
            *code = codes::DICTIONARY;
        }
    }
}

impl Text {
    /// The index of its code.
    pub(super) const fn index(&self) -> usize {
        self.index as usize
    }

    /// Its range in the event, without the quotes.
    pub(super) const fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A count or position in a batch as a code. All are far below [`codes::SMALL`].
#[inline]
pub(super) fn integer(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
impl Tape {
    /// The only value, if it is a number.
    pub(super) fn number(&self) -> Option<f64> {
        match (self.codes.as_slice(), self.doubles.as_slice()) {
            ([codes::DOUBLE], [double]) => Some(*double),
            ([code], []) if *code >= codes::SMALL => Some((code - codes::BIAS).into()),
            _ => None,
        }
    }
}
