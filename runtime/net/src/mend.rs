//! Remedies for an operator whose receiver gives no answer. Pure.

use std::io;

use rustls::{CertificateError, Error};

use crate::connect::ConnectError;
use crate::response::ResponseError;

/// Explains why there is no connection, with what mends it where that can be said.
#[must_use]
pub fn connecting(error: &ConnectError) -> String {
    let mend = match error {
        ConnectError::Lookup { .. } => "; mend the name in `url`, or the name service of this host",
        ConnectError::Connect { source, .. } if source.kind() == io::ErrorKind::ConnectionRefused => {
            ": nobody listens there; start the receiver, or mend `url`"
        }
        ConnectError::Connect { source, .. } if source.kind() == io::ErrorKind::TimedOut => {
            ": nothing comes back; look at the firewalls between, or mend `url`"
        }
        ConnectError::Tls { source, .. } => of_tls(source),
        ConnectError::Proxy(407) => "; mend `proxy`: it wants to know who asks",
        ConnectError::Proxy(_) | ConnectError::ProxyIo(_) => "; mend `proxy`",
        ConnectError::Connect { .. } => "",
    };
    format!("{error}{mend}")
}

fn of_tls(source: &io::Error) -> &'static str {
    if source.kind() == io::ErrorKind::TimedOut {
        return "; the receiver says nothing: see whether it speaks TLS on this port";
    }
    match source.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(why)) => match why {
            CertificateError::UnknownIssuer => "; trust its authority: tls = { ca = \"/path\" }",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "; use a name of the certificate in `url`, or mend the certificate"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "; renew the certificate of the receiver, or set the clock of this host"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "; set the clock of this host, or mend the certificate of the receiver"
            }
            _ => "; mend the certificate of the receiver",
        },
        Some(Error::InvalidMessage(_)) => "; the receiver does not speak TLS on this port: mend `url`",
        _ => "",
    }
}

/// Explains why there is no answer on a connection.
#[must_use]
pub fn answering(error: &ResponseError) -> String {
    let mend = match error {
        ResponseError::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            ": look at the receiver, or raise `delivery.deadline`"
        }
        ResponseError::Malformed => ": mend the port or the scheme of `url`",
        ResponseError::Io(_) | ResponseError::Closed => "",
    };
    format!("{error}{mend}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(error: Error) -> String {
        let source = io::Error::new(io::ErrorKind::InvalidData, error);
        connecting(&ConnectError::Tls { host: "h".to_owned(), source })
    }

    #[test]
    fn what_mends_it_is_said() {
        let refused =
            ConnectError::Connect { host: "h".to_owned(), port: 1, source: io::ErrorKind::ConnectionRefused.into() };
        assert!(connecting(&refused).ends_with("start the receiver, or mend `url`"), "{}", connecting(&refused));
        let unknown = tls(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        assert!(unknown.ends_with("tls = { ca = \"/path\" }"), "{unknown}");
        let expired = tls(Error::InvalidCertificate(CertificateError::Expired));
        assert!(expired.contains("renew the certificate"), "{expired}");
        assert!(answering(&ResponseError::Io(io::ErrorKind::TimedOut.into())).contains("`delivery.deadline`"));
        assert!(answering(&ResponseError::Malformed).ends_with("mend the port or the scheme of `url`"));
    }
}
