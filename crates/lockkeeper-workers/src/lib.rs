//! Carries out durable jobs: a worker claims one, counts its beats up while it works, and ends the job in the
//! transaction of its result. A job that does not beat any more is picked up as interrupted, never repeated.

mod beats;
mod claim;
mod heartbeat;
mod housekeeping;
mod pool;

pub use pool::{Pool, PoolSettings};
