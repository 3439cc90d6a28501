//! Windows and freezes (spec 1.5).
