use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use lockkeeper_domain::id::RunId;
use lockkeeper_domain::name::Name;
use lockkeeper_usecases::runs::{LogSlice, read_log};
use lockkeeper_usecases::{App, Caller};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::read_log::LogQuery;
use crate::extract::{CalledBy, Params, Place, RunPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// A signal may be missed, as when another process writes the log: then it is looked at this often.
const POLL: Duration = Duration::from_secs(1);
/// Proxies close connections on which nothing comes.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follows the log of a run by server-sent events, as it is written. The data of each event is a piece of
/// the log, its id the position behind it; the last event is named `end`. A connection that broke goes on
/// with `Last-Event-ID`.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/runs/{run}/log/events",
    tag = "runs",
    params(RunPath, LogQuery, ("Last-Event-ID" = Option<i64>, Header, minimum = 0, description = "The id of the last event that was received; wins over `after`.")),
    responses((status = 200, description = "Events whose data is a LogView.", body = String, content_type = "text/event-stream"))
)]
pub(crate) async fn follow_log(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<RunPath>,
    Params(query): Params<LogQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Refusal> {
    let position = match headers.get(LAST_EVENT_ID) {
        None => query.position()?,
        Some(id) => resumed(id.to_str().unwrap_or_default())?,
    };
    let mut follower = Follower {
        signals: shared.app.signals.runs.subscribe(),
        app: shared.app,
        caller,
        project: place.project,
        run: place.run,
        position,
        first: None,
        ended: false,
    };
    // What is wrong is told by the status, before the stream begins.
    follower.first = Some(follower.read().await?);
    let events = stream::unfold(follower, next);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn resumed(id: &str) -> Result<i64, Refusal> {
    let position = id.parse().ok().filter(|position| *position >= 0);
    position.ok_or_else(|| {
        Refusal::invalid("Last-Event-ID is not the id of an event of this log")
            .hint("leave it out to begin at the beginning")
    })
}

/// Who follows which log, and how far they are.
struct Follower {
    signals: broadcast::Receiver<RunId>,
    app: Arc<App>,
    caller: Caller,
    project: Name,
    run: RunId,
    position: i64,
    first: Option<LogSlice>,
    ended: bool,
}

impl Follower {
    async fn read(&self) -> Result<LogSlice, Refusal> {
        Ok(read_log(&self.app, &self.caller, &self.project, self.run, self.position).await?)
    }

    /// Waits until there may be something new.
    async fn wait(&mut self) {
        let run = self.run;
        let signals = &mut self.signals;
        let told = async move {
            loop {
                match signals.recv().await {
                    Ok(other) if other != run => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // That the time is up is as good a reason to look as a signal.
        let _ = tokio::time::timeout(POLL, told).await;
    }
}

/// The next event, and the follower behind it; nothing when the log has ended, or it can no longer be
/// read: the client connects again then, and is told why.
async fn next(mut follower: Follower) -> Option<(Result<Event, axum::Error>, Follower)> {
    if follower.ended {
        return None;
    }
    loop {
        let slice = match follower.first.take() {
            Some(slice) => slice,
            None => follower.read().await.ok()?,
        };
        follower.position = slice.position;
        follower.ended = slice.ended;
        if slice.ended || !slice.text.is_empty() {
            return Some((event(slice), follower));
        }
        follower.wait().await;
    }
}

fn event(slice: LogSlice) -> Result<Event, axum::Error> {
    let event = Event::default().id(slice.position.to_string());
    let event = if slice.ended { event.event("end") } else { event };
    event.json_data(views::log(slice))
}
