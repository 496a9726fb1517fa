//! The meaning of a failed TLS handshake in words, and what to do about it.

use std::io;

use tokio_rustls::rustls::{AlertDescription, CertificateError as Rejected, Error, PeerIncompatible};

use super::{certificate_error::CertificateError, words::words};
use crate::{
    error::Remediation,
    transport::error::{DialError, DialErrorKind, describe},
};

/// The versions, cipher suites and certificates that this client supports.
const OFFER: &str = "TLS 1.3 and 1.2 with ECDHE and AES-GCM or ChaCha20-Poly1305, certificates with RSA, ECDSA P-256 or \
    P-384, or Ed25519";

impl DialError {
    /// Explains a failed read or write of a stream. It is here because the error may come from TLS,
    /// which the other errors do not know.
    #[must_use]
    pub fn of_stream(error: &io::Error) -> Self {
        failure(error).unwrap_or_else(|| Self::network(describe(error)).with_source(error))
    }
}

/// Explains an error of a stream if it comes from TLS.
pub(in crate::transport) fn failure(error: &io::Error) -> Option<DialError> {
    let error: &Error = error.get_ref()?.downcast_ref()?;
    if let Error::InvalidCertificate(Rejected::Other(inner)) = error
        && let Some(CertificateError { reason, subject, remediation }) = inner.0.downcast_ref()
    {
        let failure = DialError::new(DialErrorKind::Tls, reason.clone()).with_remediation(*remediation);
        return Some(DialError { source: subject.clone(), ..failure });
    }
    let (reason, remediation) = explain(error);
    Some(DialError::new(DialErrorKind::Tls, reason).with_remediation(remediation).with_source(words(error)))
}

fn explain(error: &Error) -> (String, Remediation) {
    match error {
        Error::AlertReceived(alert) => explain_alert(*alert),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => explain_alert(AlertDescription::ProtocolVersion),
        Error::PeerIncompatible(why) => (
            format!("the server's TLS is not supported: {}; this client offers {OFFER}", words(why)),
            Remediation::AllowOffer,
        ),
        Error::InvalidMessage(_) => {
            ("connected to a server that does not speak TLS".to_owned(), Remediation::CheckPort)
        }
        Error::NoCertificatesPresented => ("the server has no certificate".to_owned(), Remediation::ReadServerLog),
        Error::PeerMisbehaved(why) => {
            (format!("the server violated the TLS protocol: {}", words(why)), Remediation::ReadServerLog)
        }
        other => (format!("TLS failed: {}", words(other)), Remediation::ReadServerLog),
    }
}

fn explain_alert(alert: AlertDescription) -> (String, Remediation) {
    let name = words(&alert);
    match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            let reason = "the server accepts no option that this client offers";
            (format!("{reason}: {OFFER} (alert: {name})"), Remediation::AllowOffer)
        }
        AlertDescription::ProtocolVersion => {
            (format!("the server speaks neither TLS 1.2 nor TLS 1.3 (alert: {name})"), Remediation::EnableNewerTls)
        }
        AlertDescription::CertificateRequired => (
            "the server requires a client certificate: options tls.cert and tls.key".to_owned(),
            Remediation::SetClientCertificate,
        ),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => (
            format!("the server does not accept this client's certificate (alert: {name})"),
            Remediation::SetClientCertificate,
        ),
        AlertDescription::UnrecognisedName => (
            format!("the server has no certificate for the name it was asked for (alert: {name})"),
            Remediation::CheckHost,
        ),
        _ => (format!("the server refused the TLS connection (alert: {name})"), Remediation::ReadServerLog),
    }
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::{InvalidMessage, PeerMisbehaved};

    use super::*;

    fn explained(error: Error) -> DialError {
        failure(&io::Error::new(io::ErrorKind::InvalidData, error)).unwrap()
    }

    #[test]
    fn each_failure_is_explained_in_words_with_its_own_advice() {
        for (error, words, advice) in [
            (Error::AlertReceived(AlertDescription::HandshakeFailure), "ECDHE", "P-521"),
            (Error::AlertReceived(AlertDescription::InsufficientSecurity), "P-384", "options.tls.cert"),
            (Error::AlertReceived(AlertDescription::ProtocolVersion), "neither TLS 1.2 nor TLS 1.3", "Enable TLS"),
            (Error::AlertReceived(AlertDescription::UnknownCA), "(alert: unknown ca)", "options.tls.cert"),
            (Error::AlertReceived(AlertDescription::UnrecognisedName), "the name it was asked for", "servername"),
            (Error::AlertReceived(AlertDescription::InternalError), "(alert: internal error)", "log"),
            (PeerIncompatible::ServerDoesNotSupportTls12Or13.into(), "neither TLS 1.2 nor TLS 1.3", "Enable TLS"),
            (PeerIncompatible::NoKxGroupsInCommon.into(), "no kx groups in common", "P-521"),
            (PeerMisbehaved::TooMuchEarlyDataReceived.into(), "too much early data received", "log"),
            (InvalidMessage::InvalidContentType.into(), "does not speak TLS", "options.url"),
            (Error::NoCertificatesPresented, "no certificate", "log"),
            (Error::DecryptError, "decrypt error", "log"),
        ] {
            let failure = explained(error.clone());
            let remediation = failure.remediation.unwrap().text();
            assert!(failure.reason.contains(words) && remediation.contains(advice), "{error:?}: {failure:?}");
            assert!(!remediation.contains("tls.ca"), "{error:?}: {failure:?}");
            let texts = [failure.reason, failure.source.unwrap()].concat();
            assert!(!texts.contains(&format!("{error:?}")) && !texts.contains("Received"), "{texts}");
        }
    }
}
