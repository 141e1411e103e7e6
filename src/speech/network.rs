//! Runs the neural networks that ship inside the program: ONNX files, by rten.
//!
//! A network is loaded when it is first needed and let go of when nobody holds it any more. Each thread that runs one has a worker of its own,
//! which inherits the thread's priority: what is heard while recording stands back behind all else.

use crate::error::{Error, ErrorKind, Result};
use rten::{Model, NodeId, RunOptions, ThreadPool, Value, ValueView};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A network inside the program.
pub(super) struct Shipped {
    name: &'static str,
    bytes: &'static [u8],
    loaded: Mutex<Weak<Network>>,
}

/// A network in memory.
pub(super) struct Network {
    name: &'static str,
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
}

thread_local! {
    /// One worker: with more a network is not twice as fast, and the recogniser needs the other cores.
    static WORKER: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
}

impl Shipped {
    pub const fn new(name: &'static str, bytes: &'static [u8]) -> Self {
        Self { name, bytes, loaded: Mutex::new(Weak::new()) }
    }

    /// The network in memory: the one that somebody holds, or loaded anew in up to 0.05 s.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn load(&self) -> Result<Arc<Network>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = loaded.upgrade() {
            return Ok(network);
        }
        let model = Model::load_static_slice(self.bytes).map_err(|err| Error::new(ErrorKind::Bug, self.name, err))?;
        let (inputs, outputs) = (model.input_ids().to_vec(), model.output_ids().to_vec());
        let network = Arc::new(Network { name: self.name, model, inputs, outputs });
        *loaded = Arc::downgrade(&network);
        Ok(network)
    }
}

impl Network {
    /// The network's outputs, in its order, for its inputs, in its order: each a shape and as many values.
    ///
    /// # Errors
    /// Only through a mistake in the build: shapes that are not the network's.
    pub fn run(&self, inputs: &[(&[usize], &[f32])]) -> Result<Vec<Vec<f32>>> {
        let bug = |err: &dyn std::fmt::Display| Error::new(ErrorKind::Bug, self.name, err.to_string());
        let mut given = Vec::with_capacity(inputs.len());
        for (&id, &(shape, values)) in self.inputs.iter().zip(inputs) {
            given.push((id, ValueView::from_shape(shape, values).map_err(|err| bug(&err))?.into()));
        }
        let options = RunOptions::default().with_thread_pool(Some(WORKER.with(Arc::clone)));
        let found = self.model.run(given, &self.outputs, Some(options)).map_err(|err| bug(&err))?;
        // Copied: what is found may lie in a large buffer of the run, which whoever keeps a few values would keep with them.
        let values = |value: Value| value.into_tensor::<f32>().map(|tensor| tensor.into_data().as_slice().to_vec()).ok_or_else(|| bug(&"not 32-bit floats"));
        found.into_iter().map(values).collect()
    }
}
