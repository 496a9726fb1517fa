//! The events that are sent: encoded once into one buffer of many WebSocket frames, of which only
//! some digits are rewritten per use. All frames have the same length, so that a frame is found by
//! multiplication.

use crate::clock;
use crate::words::Kind;

/// How an event is wrapped on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// A Socket.IO `event` packet: `42["event",{...}]`.
    SocketIo,
    /// A plain `/ws` frame: `{"type":"event","topic":...,"data":{...}}`.
    Plain,
}

/// What the events are like.
#[derive(Clone, Debug)]
pub(crate) struct Mix {
    /// Bytes of JSON of one event.
    pub(crate) size: usize,
    /// Sets of payload members that take turns.
    pub(crate) shapes: usize,
    pub(crate) kind: Kind,
    /// Percent of the events that have the topic; the others have the other one.
    pub(crate) listened: usize,
    /// Whether a payload says when it was sent.
    pub(crate) stamped: bool,
}

/// A buffer this large is one `write`; it stays in the processor's second-level cache.
const BUFFER_BYTES: usize = 256 * 1024;
const ID_DIGITS: usize = 12;
const NO_ID: &str = "000000000000";
/// Nanoseconds, counted from anywhere: sixteen digits of which the first is 1 are exact in a
/// double.
const STAMP: u64 = 1_000_000_000_000_000;
const STAMP_DIGITS: usize = 16;

/// An endless sequence of frames whose ids count up.
#[derive(Clone)]
pub(crate) struct Frames {
    buffer: Vec<u8>,
    frame_length: usize,
    /// Where the digits of the id stand in a frame: in the id, and in the key of a unique member.
    id_offsets: Vec<usize>,
    stamp_offset: Option<usize>,
    /// In decimal digits, so that the next one costs one addition.
    next_id: [u8; ID_DIGITS],
    /// Offset of the next frame in the buffer.
    next: usize,
}

