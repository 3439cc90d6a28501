//! What the fuzz targets share.

pub mod everything;
pub mod mutate;
pub mod planted;
