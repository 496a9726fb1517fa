//! Why a server's certificate is not accepted, in words, and what helps against that.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use webpki::Error;

use super::{
    certificate::{Certificate, signature_algorithm, unsupported_key},
    words::words,
};

const TRUST: &str =
    "If you trust it, set options.tls.ca to this certificate, or NODE_EXTRA_CA_CERTS to a file with it.";
const TRUST_ISSUER: &str =
    "For a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS to the certificate of that authority.";
const SEND_CHAIN: &str = "Configure the server to send its intermediate certificates too (often a file named \
    fullchain.pem); for a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS.";
const RIGHT_ISSUER: &str =
    "Set options.tls.ca to the certificate of the authority as it is now: it may have got a new key.";
const RENEW: &str = "Renew the certificate of the server, or correct the clock of this machine.";
const ALTERNATIVE_NAMES: &str = "Issue the certificate again with a subject alternative name, for example by \
    openssl req -addext subjectAltName=DNS:localhost,IP:127.0.0.1.";
const NAME: &str = "Connect by a name that the certificate has, or issue the certificate for this name; \
    options.tls.servername sets the name to verify.";
const SERVER_CERTIFICATE: &str = "Use a certificate that is issued for TLS servers: version 3, CA:FALSE, and serverAuth \
    where it has an extended key usage.";
const ISSUE_AGAIN: &str = "Issue the certificates of the server again, or remove what this message names.";
/// Of keys and signatures.
pub(super) const SUPPORTED_KEYS: &str = "Issue the certificate again: RSA keys of 2048 to 8192 bits, ECDSA with P-256 or \
    P-384, and Ed25519 are supported, with SHA-256 or better.";

/// A certificate that is not accepted.
#[derive(Debug)]
pub(super) struct CertificateError {
    /// What is wrong with it.
    pub(super) reason: String,
    /// Whose certificate it is.
    pub(super) subject: Option<String>,
    pub(super) remediation: &'static str,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for CertificateError {}

/// What a server presents, and who is trusted.
pub(super) struct Presented<'a> {
    pub(super) certificate: &'a CertificateDer<'a>,
    pub(super) intermediates: &'a [CertificateDer<'a>],
    pub(super) roots: &'a RootCertStore,
    pub(super) name: &'a ServerName<'a>,
}

