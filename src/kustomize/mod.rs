//! Module `kustomize`.
