//! The errors for a certificate that the client rejects: the problem in words, and advice for it.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, NameConstraints, date_time_ymd,
};
use realtime::transport::TlsOptions;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::tls::{Authority, Identity, Server, authority, authority_named, expired, trusting};

/// An authority that another one has issued.
fn below(issuer: &Authority, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), issuer).unwrap()
}

/// Asserts that a dial to this server fails for this reason, with these words in the advice.
async fn refused(server: &Server<'_>, tls: TlsOptions, reason: &str, advice: &str) {
    let (message, remediation) = server.refused_with_advice("localhost", tls).await;
    assert_eq!(message, reason);
    assert!(remediation.contains(advice), "{message}: {remediation}");
    // The advice mentions `tls.ca` only if trust in an authority would help.
    let is_trust =
        ["not trusted", "unknown issuer", "it names", "lists it"].iter().any(|words| message.contains(words));
    assert!(is_trust || !remediation.contains("tls.ca"), "{message}: {remediation}");
}

#[tokio::test]
async fn a_self_signed_certificate_is_called_so() {
    let authority = Identity::self_signed("localhost", |_| {});
    let server = Identity::self_signed("localhost", |params| params.is_ca = IsCa::ExplicitNoCa);
    for own in [authority, server] {
        for tls in [TlsOptions::default(), trusting(authority_named("stranger").pem())] {
            refused(&own.server(), tls, "self-signed certificate that is not trusted", "options.tls.ca").await;
        }
    }
}

#[tokio::test]
async fn an_unknown_issuer_is_named() {
    let root = authority_named("Root");
    let middle = below(&root, "Middle", |_| {});
    let identity = Identity::issued(&middle, "localhost", |_| {});
    let server = |chain: &[&Authority]| Server {
        chain: chain.iter().map(|authority| authority.der().clone()).collect(),
        ..identity.server()
    };
    identity.server().dial("localhost", trusting(middle.pem())).await.unwrap();
    server(&[&middle]).dial("localhost", trusting(root.pem())).await.unwrap();

    let alone = "certificate has an unknown issuer, \"Middle\", whose certificate the server did not send";
    refused(&server(&[]), trusting(root.pem()), alone, "fullchain.pem").await;
    let below_root = "certificate has an unknown issuer: the authority \"Root\" is not trusted";
    refused(&server(&[&middle]), TlsOptions::default(), below_root, "options.tls.ca").await;
    let not_sent = "certificate has an unknown issuer: the authority \"Middle\" is not trusted";
    refused(&server(&[&authority_named("Other")]), trusting(root.pem()), not_sent, "fullchain.pem").await;
    let with_root = "certificate was issued by the authority \"Root\", which is not trusted";
    refused(&server(&[&middle, &root]), TlsOptions::default(), with_root, "NODE_EXTRA_CA_CERTS").await;
}

#[tokio::test]
async fn an_authority_with_another_key_is_not_the_issuer() {
    let identity = Identity::issued(&authority(), "localhost", |_| {});
    let reason = "certificate was not signed by the authority it names";
    refused(&identity.server(), trusting(authority().pem()), reason, "the current certificate of the authority").await;
}

#[tokio::test]
async fn the_name_must_be_among_the_alternative_names() {
    let authority = authority();
    let trusting = || trusting(authority.pem());
    let other = Identity::issued(&authority, "other.test", |_| {});
    let reason = "certificate is not valid for name localhost, only for other.test";
    refused(&other.server(), trusting(), reason, "options.tls.servername").await;

    let only_common_name = Identity::issued(&authority, "localhost", |params| {
        params.subject_alt_names.clear();
        params.distinguished_name.push(DnType::CommonName, "localhost");
    });
    let reason = "certificate has no subject alternative name; the common name (CN) is not used";
    refused(&only_common_name.server(), trusting(), reason, "subjectAltName=DNS:localhost").await;
}

#[tokio::test]
async fn the_dates_must_be_right() {
    let authority = authority();
    let trusting = || trusting(authority.pem());
    let old = Identity::issued(&authority, "localhost", expired);
    let reason = "certificate has expired on Wed, 01 Jan 2020 00:00:00 GMT";
    refused(&old.server(), trusting(), reason, "clock of this machine").await;

    let early = Identity::issued(&authority, "localhost", |params| {
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(9999, 1, 1);
    });
    let reason = "certificate is not valid before Tue, 01 Jan 2999 00:00:00 GMT";
    refused(&early.server(), trusting(), reason, "clock of this machine").await;

    let middle = below(&authority, "Middle", expired);
    let identity = Identity::issued(&middle, "localhost", |_| {});
    let server = Server { chain: vec![middle.der().clone()], ..identity.server() };
    let reason = "an intermediate certificate has expired on Wed, 01 Jan 2020 00:00:00 GMT";
    refused(&server, trusting(), reason, "Renew").await;
}

#[tokio::test]
async fn an_unsuitable_certificate_is_explained() {
    let authority = authority();
    let trusting = || trusting(authority.pem());
    let of_clients = Identity::issued(&authority, "localhost", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let reason = "certificate is not for servers: its extended key usage lacks serverAuth";
    refused(&of_clients.server(), trusting(), reason, "serverAuth").await;

    let of_authority = Identity::issued(&authority, "localhost", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let reason = "certificate belongs to an authority (CA:TRUE), which is accepted only if tls.ca lists it";
    refused(&of_authority.server(), trusting(), reason, "CA:FALSE").await;

    let peculiar = Identity::issued(&authority, "localhost", |params| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    let reason = "certificate has a critical extension that is not supported";
    refused(&peculiar.server(), trusting(), reason, "Issue").await;
}

#[tokio::test]
async fn a_certificate_that_its_authority_must_not_issue_is_explained() {
    let root = authority_named("Root");
    let trusting = || trusting(root.pem());
    let issued_by = |middle: &Authority| {
        let identity = Identity::issued(middle, "localhost", |_| {});
        (identity, vec![middle.der().clone()])
    };
    let elsewhere = below(&root, "Middle", |params| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("elsewhere.test".to_owned())];
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    });
    let (identity, chain) = issued_by(&elsewhere);
    let constraint = "the authority of the certificate must not issue it: its name constraints forbid that name";
    refused(&Server { chain, ..identity.server() }, trusting(), constraint, "Issue").await;

    let no_authority = below(&root, "Middle", |params| params.is_ca = IsCa::ExplicitNoCa);
    let (identity, chain) = issued_by(&no_authority);
    let reason = "certificate was issued by a certificate that is not marked as an authority (CA:TRUE)";
    refused(&Server { chain, ..identity.server() }, trusting(), reason, "Issue").await;
}

#[tokio::test]
async fn a_server_must_have_the_key_of_its_certificate() {
    let authority = authority();
    let identity = Identity { key: KeyPair::generate().unwrap(), ..Identity::issued(&authority, "localhost", |_| {}) };
    for version in [&TLS13, &TLS12] {
        let server = Server { version, ..identity.server() };
        let reason = "the server cannot prove that it has the key of its certificate";
        refused(&server, trusting(authority.pem()), reason, "belong together").await;
    }
}
