//! Turns of all that holds a whole state in memory, so that the sum of it is bounded.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all of them together are thought to need, in bytes. One that needs more takes all of it.
const ROOM: u64 = 512 << 20;
/// What the room is handed out in, in bytes.
const PIECE: u64 = 64 << 10;

/// What somebody does with a state: how often it stands in memory then, in one form or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// It gets another serial or lineage, and is kept.
    Renumber,
    /// It is compared with another one: each of both is parsed, and written down as a plan.
    Compare,
}

impl Handling {
    fn times(self) -> u64 {
        match self {
            Self::Renumber => 4,
            Self::Compare => 6,
        }
    }
}

/// The room for whole states.
#[derive(Debug)]
pub struct WholeStates(Arc<Semaphore>);

/// A part of the room, given back when dropped.
#[derive(Debug)]
#[must_use = "the room is given back at once"]
pub struct Turn {
    // None of a room that was closed, which nobody does.
    _room: Option<OwnedSemaphorePermit>,
}

impl Default for WholeStates {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(pieces(ROOM) as usize)))
    }
}

impl WholeStates {
    /// Waits until there is room for states of so many bytes together. Who came first is served first.
    pub async fn turn(&self, bytes: u64, handling: Handling) -> Turn {
        let need = bytes.saturating_mul(handling.times()).clamp(PIECE, ROOM);
        let room = self.0.clone().acquire_many_owned(pieces(need)).await;
        Turn { _room: room.ok() }
    }
}

fn pieces(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_needs_more_than_is_left_waits() {
        let states = WholeStates::default();
        let some = states.turn(100 << 20, Handling::Renumber).await;
        let more = |bytes| timeout(Duration::from_millis(50), states.turn(bytes, Handling::Compare));
        drop(more(1 << 20).await.unwrap());
        assert!(more(100 << 20).await.is_err());
        drop(some);
        // One that is larger than the room has it for itself.
        let all = more(u64::MAX).await.unwrap();
        assert!(more(0).await.is_err());
        drop(all);
        drop(more(0).await.unwrap());
    }
}
