#!/usr/bin/env python3
"""Makes silero_vad_16k_f16.onnx of the file that the Python package silero-vad 6.2.3 carries: silero_sequence.py SOURCE.onnx TARGET.onnx

The same weights, stored as 16-bit floats, and the same steps, for 16 kHz only and for many chunks of one sound in one call: the LSTM goes from chunk
to chunk inside the network, where the source has to be called once for every 32 ms. Needs the Python packages onnx and numpy.
"""
import sys
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

source = onnx.load(sys.argv[1])
branches = next(node for node in source.graph.node if node.op_type == "If")
at_16_khz = next(attribute.g for attribute in branches.attribute if attribute.name == "then_branch")
weights = {node.output[0].split("__Inline_0__")[-1]: numpy_helper.to_array(node.attribute[0].t) for node in at_16_khz.node if node.op_type == "Constant"}

nodes, stored = [], []


def weight(name, value):
    stored.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float16), name + "_f16"))
    nodes.append(helper.make_node("Cast", [name + "_f16"], [name], to=TensorProto.FLOAT))
    return name


def numbers(name, *values):
    stored.append(numpy_helper.from_array(np.array(values, np.int64), name))
    return name


def node(kind, inputs, output, **attributes):
    nodes.append(helper.make_node(kind, inputs, output if isinstance(output, list) else [output], **attributes))
    return output


def gates(value):
    """PyTorch's order input, forget, cell, output becomes ONNX's input, output, forget, cell."""
    i, f, c, o = np.split(value, 4)
    return np.concatenate([i, o, f, c])


def slice_of(value, output, start, end, step=1):
    """Frames `start` to `end` of each chunk, every `step`th."""
    return node("Slice", [value, *(numbers(f"{output}_{part}", number) for part, number in [("start", start), ("end", end), ("axis", 1), ("step", step)])], output)


def layer_of(n, frames, taps, after):
    """A convolution of the encoder as one product for all frames of all chunks: `frames` holds the `taps` of each side by side."""
    name = f"encoder.{n}.reparam_conv."
    matrix = np.concatenate([weights[name + "weight"][:, :, tap].T for tap in taps])
    rows = node("Reshape", [frames, numbers(f"rows_{n}", -1, matrix.shape[0])], f"frames_{n}")
    product = node("Gemm", [rows, weight(name + "weight", matrix), weight(name + "bias", weights[name + "bias"])], f"convolved_{n}")
    return node("Reshape", [node("Relu", [product], f"rectified_{n}"), numbers(f"shape_{n}", -1, after, matrix.shape[1])], f"encoded_{n}")


def beside_neighbours(n, frames, count, step):
    """Of every `step`th of `count` frames: the one before, itself and the one after, side by side, with silence around each chunk."""
    padded = node("Pad", [frames, numbers(f"pads_{n}", 0, 1, 0, 0, 1, 0)], f"padded_{n}")
    return node("Concat", [slice_of(padded, f"tap_{n}_{tap}", tap, tap + count, step) for tap in range(3)], f"taps_{n}", axis=2)


# Products of large matrices, because a convolution over the four frames of each chunk by itself leaves most of the processor's lanes empty.
mirrored = node("Pad", ["chunks", numbers("pads", 0, 0, 0, 64)], "mirrored", mode="reflect")
hops = node("Reshape", [mirrored, numbers("hops_shape", -1, 5, 128)], "hops")
windows = node("Concat", [slice_of(hops, "first_halves", 0, 4), slice_of(hops, "second_halves", 1, 5)], "windows", axis=2)
rows = node("Reshape", [windows, numbers("window_rows", -1, 256)], "window_of_row")
framed = node("MatMul", [rows, weight("basis", weights["stft.forward_basis_buffer"][:, 0].T)], "framed")
real, imaginary = node("Split", [framed, numbers("halves", 129, 129)], ["real", "imaginary"], axis=1)
power = node("Add", [node("Mul", [real, real], "real2"), node("Mul", [imaginary, imaginary], "imaginary2")], "power")
magnitude = node("Reshape", [node("Sqrt", [power], "root"), numbers("magnitude_shape", -1, 4, 129)], "magnitude")
# Four frames, then two, then one: before the first of two is silence, and around the last one is nothing else.
four = layer_of(0, beside_neighbours(0, magnitude, 4, 1), [0, 1, 2], 4)
two = layer_of(1, beside_neighbours(1, four, 4, 2), [0, 1, 2], 2)
one = layer_of(2, two, [1, 2], 1)
# Chunks are the steps of the LSTM: [chunks, 1, 128].
steps = layer_of(3, one, [1], 1)
bias = np.concatenate([gates(weights["decoder.rnn.bias_ih"]), gates(weights["decoder.rnn.bias_hh"])])[None]
lstm = [steps, weight("input_weight", gates(weights["decoder.rnn.weight_ih"])[None]), weight("recurrent_weight", gates(weights["decoder.rnn.weight_hh"])[None]), weight("lstm_bias", bias), "", "hidden", "cell"]
said, _, _ = node("LSTM", lstm, ["said", "hidden_after", "cell_after"], hidden_size=128)
flat = node("Reshape", [node("Relu", [said], "said_relu"), numbers("rows", -1, 128)], "flat")
sum_ = node("Gemm", [flat, weight("final_weight", weights["decoder.decoder.2.weight"][0]), weight("final_bias", weights["decoder.decoder.2.bias"])], "sum")
node("Reshape", [node("Sigmoid", [sum_], "sigmoid"), numbers("one_row", -1)], "probability")

value = helper.make_tensor_value_info
inputs = [value("chunks", TensorProto.FLOAT, ["count", 576])] + [value(name, TensorProto.FLOAT, [1, 1, 128]) for name in ("hidden", "cell")]
outputs = [value("probability", TensorProto.FLOAT, ["count"])] + [value(name, TensorProto.FLOAT, [1, 1, 128]) for name in ("hidden_after", "cell_after")]
graph = helper.make_graph(nodes, "silero_vad_16k", inputs, outputs, stored)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, sys.argv[2])
