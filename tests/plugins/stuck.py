"""A module that never ends to load."""

from tests.plugins import faulty

faulty.never()
