//! Columns of text, aligned as Go's text/tabwriter does for Docker: at least ten wide, three spaces apart, the last one
//! as long as it is.
//!
//! What stands in a cell may come from an image or a container, so control characters are shown, not sent: a label
//! cannot move the cursor of whoever lists it.

use std::fmt::Write;

use super::print;

/// Including the space between columns.
const MIN_WIDTH: usize = 10;
const PADDING: usize = 3;

/// Aligns lines whose cells are separated by tabs, and ends each with a newline.
pub fn align(lines: &[impl AsRef<str>]) -> String {
    let rows: Vec<Vec<String>> = lines
        .iter()
        .flat_map(|line| line.as_ref().strip_suffix('\n').unwrap_or(line.as_ref()).split('\n'))
        .map(|line| line.split('\t').map(print::escape).collect())
        .collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        // The last cell of a row belongs to no column: nothing stands to its right.
        for (column, cell) in row[..row.len() - 1].iter().enumerate() {
            widths.resize(widths.len().max(column + 1), MIN_WIDTH);
            widths[column] = widths[column].max(cell.chars().count() + PADDING);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let (last, cells) = row.split_last().expect("a split string has at least one part");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(text, "{cell:<width$}"); // Writing to a String does not fail.
        }
        text.push_str(last);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_ten_wide_and_three_apart_and_the_last_is_not_padded() {
        assert_eq!(
            align(&["ID\tNAME\tX", "1234567890\tn\tlonger"]),
            "ID           NAME      X\n1234567890   n         longer\n"
        );
    }

    #[test]
    fn rows_may_have_fewer_cells_and_several_lines() {
        assert_eq!(align(&["A\tB", "c", "d\te\nf\tg\n"]), "A         B\nc\nd         e\nf         g\n");
        assert_eq!(align(&[] as &[&str]), "");
    }

    #[test]
    fn control_characters_are_shown_and_not_sent() {
        assert_eq!(align(&["\x1b[2Jx\rä\tb"]), "\\u001b[2Jx\\u000dä   b\n");
    }

    #[test]
    fn width_is_counted_in_characters() {
        assert_eq!(align(&["äöü\tb"]), "äöü       b\n");
    }
}
