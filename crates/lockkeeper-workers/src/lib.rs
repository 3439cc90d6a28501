//! Carries out durable jobs: a worker claims one under a lease, prolongs the lease while it works, and
//! ends the job in the transaction of its result. A job whose lease ran out is picked up as
//! interrupted, never repeated.

mod claim;
mod heartbeat;
mod housekeeping;
mod pool;

pub use pool::{Pool, PoolSettings};
