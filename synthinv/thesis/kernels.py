"""Compiled loops of the thesis network's training, each a single pass over its arrays.

They are kept in one file because numba's cache does not notice changes in other files.
"""

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BLOCK = 1024
"""Weights of a row that are updated at a time: they and their gradient fit into the cache."""
LANES = 160
"""Most floats that are summed at a time in registers."""
POOLED_ROWS, IMAGE_ROWS = 8, 16
"""Rows that the sparse gradients work on at a time, such that their inputs stay in the cache."""
ZERO, ONE = np.float32(0), np.float32(1)
RECTIFIED = np.uint8(4)
"""Winner of four pixels of which none is positive; otherwise, the number of the largest, 0 to 3."""


def _compiled(function: Callable[..., Any]) -> Any:
    # Vector registers can only be filled if the compiler may reorder sums; the order it chooses is
    # the same every time.
    options = {"cache": True, "nogil": True, "error_model": "numpy"}
    return numba.njit(fastmath={"contract", "reassoc"}, **options)(function)


def _inlined(function: Callable[..., Any]) -> Any:
    return numba.njit(forceinline=True, error_model="numpy", fastmath={"contract", "reassoc"})(
        function
    )


@functools.cache
def pooled_convolution(size: int, channels: int) -> Any:
    """Compile a convolution with 2 × 2 max-pooling and rectification.

    Parameters
    ----------
    size : int
        Side of the square kernels.
    channels : int
        Number of kernels.

    Returns
    -------
    function of (images, taps, bias, pooled, winners, start, stop)
        Computes the rows of pooled pixels from `start` to before `stop`, counted over all images.

        images : float32 array [n, height, width], padded.
        taps : float32 array [size, size, channels], the kernels.
        bias : float32 array [channels].
        pooled : float32 array [n, rows, columns, channels], receives the pooled pixels.
        winners : uint8 array [n, rows, columns, channels], receives which of the four pixels was
        the largest, or `RECTIFIED`.
    """

    # The sizes are constants, so that the loop over a row of taps is unrolled and its sums stay in
    # registers.
    @_compiled
    def convolve(images, taps, bias, pooled, winners, start, stop):  # type: ignore[no-untyped-def]
        rows, columns = pooled.shape[1:3]
        sums = np.empty((4, channels), np.float32)
        for row in range(start, stop):
            n, i = row // rows, row % rows
            for j in range(columns):
                window = images[n, 2 * i : 2 * i + size + 1, 2 * j : 2 * j + size + 1]
                for k in range(4):
                    for c in range(channels):
                        sums[k, c] = bias[c]
                for u in range(size):
                    for c in range(channels):
                        s, t, w, x = sums[0, c], sums[1, c], sums[2, c], sums[3, c]
                        for v in range(size):
                            tap = taps[u, v, c]
                            s += window[u, v] * tap
                            t += window[u, v + 1] * tap
                            w += window[u + 1, v] * tap
                            x += window[u + 1, v + 1] * tap
                        sums[0, c], sums[1, c], sums[2, c], sums[3, c] = s, t, w, x
                for c in range(channels):
                    largest, winner = ZERO, RECTIFIED
                    for k in range(4):
                        if sums[k, c] > largest:
                            largest, winner = sums[k, c], np.uint8(k)
                    pooled[n, i, j, c], winners[n, i, j, c] = largest, winner

    return convolve


@functools.cache
def pooled_convolution_gradient(size: int, channels: int) -> Any:
    """Compile the gradient of `pooled_convolution` with respect to kernels and biases.

    Parameters
    ----------
    size, channels : int
        As for `pooled_convolution`.

    Returns
    -------
    function of (images, gradient, winners, taps, bias, start, stop)
        Works on rows from `start` to before `stop`, as `pooled_convolution` does.

        images : float32 array [n, height, width], padded.
        gradient : float32 array [n, rows, columns, channels], with respect to the pooled pixels.
        winners : uint8 array [n, rows, columns, channels], as `pooled_convolution` wrote them.
        taps : float32 array [size, size, channels], receives the gradient of the kernels.
        bias : float32 array [channels], receives the gradient of the biases.
    """

    @_compiled
    def compute_gradients(images, gradient, winners, taps, bias, start, stop):  # type: ignore[no-untyped-def]
        rows, columns = gradient.shape[1:3]
        parts = np.empty((4, channels), np.float32)
        # New arrays, because the compiler must assume that arguments may overlap.
        sums, biases = np.zeros((size, size, channels), np.float32), np.zeros(channels, np.float32)
        for row in range(start, stop):
            n, i = row // rows, row % rows
            for j in range(columns):
                window = images[n, 2 * i : 2 * i + size + 1, 2 * j : 2 * j + size + 1]
                for c in range(channels):
                    pooled, winner = gradient[n, i, j, c], winners[n, i, j, c]
                    for k in range(4):
                        parts[k, c] = pooled if winner == k else ZERO
                    biases[c] += pooled if winner < RECTIFIED else ZERO
                for u in range(size):
                    own = sums[u]
                    for c in range(channels):
                        p, q, r, s = parts[0, c], parts[1, c], parts[2, c], parts[3, c]
                        for v in range(size):
                            above = window[u, v] * p + window[u, v + 1] * q
                            own[v, c] += above + (window[u + 1, v] * r + window[u + 1, v + 1] * s)
        taps[:], bias[:] = sums, biases

    return compute_gradients


