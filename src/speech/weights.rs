//! Weights that ship inside the program: 16-bit floats in a safetensors file.

use crate::error::{Error, ErrorKind, Result};
use half::f16;
use safetensors::SafeTensors;

/// A file of weights.
pub(super) struct Weights<'a> {
    tensors: SafeTensors<'a>,
    doing: &'static str,
}

impl<'a> Weights<'a> {
    /// # Errors
    /// Only through a mistake in the build.
    pub fn read(doing: &'static str, bytes: &'a [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|err| Error::new(ErrorKind::Bug, doing, err))?;
        Ok(Self { tensors, doing })
    }

    /// The values of one tensor, of which there must be `count`.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn tensor(&self, name: &str, count: usize) -> Result<Vec<f32>> {
        let view = self.tensors.tensor(name).map_err(|err| Error::new(ErrorKind::Bug, self.doing, err))?;
        let values: Vec<f32> = view.data().chunks_exact(2).map(|two| f16::from_le_bytes([two[0], two[1]]).to_f32()).collect();
        let wrong = || Error::new(ErrorKind::Bug, self.doing, format!("{name} has {} values", values.len()));
        if values.len() == count { Ok(values) } else { Err(wrong()) }
    }
}