impl Presented<'_> {
    /// Says in words what webpki found. `of_server`: it found that in the server's own certificate, not in another one.
    pub(super) fn explain(&self, error: &Error, of_server: bool) -> CertificateError {
        let own = Certificate::read(self.certificate);
        let subject = own.as_ref().map(|own| {
            format!("certificate of the server: subject {}, issuer {}", own.subject_name(), own.issuer_name())
        });
        let (reason, remediation) = self.reason(error, of_server, own.as_ref());
        CertificateError { reason, subject, remediation }
    }

    fn reason(&self, error: &Error, of_server: bool, own: Option<&Certificate<'_>>) -> (String, &'static str) {
        let it = if of_server { "certificate" } else { "an intermediate certificate" };
        match error {
            Error::UnknownIssuer => self.unknown_issuer(own),
            Error::CaUsedAsEndEntity => match own {
                Some(own) if own.is_self_issued() => self.self_signed(own),
                _ => (
                    format!("{it} is that of an authority (CA:TRUE), which is accepted only if tls.ca lists it"),
                    SERVER_CERTIFICATE,
                ),
            },
            Error::InvalidSignatureForPublicKey
            | Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => self.signature(error, own),
            Error::CertExpired { not_after, .. } => (format!("{it} has expired on {}", date(*not_after)), RENEW),
            Error::CertNotValidYet { not_before, .. } => {
                (format!("{it} is not valid yet, only from {}", date(*not_before)), RENEW)
            }
            Error::InvalidCertValidity => (format!("{it} ends before it begins to be valid"), ISSUE_AGAIN),
            Error::CertNotValidForName(_) => match own.and_then(Certificate::hosts) {
                None => (
                    "certificate has no subject alternative name; the common name (CN) is not used".to_owned(),
                    ALTERNATIVE_NAMES,
                ),
                Some(hosts) => {
                    let hosts = if hosts.is_empty() { "no host" } else { &hosts };
                    (format!("certificate is not valid for name {}, only for {hosts}", self.name.to_str()), NAME)
                }
            },
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
                (format!("{it} is not for servers: its extended key usage lacks serverAuth"), SERVER_CERTIFICATE)
            }
            Error::UnsupportedCertVersion => {
                (format!("{it} is of X.509 version 1 or 2; version 3 is required"), SERVER_CERTIFICATE)
            }
            Error::UnsupportedCriticalExtension => {
                (format!("{it} has a critical extension that is not supported"), ISSUE_AGAIN)
            }
            Error::NameConstraintViolation => (
                "the authority of the certificate may not issue it: its name constraints forbid that name".to_owned(),
                ISSUE_AGAIN,
            ),
            Error::PathLenConstraintViolated => (
                "the authority of the certificate may not have this authority below it (path length)".to_owned(),
                ISSUE_AGAIN,
            ),
            Error::EndEntityUsedAsCa => {
                ("certificate was issued by one that is not marked as an authority (CA:TRUE)".to_owned(), ISSUE_AGAIN)
            }
            Error::CertRevoked => (format!("{it} has been revoked"), ISSUE_AGAIN),
            Error::BadDer | Error::BadDerTime | Error::TrailingData(_) => (format!("{it} is malformed"), ISSUE_AGAIN),
            other => (format!("{it} is not acceptable: {}", words(other)), ISSUE_AGAIN),
        }
    }

    fn self_signed(&self, own: &Certificate<'_>) -> (String, &'static str) {
        let reason = "self-signed certificate that is not trusted";
        if self.roots.roots.iter().any(|root| root.subject.as_ref() == own.subject) {
            return (format!("{reason}: the trusted one of that name has another key"), TRUST);
        }
        (reason.to_owned(), TRUST)
    }

    fn unknown_issuer(&self, own: Option<&Certificate<'_>>) -> (String, &'static str) {
        let Some(own) = own else { return ("certificate has an unknown issuer".to_owned(), TRUST_ISSUER) };
        if own.is_self_issued() {
            return self.self_signed(own);
        }
        let issuers: Vec<_> = self.intermediates.iter().filter_map(|der| Certificate::read(der)).collect();
        if let Some(root) = issuers.iter().find(|issuer| issuer.is_self_issued()) {
            let root = root.subject_name();
            return (format!("certificate was issued by the authority {root}, which is not trusted"), TRUST_ISSUER);
        }
        let unknown = issuers.last().unwrap_or(own).issuer_name();
        if issuers.is_empty() {
            let reason =
                format!("certificate has an unknown issuer, {unknown}, whose certificate the server did not send");
            return (reason, SEND_CHAIN);
        }
        (format!("certificate has an unknown issuer: the authority {unknown} is not trusted"), SEND_CHAIN)
    }

    /// A signature that does not fit, or could not be checked.
    fn signature(&self, error: &Error, own: Option<&Certificate<'_>>) -> (String, &'static str) {
        let issuers: Vec<_> = self.intermediates.iter().filter_map(|der| Certificate::read(der)).collect();
        let roots = self.roots.roots.iter().filter(|root| {
            let issued = |certificate: &Certificate<'_>| certificate.is_issued_by(root.subject.as_ref());
            own.is_some_and(issued) || issuers.iter().any(issued)
        });
        let keys =
            issuers.iter().map(|issuer| issuer.key).chain(roots.map(|root| root.subject_public_key_info.as_ref()));
        if let Some(problem) = keys.filter_map(unsupported_key).next() {
            return (format!("certificate was signed with {problem}, which is not supported"), SUPPORTED_KEYS);
        }
        let algorithm = match error {
            Error::UnsupportedSignatureAlgorithmContext(context) => &context.signature_algorithm_id,
            Error::UnsupportedSignatureAlgorithmForPublicKeyContext(context) => &context.signature_algorithm_id,
            _ => {
                return match own {
                    Some(own) if own.is_self_issued() => self.self_signed(own),
                    _ => ("certificate was not signed by the authority it names".to_owned(), RIGHT_ISSUER),
                };
            }
        };
        let algorithm = signature_algorithm(algorithm);
        (format!("certificate is signed by {algorithm}, which is not supported"), SUPPORTED_KEYS)
    }
}

/// The signature of the handshake could not be checked by the key of this certificate, or does not fit it.
pub(super) fn of_handshake(certificate: &CertificateDer<'_>) -> CertificateError {
    let own = Certificate::read(certificate);
    let (reason, remediation) = match own.as_ref().and_then(|own| unsupported_key(own.key)) {
        Some(problem) => (format!("certificate has {problem}, which is not supported"), SUPPORTED_KEYS),
        None => (
            "the server does not prove that it has the key of its certificate".to_owned(),
            "Check that the certificate and the private key of the server belong together.",
        ),
    };
    let subject = own.map(|own| format!("certificate of the server: subject {}", own.subject_name()));
    CertificateError { reason, subject, remediation }
}

fn date(time: UnixTime) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs().min(LAST_SECOND)));
    time.map(httpdate::fmt_http_date).unwrap_or_default()
}

/// The end of the year 9999, where such dates end.
const LAST_SECOND: u64 = 253_402_300_799;
