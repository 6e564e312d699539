//! relais-care
