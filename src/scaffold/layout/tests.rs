//! One small repository of each layout.
