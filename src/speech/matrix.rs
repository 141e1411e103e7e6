//! The little arithmetic the two networks share.

use nalgebra::{DMatrixView, DMatrixViewMut};

/// `out += a * b`, all row by row: `rows x inner` times `inner x columns`. (Column by column, as nalgebra reads them, all three are transposed.)
pub(super) fn multiply(a: &[f32], b: &[f32], out: &mut [f32], rows: usize, inner: usize, columns: usize) {
    let (a, b) = (DMatrixView::from_slice(a, inner, rows), DMatrixView::from_slice(b, columns, inner));
    DMatrixViewMut::from_slice(out, columns, rows).gemm(1.0, &b, &a, 1.0);
}

/// Rows become columns.
pub(super) fn transposed(rows: &[f32], columns: usize) -> Vec<f32> {
    let count = rows.len() / columns;
    let mut out = vec![0.0; rows.len()];
    for (row, values) in rows.chunks_exact(columns).enumerate() {
        for (column, value) in values.iter().enumerate() {
            out[column * count + row] = *value;
        }
    }
    out
}

pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

pub(super) fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

/// e^x to about 2e-7, without a branch or a call, so that a loop over it becomes vector instructions.
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to a whole number.
    let x = x.clamp(-87.0, 87.0);
    let whole = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    // ln 2 in two parts, so that the rest is exact.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let series = 1.0 + rest * (1.0 + rest * (0.5 + rest * (0.166_666_55 + rest * (0.041_665_795 + rest * (0.008_333_452 + rest * 0.001_388_888_9)))));
    series * f32::from_bits(((whole as i32 + 127) << 23) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_exponential_is_the_exponential() {
        for n in -8000..8000 {
            let x = n as f32 * 0.01;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-6, "{x}");
        }
        assert!((tanh(0.3) - 0.3_f32.tanh()).abs() < 1e-6 && (sigmoid(-20.0) - 2.061e-9).abs() < 1e-11);
    }

    #[test]
    fn rows_times_columns() {
        let mut out = vec![1.0; 2];
        multiply(&[1.0, 2.0, 3.0], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], &mut out, 1, 3, 2);
        assert_eq!(out, [1.0 + 1.0 + 3.0, 1.0 + 2.0 + 3.0]);
        assert_eq!(transposed(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}