@_compiled
def largest_of_four(convolved, pooled, winners, start, stop):  # type: ignore[no-untyped-def]
    """Pool and rectify the rows of pooled pixels from `start` to before `stop` of all images.

    Unlike in PyTorch, NaN counts as not positive.

    Parameters
    ----------
    convolved : float32 array [n, height, width, channels]
        Images.
    pooled : float32 array [n, height // 2, width // 2, channels]
        Receives the pooled pixels.
    winners : uint8 array [n, height // 2, width // 2, channels]
        Receives which of the four pixels was the largest, or `RECTIFIED`.
    start, stop : int
        First row, and the one after the last.
    """
    rows, columns, channels = pooled.shape[1:]
    for row in range(start, stop):
        n, i = row // rows, row % rows
        for j in range(columns):
            top, bottom = convolved[n, 2 * i, 2 * j :], convolved[n, 2 * i + 1, 2 * j :]
            for c in range(channels):
                largest, winner = ZERO, RECTIFIED
                if top[0, c] > largest:
                    largest, winner = top[0, c], np.uint8(0)
                if top[1, c] > largest:
                    largest, winner = top[1, c], np.uint8(1)
                if bottom[0, c] > largest:
                    largest, winner = bottom[0, c], np.uint8(2)
                if bottom[1, c] > largest:
                    largest, winner = bottom[1, c], np.uint8(3)
                pooled[n, i, j, c], winners[n, i, j, c] = largest, winner


@_compiled
def copy_channels(images, used, padding, padded, start, stop):  # type: ignore[no-untyped-def]
    """Copy some channels of images, with zeros around them.

    Parameters
    ----------
    images : float32 array [n, height, width, channels]
        Images.
    used : int64 array [count]
        Indices of the channels.
    padding : int
        Pixels of zero padding on each side.
    padded : float32 array [n, height + 2 · padding, width + 2 · padding, count]
        Receives the channels.
    start, stop : int
        First row of the padded images, counted over all of them, and the one after the last.
    """
    height, width = images.shape[1:3]
    for line in range(start, stop):
        n, row = line // padded.shape[1], line % padded.shape[1] - padding
        out = padded[n, row + padding]
        out[:] = ZERO
        if 0 <= row < height:
            for j in range(width):
                for k in range(len(used)):
                    out[j + padding, k] = images[n, row, j, used[k]]


@_compiled
def spread_channels(images, used, every, start, stop):  # type: ignore[no-untyped-def]
    """Copy images into some channels of others, and zeros into their other channels.

    Parameters
    ----------
    images : float32 array [n, height, width, count]
        Images.
    used : int64 array [count]
        Indices of their channels.
    every : float32 array [n, height, width, channels]
        Receives the channels.
    start, stop : int
        First row, counted over all images, and the one after the last.
    """
    height, width = images.shape[1:3]
    for line in range(start, stop):
        n, row = line // height, line % height
        every[n, row] = ZERO
        for j in range(width):
            for k in range(len(used)):
                every[n, row, j, used[k]] = images[n, row, j, k]


