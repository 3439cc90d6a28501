//! Lists come in pages, by opaque cursors.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lockkeeper_api::types::page::{Page, PageQuery};

use crate::problem::Refusal;

/// The most items on a page.
const LARGEST: u32 = 200;
/// The items on a page when the caller says nothing.
const USUAL: u32 = 50;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    cursor: Option<String>,
    limit: usize,
}

impl PageRequest {
    /// Reads what the query asks for.
    ///
    /// # Errors
    /// When the limit is out of its range, or the cursor is none of this server's.
    pub(crate) fn new(query: PageQuery) -> Result<Self, Refusal> {
        let limit = query.limit.unwrap_or(USUAL);
        if !(1..=LARGEST).contains(&limit) {
            return Err(Refusal::invalid(format!("limit is 1 to {LARGEST}, not {limit}")));
        }
        let cursor = query.cursor.map(|cursor| decode(&cursor)).transpose()?;
        Ok(Self {
            cursor,
            limit: limit as usize,
        })
    }

    /// The place behind which the page begins, or the one given for the first page.
    ///
    /// # Errors
    /// When the cursor comes from another list.
    pub(crate) fn after<T: FromStr>(&self, first: T) -> Result<T, Refusal> {
        match &self.cursor {
            None => Ok(first),
            Some(text) => text.parse().map_err(|_| bad_cursor()),
        }
    }

    /// How many rows to ask for: one more than the page holds, to know whether the list goes on.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::from(LARGEST)) + 1
    }

    /// Makes the page of the rows that were found; `key` is the place of a row in the list.
    pub(crate) fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> String,
        view: impl Fn(R) -> Result<T, Refusal>,
    ) -> Result<Page<T>, Refusal> {
        let goes_on = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| goes_on).map(|row| encode(&key(row)));
        let items: Result<Vec<T>, Refusal> = rows.into_iter().map(view).collect();
        Ok(Page {
            items: items?,
            next_cursor,
        })
    }

    /// How many items stand before the page, for lists whose rows have no key of their own.
    ///
    /// # Errors
    /// When the cursor comes from another list.
    pub(crate) fn offset(&self) -> Result<i64, Refusal> {
        let offset = self.after(0_u32)?;
        Ok(i64::from(offset))
    }

    /// Makes the page of rows that begin at the offset.
    ///
    /// # Errors
    /// When the cursor comes from another list, or a row cannot be shown.
    pub(crate) fn page_from_offset<R, T>(
        &self,
        rows: Vec<R>,
        view: impl Fn(R) -> Result<T, Refusal>,
    ) -> Result<Page<T>, Refusal> {
        let next = self.offset()? + self.rows() - 1;
        self.page(rows, |_| next.to_string(), view)
    }

    /// Makes the page of a list that is there as a whole.
    ///
    /// # Errors
    /// When the cursor comes from another list, or a row cannot be shown.
    pub(crate) fn page_of_all<R, T>(
        &self,
        rows: Vec<R>,
        view: impl Fn(R) -> Result<T, Refusal>,
    ) -> Result<Page<T>, Refusal> {
        let offset = usize::try_from(self.offset()?).unwrap_or(usize::MAX);
        let rows = rows.into_iter().skip(offset).take(self.limit + 1).collect();
        self.page_from_offset(rows, view)
    }
}

fn encode(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

fn decode(cursor: &str) -> Result<String, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_cursor())?;
    let text = String::from_utf8(bytes).map_err(|_| bad_cursor())?;
    if text.is_empty() || text.contains('\0') {
        return Err(bad_cursor());
    }
    Ok(text)
}

fn bad_cursor() -> Refusal {
    Refusal::invalid("the cursor is not one that this list answered")
        .hint("leave it out to begin with the first page")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cursor: Option<&str>, limit: Option<u32>) -> Result<PageRequest, Refusal> {
        PageRequest::new(PageQuery {
            cursor: cursor.map(str::to_owned),
            limit,
        })
    }

    #[test]
    fn one_row_more_than_the_page_holds_gives_a_cursor() {
        let first = request(None, Some(2)).unwrap();
        assert_eq!(first.rows(), 3);
        let page = first.page(vec![1, 2, 3], i32::to_string, Ok).unwrap();
        assert_eq!(page.items, [1, 2]);
        let second = request(page.next_cursor.as_deref(), Some(2)).unwrap();
        assert_eq!(second.after(0).unwrap(), 2);
        let page = second.page(vec![3], i32::to_string, Ok).unwrap();
        assert_eq!((page.items, page.next_cursor), (vec![3], None));
    }

    #[test]
    fn offsets_go_on_where_the_page_ended() {
        let all = || (0..5).collect::<Vec<i32>>();
        let (mut cursor, mut seen) = (None, Vec::new());
        loop {
            let page = request(cursor.as_deref(), Some(2)).unwrap();
            let page = page.page_of_all(all(), Ok).unwrap();
            seen.push(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [vec![0, 1], vec![2, 3], vec![4]]);
    }

    #[test]
    fn what_no_list_answered_is_refused() {
        for cursor in ["", "=", "a", "///", "_w", "AA"] {
            assert_eq!(request(Some(cursor), None).unwrap_err().status(), 400, "{cursor}");
        }
        let huge = encode("99999999999999999999");
        let page = request(Some(&huge), None).unwrap();
        assert_eq!(page.after(0_i64).unwrap_err().status(), 400);
        assert_eq!(page.offset().unwrap_err().status(), 400);
        for limit in [0, 201, u32::MAX] {
            assert_eq!(request(None, Some(limit)).unwrap_err().status(), 400);
        }
    }
}
