import numpy as np
import pytest
import torch

from synthinv.thesis.pca import Projection, principal_components

RNG = np.random.default_rng(0)
# Spectra in a plane of 2 of 6 dimensions, around a mean, with a little noise.
PLANE = np.linalg.qr(RNG.normal(size=(6, 2)))[0].T
SCORES = RNG.normal(size=(5, 40, 2)) * (3, 1)
IMAGES = np.asarray(
    (SCORES @ PLANE + np.arange(6) + RNG.normal(0, 1e-3, (5, 40, 6))).transpose(0, 2, 1),
    dtype=np.float32,
)


@pytest.mark.parametrize(("share", "kept"), [(0.5, 1), (0.99, 2), (1.0, 6)])
def test_as_few_components_are_kept_as_explain_the_share(share: float, kept: int) -> None:
    found = principal_components(IMAGES, share)
    assert found.components == kept
    basis = found.get_buffer("basis")
    torch.testing.assert_close(basis @ basis.T, torch.eye(kept), atol=1e-5, rtol=0)


def test_they_are_those_of_a_singular_value_decomposition() -> None:
    spectra = IMAGES.transpose(0, 2, 1).reshape(-1, 6).astype(np.float64)
    _, _, directions = np.linalg.svd(spectra - spectra.mean(axis=0), full_matrices=False)
    found = principal_components(IMAGES, 0.99)
    np.testing.assert_allclose(found.get_buffer("mean"), spectra.mean(axis=0), rtol=1e-5)
    for own, other in zip(found.get_buffer("basis").numpy(), directions[:2], strict=True):
        assert abs(own @ other) == pytest.approx(1, abs=1e-5)


def test_images_become_images_of_components() -> None:
    found = principal_components(IMAGES, 0.99)
    projected = found(torch.from_numpy(IMAGES)[:, None])
    assert projected.shape == (5, 1, 2, 40)
    mean, basis = found.get_buffer("mean"), found.get_buffer("basis")
    expected = basis @ (torch.from_numpy(IMAGES[3, :, 7]) - mean)
    torch.testing.assert_close(projected[3, 0, :, 7], expected, atol=1e-5, rtol=1e-5)
    # Only the noise is lost.
    restored = basis.T @ projected[:, 0] + mean[:, None]
    np.testing.assert_allclose(restored, IMAGES, atol=0.01)


def test_images_that_do_not_differ_keep_one_component() -> None:
    assert principal_components(np.ones((3, 4, 5), np.float32), 0.99).components == 1


def test_a_blank_projection_loads_the_state_of_another() -> None:
    found = principal_components(IMAGES, 0.99)
    blank = Projection.blank(2, 6)
    blank.load_state_dict(found.state_dict())
    image = torch.from_numpy(IMAGES)[:1, None]
    assert torch.equal(blank(image), found(image))