@intrinsic(prefer_literal=True)
def _add_rows(_, sums, at, source, starts, factors, first, end, length):  # type: ignore[no-untyped-def]
    """Add rows of an array, each times a factor, to a row of sums that stays in registers.

    For every k from `first` to before `end`, `factors[k] * source[starts[k] : starts[k] + length]`
    is added to `sums[at : at + length]`. The arrays have one dimension and hold float32; `starts`
    holds int64. `length` is a constant. This is written in LLVM's instructions because a loop in
    Python is compiled such that its sums go through memory for every few rows.
    """
    index, pointers = types.intp, (0, 2, 3, 4)
    kinds = sums, index, source, starts, factors, index, index, length

    def generate(context, builder, _, values):  # type: ignore[no-untyped-def]
        to, rows, offsets, scales = (
            context.make_array(kinds[k])(context, builder, values[k]).data for k in pointers
        )
        to = builder.gep(to, [values[1]])
        for part in range(0, length.literal_value, LANES):
            vectors = _vectors(part, min(part + LANES, length.literal_value))
            totals = [cgutils.alloca_once(builder, kind) for _, kind in vectors]
            for (lane, kind), total in zip(vectors, totals, strict=True):
                builder.store(builder.load(_address(builder, to, lane, kind), align=4), total)
            one = ir.Constant(ir.IntType(64), 1)
            with cgutils.for_range_slice(builder, values[5], values[6], one) as (k, _count):
                row = builder.gep(rows, [builder.load(builder.gep(offsets, [k]))])
                scale = builder.load(builder.gep(scales, [k]))
                for (lane, kind), total in zip(vectors, totals, strict=True):
                    floats = builder.load(_address(builder, row, lane, kind), align=4)
                    factor = _repeated(builder, scale, kind)
                    scaled = builder.fmul(factor, floats, flags=("contract",))
                    new = builder.fadd(builder.load(total), scaled, flags=("contract",))
                    builder.store(new, total)
            for (lane, kind), total in zip(vectors, totals, strict=True):
                builder.store(builder.load(total), _address(builder, to, lane, kind), align=4)
        return context.get_dummy_value()

    return types.void(*kinds), generate


def _vectors(lane: int, end: int) -> list[tuple[int, Any]]:
    """Cut a row of floats into vectors of 16, the rest into smaller ones.

    Returns the index of the first float and LLVM's type of each vector.
    """
    vectors = []
    while lane < end:
        width = next(w for w in (16, 8, 4, 2, 1) if w <= end - lane)
        vectors.append((lane, ir.VectorType(ir.FloatType(), width)))
        lane += width
    return vectors


def _address(builder: Any, row: Any, lane: int, kind: Any) -> Any:
    place = builder.gep(row, [ir.Constant(ir.IntType(64), lane)])
    return builder.bitcast(place, kind.as_pointer())


def _repeated(builder: Any, scalar: Any, kind: Any) -> Any:
    """Return a vector of which every element is `scalar`."""
    undefined, number = ir.Constant(kind, ir.Undefined), ir.IntType(32)
    first = builder.insert_element(undefined, scalar, ir.Constant(number, 0))
    zeros = ir.Constant(ir.VectorType(number, kind.count), [0] * kind.count)
    return builder.shuffle_vector(first, undefined, zeros)


@functools.cache
def sparse_weights_gradient(length: int) -> Any:
    """Compile the gradient of convolution, pooling and rectification with respect to the kernels.

    Of four pixels, only the largest has a gradient, and only if it is positive. So each kernel's
    gradient is a sum over the pixels of its channel that won.

    Parameters
    ----------
    length : int
        Number of floats in a row of a kernel: its pixels, each with all channels of the image.

    Returns
    -------
    function of (images, gradient, winners, weights, biases, start, stop)
        Works on the rows of pooled pixels from `start` to before `stop`, counted over all images.

        images : float32 array [n, height, width, inputs], padded.
        gradient : float32 array [n, rows, columns, channels], with respect to the pooled pixels.
        winners : uint8 array [n, rows, columns, channels], as `largest_of_four` wrote them.
        weights : float32 array [channels, size, length], receives the gradient of the kernels.
        biases : float32 array [channels], receives the gradient of the biases.
    """

    @_compiled
    def compute_gradients(images, gradient, winners, weights, biases, start, stop):  # type: ignore[no-untyped-def]
        rows, columns, channels = gradient.shape[1:]
        height, width, inputs = images.shape[1:]
        size = weights.shape[1]
        pixels, line = images.reshape(-1), width * inputs
        sums, biases[:] = np.zeros(weights.size, np.float32), ZERO
        # For every channel, the pixels that won: first floats of their windows, and gradients.
        most = POOLED_ROWS * columns
        starts = np.empty(channels * most, np.int64)
        factors = np.empty(channels * most, np.float32)
        ends = np.empty(channels, np.int64)
        for block in range(start, stop, POOLED_ROWS):
            for c in range(channels):
                ends[c] = c * most
            for row in range(block, min(block + POOLED_ROWS, stop)):
                n, i = row // rows, row % rows
                for j in range(columns):
                    corner = ((n * height + 2 * i) * width + 2 * j) * inputs
                    for c in range(channels):
                        factor, winner = gradient[n, i, j, c], np.int64(winners[n, i, j, c])
                        starts[ends[c]] = corner + (winner >> 1) * line + (winner & 1) * inputs
                        factors[ends[c]] = factor
                        # Not a branch, which the processor could not predict.
                        ends[c] += (winner < RECTIFIED) & (factor != ZERO)
            for c in range(channels):
                # A sum of its own: as arrays may overlap, the compiler would add in another order
                # if biases and factors happened to be close to each other in memory.
                total = ZERO
                for k in range(c * most, ends[c]):
                    total += factors[k]
                biases[c] += total
                for u in range(size):
                    at, window = (c * size + u) * length, pixels[u * line :]
                    _add_rows(sums, at, window, starts, factors, c * most, ends[c], length)
        weights[:] = sums.reshape(weights.shape)

    return compute_gradients


