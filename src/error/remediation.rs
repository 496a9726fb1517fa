//! Advice for faults that share an error code. The general advice for each code is in JavaScript's
//! `error-codes.js`.

/// Advice for faults that share a code but need different fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remediation {
    /// The certificate is self-signed.
    TrustCertificate,
    /// The issuer is not trusted.
    TrustIssuer,
    /// The certificate of the issuer is missing.
    SendChain,
    /// The authority is trusted with a different key.
    RenewAuthority,
    /// The certificate has expired or is not valid yet.
    RenewCertificate,
    /// The certificate has no subject alternative name.
    AddAlternativeNames,
    /// The certificate is for other hosts.
    MatchName,
    /// The server does not have the private key of its certificate.
    MatchKey,
    /// The certificate is not for a TLS server.
    UseServerCertificate,
    /// The type of a key or a signature is not supported.
    UseSupportedKey,
    /// The certificate has any other fault.
    IssueAgain,
    /// The server and the client have no protocol or algorithm in common.
    AllowOffer,
    /// The server supports only old versions of TLS.
    EnableNewerTls,
    /// The server does not accept the client's certificate.
    SetClientCertificate,
    /// The server does not know the requested name.
    CheckHost,
    /// The server does not speak TLS.
    CheckPort,
    /// The server closes a connection without TLS, as servers with TLS do.
    CheckScheme,
    /// The server aborted the handshake.
    ReadServerLog,
    /// No DNS server answered.
    CheckDns,
}

impl Remediation {
    /// The advice, as one or more sentences.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::TrustCertificate => {
                "If you trust this certificate, set options.tls.ca to it, or NODE_EXTRA_CA_CERTS to a file with it."
            }
            Self::TrustIssuer => {
                "For a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS to the certificate of that authority."
            }
            Self::SendChain => {
                "Configure the server to send its intermediate certificates too (often a file named fullchain.pem); \
                 for a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS."
            }
            Self::RenewAuthority => {
                "Set options.tls.ca to the current certificate of the authority: the authority may have a new key."
            }
            Self::RenewCertificate => {
                "Renew the certificate of the server, or correct the clock of this machine if it is wrong."
            }
            Self::AddAlternativeNames => {
                "Issue the certificate again with a subject alternative name, for example by \
                 openssl req -addext subjectAltName=DNS:localhost,IP:127.0.0.1."
            }
            Self::MatchName => {
                "Connect by a name that the certificate has, or issue the certificate for this name; \
                 options.tls.servername sets the name to verify."
            }
            Self::MatchKey => "Check that the certificate and the private key of the server belong together.",
            Self::UseServerCertificate => {
                "Use a certificate that is issued for TLS servers: version 3, CA:FALSE, and serverAuth where it has an \
                 extended key usage."
            }
            Self::UseSupportedKey => {
                "Issue the certificate again: RSA keys of 2048 to 8192 bits, ECDSA with P-256 or P-384, and Ed25519 are \
                 supported, with SHA-256 or better."
            }
            Self::IssueAgain => "Issue the certificates of the server again, or remove what this message names.",
            Self::AllowOffer => {
                "Configure the server to allow one of these; a certificate with a key for P-521, Ed448 or RSA-PSS is not \
                 supported. If the server demands client certificates, set options.tls.cert and options.tls.key."
            }
            Self::EnableNewerTls => "Enable TLS 1.2 or 1.3 on the server; older versions are not supported.",
            Self::SetClientCertificate => {
                "Set options.tls.cert and options.tls.key to a certificate that the server accepts."
            }
            Self::CheckHost => "Check the host of options.url, and options.tls.servername.",
            Self::CheckPort => "Write http:// in options.url if the server has no TLS, or another port if it has.",
            Self::CheckScheme => {
                "Write https:// in options.url if the server expects TLS; else check that the server is running."
            }
            Self::ReadServerLog => "Look into the log of the server, and of what stands in front of it.",
            Self::CheckDns => "Check the DNS servers of this machine and the network to them; the name may well exist.",
        }
    }
}
