"""Compiled loops of the thesis network's training, each a single pass over its arrays.

They are kept in one file because numba's cache does not notice changes in other files.
"""

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

BLOCK = 1024
"""Weights of a row that are updated at a time. With their gradient, they fit into the cache."""
ZERO, ONE = np.float32(0), np.float32(1)
RECTIFIED = np.uint8(4)
"""Number stored in place of that of the largest of four pixels if none is positive."""


def _compiled(function: Callable[..., Any]) -> Any:
    # The compiler may reorder sums, the same way every time, to fill the vector registers.
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
        Pixels of a kernel, either way.
    channels : int
        Kernels.

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

    # The sizes are constants, so that a row of taps is unrolled and its sums stay in registers.
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
        # New arrays, since `taps` might overlap another argument for all that the compiler knows.
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


@_inlined
def _gradient(weights, left, right, row, begin, decay, out):  # type: ignore[no-untyped-def]
    """Compute the gradient of some weights of a row: outer products and the L2 penalty, summed."""
    for k in range(len(weights)):
        out[k] = decay * weights[k]
    for b in range(left.shape[0]):
        factor, inputs = left[b, row], right[b, begin : begin + len(weights)]
        for k in range(len(weights)):
            out[k] += factor * inputs[k]


@_compiled
def sgd(weights, states, left, right, decay, settings, start, stop):  # type: ignore[no-untyped-def]
    """Update some columns of a matrix of weights by gradient descent.

    All optimisers have these arguments.

    Parameters
    ----------
    weights : float32 array [rows, columns]
        Weights, updated in place.
    states : tuple of float32 array [rows, columns]
        The optimiser's running averages, updated in place.
    left, right : float32 array [n, rows] and [n, columns]
        Factors of the gradient, which is leftᵀ right.
    decay : float32
        Weight decay λ.
    settings : tuple of float32
        The optimiser's settings, named in its first line.
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
