//! The parts of a certificate that an error can name: its hosts, its issuer, and the type of its
//! key.
//!
//! Nothing here decides on trust. webpki does that, and it does not expose these parts.

use std::{
    fmt::Write,
    net::{Ipv4Addr, Ipv6Addr},
};

/// The DER tags that are read here.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const OID: u8 = 0x06;
    pub(super) const UTF8_STRING: u8 = 0x0c;
    pub(super) const PRINTABLE_STRING: u8 = 0x13;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    /// The tags of a certificate's version and extensions.
    pub(super) const VERSION: u8 = 0xa0;
    pub(super) const EXTENSIONS: u8 = 0xa3;
    /// The tags of a subject alternative name.
    pub(super) const DNS_NAME: u8 = 0x82;
    pub(super) const IP_ADDRESS: u8 = 0x87;
}

/// The object identifiers that are read here.
mod oid {
    pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    pub(super) const ORGANIZATION: &[u8] = &[0x55, 4, 10];
    pub(super) const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 29, 17];
    pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    pub(super) const P384: &[u8] = &[0x2b, 0x81, 4, 0, 34];
    pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 112];
}

/// The common names of unsupported algorithms.
const KNOWN: [(&[u8], &str); 14] = [
    (&[0x2b, 0x81, 4, 0, 35], "P-521"),
    (&[0x2b, 0x81, 4, 0, 10], "secp256k1"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "RSA with MD5"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "RSA with SHA-1"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], "RSA-PSS"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14], "RSA with SHA-224"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ECDSA with SHA-1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], "ECDSA with SHA-224"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "ECDSA with SHA-256"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ECDSA with SHA-384"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "ECDSA with SHA-512"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA"),
    (&[0x2b, 0x65, 112], "Ed25519"),
    (&[0x2b, 0x65, 113], "Ed448"),
];

/// The lengths of RSA keys that can be checked, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// The most names that a text lists, and the longest one.
const MAX_NAMES: usize = 5;
const MAX_NAME_LENGTH: usize = 80;

/// Parts of a certificate in their DER encoding.
pub(super) struct Certificate<'a> {
    issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    /// The key with its algorithm, without the outer tag.
    pub(super) key: &'a [u8],
    alternative_names: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate. Returns `None` for a malformed one, which webpki reports.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let mut certificate = Der(Der(Der(der).take(tag::SEQUENCE)?).take(tag::SEQUENCE)?);
        // Version 1 has no version number.
        let _ = certificate.take(tag::VERSION);
        certificate.take(tag::INTEGER)?;
        let _signature_algorithm = certificate.take(tag::SEQUENCE)?;
        let issuer = certificate.take(tag::SEQUENCE)?;
        let _validity = certificate.take(tag::SEQUENCE)?;
        let subject = certificate.take(tag::SEQUENCE)?;
        let key = certificate.take(tag::SEQUENCE)?;
        let extensions = certificate.find(tag::EXTENSIONS).and_then(|extensions| Der(extensions).take(tag::SEQUENCE));
        let alternative_names = extensions.and_then(|extensions| {
            let mut extensions = Der(extensions);
            std::iter::from_fn(|| extensions.take(tag::SEQUENCE)).find_map(|extension| {
                let mut extension = Der(extension);
                let id = extension.take(tag::OID)?;
                let value = Der(extension.find(tag::OCTET_STRING)?).take(tag::SEQUENCE)?;
                (id == oid::SUBJECT_ALTERNATIVE_NAME).then_some(value)
            })
        });
        Some(Self { issuer, subject, key, alternative_names })
    }

    /// Whether it names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it names this subject as its issuer.
    pub(super) fn is_issued_by(&self, subject: &[u8]) -> bool {
        self.issuer == subject
    }

    pub(super) fn issuer_name(&self) -> String {
        name(self.issuer)
    }

    pub(super) fn subject_name(&self) -> String {
        name(self.subject)
    }

    /// The hosts of the certificate as a text: `a.test, b.test and 3 more`. `None` if it has no
    /// subject alternative name.
    pub(super) fn hosts(&self) -> Option<String> {
        let mut names = Der(self.alternative_names?);
        let mut hosts: Vec<_> = std::iter::from_fn(|| names.next()).filter_map(|(tag, name)| host(tag, name)).collect();
        let more = hosts.len().saturating_sub(MAX_NAMES);
        hosts.truncate(MAX_NAMES);
        let mut text = hosts.join(", ");
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
        Some(text)
    }
}

