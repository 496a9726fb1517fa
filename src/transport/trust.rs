//! Whom to trust: the system's certificates, the user's own, or anyone.
//!
//! As in Node: `ca` replaces the system's certificates, `NODE_EXTRA_CA_CERTS` adds to the system's and is ignored when
//! it cannot be read, and a certificate that is listed in `ca` may be the server's own.

use std::env;
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Names a file of certificates to trust besides the system's.
const EXTRA_CERTIFICATES: &str = "NODE_EXTRA_CA_CERTS";

/// The certificates of the system.
#[derive(Debug)]
pub(super) struct SystemRoots {
    pub(super) store: Arc<RootCertStore>,
    /// What could not be used, to be told along with the failure it may explain.
    pub(super) notes: Vec<String>,
}

impl SystemRoots {
    /// Reads them on the first call, which blocks for some milliseconds; they are kept for the process.
    pub(super) fn load() -> &'static Self {
        static ROOTS: OnceLock<SystemRoots> = OnceLock::new();
        ROOTS.get_or_init(|| Self::read(env::var(EXTRA_CERTIFICATES).ok().filter(|path| !path.is_empty()).as_deref()))
    }

    fn read(extra: Option<&str>) -> Self {
        let mut store = RootCertStore::empty();
        let mut notes = Vec::new();
        store.add_parsable_certificates(system_certificates());
        if store.is_empty() {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            notes.push("the system has no certificates, so the built-in ones of Mozilla were used".to_owned());
        }
        if let Some(path) = extra {
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            match certificates.map(|certificates| store.add_parsable_certificates(certificates)) {
                Ok((1.., _)) => {}
                Ok((0, _)) => notes.push(format!("{EXTRA_CERTIFICATES} was ignored: it holds no certificate")),
                Err(error) => notes.push(format!("{EXTRA_CERTIFICATES} was ignored: {error}")),
            }
        }
        Self { store: Arc::new(store), notes }
    }
}

/// The system's bundle of certificates, where it has one: the folder that OpenSSL looks into as well holds the same once
/// more, in hundreds of files. Variables of OpenSSL's are obeyed.
fn system_certificates() -> Vec<CertificateDer<'static>> {
    if env::var_os("SSL_CERT_FILE").is_none() && env::var_os("SSL_CERT_DIR").is_none() {
        #[cfg(all(unix, not(target_os = "macos")))]
        if let bundle @ Some(_) = openssl_probe::probe().cert_file {
            let certificates = rustls_native_certs::load_certs_from_paths(bundle.as_deref(), None).certs;
            if !certificates.is_empty() {
                return certificates;
            }
        }
    }
    rustls_native_certs::load_native_certs().certs
}

/// Trust that is not the system's.
#[derive(Debug)]
pub(super) struct Verifier {
    listed: Option<Listed>,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
struct Listed {
    certificates: Vec<CertificateDer<'static>>,
    webpki: Arc<WebPkiServerVerifier>,
}

impl Verifier {
    /// Trusts any certificate. The server must still hold the key that belongs to it.
    pub(super) fn anyone(provider: &CryptoProvider) -> Self {
        Self { listed: None, algorithms: provider.signature_verification_algorithms }
    }

    /// Trusts these certificates, and those that they vouch for.
    pub(super) fn listed(
        certificates: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|error| error.to_string())?;
        }
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        let webpki = webpki.map_err(|error| error.to_string())?;
        Ok(Self { listed: Some(Listed { certificates, webpki }), ..Self::anyone(provider) })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(Listed { certificates, webpki }) = &self.listed else { return Ok(ServerCertVerified::assertion()) };
        match webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // Certificates for development are often server and authority in one: `openssl req -x509` makes them so.
            // OpenSSL takes one that is listed, webpki never does. It finds this after it has checked the dates.
            Err(Error::InvalidCertificate(CertificateError::Other(reason)))
                if certificates.contains(end_entity) && reason.to_string() == "CaUsedAsEndEntity" =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extra_certificates_add_to_the_systems() {
        let plain = SystemRoots::read(None);
        let path = env::temp_dir().join(format!("extra-certificates-{}.pem", std::process::id()));
        let extra = rcgen::generate_simple_self_signed(["extra.test".to_owned()]).unwrap();
        std::fs::write(&path, extra.cert.pem()).unwrap();
        let more = SystemRoots::read(path.to_str());
        std::fs::write(&path, "no certificate").unwrap();
        let bad = SystemRoots::read(path.to_str());
        std::fs::remove_file(&path).unwrap();
        let missing = SystemRoots::read(path.to_str());

        assert!(!plain.store.is_empty());
        assert_eq!((more.store.len(), more.notes), (plain.store.len() + 1, plain.notes.clone()));
        for ignored in [bad, missing] {
            assert_eq!(ignored.store.len(), plain.store.len());
            assert!(ignored.notes.last().unwrap().starts_with("NODE_EXTRA_CA_CERTS was ignored: "));
        }
    }
}
