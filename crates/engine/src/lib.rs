//! relais-engine
