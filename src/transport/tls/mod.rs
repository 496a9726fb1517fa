//! TLS by rustls, with the options of Node's `tls.connect`.
//!
//! The options are parsed with the endpoint, so that the constructor reports an invalid PEM text.
//! The first dial that needs the system's certificates reads them, on a blocking thread.
//!
//! ```text
//! roots              which certificates are trusted
//! certificate        the readable parts of one          certificate_error  why one is rejected
//! failure            the meaning of a failed handshake  words              error names as words
//! pooled_buf_reader  fewer system calls per record
//! ```

use std::{io, sync::Arc};

use tokio::{net::TcpStream, sync::OnceCell, task::spawn_blocking};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, Error, RootCertStore,
        client::Resumption,
        crypto::{CryptoProvider, ring},
        pki_types::{
            CertificateDer, PrivateKeyDer, ServerName,
            pem::{self, PemObject},
        },
        sign::{CertifiedKey, SingleCertAndKey},
    },
};

mod certificate;
mod certificate_error;
mod failure;
mod pooled_buf_reader;
mod roots;
mod words;

pub(super) use self::failure::failure;
use self::{
    pooled_buf_reader::PooledBufReader,
    roots::{SystemRoots, Verifier},
};
use crate::{
    error::Remediation,
    transport::error::{DialError, DialErrorKind, OptionError, describe},
};

/// The most sessions to keep for resumption, all with one server. rustls allocates them at once, so
/// the number matters.
const MAX_SESSIONS: usize = 8;

/// The `tls` option.
#[derive(Default)]
pub struct TlsOptions {
    /// PEM texts of the certificates to trust instead of the system's: at least one, each with one
    /// or more certificates.
    pub ca: Option<Vec<String>>,
    /// The PEM text of the client's certificate, followed by its intermediates.
    pub cert: Option<String>,
    /// The PEM text of the client's private key, unencrypted.
    pub key: Option<String>,
    /// `Some(false)` accepts any certificate.
    pub reject_unauthorized: Option<bool>,
    /// The name to request and to verify instead of the url's host.
    pub servername: Option<String>,
}

/// The client side of TLS for one endpoint.
pub(super) struct Tls {
    name: ServerName<'static>,
    provider: Arc<CryptoProvider>,
    /// `None` trusts the system's certificates.
    verifier: Option<Arc<Verifier>>,
    identity: Option<Arc<SingleCertAndKey>>,
    /// The protocols to offer, the preferred one first.
    protocols: &'static [&'static [u8]],
    /// The first dial makes it. Later ones resume its sessions.
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
        let roots = options.ca.as_deref().map(authorities).transpose()?;
        let verifier = if options.reject_unauthorized == Some(false) {
            Some(Arc::new(Verifier::trusting_any(&provider)))
        } else {
            roots.map(|roots| Arc::new(Verifier::new(Arc::new(roots), &provider)))
        };
        let identity = identity(options.cert.as_deref(), options.key.as_deref(), &provider)?.map(Arc::new);
        Ok(Self { name, provider, verifier, identity, protocols, config: OnceCell::new() })
    }

    /// Does the part of [`Self::connect`] that needs no stream.
    pub(super) async fn prepare(&self) -> Result<(), DialError> {
        self.config.get_or_try_init(|| self.configure()).await.map(drop)
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> Result<TlsStream<PooledBufReader<TcpStream>>, DialError> {
        let config = self.config.get_or_try_init(|| self.configure()).await?;
        let connected =
            TlsConnector::from(Arc::clone(config)).connect(self.name.clone(), PooledBufReader::new(stream)).await;
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
        let verifier = if let Some(verifier) = &self.verifier {
            Arc::clone(verifier)
        } else {
            let roots = spawn_blocking(SystemRoots::load).await.map_err(|error| unusable(&error))?;
            Arc::new(Verifier::new(Arc::clone(&roots.store), &self.provider))
        };
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier as _);
        let mut config = match &self.identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::clone(identity) as _),
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::in_memory_sessions(MAX_SESSIONS);
        config.alpn_protocols = self.protocols.iter().map(|name| name.to_vec()).collect();
        Ok(Arc::new(config))
    }

    /// Adds the problems of the system's certificates, which may explain why the server is not
    /// trusted.
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

