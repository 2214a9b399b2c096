"""tunesmith turns a function that trains a model into the best model it can give, and the evidence for it."""

from tunesmith import samplers, pruners
from tunesmith.api import create_study, delete_study, load_study, maximize, minimize, open_store, study_names
from tunesmith.errors import TrialPruned, TunesmithError
from tunesmith.space import Categorical, Float, Int, Near, Normal, Ordinal, Space
from tunesmith.version import __version__
