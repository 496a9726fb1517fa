//! The frames of a WebSocket, read by our reader and by tungstenite's: both must return the same
//! messages and the same end.

use std::io::{self, Cursor, Read, Write};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use realtime::transport::{Frame, Lost, read_messages};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error, Message};

/// How a connection ends.
#[derive(Debug, PartialEq)]
enum End {
    Closed(Option<u16>, String),
    Broken,
    /// There are no more bytes.
    Ended,
}

struct Bytes<'a>(Cursor<&'a [u8]>);

impl Read for Bytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_with_tungstenite(bytes: &[u8]) -> (Vec<Frame>, End) {
    let mut context = WebSocketContext::new(Role::Client, None);
    let mut stream = Bytes(Cursor::new(bytes));
    let mut messages = Vec::new();
    loop {
        match context.read(&mut stream) {
            Ok(Message::Text(text)) => messages.push(Frame::Text(text.to_string())),
            Ok(Message::Binary(bytes)) => messages.push(Frame::Binary(bytes)),
            Ok(Message::Close(close)) => {
                let (code, reason) = close.map(|close| (u16::from(close.code), close.reason.to_string())).unzip();
                return (messages, End::Closed(code, reason.unwrap_or_default()));
            }
            Ok(_) => {}
            Err(Error::Protocol(problem)) if problem.to_string().contains("closing handshake") => {
                return (messages, End::Ended);
            }
            Err(_) => return (messages, End::Broken),
        }
    }
}

fn read(bytes: &[u8], places: [usize; 2]) -> (Vec<Frame>, End) {
    let (messages, lost) = read_messages(bytes, places);
    let end = match lost {
        Lost::Closed { code, reason } => End::Closed(code, reason),
        Lost::Network(_) => End::Ended,
        Lost::CutOff(_) | Lost::TooLarge { .. } | Lost::Protocol(_) => End::Broken,
    };
    (messages, end)
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut bytes = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..126), _) => bytes.push(length),
        (_, Ok(length)) => {
            bytes.push(126);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// Payloads around the lengths at which the header changes. Some texts are cut within a character.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof!["[a-z]{0,130}", "[aé€😀]{0,40}"].prop_map(String::into_bytes);
    let cut = "[aé€😀]{1,9}".prop_map(|text| text.as_bytes()[1..].to_vec());
    let long = (65_530usize..65_540).prop_map(|length| vec![b'x'; length]);
    prop_oneof![8 => text, 1 => cut, 1 => vec(any::<u8>(), 0..8), 1 => long]
}

fn close() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![1000u16..1016, Just(3000), Just(4999), any::<u16>()];
    let payload = (code, "[aé]{0,20}").prop_map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat());
    prop_oneof![4 => payload, 1 => vec(any::<u8>(), 0..5)].prop_map(|payload| frame(0x88, &payload))
}

/// One frame, or a message in fragments with pings between them.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let whole = (prop_oneof![Just(0x81), Just(0x82), Just(0x89), Just(0x8a)], payload());
    let odd = (any::<u8>(), payload());
    let fragments = (prop_oneof![Just(0x01), Just(0x02)], vec(payload(), 2..5)).prop_map(|(first, payloads)| {
        let last = payloads.len() - 1;
        let mut bytes = Vec::new();
        for (at, payload) in payloads.iter().enumerate() {
            let opcode = if at == 0 { first } else { 0 };
            bytes.extend(frame(if at == last { 0x80 | opcode } else { opcode }, payload));
            bytes.extend(frame(0x89, b"ping"));
        }
        bytes
    });
    prop_oneof![
        8 => whole.prop_map(|(first, payload)| frame(first, &payload)),
        4 => fragments,
        1 => odd.prop_map(|(first, payload)| frame(first, &payload)),
        1 => close(),
    ]
}

proptest! {
    #[test]
    fn both_readers_return_the_same(
        frames in vec(frames(), 0..8),
        cut in prop_oneof![4 => Just(None), 1 => any::<Index>().prop_map(Some)],
        places in any::<[Index; 2]>(),
    ) {
        let mut bytes = frames.concat();
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let mut places = places.map(|place| place.index(bytes.len() + 1));
        places.sort_unstable();
        let (messages, end) = read(&bytes, places);
        let (expected, expected_end) = read_with_tungstenite(&bytes);
        prop_assert_eq!(messages, expected);
        match (&end, &expected_end) {
            // Our reader reports a violation before the whole frame has arrived.
            (End::Broken, End::Ended) => prop_assert!(cut.is_some()),
            // tungstenite replaces a forbidden close code by one of its own, and it rejects 1014.
            (End::Broken, End::Closed(Some(1002), reason)) => prop_assert_eq!(reason, "Protocol violation"),
            (End::Closed(Some(1014), _), End::Closed(Some(1002), _)) => {}
            _ => prop_assert_eq!(end, expected_end),
        }
    }
}
