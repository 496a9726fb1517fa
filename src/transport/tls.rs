//! TLS as Node's `tls.connect` understands its options, done by rustls.
//!
//! Options are parsed with the endpoint, so that a bad PEM is an error of the constructor. The system's certificates are
//! read by the first dial that needs them, off the async threads.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{AlertDescription, CertificateError, ClientConfig, Error};

use super::error::{DialError, DialErrorKind, OptionError, describe};
use super::gulps::Gulps;
use super::trust::{SystemRoots, Verifier};

/// How many sessions are kept to be resumed: those of one server. Room for them is taken at once, so it matters.
const TICKETS: usize = 8;

/// The `tls` option.
#[derive(Default)]
pub struct TlsOptions {
    /// PEM texts of certificates to trust in place of the system's; each may hold several.
    pub ca: Vec<String>,
    /// PEM text of the client's certificate, followed by its intermediates.
    pub cert: Option<String>,
    /// PEM text of the client's private key, unencrypted.
    pub key: Option<String>,
    /// `Some(false)`: accept any certificate.
    pub reject_unauthorized: Option<bool>,
    /// The name to ask for and to verify, in place of the url's host.
    pub servername: Option<String>,
}

/// The client side of TLS for one endpoint.
pub(super) struct Tls {
    name: ServerName<'static>,
    provider: Arc<CryptoProvider>,
    /// `None`: the system's certificates.
    verifier: Option<Arc<Verifier>>,
    identity: Option<Arc<SingleCertAndKey>>,
    /// The protocols that are offered, the preferred one first.
    protocols: &'static [&'static [u8]],
    /// Made by the first dial and kept, so that later ones can resume the session.
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    pub(super) fn new(
        options: &TlsOptions,
        host: &str,
        protocols: &'static [&'static [u8]],
    ) -> Result<Self, OptionError> {
        let (option, name) = options.servername.as_deref().map_or(("url", host), |name| ("tls.servername", name));
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| OptionError::new(option, format!("{option} must name a host or an IP address")))?;
        let provider = Arc::new(ring::default_provider());
        let verifier = if options.reject_unauthorized == Some(false) {
            Some(Arc::new(Verifier::anyone(&provider)))
        } else {
            authorities(&options.ca, &provider)?.map(Arc::new)
        };
        let identity = identity(options.cert.as_deref(), options.key.as_deref(), &provider)?.map(Arc::new);
        Ok(Self { name, provider, verifier, identity, protocols, config: OnceCell::new() })
    }

    /// Does what [`Self::connect`] needs no stream for.
    pub(super) async fn prepare(&self) -> Result<(), DialError> {
        self.config.get_or_try_init(|| self.configure()).await.map(drop)
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> Result<TlsStream<Gulps<TcpStream>>, DialError> {
        let config = self.config.get_or_try_init(|| self.configure()).await?;
        let connected = TlsConnector::from(Arc::clone(config)).connect(self.name.clone(), Gulps::new(stream)).await;
        connected.map_err(|error| match failure(&error) {
            Some(failure) => self.with_notes(failure),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                DialError::network("the server closed the connection during the TLS handshake")
            }
            None => DialError::network(describe(&error)).with_source(error),
        })
    }

    async fn configure(&self) -> Result<Arc<ClientConfig>, DialError> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| unusable(&error))?;
        let builder = if let Some(verifier) = &self.verifier {
            builder.dangerous().with_custom_certificate_verifier(Arc::clone(verifier) as _)
        } else {
            let roots = spawn_blocking(SystemRoots::load).await.map_err(|error| unusable(&error))?;
            builder.with_root_certificates(Arc::clone(&roots.store))
        };
        let mut config = match &self.identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::clone(identity) as _),
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::in_memory_sessions(TICKETS);
        config.alpn_protocols = self.protocols.iter().map(|name| name.to_vec()).collect();
        Ok(Arc::new(config))
    }

    /// What is amiss with the system's certificates may be why the server is not trusted.
    fn with_notes(&self, mut failure: DialError) -> DialError {
        if self.verifier.is_none() {
            let notes = SystemRoots::load().notes.iter().cloned();
            failure.source = Some(failure.source.into_iter().chain(notes).collect::<Vec<_>>().join("; "));
        }
        failure
    }
}

fn unusable(error: &impl std::fmt::Display) -> DialError {
    DialError::new(DialErrorKind::Tls, "TLS could not be set up").with_source(error)
}

fn authorities(ca: &[String], provider: &Arc<CryptoProvider>) -> Result<Option<Verifier>, OptionError> {
    let mut certificates = Vec::new();
    for (index, pem) in ca.iter().enumerate() {
        certificates.extend(certificates_of(pem).map_err(|problem| {
            OptionError::new("tls.ca", format!("tls.ca[{index}] must be a certificate in PEM form: {problem}"))
        })?);
    }
    if certificates.is_empty() {
        return Ok(None);
    }
    let verifier = Verifier::listed(certificates, provider).map_err(|problem| {
        OptionError::new("tls.ca", format!("tls.ca must hold certificates that can be trusted: {problem}"))
    })?;
    Ok(Some(verifier))
}

