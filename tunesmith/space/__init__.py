"""What may vary: domains, the conditions and rules between them, and the way to and from the unit cube."""

from tunesmith.space.choices import Categorical, Ordinal
from tunesmith.space.conditions import Condition
from tunesmith.space.discovery import merge_discovered
from tunesmith.space.domain import CATEGORICAL, CONTINUOUS, ORDERED, Domain
from tunesmith.space.edits import hull
from tunesmith.space.encoding import Encoding
from tunesmith.space.floats import Float
from tunesmith.space.ints import Int
from tunesmith.space.neighbours import neighbours
from tunesmith.space.primitive import Config, Primitive
from tunesmith.space.prior_draws import sample_prior
from tunesmith.space.priors import Near, Normal, UnitPrior
from tunesmith.space.space import Space

__all__ = [
    "CATEGORICAL",
    "CONTINUOUS",
    "ORDERED",
    "Categorical",
    "Condition",
    "Config",
    "Domain",
    "Encoding",
    "Float",
    "Int",
    "Near",
    "Normal",
    "Ordinal",
    "Primitive",
    "Space",
    "UnitPrior",
    "hull",
    "merge_discovered",
    "neighbours",
    "sample_prior",
]
