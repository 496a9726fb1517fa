//! The events that are sent: encoded once into one buffer of many WebSocket frames, of which only the digits of
//! each id are rewritten per use. All frames have the same length, so that a frame is found by multiplication.

/// How an event is wrapped on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// A Socket.IO `event` packet: `42["event",{...}]`.
    SocketIo,
    /// A plain `/ws` frame: `{"type":"event","topic":...,"data":{...}}`.
    Plain,
}

/// A buffer this large is one `write`; it stays in the processor's second-level cache.
const BUFFER_BYTES: usize = 256 * 1024;
const ID_PREFIX: &str = r#"{"id":"evt_"#;
const ID_DIGITS: usize = 12;
const PROSE: &str = "The proctor looked at the recording and found nothing to report. ";

/// An endless sequence of frames whose ids count up.
pub(crate) struct Frames {
    buffer: Vec<u8>,
    frame_length: usize,
    id_offset: usize,
    /// In decimal digits, so that the next one costs one addition.
    next_id: [u8; ID_DIGITS],
}

impl Frames {
    /// Encodes events of `size` bytes of JSON each, which take turns in `shapes` different sets of members.
    pub(crate) fn encode(wire: Wire, size: usize, shapes: usize) -> Result<Self, String> {
        let (open, close) = match wire {
            Wire::SocketIo => (r#"42["event","#, "]"),
            Wire::Plain => (r#"{"type":"event","topic":"session.status","data":"#, "}"),
        };
        let text_length = open.len() + size + close.len();
        let header = text_header(text_length);
        let frame_length = header.len() + text_length;
        let frames = (BUFFER_BYTES / frame_length).max(1).next_multiple_of(shapes);
        let mut buffer = Vec::with_capacity(frames * frame_length);
        for index in 0..frames {
            buffer.extend_from_slice(&header);
            buffer.extend_from_slice(open.as_bytes());
            buffer.extend_from_slice(event(index, size, index % shapes)?.as_bytes());
            buffer.extend_from_slice(close.as_bytes());
        }
        let id_offset = header.len() + open.len() + ID_PREFIX.len();
        Ok(Self { buffer, frame_length, id_offset, next_id: [b'0'; ID_DIGITS] })
    }

    /// Length of one frame, header included.
    pub(crate) fn frame_length(&self) -> usize {
        self.frame_length
    }

    /// The next frames, at most `most` and at most one buffer of them, and how many they are.
    pub(crate) fn take(&mut self, most: usize) -> (usize, &[u8]) {
        let mut taken = 0;
        for frame in self.buffer.chunks_exact_mut(self.frame_length).take(most) {
            if let Some(id) = frame.get_mut(self.id_offset..self.id_offset + ID_DIGITS) {
                id.copy_from_slice(&self.next_id);
            }
            count_up(&mut self.next_id);
            taken += 1;
        }
        (taken, self.buffer.get(..taken * self.frame_length).unwrap_or_default())
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

/// A `session.status` event of exactly `size` bytes. What is left after its fixed members is filled with a log of
/// small objects, as an audit trail would, and the last bytes with prose.
fn event(index: usize, size: usize, shape: usize) -> Result<String, String> {
    let status = if index.is_multiple_of(3) { "scheduled" } else { "active" };
    let campus = 10 + index % 40;
    let session = 100_000 + index * 7919 % 900_000;
    let variant = if shape == 0 { String::new() } else { format!(r#""x{shape}":{shape},"#) };
    let head = format!(
        r#"{ID_PREFIX}{:0ID_DIGITS$}","topic":"session.status","source":"database","type":"database.update","payload":{{{variant}"sessionId":"ses_{session}","campusId":{campus},"status":"{status}","score":0.{:02},"seat":{{"row":{}}}"#,
        0,
        11 + index % 89,
        1 + index % 9,
    );
    let tail = r#""},"metadata":{"timestamp":1767225600000,"table":"sessions","operation":"update"}}"#;
    let note = r#","note":""#;
    let fixed = head.len() + note.len() + tail.len();
    let mut room = size.checked_sub(fixed).ok_or(format!("--size {size}: an event takes at least {fixed} bytes"))?;
    let mut log = String::new();
    for entry in 0.. {
        let entry = format!(
            r#"{{"at":{},"kind":"answer","item":{},"score":0.{:02},"flagged":{},"by":"usr_{}"}}"#,
            1_767_225_600_000_u64 + entry * 977,
            10 + entry % 90,
            11 + entry % 89,
            entry % 7 == 0,
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
    let prose: String = PROSE.chars().cycle().take(room).collect();
    Ok(format!("{head}{log}{note}{prose}{tail}"))
}