/// Describes a key whose signatures cannot be checked: `an RSA key of 1024 bits`.
pub(super) fn unsupported_key(key: &[u8]) -> Option<String> {
    let mut key = Der(key);
    let mut algorithm = Der(key.take(tag::SEQUENCE)?);
    match algorithm.take(tag::OID)? {
        oid::RSA => {
            let mut numbers = Der(Der(key.take(tag::BIT_STRING)?.strip_prefix(&[0])?).take(tag::SEQUENCE)?);
            let bits = bits(numbers.take(tag::INTEGER)?);
            (!RSA_BITS.contains(&bits)).then(|| format!("an RSA key of {bits} bits"))
        }
        oid::EC => match algorithm.take(tag::OID) {
            Some(oid::P256 | oid::P384) => None,
            Some(curve) => Some(format!("a key on the curve {}", algorithm_name(curve))),
            None => Some("a key on a curve of its own".to_owned()),
        },
        oid::ED25519 => None,
        other => Some(format!("a key for {}", algorithm_name(other))),
    }
}

/// The name of a signature's algorithm, by the algorithm identifier without its outer tag.
pub(super) fn signature_algorithm(identifier: &[u8]) -> String {
    Der(identifier).take(tag::OID).map_or_else(|| "an unknown algorithm".to_owned(), algorithm_name)
}

fn algorithm_name(oid: &[u8]) -> String {
    let known = KNOWN.iter().find(|(known, _)| *known == oid);
    known.map_or_else(|| format!("OID {}", dotted(oid)), |(_, name)| (*name).to_owned())
}

/// An object identifier as a text: `1.2.840.113549`.
fn dotted(oid: &[u8]) -> String {
    let mut text = String::new();
    let mut arc = 0u64;
    for byte in oid.iter().take(MAX_NAME_LENGTH / 2) {
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        // Writing to a string does not fail.
        let _ = if text.is_empty() {
            let first = (arc / 40).min(2);
            write!(text, "{first}.{}", arc - 40 * first)
        } else {
            write!(text, ".{arc}")
        };
        arc = 0;
    }
    text
}

/// The length of a number in bits.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
}

/// The common name, or else the organization, in quotes. Unprintable characters are escaped.
fn name(distinguished: &[u8]) -> String {
    let find = |wanted: &[u8]| {
        let mut sets = Der(distinguished);
        std::iter::from_fn(|| sets.take(tag::SET)).find_map(|set| {
            let mut attribute = Der(Der(set).take(tag::SEQUENCE)?);
            (attribute.take(tag::OID)? == wanted).then_some(())?;
            let (tag, text) = attribute.next()?;
            let text =
                matches!(tag, tag::UTF8_STRING | tag::PRINTABLE_STRING).then(|| String::from_utf8_lossy(text))?;
            Some(format!("{:?}", text.chars().take(MAX_NAME_LENGTH).collect::<String>()))
        })
    };
    find(oid::COMMON_NAME)
        .or_else(|| find(oid::ORGANIZATION))
        .unwrap_or_else(|| "an authority without a name".to_owned())
}

fn host(tag: u8, name: &[u8]) -> Option<String> {
    match tag {
        tag::DNS_NAME => {
            let name = name.iter().filter(|byte| byte.is_ascii_graphic()).take(MAX_NAME_LENGTH);
            Some(name.map(|byte| char::from(*byte)).collect())
        }
        tag::IP_ADDRESS => {
            let v4 = <[u8; 4]>::try_from(name).map(|bytes| Ipv4Addr::from(bytes).to_string());
            v4.or_else(|_| <[u8; 16]>::try_from(name).map(|bytes| Ipv6Addr::from(bytes).to_string())).ok()
        }
        _ => None,
    }
}

