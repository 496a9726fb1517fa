//! A webhook delivery with any headers and body never causes a panic, and is accepted only if it is
//! signed.
#![no_main]

use libfuzzer_sys::{arbitrary::Arbitrary, fuzz_target};
use realtime::webhook::{Headers, Keyring, Scheme};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    scheme: u8,
    signature: &'a str,
    timestamp: Option<&'a str>,
    id: Option<&'a str>,
    body: &'a [u8],
}

fuzz_target!(|input: Input| {
    let Input { scheme, signature, timestamp, id, body } = input;
    let scheme = [Scheme::Realtime, Scheme::StandardWebhooks, Scheme::TV1][usize::from(scheme % 3)];
    let keyring = Keyring::new(&["whsec_bm9ib2R5IGtub3dzIGl0", "nobody knows it"]).unwrap();
    let headers = Headers { scheme, signature, timestamp, id };
    assert!(keyring.verify(headers, body, f64::MAX, 0.0).is_err());
});