impl Frames {
    pub(crate) fn encode(wire: Wire, mix: &Mix) -> Result<Self, String> {
        let topic = mix.kind.words().topic;
        let (open, close) = match wire {
            Wire::SocketIo => (r#"42["event","#.to_owned(), "]"),
            Wire::Plain => (format!(r#"{{"type":"event","topic":"{topic}","data":"#), "}"),
        };
        let text_length = open.len() + mix.size + close.len();
        let header = text_header(text_length);
        let frame_length = header.len() + text_length;
        let period = mix.shapes * if mix.listened < 100 { 100 } else { 1 };
        let frames = (BUFFER_BYTES / frame_length).max(1).next_multiple_of(period);
        let mut buffer = Vec::with_capacity(frames * frame_length);
        for index in 0..frames {
            buffer.extend_from_slice(&header);
            buffer.extend_from_slice(open.as_bytes());
            buffer.extend_from_slice(event(mix, index)?.as_bytes());
            buffer.extend_from_slice(close.as_bytes());
        }
        let first = event(mix, 0)?;
        let start = header.len() + open.len();
        let stamp = mix.stamped.then(|| first.find(&STAMP.to_string())).flatten();
        Ok(Self {
            buffer,
            frame_length,
            id_offsets: first.match_indices(NO_ID).map(|(offset, _)| start + offset).collect(),
            stamp_offset: stamp.map(|offset| start + offset),
            next_id: [b'0'; ID_DIGITS],
            next: 0,
        })
    }

    /// Length of one frame, header included.
    pub(crate) fn frame_length(&self) -> usize {
        self.frame_length
    }

    /// The next frames, at most `most` and at most what is left of the buffer, and how many they
    /// are.
    pub(crate) fn take(&mut self, most: usize) -> (usize, &[u8]) {
        let stamp = self.stamp_offset.zip(clock::nanoseconds());
        let start = self.next;
        let rest = self.buffer.get_mut(start..).unwrap_or_default();
        let mut taken = 0;
        for frame in rest.chunks_exact_mut(self.frame_length).take(most) {
            for &offset in &self.id_offsets {
                if let Some(id) = frame.get_mut(offset..offset + ID_DIGITS) {
                    id.copy_from_slice(&self.next_id);
                }
            }
            if let Some((offset, now)) = stamp {
                write_digits(frame.get_mut(offset..offset + STAMP_DIGITS).unwrap_or_default(), STAMP + now % STAMP);
            }
            count_up(&mut self.next_id);
            taken += 1;
        }
        let end = start + taken * self.frame_length;
        self.next = if end == self.buffer.len() { 0 } else { end };
        (taken, self.buffer.get(start..end).unwrap_or_default())
    }
}

/// The header of an unmasked text frame (RFC 6455, section 5.2).
pub(crate) fn text_header(length: usize) -> Vec<u8> {
    const FINAL_TEXT: u8 = 0x81;
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => vec![FINAL_TEXT, short],
        (_, Ok(medium)) => [&[FINAL_TEXT, 126][..], &medium.to_be_bytes()].concat(),
        _ => [&[FINAL_TEXT, 127][..], &(length as u64).to_be_bytes()].concat(),
    }
}

fn count_up(digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
}

fn write_digits(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// A `session.status` event of exactly `mix.size` bytes. What is left after its fixed members is
/// filled with a log of small objects, as an audit trail would, and the last bytes with prose.
fn event(mix: &Mix, index: usize) -> Result<String, String> {
    let words = mix.kind.words();
    // Spread evenly, and the last of each hundred is one that is listened to.
    let listened = (index + 1) * mix.listened / 100 > index * mix.listened / 100;
    let topic = if listened { words.topic } else { words.other_topic };
    let unique = if mix.kind == Kind::Unique { format!(r#""k{NO_ID}":1,"#) } else { String::new() };
    let stamp = if mix.stamped { format!(r#""sentAt":{STAMP},"#) } else { String::new() };
    let variant = match index % mix.shapes {
        0 => String::new(),
        shape => format!(r#""x{shape}":{shape},"#),
    };
    let session = 100_000 + index * 7919 % 900_000;
    let [scheduled, active] = words.statuses;
    let mut head = format!(
        r#"{{"id":"{}{NO_ID}","topic":"{topic}","source":"database","type":"database.update","payload":{{{unique}{stamp}{variant}"sessionId":"{}{session}","campusId":{},"status":"{}","score":0.{:02}"#,
        words.id,
        words.session,
        10 + index % 40,
        if index.is_multiple_of(3) { scheduled } else { active },
        11 + index % 89,
    );
    let seat = format!(r#","seat":{{"row":{}}}"#, 1 + index % 9);
    let note = r#","note":""#;
    let tail =
        format!(r#""}},"metadata":{{"timestamp":1767225600000,"table":"{}","operation":"update"}}}}"#, words.table);
    let fixed = head.len() + note.len() + tail.len();
    let mut room =
        mix.size.checked_sub(fixed).ok_or(format!("--size {}: an event takes at least {fixed} bytes", mix.size))?;
    if room >= seat.len() {
        room -= seat.len();
        head += &seat;
    }
    let mut log = String::new();
    for entry in 0.. {
        let entry = format!(
            r#"{{"at":{},"kind":"{}","item":{},"score":0.{:02},"flagged":{},"by":"{}{}"}}"#,
            1_767_225_600_000_u64 + entry * 977,
            words.entry,
            10 + entry % 90,
            11 + entry % 89,
            entry % 7 == 0,
            words.user,
            1000 + entry % 9000,
        );
        let opening = if log.is_empty() { r#","log":["# } else { "," };
        let closing = 1;
        if opening.len() + entry.len() + closing + log.len() > room {
            break;
        }
        log += opening;
        log += &entry;
    }
    if !log.is_empty() {
        log.push(']');
    }
    room -= log.len();
    let mut prose = String::new();
    for letter in words.prose.chars().cycle() {
        if prose.len() + letter.len_utf8() > room {
            break;
        }
        prose.push(letter);
    }
    let rest = ".".repeat(room - prose.len());
    Ok(format!("{head}{log}{note}{prose}{rest}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::{Frames, Mix, Wire};
    use crate::words::Kind;

    /// The events that a client sees, given a mix, taken `burst` at a time.
    fn events(mix: &Mix, count: usize, burst: usize) -> Vec<serde_json::Value> {
        let mut frames = Frames::encode(Wire::SocketIo, mix).unwrap();
        let length = frames.frame_length();
        let mut seen = Vec::new();
        while seen.len() < count {
            let (taken, bytes) = frames.take(burst);
            assert!(taken > 0 && bytes.len() == taken * length);
            for frame in bytes.chunks(length) {
                let text = str::from_utf8(&frame[length - mix.size - 12..]).unwrap();
                let event = text.strip_prefix(r#"42["event","#).unwrap().strip_suffix(']').unwrap();
                assert_eq!(event.len(), mix.size);
                seen.push(serde_json::from_str(event).unwrap());
            }
        }
        seen.truncate(count);
        seen
    }

    #[test]
    fn each_event_is_of_its_size_and_has_the_next_id() {
        for kind in [Kind::Plain, Kind::Wide, Kind::Unique] {
            for size in [310, 2048, 20_480] {
                let mix = Mix { size, shapes: 3, kind, listened: 100, stamped: false };
                for (index, event) in events(&mix, 150, 7).iter().enumerate() {
                    let id = event["id"].as_str().unwrap();
                    assert_eq!(id, format!("{}{index:012}", kind.words().id));
                    let shape = index % 3;
                    assert_eq!(event["payload"].get(format!("x{shape}")).is_some(), shape > 0);
                    if kind == Kind::Unique {
                        assert_eq!(event["payload"][format!("k{index:012}")], 1);
                    }
                }
            }
        }
    }

    #[test]
    fn the_last_of_each_hundred_is_listened_to() {
        let mix = Mix { size: 300, shapes: 1, kind: Kind::Plain, listened: 1, stamped: false };
        for (index, event) in events(&mix, 1000, 64).iter().enumerate() {
            let expected = if index % 100 == 99 { "session.status" } else { "session.answer" };
            assert_eq!(event["topic"], expected, "{index}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_stamp_is_the_time() {
        let mix = Mix { size: 300, shapes: 1, kind: Kind::Plain, listened: 100, stamped: true };
        let before = super::clock::nanoseconds().unwrap() % super::STAMP + super::STAMP;
        let stamps: Vec<_> =
            events(&mix, 20, 1).iter().map(|event| event["payload"]["sentAt"].as_u64().unwrap()).collect();
        assert!(stamps.is_sorted() && stamps[0] >= before && stamps[0] < before + 60_000_000_000, "{stamps:?}");
    }
}
