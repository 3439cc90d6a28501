use lockkeeper_store::portable::{Row, Value};

use crate::BackupError;
use crate::error::damaged;

/// A piece of rows has at least this many bytes, unless it is a table's last.
const LEAST: usize = 1 << 20;
/// And about this many more.
const USUAL: u64 = 1 << 20;
/// And never more than this many, with one row more.
const MOST: usize = 8 << 20;

/// Cuts the rows of a table into pieces.
///
/// Where to cut is decided by the rows' own keys, so that a row that comes or goes alters the piece that it
/// is in and not all that follow: what did not change is not written again.
#[derive(Debug, Default)]
pub(crate) struct RowPacker {
    rows: Vec<Row>,
    size: usize,
}

impl RowPacker {
    /// Adds a row; answers a piece when one is complete.
    pub(crate) fn add(&mut self, row: Row, key: &[Value]) -> Result<Option<Vec<Row>>, BackupError> {
        let size: usize = row.iter().map(Value::size).sum();
        let cut = ends_piece(key, size)?;
        self.rows.push(row);
        self.size += size;
        let complete = self.size >= MOST || (self.size >= LEAST && cut);
        Ok(complete.then(|| self.finish()).flatten())
    }

    /// Answers what is left.
    pub(crate) fn finish(&mut self) -> Option<Vec<Row>> {
        self.size = 0;
        let rows = std::mem::take(&mut self.rows);
        (!rows.is_empty()).then_some(rows)
    }
}

/// True for about one row in every [`USUAL`] bytes.
fn ends_piece(key: &[Value], size: usize) -> Result<bool, BackupError> {
    let key = postcard::to_stdvec(key).map_err(|_| damaged("the key of a row"))?;
    let hash = blake3::hash(&key);
    let drawn = hash
        .as_bytes()
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first));
    let size = u64::try_from(size).unwrap_or(USUAL).min(USUAL);
    Ok(drawn < (u64::MAX / USUAL).saturating_mul(size))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn pack(numbers: impl Iterator<Item = i64>) -> HashSet<Vec<Row>> {
        let (mut packer, mut pieces) = (RowPacker::default(), HashSet::new());
        for number in numbers {
            let row = vec![Value::Integer(number), Value::Text("x".repeat(500))];
            pieces.extend(packer.add(row, &[Value::Integer(number)]).unwrap());
        }
        pieces.extend(packer.finish());
        pieces
    }

    #[test]
    fn a_new_row_alters_few_pieces() {
        let before = pack((0..40_000).filter(|number| *number != 777));
        let after = pack(0..40_000);
        let rows: usize = after.iter().map(Vec::len).sum();
        assert_eq!(rows, 40_000);
        assert!(after.len() > 5, "{} pieces", after.len());
        assert!(after.difference(&before).count() <= 2);
    }
}
