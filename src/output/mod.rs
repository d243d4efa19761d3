//! Module `output`.