/// A sequence of DER values.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value, with its tag.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, length], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match length {
            0..=0x7f => (usize::from(length), rest),
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
                (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    /// The next value, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut rest = Self(self.0);
        let (found, value) = rest.next()?;
        (found == tag).then(|| *self = rest)?;
        Some(value)
    }

    /// The first of the next values that has this tag.
    fn find(&mut self, tag: u8) -> Option<&'a [u8]> {
        std::iter::from_fn(|| self.next()).find_map(|(found, value)| (found == tag).then_some(value))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    use super::*;

    fn certificate(names: &[String], change: impl FnOnce(&mut CertificateParams)) -> rcgen::Certificate {
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    }

    #[test]
    fn names_are_listed_up_to_a_bound_and_escaped() {
        let hosts: Vec<_> = (0..5).map(|n| format!("{n}.test")).collect();
        let few = certificate(&[&hosts[..1], &["127.0.0.1".to_owned(), "::1".to_owned()]].concat(), |_| {});
        let read = Certificate::read(few.der()).unwrap();
        assert_eq!(read.hosts().unwrap(), "0.test, 127.0.0.1, ::1");
        assert!(read.is_self_issued());

        let long = "x".repeat(1000);
        let many = certificate(&[&hosts[..], &hosts[..], &[long]].concat(), |params| {
            params.distinguished_name.push(DnType::CommonName, "evil\u{1b}[2J\u{202e}\n".repeat(100));
        });
        let read = Certificate::read(many.der()).unwrap();
        assert_eq!(read.hosts().unwrap(), "0.test, 1.test, 2.test, 3.test, 4.test and 6 more");
        assert!(read.issuer_name().starts_with(r#""evil\u{1b}[2J\u{202e}\nevil"#), "{}", read.issuer_name());
        assert!(read.subject_name().len() < 1000 && !read.subject_name().contains(char::is_control));

        let none = certificate(&[], |_| {});
        assert_eq!(Certificate::read(none.der()).unwrap().hosts(), None);
    }

    #[test]
    fn keys_that_cannot_be_checked_are_described() {
        let spki = |algorithm: &[u8], parameters: &[u8], key: &[u8]| {
            let value = |tag: u8, content: &[u8]| {
                let length = u16::try_from(content.len()).unwrap().to_be_bytes();
                [&[tag, 0x82], &length[..], content].concat()
            };
            let algorithm = value(tag::SEQUENCE, &[&value(tag::OID, algorithm), parameters].concat());
            [algorithm, value(tag::BIT_STRING, &[&[0], key].concat())].concat()
        };
        let rsa = |bytes: usize, first: u8| {
            let modulus = [&[0, first][..], &vec![1; bytes - 1]].concat();
            let length = u16::try_from(modulus.len()).unwrap().to_be_bytes();
            let numbers = [&[tag::INTEGER, 0x82], &length[..], &modulus].concat();
            let length = u16::try_from(numbers.len()).unwrap().to_be_bytes();
            spki(oid::RSA, &[5, 0], &[&[tag::SEQUENCE, 0x82], &length[..], &numbers].concat())
        };
        let curve =
            |curve: &[u8]| spki(oid::EC, &[&[tag::OID, u8::try_from(curve.len()).unwrap()], curve].concat(), &[4]);
        for (key, expected) in [
            (rsa(256, 0x80), None),
            (rsa(1024, 0xff), None),
            (rsa(128, 0x80), Some("an RSA key of 1024 bits")),
            (rsa(256, 0x7f), Some("an RSA key of 2047 bits")),
            (rsa(1025, 1), Some("an RSA key of 8193 bits")),
            (curve(oid::P256), None),
            (curve(&[0x2b, 0x81, 4, 0, 35]), Some("a key on the curve P-521")),
            (curve(&[0x2b, 0x81, 4, 0, 33]), Some("a key on the curve OID 1.3.132.0.33")),
            (spki(oid::EC, &[], &[4]), Some("a key on a curve of its own")),
            (spki(&[0x2b, 0x65, 113], &[], &[4]), Some("a key for Ed448")),
            (spki(&[0x88, 0x37, 1], &[], &[4]), Some("a key for OID 2.999.1")),
        ] {
            assert_eq!(unsupported_key(&key).as_deref(), expected);
        }
        for algorithm in [&PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
            let mut params = CertificateParams::new([]).unwrap();
            params.distinguished_name.push(DnType::OrganizationName, "org");
            let certificate = params.self_signed(&KeyPair::generate_for(algorithm).unwrap()).unwrap();
            assert_eq!(unsupported_key(Certificate::read(certificate.der()).unwrap().key), None);
        }
    }

    #[test]
    fn a_malformed_certificate_is_not_read() {
        let whole = certificate(&["a.test".to_owned()], |_| {});
        for length in 0..whole.der().len() {
            assert!(Certificate::read(&whole.der()[..length]).is_none(), "{length}");
        }
        for at in 0..whole.der().len() {
            for byte in [0, 0x30, 0x7f, 0x80, 0x82, 0xff] {
                let mut damaged = whole.der().to_vec();
                damaged[at] = byte;
                // The result does not matter, but nothing panics.
                if let Some(read) = Certificate::read(&damaged) {
                    let _ = (read.issuer_name(), read.subject_name(), read.hosts(), unsupported_key(read.key));
                }
            }
        }
    }
}
