use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use jiff::Timestamp;
use lockkeeper_usecases::backups::{ScheduleStatus, show_status};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::problem::Refusal;
use crate::settings::Shared;

/// What OpenMetrics calls itself.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Tells how the server does, for Prometheus.
///
/// Whoever reaches the port may read it, as `/healthz`: it names no project, nobody and nothing of theirs.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "server",
    security(()),
    responses((status = 200, description = "Metrics in the text format of OpenMetrics.", body = String, content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"))
)]
pub(crate) async fn show_metrics(State(shared): State<Shared>) -> Result<impl IntoResponse, Refusal> {
    let mut registry = Registry::with_prefix("lockkeeper");
    let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The program", version);
    let (requests, durations) = (shared.traffic.requests(), shared.traffic.durations());
    registry.register(
        "http_requests",
        "Requests that were answered, by the class of the status",
        requests,
    );
    registry.register_with_unit(
        "http_request_duration",
        "How long answers took",
        Unit::Seconds,
        durations,
    );
    // Backups are told of when the database answers; a server without it still counts its requests.
    if let Ok(status) = show_status(&shared.app.database).await {
        register(
            &mut registry,
            "backup",
            "of the newest backup, in bytes",
            &status.backup,
        );
        register(
            &mut registry,
            "restore_drill",
            "of the newest restore drill, in rows",
            &status.drill,
        );
    }
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| Refusal::internal())?;
    Ok(([(CONTENT_TYPE, OPENMETRICS)], text))
}

fn register(registry: &mut Registry, name: &str, size: &str, status: &ScheduleStatus) {
    let gauge = |value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        gauge
    };
    let seconds = |at: Option<Timestamp>| gauge(at.map_or(0, Timestamp::as_second));
    registry.register_with_unit(
        format!("{name}_success_timestamp"),
        "When it last succeeded; 0 when it never did",
        Unit::Seconds,
        seconds(status.succeeded_at),
    );
    registry.register_with_unit(
        format!("{name}_failure_timestamp"),
        "When it last failed; 0 when it never did",
        Unit::Seconds,
        seconds(status.failed_at),
    );
    let value = i64::try_from(status.size.unwrap_or(0)).unwrap_or(i64::MAX);
    registry.register(format!("{name}_size"), format!("The size {size}"), gauge(value));
}
