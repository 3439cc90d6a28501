//! lockkeeper-usecases
