//! An event between the recognizer and a batch.

use super::{Definition, Shapes, tape::Tape};

/// An event on its way into a batch, with the values that [`Shapes`] found in it. Only [`Shapes`]
/// makes one, and only [`Batch::push_event`](super::Batch::push_event) uses it up. It borrows the
/// shapes, so nothing can replace the values before that.
#[derive(Debug)]
pub struct Event<'a> {
    shapes: &'a mut Shapes,
    text: &'a str,
    /// `None`: the shape is not known, and no value was found yet.
    shape: Option<u32>,
}

/// The values of one event, ready to be copied into a batch.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    /// `None`: the keys are among the values.
    pub(super) shape: Option<u32>,
    pub(super) tape: &'a Tape,
    pub(super) text: &'a str,
}

impl<'a> Event<'a> {
    pub(super) const fn new(shapes: &'a mut Shapes, text: &'a str, shape: Option<u32>) -> Self {
        Self { shapes, text, shape }
    }

    /// The event as JSON text.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The values, and before them what JavaScript has to know first. An event of an unknown shape
    /// is encoded with its keys; its shape may be learned on this occasion. No values: the text
    /// has to go through `JSON.parse`.
    #[inline]
    pub(crate) fn encode(self) -> (Vec<Definition>, Option<Values<'a>>) {
        let Self { shapes, text, shape } = self;
        let is_encoded = shape.is_some() || shapes.write_inline(text);
        let definitions = std::mem::take(&mut shapes.pending_definitions);
        (definitions, is_encoded.then_some(Values { shape, tape: &shapes.tape, text }))
    }
}
