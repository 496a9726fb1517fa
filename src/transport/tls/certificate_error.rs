//! Why a server's certificate is rejected in words, and what to do about it.

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
use crate::error::Remediation;

/// The end of the year 9999, the last one that such a date can hold.
const LAST_SECOND: u64 = 253_402_300_799;

/// The error for a certificate that is rejected.
#[derive(Debug)]
pub(super) struct CertificateError {
    /// The problem.
    pub(super) reason: String,
    /// The subject of the certificate.
    pub(super) subject: Option<String>,
    pub(super) remediation: Remediation,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for CertificateError {}

/// The certificates that a server presents, and the trusted ones.
pub(super) struct Presented<'a> {
    pub(super) certificate: &'a CertificateDer<'a>,
    pub(super) intermediates: &'a [CertificateDer<'a>],
    pub(super) roots: &'a RootCertStore,
    pub(super) name: &'a ServerName<'a>,
}

impl Presented<'_> {
    /// Explains an error of webpki. `of_server` says that it concerns the server's own certificate
    /// instead of an intermediate one.
    pub(super) fn explain(&self, error: &Error, of_server: bool) -> CertificateError {
        let own = Certificate::read(self.certificate);
        let subject = own.as_ref().map(|own| {
            format!("certificate of the server: subject {}, issuer {}", own.subject_name(), own.issuer_name())
        });
        let (reason, remediation) = self.reason(error, of_server, own.as_ref());
        CertificateError { reason, subject, remediation }
    }

    fn reason(&self, error: &Error, of_server: bool, own: Option<&Certificate<'_>>) -> (String, Remediation) {
        let it = if of_server { "certificate" } else { "an intermediate certificate" };
        match error {
            Error::UnknownIssuer => self.unknown_issuer(own),
            Error::CaUsedAsEndEntity => match own {
                Some(own) if own.is_self_issued() => self.self_signed(own),
                _ => (
                    format!("{it} belongs to an authority (CA:TRUE), which is accepted only if tls.ca lists it"),
                    Remediation::UseServerCertificate,
                ),
            },
            Error::InvalidSignatureForPublicKey
            | Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => self.signature(error, own),
            Error::CertExpired { not_after, .. } => {
                (format!("{it} has expired on {}", date(*not_after)), Remediation::RenewCertificate)
            }
            Error::CertNotValidYet { not_before, .. } => {
                (format!("{it} is not valid before {}", date(*not_before)), Remediation::RenewCertificate)
            }
            Error::InvalidCertValidity => (format!("{it} expires before it becomes valid"), Remediation::IssueAgain),
            Error::CertNotValidForName(_) => match own.and_then(Certificate::hosts) {
                None => (
                    "certificate has no subject alternative name; the common name (CN) is not used".to_owned(),
                    Remediation::AddAlternativeNames,
                ),
                Some(hosts) => {
                    let name = self.name.to_str();
                    let only =
                        if hosts.is_empty() { "it names no host".to_owned() } else { format!("only for {hosts}") };
                    (format!("certificate is not valid for name {name}, {only}"), Remediation::MatchName)
                }
            },
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => (
                format!("{it} is not for servers: its extended key usage lacks serverAuth"),
                Remediation::UseServerCertificate,
            ),
            Error::UnsupportedCertVersion => {
                (format!("{it} is of X.509 version 1 or 2; version 3 is required"), Remediation::UseServerCertificate)
            }
            Error::UnsupportedCriticalExtension => {
                (format!("{it} has a critical extension that is not supported"), Remediation::IssueAgain)
            }
            Error::NameConstraintViolation => (
                "the authority of the certificate must not issue it: its name constraints forbid that name".to_owned(),
                Remediation::IssueAgain,
            ),
            Error::PathLenConstraintViolated => (
                "the authority of the certificate must not have this authority below it (path length)".to_owned(),
                Remediation::IssueAgain,
            ),
            Error::EndEntityUsedAsCa => (
                "certificate was issued by a certificate that is not marked as an authority (CA:TRUE)".to_owned(),
                Remediation::IssueAgain,
            ),
            Error::CertRevoked => (format!("{it} has been revoked"), Remediation::IssueAgain),
            Error::BadDer | Error::BadDerTime | Error::TrailingData(_) => {
                (format!("{it} is malformed"), Remediation::IssueAgain)
            }
            other => (format!("{it} is not acceptable: {}", words(other)), Remediation::IssueAgain),
        }
    }

    fn self_signed(&self, own: &Certificate<'_>) -> (String, Remediation) {
        let reason = "self-signed certificate that is not trusted";
        if self.roots.roots.iter().any(|root| root.subject.as_ref() == own.subject) {
            return (
                format!("{reason}; a trusted certificate of the same name has another key"),
                Remediation::TrustCertificate,
            );
        }
        (reason.to_owned(), Remediation::TrustCertificate)
    }

    fn unknown_issuer(&self, own: Option<&Certificate<'_>>) -> (String, Remediation) {
        let Some(own) = own else { return ("certificate has an unknown issuer".to_owned(), Remediation::TrustIssuer) };
        if own.is_self_issued() {
            return self.self_signed(own);
        }
        let issuers: Vec<_> = self.intermediates.iter().filter_map(|der| Certificate::read(der)).collect();
        let top = issuers.iter().fold(own, |top, _| {
            let issuer = issuers.iter().find(|issuer| top.is_issued_by(issuer.subject));
            issuer.unwrap_or(top)
        });
        if top.is_self_issued() {
            let reason =
                format!("certificate was issued by the authority {}, which is not trusted", top.subject_name());
            return (reason, Remediation::TrustIssuer);
        }
        let unknown = top.issuer_name();
        let reason = if issuers.is_empty() {
            format!("certificate has an unknown issuer, {unknown}, whose certificate the server did not send")
        } else {
            format!("certificate has an unknown issuer: the authority {unknown} is not trusted")
        };
        (reason, Remediation::SendChain)
    }

    /// Explains a signature that is wrong or cannot be checked.
    fn signature(&self, error: &Error, own: Option<&Certificate<'_>>) -> (String, Remediation) {
        let issuers: Vec<_> = self.intermediates.iter().filter_map(|der| Certificate::read(der)).collect();
        let roots = self.roots.roots.iter().filter(|root| {
            let issued = |certificate: &Certificate<'_>| certificate.is_issued_by(root.subject.as_ref());
            own.is_some_and(issued) || issuers.iter().any(issued)
        });
        let mut keys =
            issuers.iter().map(|issuer| issuer.key).chain(roots.map(|root| root.subject_public_key_info.as_ref()));
        if let Some(problem) = keys.find_map(unsupported_key) {
            return (
                format!("certificate was signed with {problem}, which is not supported"),
                Remediation::UseSupportedKey,
            );
        }
        let algorithm = match error {
            Error::UnsupportedSignatureAlgorithmContext(context) => &context.signature_algorithm_id,
            Error::UnsupportedSignatureAlgorithmForPublicKeyContext(context) => &context.signature_algorithm_id,
            _ => {
                return match own {
                    Some(own) if own.is_self_issued() => self.self_signed(own),
                    _ => {
                        ("certificate was not signed by the authority it names".to_owned(), Remediation::RenewAuthority)
                    }
                };
            }
        };
        let algorithm = signature_algorithm(algorithm);
        (format!("certificate is signed by {algorithm}, which is not supported"), Remediation::UseSupportedKey)
    }
}

/// Explains a signature of the handshake that does not match the key of this certificate, or that
/// cannot be checked.
pub(super) fn of_handshake(certificate: &CertificateDer<'_>) -> CertificateError {
    let own = Certificate::read(certificate);
    let (reason, remediation) = match own.as_ref().and_then(|own| unsupported_key(own.key)) {
        Some(problem) => (format!("certificate has {problem}, which is not supported"), Remediation::UseSupportedKey),
        None => ("the server cannot prove that it has the key of its certificate".to_owned(), Remediation::MatchKey),
    };
    let subject = own.map(|own| format!("certificate of the server: subject {}", own.subject_name()));
    CertificateError { reason, subject, remediation }
}

fn date(time: UnixTime) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs().min(LAST_SECOND)));
    time.map(httpdate::fmt_http_date).unwrap_or_default()
}
