//! Events with values of their own, as an application sends them: what repeats is the structure.
//! They are encoded once for all connections, and compressed as one stream, each event with the
//! events before it as the dictionary (RFC 7692), so that the source is faster than its clients.

use std::fmt::Write as _;
use std::sync::Arc;

use fastrand::Rng;
use flate2::{Compress, Compression, FlushCompress};

use crate::events::{Mix, Wire, text_header};
use crate::words::Kind;

/// What the first byte of a frame has for a compressed message.
pub(crate) const COMPRESSED: u8 = 0x40;
/// What a flush ends with, and a message leaves out.
pub(crate) const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
/// As much as one `write` should have.
const WRITE_BYTES: usize = 64 * 1024;
const STATUSES: [&str; 5] = ["scheduled", "active", "paused", "submitted", "reviewed"];
const ENTRIES: [&str; 6] = ["answer", "pause", "resume", "flag", "photo", "message"];
const WORDS: [&str; 32] = [
    "the",
    "proctor",
    "looked",
    "at",
    "recording",
    "and",
    "found",
    "nothing",
    "to",
    "report",
    "student",
    "left",
    "seat",
    "for",
    "a",
    "minute",
    "second",
    "voice",
    "heard",
    "in",
    "room",
    "camera",
    "was",
    "covered",
    "during",
    "question",
    "browser",
    "lost",
    "focus",
    "phone",
    "visible",
    "again",
];

/// The frames from the first event on.
#[derive(Clone)]
pub(crate) struct Fresh {
    frames: Arc<Encoded>,
    next: usize,
}

struct Encoded {
    bytes: Vec<u8>,
    /// Where each frame ends.
    ends: Vec<usize>,
    /// Where it would end without compression.
    plain_ends: Vec<usize>,
}

