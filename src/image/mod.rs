//! Module `image`.
