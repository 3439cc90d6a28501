//! What is counted of requests.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

/// From a millisecond to half a minute.
const BUCKETS: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// Counts of what this server answered since it started.
#[derive(Debug, Clone)]
pub(crate) struct Traffic(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    requests: Family<Outcome, Counter>,
    durations: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Outcome {
    status: &'static str,
}

impl Default for Traffic {
    fn default() -> Self {
        Self(Arc::new(Counts {
            requests: Family::default(),
            durations: Histogram::new(BUCKETS),
        }))
    }
}

impl Traffic {
    /// Counts one answer.
    pub(crate) fn count(&self, status: u16, took: Duration) {
        let status = match status / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.0.requests.get_or_create(&Outcome { status }).inc();
        self.0.durations.observe(took.as_secs_f64());
    }

    pub(crate) fn requests(&self) -> Family<Outcome, Counter> {
        self.0.requests.clone()
    }

    pub(crate) fn durations(&self) -> Histogram {
        self.0.durations.clone()
    }
}
