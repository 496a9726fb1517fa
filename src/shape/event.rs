//! An event on its way from the recognizer into a batch.

use super::{Definition, Shapes, tape::Tape};

/// An event that goes into a batch, with the values that [`Shapes`] found in it.
///
/// Only [`Shapes`] makes one, and only [`Batch::push_event`](super::Batch::push_event) consumes it.
/// The event borrows the shapes, so no other event can overwrite the values in between.
#[derive(Debug)]
pub struct Event<'a> {
    shapes: &'a mut Shapes,
    text: &'a str,
    /// The shape by which the event was recognized. `None`: the tape does not hold its values yet.
    shape: Option<u32>,
}

/// The values of one object, ready to be copied into a batch.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    /// `None`: the keys are on the tape, too.
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

    /// Returns the definitions that JavaScript needs first, and the values. An event that was not
    /// recognized is encoded with inline keys, and its shape may be learned. `None` instead of
    /// values: JavaScript must parse the text.
    #[inline]
    pub(crate) fn encode(self) -> (Vec<Definition>, Option<Values<'a>>) {
        let Self { shapes, text, shape } = self;
        let is_encoded = shape.is_some() || shapes.write_inline(text);
        let definitions = std::mem::take(&mut shapes.pending_definitions);
        (definitions, is_encoded.then_some(Values { shape, tape: &shapes.tape, text }))
    }
}
