//! Accepted and rejected deliveries for each scheme, and properties of all deliveries.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{Delivery, Headers, Keyring, Refusal, Scheme, hex};

const SCHEMES: [Scheme; 3] = [Scheme::Realtime, Scheme::StandardWebhooks, Scheme::TV1];
const NOW: f64 = 1_614_265_330_000.0;
const TOLERANCE: f64 = 300_000.0;
const SECONDS: &str = "1614265330";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
/// The example of the Standard Webhooks specification.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn keyring(secrets: &[&str]) -> Keyring {
    Keyring::new(secrets).unwrap()
}

fn sign(secrets: &[&str], scheme: Scheme) -> String {
    keyring(secrets).sign(&Delivery::parse(scheme, Some(SECONDS), Some(ID), BODY).unwrap())
}

fn headers(scheme: Scheme, signature: &str) -> Headers<'_> {
    Headers { scheme, signature, timestamp: Some(SECONDS), id: Some(ID) }
}

fn verify<'a>(secrets: &[&str], headers: Headers<'a>) -> Result<Delivery<'a>, Refusal> {
    keyring(secrets).verify(headers, BODY, TOLERANCE, NOW)
}

#[test]
fn the_example_of_the_specification_holds() {
    let accepted = verify(&[SECRET], headers(Scheme::StandardWebhooks, SIGNATURE)).unwrap();
    assert_eq!(accepted.timestamp(), 1_614_265_330_000);
    assert_eq!(sign(&[SECRET], Scheme::StandardWebhooks), SIGNATURE);
}

#[test]
fn the_other_schemes_sign_the_timestamp_and_the_body() {
    // From: printf '1614265330.{"test": 2432232314}' | openssl dgst -sha256 -hmac "$SECRET"
    let digest = "2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964";
    assert_eq!(sign(&[SECRET], Scheme::Realtime), digest);
    assert_eq!(sign(&[SECRET], Scheme::TV1), format!("t={SECONDS},v1={digest}"));
}

#[test]
fn a_secret_that_does_not_decode_is_the_key_itself() {
    for (secret, same) in [("whsec_your_secret", "whsec_your_secret"), ("plain", "plain"), ("whsec_YWI", "whsec_YWI=")]
    {
        let signature = sign(&[secret], Scheme::StandardWebhooks);
        assert!(verify(&[same], headers(Scheme::StandardWebhooks, &signature)).is_ok(), "{secret}");
    }
    let (decoded, plain) = (sign(&["whsec_YWI="], Scheme::StandardWebhooks), sign(&["ab"], Scheme::StandardWebhooks));
    assert_eq!(decoded, plain);
}

#[test]
fn an_empty_secret_is_no_key() {
    for secrets in [&[][..], &[""], &["whsec_"], &["good", ""]] {
        assert!(Keyring::new(secrets).is_none(), "{secrets:?}");
    }
}

#[test]
fn one_matching_signature_of_one_secret_is_enough() {
    for scheme in SCHEMES {
        let both = sign(&["new", "old"], scheme);
        for secrets in [&["new"][..], &["old"], &["other", "old"], &["old", "new"]] {
            assert!(verify(secrets, headers(scheme, &both)).is_ok(), "{scheme:?} {secrets:?}");
        }
        assert_eq!(verify(&["other"], headers(scheme, &both)), Err(Refusal::Mismatch));
    }
}

#[test]
fn a_fingerprint_depends_only_on_the_signed_bytes() {
    let fingerprint = |scheme, secrets: &[&str], signed_with: &[&str]| {
        let signature = sign(signed_with, scheme);
        hex(&verify(secrets, headers(scheme, &signature)).unwrap().fingerprint())
    };
    // From: printf '1614265330.{"test": 2432232314}' | sha256sum
    let expected = "8d429cafa506b7c09b45bfd39df3816dabd927862219bb1e5de59b7e43465ffb";
    for (secrets, signed_with) in [
        (&["new", "old"][..], &["new"][..]),
        (&["new", "old"], &["old"]),
        (&["old"], &["old"]),
        (&["old"], &["old", "new"]),
        (&["new"], &["old", "new"]),
    ] {
        assert_eq!(fingerprint(Scheme::Realtime, secrets, signed_with), expected);
        assert_eq!(fingerprint(Scheme::TV1, secrets, signed_with), expected);
        assert_ne!(fingerprint(Scheme::StandardWebhooks, secrets, signed_with), expected);
    }
}

