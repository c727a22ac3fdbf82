//! The process boundary: messages, client and server.
