//! Each gate open and shut.
