//! Keys and signatures of the simulated services and of those who call them.
//!
//! The keys are fixed and public: they protect nothing, and making RSA keys
//! for every world would take longer than most tests do. Signatures are real,
//! so a client that checks them is put to the test.

pub(crate) mod client;
pub(crate) mod jwt;
pub(crate) mod signer;

pub use self::client::{ClientCertificate, ClientSignature, Validity};
