//! What to do about faults that share a code. The advice for each code is in `lib/errors/error-codes.js`.

/// Advice for faults that have a code in common and need different cures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remediation {
    /// For a self-signed certificate.
    TrustCertificate,
    /// For an authority that is not trusted.
    TrustIssuer,
    /// For an issuer whose certificate is missing.
    SendChain,
    /// For an authority that is trusted with another key.
    RenewAuthority,
    /// For a certificate outside of its dates.
    RenewCertificate,
    /// For a certificate without a subject alternative name.
    AddAlternativeNames,
    /// For a certificate for other hosts.
    MatchName,
    /// For a server without the key of its certificate.
    MatchKey,
    /// For a certificate that is for something else.
    UseServerCertificate,
    /// For a key or a signature that cannot be checked.
    UseSupportedKey,
    /// For any other fault of a certificate.
    IssueAgain,
    /// For a server that has nothing in common with this client.
    AllowOffer,
    /// For a server that knows only old versions of TLS.
    EnableNewerTls,
    /// For a server that wants another certificate of this client.
    SetClientCertificate,
    /// For a server that does not know the name it was asked for.
    CheckHost,
    /// For a server that does not speak TLS.
    CheckPort,
    /// For a handshake that the server broke off.
    ReadServerLog,
    /// For a name that no DNS server answers for.
    CheckDns,
}

impl Remediation {
    /// What to do.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::TrustCertificate => {
                "If you trust it, set options.tls.ca to this certificate, or NODE_EXTRA_CA_CERTS to a file with it."
            }
            Self::TrustIssuer => {
                "For a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS to the certificate of that authority."
            }
            Self::SendChain => {
                "Configure the server to send its intermediate certificates too (often a file named fullchain.pem); \
                 for a private authority set options.tls.ca or NODE_EXTRA_CA_CERTS."
            }
            Self::RenewAuthority => {
                "Set options.tls.ca to the certificate of the authority as it is now: it may have got a new key."
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
            Self::CheckPort => {
                "Check options.url: the port, and http:// in place of https:// where the server has no TLS."
            }
            Self::ReadServerLog => "Look into the log of the server, and of what stands in front of it.",
            Self::CheckDns => "Check the DNS servers of this machine and the network to them; the name may well exist.",
        }
    }
}
