//! Pins that a world on loopback is the world itself: the same requests get the
//! same answers in-process and over HTTP/1.1 and HTTP/2, with TLS and without.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod conformance;
mod losses;
mod served;
mod stage;
mod steps;