#[test]
fn signatures_have_one_accepted_form() {
    use Scheme::{Realtime, StandardWebhooks, TV1};

    let digest = sign(&[SECRET], Scheme::Realtime);
    let upper = digest.to_uppercase();
    let (v1, t_v1) = (format!("v1={digest}"), format!("t={SECONDS},v1={digest}"));
    let unpadded = SIGNATURE.trim_end_matches('=');
    // The last digit before the padding has two unused bits.
    let loose = SIGNATURE.replace("OE=", "OF=");
    for (scheme, signature, accepted) in [
        (Realtime, digest.clone(), true),
        (Realtime, upper, false),
        (Realtime, format!("sha256={digest}"), true),
        (Realtime, format!("{digest}, {digest}"), true),
        (Realtime, format!("sha512=00 {digest},"), true),
        (Realtime, digest.replacen('a', "A", 1), false),
        (Realtime, format!("SHA256={digest}"), false),
        (Realtime, format!("sha256=sha256={digest}"), false),
        (Realtime, format!("0x{digest}"), false),
        (Realtime, digest[..62].to_owned(), false),
        (Realtime, format!("{digest}00"), false),
        (Realtime, format!("\t{digest}"), false),
        (Realtime, digest.replacen(|c: char| c.is_ascii_digit(), "g", 1), false),
        (Realtime, SIGNATURE.to_owned(), false),
        (Realtime, String::new(), false),
        (StandardWebhooks, SIGNATURE.to_owned(), true),
        (StandardWebhooks, format!("v1a,abc v2,{digest}  {SIGNATURE}"), true),
        (StandardWebhooks, SIGNATURE.replace("v1,", "v1a,"), false),
        (StandardWebhooks, SIGNATURE.replace("v1,", ""), false),
        (StandardWebhooks, SIGNATURE.replace("v1,", "v1,v1,"), false),
        (StandardWebhooks, SIGNATURE.replace('+', "-").replace('/', "_"), false),
        (StandardWebhooks, unpadded.to_owned(), false),
        (StandardWebhooks, loose, false),
        (StandardWebhooks, format!("{SIGNATURE},{SIGNATURE}"), false),
        (StandardWebhooks, format!("v1,{digest}"), false),
        (TV1, t_v1.clone(), true),
        (TV1, format!("t={SECONDS},v0=abc,{v1}"), true),
        (TV1, format!("{v1},t={SECONDS}"), false),
        (TV1, format!("{t_v1},t={SECONDS}"), false),
        (TV1, format!("t={SECONDS},t=1,{v1}"), false),
        (TV1, format!("t={SECONDS}, {v1}"), false),
        (TV1, format!("t={SECONDS},v1,{v1}"), false),
        (TV1, format!("t={SECONDS},v1=,{v1}"), false),
        (TV1, format!("t={SECONDS},v0=,{v1}"), false),
        (TV1, format!("t={SECONDS},v1=00,{v1}"), false),
        (TV1, format!("t={SECONDS},v0={digest}"), false),
        (TV1, v1, false),
    ] {
        let verdict = verify(&[SECRET], headers(scheme, &signature));
        assert_eq!(verdict.err(), (!accepted).then_some(Refusal::MalformedSignature), "{scheme:?} {signature}");
    }
}

#[test]
fn the_number_of_signatures_has_a_limit() {
    let digest = sign(&[SECRET], Scheme::Realtime);
    let many = |count| vec![digest.as_str(); count].join(",");
    assert!(verify(&[SECRET], headers(Scheme::Realtime, &many(16))).is_ok());
    assert_eq!(verify(&[SECRET], headers(Scheme::Realtime, &many(17))), Err(Refusal::MalformedSignature));
    let long = format!("{digest}{}", ",".repeat(2000));
    assert_eq!(verify(&[SECRET], headers(Scheme::Realtime, &long)), Err(Refusal::MalformedSignature));
}

#[test]
fn timestamps_are_plain_decimal_numbers() {
    for text in [
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "01",
        "1.0",
        "1e9",
        "0x1",
        "1_0",
        "١",
        "1\0",
        "9999999999999999",
        "NaN",
        "Infinity",
    ] {
        for scheme in SCHEMES {
            assert_eq!(
                Delivery::parse(scheme, Some(text), Some(ID), BODY).err(),
                Some(Refusal::MalformedTimestamp),
                "{text:?}"
            );
        }
    }
}

#[test]
fn timestamps_are_checked_in_both_directions() {
    let accepted = |scheme, timestamp: &str, now: f64| {
        let delivery = Delivery::parse(scheme, Some(timestamp), Some(ID), BODY).unwrap();
        let keyring = keyring(&[SECRET]);
        let signature = keyring.sign(&delivery);
        let headers = Headers { timestamp: Some(timestamp), ..headers(scheme, &signature) };
        keyring.verify(headers, BODY, TOLERANCE, now).map(|accepted| accepted.timestamp())
    };
    for scheme in SCHEMES {
        let at = |now| accepted(scheme, SECONDS, now);
        assert_eq!(at(NOW), Ok(1_614_265_330_000));
        assert_eq!(at(NOW + TOLERANCE), Ok(1_614_265_330_000));
        assert_eq!(at(NOW - TOLERANCE), Ok(1_614_265_330_000));
        assert_eq!(at(NOW + TOLERANCE + 1.0), Err(Refusal::Expired));
        assert_eq!(at(NOW - TOLERANCE - 1.0), Err(Refusal::InFuture));
        for no_time in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(at(no_time).is_err(), "{no_time}");
        }
    }
    // Numbers from 1e11 on are milliseconds, except with Standard Webhooks, which counts seconds.
    assert_eq!(accepted(Scheme::Realtime, "1614265330123", NOW), Ok(1_614_265_330_123));
    assert_eq!(accepted(Scheme::TV1, "1614265330123", NOW), Ok(1_614_265_330_123));
    assert_eq!(accepted(Scheme::StandardWebhooks, "1614265330123", NOW), Err(Refusal::InFuture));
    assert_eq!(accepted(Scheme::Realtime, "99999999999", NOW), Err(Refusal::InFuture));
    assert_eq!(accepted(Scheme::Realtime, "100000000000", NOW), Err(Refusal::Expired));
}

