//! Deflates our messages.
//!
//! A compressor holds some 330 KB, most of it for finding repetitions, and clients send little. So
//! the connections of a thread share one, and each connection keeps what the messages of the others
//! must not mix with: its last bytes, the dictionary of its next message.

use std::cell::RefCell;

use flate2::{Compress, Compression as Level, FlushCompress};

use super::{Agreement, TAIL};

/// The smallest window that the library knows.
const MIN_WINDOW_BITS: u8 = 9;
/// How many of the last bytes a connection keeps.
const MAX_HISTORY_BYTES: usize = 8 * 1024;
/// The buffer of a thread is not kept once a large message has grown it beyond this.
const MAX_BUFFER_BYTES: usize = 256 * 1024;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor>> = const { RefCell::new(None) };
}

/// What is needed to send messages to one server.
#[derive(Debug)]
pub(in crate::transport::websocket) struct Deflater {
    threshold: usize,
    window_bits: u8,
    keeps_context: bool,
    /// The end of what was compressed so far, for the next message to refer to.
    history: Vec<u8>,
}

/// The compressor of a thread, for windows of one size.
struct Compressor {
    window_bits: u8,
    stream: Compress,
    output: Vec<u8>,
}

impl Deflater {
    /// `None`: the window is smaller than the library's smallest, so messages are sent as they are,
    /// which the agreement allows for any message.
    pub(in crate::transport::websocket) fn new(agreement: Agreement, threshold: usize) -> Option<Self> {
        (agreement.client_window_bits >= MIN_WINDOW_BITS).then_some(Self {
            threshold,
            window_bits: agreement.client_window_bits,
            keeps_context: agreement.client_keeps_context,
            history: Vec::new(),
        })
    }

    /// Lends the compressed message to `send`. Returns `None`, without a call, for a message that
    /// is too small or that does not become smaller: it is to be sent as it is.
    pub(in crate::transport::websocket) fn deflate<T>(
        &mut self,
        message: &[u8],
        send: impl FnOnce(&[u8]) -> T,
    ) -> Option<T> {
        if message.len() < self.threshold || message.is_empty() {
            return None;
        }
        COMPRESSOR.with_borrow_mut(|compressor| {
            let compressor = match compressor {
                Some(compressor) if compressor.window_bits == self.window_bits => compressor,
                other => other.insert(Compressor::new(self.window_bits)),
            };
            let lent = compressor.compress(&self.history, message).map(send);
            compressor.output.clear();
            compressor.output.shrink_to(MAX_BUFFER_BYTES);
            if lent.is_some() && self.keeps_context {
                self.remember(message);
            }
            lent
        })
    }

    /// The memory that the connection occupies, in bytes.
    #[cfg(test)]
    pub(super) const fn history_bytes(&self) -> usize {
        self.history.capacity()
    }

    /// Keeps the end of all messages so far.
    fn remember(&mut self, message: &[u8]) {
        let most = MAX_HISTORY_BYTES.min(1 << self.window_bits);
        let message = message.get(message.len().saturating_sub(most)..).unwrap_or_default();
        let surplus = (self.history.len() + message.len()).saturating_sub(most);
        self.history.drain(..surplus);
        self.history.reserve_exact(message.len());
        self.history.extend_from_slice(message);
    }
}

impl Compressor {
    fn new(window_bits: u8) -> Self {
        let stream = Compress::new_with_window_bits(Level::default(), false, window_bits);
        Self { window_bits, stream, output: Vec::new() }
    }

    /// Compresses a message that may refer to the bytes of `history`. `None` if it does not become
    /// smaller.
    fn compress(&mut self, history: &[u8], message: &[u8]) -> Option<&[u8]> {
        self.stream.reset();
        if !history.is_empty() {
            self.stream.set_dictionary(history).ok()?;
        }
        self.output.clear();
        self.output.reserve_exact(message.len() + TAIL.len());
        self.stream.compress_vec(message, &mut self.output, FlushCompress::Sync).ok()?;
        let is_complete = self.stream.total_in() == message.len() as u64 && self.output.len() < self.output.capacity();
        let compressed = self.output.strip_suffix(&TAIL).filter(|_| is_complete)?;
        (compressed.len() < message.len()).then_some(compressed)
    }
}
