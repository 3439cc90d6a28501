//! How sealed bytes stand in a column: a mark, the number of the key, and what XChaCha20-Poly1305 made.
//!
//! `0xff || key number (4 bytes, big-endian) || nonce (24 bytes) || sealed`, where the first byte is one that no
//! UTF-8 text has, so that text from before there was sealing is told apart.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::StoreError;

const MARK: u8 = 0xff;
const NONCE_LENGTH: usize = 24;
const HEADER_LENGTH: usize = 5;

/// Seals bytes behind a header that names the key. The header and the place are authenticated.
pub(super) fn seal(
    cipher: &XChaCha20Poly1305,
    number: u32,
    place: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0u8; NONCE_LENGTH];
    random(&mut nonce)?;
    let payload = Payload {
        msg: plain,
        aad: place,
    };
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| StoreError::CannotSeal)?;
    let mut framed = Vec::with_capacity(HEADER_LENGTH + NONCE_LENGTH + sealed.len());
    framed.push(MARK);
    framed.extend_from_slice(&number.to_be_bytes());
    framed.extend_from_slice(&nonce);
    framed.extend_from_slice(&sealed);
    Ok(framed)
}

/// The number of the key that sealed the bytes; none when they are not sealed.
pub(super) fn number(framed: &[u8]) -> Option<u32> {
    let (mark, rest) = framed.split_first()?;
    let number = rest.first_chunk::<4>()?;
    (*mark == MARK).then(|| u32::from_be_bytes(*number))
}

/// Opens what [`seal`] made. None when it was altered, cut, or sealed for another place or by another key.
pub(super) fn open(cipher: &XChaCha20Poly1305, place: &[u8], framed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = framed.get(HEADER_LENGTH..)?.split_first_chunk::<NONCE_LENGTH>()?;
    let payload = Payload {
        msg: sealed,
        aad: place,
    };
    cipher.decrypt(&XNonce::from(*nonce), payload).ok()
}

/// Fills the bytes with randomness.
pub(super) fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|error| StoreError::File {
        what: "no randomness to be had".to_owned(),
        source: std::io::Error::other(error.to_string()),
    })
}
