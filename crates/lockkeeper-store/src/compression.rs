//! Compression of what is about to be sealed.
//!
//! A compressor is half a megabyte of tables, which cost more to make and to clear than to use on a small thing.
//! Each thread keeps its own.

use std::cell::RefCell;
use std::io;

use zstd::bulk::{Compressor, Decompressor};

/// The quickest level: it packs states about as well as 3 and in half the time.
pub(crate) const LEVEL: i32 = 1;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses something, by itself.
///
/// # Errors
/// When there is no memory for it.
pub(crate) fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(plain),
        None => kept.insert(Compressor::new(LEVEL)?).compress(plain),
    })
}

/// Undoes [`compress`], for what was no longer than `limit` bytes.
///
/// # Errors
/// When it is damaged, or longer.
pub(crate) fn decompress(packed: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let size = Decompressor::upper_bound(packed).unwrap_or(limit).min(limit);
    DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(packed, size),
        None => kept.insert(Decompressor::new()?).decompress(packed, size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_comes_back_and_nothing_longer() {
        let plain = b"state ".repeat(1000);
        let packed = compress(&plain).unwrap();
        assert!(packed.len() < plain.len() / 10);
        assert_eq!(decompress(&packed, plain.len()).unwrap(), plain);
        assert!(decompress(&packed, plain.len() - 1).is_err());
        assert!(decompress(b"damaged", 100).is_err());
        assert_eq!(decompress(&compress(b"").unwrap(), 100).unwrap(), b"");
    }
}
