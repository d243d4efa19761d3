//! Module `flux`.
