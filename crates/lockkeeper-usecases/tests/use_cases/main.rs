//! The use cases, with a real database and a real repository, and an engine that does as it is told.

mod endings;
mod rights;
mod rollbacks;
mod world;
