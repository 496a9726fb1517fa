//! Which certificates are trusted: the system's, the user's own, or any.
//!
//! As in Node, `ca` replaces the system's certificates, `NODE_EXTRA_CA_CERTS` adds to them and is
//! ignored when it cannot be read, and a trusted certificate may be the server's own.

use std::{
    env,
    sync::{Arc, OnceLock},
};

use tokio_rustls::rustls::{
    CertificateError as Rejected, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use webpki::{EndEntityCert, KeyUsage};

use super::{
    certificate::Certificate,
    certificate_error::{self, CertificateError, Presented},
    pem_problem,
};

/// Names a file of certificates to trust in addition to the system's.
const EXTRA_CERTIFICATES: &str = "NODE_EXTRA_CA_CERTS";
/// Name certificates to trust instead of the system's, as for OpenSSL.
const CHOSEN_CERTIFICATES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
/// Additional signature schemes that are offered when any certificate is trusted, since their
/// signatures are not checked then.
const UNCHECKED_SCHEMES: [SignatureScheme; 5] = [
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED448,
    // RSA keys that are for PSS only, RFC 8446 section 4.2.3.
    SignatureScheme::Unknown(0x0809),
    SignatureScheme::Unknown(0x080a),
    SignatureScheme::Unknown(0x080b),
];

/// The certificates of the system.
#[derive(Debug)]
pub(super) struct SystemRoots {
    pub(super) store: Arc<RootCertStore>,
    /// Problems with the certificates. They are reported with a failure that they may explain.
    pub(super) notes: Vec<String>,
}

impl SystemRoots {
    /// Reads the certificates on the first call, which blocks for some milliseconds. The process
    /// keeps them.
    pub(super) fn load() -> &'static Self {
        static ROOTS: OnceLock<SystemRoots> = OnceLock::new();
        ROOTS.get_or_init(|| {
            let chosen = CHOSEN_CERTIFICATES.into_iter().find(|name| env::var_os(name).is_some());
            let extra = env::var(EXTRA_CERTIFICATES).ok().filter(|path| !path.is_empty());
            Self::new(system_certificates(chosen.is_some()), chosen, extra.as_deref())
        })
    }

    /// `chosen` is the variable that names the system's certificates.
    fn new(system: Vec<CertificateDer<'static>>, chosen: Option<&str>, extra: Option<&str>) -> Self {
        let mut store = RootCertStore::empty();
        let mut notes = Vec::new();
        store.add_parsable_certificates(system);
        if store.is_empty() {
            if let Some(chosen) = chosen {
                // The user wants to trust fewer authorities, so the built-in ones are not added.
                notes.push(format!("no authority is trusted, because {chosen} names no file with certificates"));
            } else {
                store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                notes.push("the system has no certificates, so the built-in ones of Mozilla were used".to_owned());
            }
        }
        if let Some(path) = extra {
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            match certificates.map(|certificates| store.add_parsable_certificates(certificates)) {
                Ok((1.., _)) => {}
                Ok((0, _)) => notes.push(format!("{EXTRA_CERTIFICATES} was ignored: it holds no certificate")),
                Err(error) => notes.push(format!("{EXTRA_CERTIFICATES} was ignored: {}", pem_problem(&error))),
            }
        }
        Self { store: Arc::new(store), notes }
    }
}

