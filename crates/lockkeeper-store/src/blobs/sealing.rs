//! How a blob is compressed and encrypted: in pieces, so that however big it is, little of it is in memory.
//!
//! ```text
//! version (1 byte, 1) || number of the key (4) || nonce prefix (19) || pieces
//! piece: length (4, its highest bit is set on the last piece) || XChaCha20-Poly1305(zstd(at most 1 MiB))
//! ```
//!
//! The pieces are sealed by the STREAM construction ("Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance", 2015): the nonce of each holds its number and whether it is the last, so that pieces
//! that are missing, reordered or added do not open. The header and the name of the blob are associated with
//! each, so that one blob cannot be put in the place of another. Numbers are big-endian.

use super::{damaged, failed, random};
use crate::StoreError;
use crate::compression::{compress, decompress};
use crate::key::KEY_LENGTH;
use crate::keyring::{DataKey, DataUse};
use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

/// The most bytes of content in one piece.
pub(super) const PIECE: usize = 1 << 20;
/// The bytes before the first piece.
pub(super) const HEADER: usize = 1 + size_of::<u32>() + NONCE_PREFIX;
/// The bytes before each piece.
pub(super) const FRAME: usize = size_of::<u32>();

const VERSION: u8 = 1;
const NONCE_PREFIX: usize = 19;
const LAST: u32 = 1 << 31;
/// What zstd and the cipher may add to a piece that cannot be compressed.
const OVERHEAD: usize = PIECE / 128 + 1024;

/// Seals one blob, piece by piece.
pub(super) struct Sealer {
    stream: Stream,
}

/// Opens one blob, piece by piece.
pub(super) struct Opener(Stream);

/// What stands before a piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The bytes of the sealed piece.
    pub(super) length: usize,
    /// Whether it is the last one.
    pub(super) last: bool,
}

struct Stream {
    cipher: StreamBE32<XChaCha20Poly1305>,
    /// The header and the name.
    associated: Vec<u8>,
    name: String,
    position: u32,
}

impl Stream {
    fn new(key: &DataKey, header: &[u8; HEADER], name: &str) -> Result<Self, StoreError> {
        let prefix = header.last_chunk::<NONCE_PREFIX>().ok_or_else(|| damaged(name))?;
        let cipher = XChaCha20Poly1305::new((&*key.derive(DataUse::Blobs)).into());
        Ok(Self {
            cipher: StreamBE32::from_aead(cipher, prefix.into()),
            associated: [&header[..], name.as_bytes()].concat(),
            name: name.to_owned(),
            position: 0,
        })
    }

    /// The position of the next piece. The last one of all is never given out, so that none is used twice.
    fn advance(&mut self) -> Result<u32, StoreError> {
        let position = self.position;
        self.position = position.checked_add(1).ok_or_else(|| damaged(&self.name))?;
        Ok(position)
    }
}

impl Sealer {
    /// Begins a blob: the header is appended to `out`.
    pub(super) fn begin(key: &DataKey, name: &str, out: &mut Vec<u8>) -> Result<Self, StoreError> {
        let mut header = [0; HEADER];
        header[0] = VERSION;
        header[1..5].copy_from_slice(&key.number().to_be_bytes());
        random(&mut header[5..])?;
        out.extend_from_slice(&header);
        Ok(Self {
            stream: Stream::new(key, &header, name)?,
        })
    }

    /// Seals the next piece, of at most [`PIECE`] bytes, and appends it to `out`.
    pub(super) fn seal(&mut self, piece: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), StoreError> {
        let Self { stream } = self;
        let packed =
            compress(piece).map_err(|source| failed("cannot compress the blob", &stream.name, source))?;
        let position = stream.advance()?;
        let payload = Payload {
            msg: &packed,
            aad: &stream.associated,
        };
        let sealed = stream.cipher.encrypt(position, last, payload);
        let sealed = sealed.map_err(|_| damaged(&stream.name))?;
        let length = u32::try_from(sealed.len()).map_err(|_| damaged(&stream.name))?;
        let frame = if last { length | LAST } else { length };
        out.extend_from_slice(&frame.to_be_bytes());
        out.extend_from_slice(&sealed);
        Ok(())
    }
}

/// The number of the key that opens a blob with that header.
///
/// # Errors
/// When it is none of this version.
pub(super) fn key_number(header: &[u8; HEADER], name: &str) -> Result<u32, StoreError> {
    match header {
        [VERSION, a, b, c, d, ..] => Ok(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => Err(damaged(name)),
    }
}

impl Frame {
    /// Reads what stands before a piece. It is not sealed itself: a length that was altered yields a piece
    /// that does not open.
    ///
    /// # Errors
    /// When no piece is that long.
    pub(super) fn parse(bytes: [u8; FRAME], name: &str) -> Result<Self, StoreError> {
        let value = u32::from_be_bytes(bytes);
        let length = usize::try_from(value & !LAST).unwrap_or(usize::MAX);
        if length > PIECE + OVERHEAD {
            return Err(damaged(name));
        }
        Ok(Self {
            length,
            last: value & LAST != 0,
        })
    }
}

impl Opener {
    /// Begins with the header.
    pub(super) fn begin(key: &DataKey, header: &[u8; HEADER], name: &str) -> Result<Self, StoreError> {
        Ok(Self(Stream::new(key, header, name)?))
    }

    /// Opens the next piece.
    pub(super) fn open(&mut self, sealed: &[u8], last: bool) -> Result<Vec<u8>, StoreError> {
        let position = self.0.advance()?;
        let payload = Payload {
            msg: sealed,
            aad: &self.0.associated,
        };
        let refused = || damaged(&self.0.name);
        let packed = self.0.cipher.decrypt(position, last, payload);
        let packed = packed.map_err(|_| refused())?;
        decompress(&packed, PIECE).map_err(|_| refused())
    }
}

/// Opens a blob that was sealed in one go, before there were data keys: a nonce of 24 bytes, and
/// XChaCha20-Poly1305(zstd(content)) with the name as associated data.
pub(super) fn open_first(key: &[u8; KEY_LENGTH], name: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (nonce, sealed) = sealed.split_first_chunk::<24>().ok_or_else(|| damaged(name))?;
    let payload = Payload {
        msg: sealed,
        aad: name.as_bytes(),
    };
    let packed = XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), payload);
    let packed = packed.map_err(|_| damaged(name))?;
    zstd::stream::decode_all(&*packed).map_err(|_| damaged(name))
}
