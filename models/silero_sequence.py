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


mirrored = node("Pad", ["chunks", numbers("pads", 0, 0, 0, 64)], "mirrored", mode="reflect")
framed = node("Conv", [node("Unsqueeze", [mirrored, numbers("axis_1", 1)], "one_channel"), weight("basis", weights["stft.forward_basis_buffer"])], "framed", kernel_shape=[256], strides=[128], dilations=[1], group=1, pads=[0, 0])
real, imaginary = node("Split", [framed, numbers("halves", 129, 129)], ["real", "imaginary"], axis=1)
layer = node("Sqrt", [node("Add", [node("Mul", [real, real], "real2"), node("Mul", [imaginary, imaginary], "imaginary2")], "power")], "magnitude")
for n, stride in enumerate([1, 2, 2, 1]):
    name = f"encoder.{n}.reparam_conv."
    convolved = node("Conv", [layer, weight(name + "weight", weights[name + "weight"]), weight(name + "bias", weights[name + "bias"])], f"convolved_{n}", kernel_shape=[3], strides=[stride], dilations=[1], group=1, pads=[1, 1])
    layer = node("Relu", [convolved], f"encoded_{n}")
# Chunks are the steps of the LSTM: [chunks, 128, 1] to [chunks, 1, 128].
steps = node("Transpose", [layer], "steps", perm=[0, 2, 1])
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
