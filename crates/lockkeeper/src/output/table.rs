//! Lists: one line for each thing, columns aligned.

use super::style::{DIM, paint};
use super::{escape, text};

/// The narrowest that a column is cut to.
const NARROWEST: usize = 12;
/// Columns of identifiers, which another command asks for: a part of one is of no use.
const WHOLE: [&str; 3] = ["id", "key", "backup"];

/// The rows below their headings. Columns that are empty in every row are left out; when the lines are
/// too long for the width, the widest column is cut that holds no identifiers.
pub(crate) fn render(headings: &[&str], rows: &[Vec<String>], width: usize) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| escape::line(cell).into_owned()).collect())
        .collect();
    let widths = column_widths(headings, &cells, width);
    let mut written = String::new();
    let titles: Vec<String> = headings.iter().map(|heading| heading.to_uppercase()).collect();
    written.push_str(&paint(DIM, &line(&titles, &widths)));
    written.push('\n');
    for row in &cells {
        written.push_str(&line(row, &widths));
        written.push('\n');
    }
    written
}

fn column_widths(headings: &[&str], rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let widest = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| text::width(cell))
            .max()
    };
    let mut widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| match widest(column) {
            Some(0) => 0,
            widest => widest.unwrap_or(0).max(text::width(heading)),
        })
        .collect();
    let total = |widths: &[usize]| {
        widths
            .iter()
            .filter(|width| **width > 0)
            .map(|width| width + 2)
            .sum::<usize>()
    };
    while total(&widths) > width + 2 {
        let Some(widest) = widths
            .iter_mut()
            .zip(headings)
            .filter(|(_, heading)| !WHOLE.contains(heading))
            .map(|(width, _)| width)
            .max_by_key(|width| **width)
            .filter(|width| **width > NARROWEST)
        else {
            break;
        };
        *widest -= 1;
    }
    widths
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
        line.push_str(&text::pad(&text::shorten(cell, *width), *width));
        line.push_str("  ");
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(rows: &[[&str; 3]], width: usize) -> String {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| row.iter().map(|&cell| cell.to_owned()).collect())
            .collect();
        anstream::adapter::strip_str(&render(&["key", "title", "label"], &rows, width)).to_string()
    }

    #[test]
    fn aligned_and_cut_at_the_widest_column() {
        let rows = [
            ["INFRA-1", "Add Redis for caching", ""],
            ["INFRA-12", "Bell\u{7}", ""],
        ];
        insta::assert_snapshot!(rendered(&rows, 28), @r"
        KEY       TITLE
        INFRA-1   Add Redis for cac…
        INFRA-12  Bell\u{7}
        ");
    }

    #[test]
    fn identifiers_are_whole() {
        let id = "0199f6f0-5a52-7cc3-9f0e-6f1f6f0f9f5b";
        let rows = [vec![
            id.to_owned(),
            "lockkeeper tf plan (staging/network)".to_owned(),
        ]];
        assert!(render(&["id", "label"], &rows, 30).contains(id));
    }

    #[test]
    fn too_narrow_is_still_readable() {
        let rows = [["INFRA-1", "Add Redis for caching", "something else"]];
        assert!(rendered(&rows, 10).contains("INFRA-1  Add Redis f…  something e…"));
    }
}
