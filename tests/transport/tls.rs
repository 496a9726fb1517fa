//! TLS: the certificates that the client trusts, its own certificate, and the error for a server
//! that does not speak TLS.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use realtime::transport::{DialError, DialErrorKind, Endpoint, Frame, Link, TlsOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::peer::{dial, endpoint, failed, flush, listen, options, receive};

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn authority() -> Authority {
    authority_named("authority")
}

pub(crate) fn authority_named(name: &str) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) cert: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl Identity {
    pub(crate) fn issued(issuer: &Authority, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self { cert: params.signed_by(&key, issuer).unwrap(), key }
    }

    /// Server and authority in one, as `openssl req -x509` makes them.
    pub(crate) fn self_signed(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self { cert: params.self_signed(&key).unwrap(), key }
    }

    pub(crate) fn server(&self) -> Server<'_> {
        Server { identity: self, chain: Vec::new(), clients: None, version: &TLS13 }
    }
}

pub(crate) fn expired(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(2020, 1, 1);
}

pub(crate) struct Server<'a> {
    pub(crate) identity: &'a Identity,
    /// The certificates that it sends in addition to its own.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The authority of the certificate that clients must present.
    pub(crate) clients: Option<&'a Authority>,
    pub(crate) version: &'static SupportedProtocolVersion,
}

impl Server<'_> {
    fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_protocol_versions(&[self.version]).unwrap();
        let builder = match self.clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let own = self.identity.cert.der().clone();
        let chain = std::iter::once(own).chain(self.chain.iter().cloned()).collect();
        let key = PrivateKeyDer::Pkcs8(self.identity.key.serialize_der().into());
        let key = ring::sign::any_supported_type(&key).unwrap();
        // A resolver skips the checks of a server's own configuration.
        let identity = SingleCertAndKey::from(CertifiedKey::new(chain, key));
        TlsAcceptor::from(Arc::new(builder.with_cert_resolver(Arc::new(identity))))
    }

    /// Dials `https://{host}` and echoes one message.
    pub(crate) async fn dial(&self, host: &str, tls: TlsOptions) -> Result<(), DialError> {
        let (listener, url) = listen().await;
        let mut options = options(&url.replace("http://127.0.0.1", &format!("https://{host}")));
        options.tls = tls;
        let endpoint = Endpoint::new(options).unwrap();
        let serve = async {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust this server leaves during the handshake.
            let Ok(stream) = self.acceptor().accept(stream).await else { return };
            let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
            let message = socket.next().await.unwrap().unwrap();
            socket.send(message).await.unwrap();
            // The client drops its link, which ends the stream.
            while socket.next().await.is_some_and(|received| received.is_ok()) {}
        };
        let (dialled, ()) = tokio::join!(async { echo(dial(&endpoint).await?).await }, serve);
        dialled
    }

    pub(crate) async fn refused(&self, host: &str, tls: TlsOptions) -> String {
        self.refused_with_advice(host, tls).await.0
    }

    /// The reason and the advice.
    pub(crate) async fn refused_with_advice(&self, host: &str, tls: TlsOptions) -> (String, &'static str) {
        let error = self.dial(host, tls).await.unwrap_err();
        assert_eq!(error.kind, DialErrorKind::Tls, "{error:?}");
        let texts = [error.reason.as_str(), error.source.as_deref().unwrap()].concat();
        assert!(!["Error", "Other(", "Received"].iter().any(|inner| texts.contains(inner)), "{error:?}");
        (error.reason, error.remediation.unwrap().text())
    }
}

async fn echo(mut link: Link) -> Result<(), DialError> {
    let frame = Frame::Text("echo".repeat(100_000));
    link.send(frame.clone()).unwrap();
    flush(&mut link).await.unwrap();
    assert_eq!(receive(&mut link).await, Ok(frame));
    Ok(())
}

pub(crate) fn trusting(pem: String) -> TlsOptions {
    TlsOptions { ca: Some(vec![pem]), ..TlsOptions::default() }
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_accepted() {
    let authority = authority();
    for host in ["localhost", "127.0.0.1"] {
        let identity = Identity::issued(&authority, host, |_| {});
        identity.server().dial(host, trusting(authority.pem())).await.unwrap();
    }
}

#[tokio::test]
async fn servername_replaces_the_name_to_verify() {
    let authority = authority();
    let identity = Identity::issued(&authority, "other.test", |_| {});
    let tls = TlsOptions { servername: Some("other.test".to_owned()), ..trusting(authority.pem()) };
    identity.server().dial("localhost", tls).await.unwrap();
}

#[tokio::test]
async fn without_reject_unauthorized_anything_goes() {
    let tls = || TlsOptions { reject_unauthorized: Some(false), ..TlsOptions::default() };
    let identity = Identity::issued(&authority(), "other.test", expired);
    identity.server().dial("localhost", tls()).await.unwrap();
    Server { version: &TLS12, ..identity.server() }.dial("localhost", tls()).await.unwrap();
}

#[tokio::test]
async fn a_listed_certificate_may_be_the_servers_own() {
    let own = Identity::self_signed("localhost", |_| {});
    own.server().dial("localhost", trusting(own.cert.pem())).await.unwrap();

    let reason = own.server().refused("127.0.0.1", trusting(own.cert.pem())).await;
    assert_eq!(reason, "certificate is not valid for name 127.0.0.1, only for localhost");
    let old = Identity::self_signed("localhost", expired);
    let reason = old.server().refused("localhost", trusting(old.cert.pem())).await;
    assert!(reason.starts_with("certificate has expired on "), "{reason}");
    let look_alike = Identity::self_signed("localhost", |_| {});
    let reason = look_alike.server().refused("localhost", trusting(own.cert.pem())).await;
    assert_eq!(
        reason,
        "self-signed certificate that is not trusted; a trusted certificate of the same name has another key"
    );
}

#[tokio::test]
async fn a_client_certificate_is_presented_if_the_server_requires_one() {
    let authority = authority();
    let identity = Identity::issued(&authority, "localhost", |_| {});
    let client = Identity::issued(&authority, "client.test", |_| {});
    let (cert, key) = (client.cert.pem(), client.key.serialize_pem());
    for version in [&TLS13, &TLS12] {
        let server = Server { clients: Some(&authority), version, ..identity.server() };
        let tls = TlsOptions { cert: Some(cert.clone()), key: Some(key.clone()), ..trusting(authority.pem()) };
        server.dial("localhost", tls).await.unwrap();
        let reason = server.refused("localhost", trusting(authority.pem())).await;
        assert_eq!(reason, "the server requires a client certificate: options tls.cert and tls.key");
    }
}

#[tokio::test]
async fn a_scheme_that_does_not_fit_the_server_is_recognized() {
    let (listener, url) = listen().await;
    let identity = Identity::issued(&authority(), "localhost", |_| {});
    let acceptor = identity.server().acceptor();
    let plain = endpoint(&url);
    let (dialled, _) =
        tokio::join!(dial(&plain), async { acceptor.accept(listener.accept().await.unwrap().0).await.err() });
    let error = failed(dialled);
    assert_eq!(error.kind, DialErrorKind::Protocol);
    assert!(error.reason.contains("https://"), "{error}");

    let secure = endpoint(&url.replace("http:", "https:"));
    let (dialled, _open) = tokio::join!(dial(&secure), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    });
    let error = failed(dialled);
    assert_eq!(error.kind, DialErrorKind::Tls);
    assert_eq!(error.reason, "connected to a server that does not speak TLS");
}