/// The certificates of the system: its bundle if it has one, since the folder that OpenSSL reads,
/// too, holds the same certificates in hundreds of files.
fn system_certificates(are_chosen: bool) -> Vec<CertificateDer<'static>> {
    if !are_chosen {
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

/// Decides whether the certificate of a server is accepted.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` trusts any certificate.
    roots: Option<Arc<RootCertStore>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Trusts any certificate with any key. It does not check the signature of the handshake
    /// either: a server that may present any certificate can present one for its own key.
    pub(super) fn trusting_any(provider: &CryptoProvider) -> Self {
        Self { roots: None, algorithms: provider.signature_verification_algorithms }
    }

    /// Trusts these certificates, and those that they have issued.
    pub(super) fn new(roots: Arc<RootCertStore>, provider: &CryptoProvider) -> Self {
        Self { roots: Some(roots), ..Self::trusting_any(provider) }
    }

    fn check(
        &self,
        presented: &Presented<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), webpki::Error> {
        let certificate = EndEntityCert::try_from(presented.certificate)?;
        let usage = KeyUsage::server_auth();
        let (algorithms, roots) = (self.algorithms.all, &presented.roots.roots);
        let verified = certificate.verify_for_usage(algorithms, roots, intermediates, now, usage, None, None);
        match verified {
            // `openssl req -x509` makes certificates for development that are server and authority
            // in one. OpenSSL accepts a trusted one, and webpki rejects it after it has checked the
            // dates.
            Err(webpki::Error::CaUsedAsEndEntity) if is_root(presented.certificate, presented.roots) => {}
            verified => drop(verified?),
        }
        certificate.verify_is_valid_for_subject_name(presented.name)
    }

    fn check_signature(
        &self,
        certificate: &CertificateDer<'_>,
        check: impl FnOnce() -> Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.roots.is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        check().map_err(|error| match error {
            Error::InvalidCertificate(_) => rejected(certificate_error::of_handshake(certificate)),
            other => other,
        })
    }
}

/// Whether a certificate is one of these roots. With equal subject and key it is either the same
/// one or its successor.
fn is_root(certificate: &CertificateDer<'_>, roots: &RootCertStore) -> bool {
    let Some(own) = Certificate::read(certificate) else { return false };
    let is_own = |subject: &[u8], key: &[u8]| subject == own.subject && key == own.key;
    roots.roots.iter().any(|root| is_own(root.subject.as_ref(), root.subject_public_key_info.as_ref()))
}

fn rejected(error: CertificateError) -> Error {
    Error::InvalidCertificate(Rejected::Other(OtherError(Arc::new(error))))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(roots) = &self.roots else { return Ok(ServerCertVerified::assertion()) };
        let presented = Presented { certificate, intermediates, roots, name };
        self.check(&presented, intermediates, now).map_err(|error| {
            // A problem of the server's own certificate shows without the intermediates, too.
            let of_server = self.check(&presented, &[], now).as_ref() == Err(&error);
            rejected(presented.explain(&error, of_server))
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let check = || verify_tls12_signature(message, certificate, signature, &self.algorithms);
        self.check_signature(certificate, check)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let check = || verify_tls13_signature(message, certificate, signature, &self.algorithms);
        self.check_signature(certificate, check)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        if self.roots.is_none() {
            schemes.extend(UNCHECKED_SCHEMES);
        }
        schemes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(name: &str) -> rcgen::Certificate {
        rcgen::generate_simple_self_signed([name.to_owned()]).unwrap().cert
    }

    #[test]
    fn extra_certificates_add_to_the_systems() {
        let system = || vec![certificate("system.test").der().clone()];
        let path = env::temp_dir().join(format!("extra-certificates-{}.pem", std::process::id()));
        let read = || SystemRoots::new(system(), None, path.to_str());
        std::fs::write(&path, certificate("extra.test").pem()).unwrap();
        let more = read();
        std::fs::write(&path, "no certificate").unwrap();
        let bad = read();
        std::fs::remove_file(&path).unwrap();
        let missing = read();

        assert_eq!((more.store.len(), more.notes.len()), (2, 0));
        for ignored in [bad, missing] {
            assert_eq!(ignored.store.len(), 1);
            assert!(ignored.notes.last().unwrap().starts_with("NODE_EXTRA_CA_CERTS was ignored: "));
        }
    }

    #[test]
    fn the_built_in_authorities_replace_only_what_the_system_lacks() {
        assert!(!SystemRoots::load().store.is_empty());
        let built_in = SystemRoots::new(Vec::new(), None, None);
        assert!(!built_in.store.is_empty() && built_in.notes[0].contains("Mozilla"));

        let nobody = SystemRoots::new(Vec::new(), Some("SSL_CERT_FILE"), None);
        assert!(nobody.store.is_empty() && nobody.notes[0].contains("SSL_CERT_FILE names no file"));
    }
}
