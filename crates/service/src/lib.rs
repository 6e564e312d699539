//! relais-service
