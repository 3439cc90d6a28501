//! Lists that come in pages.

use super::ClientError;
use super::send::Request;
use crate::types::page::{Page, PageQuery};

/// The most items that the server puts on one page.
const LARGEST_PAGE: u32 = 200;

/// Fetches pages until there are `limit` items or no more. The answer's `next_cursor` is there when
/// the list goes on.
///
/// # Errors
/// What `fetch` answers.
pub async fn collect<T>(
    limit: usize,
    fetch: impl AsyncFn(PageQuery) -> Result<Page<T>, ClientError>,
) -> Result<Page<T>, ClientError> {
    let mut collected = Page {
        items: Vec::new(),
        next_cursor: None,
    };
    loop {
        let missing = limit.saturating_sub(collected.items.len());
        if missing == 0 {
            return Ok(collected);
        }
        let asked = u32::try_from(missing).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
        let page = fetch(PageQuery {
            cursor: collected.next_cursor.clone(),
            limit: Some(asked),
        })
        .await?;
        // A server that answers the cursor that it was given would keep the client for ever.
        let goes_on = page.next_cursor.is_some() && page.next_cursor != collected.next_cursor;
        collected.items.extend(page.items.into_iter().take(missing));
        collected.next_cursor = page.next_cursor.filter(|_| goes_on);
        if !goes_on {
            return Ok(collected);
        }
    }
}

impl Request {
    /// Asks for one page.
    pub(super) fn page(self, page: &PageQuery) -> Self {
        let limit = page.limit.map(|limit| limit.to_string());
        self.query(&[("cursor", page.cursor.as_deref()), ("limit", limit.as_deref())])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A list of numbers from 0, `size` on a page at most.
    async fn numbers(total: usize, size: usize, query: PageQuery) -> Page<usize> {
        let start = query.cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let end = total.min(start + size.min(query.limit.unwrap() as usize));
        Page {
            items: (start..end).collect(),
            next_cursor: (end < total).then(|| end.to_string()),
        }
    }

    #[tokio::test]
    async fn pages_are_joined_up_to_the_limit() {
        let page = collect(usize::MAX, async |query| Ok(numbers(450, 200, query).await))
            .await
            .unwrap();
        assert_eq!((page.items.len(), page.next_cursor), (450, None));
        let page = collect(7, async |query| Ok(numbers(450, 5, query).await))
            .await
            .unwrap();
        assert_eq!(
            (page.items, page.next_cursor.as_deref()),
            ((0..7).collect(), Some("7"))
        );
    }

    #[tokio::test]
    async fn a_cursor_that_stands_still_ends_the_list() {
        let asked = Mutex::new(0);
        let page = collect(usize::MAX, async |_| {
            *asked.lock().unwrap() += 1;
            Ok(Page {
                items: vec![1],
                next_cursor: Some("same".to_owned()),
            })
        });
        assert_eq!(page.await.unwrap().items, [1, 1]);
        assert_eq!(*asked.lock().unwrap(), 2);
    }
}