impl Fresh {
    /// Encodes `count` events.
    pub(crate) fn encode(wire: Wire, mix: &Mix, count: usize, is_compressed: bool) -> Result<Self, String> {
        let topic = Kind::Plain.words().topic;
        let (open, close) = match wire {
            Wire::SocketIo => (r#"42["event","#.to_owned(), "]"),
            Wire::Plain => (format!(r#"{{"type":"event","topic":"{topic}","data":"#), "}"),
        };
        let mut rng = Rng::with_seed(mix.size as u64);
        let mut compress = Compress::new(Compression::default(), false);
        let mut frames = Encoded { bytes: Vec::new(), ends: Vec::new(), plain_ends: Vec::new() };
        let mut plain_end = 0;
        for index in 0..count {
            let text = [open.as_str(), &event(topic, mix.size, index, &mut rng), close].concat();
            plain_end += text_header(text.len()).len() + text.len();
            frames.plain_ends.push(plain_end);
            let (payload, bit) = if is_compressed {
                (deflate(&mut compress, text.as_bytes())?, COMPRESSED)
            } else {
                (text.into_bytes(), 0)
            };
            let mut header = text_header(payload.len());
            if let Some(first) = header.first_mut() {
                *first |= bit;
            }
            frames.bytes.extend_from_slice(&header);
            frames.bytes.extend_from_slice(&payload);
            frames.ends.push(frames.bytes.len());
        }
        Ok(Self { frames: Arc::new(frames), next: 0 })
    }

    /// The next frames, at most `most` and at most a write's worth, and how many they are. There
    /// are none behind the last one that was encoded.
    pub(crate) fn take(&mut self, most: usize) -> (usize, &[u8]) {
        let start = end_before(&self.frames.ends, self.next);
        let rest = self.frames.ends.get(self.next..).unwrap_or_default();
        let taken = rest.iter().take(most).take_while(|end| **end - start <= WRITE_BYTES).count();
        self.next += taken;
        (taken, self.frames.bytes.get(start..end_before(&self.frames.ends, self.next)).unwrap_or_default())
    }

    /// The bytes of the last `count` frames that were taken: as they are, and without compression.
    pub(crate) fn bytes(&self, count: usize) -> (usize, usize) {
        let of = |ends: &[usize]| end_before(ends, self.next) - end_before(ends, self.next - count);
        (of(&self.frames.ends), of(&self.frames.plain_ends))
    }
}

fn end_before(ends: &[usize], index: usize) -> usize {
    index.checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or_default()
}

fn deflate(compress: &mut Compress, text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() * 2 + 64);
    compress.compress_vec(text, &mut bytes, FlushCompress::Sync).map_err(|error| error.to_string())?;
    bytes.strip_suffix(&TAIL).map(<[u8]>::to_vec).ok_or_else(|| "an event takes more room than expected".to_owned())
}

/// A `session.status` event of about `size` bytes.
fn event(topic: &str, size: usize, index: usize, rng: &mut Rng) -> String {
    let mut text = format!(
        r#"{{"id":"evt_{:08x}{index:012}","topic":"{topic}","source":"database","type":"database.update","payload":{{"sessionId":"ses_{}","campusId":{},"status":"{}","score":0.{:02},"seat":{{"row":{}}}"#,
        rng.u32(..),
        rng.u32(100_000..1_000_000),
        rng.u32(10..50),
        pick(&STATUSES, rng),
        rng.u32(11..100),
        rng.u32(1..10),
    );
    let at = 1_767_225_600_000 + index as u64 * 97 + rng.u64(0..97);
    let tail = format!(r#"}},"metadata":{{"timestamp":{at},"table":"sessions","operation":"update"}}}}"#);
    let room = size.saturating_sub(tail.len());
    let mut separator = r#","log":["#;
    // An entry takes less than this.
    while text.len() + 120 < room {
        // Writing to a `String` does not fail.
        let _ = write!(
            text,
            r#"{separator}{{"at":{},"kind":"{}","item":{},"score":0.{:02},"flagged":{},"by":"usr_{}"}}"#,
            at - rng.u64(0..600_000),
            pick(&ENTRIES, rng),
            rng.u32(10..100),
            rng.u32(11..100),
            rng.bool(),
            rng.u32(1000..10_000),
        );
        separator = ",";
    }
    if separator == "," {
        text.push(']');
    }
    let mut separator = r#","note":""#;
    while text.len() + 6 < room {
        text.push_str(separator);
        text.push_str(pick(&WORDS, rng));
        separator = " ";
    }
    if separator == " " {
        text.push('"');
    }
    text + &tail
}

fn pick<'a>(words: &[&'a str], rng: &mut Rng) -> &'a str {
    rng.choice(words).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    #[test]
    fn a_compressed_stream_has_the_events_of_the_plain_one() {
        for size in [300, 2048] {
            let mix = Mix { size, shapes: 1, kind: Kind::Plain, listened: 100, stamped: false };
            let [mut plain, mut compressed] =
                [false, true].map(|is_compressed| Fresh::encode(Wire::SocketIo, &mix, 500, is_compressed).unwrap());
            let mut inflate = Decompress::new(false);
            let mut shares = Vec::new();
            for index in 0..500 {
                let (text, frame) = (plain.take(1).1.to_vec(), compressed.take(1).1.to_vec());
                let payload = |frame: &[u8]| frame[if frame[1] == 126 { 4 } else { 2 }..].to_vec();
                let mut inflated = Vec::with_capacity(10_000);
                inflate.decompress_vec(&payload(&frame), &mut inflated, FlushDecompress::Sync).unwrap();
                inflate.decompress_vec(&TAIL, &mut inflated, FlushDecompress::Sync).unwrap();
                assert_eq!(inflated, payload(&text), "{index}");
                assert_eq!((frame[0], compressed.bytes(1)), (0xc1, (frame.len(), text.len())));
                let event = str::from_utf8(&inflated).unwrap().strip_prefix(r#"42["event","#).unwrap();
                let event: serde_json::Value = serde_json::from_str(event.strip_suffix(']').unwrap()).unwrap();
                assert!(event["id"].as_str().unwrap().ends_with(&format!("{index:012}")));
                assert!(inflated.len().abs_diff(size) < 60, "{}", inflated.len());
                shares.push(frame.len() * 100 / text.len());
            }
            // With values of its own, an event does not shrink to nothing.
            assert!(shares[1..].iter().all(|share| (5..40).contains(share)), "{shares:?}");
            assert_eq!(compressed.take(1).0, 0);
        }
    }
}
