//! What lies at the bottom of a failed request, whichever client sent it.

use std::error::Error;

/// An error in a chain of causes.
pub(super) type Cause<'a> = &'a (dyn Error + 'static);

/// Returns an error and what caused it. An I/O error names the cause of what it was made from as its own: that is one too
/// deep.
pub(super) fn causes<'a>(error: Cause<'a>) -> impl Iterator<Item = Cause<'a>> {
    std::iter::successors(Some(error), |error| {
        let error: Cause<'a> = *error;
        match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as Cause<'_>),
            None => error.source(),
        }
    })
}

/// Tells whether a request failed because the certificate of the server is not trusted.
pub(super) fn is_untrusted(error: Cause<'_>) -> bool {
    causes(error).any(|cause| {
        let tls = cause.downcast_ref();
        matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
    })
}