fn certificates_of(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = certificates.map_err(|error| match error {
        // They quote the text, which may be a key.
        pem::Error::MissingSectionEnd { .. } | pem::Error::IllegalSectionStart { .. } => {
            "a BEGIN line is malformed, or its END line is missing: line ends may have been lost".to_owned()
        }
        other => other.to_string(),
    })?;
    if certificates.is_empty() { Err("it holds no BEGIN CERTIFICATE".to_owned()) } else { Ok(certificates) }
}

fn identity(
    cert: Option<&str>,
    key: Option<&str>,
    provider: &CryptoProvider,
) -> Result<Option<SingleCertAndKey>, OptionError> {
    let (cert, key) = match (cert, key) {
        (Some(cert), Some(key)) => (cert, key),
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(OptionError::new("tls.key", "tls.key must be given along with tls.cert")),
        (None, Some(_)) => return Err(OptionError::new("tls.cert", "tls.cert must be given along with tls.key")),
    };
    let chain = certificates_of(cert).map_err(|problem| {
        OptionError::new("tls.cert", format!("tls.cert must be a certificate in PEM form: {problem}"))
    })?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| {
        OptionError::new("tls.key", "tls.key must be an unencrypted private key in PEM form (PKCS#8, PKCS#1 or SEC1)")
    })?;
    let identity = CertifiedKey::from_der(chain, key, provider).map_err(|error| {
        OptionError::new("tls.key", format!("tls.key must be the private key of tls.cert: {error}"))
    })?;
    Ok(Some(SingleCertAndKey::from(identity)))
}

/// What an error of a stream means, where it is one of TLS.
pub(super) fn failure(error: &io::Error) -> Option<DialError> {
    let error: &Error = error.get_ref()?.downcast_ref()?;
    Some(DialError::new(DialErrorKind::Tls, reason(error)).with_source(error))
}

fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "certificate has expired".to_owned(),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "certificate is not valid yet".to_owned()
            }
            CertificateError::UnknownIssuer => "certificate has a self-signed or unknown issuer".to_owned(),
            CertificateError::BadSignature => "certificate was not signed by the authority it names".to_owned(),
            CertificateError::NotValidForNameContext { expected, .. } => {
                format!("certificate is not valid for name {}", expected.to_str())
            }
            other => format!("certificate is not acceptable: {other}"),
        },
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server requires a client certificate: options tls.cert and tls.key".to_owned()
        }
        Error::AlertReceived(alert) => format!("the server refused the TLS connection: alert {alert:?}"),
        Error::InvalidMessage(_) => "connected to a server that does not speak TLS".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(change: impl FnOnce(&mut TlsOptions)) -> OptionError {
        let mut options = TlsOptions::default();
        change(&mut options);
        Tls::new(&options, "localhost", &[]).err().unwrap()
    }

    #[test]
    fn pem_texts_are_checked_at_once() {
        let mine = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (Some(mine.cert.pem()), Some(mine.signing_key.serialize_pem()));
        let other = Some(rcgen::KeyPair::generate().unwrap().serialize_pem());
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();

        assert!(error(|tls| tls.ca = vec![mine.cert.pem(), "text".to_owned()]).message.contains("tls.ca[1]"));
        let key_in_one_line = mine.signing_key.serialize_pem().replace('\n', " ");
        for pem in [key_in_one_line, mine.cert.pem().replace("END", "AND"), "-----BEGIN secret".to_owned()] {
            let error = error(|tls| tls.ca = vec![pem]).message;
            assert!(error.ends_with("line ends may have been lost"), "{error}");
        }
        for (option, error) in [
            ("tls.ca", error(|tls| tls.ca = vec![garbage.clone()])),
            ("tls.cert", error(|tls| (tls.cert, tls.key) = (Some("text".to_owned()), key.clone()))),
            ("tls.key", error(|tls| (tls.cert, tls.key) = (cert.clone(), cert.clone()))),
            ("tls.key", error(|tls| (tls.cert, tls.key) = (cert.clone(), other))),
            ("tls.key", error(|tls| tls.cert.clone_from(&cert))),
            ("tls.cert", error(|tls| tls.key.clone_from(&key))),
            ("tls.servername", error(|tls| tls.servername = Some("not a name".to_owned()))),
        ] {
            assert_eq!(error.option, option);
            assert!(error.message.contains(option), "{error}");
        }
        Tls::new(&TlsOptions { ca: vec![mine.cert.pem()], cert, key, ..TlsOptions::default() }, "::1", &[]).unwrap();
    }
}