#[test]
fn a_missing_or_malformed_part_is_named() {
    let whole = headers(Scheme::Realtime, "00");
    let (long, longest) = ("x".repeat(257), "x".repeat(256));
    for (headers, refusal) in [
        (Headers { timestamp: None, ..whole }, Refusal::MissingTimestamp),
        (Headers { id: None, ..whole }, Refusal::MissingId),
        (Headers { id: None, scheme: Scheme::StandardWebhooks, ..whole }, Refusal::MissingId),
        (Headers { id: Some(""), ..whole }, Refusal::MalformedId),
        (Headers { id: Some("a, b"), ..whole }, Refusal::MalformedId),
        (Headers { id: Some("é"), ..whole }, Refusal::MalformedId),
        (Headers { id: Some("a\n"), ..whole }, Refusal::MalformedId),
        (Headers { id: Some(&long), ..whole }, Refusal::MalformedId),
        (Headers { id: Some(&longest), ..whole }, Refusal::MalformedSignature),
        (Headers { scheme: Scheme::TV1, signature: "t=,v1=00", ..whole }, Refusal::MalformedTimestamp),
    ] {
        assert_eq!(verify(&[SECRET], headers), Err(refusal), "{headers:?}");
    }
    let signature = sign(&[SECRET], Scheme::TV1);
    let alone = Headers { timestamp: None, id: None, ..headers(Scheme::TV1, &signature) };
    assert!(verify(&[SECRET], alone).is_ok());
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

proptest! {
    #[test]
    fn a_signed_delivery_is_accepted(
        scheme in select(&SCHEMES[..]),
        secrets in vec(".{1,80}", 1..4),
        id in "[!-~]{1,256}",
        now in 0..4_000_000_000_u64,
        milliseconds in 0..1000_u64,
        body in vec(any::<u8>(), 0..300),
    ) {
        prop_assume!(secrets.iter().all(|secret| secret != "whsec_"));
        let keyring = Keyring::new(&secrets).unwrap();
        let seconds = scheme == Scheme::StandardWebhooks || now < 100_000_000;
        let timestamp = if seconds { now.to_string() } else { (now * 1000 + milliseconds).to_string() };
        let signature = keyring.sign(&Delivery::parse(scheme, Some(&timestamp), Some(&id), &body).unwrap());
        let headers = Headers { scheme, signature: &signature, timestamp: Some(&timestamp), id: Some(&id) };
        #[allow(clippy::cast_precision_loss)]
        let accepted = keyring.verify(headers, &body, 1000.0, (now * 1000) as f64);
        prop_assert!(accepted.is_ok(), "{:?}", accepted);
    }

    #[test]
    fn any_flipped_bit_is_noticed(scheme in select(&SCHEMES[..]), part in 0..4, bit in any::<usize>()) {
        let signature = sign(&[SECRET], scheme);
        let parts = [&signature, SECONDS, ID].map(str::as_bytes);
        let [mut signature, mut timestamp, mut id] = parts.map(<[u8]>::to_vec);
        let mut body = BODY.to_vec();
        // Only Standard Webhooks signs the ID. The timestamp of t-v1 is a part of the signature
        // header.
        match part {
            1 if scheme != Scheme::TV1 => timestamp = flipped(&timestamp, bit),
            2 if scheme == Scheme::StandardWebhooks => id = flipped(&id, bit),
            3 => body = flipped(&body, bit),
            _ => signature = flipped(&signature, bit),
        }
        let texts = [&signature, &timestamp, &id].map(|bytes| str::from_utf8(bytes));
        if let [Ok(signature), Ok(timestamp), Ok(id)] = texts {
            let headers = Headers { scheme, signature, timestamp: Some(timestamp), id: Some(id) };
            prop_assert!(keyring(&[SECRET]).verify(headers, &body, TOLERANCE, NOW).is_err());
        }
    }

    #[test]
    fn an_unsigned_delivery_is_rejected(
        scheme in select(&SCHEMES[..]),
        signature in "(t=1614265330,)?(v1[,=]|sha256=)?([0-9a-f]{64}|[A-Za-z0-9+/]{43}=|.{0,9})([ ,].{0,70}){0,3}",
        timestamp in prop::option::of("1614265330|[0-9]{0,16}|.{0,20}"),
        id in prop::option::of(".{0,20}"),
        body in vec(any::<u8>(), 0..40),
    ) {
        let headers = Headers { scheme, signature: &signature, timestamp: timestamp.as_deref(), id: id.as_deref() };
        prop_assert!(keyring(&[SECRET, "b"]).verify(headers, &body, TOLERANCE, NOW).is_err());
    }
}
