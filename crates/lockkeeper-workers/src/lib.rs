//! lockkeeper-workers
