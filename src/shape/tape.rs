//! What an event was found to hold: its values as they stand in a [batch](super::batch), except that nobody knows yet where
//! its texts will end there.
//!
//! A value is one integer. From 0: a text, which ends there in the present string and begins where the last one ended. From
//! [`SMALL`]: an integer, with [`BIAS`] added. [`NULL`], [`TRUE`], [`FALSE`]; [`DOUBLE`]: the next of the doubles. A list is a
//! sequence of runs, each a kind and a count: a shape and so many objects, [`SCALARS`] and so many values, [`LISTS`] and so many
//! lists, [`INLINE`] and so many objects that are spelt out; [`END`] ends it.
//!
//! An object that is spelt out is [`OBJECT`] or [`DICTIONARY`] and its members, each a key and a value: the number of a key, or
//! [`NEW_KEY`] and a text; then a value, or [`LIST`] and a list, or another such object. [`CLOSE`] ends it.

use std::ops::Range;

const NULL: i32 = -1;
const TRUE: i32 = -2;
const FALSE: i32 = -3;
const DOUBLE: i32 = -4;

const SCALARS: i32 = -1;
const LISTS: i32 = -2;
const END: i32 = -3;
const INLINE: i32 = -4;

const LIST: i32 = -5;
const OBJECT: i32 = -6;
const DICTIONARY: i32 = -7;
const NEW_KEY: i32 = -1;
const CLOSE: i32 = -2;
/// What is a definition's number from here on defines a key.
const FIRST_KEY: u32 = 1 << 20;

/// Codes from here on are integers. Below are the ends of texts: a frame is far shorter.
const SMALL: i32 = 1 << 28;
/// What is added to an integer, and the largest magnitude that is coded so.
const BIAS: i32 = SMALL + MAX_SMALL;
const MAX_SMALL: i32 = 1 << 29;

/// The values of one event, in their order, with marks between the elements of its lists.
#[derive(Debug, Default)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct Tape {
    codes: Vec<i32>,
    /// Their codes are still to be filled in.
    texts: Vec<Text>,
    /// What [`DOUBLE`] stands for.
    doubles: Vec<f64>,
}

/// A text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The place of its code.
    slot: u32,
    /// Where it stands in the event, between its quotes.
    start: u32,
    end: u32,
    pub(super) style: Style,
}

/// How a text is to be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// All of it is ASCII.
    Ascii,
    /// It has characters beyond ASCII, and no escape.
    NonAscii,
    /// It has an escape.
    Escaped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    Null = NULL as isize,
    True = TRUE as isize,
    False = FALSE as isize,
}

/// What elements of a list that come one after another are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalars,
    Lists,
    /// Of this shape.
    Objects(u32),
    /// Objects that are spelt out.
    Inline,
}

/// How much there is of it.
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

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The integers of the stream.
    pub(super) fn codes(&self) -> &[i32] {
        &self.codes
    }

    /// The texts, in their order.
    pub(super) fn texts(&self) -> &[Text] {
        &self.texts
    }

    /// The doubles of the stream.
    pub(super) fn doubles(&self) -> &[f64] {
        &self.doubles
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "no event that is recognised is so long")]
    pub(super) fn push_text(&mut self, start: usize, end: usize, style: Style) {
        self.texts.push(Text { slot: self.codes.len() as u32, start: start as u32, end: end as u32, style });
        self.codes.push(0);
    }

    #[inline]
    pub(super) fn push_integer(&mut self, value: i32) {
        if (-MAX_SMALL..MAX_SMALL).contains(&value) {
            self.codes.push(value + BIAS);
        } else {
            self.push_number(value.into());
        }
    }

    #[inline]
    pub(super) fn push_number(&mut self, value: f64) {
        self.doubles.push(value);
        self.codes.push(DOUBLE);
    }

    #[inline]
    pub(super) fn push_constant(&mut self, constant: Constant) {
        self.codes.push(constant as i32);
    }

    /// Begins a run with the element that begins at `slot`; gives what [`Self::lengthen_run`] wants.
    pub(super) fn begin_run(&mut self, slot: usize, kind: Kind) -> usize {
        let code = match kind {
            Kind::Scalars => SCALARS,
            Kind::Lists => LISTS,
            Kind::Objects(shape) => index(shape as usize),
            Kind::Inline => INLINE,
        };
        self.codes.splice(slot..slot, [code, 1]);
        for text in self.texts.iter_mut().rev().take_while(|text| text.slot as usize >= slot) {
            text.slot += 2;
        }
        slot + 1
    }

    /// The run has one element more.
    #[inline]
    pub(super) fn lengthen_run(&mut self, run: usize) {
        if let Some(count) = self.codes.get_mut(run) {
            *count += 1;
        }
    }

    #[inline]
    pub(super) fn end_list(&mut self) {
        self.codes.push(END);
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { codes: self.codes.len(), texts: self.texts.len(), doubles: self.doubles.len() }
    }

    /// Takes back what came since.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.codes.truncate(mark.codes);
        self.texts.truncate(mark.texts);
        self.doubles.truncate(mark.doubles);
    }

    /// A list that is a member of an object that is spelt out.
    pub(super) fn open_list(&mut self) {
        self.codes.push(LIST);
    }

    /// An object that is spelt out; gives what [`Self::make_dictionary`] wants.
    pub(super) fn open_object(&mut self) -> usize {
        self.codes.push(OBJECT);
        self.codes.len() - 1
    }

    pub(super) fn close_object(&mut self) {
        self.codes.push(CLOSE);
    }

    pub(super) fn push_key(&mut self, number: u32) {
        self.codes.push(index(number as usize));
    }

    pub(super) fn make_dictionary(&mut self, object: usize) {
        if let Some(code) = self.codes.get_mut(object) {
            *code = DICTIONARY;
        }
    }

    pub(super) fn push_new_key(&mut self, start: usize, end: usize, style: Style) {
        self.codes.push(NEW_KEY);
        self.push_text(start, end, style);
    }
}

impl Text {
    /// The place of its code.
    pub(super) const fn slot(&self) -> usize {
        self.slot as usize
    }

    /// Where it stands in the event, between its quotes.
    pub(super) const fn place(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The number by which a key is defined.
pub(super) const fn key_number(number: u32) -> u32 {
    FIRST_KEY + number
}

/// A count or place in a batch: far below the limit, see [`SMALL`].
#[inline]
pub(super) fn index(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
impl Tape {
    /// The number that it holds and nothing else.
    pub(super) fn number(&self) -> Option<f64> {
        match (self.codes.as_slice(), self.doubles.as_slice()) {
            ([DOUBLE], [double]) => Some(*double),
            ([code], []) if *code >= SMALL => Some((code - BIAS).into()),
            _ => None,
        }
    }
}
