//! Trust: the authorities of the host, or those that the configuration names instead.

use std::fs;
use std::io;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Where distributions keep the authorities that a host trusts: Debian, Red Hat, SUSE, Alpine.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Makes the settings of TLS 1.2 and 1.3; `ca` are the authorities as PEM, `None` for those of the host.
///
/// # Errors
/// There is no authority.
pub fn config(ca: Option<&str>) -> io::Result<Arc<ClientConfig>> {
    let bundle = match ca {
        Some(pem) => pem.as_bytes().to_vec(),
        None => host_bundle()?,
    };
    let mut roots = RootCertStore::empty();
    // One that cannot be read among a hundred of a distribution is no reason to trust none.
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&bundle).filter_map(Result::ok));
    if roots.is_empty() {
        return Err(io::Error::other("no certificate of an authority is in `tls.ca`: a PEM file is meant"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(io::Error::other)?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn host_bundle() -> io::Result<Vec<u8>> {
    let read = BUNDLES.iter().find_map(|path| fs::read(path).ok());
    read.ok_or_else(|| {
        io::Error::other("this host has no file of trusted authorities: install ca-certificates, or set `tls.ca`")
    })
}
