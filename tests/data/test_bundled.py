"""The real data is what its authors recorded, and an enlarged digit is still that digit."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from nnviz.data.bundled import DIGITS, digits, iris
from nnviz.places import resource


def test_the_digits_are_the_recorded_ones() -> None:
    images, classes = digits(8)
    assert images.shape == (DIGITS, 64) and classes.shape == (DIGITS, 10)
    levels = np.rint(images * 16.0)
    assert np.array_equal(levels / 16.0, images) and levels.min() == 0.0 and levels.max() == 16.0
    assert classes.sum(axis=0).astype(int).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert levels[0, :8].tolist() == [0, 0, 5, 13, 9, 1, 0, 0] and classes[0].argmax() == 0
    content = levels.astype(np.uint8).tobytes() + classes.argmax(axis=1).astype(np.uint8).tobytes()
    assert hashlib.sha256(content).hexdigest().startswith("87ff0c9e40dc7e2c")


@pytest.mark.parametrize("side", [8, 9, 10, 20, 28])
def test_an_enlarged_digit_keeps_its_grey_and_its_limits(side: int) -> None:
    recorded, images = digits(8)[0], digits(side)[0]
    assert images.shape == (DIGITS, side * side) and images.min() == 0.0 and images.max() <= 1.0
    pixels = 8.0 if side < 10 else 10.0
    assert images[:200].mean() * pixels**2 == pytest.approx(recorded[:200].mean() * 64.0, rel=0.03)


def test_an_enlarged_digit_is_interpolated_between_the_centres_of_its_pixels() -> None:
    recorded, images = digits(8)[0][7].reshape(8, 8), digits(20)[0][7].reshape(20, 20)
    framed = np.pad(recorded, 1)
    np.testing.assert_allclose(images[0::2, 0::2][1:, 1:], (
        0.5625 * framed[1:, 1:] + 0.1875 * (framed[:-1, 1:] + framed[1:, :-1]) + 0.0625 * framed[:-1, :-1]), atol=1e-15)


def test_the_irises_are_those_of_fisher() -> None:
    lengths, species = iris()
    assert lengths.shape == (150, 4) and species.sum(axis=0).tolist() == [50.0, 50.0, 50.0]
    np.testing.assert_allclose(lengths.mean(axis=0), [5.843333, 3.057333, 3.758, 1.199333], atol=1e-6)
    np.testing.assert_allclose(lengths.min(axis=0), [4.3, 2.0, 1.0, 0.1])
    np.testing.assert_allclose(lengths.max(axis=0), [7.9, 4.4, 6.9, 2.5])
    assert lengths[34].tolist() == [4.9, 3.1, 1.5, 0.2] and lengths[37].tolist() == [4.9, 3.6, 1.4, 0.1]


def test_authors_and_licences_stand_beside_the_data() -> None:
    text = resource("data/README.md").read_text(encoding="utf-8")
    named = ("digits.npz", "iris.csv", "Alpaydin", "Fisher", "Attribution 4.0", "scikit-learn", "BSD")
    assert all(name in text for name in named)
    assert resource("data/digits.npz").stat().st_size < 50_000
