//! lockkeeper-git
