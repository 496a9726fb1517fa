//! Our compressor and the library's own against our inflater, and what a hostile server sends.

use flate2::{Compress, Compression as Level, FlushCompress};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;

const MAX_BYTES: usize = 300_000;

/// A server's compressor: it keeps its context over messages, unless it is reset.
struct Server(Compress);

impl Server {
    fn new(window_bits: u8) -> Self {
        Self(Compress::new_with_window_bits(Level::default(), false, window_bits))
    }

    fn compress(&mut self, message: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(message.len() * 2 + 1000);
        self.0.compress_vec(message, &mut bytes, FlushCompress::Sync).unwrap();
        bytes.strip_suffix(&TAIL).unwrap_or(&bytes).to_vec()
    }
}

fn agreement(bits: u8, keeps_context: bool) -> Agreement {
    Agreement {
        server_keeps_context: keeps_context,
        client_keeps_context: keeps_context,
        ..Agreement::with_windows(bits)
    }
}

fn inflater() -> Inflater {
    Inflater::new(Agreement::with_windows(15))
}

fn inflated(inflater: &mut Inflater, payload: &[u8], max_bytes: usize) -> Result<Vec<u8>, InvalidData> {
    inflater.inflate(payload, max_bytes).map(|()| inflater.message().to_vec())
}

/// Texts with repetitions near and far, noise, and lengths around that of the window.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let words = vec(prop_oneof!["[a-c]{1,4}", "evt_[0-9]{6}", "session\\.status"], 0..200);
    prop_oneof![
        6 => words.prop_map(|words| words.concat().into_bytes()),
        2 => vec(any::<u8>(), 0..2000),
        1 => vec(any::<u8>(), 0..64).prop_map(|bytes| bytes.repeat(2000)),
        1 => Just(Vec::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_messages_of_a_server_round_trip_in_any_fragments(
        messages in vec((message(), vec(any::<Index>(), 0..4)), 1..8),
        bits in 9u8..16,
        keeps_context: bool,
    ) {
        let mut server = Server::new(bits);
        let mut inflater = Inflater::new(agreement(bits, keeps_context));
        for (message, cuts) in messages {
            let payload = server.compress(&message);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
            cuts.extend([0, payload.len()]);
            cuts.sort_unstable();
            if cuts.len() == 2 {
                inflater.inflate(&payload, MAX_BYTES).unwrap();
                prop_assert_eq!(inflater.message(), message.as_slice());
            } else {
                let mut output = Vec::new();
                for (at, part) in cuts.windows(2).enumerate() {
                    let is_last = at + 2 == cuts.len();
                    inflater.inflate_part(&payload[part[0]..part[1]], is_last, &mut output, MAX_BYTES).unwrap();
                }
                prop_assert_eq!(output, message);
            }
            inflater.release();
            if !keeps_context {
                server.0.reset();
            }
        }
    }

    #[test]
    fn our_messages_round_trip_within_the_window_of_the_peer(
        messages in vec(message(), 1..12),
        bits in 9u8..16,
        keeps_context: bool,
    ) {
        let agreement = agreement(bits, keeps_context);
        let mut deflater = Deflater::new(agreement, 0).unwrap();
        // Another connection of the thread, with other messages and another window.
        let mut other = Deflater::new(Agreement::with_windows(24 - bits), 0).unwrap();
        let mut peer = Inflater::new(agreement);
        for message in messages {
            let compressed = deflater.deflate(&message, <[u8]>::to_vec);
            let _ = other.deflate(&message.repeat(2), |_| ());
            if let Some(payload) = compressed {
                prop_assert!(payload.len() < message.len());
                prop_assert_eq!(inflated(&mut peer, &payload, MAX_BYTES), Ok(message));
            }
        }
    }

    #[test]
    fn no_bytes_of_a_server_exceed_the_limit(payloads in vec(vec(any::<u8>(), 0..400), 1..6)) {
        let mut inflater = inflater();
        for payload in payloads {
            if inflater.inflate(&payload, 1000).is_err() {
                break;
            }
            prop_assert!(inflater.message().len() <= 1000);
        }
    }
}

#[test]
fn the_examples_of_the_specification_are_read() {
    let mut inflater = inflater();
    for (payload, note) in [
        (&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], "7.2.3.1: one block"),
        (&[0xf2, 0x00, 0x11, 0x00, 0x00], "7.2.3.2: the window of the first message"),
        (&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00], "7.2.3.3: no compression"),
        (&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], "7.2.3.4: a last block"),
        (&[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00], "7.2.3.5: two blocks"),
    ] {
        assert_eq!(inflated(&mut inflater, payload, 5).as_deref(), Ok(&b"Hello"[..]), "{note}");
    }
    for empty in [&[0x00][..], &[], &[0x02, 0x00]] {
        assert_eq!(inflated(&mut inflater, empty, 5).as_deref(), Ok(&b""[..]), "{empty:?}");
    }
}

