use axum::http::header::ETAG;
use axum::http::{HeaderName, StatusCode};
use lockkeeper_api::types::change::ChangeView;
use lockkeeper_usecases::changes::ChangeRecord;

use super::etag;
use crate::extract::Json;
use crate::views;

/// A change, with the generation of it that the answer shows.
pub(crate) type Answer = (StatusCode, [(HeaderName, String); 1], Json<ChangeView>);

/// Answers a change.
pub(super) fn answer(status: StatusCode, record: ChangeRecord) -> Answer {
    let tag = etag::of_generation(record.change.generation);
    (status, [(ETAG, tag)], Json(views::change(record)))
}
