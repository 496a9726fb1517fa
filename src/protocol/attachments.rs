//! Assembles a binary packet from its text and its attachments, which follow as one binary message
//! each.

use bytes::Bytes;

use super::{DecodeError, limits::MAX_ATTACHMENTS};

/// A binary packet with all its attachments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The packet's text, as given to [`Assembler::begin`].
    pub text: String,
    /// Its attachments. A placeholder's `num` is an index into this list.
    pub attachments: Vec<Bytes>,
}

/// Collects the attachments of at most one packet at a time.
#[derive(Debug)]
pub struct Assembler {
    pending: Option<Pending>,
    max_bytes: usize,
    /// Whether to skip binary messages without a packet, because their cause was reported already.
    skipping: bool,
}

impl Assembler {
    /// An assembler that accepts up to `max_bytes` for all attachments of one packet.
    #[must_use]
    pub const fn new(max_bytes: usize) -> Self {
        Self { pending: None, max_bytes, skipping: false }
    }

    /// Starts a packet that announces `count` attachments.
    ///
    /// # Errors
    /// [`DecodeError::AttachmentMissing`] if the previous packet is incomplete.
    /// [`DecodeError::AttachmentCount`].
    pub fn begin(&mut self, text: String, count: u32) -> Result<(), DecodeError> {
        if self.is_pending() {
            return Err(DecodeError::AttachmentMissing);
        }
        self.skipping = true;
        if count == 0 || count > MAX_ATTACHMENTS {
            return Err(DecodeError::AttachmentCount);
        }
        self.skipping = false;
        let packet = Assembled { text, attachments: Vec::new() };
        self.pending = Some(Pending { packet, missing: count, room: self.max_bytes });
        Ok(())
    }

    /// Adds the next attachment. Returns the packet if this was its last one. After an error the
    /// caller must drop the packet with [`Self::skip`].
    ///
    /// # Errors
    /// [`DecodeError::AttachmentUnexpected`] if no packet waits for attachments.
    /// [`DecodeError::AttachmentsTooLarge`].
    pub fn push(&mut self, attachment: Bytes) -> Result<Option<Assembled>, DecodeError> {
        let Some(pending) = &mut self.pending else {
            let was_skipping = std::mem::replace(&mut self.skipping, true);
            return if was_skipping { Ok(None) } else { Err(DecodeError::AttachmentUnexpected) };
        };
        let too_large = DecodeError::AttachmentsTooLarge { limit: self.max_bytes };
        pending.room = pending.room.checked_sub(attachment.len()).ok_or(too_large)?;
        pending.packet.attachments.push(attachment);
        pending.missing -= 1;
        Ok(self.pending.take_if(|pending| pending.missing == 0).map(|pending| pending.packet))
    }

    /// Whether a packet waits for attachments.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Drops the waiting packet and returns its text. Attachments that still arrive for it are
    /// skipped without an error, until the next packet with attachments.
    pub fn skip(&mut self) -> Option<String> {
        self.skipping = true;
        self.pending.take().map(|pending| pending.packet.text)
    }
}

#[derive(Debug)]
struct Pending {
    packet: Assembled,
    missing: u32,
    room: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_BYTES: usize = 1000;

    #[test]
    fn returns_the_packet_with_its_last_attachment() {
        let mut assembler = Assembler::new(MAX_BYTES);
        assembler.begin("52-[\"a\"]".into(), 2).unwrap();
        assert_eq!(assembler.push(Bytes::from_static(b"one")), Ok(None));
        assert!(assembler.is_pending());
        let packet = assembler.push(Bytes::new()).unwrap().unwrap();
        assert_eq!(packet.text, "52-[\"a\"]");
        assert_eq!(packet.attachments, [Bytes::from_static(b"one"), Bytes::new()]);
        assert!(!assembler.is_pending());
    }

    #[test]
    fn rejects_attachments_without_a_packet() {
        let mut assembler = Assembler::new(MAX_BYTES);
        assert_eq!(assembler.push(Bytes::new()), Err(DecodeError::AttachmentUnexpected));
        assert_eq!(assembler.push(Bytes::new()), Ok(None), "reported once");
    }

    #[test]
    fn skips_the_attachments_of_a_dropped_packet() {
        let drops: [fn(&mut Assembler); 3] = [
            |assembler| assert_eq!(assembler.skip(), None),
            |assembler| assert_eq!(assembler.begin(String::new(), 65), Err(DecodeError::AttachmentCount)),
            |assembler| {
                assembler.begin("large".into(), 3).unwrap();
                let large = Bytes::from(vec![0; MAX_BYTES + 1]);
                assert_eq!(assembler.push(large), Err(DecodeError::AttachmentsTooLarge { limit: MAX_BYTES }));
                assert_eq!(assembler.skip().as_deref(), Some("large"));
            },
        ];
        for drop_packet in drops {
            let mut assembler = Assembler::new(MAX_BYTES);
            drop_packet(&mut assembler);
            for _ in 0..200 {
                assert_eq!(assembler.push(Bytes::new()), Ok(None));
            }
            assembler.begin("next".into(), 1).unwrap();
            assert_eq!(assembler.push(Bytes::new()).unwrap().unwrap().text, "next");
            assert_eq!(assembler.push(Bytes::new()), Err(DecodeError::AttachmentUnexpected), "another cause");
        }
    }

    #[test]
    fn rejects_a_second_packet_before_the_first_is_complete() {
        let mut assembler = Assembler::new(MAX_BYTES);
        assembler.begin("first".into(), 1).unwrap();
        assert_eq!(assembler.begin("second".into(), 1), Err(DecodeError::AttachmentMissing));
        assert_eq!(assembler.push(Bytes::new()).unwrap().unwrap().text, "first");
    }

    #[test]
    fn bounds_count_and_bytes() {
        let mut assembler = Assembler::new(MAX_BYTES);
        for count in [0, MAX_ATTACHMENTS + 1] {
            assert_eq!(assembler.begin(String::new(), count), Err(DecodeError::AttachmentCount));
        }
        assembler.begin(String::new(), MAX_ATTACHMENTS).unwrap();
        assert_eq!(assembler.push(Bytes::from(vec![0; MAX_BYTES])), Ok(None));
        assert_eq!(
            assembler.push(Bytes::from_static(b"x")),
            Err(DecodeError::AttachmentsTooLarge { limit: MAX_BYTES })
        );
    }
}
