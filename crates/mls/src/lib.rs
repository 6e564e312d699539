//! relais-mls
