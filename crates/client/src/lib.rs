//! relais-client
