//! Bodies, up to a limit.

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::problem::Refusal;

/// How much more is read, and dropped, of a body that is too large. A client that is cut off while it
/// sends sees a broken connection instead of the answer.
const DRAINED: usize = 64 << 20;

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// When it is larger, or the connection breaks.
pub(crate) async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        drain(body, DRAINED).await;
        return Err(Refusal::too_large(limit));
    }
    let mut content = BytesMut::with_capacity(announced);
    while let Some(piece) = next(&mut body).await? {
        if content.len() + piece.len() > limit {
            drop(content);
            drain(body, DRAINED).await;
            return Err(Refusal::too_large(limit));
        }
        content.extend_from_slice(&piece);
    }
    Ok(content.freeze())
}

/// Reads and drops at most `limit` bytes of a body.
async fn drain(mut body: Body, limit: usize) {
    let mut seen = 0;
    while let Ok(Some(piece)) = next(&mut body).await {
        seen += piece.len();
        if seen > limit {
            return;
        }
    }
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::invalid("the body broke off before its end"))?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}
