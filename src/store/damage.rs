//! Rows that cannot be read: one of them must not stop all the others.

use super::StoreError;

/// Why a row is set aside that cannot be read, and the one place where that is logged. Names the sort of document and
/// the row, never what the document says.
pub fn unreadable(error: &StoreError) -> String {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a stored row cannot be read; it is set aside and the others go on; repair it and take it up again"
    );
    let cause = std::error::Error::source(error).map(|source| format!(" ({source})")).unwrap_or_default();
    format!("{error}{cause}")
}