fn authorities(ca: &[String]) -> Result<RootCertStore, OptionError> {
    let mut roots = RootCertStore::empty();
    for (index, pem) in ca.iter().enumerate() {
        let problem = |problem: &str| {
            OptionError::new("tls.ca", format!("tls.ca[{index}] must be a certificate in PEM form: {problem}"))
        };
        for certificate in certificates_of(pem).map_err(|found| problem(&found))? {
            roots.add(certificate).map_err(|_| problem("the text does not encode an X.509 certificate"))?;
        }
    }
    if roots.is_empty() {
        return Err(OptionError::new(
            "tls.ca",
            "tls.ca must hold at least one certificate; an empty list trusts no server",
        ));
    }
    Ok(roots)
}

fn certificates_of(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = certificates.map_err(|error| pem_problem(&error))?;
    if certificates.is_empty() { Err("it holds no -----BEGIN CERTIFICATE-----".to_owned()) } else { Ok(certificates) }
}

/// Describes a problem of a PEM text. The words are our own, since those of the error repeat its
/// lines, which may hold a private key.
fn pem_problem(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } | pem::Error::IllegalSectionStart { .. } => {
            "it needs -----END CERTIFICATE----- and line breaks, which may be missing or written as \\n".to_owned()
        }
        pem::Error::Base64Decode(_) => "the text after -----BEGIN CERTIFICATE----- is not Base64".to_owned(),
        pem::Error::Io(error) => error.to_string(),
        _ => "it cannot be read".to_owned(),
    }
}

fn identity(
    cert: Option<&str>,
    key: Option<&str>,
    provider: &CryptoProvider,
) -> Result<Option<SingleCertAndKey>, OptionError> {
    let (cert, key) = match (cert, key) {
        (Some(cert), Some(key)) => (cert, key),
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(OptionError::new("tls.key", "tls.key must be set together with tls.cert")),
        (None, Some(_)) => return Err(OptionError::new("tls.cert", "tls.cert must be set together with tls.key")),
    };
    let chain = certificates_of(cert).map_err(|problem| {
        OptionError::new("tls.cert", format!("tls.cert must be a certificate in PEM form: {problem}"))
    })?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| {
        OptionError::new("tls.key", "tls.key must be an unencrypted private key in PEM form (PKCS#8, PKCS#1 or SEC1)")
    })?;
    let identity = CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        Error::InconsistentKeys(_) => OptionError::new("tls.key", "tls.key must be the private key of tls.cert"),
        _ => OptionError::new(
            "tls.key",
            format!("tls.key or tls.cert has an unsupported type. {}", Remediation::UseSupportedKey.text()),
        ),
    })?;
    Ok(Some(SingleCertAndKey::from(identity)))
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

        assert!(error(|tls| tls.ca = Some(vec![mine.cert.pem(), "text".to_owned()])).message.contains("tls.ca[1]"));
        for (option, error) in [
            ("tls.ca", error(|tls| tls.ca = Some(Vec::new()))),
            ("tls.ca", error(|tls| tls.ca = Some(vec![String::new()]))),
            ("tls.ca", error(|tls| tls.ca = Some(vec![garbage.clone()]))),
            ("tls.ca", error(|tls| (tls.ca, tls.reject_unauthorized) = (Some(Vec::new()), Some(false)))),
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
        Tls::new(&TlsOptions { ca: Some(vec![mine.cert.pem()]), cert, key, ..TlsOptions::default() }, "::1", &[])
            .unwrap();
    }

    #[test]
    fn an_error_names_the_problem_of_a_pem_text_without_repeating_it() {
        let pem = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        for (text, words) in [
            (pem.replace('\n', "\\n"), "written as \\n"),
            (pem.replace('\n', " "), "line breaks"),
            (pem.replace("-----END", ""), "END CERTIFICATE"),
            (pem.replace("MII", "M*I"), "not Base64"),
            (pem.replace("CERTIFICATE", "PRIVATE KEY"), "no -----BEGIN CERTIFICATE"),
            (String::new(), "no -----BEGIN CERTIFICATE"),
        ] {
            for error in [
                error(|tls| tls.ca = Some(vec![text.clone()])),
                error(|tls| (tls.cert, tls.key) = (Some(text.clone()), Some(String::new()))),
            ] {
                assert!(error.message.contains(words), "{error}");
                assert!(error.message.len() < 200 && !error.message.contains("77, 73"), "{error}");
            }
        }
    }
}