#[test]
fn a_bomb_ends_at_the_limit_and_takes_no_more_memory() {
    let bomb = Server::new(15).compress(&vec![b' '; 50 << 20]);
    assert!(bomb.len() < 60_000);
    let limit = 1 << 20;
    let mut inflater = inflater();
    assert_eq!(inflater.inflate(&bomb, limit), Err(InvalidData::TooLarge));
    assert!(inflater.memory().1 <= limit + 4096, "{}", inflater.memory().1);

    let mut output = Vec::new();
    let mut inflater = self::inflater();
    let parts: Vec<_> = bomb.chunks(100).collect();
    let end = parts.iter().position(|part| inflater.inflate_part(part, false, &mut output, limit).is_err());
    assert!(end.is_some_and(|end| end < parts.len() / 10), "{end:?}");
    assert!(output.capacity() <= limit + 4096, "{}", output.capacity());
}

#[test]
fn a_message_may_be_as_large_as_the_limit() {
    for size in [4095, 4096, 4097, 200_000] {
        let message = vec![b'x'; size];
        let payload = Server::new(15).compress(&message);
        assert_eq!(inflated(&mut inflater(), &payload, size), Ok(message));
        assert_eq!(inflated(&mut inflater(), &payload, size - 1), Err(InvalidData::TooLarge));
    }
}

#[test]
fn what_no_compressor_makes_is_malformed() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    for (payload, note) in [
        (&hello[..3], "cut off"),
        (&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07], "a last block, cut off"),
        (&[0x06, 0x00][..], "a block of the reserved type"),
        (&[0xf2, 0x00, 0x11, 0x00, 0x00], "a reference to a message that there was not"),
        (&[0x00, 0x05, 0x00, 0x00, 0x00, 0x48], "a length that does not match its complement"),
    ] {
        assert_eq!(inflated(&mut inflater(), payload, 100), Err(InvalidData::Malformed), "{note}");
    }
    // Without context takeover, a message must not refer to the one before.
    let mut inflater = Inflater::new(agreement(15, false));
    assert_eq!(inflated(&mut inflater, &hello, 100).as_deref(), Ok(&b"Hello"[..]));
    assert_eq!(inflated(&mut inflater, &[0xf2, 0x00, 0x11, 0x00, 0x00], 100), Err(InvalidData::Malformed));
}

#[test]
fn an_unused_connection_allocates_nothing_and_a_used_one_keeps_its_context_alone() {
    let mut inflater = inflater();
    let mut deflater = Deflater::new(Agreement::with_windows(15), 100).unwrap();
    assert_eq!(inflater.memory(), (false, 0));
    assert!(deflater.deflate(&[b'x'; 99], |_| ()).is_none() && deflater.history_bytes() == 0);
    for _ in 0..20 {
        assert!(deflater.deflate(&[b'x'; 5000], |_| ()).is_some());
    }
    assert!(deflater.history_bytes() <= 10_000, "{}", deflater.history_bytes());

    inflater.inflate(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], 100).unwrap();
    inflater.release();
    assert_eq!(inflater.memory(), (true, 0));
    let mut forgetful = Inflater::new(agreement(15, false));
    forgetful.inflate(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], 100).unwrap();
    forgetful.release();
    assert_eq!(forgetful.memory(), (false, 0));
}

#[test]
fn a_window_below_the_smallest_of_the_library_leaves_our_messages_as_they_are() {
    let small = Agreement { client_window_bits: 8, ..Agreement::with_windows(15) };
    assert!(Deflater::new(small, 0).is_none());
    let mut inflater = Inflater::new(Agreement { server_window_bits: 8, ..Agreement::with_windows(15) });
    assert_eq!(inflated(&mut inflater, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], 5).as_deref(), Ok(&b"Hello"[..]));
}

#[test]
fn a_message_that_does_not_become_smaller_is_sent_as_it_is_and_is_no_context() {
    let mut deflater = Deflater::new(Agreement::with_windows(15), 0).unwrap();
    let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(3000).collect();
    assert!(deflater.deflate(&noise, |_| ()).is_none());
    // The peer has not inflated it, so no later message may refer to it.
    assert!(deflater.deflate(&noise, |_| ()).is_none());
}
