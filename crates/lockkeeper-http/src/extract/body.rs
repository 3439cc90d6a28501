//! Bodies, up to a limit.

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt};
use http_body_util::{BodyDataStream, BodyExt};
use lockkeeper_usecases::UseCaseError;

use crate::problem::Refusal;

/// How much more is read, and dropped, of a body that is too large. A client that is cut off while it
/// sends sees a broken connection instead of the answer.
const DRAINED: usize = 64 << 20;

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// When it is larger, or the connection breaks.
pub(crate) async fn read_body(mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let announced = announced(&body);
    if announced > limit {
        drain(body).await;
        return Err(Refusal::too_large(limit));
    }
    let mut content = BytesMut::with_capacity(announced);
    while let Some(piece) = next(&mut body).await? {
        if content.len() + piece.len() > limit {
            drop(content);
            drain(body).await;
            return Err(Refusal::too_large(limit));
        }
        content.extend_from_slice(&piece);
    }
    Ok(content.freeze())
}

/// The bytes that the body has at least, as its sender announced.
pub(crate) fn announced(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

/// The body as it comes in.
pub(crate) fn pieces(body: &mut Body) -> impl Stream<Item = Result<Bytes, UseCaseError>> + Send + Unpin {
    let broken = |_| UseCaseError::invalid("the body broke off before its end");
    BodyDataStream::new(body).map_err(broken)
}

/// Reads and drops what is left of a body, if it is not too much.
pub(crate) async fn drain(mut body: Body) {
    let mut seen = 0;
    while let Ok(Some(piece)) = next(&mut body).await {
        seen += piece.len();
        if seen > DRAINED {
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