@functools.cache
def sparse_images_gradient(length: int) -> Any:
    """Compile the gradient of convolution, pooling and rectification with respect to the images.

    Parameters
    ----------
    length : int
        As for `sparse_weights_gradient`.

    Returns
    -------
    function of (kernels, gradient, winners, padding, images, start, stop)
        Works on blocks of `IMAGE_ROWS` rows of the images, from number `start` to before `stop`,
        counted over all images. An image has ⌈height / `IMAGE_ROWS`⌉ blocks.

        kernels : float32 array [size, channels, length].
        gradient : float32 array [n, rows, columns, channels], with respect to the pooled pixels.
        winners : uint8 array [n, rows, columns, channels], as `largest_of_four` wrote them.
        padding : int, pixels of zero padding on each side of the images.
        images : float32 array [n, height, width, inputs], receives the gradient of the images
        without padding.
    """

    @_compiled
    def compute_gradients(kernels, gradient, winners, padding, images, start, stop):  # type: ignore[no-untyped-def]
        size, channels = kernels.shape[:2]
        rows, columns = gradient.shape[1:3]
        height, width, inputs = images.shape[1:]
        blocks = -(-height // IMAGE_ROWS)
        taps, line = kernels.reshape(-1), (width + 2 * padding) * inputs
        sums = np.empty(IMAGE_ROWS * line, np.float32)
        # For every pixel before pooling, the channels in which it won: the first floats of their
        # kernels, and their gradients. Channels in which none of the four won go to a fifth pixel,
        # which the next four overwrite.
        most = (IMAGE_ROWS + size) // 2 + 1
        starts = np.empty((4 * most * columns + 1) * channels, np.int64)
        factors = np.empty(len(starts), np.float32)
        ends = np.empty(4 * most * columns + 1, np.int64)
        for block in range(start, stop):
            n, top = block // blocks, block % blocks * IMAGE_ROWS
            bottom = min(top + IMAGE_ROWS, height)
            # Pooled rows whose windows reach into the block.
            first = max(top + padding - size + 1, 0) // 2
            end = min((bottom - 1 + padding) // 2 + 1, rows)
            for i in range(first, end):
                for j in range(columns):
                    pixel = 4 * ((i - first) * columns + j)
                    for k in range(pixel, pixel + 5):
                        ends[k] = k * channels
                    for c in range(channels):
                        factor = gradient[n, i, j, c]
                        k = pixel + (winners[n, i, j, c] if factor != ZERO else RECTIFIED)
                        starts[ends[k]], factors[ends[k]] = c * length, factor
                        ends[k] += 1
            sums[:] = ZERO
            for u in range(size):
                row_taps = taps[u * channels * length :]
                for row in range(top, bottom):
                    y = row + padding - u
                    if y < 2 * first or y >= 2 * end:
                        continue
                    for x in range(2 * columns):
                        k = 4 * ((y // 2 - first) * columns + x // 2) + y % 2 * 2 + x % 2
                        at, own = (row - top) * line + x * inputs, k * channels
                        _add_rows(sums, at, row_taps, starts, factors, own, ends[k], length)
            for row in range(top, bottom):
                own = (row - top) * line + padding * inputs
                for x in range(width):
                    for c in range(inputs):
                        images[n, row, x, c] = sums[own + x * inputs + c]

    return compute_gradients


@_inlined
def _gradient(weights, left, right, row, begin, decay, out):  # type: ignore[no-untyped-def]
    """Compute the gradient of some weights of a row: that of the loss plus that of the penalty."""
    for k in range(len(weights)):
        out[k] = decay * weights[k]
    for b in range(left.shape[0]):
        factor, inputs = left[b, row], right[b, begin : begin + len(weights)]
        for k in range(len(weights)):
            out[k] += factor * inputs[k]


@_compiled
def sgd(weights, states, left, right, decay, settings, start, stop):  # type: ignore[no-untyped-def]
    """Update some columns of a matrix of weights by gradient descent.

    All update rules have these arguments.

    Parameters
    ----------
    weights : float32 array [rows, columns]
        Weights, updated in place.
    states : tuple of float32 array [rows, columns]
        The optimiser's running averages, updated in place.
    left, right : float32 array [n, rows] and [n, columns]
        Factors of the gradient, which is leftᵀ right.
    decay : float32
        Factor k of the penalty's gradient kθ.
    settings : tuple of float32
        The rule's settings, in the order of its first statement.
    start, stop : int
        First column, and the one after the last.
    """
    (rate,) = settings
    gradient = np.empty(BLOCK, np.float32)
    for begin in range(start, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        for i in range(len(weights)):
            w = weights[i, begin:end]
            _gradient(w, left, right, i, begin, decay, gradient)
            for k in range(len(w)):
                w[k] -= rate * gradient[k]


@_compiled
def adagrad(weights, states, left, right, decay, settings, start, stop):  # type: ignore[no-untyped-def]
    """Update by AdaGrad (Duchi et al., 2011, section 1.1)."""
    rate, epsilon = settings
    gradient = np.empty(BLOCK, np.float32)
    for begin in range(start, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        for i in range(len(weights)):
            w, squares = weights[i, begin:end], states[0][i, begin:end]
            _gradient(w, left, right, i, begin, decay, gradient)
            for k in range(len(w)):
                g = gradient[k]
                squares[k] += g * g
                w[k] -= rate * g / (np.sqrt(squares[k]) + epsilon)


@_compiled
def adadelta(weights, states, left, right, decay, settings, start, stop):  # type: ignore[no-untyped-def]
    """Update by AdaDelta (Zeiler, 2012, algorithm 1)."""
    rate, rho, epsilon = settings
    gradient = np.empty(BLOCK, np.float32)
    for begin in range(start, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        for i in range(len(weights)):
            w = weights[i, begin:end]
            squares, steps = states[0][i, begin:end], states[1][i, begin:end]
            _gradient(w, left, right, i, begin, decay, gradient)
            for k in range(len(w)):
                g = gradient[k]
                squares[k] = rho * squares[k] + (ONE - rho) * g * g
                step = g * np.sqrt((steps[k] + epsilon) / (squares[k] + epsilon))
                steps[k] = rho * steps[k] + (ONE - rho) * step * step
                w[k] -= rate * step


@_compiled
def equation_10(weights, states, left, right, decay, settings, start, stop):  # type: ignore[no-untyped-def]
    """Update by the thesis's equation 10: a rate over the root mean square of the gradients."""
    rate, rho, epsilon = settings
    gradient = np.empty(BLOCK, np.float32)
    for begin in range(start, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        for i in range(len(weights)):
            w, squares = weights[i, begin:end], states[0][i, begin:end]
            _gradient(w, left, right, i, begin, decay, gradient)
            for k in range(len(w)):
                g = gradient[k]
                squares[k] = rho * squares[k] + (ONE - rho) * g * g
                w[k] -= rate * g / np.sqrt(squares[k] + epsilon)


@_compiled
def adam(weights, states, left, right, decay, settings, start, stop):  # type: ignore[no-untyped-def]
    """Update by Adam (Kingma and Ba, 2015, algorithm 1)."""
    rate, epsilon, beta1, beta2, correction1, correction2 = settings
    gradient = np.empty(BLOCK, np.float32)
    for begin in range(start, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        for i in range(len(weights)):
            w = weights[i, begin:end]
            means, squares = states[0][i, begin:end], states[1][i, begin:end]
            _gradient(w, left, right, i, begin, decay, gradient)
            for k in range(len(w)):
                g = gradient[k]
                means[k] = beta1 * means[k] + (ONE - beta1) * g
                squares[k] = beta2 * squares[k] + (ONE - beta2) * g * g
                scale = np.sqrt(squares[k] / correction2) + epsilon
                w[k] -= rate * means[k] / correction1 / scale
